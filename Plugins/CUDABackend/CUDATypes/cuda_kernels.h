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

/* Several elementwise operators in one pass: fusion.cuh. Of more axes the host goes over the outer ones itself, for the
 * parameters of a kernel have to fit 4 KiB.
 */
#define CK_FUSED_OPERANDS 32
#define CK_FUSED_RANK 8

typedef struct ck_fused_operand {
  ck_address data;
  ck_address immediate[2];
  int is_immediate;
  int mode; /* of an input; of an output not CK_FIXED */
  ck_int stride[CK_FUSED_RANK];
} ck_fused_operand;

/* The walk, packs and tail are those of ck_elementwise. Kernels take only as many operands as their program has. */
typedef struct ck_fusion {
  ck_walk walk;
  ck_int tail;
  ck_fused_operand operands[CK_FUSED_OPERANDS]; /* the outputs first */
} ck_fusion;

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

/* Division by an extent, as in ck_walk: where what is divided is below 2^31, a multiplication. ------- */

typedef struct ck_divisor {
  ck_int extent;
  unsigned multiplier;
  unsigned shift;
} ck_divisor;

/* Pooling: pooling.cu. --------------------------------------------------------------- */

/* The axes are batch, channel and three of space, of which those that a tensor lacks come first and have extent 1. A
 * thread has one element of `out`: the kernel looks for what of `in` belongs to it.
 */
typedef struct ck_pool {
  ck_address out, in, index, fault;
  ck_address strays; /* a word that is not 0 where a window's position is not of the window */
  ck_int count; /* of the elements of out */
  int is_narrow;
  int is_channels_last; /* the order in which threads go over the elements */
  int lanes;            /* that share one element: 1 or 32 */
  int is_padding_counted;
  int op;
  int reserved;
  ck_divisor extent[5]; /* of out */
  ck_int out_stride[5], in_stride[5], index_stride[5];
  ck_int data[3];    /* the extents that windows lie in */
  ck_int windows[3]; /* the number of windows */
  ck_int kernel[3], step[3], low[3], high[3], dilation[3];
  ck_int divisor;
} ck_pool;

/* Convolution: convolution_direct.cu. ------------------------------------------------- */

/* Of the three tensors of the trilinear form, at any strides: x (batch, channel, space), w (result channel, channel,
 * taps), y (batch, result channel, space); of space three axes, of which those that are lacking come first and have
 * extent 1. Channels are those of one group.
 */
typedef struct ck_correlation {
  ck_address x, w, y, bias; /* of bias 0 for none */
  ck_int bias_stride;
  ck_int count; /* of the elements of what is computed */
  int is_narrow;
  int is_channels_last; /* the order in which threads go over the elements */
  ck_int batch, groups, channels, results;
  ck_divisor extent[5]; /* of what is computed */
  ck_int data[3], windows[3], taps[3], step[3], low[3], dilation[3];
  ck_int x_stride[5], w_stride[5], y_stride[5];
  ck_divisor space[3]; /* of y */
  ck_group group;      /* threads to an element of the weight's gradient */
} ck_correlation;

/* Convolution by tiles of a product: convolution_tiles.cu, convolution_mma.cu. ------------ */

/* Rows of the result that a block computes, and threads of the kernel without matrix units. */
#define CK_PIXEL_TILE 128
#define CK_CHANNEL_TILE 64
#define CK_TILE_THREADS 128

/* Of the kernel with matrix units: threads, terms of the sum to a stage, stages under way. */
#define CK_MMA_THREADS 256
#define CK_MMA_DEPTH 32
#define CK_MMA_STAGES 3

/* What kind of product it is. */
#define CK_OF_PIXELS 0  /* CONVOLUTION: rows are pixels of y, the sum goes over taps and channels of x */
#define CK_OF_INPUT 1   /* CONVOLUTION_INPUT: rows are pixels of x, the sum goes over taps and channels of y */
#define CK_OF_WEIGHT 2  /* CONVOLUTION_WEIGHT: rows are taps and channels, the sum goes over the pixels of y */

/* For each group of channels a product of m rows and n columns. `a` has its channels last, padded with zeros to
 * whole packs of 16 bytes; `b` is a matrix of n rows of k for each group, or with CK_OF_WEIGHT y, like `a`.
 */
typedef struct ck_tiles {
  ck_address a, b, out, bias, partial;
  ck_int bias_stride;
  ck_int m, n, k;
  int groups;
  int channels; /* of a group of `a`, as padded */
  int kept;     /* those that are not padding */
  int splits;   /* of the sum: each writes a matrix m x n for each group to `partial` */
  ck_divisor pixel[3];   /* those of the rows, or of the sum */
  int a_stride[4];       /* batch, space */
  int a_extent[3];
  ck_int a_group;
  int b_stride[4];       /* batch, space; of y */
  ck_int b_group;
  int taps[3], step[3], low[3], dilation[3];
  ck_int out_stride[4];  /* batch, space; or channel, taps */
  ck_int out_group, out_column;
  ck_int part;           /* pixels to a split */
} ck_tiles;

/* Channels last: packing.cu. The target has `step` elements from pixel to pixel. */
typedef struct ck_packing {
  ck_address target, source;
  ck_axes outer;  /* operands: target, source */
  ck_axes pixels; /* operands: source */
  ck_int channels, padded, channel_stride, step;
} ck_packing;

/* Attention: attention.cu, attention_mma.cu. --------------------------------------------- */

#define CK_MASK_NONE 0
#define CK_MASK_SEEN 1  /* of bool: true where the query sees the key */
#define CK_MASK_ADDED 2 /* of the type: added to the score */

/* Strides are those of batch, head, row, and element of a row; the mask's of batch, head, query and key. Query heads
 * come in groups of `share` for each key head.
 */
typedef struct ck_attention {
  ck_address q, k, v, g, out, mask;
  ck_address sums;      /* the logarithms of sums */
  ck_address means;     /* the backward pass: for each query the product of g and out, row-major */
  ck_address dq, dk, dv;
  ck_int batch, heads, share, queries, keys, width, value_width;
  ck_int q_stride[4], k_stride[4], v_stride[4], g_stride[4], out_stride[4], mask_stride[4];
  ck_int sum_stride[3];
  ck_int dq_stride[4], dk_stride[4], dv_stride[4];
  double scale;
  double keep; /* what dropout multiplies with */
  float drop;  /* its probability, 0 without dropout */
  int mask_kind;
  int is_causal;
  ck_int pieces; /* blocks for the same rows, each with some columns of the result */
  unsigned long long seed, offset;
} ck_attention;

/* SORT and TOPK: order.cu. ---------------------------------------------------------------- */

/* Elements that a block sorts in shared memory, and those that a block moves by digits (half of them of 64 bits). */
#define CK_ORDER_BLOCK 2048
#define CK_ORDER_TILE 4096
/* Of so few tiles a thread adds up the counts, of more a block. */
#define CK_ORDER_FEW_TILES 32

typedef struct ck_order {
  ck_address in, out, index;
  ck_axes slices; /* operands: in, out, index */
  ck_int length;  /* of the input's slices */
  ck_int kept;    /* of the outputs' */
  ck_int stride[3];
  int is_descending;
  int padded;               /* a slice's elements, or those kept, made a power of two */
  ck_address keys[2];       /* scratch: from, to; with `kept` places for each slice where the first few are chosen */
  ck_address positions[2];
  ck_address counts;        /* for each slice and digit, of each tile */
  ck_address totals;        /* for each slice and digit */
  ck_address choices;       /* 16 bytes for each slice */
  ck_int tiles;             /* of a slice */
  ck_int rows;              /* of `counts` */
  int shift;                /* of the digit */
  int is_first, is_last;    /* pass */
  int reserved;
} ck_order;

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
