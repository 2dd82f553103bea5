/* A whole device of ABI 1.1, which every later host of major version 1 must load and use. It is compiled with the header
 * beside it and nothing newer, and neither changes.
 *
 * Every core operator over float32, int64 and bool, one element at a time, in host memory: what `backplane new-plugin`
 * wrote at that time, and EXP2, which 1.1 brought.
 */
#ifndef NAME
#define NAME "frozen-core"
#endif

#include <backplane_backend.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* The functions of the plugin's table have the parameters that the header gives them, wanted or not. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* 1  Memory: replace address by your device's idea of one ------------------------------------------------- */

enum { ALIGNMENT = 64 };

typedef struct buffer {
  char *address;
  int64_t bytes;
  int owned; /* 0: the host lent the memory through wrap_host */
} buffer;

static buffer *buffer_of(bp_buffer handle) { return (buffer *)(uintptr_t)handle; }

static int64_t pages(int name) { return (int64_t)sysconf(name) * sysconf(_SC_PAGESIZE); }

static int32_t new_buffer(void *address, int64_t bytes, int owned, bp_buffer *out, bp_error *err) {
  buffer *made = malloc(sizeof *made);
  if (!made) return bp_failf(err, BP_ERROR_OUT_OF_MEMORY, "no room for the description of a buffer");
  *made = (buffer){address, bytes, owned};
  *out = (bp_buffer)(uintptr_t)made;
  return BP_OK;
}

static int32_t device_alloc(void *context, int32_t device, int32_t kind, int64_t bytes, int64_t alignment,
                            bp_buffer *out, bp_error *err) {
  if (bytes < 0 || alignment < 0 || (alignment & (alignment - 1)))
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "alloc: bytes or alignment make no sense");
  if (alignment < ALIGNMENT) alignment = ALIGNMENT;
  void *address;
  /* The system may promise more memory than there is; better refused here than killed at first use [BP-8.3]. */
  if (bytes > pages(_SC_PHYS_PAGES) || posix_memalign(&address, (size_t)alignment, bytes > 0 ? (size_t)bytes : 1))
    return bp_failf(err, BP_ERROR_OUT_OF_MEMORY, "alloc: no room for %lld bytes", (long long)bytes);
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
  const long long size = buffer_of(handle)->bytes, n = bytes, at = offset;
  if (n > 0 && at >= 0 && at <= size && n <= size - at) return BP_OK;
  return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "%s: %lld bytes at offset %lld of a buffer of %lld", name, n, at,
                  size);
}

static int32_t copy_from_host(void *context, int32_t device, bp_stream stream, bp_buffer target, int64_t offset,
                              const void *source, int64_t bytes, bp_error *err) {
  const int32_t code = check_range(offset, bytes, target, "copy_from_host", err);
  if (!code && bytes) memcpy(buffer_of(target)->address + offset, source, (size_t)bytes);
  return code;
}

static int32_t copy_to_host(void *context, int32_t device, bp_stream stream, void *target, bp_buffer source,
                            int64_t offset, int64_t bytes, bp_error *err) {
  const int32_t code = check_range(offset, bytes, source, "copy_to_host", err);
  if (!code && bytes) memcpy(target, buffer_of(source)->address + offset, (size_t)bytes);
  return code;
}

/* Where the host cannot reach your memory, drop these two, and BP_DEVICE_HOST_MEMORY in device_info. */
static int32_t host_pointer(void *context, int32_t device, bp_buffer handle, void **out, bp_error *err) {
  return *out = buffer_of(handle)->address, BP_OK;
}

static int32_t wrap_host(void *context, int32_t device, void *memory, int64_t bytes, bp_buffer *out, bp_error *err) {
  return new_buffer(memory, bytes, 0, out, err);
}

/* 2  Elements: found by their index, whatever the strides -------------------------------------------------- */

static int64_t count(const bp_tensor *t) {
  int64_t n = 1;
  for (int d = 0; d < t->rank; d++) n *= t->shape[d];
  return n;
}

static void step(const bp_tensor *t, int64_t *index) {
  for (int d = t->rank - 1; d >= 0 && ++index[d] == t->shape[d]; d--) index[d] = 0;
}

/* index goes through all elements of t in row-major order. */
#define FOR_EACH(index, t) \
  for (int64_t index[BP_MAX_RANK] = {0}, index##_left = count(t); index##_left > 0; index##_left--, step(t, index))

/* An immediate is its own only element, with strides of zero [BP-4.6]. */
static void *element(const bp_tensor *t, const int64_t *index) {
  if (t->flags & BP_TENSOR_IMMEDIATE) return (void *)t->immediate;
  int64_t offset = 0;
  for (int d = 0; d < t->rank; d++) offset += index[d] * t->strides[d];
  return buffer_of(t->buffer)->address + t->byte_offset + offset * bp_dtype_size(t->dtype);
}

/* float32 is computed in float64 and rounded once, when it is put; int64 and bool are computed as int64. */
typedef struct value {
  double real;
  int64_t integer;
} value;

/* A bool: any nonzero byte is true when read, 0 or 1 is written [BP-3.2]. */
static value get(const bp_tensor *t, const int64_t *index) {
  const void *p = element(t, index);
  if (t->dtype == BP_FLOAT32) return (value){.real = *(const float *)p};
  return (value){.integer = t->dtype == BP_BOOL ? *(const uint8_t *)p != 0 : *(const int64_t *)p};
}

static void put(const bp_tensor *t, const int64_t *index, value x) {
  void *p = element(t, index);
  if (t->dtype == BP_FLOAT32) *(float *)p = (float)x.real;
  else if (t->dtype == BP_BOOL) *(uint8_t *)p = x.integer != 0;
  else *(int64_t *)p = x.integer;
}

/* Keeps the bits of a float, so that a NaN stays the one it was. */
static void move(const bp_tensor *to, const int64_t *target, const bp_tensor *from, const int64_t *source) {
  if (from->dtype == BP_FLOAT32) memcpy(element(to, target), element(from, source), sizeof(float));
  else put(to, target, get(from, source));
}

/* 3  Functions of elements: an operator is a line here ------------------------------------------------------ */

/* Integers wrap [BP-3.4], as unsigned ones do in C. */
static int64_t add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static int64_t subtract(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
static int64_t multiply(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }

/* By 0 integers give 0; the least by -1 would trap. */
static int64_t floor_divide(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return b ? subtract(0, a) : 0;
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static int64_t power(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
  int64_t result = 1;
  for (; b; b >>= 1, a = multiply(a, a))
    if (b & 1) result = multiply(result, a);
  return result;
}

/* The floor of the exact quotient: where a/b was rounded up to an integer, the sign of what is left tells. */
static double real_floor_divide(double a, double b) {
  const double quotient = a / b, down = floor(quotient), rest = fma(-down, b, a);
  if (b == 0) return quotient;
  if (!isfinite(a) || !isfinite(down)) return isfinite(a) ? down : NAN;
  if (isinf(b)) return a != 0 && (a < 0) != (b < 0) ? -1 : down;
  return down == quotient && rest != 0 && (rest < 0) != (b < 0) ? down - 1 : down;
}

static double real_remainder(double a, double b) {
  const double rest = fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? (float)(rest + b) : rest;
}

static double unary_real(int32_t op, double a) {
  switch (op) {
  case BP_OP_NEG: return -a;                        case BP_OP_ABS: return fabs(a);
  case BP_OP_SIGN: return (a > 0) - (a < 0);        case BP_OP_FLOOR: return floor(a);
  case BP_OP_CEIL: return ceil(a);                  case BP_OP_ROUND: return rint(a);
  case BP_OP_TRUNC: return trunc(a);                case BP_OP_SQRT: return sqrt(a);
  case BP_OP_RSQRT: return 1 / sqrt(a);             case BP_OP_RECIPROCAL: return 1 / a;
  case BP_OP_EXP: return exp(a);                    case BP_OP_EXPM1: return expm1(a);
  case BP_OP_EXP2: return exp2(a);
  case BP_OP_LOG: return log(a);                    case BP_OP_LOG1P: return log1p(a);
  case BP_OP_SIN: return sin(a);                    case BP_OP_COS: return cos(a);
  case BP_OP_TANH: return tanh(a);                  case BP_OP_SIGMOID: return 1 / (1 + exp(-a));
  case BP_OP_ERF: return erf(a);
  default: return a < 0 ? 0 : a; /* RELU */
  }
}

static int64_t unary_integer(int32_t op, int64_t a, int is_bool) {
  switch (op) {
  case BP_OP_NEG: return subtract(0, a);            case BP_OP_ABS: return a < 0 ? subtract(0, a) : a;
  case BP_OP_SIGN: return (a > 0) - (a < 0);        case BP_OP_BITWISE_NOT: return is_bool ? !a : ~a;
  default: return a > 0 ? a : 0; /* RELU */
  }
}

static double binary_real(int32_t op, double a, double b) {
  switch (op) {
  case BP_OP_ADD: return a + b;                     case BP_OP_SUB: return a - b;
  case BP_OP_MUL: return a * b;                     case BP_OP_DIV: return a / b;
  case BP_OP_FLOOR_DIVIDE: return real_floor_divide(a, b);case BP_OP_REMAINDER: return real_remainder(a, b);
  case BP_OP_FMOD: return fmod(a, b);               case BP_OP_POW: return pow(a, b);
  case BP_OP_MAXIMUM: return a != a || a >= b ? a : b; /* NaN if either is */
  case BP_OP_MINIMUM: return a != a || a <= b ? a : b;
  default: return atan2(a, b); /* ATAN2 */
  }
}

static int64_t binary_integer(int32_t op, int64_t a, int64_t b) { /* of bools too: put makes 2 a true */
  switch (op) {
  case BP_OP_ADD: return add(a, b);                 case BP_OP_SUB: return subtract(a, b);
  case BP_OP_MUL: return multiply(a, b);            case BP_OP_FLOOR_DIVIDE: return floor_divide(a, b);
  case BP_OP_REMAINDER: return b ? subtract(a, multiply(b, floor_divide(a, b))) : 0;
  case BP_OP_FMOD: return b == 0 || b == -1 ? 0 : a % b;case BP_OP_POW: return power(a, b);
  case BP_OP_MAXIMUM: return a > b ? a : b;         case BP_OP_MINIMUM: return a < b ? a : b;
  case BP_OP_BITWISE_AND: return a & b;             case BP_OP_BITWISE_OR: return a | b;
  default: return a ^ b; /* BITWISE_XOR */
  }
}

static value binary(int32_t op, int is_real, value a, value b) {
  return is_real ? (value){.real = binary_real(op, a.real, b.real)}
                 : (value){.integer = binary_integer(op, a.integer, b.integer)};
}

static int compare(int32_t op, int is_real, value a, value b) {
  const int less = is_real ? a.real < b.real : a.integer < b.integer;
  const int equal = is_real ? a.real == b.real : a.integer == b.integer;
  const int greater = is_real ? a.real > b.real : a.integer > b.integer;
  switch (op) {
  case BP_OP_EQ: return equal;                      case BP_OP_NE: return !equal;
  case BP_OP_LT: return less;                       case BP_OP_LE: return less || equal;
  case BP_OP_GT: return greater;
  default: return greater || equal; /* GE */
  }
}

/* 4  Loops: one for each family of operators. Your BLAS goes into matmul ------------------------------------- */

typedef int32_t loop(const bp_op *op, const bp_tensor *const *in, const bp_tensor *out, bp_error *err);
#define LOOP(name) static int32_t name(const bp_op *op, const bp_tensor *const *in, const bp_tensor *out, bp_error *err)
#define IS_REAL(t) ((t)->dtype == BP_FLOAT32)

LOOP(copy) { /* COPY and FILL [BP-3.3] */
  FOR_EACH(i, out) {
    value x = get(in[0], i);
    if (!IS_REAL(in[0])) x.real = (float)x.integer; /* rounded once */
    else if (out->dtype == BP_BOOL) x.integer = x.real != 0;
    else x.integer = x.real >= -0x1p63 && x.real < 0x1p63 ? (int64_t)x.real : INT64_MIN;
    if (in[0]->dtype == out->dtype) move(out, i, in[0], i);
    else put(out, i, x);
  }
  return BP_OK;
}

LOOP(create) { /* ARANGE, RANDOM_*: of the row-major number n alone */
  bp_arange_params range;
  bp_random_params random;
  const int32_t code = op->op == BP_OP_ARANGE ? bp_params(op, &range, sizeof range, err)
                                              : bp_params(op, &random, sizeof random, err);
  if (code) return code;
  uint64_t n = 0;
  FOR_EACH(i, out) {
    value x = {0};
    uint32_t w[4];
    if (op->op == BP_OP_ARANGE) {
      x.real = range.start + (double)n * range.step;
      x.integer = add(range.integer_start, multiply((int64_t)n, range.integer_step));
    } else if (op->op == BP_OP_RANDOM_INTEGER) {
      bp_philox(random.seed, random.offset + n / 2, w);
      const uint64_t word = w[2 * (n % 2)] | (uint64_t)w[2 * (n % 2) + 1] << 32;
      x.integer = add(random.low, (int64_t)((unsigned __int128)word * random.range >> 64));
    } else {
      bp_philox(random.seed, random.offset + n / 4, w);
      x.real = op->op == BP_OP_RANDOM_UNIFORM ? (w[n % 4] >> 8) * 0x1p-24 : bp_normal((w[n % 4] + 0.5) * 0x1p-32);
    }
    put(out, i, x);
    n++;
  }
  return BP_OK;
}

LOOP(elementwise) {
  const int32_t id = op->op;
  const bool compares = bp_op_definition_of(id)->outputs[0] == 'b';
  FOR_EACH(i, out) {
    const value a = get(in[0], i);
    if (id == BP_OP_WHERE) move(out, i, a.integer ? in[1] : in[2], i);
    else if (op->input_count == 1)
      put(out, i, (value){unary_real(id, a.real), unary_integer(id, a.integer, out->dtype == BP_BOOL)});
    else if (compares) put(out, i, (value){.integer = compare(id, IS_REAL(in[0]), a, get(in[1], i))});
    else put(out, i, binary(id, IS_REAL(in[0]), a, get(in[1], i)));
  }
  return BP_OK;
}

/* Axis d is reduced where out's extent is 1 and in's is not: for each element of out, a walk over those axes. */
LOOP(reduce) {
  const int32_t id = op->op;
  value start = {0};
  int32_t combine = BP_OP_ADD; /* SUM, MEAN */
  if (id == BP_OP_PROD) combine = BP_OP_MUL, start = (value){1, 1};
  if (id == BP_OP_MAX) combine = BP_OP_MAXIMUM, start = (value){-INFINITY, out->dtype == BP_BOOL ? 0 : INT64_MIN};
  if (id == BP_OP_MIN) combine = BP_OP_MINIMUM, start = (value){INFINITY, INT64_MAX};
  int64_t shape[BP_MAX_RANK];
  bp_tensor reduced = *in[0];
  reduced.shape = shape;
  for (int d = 0; d < out->rank; d++) shape[d] = out->shape[d] == in[0]->shape[d] ? 1 : in[0]->shape[d];
  FOR_EACH(i, out) {
    value result = start;
    double n = 0;
    FOR_EACH(j, &reduced) {
      int64_t at[BP_MAX_RANK];
      for (int d = 0; d < out->rank; d++) at[d] = i[d] + j[d];
      result = binary(combine, IS_REAL(in[0]), result, get(in[0], at));
      n++;
    }
    if (id == BP_OP_MEAN) result.real /= n;
    put(out, i, result);
  }
  return BP_OK;
}

LOOP(arg_reduce) { /* ARGMAX, ARGMIN: the first of equals; a NaN is beyond all else */
  bp_axis_params p;
  const int32_t code = bp_params(op, &p, sizeof p, err);
  if (code) return code;
  const int32_t axis = p.axis;
  const int32_t beyond = op->op == BP_OP_ARGMAX ? BP_OP_GT : BP_OP_LT;
  FOR_EACH(i, out) {
    int64_t best = 0, at[BP_MAX_RANK];
    memcpy(at, i, sizeof at);
    value b = get(in[0], i);
    for (int64_t j = 1; j < in[0]->shape[axis] && b.real == b.real; j++) {
      at[axis] = j;
      const value a = get(in[0], at);
      if (a.real != a.real || compare(beyond, IS_REAL(in[0]), a, b)) best = j, b = a;
    }
    put(out, i, (value){.integer = best});
  }
  return BP_OK;
}

LOOP(matmul) {
  const int last = out->rank - 1;
  FOR_EACH(i, out) {
    int64_t left[BP_MAX_RANK], right[BP_MAX_RANK];
    memcpy(left, i, sizeof left), memcpy(right, i, sizeof right);
    value sum = {0};
    for (int64_t k = 0; k < in[0]->shape[last]; k++) {
      left[last] = right[last - 1] = k;
      const value a = get(in[0], left), b = get(in[1], right);
      sum = (value){sum.real + a.real * b.real, add(sum.integer, multiply(a.integer, b.integer))};
    }
    put(out, i, sum);
  }
  return BP_OK;
}

/* GATHER reads in[0], and SCATTER changes out, where the index stands in place of the position on the axis. */
LOOP(move_indexed) {
  const int gathers = op->op == BP_OP_GATHER;
  const bp_tensor *indices = in[gathers], *indexed = gathers ? in[0] : out;
  bp_scatter_params p; /* bp_axis_params begins alike, and lacks the mode */
  const int32_t code = bp_params(op, &p, sizeof p, err);
  if (code) return code;
  static const int32_t steps[] = {0, BP_OP_ADD, BP_OP_MUL, BP_OP_MAXIMUM, BP_OP_MINIMUM};
  if (!gathers && (p.mode < BP_SCATTER_SET || p.mode > BP_SCATTER_MIN))
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "SCATTER: there is no mode %d", p.mode);
  FOR_EACH(i, indices) {
    int64_t at[BP_MAX_RANK];
    memcpy(at, i, sizeof at);
    const long long index = at[p.axis] = get(indices, i).integer, extent = indexed->shape[p.axis];
    if (index < 0 || index >= extent)
      return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "index %lld is out of range of an axis of extent %lld", index,
                      extent);
    if (gathers) move(out, i, in[0], at);
    else if (p.mode == BP_SCATTER_SET) move(out, at, in[1], i);
    else put(out, at, binary(steps[p.mode], IS_REAL(out), get(out, at), get(in[1], i)));
  }
  return BP_OK;
}

/* 5  The list of operators: what is not in it, query_op turns down ------------------------------------------- */

/* Which types an operator takes, the header has in a table: of those, this plugin has the core types. SAME: an output
 * may be the same view as an input. */
enum { SAME = BP_OP_INFO_IN_PLACE };
static const struct claim {
  loop *run;
  int32_t flags, ids[16];
} claims[] = {
    {copy, SAME, {BP_OP_COPY}},
    {copy, 0, {BP_OP_FILL}},
    {create, 0, {BP_OP_ARANGE, BP_OP_RANDOM_UNIFORM, BP_OP_RANDOM_NORMAL, BP_OP_RANDOM_INTEGER}},
    {elementwise, SAME, {BP_OP_NEG, BP_OP_ABS, BP_OP_SIGN, BP_OP_BITWISE_NOT, BP_OP_RELU}},
    {elementwise, SAME, {BP_OP_FLOOR, BP_OP_CEIL, BP_OP_ROUND, BP_OP_TRUNC, BP_OP_SQRT, BP_OP_RSQRT, BP_OP_RECIPROCAL,
      BP_OP_EXP, BP_OP_EXPM1, BP_OP_LOG, BP_OP_LOG1P, BP_OP_SIN, BP_OP_COS, BP_OP_TANH, BP_OP_SIGMOID, BP_OP_ERF}},
    {elementwise, SAME, {BP_OP_EXP2}},
    {elementwise, SAME, {BP_OP_ADD, BP_OP_SUB, BP_OP_MUL, BP_OP_DIV, BP_OP_FLOOR_DIVIDE, BP_OP_REMAINDER, BP_OP_FMOD,
      BP_OP_POW, BP_OP_MAXIMUM, BP_OP_MINIMUM, BP_OP_ATAN2, BP_OP_BITWISE_AND, BP_OP_BITWISE_OR, BP_OP_BITWISE_XOR}},
    {elementwise, SAME, {BP_OP_EQ, BP_OP_NE, BP_OP_LT, BP_OP_LE, BP_OP_GT, BP_OP_GE, BP_OP_WHERE}},
    {reduce, 0, {BP_OP_SUM, BP_OP_PROD, BP_OP_MEAN, BP_OP_MAX, BP_OP_MIN}},
    {arg_reduce, 0, {BP_OP_ARGMAX, BP_OP_ARGMIN}},
    {matmul, 0, {BP_OP_MATMUL}},
    {move_indexed, 0, {BP_OP_GATHER, BP_OP_SCATTER}},
};

/* The claim for an operator over the types of its operands, or why there is none [BP-5.3]. */
static int32_t find(const bp_op *op, const struct claim **found, bp_error *err) {
  *found = NULL;
  for (size_t c = 0; c < sizeof claims / sizeof *claims && op->op > 0; c++)
    for (int k = 0; k < 16; k++)
      if (claims[c].ids[k] == op->op) *found = &claims[c];
  if (!*found) return bp_failf(err, BP_ERROR_UNSUPPORTED, "there is no operator %d", op->op);
  return bp_check_types(op, BP_TYPES_CORE, err);
}

/* 6  The table of the plugin ---------------------------------------------------------------------------------- */

static int32_t query_op(void *context, int32_t device, const bp_op *op, bp_op_info *out, bp_error *err) {
  const struct claim *claim;
  bp_error why = {.struct_size = sizeof why};
  const int32_t code = find(op, &claim, &why);
  /* A loop that wants contiguous operands says BP_OP_INFO_CONTIGUOUS too, and the host makes them so. */
  bp_answer_query(out, code ? 0 : BP_OP_INFO_DETERMINISTIC | (uint32_t)claim->flags, code ? why.message : NULL);
  return BP_OK;
}

static int32_t execute(void *context, int32_t device, bp_stream stream, const bp_op *op, bp_error *err) {
  const struct claim *claim;
  const int32_t code = find(op, &claim, err);
  return code ? code : claim->run(op, op->inputs, op->outputs[0], err);
}

static int32_t device_info(void *context, int32_t device, bp_device_info *out, bp_error *err) {
  const bp_device_info info = {.flags = BP_DEVICE_HOST_MEMORY, .total_bytes = pages(_SC_PHYS_PAGES),
                               .alignment = ALIGNMENT, .name = NAME, .details = "one element at a time"};
  bp_answer(out, &info, sizeof info);
  return BP_OK;
}

static int32_t memory_info(void *context, int32_t device, bp_memory_info *out, bp_error *err) {
  const bp_memory_info info = {.total_bytes = pages(_SC_PHYS_PAGES), .free_bytes = pages(_SC_AVPHYS_PAGES)};
  bp_answer(out, &info, sizeof info);
  return BP_OK;
}

/* The one symbol of the library. Quick: what is heavy waits for the first alloc or execute [BP-10.3]. */
int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  static const bp_plugin plugin = {
      .struct_size = sizeof plugin, .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR, .magic = BP_PLUGIN_MAGIC,
      .name = NAME, .version = "0.1.0",
      .device_count = 1, /* 0 where the hardware is absent, and unavailable_reason tells why [BP-8.1] */
      .device_info = device_info, .memory_info = memory_info, .alloc = device_alloc, .free = device_free,
      .copy_from_host = copy_from_host, .copy_to_host = copy_to_host, .query_op = query_op, .execute = execute,
      .host_pointer = host_pointer, .wrap_host = wrap_host,
  };
  if (host->abi_major != BP_ABI_MAJOR || out->struct_size < offsetof(bp_plugin, host_pointer))
    return bp_failf(err, BP_ERROR_ABI_MISMATCH, "the host speaks ABI %d, this plugin %d", host->abi_major,
                    BP_ABI_MAJOR);
  bp_plugin_fill(out, &plugin);
  return BP_OK;
}
