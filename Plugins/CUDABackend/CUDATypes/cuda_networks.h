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

#endif
