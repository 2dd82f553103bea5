// What the kernels of SORT and TOPK share: keys that are unsigned integers in the order of the elements of type DTYPE.
#pragma once

#include "axes.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;

#if DTYPE == BP_BOOL || DTYPE == BP_UINT8 || DTYPE == BP_INT8
typedef u8 key_type;
#elif DTYPE == BP_INT16 || DTYPE == BP_FLOAT16 || DTYPE == BP_BFLOAT16
typedef u16 key_type;
#elif DTYPE == BP_INT32 || DTYPE == BP_FLOAT32
typedef u32 key_type;
#else
typedef u64 key_type;
#endif

constexpr int KEY_BITS = 8 * sizeof(key_type);
constexpr key_type TOP_BIT = (key_type)((key_type)1 << (KEY_BITS - 1)), LAST_KEY = (key_type)~(key_type)0;

__device__ inline key_type bits_of(element x) {
  union {
    element value;
    key_type bits;
  } both;
  both.value = x;
  return both.bits;
}

__device__ inline element of_bits(key_type bits) {
  union {
    element value;
    key_type bits;
  } both;
  both.bits = bits;
  return both.value;
}

// Zeros are equal, and NaNs, which come last.
__device__ inline key_type ascending_key(element x) {
  key_type bits = bits_of(x);
#if DTYPE == BP_BOOL
  return bits != 0;
#elif DTYPE == BP_UINT8
  return bits;
#elif DTYPE <= BP_INT64
  return bits ^ TOP_BIT;
#else
  type::value v = type::load(x);
  if (v != v) return LAST_KEY;
  if (v == 0) return TOP_BIT;
  return bits & TOP_BIT ? (key_type)~bits : (key_type)(bits | TOP_BIT);
#endif
}

__device__ inline key_type key_of(const ck_order &p, element x) {
  key_type key = ascending_key(x);
  return p.is_descending ? (key_type)~key : key;
}

// The element of a key, from where it lies if several elements have it.
__device__ inline element element_of(const ck_order &p, key_type key, const element *data, i64 position) {
  if (p.is_descending) key = (key_type)~key;
#if DTYPE == BP_BOOL || DTYPE == BP_UINT8
  return of_bits(key);
#elif DTYPE <= BP_INT64
  return of_bits(key ^ TOP_BIT);
#else
  if (key == LAST_KEY || key == TOP_BIT) return data[position * p.stride[0]];
  return of_bits(key & TOP_BIT ? (key_type)(key ^ TOP_BIT) : (key_type)~key);
#endif
}
