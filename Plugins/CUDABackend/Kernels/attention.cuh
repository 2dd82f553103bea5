// What the kernels of attention share: of the type DTYPE, with a mask of the kind MASK, and dropping shares with DROPS 1.
// These are the compiler's to know: asked at run time for each score, what is not wanted would still stand between the
// instructions that are, and a loop would no longer fit the instruction cache.
#pragma once

#include "philox.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

__device__ inline float product_sum(float a, float b, float c) { return fmaf(a, b, c); }
__device__ inline double product_sum(double a, double b, double c) { return fma(a, b, c); }
__device__ inline float exponential(float x) { return expf(x); }
__device__ inline double exponential(double x) { return exp(x); }
__device__ inline float logarithm(float x) { return logf(x); }
__device__ inline double logarithm(double x) { return log(x); }
// Of two numbers the greater: a NaN among scores shows in their sum.
__device__ inline float greatest(float a, float b) { return fmaxf(a, b); }
__device__ inline double greatest(double a, double b) { return fmax(a, b); }

__device__ inline value minus_infinity() { return (value)-__longlong_as_double(0x7ff0000000000000ll); }

// A head of a batch of queries; `key_head` of the keys.
struct head {
  i64 batch, query_head, key_head;
};

// Whether a query sees a key, where there are both; what the mask adds.
__device__ inline bool sees(const ck_attention &p, const head &h, i64 query, i64 key, value &added) {
  added = 0;
  if (query >= p.queries || key >= p.keys || (p.is_causal && key > query)) return false;
#if MASK == CK_MASK_NONE
  return true;
#else
  i64 at = h.batch * p.mask_stride[0] + h.query_head * p.mask_stride[1] + query * p.mask_stride[2] +
           key * p.mask_stride[3];
#if MASK == CK_MASK_SEEN
  return ((const u8 *)p.mask)[at] != 0;
#else
  added = type::load(((const element *)p.mask)[at]);
  return true;
#endif
#endif
}

// What dropout multiplies a share with.
__device__ inline value kept(const ck_attention &p, const head &h, i64 query, i64 key) {
#if DROPS
  i64 index = ((h.batch * p.heads + h.query_head) * p.queries + query) * p.keys + key;
  return uniform_of(p.seed, p.offset, index) < p.drop ? (value)0 : (value)p.keep;
#else
  return 1;
#endif
}

__device__ inline i64 sum_of(const ck_attention &p, const head &h, i64 query) {
  return h.batch * p.sum_stride[0] + h.query_head * p.sum_stride[1] + query * p.sum_stride[2];
}

__device__ inline i64 mean_of(const ck_attention &p, const head &h, i64 query) {
  return (h.batch * p.heads + h.query_head) * p.queries + query;
}

__device__ inline i64 head_of(const ck_int (&stride)[4], i64 batch, i64 head) {
  return batch * stride[0] + head * stride[1];
}
