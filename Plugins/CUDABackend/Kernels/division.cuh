// Indices taken apart by division.
#pragma once

#include "common.cuh"

// Divides an index by an extent, and gives what is left over. A narrow one is below 2^31.
__device__ inline i64 take_apart(i64 &index, const ck_divisor &by, int is_narrow) {
  i64 quotient;
  if (is_narrow) {
    u32 rest = (u32)index;
    quotient = ((u32)((u64)rest * by.multiplier >> 32) + rest) >> by.shift;
  } else {
    quotient = index / by.extent;
  }
  i64 left = index - quotient * by.extent;
  index = quotient;
  return left;
}
