// What all kernels share: types by number, conversions of the 16-bit floats, and the way from an index to an address.
//
// Nothing of CUDA's or C's headers is included: the text is compiled by NVRTC and, in tests, by the host's compiler.
#pragma once

#define BP_NO_MATH
#define BP_NO_HOST
#include "backplane_backend.h"
#include "cuda_kernels.h"
#include "cuda_networks.h"

typedef unsigned char u8;
typedef signed char i8;
typedef unsigned short u16;
typedef short i16;
typedef unsigned int u32;
typedef int i32;
typedef long long i64;
typedef unsigned long long u64;

#define KERNEL extern "C" __global__ void

// MARK: - The 16-bit floats, in integer arithmetic

__device__ inline float float_of_half(u16 bits) {
  u32 rest = bits & 0x7fffu;
  // As a float32 of the same digits the exponent is 112 too small; the product is exact, of subnormals too.
  u32 value = __float_as_uint(__uint_as_float(rest << 13) * 0x1p112f);
  if (rest >= 0x7c00u) value = 0x7f800000u | rest << 13;
  return __uint_as_float(value | (u32)(bits & 0x8000u) << 16);
}

__device__ inline u16 half_of_float(float x) {
  u32 bits = __float_as_uint(x), sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
  if (rest > 0x7f800000u) return (u16)(sign | 0x7e00u | (rest >> 13 & 0x1ffu));
  if (rest >= 0x47800000u) return (u16)(sign | 0x7c00u);
  // Below the least normal number, the sum with 0.5 has float16's least subnormal as its last place.
  if (rest < 0x38800000u) return (u16)(sign | (__float_as_uint(__uint_as_float(rest) + 0.5f) - 0x3f000000u));
  return (u16)(sign | (rest - 0x38000000u + 0xfffu + (rest >> 13 & 1u)) >> 13);
}

__device__ inline float float_of_bfloat(u16 bits) { return __uint_as_float((u32)bits << 16); }

__device__ inline u16 bfloat_of_float(float x) {
  u32 bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (u16)(bits >> 16 | 0x40u);
  return (u16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// The float32 from which a narrower type rounds as from the float64 itself: cut off, the last bit set for what is lost.
__device__ inline float float_to_round_further(double x) {
  float nearest = (float)x;
  if (x != x || (double)nearest == x) return nearest;
  u32 bits = __float_as_uint(nearest);
  double back = (double)nearest;
  if ((back < 0 ? -back : back) > (x < 0 ? -x : x)) bits -= 1;
  return __uint_as_float(bits | 1u);
}

// A float64 that rounds to any narrower float type as the integer itself would: where float64 has no room for every
// integer, the lowest bit kept stands for all that are dropped.
__device__ inline double double_to_round_further(i64 x) {
  u64 magnitude = x < 0 ? 0 - (u64)x : (u64)x;
  if (magnitude > (u64)1 << 53) x = (x & ~(i64)0x7ff) | ((x & 0x7ff) != 0 ? 0x800 : 0);
  return (double)x;
}

// MARK: - Types by number

struct boolean {
  u8 bits;
};
struct half {
  u16 bits;
};
struct bfloat {
  u16 bits;
};

#define KIND_BOOL 0
#define KIND_INTEGER 1
#define KIND_FLOAT 2

// Of a type: `element` as it lies in memory; `value`, in which kernels compute; `wide`, which holds sums and whatever
// is rounded but once; conversions between them. `store` of an integer wraps.
template <int> struct type_of;

#define INTEGER_TYPE(number, name)                                   \
  template <> struct type_of<number> {                               \
    typedef name element;                                            \
    typedef name value;                                              \
    typedef i64 wide;                                                \
    static const int kind = KIND_INTEGER;                            \
    __device__ static value load(element x) { return x; }            \
    __device__ static element store(value x) { return x; }           \
    __device__ static element store_wide(wide x) { return (name)x; } \
  };
INTEGER_TYPE(BP_UINT8, u8)
INTEGER_TYPE(BP_INT8, i8)
INTEGER_TYPE(BP_INT16, i16)
INTEGER_TYPE(BP_INT32, i32)
INTEGER_TYPE(BP_INT64, i64)
#undef INTEGER_TYPE

template <> struct type_of<BP_BOOL> {
  typedef boolean element;
  typedef bool value;
  typedef i64 wide;
  static const int kind = KIND_BOOL;
  __device__ static value load(element x) { return x.bits != 0; }
  __device__ static element store(value x) { return {(u8)(x ? 1 : 0)}; }
  __device__ static element store_wide(wide x) { return {(u8)(x != 0 ? 1 : 0)}; }
};

template <> struct type_of<BP_FLOAT16> {
  typedef half element;
  typedef float value;
  typedef double wide;
  static const int kind = KIND_FLOAT;
  __device__ static value load(element x) { return float_of_half(x.bits); }
  __device__ static element store(value x) { return {half_of_float(x)}; }
  __device__ static element store_wide(wide x) { return {half_of_float(float_to_round_further(x))}; }
};

template <> struct type_of<BP_BFLOAT16> {
  typedef bfloat element;
  typedef float value;
  typedef double wide;
  static const int kind = KIND_FLOAT;
  __device__ static value load(element x) { return float_of_bfloat(x.bits); }
  __device__ static element store(value x) { return {bfloat_of_float(x)}; }
  __device__ static element store_wide(wide x) { return {bfloat_of_float(float_to_round_further(x))}; }
};

template <> struct type_of<BP_FLOAT32> {
  typedef float element;
  typedef float value;
  typedef double wide;
  static const int kind = KIND_FLOAT;
  __device__ static value load(element x) { return x; }
  __device__ static element store(value x) { return x; }
  __device__ static element store_wide(wide x) { return (float)x; }
};

template <> struct type_of<BP_FLOAT64> {
  typedef double element;
  typedef double value;
  typedef double wide;
  static const int kind = KIND_FLOAT;
  __device__ static value load(element x) { return x; }
  __device__ static element store(value x) { return x; }
  __device__ static element store_wide(wide x) { return x; }
};

// MARK: - Memory

// Some elements that are loaded and stored at once.
template <class E, int N> struct alignas(sizeof(E) * N) pack {
  E at[N];
};

template <class E, class Operand> __device__ inline E *pointer(const Operand &x) { return (E *)x.data; }

// The first element, or an immediate's value. No operand of a kernel is empty.
template <class E, class Operand> __device__ inline E first_element(const Operand &x) {
  return x.is_immediate ? *(const E *)x.immediate : *(const E *)x.data;
}

// MARK: - Indices

__device__ inline i64 thread_index() { return (i64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline i64 thread_count() { return (i64)gridDim.x * blockDim.x; }

// Where the element of this index lies in each of N operands, in elements from their first.
template <int N, class Operand>
__device__ inline void locate(const ck_walk &walk, const Operand *operands, i64 index, i64 (&offsets)[N]) {
#pragma unroll
  for (int n = 0; n < N; n++) offsets[n] = 0;
  if (walk.is_narrow) {
    u32 rest = (u32)index;
#pragma unroll 1
    for (int axis = 0; axis + 1 < walk.rank; axis++) {
      u32 quotient = ((u32)((u64)rest * walk.multiplier[axis] >> 32) + rest) >> walk.shift[axis];
      i64 i = rest - quotient * (u32)walk.extent[axis];
#pragma unroll
      for (int n = 0; n < N; n++) offsets[n] += i * operands[n].stride[axis];
      rest = quotient;
    }
    index = rest;
  } else {
#pragma unroll 1
    for (int axis = 0; axis + 1 < walk.rank; axis++) {
      i64 quotient = index / walk.extent[axis], i = index - quotient * walk.extent[axis];
#pragma unroll
      for (int n = 0; n < N; n++) offsets[n] += i * operands[n].stride[axis];
      index = quotient;
    }
  }
  // What is left is the index along the outermost axis.
  if (walk.rank > 0) {
#pragma unroll
    for (int n = 0; n < N; n++) offsets[n] += index * operands[n].stride[walk.rank - 1];
  }
}
