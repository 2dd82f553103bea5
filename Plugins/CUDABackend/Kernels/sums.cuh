// Sums that are wider than their terms.
#pragma once

#include "groups.cuh"

// A sum of float64, for which there is no wider type: the rounded sum, and what was lost by rounding.
struct sum_with_rest {
  double sum, rest;
};

__device__ inline sum_with_rest shuffled(sum_with_rest x, int mask) {
  return {shuffled(x.sum, mask), shuffled(x.rest, mask)};
}

// Knuth's addition without error: The Art of Computer Programming, volume 2, 4.2.2, theorem B.
__device__ inline sum_with_rest add(sum_with_rest a, sum_with_rest b) {
  double sum = a.sum + b.sum, part = sum - a.sum;
  return {sum, (a.rest + b.rest) + ((a.sum - (sum - part)) + (b.sum - part))};
}
__device__ inline double add(double a, double b) { return a + b; }
__device__ inline i64 add(i64 a, i64 b) { return (i64)((u64)a + (u64)b); }
__device__ inline double multiply(double a, double b) { return a * b; }
__device__ inline i64 multiply(i64 a, i64 b) { return (i64)((u64)a * (u64)b); }

__device__ inline double total(double a) { return a; }
// The rest of an infinite sum is not a number.
__device__ inline double total(sum_with_rest a) { return a.rest - a.rest == 0 ? a.sum + a.rest : a.sum; }

// A sum of float64: of terms in `value`, or of such sums.
template <int> struct sum_of {
  typedef double type;
};
template <> struct sum_of<BP_FLOAT64> {
  typedef sum_with_rest type;
};

__device__ inline void accumulate(double &a, double x) { a += x; }
__device__ inline void accumulate(sum_with_rest &a, double x) { a = add(a, {x, 0}); }
