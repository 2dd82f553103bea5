// Elements that become others of another type, or one of two.
#pragma once

#include "common.cuh"

// COPY between types: [BP-3.3]; and of bool to bool, which makes 0 or 1 of every byte.
template <int source, int target> struct conversion {
  typedef type_of<source> from;
  typedef type_of<target> to;
  typedef typename from::value given;
  typedef typename to::value wanted;

  __device__ static typename to::element apply(typename from::element element) {
    given x = from::load(element);
    if constexpr (to::kind == KIND_BOOL) {
      return to::store(x != 0);
    } else if constexpr (to::kind == KIND_INTEGER) {
      if constexpr (from::kind == KIND_FLOAT) {
        // What int64 cannot hold becomes its least value.
        i64 whole = x >= (given)-0x1p63 && x < (given)0x1p63 ? (i64)x : (i64)((u64)1 << 63);
        return to::store((wanted)whole);
      } else {
        return to::store((wanted)x);
      }
    } else if constexpr (from::kind == KIND_FLOAT) {
      if constexpr (sizeof(given) == 8) return to::store_wide(x);
      return to::store((wanted)x);
    } else if constexpr (sizeof(given) <= 2 || sizeof(typename to::element) >= 4) {
      return to::store((wanted)x);  // One rounding at most.
    } else {
      return to::store_wide(double_to_round_further((i64)x));
    }
  }
};

// WHERE of elements, whatever they are; a bool is made 0 or 1.
template <class E> __device__ inline E chosen(u8 condition, E x, E y) { return condition != 0 ? x : y; }

__device__ inline boolean chosen(u8 condition, boolean x, boolean y) {
  return {(u8)((condition != 0 ? x : y).bits != 0 ? 1 : 0)};
}
