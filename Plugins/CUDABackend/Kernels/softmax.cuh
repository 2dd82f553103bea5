// What the kernels of SOFTMAX, LOG_SOFTMAX and their gradients share.
#pragma once

#include "axes.cuh"
#include "groups.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

__device__ inline float exponential(float x) { return expf(x); }
__device__ inline double exponential(double x) { return exp(x); }
__device__ inline float logarithm(float x) { return logf(x); }
__device__ inline double logarithm(double x) { return log(x); }

struct greater {
  __device__ static value merge(value a, value b) { return b > a || b != b ? b : a; }
};

struct plus {
  __device__ static double merge(double a, double b) { return a + b; }
};

__device__ inline value lowest() { return (value)-__longlong_as_double(0x7ff0000000000000ll); }
