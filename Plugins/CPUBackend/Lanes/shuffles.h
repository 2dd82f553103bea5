/* Vectors of complex numbers, taken apart and put together, and squares of numbers transposed. As in lanes.h all is
 * inlined. */
#ifndef BACKPLANE_CPU_SHUFFLES_H
#define BACKPLANE_CPU_SHUFFLES_H

#include "lanes.h"

typedef float lanes_f32x8 __attribute__((vector_size(32)));
typedef double lanes_f64x4 __attribute__((vector_size(32)));

/* a*b + c of half a vector: fused where the level has it. */
#ifdef __FMA__
LANES_INLINE lanes_f32x8 lanes_fma_f32x8(lanes_f32x8 a, lanes_f32x8 b, lanes_f32x8 c) {
  return __builtin_elementwise_fma(a, b, c);
}
LANES_INLINE lanes_f64x4 lanes_fma_f64x4(lanes_f64x4 a, lanes_f64x4 b, lanes_f64x4 c) {
  return __builtin_elementwise_fma(a, b, c);
}
#else
LANES_INLINE lanes_f32x8 lanes_fma_f32x8(lanes_f32x8 a, lanes_f32x8 b, lanes_f32x8 c) { return a * b + c; }
LANES_INLINE lanes_f64x4 lanes_fma_f64x4(lanes_f64x4 a, lanes_f64x4 b, lanes_f64x4 c) { return a * b + c; }
#endif

/* Of two halves of vectors what lanes.h has of whole ones: the even and the odd lanes; and back, their lanes in turn. */
#define LANES_EVEN4 0, 2, 4, 6
#define LANES_ODD4 1, 3, 5, 7
#define LANES_LOW4 0, 4, 1, 5
#define LANES_HIGH4 2, 6, 3, 7
#define LANES_EVEN8 0, 2, 4, 6, 8, 10, 12, 14
#define LANES_ODD8 1, 3, 5, 7, 9, 11, 13, 15
#define LANES_LOW8 0, 8, 1, 9, 2, 10, 3, 11
#define LANES_HIGH8 4, 12, 5, 13, 6, 14, 7, 15

#define LANES_SHUFFLES(suffix, lanes)                                                                             \
  LANES_INLINE lanes_##suffix lanes_evens_##suffix(lanes_##suffix a, lanes_##suffix b) {                          \
    return __builtin_shufflevector(a, b, LANES_EVEN##lanes);                                                      \
  }                                                                                                               \
  LANES_INLINE lanes_##suffix lanes_odds_##suffix(lanes_##suffix a, lanes_##suffix b) {                           \
    return __builtin_shufflevector(a, b, LANES_ODD##lanes);                                                       \
  }                                                                                                               \
  LANES_INLINE lanes_##suffix lanes_zip_low_##suffix(lanes_##suffix a, lanes_##suffix b) {                        \
    return __builtin_shufflevector(a, b, LANES_LOW##lanes);                                                       \
  }                                                                                                               \
  LANES_INLINE lanes_##suffix lanes_zip_high_##suffix(lanes_##suffix a, lanes_##suffix b) {                       \
    return __builtin_shufflevector(a, b, LANES_HIGH##lanes);                                                      \
  }
LANES_SHUFFLES(f32x8, 8)
LANES_SHUFFLES(f64x4, 4)
#undef LANES_SHUFFLES

/* A square of numbers, whose rows are vectors at a distance of some numbers, becomes its transpose. */
LANES_INLINE void lanes_transpose_f32x8(const float *in, int64_t in_row, float *out, int64_t out_row) {
  lanes_f32x8 a[8], b[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) memcpy(&a[i], in + i * in_row, 32);
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 2) {
    b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i += 4) {
    a[i] = __builtin_shufflevector(b[i], b[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    a[i + 1] = __builtin_shufflevector(b[i], b[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    a[i + 2] = __builtin_shufflevector(b[i + 1], b[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    a[i + 3] = __builtin_shufflevector(b[i + 1], b[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    b[i] = __builtin_shufflevector(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    b[i + 4] = __builtin_shufflevector(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) memcpy(out + i * out_row, &b[i], 32);
}

LANES_INLINE void lanes_transpose_f64x4(const double *in, int64_t in_row, double *out, int64_t out_row) {
  lanes_f64x4 a[4], b[4];
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) memcpy(&a[i], in + i * in_row, 32);
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i += 2) {
    b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 4, 2, 6);
    b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 5, 3, 7);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++) {
    a[i] = __builtin_shufflevector(b[i], b[i + 2], 0, 1, 4, 5);
    a[i + 2] = __builtin_shufflevector(b[i], b[i + 2], 2, 3, 6, 7);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) memcpy(out + i * out_row, &a[i], 32);
}

/* Of whole vectors: each round puts the rows of both halves in turn, lane by lane. */
#define LANES_TRANSPOSE(suffix, type, lanes, rounds)                                                              \
  LANES_INLINE void lanes_transpose_##suffix(const type *in, int64_t in_row, type *out, int64_t out_row) {        \
    lanes_##suffix a[lanes], b[lanes];                                                                            \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < lanes; i++) memcpy(&a[i], in + i * in_row, 64);        \
    _Pragma("clang loop unroll(full)") for (int round = 0; round < rounds; round++) {                             \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < lanes / 2; i++) {                                    \
        b[2 * i] = lanes_zip_low_##suffix(a[i], a[i + lanes / 2]);                                                \
        b[2 * i + 1] = lanes_zip_high_##suffix(a[i], a[i + lanes / 2]);                                           \
      }                                                                                                           \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < lanes; i++) a[i] = b[i];                             \
    }                                                                                                             \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < lanes; i++) memcpy(out + i * out_row, &a[i], 64);      \
  }
LANES_TRANSPOSE(f32, float, 16, 4)
LANES_TRANSPOSE(f64, double, 8, 3)
#undef LANES_TRANSPOSE

#endif
