// Indices from memory, which may lie outside their extent.
#pragma once

#include "axes.cuh"

// The first index outside its extent is told to the host.
__device__ inline void report_index(ck_address record, int op, i64 index, i64 extent) {
  ck_fault *fault = (ck_fault *)record;
  if (atomicCAS(&fault->op, 0, op) == 0) {
    fault->index = index;
    fault->extent = extent;
    fault->ready = 1;
  }
}

// Whether an index is within its extent.
__device__ inline bool is_within(const ck_indexing &p, i64 index) {
  if (index >= 0 && index < p.extent) return true;
  report_index(p.fault, p.op, index, p.extent);
  return false;
}
