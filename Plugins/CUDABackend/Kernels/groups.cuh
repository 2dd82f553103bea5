// Threads of a block that work on one result together.
#pragma once

#include "common.cuh"

#define EVERY_LANE 0xffffffffu

// A thread's part: its result among the block's, and its place among those who work on it.
struct member {
  int column, place;
};

__device__ inline member member_of(const ck_group &group) {
  int thread = threadIdx.x;
  if (group.is_columns) return {thread % group.width, thread / group.width};
  return {thread / group.height, thread % group.height};
}

__device__ inline float shuffled(float x, int mask) { return __shfl_xor_sync(EVERY_LANE, x, mask); }
__device__ inline double shuffled(double x, int mask) { return __shfl_xor_sync(EVERY_LANE, x, mask); }
__device__ inline i64 shuffled(i64 x, int mask) { return __shfl_xor_sync(EVERY_LANE, x, mask); }

// What F makes of the accumulators of a group, the same for each of its threads. Every thread of the block takes part.
// `shared` has room for MOST_SHARED accumulators.
#define MOST_SHARED 256

template <class F, class A> __device__ inline A together(A a, const ck_group &group, A *shared) {
  int thread = threadIdx.x, height = group.height;
  if (height == 1) return a;
  if (group.is_columns) {
    int width = group.width;
    for (int half = height / 2; half > 0; half /= 2) {
      shared[thread] = a;
      __syncthreads();
      if (thread < half * width) a = F::merge(a, shared[thread + half * width]);
      __syncthreads();
    }
    if (thread < width) shared[thread] = a;
    __syncthreads();
    a = shared[thread % width];
    __syncthreads();
    return a;
  }
  for (int mask = (height < 32 ? height : 32) / 2; mask > 0; mask /= 2) a = F::merge(a, shuffled(a, mask));
  if (height <= 32) return a;
  if (thread % 32 == 0) shared[thread / 32] = a;
  __syncthreads();
  int warps = height / 32;
  a = shared[thread / height * warps + thread % warps];
  for (int mask = warps / 2; mask > 0; mask /= 2) a = F::merge(a, shuffled(a, mask));
  __syncthreads();
  return a;
}
