/* mychip: a Backplane device in one file.
 *
 * It is complete, right and slow: plain loops over host memory, on the calling thread. Make it yours from the inside
 * out: first the loops of the operators that matter to you, then the memory, then streams. The specification is the
 * header, backplane_backend.h; [BP-x.y] are its obligations.
 *
 *   1  Errors and memory        3  The loops            5  The table of the plugin
 *   2  Walking through shapes   4  The list of operators
 */
#include <backplane_backend.h>

#include "mathematics.h"
#include "random.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The functions of the plugin's table have the parameters that the header gives them, wanted or not. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* 1  Errors and memory ------------------------------------------------------------------------------------ */

/* Fills err and returns code: `return fail(err, BP_ERROR_..., "what was wrong with %s", thing);` */
__attribute__((format(printf, 3, 4))) static int32_t fail(bp_error *err, int32_t code, const char *format, ...) {
  char message[sizeof err->message];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  return bp_fail(err, code, message);
}

enum { ALIGNMENT = 64 };

/* What a bp_buffer points to. Replace address by your device's idea of one. */
typedef struct buffer {
  char *address;
  int64_t bytes; /* so that a copy past the end is told of [BP-8.5] */
  int owned;     /* 0: the host lent the memory through wrap_host   */
} buffer;

static buffer *buffer_of(bp_buffer handle) { return (buffer *)(uintptr_t)handle; }

static int64_t physical_memory(int pages) { return (int64_t)sysconf(pages) * sysconf(_SC_PAGESIZE); }

static int32_t new_buffer(void *address, int64_t bytes, int owned, bp_buffer *out, bp_error *err) {
  buffer *made = malloc(sizeof *made);
  if (!made) return fail(err, BP_ERROR_OUT_OF_MEMORY, "no room for the description of a buffer");
  *made = (buffer){address, bytes, owned};
  *out = (bp_buffer)(uintptr_t)made;
  return BP_OK;
}

static int32_t device_alloc(void *context, int32_t device, int32_t kind, int64_t bytes, int64_t alignment,
                            bp_buffer *out, bp_error *err) {
  if (bytes < 0 || alignment < 0 || (alignment & (alignment - 1)))
    return fail(err, BP_ERROR_INVALID_ARGUMENT, "alloc: %" PRId64 " bytes aligned to %" PRId64, bytes, alignment);
  if (alignment < ALIGNMENT) alignment = ALIGNMENT;
  void *address;
  /* The system may promise more memory than there is; better refused here than killed at first use [BP-8.3]. */
  if (bytes > physical_memory(_SC_PHYS_PAGES) || posix_memalign(&address, alignment, bytes > 0 ? bytes : 1))
    return fail(err, BP_ERROR_OUT_OF_MEMORY, "alloc: no room for %" PRId64 " bytes", bytes);
  const int32_t code = new_buffer(address, bytes, 1, out, err);
  if (code) free(address);
  return code;
}

static void device_free(void *context, int32_t device, bp_buffer handle) {
  if (buffer_of(handle)->owned) free(buffer_of(handle)->address);
  free(buffer_of(handle));
}

/* A copy of nothing does nothing, whatever the pointers [BP-8.5]. */
static int32_t check_range(int64_t offset, int64_t bytes, bp_buffer handle, const char *name, bp_error *err) {
  if (bytes == 0) return BP_OK;
  const int64_t size = buffer_of(handle)->bytes;
  if (bytes > 0 && offset >= 0 && offset <= size && bytes <= size - offset) return BP_OK;
  return fail(err, BP_ERROR_INVALID_ARGUMENT, "%s: %" PRId64 " bytes at offset %" PRId64 " of a buffer of %" PRId64,
              name, bytes, offset, size);
}

static int32_t copy_from_host(void *context, int32_t device, bp_stream stream, bp_buffer target, int64_t offset,
                              const void *source, int64_t bytes, bp_error *err) {
  const int32_t code = check_range(offset, bytes, target, "copy_from_host", err);
  if (!code && bytes) memcpy(buffer_of(target)->address + offset, source, bytes);
  return code;
}

static int32_t copy_to_host(void *context, int32_t device, bp_stream stream, void *target, bp_buffer source,
                            int64_t offset, int64_t bytes, bp_error *err) {
  const int32_t code = check_range(offset, bytes, source, "copy_to_host", err);
  if (!code && bytes) memcpy(target, buffer_of(source)->address + offset, bytes);
  return code;
}

/* Where the host cannot reach your memory, drop these two, and BP_DEVICE_HOST_MEMORY in device_info. */
static int32_t host_pointer(void *context, int32_t device, bp_buffer handle, void **out, bp_error *err) {
  *out = buffer_of(handle)->address;
  return BP_OK;
}

static int32_t wrap_host(void *context, int32_t device, void *memory, int64_t bytes, bp_buffer *out, bp_error *err) {
  return new_buffer(memory, bytes, 0, out, err);
}

/* 2  Walking through shapes ------------------------------------------------------------------------------- */

/* Where the first element lies. An immediate is an element with strides of zero [BP-4.6]. */
static void *data(const bp_tensor *t) {
  if (t->flags & BP_TENSOR_IMMEDIATE) return (void *)t->immediate;
  return buffer_of(t->buffer)->address + t->byte_offset;
}

/* Row-major steps through a shape that follow the strides of two tensors; offsets count elements. */
typedef struct walk {
  int rank;
  int64_t shape[BP_MAX_RANK], index[BP_MAX_RANK], stride[2][BP_MAX_RANK], offset[2];
} walk;

static walk walk_over(const bp_tensor *shape, const bp_tensor *a, const bp_tensor *b) {
  walk w = {.rank = shape->rank};
  for (int d = 0; d < w.rank; d++)
    w.shape[d] = shape->shape[d], w.stride[0][d] = a->strides[d], w.stride[1][d] = b->strides[d];
  return w;
}

static void step(walk *w) {
  for (int d = w->rank - 1; d >= 0; d--) {
    const int64_t steps = ++w->index[d] < w->shape[d] ? 1 : 1 - w->shape[d];
    w->offset[0] += steps * w->stride[0][d];
    w->offset[1] += steps * w->stride[1][d];
    if (steps == 1 && w->index[d] < w->shape[d]) return;
    w->index[d] = 0;
  }
}

static int64_t count(int rank, const int64_t *shape) {
  int64_t n = 1;
  for (int d = 0; d < rank; d++) n *= shape[d];
  return n;
}

/* 3  The loops: replace these ----------------------------------------------------------------------------- *
 * A macro writes one function for an operator and a type. Types are named by a letter: f float32, i int64, b bool.
 * A function gets operands whose types and extents fit. They are contiguous but for those of COPY and FILL, since
 * query_op asks for that: the host then copies what is not, and expands broadcasts. */
typedef float type_f;
typedef int64_t type_i;
typedef uint8_t type_b; /* 0 or 1 when written, any other nonzero byte is true when read [BP-3.2] */
typedef int32_t kernel(const bp_op *op, bp_error *err);

#define KERNEL(NAME) static int32_t NAME(const bp_op *op, bp_error *err)
#define INPUT(T, K) ((const type_##T *)data(op->inputs[K]))
#define OUTPUT(T) ((type_##T *)data(op->outputs[0]))
#define COUNT(OPERAND) count((OPERAND)->rank, (OPERAND)->shape)
#define VALUE(X) _Generic((X), type_b: (X) != 0, default: (X))

#define LOOP(NAME, R, SETUP, LOAD, EXPRESSION)                   \
  KERNEL(NAME) {                                                 \
    SETUP;                                                       \
    type_##R *out = OUTPUT(R);                                   \
    for (int64_t i = 0, n = COUNT(op->outputs[0]); i < n; i++) { \
      LOAD;                                                      \
      out[i] = EXPRESSION;                                       \
    }                                                            \
    return BP_OK;                                                \
  }

#define CREATE(ID, R, PARAMS, LOAD, EXPRESSION) LOOP(ID##_##R, R, const PARAMS *p = op->params, LOAD, EXPRESSION)
#define UNARY(ID, T, EXPRESSION) \
  LOOP(ID##_##T, T, const type_##T *x = INPUT(T, 0), const type_##T a = VALUE(x[i]), EXPRESSION)
#define BINARY(ID, T, R, EXPRESSION)                                                  \
  LOOP(ID##_##T, R, const type_##T *x = INPUT(T, 0); const type_##T *y = INPUT(T, 1), \
       const type_##T a = VALUE(x[i]); const type_##T b = VALUE(y[i]), EXPRESSION)
#define WHERE(T)                                                                                                      \
  LOOP(WHERE_##T, T, const type_##T *x = INPUT(T, 1); const type_##T *y = INPUT(T, 2); const type_b *c = INPUT(b, 0), \
       , c[i] ? VALUE(x[i]) : VALUE(y[i]))

/* Any strides, of both operands. float32 is copied as bits, so that a signaling NaN stays one. */
#define COPY(ID, FROM, T, TO, R, EXPRESSION)                           \
  KERNEL(ID##_##T##R) {                                                \
    walk w = walk_over(op->outputs[0], op->inputs[0], op->outputs[0]); \
    const FROM *in = data(op->inputs[0]);                              \
    TO *out = data(op->outputs[0]);                                    \
    for (int64_t n = COUNT(op->outputs[0]); n > 0; n--, step(&w)) {    \
      const FROM a = in[w.offset[0]];                                  \
      out[w.offset[1]] = EXPRESSION;                                   \
    }                                                                  \
    return BP_OK;                                                      \
  }

/* Axis d is reduced where out0's extent is 1 and in0's is not: a walk over the axes that stay, and at each of its
 * steps one over those that go. a is the element, sum the accumulator of type A: float64 for sums of float32. */
#define REDUCTION(ID, T, A, R, INITIAL, EXPRESSION, RESULT)         \
  KERNEL(ID##_##T) {                                                \
    const bp_tensor *in = op->inputs[0], *to = op->outputs[0];      \
    const type_##T *x = INPUT(T, 0);                                \
    type_##R *out = OUTPUT(R);                                      \
    walk stay = walk_over(to, in, to), go = walk_over(in, in, in);  \
    for (int d = 0; d < in->rank; d++)                              \
      if (to->shape[d] == in->shape[d]) go.shape[d] = 1;            \
    const int64_t n = COUNT(to), m = count(go.rank, go.shape);      \
    for (int64_t i = 0; i < n; i++, step(&stay)) {                  \
      A sum = INITIAL;                                              \
      for (int64_t j = 0; j < m; j++, step(&go)) {                  \
        const type_##T a = VALUE(x[stay.offset[0] + go.offset[0]]); \
        sum = EXPRESSION;                                           \
      }                                                             \
      out[i] = RESULT;                                              \
    }                                                               \
    return BP_OK;                                                   \
  }

/* BETTER: whether a, further along the axis, takes the place of b. */
#define ARGUMENT(ID, T, BETTER)                                                                     \
  KERNEL(ID##_##T) {                                                                                \
    const bp_tensor *in = op->inputs[0];                                                            \
    const int axis = ((const bp_axis_params *)op->params)->axis;                                    \
    walk w = walk_over(op->outputs[0], in, in);                                                     \
    for (int64_t i = 0, n = COUNT(op->outputs[0]); i < n; i++, step(&w)) {                          \
      const type_##T *x = INPUT(T, 0) + w.offset[0];                                                \
      int64_t best = 0;                                                                             \
      for (int64_t j = 1; j < in->shape[axis]; j++) {                                               \
        const type_##T a = VALUE(x[j * in->strides[axis]]), b = VALUE(x[best * in->strides[axis]]); \
        if (BETTER) best = j;                                                                       \
      }                                                                                             \
      OUTPUT(i)[i] = best;                                                                          \
    }                                                                                               \
    return BP_OK;                                                                                   \
  }

/* Row by row, so that the inner loop runs along memory. Your BLAS goes here. */
#define MATMUL(T, EXPRESSION)                                                                                  \
  KERNEL(MATMUL_##T) {                                                                                         \
    const bp_tensor *to = op->outputs[0];                                                                      \
    const int64_t m = to->shape[to->rank - 2], n = to->shape[to->rank - 1], size = COUNT(to);                  \
    const int64_t depth = op->inputs[0]->shape[to->rank - 1];                                                  \
    const type_##T *x = INPUT(T, 0); const type_##T *y = INPUT(T, 1);                                          \
    type_##T *out = OUTPUT(T);                                                                                 \
    for (int64_t i = 0; i < size; i++) out[i] = 0;                                                             \
    for (int64_t row = 0; size && row < size / n; row++)                                                       \
      for (int64_t k = 0; k < depth; k++)                                                                      \
        for (int64_t j = 0; j < n; j++) {                                                                      \
          const type_##T a = x[row * depth + k], b = y[(row / m * depth + k) * n + j], sum = out[row * n + j]; \
          out[row * n + j] = EXPRESSION;                                                                       \
        }                                                                                                      \
    return BP_OK;                                                                                              \
  }

/* A walk over the indices that follows the indexed tensor, but for the axis on which the index decides. */
static walk walk_indices(const bp_tensor *indices, const bp_tensor *indexed, int axis) {
  walk w = walk_over(indices, indexed, indices);
  w.stride[0][axis] = 0;
  return w;
}

static int32_t check_index(int64_t index, const bp_tensor *indexed, int axis, bp_error *err) {
  if (index >= 0 && index < indexed->shape[axis]) return BP_OK;
  return fail(err, BP_ERROR_INVALID_ARGUMENT, "index %" PRId64 " is out of range for axis %d of extent %" PRId64, index,
              axis, indexed->shape[axis]);
}

#define GATHER(T)                                                                    \
  KERNEL(GATHER_##T) {                                                               \
    const bp_tensor *in = op->inputs[0];                                             \
    const int axis = ((const bp_axis_params *)op->params)->axis;                     \
    const int64_t *index = INPUT(i, 1);                                              \
    walk w = walk_indices(op->inputs[1], in, axis);                                  \
    for (int64_t i = 0, n = COUNT(op->inputs[1]); i < n; i++, step(&w)) {            \
      if (check_index(index[i], in, axis, err)) return BP_ERROR_INVALID_ARGUMENT;    \
      OUTPUT(T)[i] = VALUE(INPUT(T, 0)[w.offset[0] + index[i] * in->strides[axis]]); \
    }                                                                                \
    return BP_OK;                                                                    \
  }

/* a is what the output holds, b what comes. */
#define SCATTER(T, ADD, MUL, MAX, MIN)                                                      \
  KERNEL(SCATTER_##T) {                                                                     \
    const bp_tensor *to = op->outputs[0];                                                   \
    const bp_scatter_params *p = op->params;                                                \
    const int64_t *index = INPUT(i, 0);                                                     \
    if (p->mode < BP_SCATTER_SET || p->mode > BP_SCATTER_MIN)                               \
      return fail(err, BP_ERROR_INVALID_ARGUMENT, "SCATTER: there is no mode %d", p->mode); \
    walk w = walk_indices(op->inputs[0], to, p->axis);                                      \
    for (int64_t i = 0, n = COUNT(op->inputs[0]); i < n; i++, step(&w)) {                   \
      if (check_index(index[i], to, p->axis, err)) return BP_ERROR_INVALID_ARGUMENT;        \
      type_##T *target = OUTPUT(T) + w.offset[0] + index[i] * to->strides[p->axis];         \
      const type_##T a = VALUE(*target), b = VALUE(INPUT(T, 1)[i]);                         \
      *target = p->mode == BP_SCATTER_SET   ? b                                             \
                : p->mode == BP_SCATTER_ADD ? (ADD)                                         \
                : p->mode == BP_SCATTER_MUL ? (MUL)                                         \
                : p->mode == BP_SCATTER_MAX ? (MAX)                                         \
                                            : (MIN);                                        \
    }                                                                                       \
    return BP_OK;                                                                           \
  }

/* 4  The list of operators -------------------------------------------------------------------------------- *
 * An entry is a function and a claim: one less, and query_op turns that operator and type down. To write a function
 * out, take its entry away, name it like the others (NEG_f), and give it a row in the table below. */
#define COMPARISON(ID, IS) BINARY(ID, f, b, a IS b) BINARY(ID, i, b, a IS b) BINARY(ID, b, b, a IS b)
#define WORDS(COUNTER) const words random = philox(p->seed, p->offset + (uint64_t)(COUNTER))
#define OPERATORS                                                                                                          \
  CREATE(ARANGE, f, bp_arange_params, , (float)(p->start + (double)i * p->step))                                           \
  CREATE(ARANGE, i, bp_arange_params, , WRAP(p->integer_start, +, WRAP(i, *, p->integer_step)))                            \
  CREATE(RANDOM_UNIFORM, f, bp_random_params, WORDS(i / 4), uniform(random.w[i % 4]))                                      \
  CREATE(RANDOM_NORMAL, f, bp_random_params, WORDS(i / 4), normal_float(random.w[i % 4]))                                  \
  CREATE(RANDOM_INTEGER, i, bp_random_params, WORDS(i / 2), in_range(random, i % 2, p))                             \
  COPY(COPY, uint32_t, f, uint32_t, f, a) COPY(COPY, int64_t, i, int64_t, i, a) COPY(COPY, uint8_t, b, uint8_t, b, a != 0) \
  COPY(COPY, float, f, int64_t, i, integer(a)) COPY(COPY, float, f, uint8_t, b, a != 0)                                    \
  COPY(COPY, int64_t, i, float, f, (float)a) COPY(COPY, int64_t, i, uint8_t, b, a != 0)                                    \
  COPY(COPY, uint8_t, b, float, f, a != 0) COPY(COPY, uint8_t, b, int64_t, i, a != 0)                                      \
  COPY(FILL, uint32_t, f, uint32_t, f, a) COPY(FILL, int64_t, i, int64_t, i, a) COPY(FILL, uint8_t, b, uint8_t, b, a != 0) \
  UNARY(NEG, f, -a) UNARY(NEG, i, WRAP(0, -, a)) UNARY(ABS, f, fabsf(a)) UNARY(ABS, i, a < 0 ? WRAP(0, -, a) : a)          \
  UNARY(SIGN, f, (float)((a > 0) - (a < 0))) UNARY(SIGN, i, (a > 0) - (a < 0))                                             \
  UNARY(BITWISE_NOT, i, ~a) UNARY(BITWISE_NOT, b, !a) UNARY(FLOOR, f, floorf(a)) UNARY(CEIL, f, ceilf(a))                  \
  UNARY(ROUND, f, rintf(a)) UNARY(TRUNC, f, truncf(a)) UNARY(SQRT, f, sqrtf(a)) UNARY(RSQRT, f, 1 / sqrtf(a))              \
  UNARY(RECIPROCAL, f, 1 / a) UNARY(EXP, f, expf(a)) UNARY(EXPM1, f, expm1f(a)) UNARY(LOG, f, logf(a))                     \
  UNARY(LOG1P, f, log1pf(a)) UNARY(SIN, f, sinf(a)) UNARY(COS, f, cosf(a)) UNARY(TANH, f, tanhf(a))                        \
  UNARY(SIGMOID, f, sigmoid(a)) UNARY(ERF, f, erff(a)) UNARY(RELU, f, a > 0 || a != a ? a : 0)                             \
  UNARY(RELU, i, a > 0 ? a : 0)                                                                                            \
  BINARY(ADD, f, f, a + b) BINARY(ADD, i, i, WRAP(a, +, b)) BINARY(ADD, b, b, a | b)                                       \
  BINARY(SUB, f, f, a - b) BINARY(SUB, i, i, WRAP(a, -, b))                                                                \
  BINARY(MUL, f, f, a * b) BINARY(MUL, i, i, WRAP(a, *, b)) BINARY(MUL, b, b, a & b)                                       \
  BINARY(DIV, f, f, a / b) BINARY(POW, f, f, powf(a, b)) BINARY(POW, i, i, power(a, b)) BINARY(ATAN2, f, f, atan2f(a, b))  \
  BINARY(FLOOR_DIVIDE, f, f, (float)floor_divide(a, b)) BINARY(FLOOR_DIVIDE, i, i, integer_floor_divide(a, b))             \
  BINARY(REMAINDER, f, f, floor_rest(a, b)) BINARY(REMAINDER, i, i, integer_floor_rest(a, b))                              \
  BINARY(FMOD, f, f, fmodf(a, b)) BINARY(FMOD, i, i, integer_fmod(a, b))                                                   \
  BINARY(MAXIMUM, f, f, maximum(a, b)) BINARY(MAXIMUM, i, i, a > b ? a : b) BINARY(MAXIMUM, b, b, a | b)                   \
  BINARY(MINIMUM, f, f, minimum(a, b)) BINARY(MINIMUM, i, i, a < b ? a : b) BINARY(MINIMUM, b, b, a & b)                   \
  BINARY(BITWISE_AND, i, i, a & b) BINARY(BITWISE_OR, i, i, a | b) BINARY(BITWISE_XOR, i, i, a ^ b)                        \
  BINARY(BITWISE_AND, b, b, a & b) BINARY(BITWISE_OR, b, b, a | b) BINARY(BITWISE_XOR, b, b, a ^ b)                        \
  COMPARISON(EQ, ==) COMPARISON(NE, !=) COMPARISON(LT, <) COMPARISON(LE, <=) COMPARISON(GT, >) COMPARISON(GE, >=)          \
  WHERE(f) WHERE(i) WHERE(b)                                                                                               \
  REDUCTION(SUM, f, double, f, 0, sum + a, (float)sum) REDUCTION(SUM, i, int64_t, i, 0, WRAP(sum, +, a), sum)              \
  REDUCTION(SUM, b, int64_t, i, 0, sum + a, sum) REDUCTION(PROD, f, double, f, 1, sum * a, (float)sum)                     \
  REDUCTION(PROD, i, int64_t, i, 1, WRAP(sum, *, a), sum) REDUCTION(PROD, b, int64_t, i, 1, sum & a, sum)                  \
  REDUCTION(MEAN, f, double, f, 0, sum + a, (float)(sum / (double)m))                                                      \
  REDUCTION(MAX, f, float, f, -INFINITY, maximum(sum, a), sum) REDUCTION(MAX, b, uint8_t, b, 0, sum | a, sum)              \
  REDUCTION(MAX, i, int64_t, i, INT64_MIN, a > sum ? a : sum, sum)                                                         \
  REDUCTION(MIN, f, float, f, INFINITY, minimum(sum, a), sum) REDUCTION(MIN, b, uint8_t, b, 1, sum & a, sum)               \
  REDUCTION(MIN, i, int64_t, i, INT64_MAX, a < sum ? a : sum, sum)                                                         \
  ARGUMENT(ARGMAX, f, b == b && (a != a || a > b)) ARGUMENT(ARGMAX, i, a > b) ARGUMENT(ARGMAX, b, a > b)                   \
  ARGUMENT(ARGMIN, f, b == b && (a != a || a < b)) ARGUMENT(ARGMIN, i, a < b) ARGUMENT(ARGMIN, b, a < b)                   \
  MATMUL(f, sum + a * b) MATMUL(i, WRAP(sum, +, WRAP(a, *, b))) GATHER(f) GATHER(i) GATHER(b)                              \
  SCATTER(f, a + b, a * b, maximum(a, b), minimum(a, b)) SCATTER(b, a | b, a & b, a | b, a & b)                            \
  SCATTER(i, WRAP(a, +, b), WRAP(a, *, b), a > b ? a : b, a < b ? a : b)

OPERATORS /* the functions */

#undef CREATE
#undef COPY
#undef UNARY
#undef BINARY
#undef WHERE
#undef REDUCTION
#undef ARGUMENT
#undef MATMUL
#undef GATHER
#undef SCATTER
#define CREATE(ID, R, ...) {BP_OP_##ID, CREATION, #ID, #R, ID##_##R},
#define COPY(ID, FROM, T, TO, R, ...) {BP_OP_##ID, MOVEMENT, #ID, #T #R, ID##_##T##R},
#define UNARY(ID, T, ...) {BP_OP_##ID, ELEMENTWISE, #ID, #T #T, ID##_##T},
#define BINARY(ID, T, R, ...) {BP_OP_##ID, ELEMENTWISE, #ID, #T #T #R, ID##_##T},
#define WHERE(T) {BP_OP_WHERE, ELEMENTWISE, "WHERE", "b" #T #T #T, WHERE_##T},
#define REDUCTION(ID, T, A, R, ...) {BP_OP_##ID, REDUCING, #ID, #T #R, ID##_##T},
#define ARGUMENT(ID, T, ...) {BP_OP_##ID, ARGUMENTS, #ID, #T "i", ID##_##T},
#define MATMUL(T, ...) {BP_OP_MATMUL, PRODUCT, "MATMUL", #T #T #T, MATMUL_##T},
#define GATHER(T) {BP_OP_GATHER, GATHERING, "GATHER", #T "i" #T, GATHER_##T},
#define SCATTER(T, ...) {BP_OP_SCATTER, SCATTERING, "SCATTER", "i" #T #T, SCATTER_##T},

static const struct row {
  int32_t id;
  enum { CREATION, MOVEMENT, ELEMENTWISE, REDUCING, ARGUMENTS, PRODUCT, GATHERING, SCATTERING } family;
  const char *name, *types; /* of the operands, inputs first */
  kernel *function;
} table[] = {OPERATORS /* the rows */};

static const bp_tensor *operand(const bp_op *op, int k) {
  return k < op->input_count ? op->inputs[k] : op->outputs[k - op->input_count];
}

/* The row for an operator and the types of its operands. Without one: a type that no row has in its place is not
 * supported; types that each have a row, but not together, contradict one another [BP-5.3]. */
static int32_t find(const bp_op *op, const struct row **found, bp_error *err) {
  const int operands = op->input_count + op->output_count;
  const char *name = NULL;
  uint32_t known = 0;
  for (size_t r = 0; r < sizeof table / sizeof *table && op->version == 1; r++) {
    if (table[r].id != op->op) continue;
    name = table[r].name;
    if (operands != (int)strlen(table[r].types) || op->output_count != 1)
      return fail(err, BP_ERROR_INVALID_ARGUMENT, "%s: %d operands", name, operands);
    int fitting = 0;
    for (int k = 0; k < operands; k++) {
      const char letter = table[r].types[k];
      if (operand(op, k)->dtype != (letter == 'f' ? BP_FLOAT32 : letter == 'i' ? BP_INT64 : BP_BOOL)) continue;
      fitting++;
      known |= 1u << k;
    }
    *found = &table[r];
    if (fitting == operands) return BP_OK;
  }
  if (!name) return fail(err, BP_ERROR_UNSUPPORTED, "there is no operator %d, version %d", op->op, op->version);
  for (int k = 0; k < operands; k++)
    if (!(known & 1u << k))
      return fail(err, BP_ERROR_UNSUPPORTED, "%s: operand %d cannot be of type %d", name, k, operand(op, k)->dtype);
  return fail(err, BP_ERROR_INVALID_ARGUMENT, "%s: the types of the operands contradict one another", name);
}

/* Whether the operands fit one another. The host sees to it [BP-5.1]; a plugin that looks is easier to debug. */
static int fits(const bp_op *op, const struct row *row) {
  const bp_tensor *out = op->outputs[0], *in[3] = {out, out, out};
  for (int k = 0; k < op->input_count; k++) in[k] = op->inputs[k];
  if (in[0]->rank != out->rank || in[1]->rank != out->rank || in[2]->rank != out->rank) return 0;
  const int has_axis = row->family == ARGUMENTS || row->family >= GATHERING, last = out->rank - 1;
  if ((has_axis || row->family == CREATION) && !op->params) return 0;
  const int axis = has_axis ? ((const bp_axis_params *)op->params)->axis : 0; /* bp_scatter_params begins alike */
  if ((has_axis && (axis < 0 || axis > last)) || (row->family == PRODUCT && last < 1)) return 0;
  for (int d = 0; d <= last; d++) {
    const int64_t o = out->shape[d], a = in[0]->shape[d], b = in[1]->shape[d], c = in[2]->shape[d];
    const int along = d == axis;
    const int fit = row->family == REDUCING     ? a == o || o == 1
                    : row->family == ARGUMENTS  ? (along ? o == 1 && a > 0 : a == o)
                    : row->family == GATHERING  ? b == o && (along || b <= a)
                    : row->family == SCATTERING ? a == b && (along || a <= o)
                    : row->family == PRODUCT    ? (d == last || a == o) && b == (d == last - 1 ? in[0]->shape[last] : o)
                                                : a == o && b == o && c == o;
    if (!fit) return 0;
  }
  return 1;
}

/* 5  The table of the plugin ------------------------------------------------------------------------------ */

/* Gives the host as much of an answer as it has room for, and leaves its struct_size alone [BP-1.2]. */
static void answer(void *out, const void *made, uint32_t size) {
  const uint32_t room = *(uint32_t *)out < size ? *(uint32_t *)out : size;
  memcpy((char *)out + sizeof room, (const char *)made + sizeof room, room - sizeof room);
}

static int32_t query_op(void *context, int32_t device, const bp_op *op, bp_op_info *out, bp_error *err) {
  const struct row *row;
  bp_op_info info = {0};
  bp_error why = {.struct_size = sizeof why};
  info.supported = find(op, &row, &why) == BP_OK;
  if (info.supported) {
    /* Without CONTIGUOUS the host makes no copies, and the loop follows strides and takes immediates. */
    info.flags = BP_OP_INFO_DETERMINISTIC | (row->family == MOVEMENT ? 0 : BP_OP_INFO_CONTIGUOUS) |
                 (row->family == MOVEMENT || row->family == ELEMENTWISE ? BP_OP_INFO_IN_PLACE : 0);
  } else {
    snprintf(info.reason, sizeof info.reason, "%.*s", (int)sizeof info.reason - 1, why.message);
  }
  answer(out, &info, sizeof info);
  return BP_OK;
}

static int32_t execute(void *context, int32_t device, bp_stream stream, const bp_op *op, bp_error *err) {
  const struct row *row;
  const int32_t code = find(op, &row, err);
  if (code) return code;
  if (!fits(op, row)) return fail(err, BP_ERROR_INVALID_ARGUMENT, "%s: the operands do not fit", row->name);
  return row->function(op, err);
}

static int32_t device_info(void *context, int32_t device, bp_device_info *out, bp_error *err) {
  const bp_device_info info = {
      .flags = BP_DEVICE_HOST_MEMORY,
      .total_bytes = physical_memory(_SC_PHYS_PAGES),
      .alignment = ALIGNMENT,
      .name = "mychip", /* the hardware's */
      .details = "plain loops over host memory",
  };
  answer(out, &info, sizeof info);
  return BP_OK;
}

static int32_t memory_info(void *context, int32_t device, bp_memory_info *out, bp_error *err) {
  const bp_memory_info info = {.total_bytes = physical_memory(_SC_PHYS_PAGES),
                               .free_bytes = physical_memory(_SC_AVPHYS_PAGES)};
  answer(out, &info, sizeof info);
  return BP_OK;
}

/* The one symbol of the library. Quick: what is heavy waits for the first alloc or execute [BP-10.3]. */
int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  static const bp_plugin plugin = {
      .struct_size = sizeof plugin,
      .abi_major = BP_ABI_MAJOR,
      .abi_minor = BP_ABI_MINOR,
      .device_count = 1, /* 0 where the hardware is absent, and unavailable_reason tells why [BP-8.1] */
      .magic = BP_PLUGIN_MAGIC,
      .name = "mychip",
      .version = "0.1.0",
      .device_info = device_info,
      .memory_info = memory_info,
      .alloc = device_alloc,
      .free = device_free,
      .copy_from_host = copy_from_host,
      .copy_to_host = copy_to_host,
      .query_op = query_op,
      .execute = execute,
      .host_pointer = host_pointer,
      .wrap_host = wrap_host,
  };
  if (host->abi_major != BP_ABI_MAJOR || out->struct_size < offsetof(bp_plugin, host_pointer))
    return fail(err, BP_ERROR_ABI_MISMATCH, "the host speaks ABI %d.%d, this plugin %d.%d", host->abi_major,
                host->abi_minor, BP_ABI_MAJOR, BP_ABI_MINOR);
  bp_plugin_fill(out, &plugin);
  return BP_OK;
}
