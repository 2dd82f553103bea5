// From an index to addresses, for operands that are walked together.
#pragma once

#include "common.cuh"

// Where the element of this row-major index lies in the operands LOW ... LOW + N - 1.
template <int N, int LOW = 0, class Axes>
__device__ inline void locate(const Axes &axes, i64 index, i64 (&offsets)[N]) {
#pragma unroll
  for (int n = 0; n < N; n++) offsets[n] = 0;
  for (int axis = axes.rank - 1; axis > 0; axis--) {
    i64 quotient;
    if (axes.is_narrow) {
      u32 rest = (u32)index;
      quotient = (((u32)((u64)rest * axes.multiplier[axis] >> 32) + rest) >> axes.shift[axis]);
    } else {
      quotient = index / axes.extent[axis];
    }
    i64 i = index - quotient * axes.extent[axis];
#pragma unroll
    for (int n = 0; n < N; n++) offsets[n] += i * axes.stride[LOW + n][axis];
    index = quotient;
  }
  if (axes.rank > 0) {
#pragma unroll
    for (int n = 0; n < N; n++) offsets[n] += index * axes.stride[LOW + n][0];
  }
}
