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
 *   11  Conveniences for authors: the definitions of section 6 as a table, checks,
 *       answers, random numbers
 *   12  Extensions
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
/* Define BP_NO_MATH where there is no math.h, and BP_NO_HOST where a device's compiler reads
 * this file: section 11 then lacks what needs it, or what only the host's side has use for. */
#ifndef BP_NO_MATH
#include <math.h>
#endif
#ifndef BP_NO_HOST
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
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
#define BP_ABI_MINOR 2

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

/* Sets of types: bit t stands for type t. */
#define BP_TYPES_BOOL 0x0002u
#define BP_TYPES_INTEGERS 0x007cu
#define BP_TYPES_FLOATS 0x0780u
#define BP_TYPES_COMPLEX 0x1800u
#define BP_TYPES_BITS 0x007eu         /* integers and bool                      */
#define BP_TYPES_REAL_NUMBERS 0x07fcu /* integers and floats                    */
#define BP_TYPES_NUMBERS 0x1ffcu      /* all but bool                           */
#define BP_TYPES_REAL 0x07feu         /* all but complex                        */
#define BP_TYPES_FLOATING 0x1f80u     /* floats and complex                     */
#define BP_TYPES_WIDE 0x1e00u         /* float32, float64 and complex           */
#define BP_TYPES_ALL 0x1ffeu
#define BP_TYPES_CORE 0x0242u /* float32, int64, bool [BP-3.1]          */

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
 *   One that is longer comes from a newer host (since 1.2): where bytes that the
 *   plugin does not know are not zero, and of an unknown flag or number, the
 *   answer is BP_ERROR_UNSUPPORTED, whose message names it.
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
 *   plugin lacks, but for the factorizations of section 6.15, which are then
 *   refused, or done by the device that the user named for fallback.
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

/* 6.3  Elementwise, one input, out0 of the same dtype ------------------------ *
 * Of -0.0 the odd functions (SQRT too) give -0.0: SIN, TANH, EXPM1, LOG1P, ERF,
 * and in 6.12 TAN, ASIN, ATAN, SINH, ASINH, ATANH, ERFINV. */

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
#define BP_OP_RELU 52 /* real number types: x < 0 ? 0 : x; NaN of NaN; of -0.0 either zero */

/* 6.4  Elementwise, two inputs ------------------------------------------------ *
 * Arithmetic: in0, in1 and out0 of one dtype. */

#define BP_OP_ADD 128 /* number types; bool: or                                        */
#define BP_OP_SUB 129 /* number types                                                  */
#define BP_OP_MUL 130 /* number types; bool: and                                       */
#define BP_OP_DIV 131 /* float types: correctly rounded; complex types                 */
#define BP_OP_FLOOR_DIVIDE 132 /* real number types: floor(a/b) of the exact quotient; integer
                                  division by zero gives 0, and the least integer by -1 wraps;
                                  a float by zero gives a/b (an infinite a too: an infinity), an
                                  infinite a by all else NaN, a finite a by an infinite b 0, or
                                  -1 where their signs differ                                 */
#define BP_OP_REMAINDER 133    /* real number types: a - b*floor(a/b), exact: the divisor's
                                  sign, a zero either one's (PyTorch's has the dividend's); by
                                  an infinite b: a if it is zero or has b's sign, else b;
                                  integers by zero 0, floats by zero NaN                      */
#define BP_OP_FMOD 134         /* real number types: C's fmod, the dividend's sign; integers by
                                  zero give 0                                                 */
#define BP_OP_POW 135          /* float types: C's pow; complex types: exp(in1*log(in0)), with in0 = 0
                                  giving 1 for in1 = 0, and 0 where the real part of in1 is
                                  positive; whole in1 better by products, which are exact where
                                  logarithms are not: i**2 is -1. Integer types: wraps; a negative exponent
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

/* 6.12  Extended: functions. Elementwise, one input, out0 of the same dtype. ----- *
 * Since ABI 1.1, as are all that follow in section 6. Float and complex types. */

#define BP_OP_TAN 1344
#define BP_OP_ASIN 1345
#define BP_OP_ACOS 1346
#define BP_OP_ATAN 1347
#define BP_OP_SINH 1348
#define BP_OP_COSH 1349
#define BP_OP_ASINH 1350
#define BP_OP_ACOSH 1351
#define BP_OP_ATANH 1352
#define BP_OP_EXP2 1353
#define BP_OP_LOG2 1354
#define BP_OP_LOG10 1355
#define BP_OP_ERFC 1356    /* this and the rest: float types. 1 - erf(x), without cancellation */
#define BP_OP_ERFINV 1357  /* the inverse of erf: -1 gives -inf, 1 inf, beyond them NaN       */
#define BP_OP_LGAMMA 1358  /* log |gamma(x)|; inf at 0 and the negative integers               */
#define BP_OP_DIGAMMA 1359 /* the derivative of log gamma; NaN at the negative integers, at 0
                              an infinity of the other sign than the zero's                   */

/* 6.13  Extended: sorting ---------------------------------------------------------- */

/* out0 the elements of in0 in order along params->axis, out1 (int64) the index
 * that each had. Rank >= 1, equal shapes, in0 and out0 of one real type or
 * bool. Equal elements keep their order; -0 equals 0; NaN comes after all else,
 * and before all else when descending. params: bp_sort_params. */
#define BP_OP_SORT 1408

typedef struct bp_sort_params {
  uint32_t struct_size;
  int32_t axis;
  int32_t descending; /* 1 or 0 */
  uint32_t reserved;
} bp_sort_params;

/* 6.14  Extended: scans ------------------------------------------------------------- *
 * Along params->axis of a rank >= 1, equal shapes. params: bp_axis_params. */

#define BP_OP_CUMSUM 1472  /* out0[i] = in0[0] + ... + in0[i]; types and accumulation of SUM */
#define BP_OP_CUMPROD 1473 /* likewise the product; types of PROD                           */
#define BP_OP_CUMMAX 1474  /* out0[i] the greatest of in0[0 ... i], out1[i] (int64) its index,
                              the last of equals; real types, bool; from the first NaN on NaN,
                              with the index of the latest NaN                               */
#define BP_OP_CUMMIN 1475  /* likewise the least                                            */

/* 6.15  Extended: factorizations ---------------------------------------------------- *
 * Of the matrices in the last two axes; leading axes are a batch and equal in
 * all operands. Float32, float64 and complex types; all operands of one dtype
 * but for those called real (of the corresponding float type) and for int64.
 * A matrix that cannot be factorized is no error of the call: `info` (int64,
 * of the batch's shape) says 0 or what was wrong, and that matrix's other
 * results are unspecified. Any extent may be 0. Vectors are unique only up to
 * a factor of modulus 1, or up to a basis where eigenvalues are equal. */

/* out0 lower triangular L with in0 = L L^H, zero above the diagonal; only in0's
 * lower triangle is read. out1 info: k > 0 if the leading minor of order k is
 * not positive definite. */
#define BP_OP_CHOLESKY 1536

/* in0 (m, n) = P L U with partial pivoting: out0 (m, n) holds U and below the
 * diagonal L, whose diagonal is 1; out1 (min(m, n)), int64: row i was exchanged
 * with row out1[i] >= i, in this order; out2 info: k > 0 if U[k-1, k-1] is the
 * first exact zero (the factorization is complete nevertheless). */
#define BP_OP_LU 1537

/* out0 (n, k) solves in0 (n, n) * out0 = in1 (n, k), in0 triangular: only that
 * triangle is read, and not its diagonal if that is 1 by params. A zero on the
 * diagonal gives infinities and NaN. params: bp_triangular_params. */
#define BP_OP_SOLVE_TRIANGULAR 1538

typedef struct bp_triangular_params {
  uint32_t struct_size;
  int32_t upper;         /* 1 or 0 */
  int32_t unit_diagonal; /* 1 or 0 */
  uint32_t reserved;
} bp_triangular_params;

/* in0 (m, n) = out0 (m, k) * out1 (k, n): out0 with orthonormal columns, out1
 * upper triangular, zero below the diagonal. k = min(m, n) or k = m. By
 * Householder's reflections in LAPACK's convention for signs. */
#define BP_OP_QR 1539

/* in0 (n, n) Hermitian, of which the lower triangle is read: out0 (n), real,
 * the eigenvalues in ascending order; out1 (n, n) orthonormal eigenvectors as
 * columns; out2 info: not 0 if the iteration did not converge. */
#define BP_OP_EIGH 1540

/* in0 (n, n): out0 (n) the eigenvalues, out1 (n, n) eigenvectors of length 1 as
 * columns, both complex, conjugate pairs of real matrices adjacent; out2 info:
 * not 0 if the iteration did not converge. */
#define BP_OP_EIG 1541

/* in0 (m, n) = out0 * diag(out1) * out2: out1 (k) real, descending, k = min(m, n);
 * out0 (m, k) or (m, m) with orthonormal columns, out2 (k, n) or (n, n) with
 * orthonormal rows (both reduced or both full); out3 info: not 0 if the
 * iteration did not converge. */
#define BP_OP_SVD 1542

/* 6.16  Extended: Fourier transform -------------------------------------------------- */

/* out0[k] = scale * sum over j of in0[j] * exp(-2 pi i j k / n) along params->axis
 * of extent n >= 1, with +2 pi i if inverse. Complex types, one dtype, equal
 * shapes. params: bp_fft_params. */
#define BP_OP_FFT 1600

typedef struct bp_fft_params {
  uint32_t struct_size;
  int32_t axis;
  int32_t inverse; /* 1 or 0 */
  uint32_t reserved;
  double scale;
} bp_fft_params;

/* 6.17  Extended: activations, dropout, and gradients in one pass --------------------- *
 * Since ABI 1.2, as are all that follow in section 6. Float types, one dtype.
 * Those of 6.17 but for DROPOUT are elementwise. PHI and phi are the normal
 * distribution and its density. In the gradients in0 is the incoming gradient g. */

#define BP_OP_GELU 1281      /* x * PHI(x) = x/2 * (1 + erf(x/sqrt(2))); -inf gives NaN */
#define BP_OP_GELU_TANH 1282 /* x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715*x^3)))       */
#define BP_OP_GELU_BACKWARD 1283      /* in1 = x: g * (PHI(x) + x*phi(x))               */
#define BP_OP_GELU_TANH_BACKWARD 1284 /* in1 = x, finite: g * the derivative of GELU_TANH */
#define BP_OP_SILU_BACKWARD 1285      /* in1 = x: g * s * (1 + x*(1-s)), s = SIGMOID(x) */
#define BP_OP_SIGMOID_BACKWARD 1286   /* in1 = y, the result: g * y * (1 - y)           */
#define BP_OP_TANH_BACKWARD 1287      /* in1 = y, the result: g * (1 - y*y)             */
#define BP_OP_RELU_BACKWARD 1288      /* in1 = y, the result: y <= 0 ? 0 : g (of NaN g) */

/* out0[i] = in0[i] * (u(i) < p ? 0 : s), of in0's shape, i the row-major index,
 * with u(i) the number that RANDOM_UNIFORM of float32 gives element i [BP-7.2]
 * whatever the dtype, p rounded to float32, and s = 1/(1-p), rounded to float32
 * but for float64; 0 <= p < 1. The same call with g for in0 is the gradient.
 * params: bp_dropout_params. */
#define BP_OP_DROPOUT 1289

typedef struct bp_dropout_params {
  uint32_t struct_size;
  uint32_t reserved;
  double p;
  uint64_t seed;
  uint64_t offset;
} bp_dropout_params;

/* 6.18  Extended: the first of an order ------------------------------------------------ */

/* The first k of what SORT gives along params->axis: k is the outputs' extent
 * there, 0 <= k <= in0's; off the axis the extents are equal. Types and
 * bp_sort_params of SORT. */
#define BP_OP_TOPK 1409

/* 6.19  Extended: further optimizer steps, and what clips gradients --------------------- *
 * Over n > 0 tensors at once, as in 6.10. */

/* inputs g[0…n-1]; outputs p[0…n-1], v[0…n-1], then with momentum != 0 b[0…n-1],
 * then if centered a[0…n-1]:
 *   g = g + weight_decay*p       v = alpha*v + (1-alpha)*g*g
 *   centered:  a = a + (1-alpha)*(g - a),  d = sqrt(v - a*a) + eps
 *   else:      d = sqrt(v) + eps
 *   momentum != 0:  b = momentum*b + g/d,  p = p - lr*b       else:  p = p - lr*g/d
 * A query may come with 2n, 3n or 4n outputs. Tieleman and Hinton, "RMSprop",
 * 2012. params: bp_rmsprop_params. */
#define BP_OP_RMSPROP_STEP 1154

typedef struct bp_rmsprop_params {
  uint32_t struct_size;
  int32_t centered; /* 1 or 0 */
  double lr, alpha, eps, weight_decay, momentum;
} bp_rmsprop_params;

/* inputs g[0…n-1]; outputs p[0…n-1], s[0…n-1]:
 *   g = g + weight_decay*p    s = s + g*g
 *   p = p - lr/(1 + (step-1)*lr_decay) * g / (sqrt(s) + eps)
 * Duchi, Hazan and Singer, JMLR 12, 2011. params: bp_adagrad_params. */
#define BP_OP_ADAGRAD_STEP 1155

typedef struct bp_adagrad_params {
  uint32_t struct_size;
  uint32_t reserved;
  double lr, lr_decay, eps, weight_decay;
  int64_t step; /* >= 1 */
} bp_adagrad_params;

/* inputs x[0…n-1] of any shapes, outputs s[0…n-1] of rank 0 and statistics type:
 * s[i] = the sum of the squares of x[i]'s elements; 0 of none. Accumulation as
 * SUM's. */
#define BP_OP_SUM_OF_SQUARES 1156

/* 6.20  Extended: affine maps ------------------------------------------------------------ */

/* out0 (m, n) = f(in0 (m, k) * in1 (n, k)^T + in2 (n)), in2 optional. f is applied
 * before the one rounding to the dtype. Accumulation as MATMUL's; k = 0 gives
 * f(in2). params: bp_linear_params. */
#define BP_OP_LINEAR 1664

#define BP_ACTIVATION_NONE 0
#define BP_ACTIVATION_RELU 1
#define BP_ACTIVATION_SIGMOID 2
#define BP_ACTIVATION_TANH 3
#define BP_ACTIVATION_SILU 4
#define BP_ACTIVATION_GELU 5
#define BP_ACTIVATION_GELU_TANH 6

typedef struct bp_linear_params {
  uint32_t struct_size;
  int32_t activation; /* BP_ACTIVATION_* */
} bp_linear_params;

/* 6.21  Extended: convolution --------------------------------------------------------------- *
 * Over 1 to 3 spatial axes: all operands have rank 3 to 5. With G groups,
 *   x (N, C, d…)     the input        w (O, C/G, k…)   the weight
 *   y (N, O, e…)     the result       G divides C and O; extents may be 0, k >= 1
 * Element e of the result and tap t of the weight meet, along spatial axis a, at
 *   position e*stride[a] - padding_low[a] + t*dilation[a]
 * of the input; outside it there are zeros. e[a] is
 *   (d[a] + padding_low[a] + padding_high[a] - dilation[a]*(k[a]-1) - 1)/stride[a] + 1,
 * rounded down, so that padding_high has no meaning of its own. Channels may lie last: strides say so.
 *
 * The three operators are one trilinear form, sum over n, o, e, c, t of
 * y[n,o,e] * x[n,c,pos(e,t)] * w[o,c,t], seen from each side, and each has the other two as its
 * gradients. A transposed convolution is CONVOLUTION_INPUT. Accumulation as MATMUL's, over all
 * terms of the sum; a sum of nothing is 0. params: bp_convolution_params. */

#define BP_OP_CONVOLUTION 1728        /* x, w, bias (O) optional: out0 y, bias[o] added            */
#define BP_OP_CONVOLUTION_INPUT 1729  /* y, w, bias (C) optional: out0 x, bias[c] added: the
                                         gradient for the input, or a transposed convolution       */
#define BP_OP_CONVOLUTION_WEIGHT 1730 /* x, y: out0 w: the gradient for the weight                 */

typedef struct bp_convolution_params {
  uint32_t struct_size;
  uint32_t flags; /* none yet: 0 */
  int64_t groups; /* >= 1 */
  /* For each spatial axis; what the rank does not reach has no meaning. */
  int64_t stride[3];       /* >= 1 */
  int64_t padding_low[3];  /* >= 0 */
  int64_t padding_high[3]; /* >= 0 */
  int64_t dilation[3];     /* >= 1 */
} bp_convolution_params;

/* 6.22  Extended: pooling ---------------------------------------------------------------------- *
 * Over 1 to 3 spatial axes: rank 3 to 5, in0 (N, C, d…), out0 (N, C, e…). The window of element e
 * holds the positions e*stride[a] - padding_low[a] + t*dilation[a], 0 <= t < kernel[a]; those
 * outside the input do not count. e is the host's choice (rounded down or up); each window holds at
 * least one element of the input. params: bp_pool_params. */

/* out0 the greatest of each window, NaN if any is NaN; out1 (int64, optional) where it is: the
 * row-major index within the spatial axes of in0, of the first of equals, and of the first NaN. */
#define BP_OP_MAX_POOL 1792

/* in0 g (N, C, e…), in1 (int64) what MAX_POOL said: out0 (N, C, d…) has at each position the sum of
 * the g whose index it is. An index outside the spatial axes is an error as in 6.8. The stride,
 * padding and kernel are those of MAX_POOL; they may be used or not. */
#define BP_OP_MAX_POOL_BACKWARD 1793

/* out0 the sum of each window divided by: params->divisor where that is not 0; else with
 * BP_POOL_COUNT_PADDING the number of the window's positions that lie in
 * -padding_low[a] … d[a] + padding_high[a] - 1; else of those that lie in the input.
 * The dilation is 1. Accumulation as SUM's. */
#define BP_OP_AVERAGE_POOL 1794

/* in0 g (N, C, e…): out0 (N, C, d…) has at each position the sum of g/divisor over the windows that
 * hold it. */
#define BP_OP_AVERAGE_POOL_BACKWARD 1795

#define BP_POOL_COUNT_PADDING 1u

typedef struct bp_pool_params {
  uint32_t struct_size;
  uint32_t flags;  /* BP_POOL_* */
  int64_t divisor; /* 0: that of the flags */
  /* For each spatial axis; what the rank does not reach has no meaning. */
  int64_t kernel[3];       /* >= 1 */
  int64_t stride[3];       /* >= 1 */
  int64_t padding_low[3];  /* >= 0 */
  int64_t padding_high[3]; /* >= 0 */
  int64_t dilation[3];     /* >= 1 */
} bp_pool_params;

/* 6.23  Extended: statistics ---------------------------------------------------------------------- *
 * Layer, batch, instance, group and root mean square normalization are one operator: which axes
 * the statistics are taken over, and how weight and bias lie, is said by their shapes. Their type is
 * the statistics type: float32 where in0's is float16 or bfloat16, else in0's. All operands have the
 * rank of in0 = x, and y is of its shape.
 *   Statistics: axis d is reduced where their extent is 1; elsewhere it is x's.
 *   weight, bias: at each axis x's extent or 1, both of one shape; they are broadcast.
 * Layer norm of (R, D): statistics (R, 1), weight (1, D). Batch norm of (N, C, S): (1, C, 1), (1, C, 1).
 * Group norm, as (N, G, C/G, S): (N, G, 1, 1), (1, G, C/G, 1).
 * Accumulation as SUM's, of deviations from the mean: not of squares less the mean's square. */

/* in0 x, in1 weight optional (1), in2 bias optional (0); out0 y, out1 mean, out2 scale:
 *   mean = the mean of x, or 0 with BP_NORMALIZE_UNCENTERED
 *   scale = 1/sqrt(mean of (x - mean)^2 + eps)       y = (x - mean) * scale * weight + bias
 * Over no elements the statistics are NaN. params: bp_normalize_params. */
#define BP_OP_NORMALIZE 1856

/* in0 g, in1 x, in2 mean, in3 scale, in4 weight optional; out0 the gradient of x, and with in4 out1
 * that of the weight, out2 of the bias, of the weight's shape. With z = (x - mean)*scale, h = g*weight
 * and M the mean over the reduced axes:
 *   out0 = scale * (h - M(h) - z*M(h*z)), without M(h) if BP_NORMALIZE_UNCENTERED
 *   out1 = sum of g*z, out2 = sum of g, over the axes along which the weight is broadcast
 * params: bp_normalize_params, of which eps is not used. */
#define BP_OP_NORMALIZE_BACKWARD 1857

/* in0 x, in1 mean, in2 variance, in3 weight optional, in4 bias optional, all of statistics type:
 * out0 = (x - mean) / sqrt(variance + eps) * weight + bias; each broadcast as a weight is, and mean and
 * variance of one shape. A factor and an addend may be made of them first: the last rounding aside,
 * the error is that of x*f + (bias - mean*f). params: bp_normalize_params without flags. */
#define BP_OP_NORMALIZE_FROZEN 1858

#define BP_NORMALIZE_UNCENTERED 1u

typedef struct bp_normalize_params {
  uint32_t struct_size;
  uint32_t flags; /* BP_NORMALIZE_* */
  double eps;     /* >= 0 */
} bp_normalize_params;

/* 6.24  Extended: attention ---------------------------------------------------------------------------- *
 * q (N, H, L, E), k (N, K, S, E), v (N, K, S, V), K divides H: head h reads that of index h / (H/K).
 * mask (N, H, L, S), optional: bool (true: the query sees the key) or of q's dtype (added to the score);
 * broadcast by zero strides.
 *   score = scale * sum over e of q*k  (+ mask)     seen: by the mask, and with BP_ATTENTION_CAUSAL
 *                                                   only keys j <= i of query i
 *   share = exp(score) / sum over the seen keys of exp(score); 0 of unseen keys
 *   kept  = share * (u < p ? 0 : 1/(1-p)) with p != 0: as DROPOUT of a tensor (N, H, L, S)
 *   out0 (N, H, L, V) = sum over the keys of kept*v
 *   out1 (N, H, L), statistics type: log sum over the seen keys of exp(score)
 * A query that sees no key, or whose scores are all -inf, has 0 in out0 and -inf in out1. A score of NaN
 * or +inf gives NaN. Computed in float32 or wider (float64 in float64) up to the one rounding of out0;
 * shares (of the gradient also the scores') may be rounded to q's dtype before they meet v (k, q), by
 * whoever has matrix units for such. Where v, or an operand of the gradient, is not finite, what comes of it
 * is open, also by way of keys that are not seen. What is not finite in k of an unseen key is not looked at.
 * Nothing of extent (L, S) is to be allocated. params: bp_attention_params. */

/* in0 q, in1 k, in2 v, in3 mask optional; out0, out1 as above. */
#define BP_OP_ATTENTION 1920

/* in0 g (N, H, L, V), in1 q, in2 k, in3 v, in4 out0 and in5 out1 of ATTENTION, in6 mask optional:
 * out0, out1, out2 the gradients of q, k, v, of their shapes. */
#define BP_OP_ATTENTION_BACKWARD 1921

#define BP_ATTENTION_CAUSAL 1u

typedef struct bp_attention_params {
  uint32_t struct_size;
  uint32_t flags; /* BP_ATTENTION_* */
  double scale;
  double p; /* of dropout, 0 <= p < 1 */
  uint64_t seed;
  uint64_t offset;
} bp_attention_params;

/* 6.25  Extended: cross entropy --------------------------------------------------------------------------- *
 * in0 logits x (N, C, S), in1 targets (N, S), int64, in2 weights (C) of statistics type, optional (1).
 * A target equal to ignore_index counts for nothing; another outside 0 … C-1 is an error as in 6.8.
 * With L = m + log sum over c of exp(x[n,c,s] - m), m the greatest of these x, so that L is NaN where m is
 * infinite; t the target, e = label_smoothing, whose term is left out where it is 0:
 *   out0 loss (N, S)   = (1-e) * w[t]*(L - x[t]) + e/C * sum over c of w[c]*(L - x[c]); ignored 0
 *   out1 L (N, S)
 *   out2 factor (N, S) = w[t]; ignored 0
 * all of statistics type. The mean of losses is sum(out0)/sum(out2). params: bp_cross_entropy_params. */
#define BP_OP_CROSS_ENTROPY 1984

/* in0 x, in1 g (N, S) of statistics type, in2 targets, in3 L, in4 weights optional:
 * out0 (N, C, S), the gradient of x: with P = exp(x - L) and W = sum over c of w[c]
 *   g * ((1-e)*w[t]*(P[c] - (c == t ? 1 : 0)) + e/C*(W*P[c] - w[c])); ignored 0 */
#define BP_OP_CROSS_ENTROPY_BACKWARD 1985

typedef struct bp_cross_entropy_params {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t ignore_index;
  double label_smoothing; /* 0 … 1 */
} bp_cross_entropy_params;

/* 6.26  Extended: recurrent layers -------------------------------------------------------------------------- *
 * One layer in one direction over a whole sequence: x (T, N, I), T >= 1, states (N, H), weights wi (GH, I)
 * and wh (GH, H), biases bi and bh (GH), both or neither; y (T, N, H) the hidden state after each step.
 * One dtype. With BP_RECURRENT_REVERSE the steps go from the last to the first; what belongs to step t
 * stands at t. a = wi x + bi and b = wh h + bh are (N, GH), in G parts of H; s is SIGMOID. What one step
 * hands to the next is what it wrote, rounded to the dtype. params: bp_recurrent_params.
 *
 *   RNN,  G = 1:  h = f(a + b), f tanh or with BP_RECURRENT_RELU RELU
 *   LSTM, G = 4:  i = s(a0 + b0)  f = s(a1 + b1)  g = tanh(a2 + b2)  o = s(a3 + b3)
 *                 c = f*c + i*g   h = o*tanh(c)
 *   GRU,  G = 3:  r = s(a0 + b0)  z = s(a1 + b1)  n = tanh(a2 + r*b2)  h = (1-z)*n + z*h
 * Hochreiter and Schmidhuber, 1997; Cho et al., arXiv:1406.1078, the reset gate after the product. */

/* in0 x, in1 h, in2 wi, in3 wh, in4 bi, in5 bh optional; out0 y, out1 the last h. */
#define BP_OP_RNN 2048
/* in0 x, in1 h, in2 c, in3 wi, in4 wh, in5 bi, in6 bh optional; out0 y, out1 the last h, out2 the last c,
 * out3 (T, N, 4H) the gates i, f, g, o, out4 (T, N, H) c after each step. */
#define BP_OP_LSTM 2049
/* in0 x, in1 h, in2 wi, in3 wh, in4 bi, in5 bh optional; out0 y, out1 the last h,
 * out2 (T, N, 4H) r, z, n and b2. */
#define BP_OP_GRU 2050

/* The gradients, from those of y and of the last states. What goes from step to step is kept in
 * statistics type. The gradient of bi and bh, one for both but of GRU, is given whether there are biases or not.
 *   RNN_BACKWARD   in: gy, gh, x, h, wi, wh, y                  out: of x, h, wi, wh, bi
 *   LSTM_BACKWARD  in: gy, gh, gc, x, h, c, wi, wh, y, out3, out4   out: of x, h, c, wi, wh, bi
 *   GRU_BACKWARD   in: gy, gh, x, h, wi, wh, y, out2            out: of x, h, wi, wh, bi, bh */
#define BP_OP_RNN_BACKWARD 2051
#define BP_OP_LSTM_BACKWARD 2052
#define BP_OP_GRU_BACKWARD 2053

#define BP_RECURRENT_REVERSE 1u
#define BP_RECURRENT_RELU 2u /* of RNN */

typedef struct bp_recurrent_params {
  uint32_t struct_size;
  uint32_t flags; /* BP_RECURRENT_* */
} bp_recurrent_params;

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
 * 11  Conveniences for authors (inline: nothing to link)
 * ------------------------------------------------------------------------ *
 * A name that ends in an underscore is this header's own, and may change. */

/* Bytes of one element; 0 for a type this header does not know. */
static inline int64_t bp_dtype_size(int32_t dtype) {
  static const uint8_t sizes[] = {0, 1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16};
  return dtype > 0 && dtype < (int32_t)sizeof sizes ? sizes[dtype] : 0;
}

#ifndef BP_NO_HOST

/* 11.1  Answers -------------------------------------------------------------- */

/* Fills a character array of a struct, NUL-terminated. What is too long is cut before a broken
 * UTF-8 sequence. */
static inline void bp_set_text(void *field, size_t size, const char *text) {
  size_t n = strlen(text);
  if (size == 0) return;
  if (n > size - 1) {
    n = size - 1;
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) n--;
  }
  memcpy(field, text, n);
  ((char *)field)[n] = '\0';
}

/* Fills err, if there is one, and returns code: `return bp_fail(err, …);`. */
static inline int32_t bp_fail(bp_error *err, int32_t code, const char *message) {
  if (err) {
    err->code = code;
    err->native_code = 0;
    err->flags = 0;
    bp_set_text(err->message, sizeof err->message, message);
  }
  return code;
}

/* bp_fail with a message in the manner of printf. */
static inline int32_t bp_failf(bp_error *err, int32_t code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

static inline int32_t bp_failf(bp_error *err, int32_t code, const char *format, ...) {
  if (err) {
    char message[2 * sizeof err->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bp_fail(err, code, message);
  }
  return code;
}

/* Gives the host as much of an answer of `size` bytes as its struct at `out` has room for, and
 * leaves that one's struct_size alone [BP-1.2]. */
static inline void bp_answer(void *out, const void *made, uint32_t size) {
  uint32_t room;
  memcpy(&room, out, sizeof room);
  if (room > size) room = size;
  if (room > sizeof room)
    memcpy((char *)out + sizeof room, (const char *)made + sizeof room, room - sizeof room);
}

/* What query_op answers where no workspace is wanted: supported, with flags BP_OP_INFO_*, if
 * `reason` is NULL, else not supported for that reason. */
static inline void bp_answer_query(bp_op_info *out, uint32_t flags, const char *reason) {
  bp_op_info info;
  memset(&info, 0, sizeof info);
  info.supported = !reason;
  if (reason) bp_set_text(info.reason, sizeof info.reason, reason);
  else info.flags = flags;
  bp_answer(out, &info, sizeof info);
}

/* 11.2  The definitions of section 6 as a table ------------------------------- *
 * What section 6 says of an operator's operands, in numbers. Each side has the table of the header
 * that it was compiled with: of a later operator it knows nothing. */

/* bp_op_definition.flags */
#define BP_DEFINITION_ELEMENTWISE 1u   /* see Notation in section 6                              */
#define BP_DEFINITION_IMMEDIATES 2u    /* inputs may be immediates [BP-4.6]: elementwise and FILL */
#define BP_DEFINITION_READS_OUTPUTS 4u /* outputs are read and modified [BP-4.5]                 */
#define BP_DEFINITION_INDICES 8u       /* an input holds indices, whose range execute checks     */
#define BP_DEFINITION_REPEATED 16u     /* n > 0 times the operands, first all of the first one   */
#define BP_DEFINITION_ANY_STRIDES 32u  /* takes any, negative ones of outputs too [BP-4.2], and never
                                          BP_OP_INFO_CONTIGUOUS: COPY and FILL                   */
#define BP_DEFINITION_EXTENDED 64u     /* not a core operator [BP-6.1]                           */

/* `inputs` and `outputs` have a letter for each operand:
 *   T  of the operator's one type, which is in `types`: all T agree
 *   O  as T, and may be left out
 *   A  any type in `types`, whatever the others are
 *   b  bool          S  int64 if T is an integer type or bool, else T
 *   i  int64         R  the float type of T's parts     C  the complex type of such parts
 *   o  as i, and may be left out
 *   W  statistics: float32 if T is float16 or bfloat16, else T      w  as W, and may be left out
 *   m  a mask, bool or T, that may be left out
 * Only the last operands of a list can be left out; which go together is said in section 6. */
typedef struct bp_op_definition {
  uint32_t struct_size;
  int32_t op;        /* BP_OP_*                                       */
  const char *name;  /* "ADD": without BP_OP_                         */
  const char *inputs;
  const char *outputs;
  int32_t input_count; /* the letters in inputs, and in outputs       */
  int32_t output_count;
  uint32_t types;      /* BP_TYPES_*                                  */
  uint32_t flags;      /* BP_DEFINITION_*                             */
  int32_t params_size; /* of the params struct; 0: there is none      */
  int32_t since_minor; /* the ABI that brought the operator, 1.minor  */
} bp_op_definition;

/* All definitions, ordered by id. An operator is a line here. */
static inline const bp_op_definition *bp_op_definitions(int32_t *count) {
#define BP_DEFINE(NAME, INPUTS, OUTPUTS, TYPES, PARAMS, FLAGS, MINOR)                             \
  {sizeof(bp_op_definition), BP_OP_##NAME, #NAME, INPUTS, OUTPUTS, sizeof(INPUTS) - 1,            \
   sizeof(OUTPUTS) - 1, BP_TYPES_##TYPES,                                                         \
   (FLAGS) | ((FLAGS) & BP_DEFINITION_ELEMENTWISE ? BP_DEFINITION_IMMEDIATES : 0u) |              \
       (BP_OP_##NAME >= 1024 ? BP_DEFINITION_EXTENDED : 0u),                                      \
   PARAMS, MINOR}
  static const bp_op_definition definitions[] = {
    BP_DEFINE(COPY, "A", "A", ALL, 0, BP_DEFINITION_ELEMENTWISE | BP_DEFINITION_ANY_STRIDES, 0),
    BP_DEFINE(FILL, "T", "T", ALL, 0, BP_DEFINITION_IMMEDIATES | BP_DEFINITION_ANY_STRIDES, 0),
    BP_DEFINE(ARANGE, "", "T", REAL_NUMBERS, sizeof(bp_arange_params), 0u, 0),
    BP_DEFINE(RANDOM_UNIFORM, "", "T", FLOATS, sizeof(bp_random_params), 0u, 0),
    BP_DEFINE(RANDOM_NORMAL, "", "T", FLOATS, sizeof(bp_random_params), 0u, 0),
    BP_DEFINE(RANDOM_INTEGER, "", "T", INTEGERS, sizeof(bp_random_params), 0u, 0),
    BP_DEFINE(NEG, "T", "T", NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(ABS, "T", "T", REAL_NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(SIGN, "T", "T", REAL_NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(BITWISE_NOT, "T", "T", BITS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(FLOOR, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(CEIL, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(ROUND, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(TRUNC, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(SQRT, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(RSQRT, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(RECIPROCAL, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(EXP, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(EXPM1, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(LOG, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(LOG1P, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(SIN, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(COS, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(TANH, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(SIGMOID, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(ERF, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(RELU, "T", "T", REAL_NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(ADD, "TT", "T", ALL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(SUB, "TT", "T", NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(MUL, "TT", "T", ALL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(DIV, "TT", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(FLOOR_DIVIDE, "TT", "T", REAL_NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(REMAINDER, "TT", "T", REAL_NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(FMOD, "TT", "T", REAL_NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(POW, "TT", "T", NUMBERS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(MAXIMUM, "TT", "T", REAL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(MINIMUM, "TT", "T", REAL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(ATAN2, "TT", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(BITWISE_AND, "TT", "T", BITS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(BITWISE_OR, "TT", "T", BITS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(BITWISE_XOR, "TT", "T", BITS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(EQ, "TT", "b", ALL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(NE, "TT", "b", ALL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(LT, "TT", "b", REAL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(LE, "TT", "b", REAL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(GT, "TT", "b", REAL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(GE, "TT", "b", REAL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(WHERE, "bTT", "T", ALL, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(SUM, "T", "S", ALL, 0, 0u, 0),
    BP_DEFINE(PROD, "T", "S", ALL, 0, 0u, 0),
    BP_DEFINE(MEAN, "T", "T", FLOATING, 0, 0u, 0),
    BP_DEFINE(MAX, "T", "T", REAL, 0, 0u, 0),
    BP_DEFINE(MIN, "T", "T", REAL, 0, 0u, 0),
    BP_DEFINE(ARGMAX, "T", "i", REAL, sizeof(bp_axis_params), 0u, 0),
    BP_DEFINE(ARGMIN, "T", "i", REAL, sizeof(bp_axis_params), 0u, 0),
    BP_DEFINE(MATMUL, "TT", "T", NUMBERS, 0, 0u, 0),
    BP_DEFINE(GATHER, "Ti", "T", ALL, sizeof(bp_axis_params), BP_DEFINITION_INDICES, 0),
    BP_DEFINE(SCATTER, "iT", "T", ALL, sizeof(bp_scatter_params),
              BP_DEFINITION_INDICES | BP_DEFINITION_READS_OUTPUTS, 0),
    BP_DEFINE(SOFTMAX, "T", "T", FLOATS, sizeof(bp_axis_params), 0u, 0),
    BP_DEFINE(LOG_SOFTMAX, "T", "T", FLOATS, sizeof(bp_axis_params), 0u, 0),
    BP_DEFINE(SOFTMAX_BACKWARD, "TT", "T", FLOATS, sizeof(bp_axis_params), 0u, 0),
    BP_DEFINE(LOG_SOFTMAX_BACKWARD, "TT", "T", FLOATS, sizeof(bp_axis_params), 0u, 0),
    BP_DEFINE(ADAM_STEP, "T", "TTT", FLOATS, sizeof(bp_adam_params),
              BP_DEFINITION_REPEATED | BP_DEFINITION_READS_OUTPUTS, 0),
    BP_DEFINE(SGD_STEP, "T", "TO", FLOATS, sizeof(bp_sgd_params),
              BP_DEFINITION_REPEATED | BP_DEFINITION_READS_OUTPUTS, 0),
    BP_DEFINE(RMSPROP_STEP, "T", "TTOO", FLOATS, sizeof(bp_rmsprop_params), BP_DEFINITION_REPEATED | BP_DEFINITION_READS_OUTPUTS, 2),
    BP_DEFINE(ADAGRAD_STEP, "T", "TT", FLOATS, sizeof(bp_adagrad_params), BP_DEFINITION_REPEATED | BP_DEFINITION_READS_OUTPUTS, 2),
    BP_DEFINE(SUM_OF_SQUARES, "T", "W", FLOATS, 0, BP_DEFINITION_REPEATED, 2),
    BP_DEFINE(SILU, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 0),
    BP_DEFINE(GELU, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(GELU_TANH, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(GELU_BACKWARD, "TT", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(GELU_TANH_BACKWARD, "TT", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(SILU_BACKWARD, "TT", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(SIGMOID_BACKWARD, "TT", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(TANH_BACKWARD, "TT", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(RELU_BACKWARD, "TT", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 2),
    BP_DEFINE(DROPOUT, "T", "T", FLOATS, sizeof(bp_dropout_params), 0u, 2),
    BP_DEFINE(TAN, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ASIN, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ACOS, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ATAN, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(SINH, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(COSH, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ASINH, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ACOSH, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ATANH, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(EXP2, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(LOG2, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(LOG10, "T", "T", FLOATING, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ERFC, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(ERFINV, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(LGAMMA, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(DIGAMMA, "T", "T", FLOATS, 0, BP_DEFINITION_ELEMENTWISE, 1),
    BP_DEFINE(SORT, "T", "Ti", REAL, sizeof(bp_sort_params), 0u, 1),
    BP_DEFINE(TOPK, "T", "Ti", REAL, sizeof(bp_sort_params), 0u, 2),
    BP_DEFINE(CUMSUM, "T", "S", ALL, sizeof(bp_axis_params), 0u, 1),
    BP_DEFINE(CUMPROD, "T", "S", ALL, sizeof(bp_axis_params), 0u, 1),
    BP_DEFINE(CUMMAX, "T", "Ti", REAL, sizeof(bp_axis_params), 0u, 1),
    BP_DEFINE(CUMMIN, "T", "Ti", REAL, sizeof(bp_axis_params), 0u, 1),
    BP_DEFINE(CHOLESKY, "T", "Ti", WIDE, 0, 0u, 1),
    BP_DEFINE(LU, "T", "Tii", WIDE, 0, 0u, 1),
    BP_DEFINE(SOLVE_TRIANGULAR, "TT", "T", WIDE, sizeof(bp_triangular_params), 0u, 1),
    BP_DEFINE(QR, "T", "TT", WIDE, 0, 0u, 1),
    BP_DEFINE(EIGH, "T", "RTi", WIDE, 0, 0u, 1),
    BP_DEFINE(EIG, "T", "CCi", WIDE, 0, 0u, 1),
    BP_DEFINE(SVD, "T", "TRTi", WIDE, 0, 0u, 1),
    BP_DEFINE(FFT, "T", "T", COMPLEX, sizeof(bp_fft_params), 0u, 1),
    BP_DEFINE(LINEAR, "TTO", "T", FLOATS, sizeof(bp_linear_params), 0u, 2),
    BP_DEFINE(CONVOLUTION, "TTO", "T", FLOATS, sizeof(bp_convolution_params), 0u, 2),
    BP_DEFINE(CONVOLUTION_INPUT, "TTO", "T", FLOATS, sizeof(bp_convolution_params), 0u, 2),
    BP_DEFINE(CONVOLUTION_WEIGHT, "TT", "T", FLOATS, sizeof(bp_convolution_params), 0u, 2),
    BP_DEFINE(MAX_POOL, "T", "To", FLOATS, sizeof(bp_pool_params), 0u, 2),
    BP_DEFINE(MAX_POOL_BACKWARD, "Ti", "T", FLOATS, sizeof(bp_pool_params), BP_DEFINITION_INDICES, 2),
    BP_DEFINE(AVERAGE_POOL, "T", "T", FLOATS, sizeof(bp_pool_params), 0u, 2),
    BP_DEFINE(AVERAGE_POOL_BACKWARD, "T", "T", FLOATS, sizeof(bp_pool_params), 0u, 2),
    BP_DEFINE(NORMALIZE, "Tww", "TWW", FLOATS, sizeof(bp_normalize_params), 0u, 2),
    BP_DEFINE(NORMALIZE_BACKWARD, "TTWWw", "Tww", FLOATS, sizeof(bp_normalize_params), 0u, 2),
    BP_DEFINE(NORMALIZE_FROZEN, "TWWww", "T", FLOATS, sizeof(bp_normalize_params), 0u, 2),
    BP_DEFINE(ATTENTION, "TTTm", "TW", FLOATS, sizeof(bp_attention_params), 0u, 2),
    BP_DEFINE(ATTENTION_BACKWARD, "TTTTTWm", "TTT", FLOATS, sizeof(bp_attention_params), 0u, 2),
    BP_DEFINE(CROSS_ENTROPY, "Tiw", "WWW", FLOATS, sizeof(bp_cross_entropy_params), BP_DEFINITION_INDICES, 2),
    BP_DEFINE(CROSS_ENTROPY_BACKWARD, "TWiWw", "T", FLOATS, sizeof(bp_cross_entropy_params), BP_DEFINITION_INDICES, 2),
    BP_DEFINE(RNN, "TTTTOO", "TT", FLOATS, sizeof(bp_recurrent_params), 0u, 2),
    BP_DEFINE(LSTM, "TTTTTOO", "TTTTT", FLOATS, sizeof(bp_recurrent_params), 0u, 2),
    BP_DEFINE(GRU, "TTTTOO", "TTT", FLOATS, sizeof(bp_recurrent_params), 0u, 2),
    BP_DEFINE(RNN_BACKWARD, "TTTTTTT", "TTTTT", FLOATS, sizeof(bp_recurrent_params), 0u, 2),
    BP_DEFINE(LSTM_BACKWARD, "TTTTTTTTTTT", "TTTTTT", FLOATS, sizeof(bp_recurrent_params), 0u, 2),
    BP_DEFINE(GRU_BACKWARD, "TTTTTTTT", "TTTTTT", FLOATS, sizeof(bp_recurrent_params), 0u, 2),
  };
#undef BP_DEFINE
  *count = (int32_t)(sizeof definitions / sizeof *definitions);
  return definitions;
}

/* The definition of an operator, or NULL of one that this header does not have. A search of some
 * steps: what is called often keeps the pointer. */
static inline const bp_op_definition *bp_op_definition_of(int32_t op) {
  int32_t low = 0, high;
  const bp_op_definition *definitions = bp_op_definitions(&high);
  while (low < high) {
    const int32_t middle = (low + high) / 2;
    if (definitions[middle].op == op) return &definitions[middle];
    if (definitions[middle].op < op) low = middle + 1;
    else high = middle;
  }
  return NULL;
}

/* Whether a set BP_TYPES_* has the type. */
static inline bool bp_has_type(uint32_t types, int32_t dtype) {
  return (uint32_t)dtype < 32 && ((types >> (uint32_t)dtype) & 1u) != 0;
}

/* For messages: "ADD". */
static inline const char *bp_op_name(int32_t op) {
  const bp_op_definition *known = bp_op_definition_of(op);
  return known ? known->name : "an unknown operator";
}

/* For messages: "float32". */
static inline const char *bp_dtype_name(int32_t dtype) {
  static const char *const names[] = {"bool",    "uint8",    "int8",    "int16",   "int32",     "int64",
                                      "float16", "bfloat16", "float32", "float64", "complex64", "complex128"};
  return bp_has_type(BP_TYPES_ALL, dtype) ? names[dtype - 1] : "an unknown type";
}

/* The type that a letter of a definition stands for, where T is `type`. */
static inline int32_t bp_type_of_letter(char letter, int32_t type) {
  switch (letter) {
    case 'b': return BP_BOOL;
    case 'i':
    case 'o': return BP_INT64;
    case 'W':
    case 'w': return type == BP_FLOAT16 || type == BP_BFLOAT16 ? BP_FLOAT32 : type;
    case 'S': return bp_has_type(BP_TYPES_BITS, type) ? BP_INT64 : type;
    case 'R': return type == BP_COMPLEX64 ? BP_FLOAT32 : type == BP_COMPLEX128 ? BP_FLOAT64 : type;
    case 'C': return type == BP_FLOAT32 ? BP_COMPLEX64 : type == BP_FLOAT64 ? BP_COMPLEX128 : type;
    default: return type;
  }
}

/* 11.3  Checks of a call ------------------------------------------------------ */

#define BP_OPTIONAL_LETTERS_ "Oowm"

/* Whether `given` operands are what an operator takes, each of them `times` times. */
static inline bool bp_takes_count_(const char *letters, int32_t count, int32_t times, int32_t given) {
  int32_t required = count;
  while (required > 0 && strchr(BP_OPTIONAL_LETTERS_, letters[required - 1])) required--;
  return times > 0 && given % times == 0 && given / times <= count && given / times >= required;
}

/* Whether an operand is one of the `admitted` types and that of the others, which is `type` once it
 * is known; has a rank; and none of the flags. */
static inline bool bp_operand_fits_(const bp_tensor *operand, char letter, uint32_t admitted, uint32_t flags,
                                   int32_t *type) {
  if (!operand || (uint32_t)operand->rank > BP_MAX_RANK || (operand->flags & flags)) return false;
  if (letter == 'm' && operand->dtype == BP_BOOL) return true;
  if (letter != 'A' && (*type != 0 || (letter != 'T' && letter != 'O')))
    return operand->dtype == bp_type_of_letter(letter, *type);
  if (!bp_has_type(admitted, operand->dtype)) return false;
  *type = operand->dtype;
  return true;
}

/* Says why bp_operand_fits_ is false. */
static inline int32_t bp_refuse_operand_(const bp_op_definition *known, const bp_tensor *operand, bool is_input, int i,
                                        char letter, int32_t type, bp_error *err) {
  const char *name = known->name, *what = is_input ? "input" : "output";
  if (!operand) return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "%s: %s %d is NULL", name, what, i);
  const int32_t dtype = operand->dtype, wanted = bp_type_of_letter(letter, type);
  if (!bp_has_type(BP_TYPES_ALL, dtype))
    return bp_failf(err, BP_ERROR_UNSUPPORTED, "%s: %s %d is of the unknown type %d", name, what, i, (int)dtype);
  if (operand->rank < 0 || operand->rank > BP_MAX_RANK)
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "%s: %s %d is of rank %d", name, what, i, (int)operand->rank);
  if ((operand->flags & BP_TENSOR_IMMEDIATE) && !(is_input && (known->flags & BP_DEFINITION_IMMEDIATES)))
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "%s: %s %d may not be an immediate", name, what, i);
  if (letter == 'A' || wanted == 0)
    return bp_failf(err, BP_ERROR_UNSUPPORTED,
                    bp_has_type(known->types, dtype) ? "this plugin has no %s of %s" : "%s of %s is not defined", name,
                    bp_dtype_name(dtype));
  return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "%s%s%s: %s %d is %s, not %s", name, type ? " of " : "",
                  type ? bp_dtype_name(type) : "", what, i, bp_dtype_name(dtype), bp_dtype_name(wanted));
}

/* Says which numbers of operands an operator takes. */
static inline int32_t bp_refuse_count_(const bp_op_definition *known, const bp_op *op, bp_error *err) {
  const bool has_optional = strpbrk(known->inputs, BP_OPTIONAL_LETTERS_) || strpbrk(known->outputs, BP_OPTIONAL_LETTERS_);
  return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "%s takes %s%d input%s and %d output%s%s, not %d and %d", known->name,
                  has_optional ? "up to " : "", (int)known->input_count, known->input_count == 1 ? "" : "s",
                  (int)known->output_count, known->output_count == 1 ? "" : "s",
                  known->flags & BP_DEFINITION_REPEATED ? " for each parameter" : "", (int)op->input_count,
                  (int)op->output_count);
}

/* bp_check_types of an operator whose definition is at hand. */
static inline int32_t bp_check_operands(const bp_op_definition *known, const bp_op *op, uint32_t claimed,
                                        bp_error *err) {
  if (op->version != 1)
    return bp_failf(err, BP_ERROR_UNSUPPORTED, "%s: version %d of its definition is not known", known->name,
                    (int)op->version);
  int32_t times = 1;
  if (op->input_count != known->input_count || op->output_count != known->output_count) {
    if (known->flags & BP_DEFINITION_REPEATED) times = op->input_count / known->input_count;
    if (!bp_takes_count_(known->inputs, known->input_count, times, op->input_count) ||
        !bp_takes_count_(known->outputs, known->output_count, times, op->output_count))
      return bp_refuse_count_(known, op, err);
  }
  const uint32_t admitted = known->types & claimed;
  const bp_tensor *const *operands = op->inputs;
  const char *letters = known->inputs;
  int32_t count = op->input_count, type = 0;
  uint32_t flags = known->flags & BP_DEFINITION_IMMEDIATES ? 0 : BP_TENSOR_IMMEDIATE;
  for (bool is_input = true;; is_input = false) {
    for (int32_t i = 0; i < count; i++) {
      const bp_tensor *operand = operands ? operands[i] : NULL;
      const char letter = letters[times == 1 ? i : i / times];
      if (!bp_operand_fits_(operand, letter, admitted, flags, &type))
        return bp_refuse_operand_(known, operand, is_input, i, letter, type, err);
    }
    if (!is_input) return BP_OK;
    operands = op->outputs, letters = known->outputs, count = op->output_count, flags = BP_TENSOR_IMMEDIATE;
  }
}

/* Checks a call, or a query, against its operator's definition: version, numbers of operands, their
 * types and ranks, and which may be immediates. `claimed` are the types that the plugin has the
 * operator for; the definition narrows them, so that BP_TYPES_ALL claims all that it admits. What is
 * not known, not admitted or not claimed is BP_ERROR_UNSUPPORTED; operands that contradict one
 * another are BP_ERROR_INVALID_ARGUMENT. Both query_op and execute can begin with it:
 *
 *   static int32_t query_op(void *context, int32_t device, const bp_op *op, bp_op_info *out,
 *                           bp_error *err) {
 *     bp_error why = {.struct_size = sizeof why};
 *     const int32_t code = bp_check_types(op, claimed(op->op), &why);
 *     bp_answer_query(out, BP_OP_INFO_DETERMINISTIC, code ? why.message : NULL);
 *     return BP_OK;
 *   }
 */
static inline int32_t bp_check_types(const bp_op *op, uint32_t claimed, bp_error *err) {
  const bp_op_definition *known = bp_op_definition_of(op->op);
  if (!known) return bp_failf(err, BP_ERROR_UNSUPPORTED, "operator %d is not known", (int)op->op);
  return bp_check_operands(known, op, claimed, err);
}

/* Fills in the parameters of a call: `size` bytes at `out`, zero where the host's struct is shorter
 * [BP-5.6]. A call that lacks them, or whose struct says more than is known here, is refused. */
static inline int32_t bp_params(const bp_op *op, void *out, uint32_t size, bp_error *err) {
  uint32_t room;
  if (!op->params)
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "%s: params is NULL", bp_op_name(op->op));
  memcpy(&room, op->params, sizeof room);
  for (uint32_t i = size; i < room; i++)
    if (((const uint8_t *)op->params)[i])
      return bp_failf(err, BP_ERROR_UNSUPPORTED,
                      "%s: params of %u bytes, of a newer host, say more than the %u bytes known here",
                      bp_op_name(op->op), (unsigned)room, (unsigned)size);
  memset(out, 0, size);
  memcpy(out, op->params, room < size ? room : size);
  return BP_OK;
}

/* Refuses flags of a params struct that are not among the `known` ones [BP-5.6]. */
static inline int32_t bp_check_flags(const bp_op *op, uint32_t flags, uint32_t known, bp_error *err) {
  if (!(flags & ~known)) return BP_OK;
  return bp_failf(err, BP_ERROR_UNSUPPORTED, "%s: the flags 0x%x of its params are not known here", bp_op_name(op->op),
                  (unsigned)(flags & ~known));
}

#endif /* BP_NO_HOST */

/* 11.4  Random numbers -------------------------------------------------------- */

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

/* 11.5  The plugin's table ---------------------------------------------------- */

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

/* Several elementwise operators in one pass over memory.
 *
 * A program is a list of steps. Values are numbered: first the inputs, then
 * the result of each step in turn. A step names an operator, the values it
 * takes, all of smaller numbers, and the type of its result. Whatever a value is
 * not an output of is never stored.
 *
 * [BP-12.2] The operator of a step has BP_DEFINITION_ELEMENTWISE, and types
 *   that bp_check_types takes and query_op claims. COPY between types is a cast.
 *   Each step rounds to its type as its operator does: every output is equal
 *   to the bit to what execute, called for one step after the other, gives. Of a
 *   NaN sign and payload are open.
 * [BP-12.3] prepare reads the program during the call, and writes a handle
 *   other than 0, or answers BP_ERROR_UNSUPPORTED: the host then executes the steps
 *   one after the other. A program against [BP-12.2] or [BP-12.5] is refused.
 *   It may be called from any thread. A handle may be
 *   executed any number of times, on any stream of the device, until release,
 *   which the host calls after that work is done.
 * [BP-12.4] execute is a call on a stream, as bp_plugin's. It is given as many
 *   inputs and outputs as the program has, all of one shape, of the types that
 *   the program says, with any strides; an input may be an immediate. An output
 *   does not overlap another one. Where it overlaps an input, it is the same
 *   view: same buffer, offset, type, shape and strides.
 * [BP-12.5] A host does not ask for more than BP_FUSION_INPUTS,
 *   BP_FUSION_STEPS and BP_FUSION_OUTPUTS; there is at least one step and one
 *   output or a reduction, no value is an output twice, and inputs are none.
 * [BP-12.6] A program may end in a reduction: BP_OP_SUM, BP_OP_MEAN, BP_OP_MAX or
 *   BP_OP_MIN of a step's value, claimed for its type. Its result is one more operand
 *   of execute, after the outputs, of the type that the operator gives
 *   (bp_fusion_reduced_type) and a shape that says which axes are reduced: 1 there, the
 *   program's elsewhere. It is equal to the bit to what the operator gives for the
 *   value, row by row in memory, in a result of the same strides, and overlaps no other
 *   operand. A plugin that has no such programs answers prepare with
 *   BP_ERROR_UNSUPPORTED.
 */
#define BP_EXTENSION_FUSION "backplane.fusion/1"

#define BP_FUSION_INPUTS 16
#define BP_FUSION_STEPS 64
#define BP_FUSION_OUTPUTS 16

typedef struct bp_fusion_step {
  uint32_t struct_size;
  int32_t op;
  int32_t dtype;     /* of the result */
  int32_t inputs[3]; /* values; -1 beyond what the operator takes */
} bp_fusion_step;

typedef struct bp_fusion_program {
  uint32_t struct_size;
  int32_t input_count;
  int32_t step_count;
  int32_t output_count;
  const int32_t *input_types;
  const bp_fusion_step *steps; /* struct_size bytes apart: bp_fusion_step_of */
  const int32_t *outputs;      /* values */
  int32_t reduction;           /* an operator; 0 for none [BP-12.6] */
  int32_t reduced;             /* the value that it reduces */
} bp_fusion_program;

typedef struct bp_fusion {
  uint32_t struct_size;
  uint32_t reserved;
  int32_t (*prepare)(void *context, int32_t device, const bp_fusion_program *program, uint64_t *handle,
                     bp_error *err);
  void (*release)(void *context, int32_t device, uint64_t handle);
  int32_t (*execute)(void *context, int32_t device, bp_stream stream, uint64_t handle,
                     const bp_tensor *const *inputs, const bp_tensor *const *outputs, bp_error *err);
} bp_fusion;

#ifndef BP_NO_HOST
static inline const bp_fusion_step *bp_fusion_step_of(const bp_fusion_program *program, int32_t i) {
  return (const bp_fusion_step *)((const char *)program->steps + (size_t)i * program->steps->struct_size);
}

static inline int32_t bp_refuse_step_(int32_t step, const char *what, bp_error *err) {
  return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "fusion: step %d %s", (int)step, what);
}

/* The type of a program's value. */
static inline int32_t bp_fusion_type(const bp_fusion_program *program, int32_t value) {
  return value < program->input_count ? program->input_types[value]
                                      : bp_fusion_step_of(program, value - program->input_count)->dtype;
}

/* The type of what a program's reduction gives. */
static inline int32_t bp_fusion_reduced_type(const bp_fusion_program *program) {
  const int32_t type = bp_fusion_type(program, program->reduced);
  return program->reduction == BP_OP_SUM && type < BP_FLOAT16 ? BP_INT64 : type;
}

/* A call of an elementwise operator or a reduction, over values of a program, against its definition. */
static inline int32_t bp_check_fused_(const bp_fusion_program *program, const bp_op_definition *known,
                                      int32_t id, const int32_t *values, int32_t result, bp_error *err) {
  bp_tensor views[4];
  const bp_tensor *pointers[4] = {views, views + 1, views + 2, views + 3};
  memset(views, 0, sizeof views);
  for (int32_t k = 0; k < known->input_count; k++) {
    views[k].struct_size = sizeof(bp_tensor);
    views[k].dtype = bp_fusion_type(program, values[k]);
  }
  views[3].struct_size = sizeof(bp_tensor);
  views[3].dtype = result;
  bp_op op;
  memset(&op, 0, sizeof op);
  op.struct_size = sizeof op, op.op = id, op.version = 1;
  op.input_count = known->input_count, op.output_count = 1, op.inputs = pointers, op.outputs = pointers + 3;
  return bp_check_operands(known, &op, known->types, err);
}

/* BP_OK where a program keeps to [BP-12.2], [BP-12.5] and [BP-12.6], but for what query_op claims, which is
 * the plugin's to compare. */
static inline int32_t bp_check_fusion(const bp_fusion_program *program, bp_error *err) {
  const int32_t inputs = program->input_count, steps = program->step_count, outputs = program->output_count;
  const int32_t reduction = program->reduction, reduced = program->reduced;
  if (inputs < 0 || inputs > BP_FUSION_INPUTS || steps < 1 || steps > BP_FUSION_STEPS ||
      outputs < (reduction ? 0 : 1) || outputs > BP_FUSION_OUTPUTS)
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "fusion: %d inputs, %d steps, %d outputs [BP-12.5]", (int)inputs,
                    (int)steps, (int)outputs);
  for (int32_t i = 0; i < steps; i++) {
    const bp_fusion_step *step = bp_fusion_step_of(program, i);
    const bp_op_definition *known = bp_op_definition_of(step->op);
    if (!known) return bp_failf(err, BP_ERROR_UNSUPPORTED, "operator %d is not known", (int)step->op);
    if (!(known->flags & BP_DEFINITION_ELEMENTWISE) || known->input_count > 3)
      return bp_refuse_step_(i, "is not elementwise", err);
    for (int32_t k = 0; k < 3; k++) {
      const int32_t value = step->inputs[k];
      if (k >= known->input_count ? value != -1 : value < 0 || value >= inputs + i)
        return bp_refuse_step_(i, "takes a value that it cannot", err);
    }
    const int32_t code = bp_check_fused_(program, known, step->op, step->inputs, step->dtype, err);
    if (code) return code;
  }
  for (int32_t i = 0; i < outputs; i++) {
    const int32_t value = program->outputs[i];
    bool is_new = value >= inputs && value < inputs + steps;
    for (int32_t k = 0; k < i; k++) is_new = is_new && program->outputs[k] != value;
    if (!is_new)
      return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "fusion: output %d is no step's, or one twice", (int)i);
  }
  if (!reduction) return BP_OK;
  if (reduction != BP_OP_SUM && reduction != BP_OP_MEAN && reduction != BP_OP_MAX && reduction != BP_OP_MIN)
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "fusion: a program cannot end in operator %d", (int)reduction);
  if (reduced < inputs || reduced >= inputs + steps)
    return bp_failf(err, BP_ERROR_INVALID_ARGUMENT, "fusion: what is reduced is no step's value");
  return bp_check_fused_(program, bp_op_definition_of(reduction), reduction, &reduced, bp_fusion_reduced_type(program),
                         err);
}
#endif /* BP_NO_HOST */

#ifdef __cplusplus
}
#endif

#endif /* BACKPLANE_BACKEND_H */
