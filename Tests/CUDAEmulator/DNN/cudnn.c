/* The emulated cuDNN: single convolutions as plain loops, which wait in the handle's stream like all work. It asks for a
 * workspace, and spoils it.
 */
#include <stdlib.h>
#include <string.h>

#include "cuda_functions.h"

#define DECLARE(name, arguments) __attribute__((visibility("default"))) int name arguments;
CUDA_DNN_FUNCTIONS(DECLARE)
int emulator_defer(cu_stream stream, void (*run)(void *data), const void *data, size_t bytes);

enum { BAD_PARAM = 2000, NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000, MOST_AXES = 5, WORKSPACE = 1000 };

typedef struct handle {
  cu_stream stream;
} handle;

/* A tensor, a filter or the form of a convolution. */
typedef struct descriptor {
  int type, rank, extents[MOST_AXES];
  long long strides[MOST_AXES];
  int axes, padding[3], stride[3], dilation[3], compute_type, math, groups;
} descriptor;

typedef struct operand {
  char *data;
  int type;
  int extents[MOST_AXES];
  long long strides[MOST_AXES];
} operand;

enum direction { FORWARD, BACKWARD_DATA, BACKWARD_FILTER };

typedef struct work {
  enum direction direction;
  operand x, w, y;
  int rank, groups, padding[3], stride[3], dilation[3];
  double alpha, beta;
  void *workspace;
  size_t bytes;
} work;

static int size_of(int type) { return type == CUDNN_FLOAT64 ? 8 : type == CUDNN_FLOAT32 ? 4 : 2; }

static double load(const operand *o, long long index) {
  const char *at = o->data + index * size_of(o->type);
  if (o->type == CUDNN_FLOAT64) return *(const double *)at;
  if (o->type == CUDNN_FLOAT32) return *(const float *)at;
  if (o->type == CUDNN_FLOAT16) {
    _Float16 half;
    memcpy(&half, at, sizeof half);
    return (double)half;
  }
  unsigned bits = (unsigned)*(const unsigned short *)at << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void store(const operand *o, long long index, double value) {
  char *at = o->data + index * size_of(o->type);
  float narrow = (float)value;
  if (o->type == CUDNN_FLOAT64) {
    *(double *)at = value;
  } else if (o->type == CUDNN_FLOAT32) {
    *(float *)at = narrow;
  } else if (o->type == CUDNN_FLOAT16) {
    _Float16 half = (_Float16)narrow;
    memcpy(at, &half, sizeof half);
  } else {
    unsigned bits;
    memcpy(&bits, &narrow, sizeof bits);
    *(unsigned short *)at = narrow != narrow ? 0x7FFF : (unsigned short)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
  }
}

static long long offset(const operand *o, int rank, const int *index) {
  long long sum = 0;
  for (int axis = 0; axis < rank; axis++) sum += index[axis] * o->strides[axis];
  return sum;
}

/* The next index, the last axis first; 0 after the last. */
static int advance(const int *extents, int rank, int *index) {
  for (int axis = rank - 1; axis >= 0; axis--) {
    if (++index[axis] < extents[axis]) return 1;
    index[axis] = 0;
  }
  return 0;
}

/* Adds up, in doubles, all products into an array that is laid out like the output, row-major. */
static void run(void *data) {
  work *p = data;
  const operand *out = p->direction == FORWARD ? &p->y : p->direction == BACKWARD_DATA ? &p->x : &p->w;
  if (p->workspace) memset(p->workspace, 0xA5, p->bytes);
  size_t count = 1;
  long long dense[MOST_AXES];
  for (int axis = p->rank - 1; axis >= 0; axis--) {
    dense[axis] = (long long)count;
    count *= (size_t)out->extents[axis];
  }
  double *sums = calloc(count, sizeof *sums);
  int channels = p->w.extents[1], results = p->w.extents[0] / p->groups, y[MOST_AXES] = {0};
  do {
    int tap[MOST_AXES] = {0}, extents[MOST_AXES];
    memcpy(extents, p->w.extents, sizeof extents);
    extents[0] = 1;
    do {
      int x[MOST_AXES] = {y[0], y[1] / results * channels + tap[1]}, w[MOST_AXES], is_inside = 1;
      memcpy(w, tap, sizeof w);
      w[0] = y[1];
      for (int axis = 2; axis < p->rank; axis++) {
        x[axis] = y[axis] * p->stride[axis - 2] - p->padding[axis - 2] + tap[axis] * p->dilation[axis - 2];
        is_inside = is_inside && x[axis] >= 0 && x[axis] < p->x.extents[axis];
      }
      if (!is_inside) continue;
      operand at = *out;
      memcpy(at.strides, dense, sizeof dense);
      const int *index = p->direction == FORWARD ? y : p->direction == BACKWARD_DATA ? x : w;
      double factors = p->direction == FORWARD ? load(&p->x, offset(&p->x, p->rank, x)) : load(&p->y, offset(&p->y, p->rank, y));
      factors *= p->direction == BACKWARD_FILTER ? load(&p->x, offset(&p->x, p->rank, x)) : load(&p->w, offset(&p->w, p->rank, w));
      sums[offset(&at, p->rank, index)] += factors;
    } while (advance(extents, p->rank, tap));
  } while (advance(p->y.extents, p->rank, y));
  int index[MOST_AXES] = {0};
  for (size_t i = 0; i < count; i++) {
    long long at = offset(out, p->rank, index);
    store(out, at, p->alpha * sums[i] + (p->beta == 0 ? 0 : p->beta * load(out, at)));
    advance(out->extents, p->rank, index);
  }
  free(sums);
}

int cudnnCreate(cudnn_handle *made) {
  *made = calloc(1, sizeof(handle));
  return 0;
}

int cudnnSetStream(cudnn_handle on, cu_stream stream) {
  if (!on) return BAD_PARAM;
  ((handle *)on)->stream = stream;
  return 0;
}

static int make(cudnn_descriptor *made) {
  *made = calloc(1, sizeof(descriptor));
  return 0;
}

static int drop(cudnn_descriptor gone) {
  free(gone);
  return 0;
}

int cudnnCreateTensorDescriptor(cudnn_descriptor *tensor) { return make(tensor); }
int cudnnCreateFilterDescriptor(cudnn_descriptor *filter) { return make(filter); }
int cudnnCreateConvolutionDescriptor(cudnn_descriptor *form) { return make(form); }
int cudnnDestroyTensorDescriptor(cudnn_descriptor tensor) { return drop(tensor); }
int cudnnDestroyFilterDescriptor(cudnn_descriptor filter) { return drop(filter); }
int cudnnDestroyConvolutionDescriptor(cudnn_descriptor form) { return drop(form); }

int cudnnSetTensorNdDescriptor(cudnn_descriptor tensor, int type, int rank, const int *extents, const int *strides) {
  descriptor *d = tensor;
  if (!d || rank < 4 || rank > MOST_AXES) return BAD_PARAM;
  d->type = type;
  d->rank = rank;
  for (int axis = 0; axis < rank; axis++) {
    if (extents[axis] < 1 || strides[axis] < 1) return BAD_PARAM;
    d->extents[axis] = extents[axis];
    d->strides[axis] = strides[axis];
  }
  return 0;
}

int cudnnSetFilterNdDescriptor(cudnn_descriptor filter, int type, int format, int rank, const int *extents) {
  int strides[MOST_AXES], stride = 1;
  if (rank < 4 || rank > MOST_AXES || (unsigned)format > 1) return BAD_PARAM;
  for (int i = 0; i < rank; i++) {
    int axis = rank - 1 - i;
    if (format == CUDNN_CHANNELS_LAST) axis = i == 0 ? 1 : i == rank - 1 ? 0 : rank - i;
    strides[axis] = stride;
    stride *= extents[axis];
  }
  return cudnnSetTensorNdDescriptor(filter, type, rank, extents, strides);
}

int cudnnSetConvolutionNdDescriptor(
    cudnn_descriptor form, int axes, const int *padding, const int *stride, const int *dilation, int mode,
    int compute_type) {
  descriptor *d = form;
  if (!d || axes < 2 || axes > 3 || mode != CUDNN_CORRELATION) return BAD_PARAM;
  d->axes = axes;
  d->compute_type = compute_type;
  d->groups = 1;
  for (int axis = 0; axis < axes; axis++) {
    if (padding[axis] < 0 || stride[axis] < 1 || dilation[axis] < 1) return BAD_PARAM;
    d->padding[axis] = padding[axis];
    d->stride[axis] = stride[axis];
    d->dilation[axis] = dilation[axis];
  }
  return 0;
}

int cudnnSetConvolutionMathType(cudnn_descriptor form, int math) {
  ((descriptor *)form)->math = math;
  return 0;
}

int cudnnSetConvolutionGroupCount(cudnn_descriptor form, int groups) {
  if (groups < 1) return BAD_PARAM;
  ((descriptor *)form)->groups = groups;
  return 0;
}

/* Whether the extents go together, and the types: of float32 without TF32. */
static int check(const descriptor *x, const descriptor *w, const descriptor *y, const descriptor *form) {
  if (x->type != w->type || x->type != y->type || x->rank != form->axes + 2 || w->rank != x->rank || y->rank != x->rank)
    return BAD_PARAM;
  if (form->compute_type != (x->type == CUDNN_FLOAT64 ? CUDNN_FLOAT64 : CUDNN_FLOAT32)) return NOT_SUPPORTED;
  if (x->type == CUDNN_FLOAT32 && form->math != CUDNN_MATH_FMA) return NOT_SUPPORTED;
  if (x->extents[0] != y->extents[0] || x->extents[1] != w->extents[1] * form->groups ||
      y->extents[1] != w->extents[0] || w->extents[0] % form->groups)
    return BAD_PARAM;
  for (int axis = 0; axis < form->axes; axis++) {
    int room = x->extents[2 + axis] + 2 * form->padding[axis] - form->dilation[axis] * (w->extents[2 + axis] - 1) - 1;
    if (room < 0 || room / form->stride[axis] + 1 != y->extents[2 + axis]) return BAD_PARAM;
  }
  return 0;
}

/* First one that may not be used, then one that may. */
static int choose(int error, int transform, int algorithm, int most, int *count, cudnn_choice *choices) {
  if (error) return error;
  if (most < 2) return BAD_PARAM;
  choices[0] = (cudnn_choice){.algorithm = transform, .bytes = WORKSPACE, .determinism = CUDNN_DETERMINISTIC_RESULT};
  choices[1] = (cudnn_choice){.algorithm = algorithm, .bytes = WORKSPACE, .determinism = CUDNN_DETERMINISTIC_RESULT};
  *count = 2;
  return 0;
}

static int need(int error, int is_known, size_t *bytes) {
  *bytes = WORKSPACE;
  return error ? error : is_known ? 0 : NOT_SUPPORTED;
}

static operand operand_of(const descriptor *d, const void *data) {
  operand made = {.data = (char *)data, .type = d->type};
  memcpy(made.extents, d->extents, sizeof made.extents);
  memcpy(made.strides, d->strides, sizeof made.strides);
  return made;
}

static int start(
    void *on, enum direction direction, const void *alpha, const descriptor *x, const void *x_data, const descriptor *w,
    const void *w_data, const descriptor *y, const void *y_data, const descriptor *form, int is_known, void *workspace,
    size_t bytes, const void *beta) {
  handle *handle = on;
  if (!handle) return BAD_PARAM;
  int error = check(x, w, y, form);
  if (error) return error;
  if (!is_known) return NOT_SUPPORTED;
  if (bytes < WORKSPACE || !workspace) return BAD_PARAM;
  int is_double = form->compute_type == CUDNN_FLOAT64;
  work made = {
      .direction = direction,
      .x = operand_of(x, x_data),
      .w = operand_of(w, w_data),
      .y = operand_of(y, y_data),
      .rank = x->rank,
      .groups = form->groups,
      .alpha = is_double ? *(const double *)alpha : *(const float *)alpha,
      .beta = is_double ? *(const double *)beta : *(const float *)beta,
      .workspace = workspace,
      .bytes = bytes};
  memcpy(made.padding, form->padding, sizeof made.padding);
  memcpy(made.stride, form->stride, sizeof made.stride);
  memcpy(made.dilation, form->dilation, sizeof made.dilation);
  return emulator_defer(handle->stream, run, &made, sizeof made) ? EXECUTION_FAILED : 0;
}

int cudnnGetConvolutionForwardAlgorithm_v7(
    cudnn_handle on, cudnn_descriptor x, cudnn_descriptor w, cudnn_descriptor form, cudnn_descriptor y, int most,
    int *count, cudnn_choice *choices) {
  (void)on;
  return choose(check(x, w, y, form), 6, CUDNN_FORWARD_PRECOMPUTED_GEMM, most, count, choices);
}

int cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnn_handle on, cudnn_descriptor w, cudnn_descriptor y, cudnn_descriptor form, cudnn_descriptor x, int most,
    int *count, cudnn_choice *choices) {
  (void)on;
  return choose(check(x, w, y, form), 0, CUDNN_DATA_GEMM, most, count, choices);
}

int cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnn_handle on, cudnn_descriptor x, cudnn_descriptor y, cudnn_descriptor form, cudnn_descriptor w, int most,
    int *count, cudnn_choice *choices) {
  (void)on;
  return choose(check(x, w, y, form), 0, CUDNN_FILTER_GEMM, most, count, choices);
}

int cudnnGetConvolutionForwardWorkspaceSize(
    cudnn_handle on, cudnn_descriptor x, cudnn_descriptor w, cudnn_descriptor form, cudnn_descriptor y, int algorithm,
    size_t *bytes) {
  (void)on;
  return need(check(x, w, y, form), algorithm == CUDNN_FORWARD_PRECOMPUTED_GEMM, bytes);
}

int cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnn_handle on, cudnn_descriptor w, cudnn_descriptor y, cudnn_descriptor form, cudnn_descriptor x, int algorithm,
    size_t *bytes) {
  (void)on;
  return need(check(x, w, y, form), algorithm == CUDNN_DATA_GEMM, bytes);
}

int cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnn_handle on, cudnn_descriptor x, cudnn_descriptor y, cudnn_descriptor form, cudnn_descriptor w, int algorithm,
    size_t *bytes) {
  (void)on;
  return need(check(x, w, y, form), algorithm == CUDNN_FILTER_GEMM, bytes);
}

int cudnnConvolutionForward(
    cudnn_handle on, const void *alpha, cudnn_descriptor x, const void *x_data, cudnn_descriptor w, const void *w_data,
    cudnn_descriptor form, int algorithm, void *workspace, size_t bytes, const void *beta, cudnn_descriptor y,
    void *y_data) {
  return start(
      on, FORWARD, alpha, x, x_data, w, w_data, y, y_data, form, algorithm == CUDNN_FORWARD_PRECOMPUTED_GEMM, workspace,
      bytes, beta);
}

int cudnnConvolutionBackwardData(
    cudnn_handle on, const void *alpha, cudnn_descriptor w, const void *w_data, cudnn_descriptor y, const void *y_data,
    cudnn_descriptor form, int algorithm, void *workspace, size_t bytes, const void *beta, cudnn_descriptor x,
    void *x_data) {
  return start(
      on, BACKWARD_DATA, alpha, x, x_data, w, w_data, y, y_data, form, algorithm == CUDNN_DATA_GEMM, workspace, bytes,
      beta);
}

int cudnnConvolutionBackwardFilter(
    cudnn_handle on, const void *alpha, cudnn_descriptor x, const void *x_data, cudnn_descriptor y, const void *y_data,
    cudnn_descriptor form, int algorithm, void *workspace, size_t bytes, const void *beta, cudnn_descriptor w,
    void *w_data) {
  return start(
      on, BACKWARD_FILTER, alpha, x, x_data, w, w_data, y, y_data, form, algorithm == CUDNN_FILTER_GEMM, workspace,
      bytes, beta);
}
