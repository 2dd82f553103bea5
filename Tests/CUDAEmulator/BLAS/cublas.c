/* The emulated cuBLAS: plain loops, which wait in the handle's stream like all work. */
#include <stdlib.h>
#include <string.h>

#include "cuda_functions.h"

#define DECLARE(name, arguments) __attribute__((visibility("default"))) int name arguments;
CUDA_BLAS_FUNCTIONS(DECLARE)
int emulator_defer(cu_stream stream, void (*run)(void *data), const void *data, size_t bytes);

enum { NOT_INITIALIZED = 1, INVALID = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15, R_64F = 1, COMPUTE_64F = 70 };

typedef struct handle {
  cu_stream stream;
} handle;

typedef struct matrix {
  char *data;
  int type, leading;
  long long stride;
} matrix;

typedef struct product {
  int trans_a, trans_b, m, n, k, count;
  double alpha, beta;
  matrix a, b, c;
} product;

static float bits_to_float(unsigned bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double half_to_double(unsigned short half) {
  _Float16 value;
  memcpy(&value, &half, sizeof value);
  return (double)value;
}

static unsigned short double_to_bfloat(double value) {
  float rounded = (float)value;
  unsigned bits;
  memcpy(&bits, &rounded, sizeof bits);
  if (rounded != rounded) return 0x7FFF;
  return (unsigned short)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static int size_of(int type) { return type == R_64F ? 8 : type == CUBLAS_R_32F ? 4 : 2; }

static double load(const matrix *m, long long index) {
  const char *at = m->data + index * size_of(m->type);
  switch (m->type) {
    case R_64F: return *(const double *)at;
    case CUBLAS_R_32F: return *(const float *)at;
    case CUBLAS_R_16F: return half_to_double(*(const unsigned short *)at);
    default: return bits_to_float((unsigned)*(const unsigned short *)at << 16);
  }
}

static void store(const matrix *m, long long index, double value) {
  char *at = m->data + index * size_of(m->type);
  switch (m->type) {
    case R_64F: *(double *)at = value; break;
    case CUBLAS_R_32F: *(float *)at = (float)value; break;
    case CUBLAS_R_16F: {
      // Through float, which is what is computed in.
      _Float16 half = (_Float16)(float)value;
      memcpy(at, &half, sizeof half);
      break;
    }
    default: *(unsigned short *)at = double_to_bfloat(value);
  }
}

/* A copy of an operand with one column or row after another, as doubles. */
static double *gather(const matrix *m, long long first, int rows, int depth, int is_transposed) {
  double *values = malloc(sizeof(double) * ((size_t)rows * (size_t)depth + 1));
  for (int i = 0; i < rows; i++)
    for (int l = 0; l < depth; l++) {
      long long index = is_transposed ? l + (long long)i * m->leading : i + (long long)l * m->leading;
      values[(size_t)i * (size_t)depth + (size_t)l] = load(m, first + index);
    }
  return values;
}

static void multiply(const product *p, int number) {
  double *a = gather(&p->a, number * p->a.stride, p->m, p->k, p->trans_a);
  double *b = gather(&p->b, number * p->b.stride, p->n, p->k, !p->trans_b);
  for (int j = 0; j < p->n; j++)
    for (int i = 0; i < p->m; i++) {
      double sum = 0;
      for (int l = 0; l < p->k; l++) sum += a[(size_t)i * (size_t)p->k + (size_t)l] * b[(size_t)j * (size_t)p->k + (size_t)l];
      long long index = number * p->c.stride + i + (long long)j * p->c.leading;
      // With a beta of zero what was there counts for nothing, also where it was no number.
      double before = p->beta == 0 ? 0 : p->beta * load(&p->c, index);
      store(&p->c, index, p->alpha * sum + before);
    }
  free(a);
  free(b);
}

static void run(void *data) {
  product *p = data;
  for (int i = 0; i < p->count; i++) multiply(p, i);
}

static int start(void *on, product p) {
  handle *handle = on;
  if (!handle) return NOT_INITIALIZED;
  int rows_a = p.trans_a ? p.k : p.m, rows_b = p.trans_b ? p.n : p.k;
  int is_valid = p.m >= 0 && p.n >= 0 && p.k >= 0 && p.count >= 0 && (unsigned)p.trans_a < 2 &&
                 (unsigned)p.trans_b < 2 && p.a.leading >= (rows_a ? rows_a : 1) &&
                 p.b.leading >= (rows_b ? rows_b : 1) && p.c.leading >= (p.m ? p.m : 1);
  if (!is_valid) return INVALID;
  return emulator_defer(handle->stream, run, &p, sizeof p) ? EXECUTION_FAILED : 0;
}

int cublasCreate_v2(cublas_handle *made) {
  *made = calloc(1, sizeof(handle));
  return 0;
}

int cublasSetStream_v2(cublas_handle on, cu_stream stream) {
  if (!on) return NOT_INITIALIZED;
  ((handle *)on)->stream = stream;
  return 0;
}

/* Sums here are always wide. */
int cublasSetMathMode(cublas_handle on, int mode) {
  (void)mode;
  return on ? 0 : NOT_INITIALIZED;
}

/* Nothing here needs any. */
int cublasSetWorkspace_v2(cublas_handle on, void *workspace, size_t bytes) {
  if (!on) return NOT_INITIALIZED;
  return (size_t)workspace % 256 || (bytes && !workspace) ? INVALID : 0;
}

int cublasSgemmStridedBatched(
    cublas_handle on, int trans_a, int trans_b, int m, int n, int k, const float *alpha, const float *a, int lda,
    long long stride_a, const float *b, int ldb, long long stride_b, const float *beta, float *c, int ldc,
    long long stride_c, int count) {
  return start(
      on, (product){trans_a, trans_b, m, n, k, count, *alpha, *beta, {(char *)a, CUBLAS_R_32F, lda, stride_a},
           {(char *)b, CUBLAS_R_32F, ldb, stride_b}, {(char *)c, CUBLAS_R_32F, ldc, stride_c}});
}

int cublasDgemmStridedBatched(
    cublas_handle on, int trans_a, int trans_b, int m, int n, int k, const double *alpha, const double *a, int lda,
    long long stride_a, const double *b, int ldb, long long stride_b, const double *beta, double *c, int ldc,
    long long stride_c, int count) {
  return start(
      on, (product){trans_a, trans_b, m, n, k, count, *alpha, *beta, {(char *)a, R_64F, lda, stride_a},
           {(char *)b, R_64F, ldb, stride_b}, {(char *)c, R_64F, ldc, stride_c}});
}

static int is_known(int type) {
  return type == CUBLAS_R_16F || type == CUBLAS_R_32F || type == CUBLAS_R_16BF || type == R_64F;
}

int cublasGemmStridedBatchedEx(
    cublas_handle on, int trans_a, int trans_b, int m, int n, int k, const void *alpha, const void *a, int type_a,
    int lda, long long stride_a, const void *b, int type_b, int ldb, long long stride_b, const void *beta, void *c,
    int type_c, int ldc, long long stride_c, int count, int compute_type, int algorithm) {
  if (algorithm != CUBLAS_DEFAULT_ALGORITHM || !is_known(type_a) || type_a != type_b || !is_known(type_c))
    return NOT_SUPPORTED;
  if (type_c != type_a && type_c != CUBLAS_R_32F) return NOT_SUPPORTED;
  int is_double = compute_type == COMPUTE_64F;
  if (is_double != (type_a == R_64F) || (!is_double && compute_type != CUBLAS_COMPUTE_32F)) return NOT_SUPPORTED;
  double factors[2] = {is_double ? *(const double *)alpha : *(const float *)alpha,
                       is_double ? *(const double *)beta : *(const float *)beta};
  return start(
      on, (product){trans_a, trans_b, m, n, k, count, factors[0], factors[1], {(char *)a, type_a, lda, stride_a},
           {(char *)b, type_b, ldb, stride_b}, {(char *)c, type_c, ldc, stride_c}});
}

int cublasGemmEx(
    cublas_handle on, int trans_a, int trans_b, int m, int n, int k, const void *alpha, const void *a, int type_a,
    int lda, const void *b, int type_b, int ldb, const void *beta, void *c, int type_c, int ldc, int compute_type,
    int algorithm) {
  return cublasGemmStridedBatchedEx(
      on, trans_a, trans_b, m, n, k, alpha, a, type_a, lda, 0, b, type_b, ldb, 0, beta, c, type_c, ldc, 0, 1,
      compute_type, algorithm);
}
