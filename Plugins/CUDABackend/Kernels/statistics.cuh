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

// The scale, of the sum of the squares of deviations.
__device__ inline value scale_of(double squares, double count, double eps) {
  return (value)(1 / root(squares / count + eps));
}
