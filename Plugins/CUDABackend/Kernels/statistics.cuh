// What the kernels of NORMALIZE, its gradients and NORMALIZE_FROZEN share.
#pragma once

#include "axes.cuh"
#include "sums.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value; // of statistics, weights and biases, too

// Elements that are read and written at once.
constexpr int V = 16 / sizeof(element);
typedef pack<element, V> packed;

// Of one result, what each element is made with.
//   NORMALIZE           mean, what the mean was rounded by, factor, addend
//   NORMALIZE_BACKWARD  mean, what multiplies x - mean, factor, what is taken from the gradient
typedef pack<value, 4> constants;

__device__ inline double root(double x) { return sqrt(x); }
__device__ inline float root(float x) { return sqrtf(x); }

__device__ inline value one_of(ck_address data, i64 at, value otherwise) {
  return data ? ((const value *)data)[at] : otherwise;
}

// Two sums at once.
typedef sum_of<DTYPE>::type sum;
struct pair_of_sums {
  sum first, second;
};
__device__ inline pair_of_sums shuffled(pair_of_sums x, int mask) {
  return {shuffled(x.first, mask), shuffled(x.second, mask)};
}
struct add_pairs {
  __device__ static pair_of_sums merge(pair_of_sums a, pair_of_sums b) {
    return {add(a.first, b.first), add(a.second, b.second)};
  }
};
struct add_sums {
  __device__ static sum merge(sum a, sum b) { return add(a, b); }
};

// A sum of squares. Those of float64 may leave its range in either direction, where their root does not: what is large
// or small is added up in other units.
#if DTYPE == BP_FLOAT64
struct sum_of_squares {
  double small, middle, large; // of units of 2^-600, 1 and 2^600
};
__device__ inline sum_of_squares shuffled(sum_of_squares x, int mask) {
  return {shuffled(x.small, mask), shuffled(x.middle, mask), shuffled(x.large, mask)};
}
__device__ inline sum_of_squares add(sum_of_squares a, sum_of_squares b) {
  return {a.small + b.small, a.middle + b.middle, a.large + b.large};
}
// Adds weight * x * y, of numbers much alike.
__device__ inline void take_product(sum_of_squares &a, double x, double y, double weight = 1) {
  double size = fabs(x);
  if (size > 0x1p500) {
    a.large += x * 0x1p-600 * (y * 0x1p-600) * weight;
  } else if (size < 0x1p-500) {
    a.small += x * 0x1p600 * (y * 0x1p600) * weight;
  } else {
    a.middle += x * y * weight;
  }
}
__device__ inline double scale_of(sum_of_squares a, double count, double eps) {
  if (a.large > 0)
    return 0x1p-600 / sqrt(a.large / count + (a.middle / count * 0x1p-600 + eps * 0x1p-600) * 0x1p-600);
  if (a.middle > 0 || eps > 0x1p-900 || a.small != a.small || a.middle != a.middle || a.large != a.large || count == 0)
    return 1 / sqrt((a.large + a.middle + a.small * 0x1p-600 * 0x1p-600) / count + eps);
  return 0x1p600 / sqrt(a.small / count + eps * 0x1p600 * 0x1p600);
}
#else
typedef double sum_of_squares;
__device__ inline void take_product(double &a, double x, double y) { a += x * y; }
__device__ inline value scale_of(double squares, double count, double eps) {
  return (value)(1 / root(squares / count + eps));
}
#endif

struct add_squares {
  __device__ static sum_of_squares merge(sum_of_squares a, sum_of_squares b) { return add(a, b); }
};
