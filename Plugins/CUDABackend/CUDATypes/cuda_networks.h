/* The parameters of the kernels of what networks are made of: as cuda_kernels.h. */
#ifndef BACKPLANE_CUDA_NETWORKS_H
#define BACKPLANE_CUDA_NETWORKS_H

#include "cuda_kernels.h"

#define CK_WIDELY_WALKED 8

/* As ck_axes, of up to eight operands. */
typedef struct ck_wide_axes {
  ck_int count; /* of elements */
  int rank;
  int is_narrow; /* count < 2^31 */
  ck_int extent[CK_MAX_RANK];
  unsigned multiplier[CK_MAX_RANK];
  unsigned shift[CK_MAX_RANK];
  ck_int stride[CK_WIDELY_WALKED][CK_MAX_RANK];
} ck_wide_axes;

/* NORMALIZE, its gradients and NORMALIZE_FROZEN: statistics.cu, statistics_rows.cu, statistics_gradient.cu,
 * statistics_spread.cu. ------------------------------------------------------------------------- */

/* The operands, as the axes count them. A pass whose operands do not include the first has the constants there. */
#define CK_OUT 0
#define CK_X 1
#define CK_GRADIENT 2
#define CK_MEAN 3
#define CK_SCALE 4 /* or the variance */
#define CK_WEIGHT 5
#define CK_BIAS 6 /* or its gradient */
#define CK_WEIGHT_GRADIENT 7
#define CK_CONSTANTS CK_OUT

/* Sums over the reduced axes, for each of the kept ones. What is not given has no address. */
typedef struct ck_statistics {
  ck_address data[CK_WIDELY_WALKED];
  ck_address partial; /* as of ck_reduction */
  ck_wide_axes kept;
  ck_wide_axes reduced;
  ck_int count;    /* elements that a sum is over */
  ck_int segments; /* 1: there is one pass */
  ck_int segment;  /* items of one segment */
  double eps;
  ck_group group;
  int is_uncentered;
  int is_folded; /* the weight is the same along the reduced axes: the constants have it */
  int is_fixed;  /* so are mean and scale */
  int reserved;
} ck_statistics;

/* What is done to each element: rows of elements that are evenly spaced. */
typedef struct ck_spread {
  ck_address data[CK_WIDELY_WALKED]; /* the constants at CK_MEAN, but of NORMALIZE_FROZEN */
  ck_wide_axes rows;
  ck_int length; /* of a row, in packs where it has them */
  ck_int stride[CK_WIDELY_WALKED]; /* of elements along a row */
  ck_int segments;
  ck_int segment; /* items of a row that are done together */
  double eps;
  ck_group group;
  int is_fixed; /* the constants are the same along a row */
  int reserved;
} ck_spread;

/* Slices without gaps that their threads keep in registers. */
typedef struct ck_statistics_rows {
  ck_address data[CK_WIDELY_WALKED];
  ck_address partial; /* of the gradients of weight and bias: two rows for each block */
  ck_wide_axes slices;
  ck_int length;
  ck_int run; /* the weight moves on after so many elements, a multiple of a pack's; 0: with each of them */
  ck_int run_stride;
  ck_int gradient_stride[2]; /* of the gradients of weight and bias */
  double eps;
  ck_group group;
  int is_uncentered;
  int blocks;
} ck_statistics_rows;

/* Blocks of gradient_rows that a multiprocessor has room for. */
CK_CONSTANT int ck_gradient_blocks(int threads, int packs, int size) {
  return threads > 256 ? 1 : packs == 1 && size == 4 ? 3 : 2;
}

/* CROSS_ENTROPY and its gradient: cross_entropy.cu. ------------------------------------------------ */

/* The operands, as the axes count them. */
#define CK_LOGITS 0
#define CK_TARGETS 1
#define CK_LOSS 2 /* or the incoming gradient */
#define CK_LOGARITHM 3
#define CK_FACTOR 4
#define CK_LOGITS_GRADIENT 5

typedef struct ck_cross_entropy {
  ck_address data[CK_WIDELY_WALKED];
  ck_address weights;
  ck_address weight_sum; /* a double, where it is wanted and there are weights */
  ck_address fault;      /* of ck_fault */
  ck_wide_axes rows;
  ck_int classes;
  ck_int stride; /* of the logits along the classes, then of their gradient and the weights */
  ck_int gradient_stride;
  ck_int weight_stride;
  ck_int ignore_index;
  double smoothing;
  ck_group group;
  int op;
  int reserved;
} ck_cross_entropy;

/* Optimizer steps: optimizer.cu. ------------------------------------------------------ */

#define CK_PARAMETERS 32
/* Elements of a parameter that a block takes at once. */
#define CK_CHUNK 2048

/* Operands of a parameter. */
#define CK_STATES 5

/* Parameters whose operands are contiguous: those of each lie at data[0 ...][i]: the gradient, the parameter, and what is
 * kept for it. */
typedef struct ck_parameters {
  ck_address data[CK_STATES][CK_PARAMETERS];
  ck_int length[CK_PARAMETERS];
  ck_int first_chunk[CK_PARAMETERS + 1];
  ck_int count;
  /* Of one parameter, where its operands are not contiguous; a rank of 0 otherwise. */
  ck_wide_axes axes;
} ck_parameters;

typedef struct ck_adam {
  ck_parameters parameters;
  double beta2, eps;
  double gradient_share[2]; /* 1 - beta1, 1 - beta2 */
  double decay;             /* weight_decay, or lr * weight_decay where it is decoupled */
  double rate;              /* lr / (1 - beta1^t) */
  double correction;        /* 1 / sqrt(1 - beta2^t) */
  ck_int decoupled;
} ck_adam;

typedef struct ck_sgd {
  ck_parameters parameters;
  double lr, momentum, damped, weight_decay;
  int has_momentum, nesterov, first_step;
  int reserved;
} ck_sgd;

typedef struct ck_rmsprop {
  ck_parameters parameters;
  double lr, alpha, share, eps, weight_decay, momentum; /* share: 1 - alpha */
  int has_momentum, centered;
} ck_rmsprop;

typedef struct ck_adagrad {
  ck_parameters parameters;
  double rate, eps, weight_decay; /* rate: lr/(1 + (step-1)*lr_decay) */
} ck_adagrad;

/* SUM_OF_SQUARES: squares.cu. ------------------------------------------------------------------------ */

/* Elements of a tensor that a block takes at once. */
#define CK_SQUARES_CHUNK 16384

/* Tensors at data[0], and where their sums go at data[1]; a chunk is of CK_SQUARES_CHUNK elements. */
typedef struct ck_squares {
  ck_parameters tensors;
  ck_address partial; /* of each chunk: two words of 64 bits */
} ck_squares;

/* DROPOUT: dropout.cu. The walk is in row-major order. ------------------------------------------------- */

typedef struct ck_dropout {
  ck_walk walk;
  ck_operand operands[2]; /* the output first */
  int is_dense;           /* without gaps, and aligned to four elements */
  float p;
  double scale;
  unsigned long long seed, offset;
} ck_dropout;

/* LINEAR: affine.cu. ------------------------------------------------------------------------------------- */

/* What follows the product: in the type of statistics where `is_wide`, else in that of the result. */
typedef struct ck_affine {
  ck_address product, bias, out;
  ck_int rows, columns; /* of the result; in packs where it has them */
  ck_int product_stride; /* from row to row, in elements */
  ck_int bias_stride;
  ck_int row_stride, column_stride;
} ck_affine;

/* Recurrent layers: recurrence.cu. A step of N rows of `hidden` elements, all without gaps but where strides are given;
 * what is in the type of statistics is said. ---------------------------------------------------------------- */

typedef struct ck_recurrent_step {
  ck_int rows, hidden;
  ck_address input;     /* statistics (N, GH): wi x, and of RNN and LSTM with wh h added */
  ck_address state;     /* statistics (N, GH): wh h of GRU */
  ck_address bias[2];   /* bi, bh, or none */
  ck_int bias_stride[2];
  ck_address before;    /* (N, H): h of GRU, c of LSTM before the step */
  ck_address h, c;      /* (N, H): after it */
  ck_address gates;     /* (N, 4H) */
  int is_relu;
  int reserved;
} ck_recurrent_step;

typedef struct ck_recurrent_gradient {
  ck_int rows, hidden;
  ck_address incoming; /* (N, H): the gradient of y at the step */
  ck_int row_stride, column_stride;
  ck_address h_gradient; /* statistics (N, H): of h after the step; of GRU then that of h before it, as far as it is direct */
  ck_address c_gradient; /* statistics (N, H): of c after the step, then before it */
  ck_address before;     /* (N, H): h of GRU, c of LSTM before the step */
  ck_address h, c;       /* (N, H): after it */
  ck_address gates;      /* (N, 4H) */
  ck_address input;      /* statistics (N, GH): the gradient of wi x */
  ck_address state;      /* statistics (N, GH): that of wh h, of GRU */
  int is_relu;
  int reserved;
} ck_recurrent_gradient;

/* CUMSUM, CUMPROD, CUMMAX, CUMMIN: scans.cu. ------------------------------------------------------------------ */

/* Elements that follow one another in the hands of one thread. */
#define CK_SCANNED 8

typedef struct ck_scan {
  ck_address data, out, index; /* the index of the extremes */
  ck_address partial;          /* of each segment but the last, two words of 64 bits: a segment after another */
  ck_axes slices;              /* operands: out, data, index */
  ck_int length;
  ck_int stride[3];
  ck_int segments;
  ck_int segment; /* elements */
  ck_group group; /* columns: a thread has a slice; else the threads of a warp, or of a block, have one together */
} ck_scan;

/* FFT: fourier.cu. ----------------------------------------------------------------------------------------------- */

/* Factors of an extent, each of 2 or more. */
#define CK_MOST_FACTORS 64
/* Bytes of a slice that a block transforms in shared memory, where it has two copies. */
#define CK_FOURIER_BYTES 16384

typedef struct ck_fourier {
  ck_address source, target;
  ck_address table; /* exp(-2 pi i k/length), or its conjugate of an inverse, for each k < length */
  ck_axes slices;   /* operands: target, source */
  ck_int length;
  ck_int stride[2];
  double scale;
  int is_inverse;
  int count; /* of factors */
  ck_int radix[CK_MOST_FACTORS];
  ck_int done; /* of a pass: the product of the factors before */
} ck_fourier;

#endif
