/* The parameters of the kernels, as the host fills them in and the kernels read them: C for Swift, for NVRTC and for the
 * host's compiler alike, with nothing included. Every kernel takes one struct by value. Strides count elements; device
 * addresses are integers, so that both sides have the same layout.
 */
#ifndef BACKPLANE_CUDA_KERNELS_H
#define BACKPLANE_CUDA_KERNELS_H

#ifdef __cplusplus
#define CK_CONSTANT constexpr
#else
#define CK_CONSTANT static inline
#endif

#define CK_MAX_RANK 16
#define CK_MAX_INPUTS 3

typedef unsigned long long ck_address;
typedef long long ck_int;

/* An operand: where its first element lies, and how to go on. An immediate has no address and strides of zero. */
typedef struct ck_operand {
  ck_address data;
  ck_address immediate[2];
  ck_int is_immediate;
  ck_int stride[CK_MAX_RANK];
} ck_operand;

/* The axes over which operands are walked together, innermost first; no axis has extent 1. Division by an extent is a
 * multiplication: n / extent = (high 32 bits of n * multiplier + n) >> shift, for n below 2^31.
 */
typedef struct ck_walk {
  ck_int count; /* of elements */
  int rank;
  int is_narrow; /* count < 2^31: indices are computed in 32 bits */
  ck_int extent[CK_MAX_RANK];
  unsigned multiplier[CK_MAX_RANK];
  unsigned shift[CK_MAX_RANK];
} ck_walk;

/* Elementwise operators, copies and fills: elementwise.cu, convert.cu, copy.cu. ------------------- */

/* How an input is read. */
#define CK_FIXED 0  /* one value for all */
#define CK_MOVING 1 /* an element at its offset */
#define CK_PACKS 2  /* as many elements at once as make up 16 bytes */

/* How many packs of so many elements, of each of so many inputs, a thread has under way at once: loads are waited for
 * long. Not more than 16 elements, for each of them has a copy of the operator's code.
 */
CK_CONSTANT int ck_packs_together(int inputs, int length) {
  return length >= 16 || inputs > 2 ? 1 : length == 8 || inputs == 2 ? 2 : 4;
}

/* The kernels over packs have a walk that counts packs: its innermost extent and strides are theirs. What follows the
 * last whole pack of operands without gaps is the tail.
 */
typedef struct ck_elementwise {
  ck_walk walk;
  ck_operand operands[1 + CK_MAX_INPUTS]; /* the output first */
  int modes[1 + CK_MAX_INPUTS];
  ck_int tail; /* elements */
} ck_elementwise;

/* A copy by squares: along `columns` the output lies without gaps, along `rows` the input. The walk goes over the other
 * axes.
 */
typedef struct ck_transpose {
  ck_walk walk;
  ck_operand operands[2]; /* the output first */
  ck_int rows, columns;
  ck_int row_stride;    /* the output's along the rows */
  ck_int column_stride; /* the input's along the columns */
} ck_transpose;

/* creation.cu and random.cu. The walk is in row-major order. ------------------------------------ */

typedef struct ck_arange {
  ck_walk walk;
  ck_operand out;
  double start, step;
  ck_int integer_start, integer_step;
} ck_arange;

typedef struct ck_random {
  ck_walk walk;
  ck_operand out;
  ck_int is_dense; /* without gaps, and aligned to what one block of random numbers gives */
  unsigned long long seed, offset, range;
  ck_int low;
} ck_random;

/* What went wrong within a kernel: the first that finds `op` zero fills it in. It lies in memory that the host reads. */
typedef struct ck_fault {
  int op; /* the operator's id, 0 for no fault */
  int ready;
  ck_int index;
  ck_int extent;
} ck_fault;

/* Axes over which several sets of operands are walked, innermost last. -------- */

#define CK_WALKED 4

/* Division by an extent is a multiplication, as in ck_walk. */
typedef struct ck_axes {
  ck_int count; /* of elements */
  int rank;
  int is_narrow; /* count < 2^31 */
  ck_int extent[CK_MAX_RANK];
  unsigned multiplier[CK_MAX_RANK];
  unsigned shift[CK_MAX_RANK];
  ck_int stride[CK_WALKED][CK_MAX_RANK];
} ck_axes;

/* Threads that work on one result together: `height` of them, a power of two, and `width` results to a block. --- */

typedef struct ck_group {
  int width;
  int height;
  /* 1: neighbouring threads have neighbouring results. 0: they work on the same one, or, with a height below 32, on
   * neighbouring ones of 32 / height results. */
  int is_columns;
  int reserved;
} ck_group;

/* Reductions: reduction.cu. ---------------------------------------------------- */

typedef struct ck_reduction {
  ck_address data;
  ck_address out;
  /* Between the two passes of a long reduction: segments * kept.count accumulators, a segment after another. */
  ck_address partial;
  ck_axes kept;    /* operands: out, data */
  ck_axes reduced; /* operand 1: data */
  ck_int segments; /* 1: there is one pass */
  ck_int segment;  /* elements of one segment */
  ck_group group;
} ck_reduction;

/* Products: matmul.cu. ----------------------------------------------------------- */

/* Rows and columns of the result that a block computes at once. */
#define CK_TILE 64

typedef struct ck_product {
  ck_address a, b, out;
  ck_int m, n, k;
  ck_axes batch; /* operands: out, a, b */
  ck_int row_stride[3];
  ck_int column_stride[3];
} ck_product;

/* Elements from one place to another. */
typedef struct ck_movement {
  ck_address target;
  ck_address source;
  ck_axes axes; /* operands: target, source */
} ck_movement;

/* Indexed movement: indexing.cu. -------------------------------------------------- */

typedef struct ck_indexing {
  ck_address data; /* what is read by index, or written */
  ck_address index;
  ck_address other; /* gather: the output; scatter: the source */
  ck_address fault; /* of ck_fault */
  ck_axes axes;     /* operands: other, data (0 along the axis), index */
  ck_int axis_stride;
  ck_int extent;
  int op;
  int mode; /* BP_SCATTER_* */
} ck_indexing;

/* Normalizations: normalization.cu. ------------------------------------------------- */

/* Threads of a block for a long slice; the kernels keep to as many registers as so many threads have. */
#define CK_LONG_BLOCK 512

/* Bytes of a slice that a thread keeps in registers, in the type in which it computes. */
#define CK_KEPT_BYTES 128

typedef struct ck_normalization {
  ck_address out;
  ck_address data[2];
  ck_axes slices; /* operands: out, data[0], data[1] */
  ck_int length;
  ck_int stride[3];
  ck_group group;
  int op;
  int reserved;
} ck_normalization;

#endif
