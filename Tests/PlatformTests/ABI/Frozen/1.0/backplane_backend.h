/* backplane_backend.h: the Backplane backend ABI, major version 1.
 *
 * A backend is a shared library that gives Backplane one or more devices. It
 * exports ONE symbol, bp_plugin_open_v1(), and is written from this file
 * alone, in any language that can export a C function. This header is the
 * specification: what is not written here is not promised.
 *
 * Contents
 *    1  Conventions: layout, growth, threads, ownership
 *    2  Status codes and bp_error
 *    3  Data types
 *    4  Tensors
 *    5  Operators: calling convention and capability
 *    6  Operator ids, parameters and meaning
 *    7  Random numbers
 *    8  Devices and memory
 *    9  Streams and events
 *   10  The plugin table and its entry point
 *   11  Conveniences for C and C++ authors
 *
 * Obligations are numbered [BP-x.y]; conformance findings cite the number.
 * "Host" is the program that loads the plugin. "Must", "must not" and "may"
 * carry their usual weight. An obligation that names neither binds the plugin.
 */
#ifndef BACKPLANE_BACKEND_H
#define BACKPLANE_BACKEND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* Define BP_NO_MATH where there is no math.h: section 11 then lacks what needs it. */
#ifndef BP_NO_MATH
#include <math.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------ *
 * 1  Conventions
 * ------------------------------------------------------------------------ *
 * [BP-1.1] Layout. Structs hold fixed-width integers, doubles and pointers
 *   only, padded by hand to 8 bytes. 64-bit, little-endian machines.
 * [BP-1.2] Growth. Every struct begins with struct_size, set from sizeof by
 *   whoever fills it in. Within a major version a struct only grows at its
 *   end. A member exists if it lies within struct_size; a function exists if
 *   its pointer moreover is not NULL. Never read or write past struct_size.
 * [BP-1.3] Reserved members are written as zero and not read.
 * [BP-1.4] Ownership. Pointers passed to a call are borrowed for that call:
 *   a plugin that needs the data later copies it before returning. Strings
 *   are NUL-terminated UTF-8. Strings and tables that a plugin returns live
 *   as long as the process; a plugin is never unloaded.
 * [BP-1.5] Nothing crosses the boundary but a return: no exception, no
 *   longjmp, no abort(), no exit(), no signal handler left behind.
 * [BP-1.6] Threads. Any function may be called from any thread. The host
 *   serializes the calls on one stream (for a plugin without streams: on one
 *   device's execute and copies); calls on different streams or devices, and
 *   queries, allocations and frees, run concurrently.
 * [BP-1.7] A plugin leaves the process as it found it: working directory,
 *   locale, environment, floating-point mode, standard output. (What the
 *   runtime of a plugin's language installs when loaded is exempt.)
 */
#define BP_ABI_MAJOR 1
#define BP_ABI_MINOR 0

/* ------------------------------------------------------------------------ *
 * 2  Status codes and bp_error
 * ------------------------------------------------------------------------ *
 * [BP-2.1] A call that can fail returns BP_OK or one of the codes below and,
 *   when it fails, fills the caller's bp_error: code, flags, and a message
 *   that names what was wrong. err may be NULL: the code is then all there is.
 * [BP-2.2] The message is NUL-terminated within its array and never empty.
 * [BP-2.3] A failed call has no effect besides the unspecified contents of
 *   its outputs, and the device stays usable, unless BP_ERROR_FLAG_STICKY is
 *   set.
 * [BP-2.4] On success bp_error is left alone.
 */
#define BP_OK 0
#define BP_ERROR_INVALID_ARGUMENT 1 /* the call breaks a rule of this file     */
#define BP_ERROR_UNSUPPORTED 2      /* valid, but this plugin does not do it   */
#define BP_ERROR_OUT_OF_MEMORY 3    /* ordinary: the host frees and retries    */
#define BP_ERROR_DEVICE_LOST 4      /* the device will not answer again        */
#define BP_ERROR_UNAVAILABLE 5      /* a driver, library or device is missing  */
#define BP_ERROR_ABI_MISMATCH 6     /* host and plugin cannot work together    */
#define BP_ERROR_INTERNAL 7         /* a defect of the plugin or below it      */

#define BP_ERROR_FLAG_STICKY 1u    /* every later call on the device fails too  */
#define BP_ERROR_FLAG_ASYNC 2u     /* caused by an earlier call on the stream   */
#define BP_ERROR_FLAG_RETRYABLE 4u /* the same call may succeed later           */

typedef struct bp_error {
  uint32_t struct_size; /* sizeof(bp_error), set by the host             */
  int32_t code;         /* one of BP_ERROR_*                             */
  int64_t native_code;  /* the driver's or library's own number, or 0    */
  uint32_t flags;       /* BP_ERROR_FLAG_*                               */
  uint32_t reserved;
  char message[488];
} bp_error; /* 512 bytes, owned by the caller, on its stack if it likes; it never grows */

/* ------------------------------------------------------------------------ *
 * 3  Data types
 * ------------------------------------------------------------------------ *
 * [BP-3.1] Core types, which every plugin has: BP_FLOAT32, BP_INT64, BP_BOOL.
 *   Any other type is claimed operator by operator through query_op.
 * [BP-3.2] A bool is one byte. A plugin writes 0 or 1 and reads any other
 *   nonzero byte as true.
 * [BP-3.3] Conversions (BP_OP_COPY between types):
 *   float to narrower float  round to nearest, ties to even; overflow to inf;
 *                            NaN stays NaN
 *   float to integer         truncate toward zero. Out of range, the result is
 *                            that of converting to int64 first (there NaN and
 *                            values out of range give an unspecified value),
 *                            then wrapping
 *   integer to integer       wrap modulo 2^bits
 *   integer to float         round to nearest, ties to even
 *   anything to bool         nonzero (NaN too) is true
 *   bool to anything         0 or 1
 *   complex to real          the imaginary part is dropped
 * [BP-3.4] Integer arithmetic wraps modulo 2^bits and never traps.
 * [BP-3.5] Floating point is IEEE 754: subnormals are kept, and an infinity
 *   or NaN that the definition of an operator yields is delivered.
 *   float16 and bfloat16 arithmetic is computed in float32 or wider and
 *   rounded once, at the end of the operator.
 */
#define BP_BOOL 1
#define BP_UINT8 2
#define BP_INT8 3
#define BP_INT16 4
#define BP_INT32 5
#define BP_INT64 6
#define BP_FLOAT16 7   /* IEEE binary16                           */
#define BP_BFLOAT16 8  /* the upper half of a binary32            */
#define BP_FLOAT32 9   /* IEEE binary32                           */
#define BP_FLOAT64 10  /* IEEE binary64                           */
#define BP_COMPLEX64 11  /* two float32: real, imaginary          */
#define BP_COMPLEX128 12 /* two float64: real, imaginary          */

/* ------------------------------------------------------------------------ *
 * 4  Tensors
 * ------------------------------------------------------------------------ *
 * A bp_tensor is a strided view of a buffer. Element (i0, i1, ...) lies
 * byte_offset + (i0*strides[0] + i1*strides[1] + ...) * element size bytes
 * into the buffer. The same information as DLPack's.
 *
 * [BP-4.1] rank is 0 ... BP_MAX_RANK. shape and strides hold rank numbers and
 *   are not NULL when rank > 0. A rank-0 tensor has one element. An extent of
 *   0 makes the tensor empty; nothing of its buffer may then be touched.
 * [BP-4.2] Strides count elements. An input's may be zero (broadcast) or
 *   negative; those of the outputs of COPY and FILL may be negative. The
 *   stride of an extent-1 or extent-0 axis has no meaning.
 * [BP-4.3] The elements of an output do not overlap one another. Inputs and
 *   outputs either share no bytes, or input and output are the same view,
 *   which the host does only where bp_op_info.flags allows it (in place).
 * [BP-4.4] Addresses are aligned to the element size.
 * [BP-4.5] A plugin writes every element of the outputs and nothing else, and
 *   reads nothing but the elements of the inputs. Outputs that a definition
 *   calls read and modified are both.
 * [BP-4.6] Immediate. An input with BP_TENSOR_IMMEDIATE carries one value in
 *   `immediate`, in the representation of its dtype, and stands for a tensor
 *   of its shape filled with that value. It has no buffer, and its strides
 *   are zero. The host passes immediates to the elementwise operators and to
 *   BP_OP_FILL, and to no others.
 */
#define BP_MAX_RANK 16

typedef uint64_t bp_buffer; /* opaque, the plugin's own: a pointer, an index … */
typedef uint64_t bp_stream; /* opaque; 0 for a plugin without streams          */
typedef uint64_t bp_event;  /* opaque                                          */

#define BP_TENSOR_IMMEDIATE 1u

typedef struct bp_tensor {
  uint32_t struct_size;
  int32_t dtype;
  int32_t rank;
  uint32_t flags; /* BP_TENSOR_* */
  bp_buffer buffer;
  int64_t byte_offset;
  const int64_t *shape;
  const int64_t *strides;
  uint64_t immediate[2];
} bp_tensor; /* 64 bytes */

/* ------------------------------------------------------------------------ *
 * 5  Operators: calling convention and capability
 * ------------------------------------------------------------------------ *
 * [BP-5.1] The host infers shapes and types, allocates outputs, and calls
 *   execute only with operands that satisfy the operator's definition in
 *   section 6 and the plugin's own answer to query_op. A plugin may check,
 *   and answers a breach with BP_ERROR_INVALID_ARGUMENT.
 * [BP-5.2] What query_op claims, execute does, for every shape, stride, offset
 *   and value that the definition allows.
 * [BP-5.3] An operator id, version or type that the plugin does not know is
 *   BP_ERROR_UNSUPPORTED from execute, and "not supported" from query_op; so
 *   is a type that the operator's definition does not admit. Operands that
 *   contradict one another are BP_ERROR_INVALID_ARGUMENT from execute; query_op
 *   may say that or "not supported".
 * [BP-5.4] query_op is pure: its answer depends on nothing but the operator's
 *   id and version and the dtypes of the operands, so that the host may ask
 *   once and remember. Only workspace_bytes may depend on all of bp_op, and
 *   is asked for again at each call when BP_OP_INFO_WORKSPACE is set. The
 *   operands of a query have shapes but no buffers.
 * [BP-5.5] inputs and outputs are arrays of pointers, so that bp_tensor can
 *   grow. No pointer in them is NULL.
 * [BP-5.6] params points to the struct that section 6 names, or is NULL where
 *   it names none. A params struct shorter than the plugin knows comes from
 *   an older host: the missing members are zero.
 * [BP-5.7] workspace, if asked for, is a buffer of at least workspace_bytes
 *   bytes on the device, starting at workspace_offset, aligned to the
 *   device's alignment, with unspecified contents, the plugin's until the
 *   operator has finished. workspace_bytes is 0 or more.
 * [BP-5.8] Parameters are not part of a query's answer: a claim covers every
 *   parameter value that the definition admits for the types claimed (of
 *   BP_OP_SCATTER every mode that takes the type).
 */
typedef struct bp_op {
  uint32_t struct_size;
  int32_t op;      /* BP_OP_*                                               */
  int32_t version; /* version of the operator's definition, 1 here          */
  int32_t input_count;
  int32_t output_count;
  uint32_t reserved;
  const bp_tensor *const *inputs;
  const bp_tensor *const *outputs;
  const void *params;
  bp_buffer workspace;
  int64_t workspace_offset;
  int64_t workspace_bytes;
} bp_op; /* 72 bytes */

/* bp_op_info.flags */
#define BP_OP_INFO_CONTIGUOUS 1u    /* wants all operands row-major contiguous: the host copies others
                                       first, and expands immediates and broadcasts. Not for COPY and FILL */
#define BP_OP_INFO_IN_PLACE 2u      /* an output may be the same view as an input of the same dtype */
#define BP_OP_INFO_DETERMINISTIC 4u /* equal operands give bit-equal results                        */
#define BP_OP_INFO_WORKSPACE 8u     /* workspace_bytes is to be asked for at each call              */

typedef struct bp_op_info {
  uint32_t struct_size; /* set by the host */
  int32_t supported;    /* 1 or 0                                        */
  uint32_t flags;       /* BP_OP_INFO_*                                  */
  uint32_t reserved;
  int64_t workspace_bytes;
  char reason[232]; /* when not supported: why, in words            */
} bp_op_info; /* 256 bytes */

/* ------------------------------------------------------------------------ *
 * 6  Operator ids, parameters and meaning
 * ------------------------------------------------------------------------ *
 * Ids are append-only: none is ever renumbered, reused or redefined. Core
 * operators are 1 ... 1023; extended ones start at 1024.
 *
 * [BP-6.1] Every plugin has the core operators over the core types that their
 *   definition admits. The host decomposes those extended operators that a
 *   plugin lacks.
 * [BP-6.2] An operator does what its definition here says; findings name the
 *   operator. "Correctly rounded" binds to the bit; else the tolerances of the
 *   conformance suite are the measure.
 * [BP-6.3] Complex functions take C's principal values and branch cuts. Where
 *   a part of an operand is infinite or NaN, or an intermediate result of the
 *   textbook formula overflows, so may the result be.
 *
 * Notation: in0, in1 … inputs, out0 … outputs. "Elementwise": all operands
 * have the same shape (the host has broadcast them with zero strides, or
 * passes immediates), and out0[i] depends on the inputs' [i] alone.
 * Number types: all but bool. Float types: float16 … float64. Real types: all
 * but complex.
 */

/* 6.1  Creation and movement --------------------------------------------- */

/* out0 = in0, converted by [BP-3.3]. Elementwise. Any type to any type. Must
 * take any strides on both sides. Between equal types the bits are kept; a
 * bool is made 0 or 1. */
#define BP_OP_COPY 1

/* out0[i] = in0, an immediate of out0's dtype and shape. Any type, any
 * strides. */
#define BP_OP_FILL 2

/* out0[i] = start + i*step, i the row-major index. Real number types. Integers use
 * the integer members and wrap; floats compute start + i*step in float64,
 * the product rounded before the sum, and round once to out0's dtype.
 * params: bp_arange_params. No inputs. */
#define BP_OP_ARANGE 3

typedef struct bp_arange_params {
  uint32_t struct_size;
  uint32_t reserved;
  double start, step;
  int64_t integer_start, integer_step;
} bp_arange_params;

/* 6.2  Random: see section 7. No inputs; params: bp_random_params. ---------- */

#define BP_OP_RANDOM_UNIFORM 16 /* float types: uniform in [0, 1)               */
#define BP_OP_RANDOM_NORMAL 17  /* float types: mean 0, standard deviation 1    */
#define BP_OP_RANDOM_INTEGER 18 /* integer types: uniform in [low, low + range) */

typedef struct bp_random_params {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t seed;
  uint64_t offset;
  int64_t low;
  uint64_t range; /* > 0 */
} bp_random_params;

/* 6.3  Elementwise, one input, out0 of the same dtype ------------------------ */

#define BP_OP_NEG 32 /* number types. -0.0 from 0.0; integers wrap                     */
#define BP_OP_ABS 33 /* real number types; of the least integer: itself. Clears NaN's sign */
#define BP_OP_SIGN 34 /* real number types: -1, 0, 1; 0 for NaN and for -0.0           */
#define BP_OP_BITWISE_NOT 35 /* integer types, and bool: logical not                   */
#define BP_OP_FLOOR 36 /* this and the next three: float types                         */
#define BP_OP_CEIL 37
#define BP_OP_ROUND 38 /* to nearest, ties to even                                     */
#define BP_OP_TRUNC 39
/* From here on float and complex types, but for ERF and RELU. */
#define BP_OP_SQRT 40  /* of floats correctly rounded; negative: NaN                   */
#define BP_OP_RSQRT 41 /* 1/sqrt(x): 0 gives inf, -0 gives -inf                        */
#define BP_OP_RECIPROCAL 42 /* 1/x, of floats correctly rounded                        */
#define BP_OP_EXP 43
#define BP_OP_EXPM1 44
#define BP_OP_LOG 45 /* 0 gives -inf, negative NaN                                     */
#define BP_OP_LOG1P 46
#define BP_OP_SIN 47
#define BP_OP_COS 48
#define BP_OP_TANH 49
#define BP_OP_SIGMOID 50 /* 1/(1+exp(-x)), without overflow in between                 */
#define BP_OP_ERF 51  /* float types                                                    */
#define BP_OP_RELU 52 /* real number types: x > 0 ? x : (x is NaN ? NaN : 0)           */

/* 6.4  Elementwise, two inputs ------------------------------------------------ *
 * Arithmetic: in0, in1 and out0 of one dtype. */

#define BP_OP_ADD 128 /* number types; bool: or                                        */
#define BP_OP_SUB 129 /* number types                                                  */
#define BP_OP_MUL 130 /* number types; bool: and                                       */
#define BP_OP_DIV 131 /* float types: correctly rounded; complex types                 */
#define BP_OP_FLOOR_DIVIDE 132 /* real number types: floor(a/b) of the exact quotient; integer
                                  division by zero gives 0, and the least integer by -1 wraps;
                                  a float by zero gives a/b, an infinite a NaN, a finite a by
                                  an infinite b 0, or -1 where their signs differ             */
#define BP_OP_REMAINDER 133    /* real number types: a - b*floor(a/b), exact: the divisor's
                                  sign, a zero result too; by an infinite b: a if it is zero or
                                  has b's sign, else b; integers by zero 0, floats by zero NaN */
#define BP_OP_FMOD 134         /* real number types: C's fmod, the dividend's sign; integers by
                                  zero give 0                                                 */
#define BP_OP_POW 135          /* float types: C's pow; complex types: exp(in1*log(in0)), with in0 = 0
                                  giving 1 for in1 = 0, and 0 where the real part of in1 is
                                  positive. Integer types: wraps; a negative exponent
                                  gives 1 for base 1, 1 or -1 for base -1, 0 for all else     */
#define BP_OP_MAXIMUM 136      /* real types, bool; NaN if either is NaN; of 0 and -0 either  */
#define BP_OP_MINIMUM 137      /* likewise                                                    */
#define BP_OP_ATAN2 138        /* float types: C's atan2                                      */
#define BP_OP_BITWISE_AND 139  /* integer types, and bool                                     */
#define BP_OP_BITWISE_OR 140
#define BP_OP_BITWISE_XOR 141

/* Comparison: in0 and in1 of one dtype, real types and bool (EQ and NE also
 * complex); out0 bool. A comparison with NaN is false, NE true; -0 equals 0. */

#define BP_OP_EQ 160
#define BP_OP_NE 161
#define BP_OP_LT 162
#define BP_OP_LE 163
#define BP_OP_GT 164
#define BP_OP_GE 165

/* 6.5  Elementwise, three inputs ------------------------------------------------ */

/* out0 = in0 ? in1 : in2. in0 bool; in1, in2, out0 of one dtype, any type. */
#define BP_OP_WHERE 192

/* 6.6  Reduction --------------------------------------------------------------- *
 * in0 and out0 have the same rank. Axis d is reduced where out0's extent is 1
 * and in0's is not; elsewhere the extents are equal. Reducing nothing (an
 * extent of 0) gives the value in brackets. float32 and float64 sums accumulate
 * pairwise or wider, float16 and bfloat16 in float32 or wider, rounded once.
 * Where zeros of both signs meet, the sign of a zero result is unspecified. */

#define BP_OP_SUM 256 /* float and complex types to themselves; integers and bool to int64 [0] */
#define BP_OP_PROD 257 /* likewise [1]                                                         */
#define BP_OP_MEAN 258 /* float and complex types [NaN]                                        */
#define BP_OP_MAX 259  /* real types, bool; NaN if any is NaN [-inf, least, false]             */
#define BP_OP_MIN 260  /* real types, bool; NaN if any is NaN [inf, greatest, true]            */

/* Index of the greatest (least) element along params->axis, the first of
 * equals; a NaN counts as greater (less) than all else. in0 of real types and
 * bool, extent > 0 along the axis; out0 int64, extent 1 along the axis and
 * equal elsewhere. params: bp_axis_params. */
#define BP_OP_ARGMAX 272
#define BP_OP_ARGMIN 273

typedef struct bp_axis_params {
  uint32_t struct_size;
  int32_t axis; /* 0 ... rank-1 */
} bp_axis_params;

/* 6.7  Products --------------------------------------------------------------- */

/* out0[..., i, j] = sum over k of in0[..., i, k] * in1[..., k, j]. Equal rank
 * >= 2 and equal leading extents (broadcast by zero strides); extents
 * (…, m, k), (…, k, n), (…, m, n). k = 0 gives zeros. Number types, one dtype.
 * float32 products accumulate in float32 or wider; integers wrap. */
#define BP_OP_MATMUL 320

/* 6.8  Indexed movement -------------------------------------------------------- *
 * in and out ranks are equal, rank >= 1. Indices are int64. An index outside
 * 0 … extent-1 is BP_ERROR_INVALID_ARGUMENT whose message gives the index and
 * the extent, from execute or, with streams, at the latest from the next
 * synchronize (not sticky); memory outside the tensors is never touched. */

/* in0 data, in1 indices, out0 of in0's dtype (any) and in1's shape:
 * out0[i…] = in0[i…, with i[axis] replaced by in1[i…]]. Off the axis, in1's
 * extents do not exceed in0's. params: bp_axis_params. */
#define BP_OP_GATHER 384

/* in0 indices, in1 source, of in0's shape and out0's dtype; out0 is read and
 * modified: with j = i… with i[axis] replaced by in0[i…], out0[j] becomes
 *   BP_SCATTER_SET       in1[i…] (several on one j: any one of them)
 *   BP_SCATTER_ADD       out0[j] + in1[i…] (bool: or)
 *   BP_SCATTER_MUL       out0[j] * in1[i…] (bool: and)
 *   BP_SCATTER_MAX, _MIN as BP_OP_MAXIMUM, BP_OP_MINIMUM of both
 * ADD and MUL take number types and bool, MAX and MIN real types and bool.
 * Off the axis, in0's extents do not exceed out0's. params: bp_scatter_params. */
#define BP_OP_SCATTER 385

#define BP_SCATTER_SET 0
#define BP_SCATTER_ADD 1
#define BP_SCATTER_MUL 2
#define BP_SCATTER_MAX 3
#define BP_SCATTER_MIN 4

typedef struct bp_scatter_params {
  uint32_t struct_size;
  int32_t axis;
  int32_t mode; /* BP_SCATTER_* */
  uint32_t reserved;
} bp_scatter_params;

/* 6.9  Extended: normalization ----------------------------------------------- *
 * in0 and out0 of one float type and shape, along params->axis (rank >= 1).
 * params: bp_axis_params. A slice that holds NaN, or whose greatest element is
 * infinite, gives what the formula gives: NaN. */

#define BP_OP_SOFTMAX 1024     /* exp(x - max x) / sum exp(x - max x)     */
#define BP_OP_LOG_SOFTMAX 1025 /* (x - max x) - log sum exp(x - max x)    */

/* The gradients, from in0 the result y and in1 the incoming gradient g. */
#define BP_OP_SOFTMAX_BACKWARD 1026     /* y * (g - sum(g*y))      */
#define BP_OP_LOG_SOFTMAX_BACKWARD 1027 /* g - exp(y) * sum(g)     */

/* 6.10  Extended: optimizer steps ---------------------------------------------- *
 * Over n > 0 parameters at once. All operands of one float type; those of one
 * parameter have one shape. Outputs are read and modified. */

/* inputs g[0…n-1]; outputs p[0…n-1], m[0…n-1], v[0…n-1]. With t = step ≥ 1:
 *   decoupled:  p = p - lr*weight_decay*p      else:  g = g + weight_decay*p
 *   m = m + (1-beta1)*(g - m)        v = beta2*v + (1-beta2)*g*g
 *   p = p - lr/(1-beta1^t) * m / (sqrt(v)/sqrt(1-beta2^t) + eps)
 * Kingma and Ba, arXiv:1412.6980; decoupled: Loshchilov and Hutter,
 * arXiv:1711.05101. params: bp_adam_params. */
#define BP_OP_ADAM_STEP 1152

typedef struct bp_adam_params {
  uint32_t struct_size;
  int32_t decoupled; /* 1 or 0 */
  double lr, beta1, beta2, eps, weight_decay;
  int64_t step;
} bp_adam_params;

/* inputs g[0…n-1]; outputs p[0…n-1], and with momentum != 0 also b[0…n-1]:
 *   g = g + weight_decay*p
 *   momentum != 0:  b = first_step ? g : momentum*b + (1-dampening)*g
 *                   g = nesterov ? g + momentum*b : b
 *   p = p - lr*g
 * A query may come with n or 2n outputs. params: bp_sgd_params. */
#define BP_OP_SGD_STEP 1153

typedef struct bp_sgd_params {
  uint32_t struct_size;
  int32_t nesterov;   /* 1 or 0 */
  int32_t first_step; /* 1 or 0 */
  uint32_t reserved;
  double lr, momentum, dampening, weight_decay;
} bp_sgd_params;

/* 6.11  Extended: activations. Elementwise, one input of a float type. ---------- */

#define BP_OP_SILU 1280 /* x/(1+exp(-x)), without overflow in between; -inf gives NaN */

/* ------------------------------------------------------------------------ *
 * 7  Random numbers
 * ------------------------------------------------------------------------ *
 * [BP-7.1] One seed gives the same numbers on every device, to the bit. The
 *   generator is Philox-4x32-10 (Salmon et al., "Parallel random numbers: as
 *   easy as 1, 2, 3", SC 2011): key = (low, high 32 bits of seed), counter =
 *   (low, high 32 bits of c, 0, 0), giving words w0 … w3.
 *   Element i (row-major index in out0) takes
 *     32 bits   (float16, bfloat16, float32):  word i mod 4 of c = offset + i/4
 *     64 bits   (float64, and RANDOM_INTEGER):  of c = offset + i/2 the pair
 *               p = i mod 2: x = w[2p] + 2^32 * w[2p+1]
 * [BP-7.2] UNIFORM: the top b bits of the word as an integer, times 2^-b, with
 *   b the dtype's precision: 11, 8, 24, 53 for float16, bfloat16, float32,
 *   float64. Exact.
 * [BP-7.3] INTEGER: low + floor(x * range / 2^64), of the 128-bit product.
 * [BP-7.4] NORMAL: z(u) in float64, rounded once to the dtype, with
 *   u = (x + 0.5) * 2^-32 for a 32-bit word, (floor(x / 2^12) + 0.5) * 2^-52
 *   for a 64-bit one. z is the inverse of the normal distribution by Wichura's
 *   algorithm AS 241 (PPND16), computed in this order, so that it is the same
 *   on every machine. fma(a, b, c) is one rounding; P(r; c0 … cn) is Horner's
 *   rule with fma: s = cn; s = fma(s, r, c[n-1]); … ; fma(s, r, c0).
 *     q = u - 0.5
 *     |q| <= 0.425:  r = fma(-q, q, 0.180625)
 *                    z = q * P(r; A) / P(r; B)         (product first)
 *     else:          t = q < 0 ? u : 1 - u;   r = sqrt(-LN(t))
 *                    r <= 5:  s = r - 1.6;  y = P(s; C) / P(s; D)
 *                    else:    s = r - 5;    y = P(s; E) / P(s; F)
 *                    z = q < 0 ? -y : y
 *   LN(t), after fdlibm's log: write t = 2^k * m with m in [1, 2); if
 *     m > 1.4142135623730951 then m = m/2, k = k+1. f = m - 1; s = f/(2+f);
 *     w = s*s;  R = w * P(w; L);  h = 0.5*f*f   (as (0.5*f)*f)
 *     LN = fma(k, 0.6931471805599453, f - (h - s*(h + R)))
 *   The coefficients, lowest power first: */
#define BP_NORMAL_A                                                                     \
  { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,        \
    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,       \
    3.3430575583588128105e+4, 2.5090809287301226727e+3 }
#define BP_NORMAL_B                                                                     \
  { 1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,  \
    2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,       \
    5.2264952788528545610e+3 }
#define BP_NORMAL_C                                                                     \
  { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,       \
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,      \
    2.27238449892691845833e-2, 7.74545014278341407640e-4 }
#define BP_NORMAL_D                                                                     \
  { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, \
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,    \
    1.05075007164441684324e-9 }
#define BP_NORMAL_E                                                                     \
  { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,       \
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,    \
    2.71155556874348757815e-5, 2.01033439929228813265e-7 }
#define BP_NORMAL_F                                                                     \
  { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, \
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,    \
    2.04426310338993978564e-15 }
#define BP_NORMAL_L                                                                     \
  { 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,       \
    2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,       \
    1.479819860511658591e-01 }

/* ------------------------------------------------------------------------ *
 * 8  Devices and memory
 * ------------------------------------------------------------------------ *
 * [BP-8.1] Devices are 0 … count-1 and their number does not change. A plugin
 *   whose hardware or driver is absent opens and reports 0 devices together
 *   with the reason in `unavailable_reason` of the plugin table.
 * [BP-8.2] alloc gives a buffer of at least `bytes` bytes whose start is
 *   aligned to the greater of `alignment` (a power of two, or 0) and the
 *   device's own alignment. bytes = 0 is valid and gives a buffer that free
 *   takes; bytes < 0 is BP_ERROR_INVALID_ARGUMENT. Two live buffers never
 *   overlap. Contents are unspecified. 0 is never a buffer.
 * [BP-8.3] What cannot be had is BP_ERROR_OUT_OF_MEMORY, not sticky, and
 *   leaves the device as it was.
 * [BP-8.4] free takes every buffer of alloc and wrap_host once. The host
 *   frees only what no unfinished operator uses. free cannot fail.
 * [BP-8.5] Copies count bytes. They may return before they are done on a
 *   plugin with streams, except that copy_from_host has read `source` when it
 *   returns unless the memory is of kind BP_MEMORY_HOST, and copy_to_host has
 *   written `target` when it returns under the same exception. A range past
 *   the buffer's end is BP_ERROR_INVALID_ARGUMENT where the plugin can tell.
 *   A count of 0 does nothing, whatever the pointers.
 * [BP-8.6] host_pointer gives the address of a buffer's first byte, the same
 *   one until free, or UNSUPPORTED. A device with BP_DEVICE_HOST_MEMORY gives
 *   it for every buffer of kind BP_MEMORY_DEVICE. A buffer of wrap_host is the
 *   memory itself and no copy of it.
 */
#define BP_MEMORY_DEVICE 0 /* where the device computes                           */
#define BP_MEMORY_HOST 1   /* host memory that the device copies fast: page-locked */

#define BP_DEVICE_HOST_MEMORY 1u /* buffers are host memory: host_pointer works on BP_MEMORY_DEVICE */

typedef struct bp_device_info {
  uint32_t struct_size; /* set by the host */
  uint32_t flags;       /* BP_DEVICE_* */
  int64_t total_bytes;  /* memory of the device, 0 if unknown        */
  int64_t alignment;    /* of every buffer; a power of two           */
  char name[128];       /* the hardware's: "NVIDIA H200"             */
  char details[128];    /* what else a user wants to read, or empty  */
} bp_device_info;

typedef struct bp_memory_info {
  uint32_t struct_size; /* set by the host */
  uint32_t reserved;
  int64_t total_bytes;
  int64_t free_bytes;
} bp_memory_info;

/* ------------------------------------------------------------------------ *
 * 9  Streams and events (optional, all or none)
 * ------------------------------------------------------------------------ *
 * A plugin that sets none of the stream functions is synchronous: when a call
 * returns, its work is done, and streams are 0. A plugin that sets
 * stream_create sets all the others.
 *
 * [BP-9.1] A stream runs its work in the order of the calls. Work on different
 *   streams is unordered but for events. The host passes only streams it made.
 * [BP-9.2] event_record marks the end of what the stream holds so far;
 *   stream_wait makes later work of a stream wait for the mark without
 *   blocking the caller. An event may be recorded again; a wait or query sees
 *   the latest record; an event never recorded counts as complete.
 * [BP-9.3] stream_query and event_query set *done to 1 or 0 and do not block.
 *   stream_synchronize and event_synchronize block until done. All four return
 *   the error of the work they cover, even when it completed before the call.
 * [BP-9.4] A fault in a stream's work is reported with BP_ERROR_FLAG_ASYNC and
 *   the operator's id in the message. If it is sticky, every later call on the
 *   device returns the same first error.
 * [BP-9.5] stream_destroy and event_destroy wait for nothing that the host
 *   still needs: the host synchronizes first.
 * [BP-9.6] The ten functions of streams and events are all there or none.
 */

/* ------------------------------------------------------------------------ *
 * 10  The plugin table and its entry point
 * ------------------------------------------------------------------------ */

#define BP_LOG_ERROR 1
#define BP_LOG_WARNING 2
#define BP_LOG_INFO 3
#define BP_LOG_DEBUG 4

/* What the host offers. Lives as long as the process. */
typedef struct bp_host {
  uint32_t struct_size;
  int32_t abi_major;
  int32_t abi_minor;
  uint32_t reserved;
  const char *name;    /* "backplane" */
  const char *version; /* "0.1.0"     */
  void *context;
  /* Writes a line to the host's log; any thread; levels BP_LOG_*. */
  void (*log)(void *context, int32_t level, const char *message);
} bp_host;

#define BP_PLUGIN_MAGIC 0x314e4c504b434142ull /* "BACKPLN1" in memory order */

/* What the plugin offers. `context` is passed back as every function's first
 * argument. Required functions are marked *; a plugin that leaves a required
 * one NULL is not loaded. `device` is 0 … device_count-1. */
typedef struct bp_plugin {
  uint32_t struct_size;
  int32_t abi_major; /* BP_ABI_MAJOR and _MINOR of the header it was built with */
  int32_t abi_minor;
  int32_t device_count; /* 0 … 4096 */
  uint64_t magic;       /* BP_PLUGIN_MAGIC */
  const char *name;     /* what stands before ':' in a device string: [a-z][a-z0-9_-]{0,31} */
  const char *version;
  const char *description;        /* one line, or NULL */
  const char *unavailable_reason; /* with device_count 0: why, or NULL */
  void *context;

  int32_t (*device_info)(void *context, int32_t device, bp_device_info *out, bp_error *err); /* * */
  int32_t (*memory_info)(void *context, int32_t device, bp_memory_info *out, bp_error *err); /* * */

  int32_t (*alloc)(void *context, int32_t device, int32_t kind, int64_t bytes, int64_t alignment,
                   bp_buffer *out, bp_error *err);                                /* * */
  void (*free)(void *context, int32_t device, bp_buffer buffer);                   /* * */
  int32_t (*copy_from_host)(void *context, int32_t device, bp_stream stream, bp_buffer target,
                            int64_t target_offset, const void *source, int64_t bytes,
                            bp_error *err);                                        /* * */
  int32_t (*copy_to_host)(void *context, int32_t device, bp_stream stream, void *target,
                          bp_buffer source, int64_t source_offset, int64_t bytes,
                          bp_error *err);                                          /* * */

  int32_t (*query_op)(void *context, int32_t device, const bp_op *op, bp_op_info *out,
                      bp_error *err);                                              /* * */
  int32_t (*execute)(void *context, int32_t device, bp_stream stream, const bp_op *op,
                     bp_error *err);                                               /* * */

  /* Where the host can reach a buffer's bytes; UNSUPPORTED where it cannot.
   * Required with BP_DEVICE_HOST_MEMORY. Valid until free. */
  int32_t (*host_pointer)(void *context, int32_t device, bp_buffer buffer, void **out,
                          bp_error *err);
  /* Makes a buffer of host memory, bytes > 0, that the host keeps alive until free. */
  int32_t (*wrap_host)(void *context, int32_t device, void *memory, int64_t bytes, bp_buffer *out,
                       bp_error *err);

  /* Section 9, all or none. */
  int32_t (*stream_create)(void *context, int32_t device, bp_stream *out, bp_error *err);
  void (*stream_destroy)(void *context, int32_t device, bp_stream stream);
  int32_t (*stream_query)(void *context, int32_t device, bp_stream stream, int32_t *done,
                          bp_error *err);
  int32_t (*stream_synchronize)(void *context, int32_t device, bp_stream stream, bp_error *err);
  int32_t (*stream_wait)(void *context, int32_t device, bp_stream stream, bp_event event,
                         bp_error *err);
  int32_t (*event_create)(void *context, int32_t device, bp_event *out, bp_error *err);
  void (*event_destroy)(void *context, int32_t device, bp_event event);
  int32_t (*event_record)(void *context, int32_t device, bp_event event, bp_stream stream,
                          bp_error *err);
  int32_t (*event_query)(void *context, int32_t device, bp_event event, int32_t *done,
                         bp_error *err);
  int32_t (*event_synchronize)(void *context, int32_t device, bp_event event, bp_error *err);

  /* A table of functions beyond v1, or NULL. Names are "owner.thing/version":
   * "backplane.peer_copy/1". What the table holds is written with the name. */
  const void *(*get_extension)(void *context, const char *name);
} bp_plugin;

/* The one symbol. The host sets out->struct_size to the size it knows and
 * zeroes the rest; the plugin fills in at most that many bytes and sets
 * out->struct_size to the number it filled in (bp_plugin_fill does both).
 *
 * [BP-10.1] Called once per process, before anything else.
 * [BP-10.2] A host of another minor version is fine. A host too old to work
 *   with at all is BP_ERROR_ABI_MISMATCH.
 * [BP-10.3] Opening is quick and takes no device memory: heavy initialization
 *   waits for the first alloc or execute.
 * [BP-10.4] The library exports bp_plugin_open_v1 and nothing else: any other
 *   name may meet its like in another plugin. A version script sees to that.
 *   In particular no unique symbol (STB_GNU_UNIQUE, which C++ makes of inline
 *   statics), for the loader shares those even between RTLD_LOCAL libraries.
 * [BP-10.5] The library is complete: those it names as needed give every symbol
 *   it lacks, so that it loads with RTLD_NOW | RTLD_LOCAL. It has no text
 *   relocations and asks for no executable stack.
 * [BP-10.6] The table is sound: struct_size reaches past execute, magic and
 *   major are those of this file, minor is not negative, device_count lies in
 *   its range, name and version are there and valid, no required function is
 *   NULL.
 * [BP-10.7] One name, one plugin: the host refuses a second of the same name.
 */
#if defined(_WIN32)
#define BP_EXPORT __declspec(dllexport)
#else
#define BP_EXPORT __attribute__((visibility("default")))
#endif

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err);

typedef int32_t (*bp_plugin_open_function)(const bp_host *host, bp_plugin *out, bp_error *err);

/* ------------------------------------------------------------------------ *
 * 11  Conveniences for C and C++ authors (inline: nothing to link)
 * ------------------------------------------------------------------------ */

/* Bytes of one element; 0 for a type this header does not know. */
static inline int64_t bp_dtype_size(int32_t dtype) {
  static const uint8_t sizes[] = {0, 1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
  return dtype > 0 && dtype < (int32_t)sizeof sizes ? sizes[dtype] : 0;
}

/* Fills err, if there is one, and returns code: `return bp_fail(err, …);`.
 * A message too long is cut before a broken UTF-8 sequence. */
static inline int32_t bp_fail(bp_error *err, int32_t code, const char *message) {
  if (err) {
    size_t n = strlen(message);
    if (n > sizeof err->message - 1) {
      n = sizeof err->message - 1;
      while (n > 0 && ((unsigned char)message[n] & 0xC0) == 0x80) n--;
    }
    err->code = code;
    err->native_code = 0;
    err->flags = 0;
    memcpy(err->message, message, n);
    err->message[n] = '\0';
  }
  return code;
}

/* The four words of a counter [BP-7.1]. */
static inline void bp_philox(uint64_t seed, uint64_t counter, uint32_t words[4]) {
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  uint32_t w0 = (uint32_t)counter, w1 = (uint32_t)(counter >> 32), w2 = 0, w3 = 0;
  for (int round = 0; round < 10; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * w0, p1 = (uint64_t)0xCD9E8D57u * w2;
    w0 = (uint32_t)(p1 >> 32) ^ w1 ^ key0, w1 = (uint32_t)p1;
    w2 = (uint32_t)(p0 >> 32) ^ w3 ^ key1, w3 = (uint32_t)p0;
  }
  words[0] = w0, words[1] = w1, words[2] = w2, words[3] = w3;
}

#ifndef BP_NO_MATH
static inline double bp_polynomial(double r, const double *c, int n) {
  double s = c[n - 1];
  for (int i = n - 2; i >= 0; i--) s = fma(s, r, c[i]);
  return s;
}

/* z(u) of [BP-7.4], to the bit where the compiler makes no fma of its own: -ffp-contract=off. */
static inline double bp_normal(double u) {
  static const double a[] = BP_NORMAL_A, b[] = BP_NORMAL_B, c[] = BP_NORMAL_C, d[] = BP_NORMAL_D, e[] = BP_NORMAL_E,
                      f[] = BP_NORMAL_F, l[] = BP_NORMAL_L;
  const double q = u - 0.5, v = fma(-q, q, 0.180625);
  if (fabs(q) <= 0.425) return q * bp_polynomial(v, a, 8) / bp_polynomial(v, b, 8);
  int k;
  double m = 2 * frexp(q < 0 ? u : 1 - u, &k); /* frexp's is in [0.5, 1) */
  k--;
  if (m > 1.4142135623730951) m /= 2, k++;
  const double x = m - 1, s = x / (2 + x), w = s * s, h = (0.5 * x) * x;
  const double log = fma(k, 0.6931471805599453, x - (h - s * (h + w * bp_polynomial(w, l, 7))));
  const double r = sqrt(-log);
  const double y = r <= 5 ? bp_polynomial(r - 1.6, c, 8) / bp_polynomial(r - 1.6, d, 8)
                          : bp_polynomial(r - 5, e, 8) / bp_polynomial(r - 5, f, 8);
  return q < 0 ? -y : y;
}
#endif

/* Hands the plugin's table to a host that may know fewer, or more, members. */
static inline void bp_plugin_fill(bp_plugin *out, const bp_plugin *table) {
  uint32_t room = out->struct_size;
  uint32_t size = table->struct_size < room ? table->struct_size : room;
  memcpy(out, table, size);
  out->struct_size = size;
}

/* ------------------------------------------------------------------------ *
 * 12  Extensions: tables that get_extension returns
 * ------------------------------------------------------------------------ */

/* Copies between two devices of one plugin that do not go through the host.
 *
 * [BP-12.1] copy begins when the work that both streams hold is done, and is
 *   done when it returns. Ranges are checked as in [BP-8.5]; a count of 0 does
 *   nothing. The devices may be the same.
 */
#define BP_EXTENSION_PEER_COPY "backplane.peer_copy/1"

typedef struct bp_peer_copy {
  uint32_t struct_size;
  uint32_t reserved;
  int32_t (*copy)(void *context, int32_t target_device, bp_stream target_stream, bp_buffer target,
                  int64_t target_offset, int32_t source_device, bp_stream source_stream,
                  bp_buffer source, int64_t source_offset, int64_t bytes, bp_error *err);
} bp_peer_copy;

#ifdef __cplusplus
}
#endif

#endif /* BACKPLANE_BACKEND_H */
