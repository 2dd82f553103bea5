// Indices from memory, which may lie outside their extent.
#pragma once

#include "axes.cuh"

// Whether an index is within its extent. The first that is not is told to the host.
__device__ inline bool is_within(const ck_indexing &p, i64 index) {
  if (index >= 0 && index < p.extent) return true;
  ck_fault *fault = (ck_fault *)p.fault;
  if (atomicCAS(&fault->op, 0, p.op) == 0) {
    fault->index = index;
    fault->extent = p.extent;
    fault->ready = 1;
  }
  return false;
}
