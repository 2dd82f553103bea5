/* What Swift's SIMD types lack: fused multiply-add, rounding, half conversion and partial loads
 * that compile to one vector instruction each, and cpuid. Header only; every function is inlined
 * into the module that imports it, and so follows that module's -march.
 */
#ifndef BACKPLANE_CPU_LANES_H
#define BACKPLANE_CPU_LANES_H

#include <stdint.h>
#include <string.h>

#define LANES_INLINE static inline __attribute__((always_inline, unused))

typedef float lanes_f32 __attribute__((vector_size(64)));
typedef double lanes_f64 __attribute__((vector_size(64)));
typedef int32_t lanes_i32 __attribute__((vector_size(64)));
typedef uint64_t lanes_u64 __attribute__((vector_size(64)));
typedef uint16_t lanes_u16 __attribute__((vector_size(32)));

/* a*b + c: fused where the level has it. Without it, the kernels' polynomials take two roundings:
 * a call of fma() per lane would be a hundred times slower. */
typedef float lanes_half_f32 __attribute__((vector_size(32)));
typedef double lanes_half_f64 __attribute__((vector_size(32)));
#ifdef __FMA__
LANES_INLINE int32_t lanes_have_fma(void) { return 1; }
LANES_INLINE lanes_half_f32 lanes_fma_half_f32(lanes_half_f32 a, lanes_half_f32 b, lanes_half_f32 c) {
  return __builtin_elementwise_fma(a, b, c);
}
LANES_INLINE lanes_half_f64 lanes_fma_half_f64(lanes_half_f64 a, lanes_half_f64 b, lanes_half_f64 c) {
  return __builtin_elementwise_fma(a, b, c);
}
LANES_INLINE lanes_f32 lanes_fma_f32(lanes_f32 a, lanes_f32 b, lanes_f32 c) {
  return __builtin_elementwise_fma(a, b, c);
}
LANES_INLINE lanes_f64 lanes_fma_f64(lanes_f64 a, lanes_f64 b, lanes_f64 c) {
  return __builtin_elementwise_fma(a, b, c);
}
#else
LANES_INLINE int32_t lanes_have_fma(void) { return 0; }
LANES_INLINE lanes_half_f32 lanes_fma_half_f32(lanes_half_f32 a, lanes_half_f32 b, lanes_half_f32 c) {
  return a * b + c;
}
LANES_INLINE lanes_half_f64 lanes_fma_half_f64(lanes_half_f64 a, lanes_half_f64 b, lanes_half_f64 c) {
  return a * b + c;
}
LANES_INLINE lanes_f32 lanes_fma_f32(lanes_f32 a, lanes_f32 b, lanes_f32 c) { return a * b + c; }
LANES_INLINE lanes_f64 lanes_fma_f64(lanes_f64 a, lanes_f64 b, lanes_f64 c) { return a * b + c; }
#endif

/* One rounding on every level: without the instruction, the C library's fma per lane. */
LANES_INLINE lanes_f64 lanes_exact_fma_f64(lanes_f64 a, lanes_f64 b, lanes_f64 c) {
  return __builtin_elementwise_fma(a, b, c);
}

LANES_INLINE lanes_f32 lanes_sqrt_f32(lanes_f32 a) { return __builtin_elementwise_sqrt(a); }
LANES_INLINE lanes_f64 lanes_sqrt_f64(lanes_f64 a) { return __builtin_elementwise_sqrt(a); }
LANES_INLINE lanes_f32 lanes_floor_f32(lanes_f32 a) { return __builtin_elementwise_floor(a); }
LANES_INLINE lanes_f64 lanes_floor_f64(lanes_f64 a) { return __builtin_elementwise_floor(a); }
LANES_INLINE lanes_f32 lanes_ceil_f32(lanes_f32 a) { return __builtin_elementwise_ceil(a); }
LANES_INLINE lanes_f64 lanes_ceil_f64(lanes_f64 a) { return __builtin_elementwise_ceil(a); }
LANES_INLINE lanes_f32 lanes_trunc_f32(lanes_f32 a) { return __builtin_elementwise_trunc(a); }
LANES_INLINE lanes_f64 lanes_trunc_f64(lanes_f64 a) { return __builtin_elementwise_trunc(a); }
/* To nearest, ties to even, in the default rounding mode. */
LANES_INLINE lanes_f32 lanes_rint_f32(lanes_f32 a) { return __builtin_elementwise_rint(a); }
LANES_INLINE lanes_f64 lanes_rint_f64(lanes_f64 a) { return __builtin_elementwise_rint(a); }

/* A store past the caches to p, a multiple of 64; and what makes such stores visible to others. */
LANES_INLINE void lanes_stream_f32(void *p, lanes_f32 x) {
  __builtin_nontemporal_store(x, (lanes_f32 *)p);
}
LANES_INLINE void lanes_stream_fence(void) { __builtin_ia32_sfence(); }

/* What AVX-512 has an instruction for and the others compute from the bits: x * 2^n for integers
 * |n| <= 252 rounded once; an approximate reciprocal; exponent and mantissa. */
#ifdef __AVX512F__
LANES_INLINE int32_t lanes_have_avx512(void) { return 1; }
LANES_INLINE lanes_f32 lanes_scale_f32(lanes_f32 x, lanes_f32 n) {
  return __builtin_ia32_scalefps512_mask(x, n, x, (uint16_t)-1, 4);
}
LANES_INLINE lanes_f64 lanes_scale_f64(lanes_f64 x, lanes_f64 n) {
  return __builtin_ia32_scalefpd512_mask(x, n, x, (uint8_t)-1, 4);
}
/* The greater and the lesser lane; b where either is NaN. */
LANES_INLINE lanes_f32 lanes_greater_f32(lanes_f32 a, lanes_f32 b) {
  return __builtin_ia32_maxps512(a, b, 4);
}
LANES_INLINE lanes_f32 lanes_lesser_f32(lanes_f32 a, lanes_f32 b) {
  return __builtin_ia32_minps512(a, b, 4);
}
/* 2^(i/16) for the low four bits of each lane. */
LANES_INLINE lanes_f32 lanes_fraction_power_f32(lanes_i32 i) {
  const lanes_f32 powers = {
      1.0f, 1.04427373f, 1.09050775f, 1.13878858f, 1.18920708f, 1.24185777f,
      1.29683959f, 1.35425556f, 1.41421354f, 1.47682619f, 1.54221082f, 1.61049032f,
      1.68179286f, 1.75625217f, 1.8340081f, 1.91520655f};
  return __builtin_ia32_permvarsf512(powers, i);
}
/* n / d for d well within the normal range, to within an ulp or so: a division takes longer. */
LANES_INLINE lanes_f32 lanes_ratio_f32(lanes_f32 n, lanes_f32 d) {
  lanes_f32 r = __builtin_ia32_rcp14ps512_mask(d, d, (uint16_t)-1);
  r = lanes_fma_f32(lanes_fma_f32(-d, r, (lanes_f32){} + 1), r, r);
  lanes_f32 q = n * r;
  return lanes_fma_f32(lanes_fma_f32(-d, q, n), r, q);
}
/* The mantissa in 0.75 ... 1.5; NaN for negative numbers, 1 for infinity. */
LANES_INLINE lanes_f32 lanes_mantissa_f32(lanes_f32 x) {
  return __builtin_ia32_getmantps512_mask(x, 3 | 2 << 2, x, (uint16_t)-1, 4);
}
/* floor(log2(x)) for x > 0; -inf for 0, inf for infinity. */
LANES_INLINE lanes_f32 lanes_exponent_f32(lanes_f32 x) {
  return __builtin_ia32_getexpps512_mask(x, x, (uint16_t)-1, 4);
}
/* Lane i is lane index[i] of x, of which the low four bits count. */
LANES_INLINE int32_t lanes_have_permute(void) { return 1; }
LANES_INLINE lanes_f32 lanes_permute_f32(lanes_f32 x, lanes_i32 index) {
  return __builtin_ia32_permvarsf512(x, index);
}
#else
LANES_INLINE int32_t lanes_have_avx512(void) { return 0; }
#ifdef __AVX2__
typedef float lanes_f32x8 __attribute__((vector_size(32)));
typedef int32_t lanes_i32x8 __attribute__((vector_size(32)));
LANES_INLINE int32_t lanes_have_permute(void) { return 1; }
/* Bit 3 of an index says in which half its lane is. */
LANES_INLINE lanes_f32x8 lanes_permute_half(lanes_f32x8 low, lanes_f32x8 high, lanes_i32x8 index) {
  return __builtin_ia32_blendvps256(
      __builtin_ia32_permvarsf256(low, index), __builtin_ia32_permvarsf256(high, index), (lanes_f32x8)(index << 28));
}
LANES_INLINE lanes_f32 lanes_permute_f32(lanes_f32 x, lanes_i32 index) {
  lanes_f32x8 low = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
  lanes_f32x8 high = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
  lanes_f32x8 a = lanes_permute_half(low, high, __builtin_shufflevector(index, index, 0, 1, 2, 3, 4, 5, 6, 7));
  lanes_f32x8 b = lanes_permute_half(low, high, __builtin_shufflevector(index, index, 8, 9, 10, 11, 12, 13, 14, 15));
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
#else
LANES_INLINE int32_t lanes_have_permute(void) { return 0; }
LANES_INLINE lanes_f32 lanes_permute_f32(lanes_f32 x, lanes_i32 index) {
  lanes_f32 r;
  for (int i = 0; i < 16; i++) r[i] = x[index[i] & 15];
  return r;
}
#endif
LANES_INLINE lanes_f32 lanes_scale_f32(lanes_f32 x, lanes_f32 n) {
  lanes_i32 i = (lanes_i32)(n + 12582912.0f) - 0x4b400000, half = i >> 1;
  return x * (lanes_f32)((half + 127) << 23) * (lanes_f32)((i - half + 127) << 23);
}
typedef int64_t lanes_i64 __attribute__((vector_size(64)));
LANES_INLINE lanes_f64 lanes_scale_f64(lanes_f64 x, lanes_f64 n) {
  /* Halves of the exponent by way of the mantissa's low bits: there is no 64-bit arithmetic shift. */
  lanes_i64 i = (lanes_i64)(n + 0x1.8p52) - (lanes_i64)((lanes_f64){} + 0x1.8p52);
  lanes_i64 half = (lanes_i64)(n * 0.5 + 0x1.8p52) - (lanes_i64)((lanes_f64){} + 0x1.8p52);
  return x * (lanes_f64)((half + 1023) << 52) * (lanes_f64)((i - half + 1023) << 52);
}
LANES_INLINE lanes_f32 lanes_greater_f32(lanes_f32 a, lanes_f32 b) {
  lanes_i32 greater = a > b;
  return (lanes_f32)(((lanes_i32)a & greater) | ((lanes_i32)b & ~greater));
}
LANES_INLINE lanes_f32 lanes_lesser_f32(lanes_f32 a, lanes_f32 b) {
  lanes_i32 lesser = a < b;
  return (lanes_f32)(((lanes_i32)a & lesser) | ((lanes_i32)b & ~lesser));
}
LANES_INLINE lanes_f32 lanes_fraction_power_f32(lanes_i32 i) { return (lanes_f32)i; }
LANES_INLINE lanes_f32 lanes_ratio_f32(lanes_f32 n, lanes_f32 d) { return n / d; }
LANES_INLINE lanes_f32 lanes_mantissa_f32(lanes_f32 x) { return x; }
LANES_INLINE lanes_f32 lanes_exponent_f32(lanes_f32 x) { return x; }
#endif

/* Conversions that the generic initializers of Swift's SIMD types do lane by lane, or out of line. */
LANES_INLINE lanes_i32 lanes_widen_u16(lanes_u16 x) { return __builtin_convertvector(x, lanes_i32); }
LANES_INLINE lanes_u16 lanes_narrow_i32(lanes_i32 x) { return __builtin_convertvector(x, lanes_u16); }
LANES_INLINE lanes_f32 lanes_float_i32(lanes_i32 x) { return __builtin_convertvector(x, lanes_f32); }

/* Lanes 0 of a and b, lanes 1 of a and b, and so on: eight to p, then eight more. */
LANES_INLINE void lanes_store_interleaved(void *p, lanes_u64 a, lanes_u64 b) {
#ifdef __AVX512F__
  /* Else the halves that are stored apart are computed apart too, in half vectors. */
  __asm__("" : "+v"(a), "+v"(b));
#endif
  lanes_u64 low = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  lanes_u64 high = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  memcpy(p, &low, 64);
  memcpy((char *)p + 64, &high, 64);
}

/* Lanes 0 of a and b, lanes 1 of a and b, and so on. */
LANES_INLINE void lanes_store_in_turn_f32(void *p, lanes_f32 a, lanes_f32 b) {
  lanes_f32 low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  lanes_f32 high = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  memcpy(p, &low, 64);
  memcpy((char *)p + 64, &high, 64);
}

/* The shuffles of a transposition: within each quarter the lanes of a and b in turn, singly or by
 * pairs, the lower or the upper ones; and quarters of a and b. */
LANES_INLINE lanes_f32 lanes_low_singles(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}
LANES_INLINE lanes_f32 lanes_high_singles(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
LANES_INLINE lanes_f32 lanes_low_pairs(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}
LANES_INLINE lanes_f32 lanes_high_pairs(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
LANES_INLINE lanes_f32 lanes_even_quarters(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}
LANES_INLINE lanes_f32 lanes_odd_quarters(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/* Eight columns of a matrix of `rows` rows, the last of which stands for those up to eight: the elements of column k lie side
 * by side from out[k * step] on, eight of them, of which the next column overwrites what is too much. */
LANES_INLINE void lanes_eight_columns_f32(float *out, int64_t step, const float *a, int64_t pitch, int64_t rows) {
  lanes_half_f32 r[8], s[8], t[8], c[8];
  for (int i = 0; i < 8; i++) memcpy(&r[i], a + (i < rows ? i : rows - 1) * pitch, 32);
  for (int i = 0; i < 8; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    t[i] = __builtin_shufflevector(s[i], s[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    t[i + 1] = __builtin_shufflevector(s[i], s[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    t[i + 2] = __builtin_shufflevector(s[i + 1], s[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    t[i + 3] = __builtin_shufflevector(s[i + 1], s[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (int i = 0; i < 4; i++) {
    c[i] = __builtin_shufflevector(t[i], t[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    c[i + 4] = __builtin_shufflevector(t[i], t[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (int i = 0; i < 8; i++) memcpy(out + i * step, &c[i], 32);
}

/* Each lane with all before it added. */
LANES_INLINE lanes_f64 lanes_prefix_sums(lanes_f64 x) {
  lanes_f64 none = {};
  x += __builtin_shufflevector(none, x, 0, 8, 9, 10, 11, 12, 13, 14);
  x += __builtin_shufflevector(none, x, 0, 1, 8, 9, 10, 11, 12, 13);
  return x + __builtin_shufflevector(none, x, 0, 1, 2, 3, 8, 9, 10, 11);
}
LANES_INLINE lanes_f64 lanes_last_f64(lanes_f64 x) { return __builtin_shufflevector(x, x, 7, 7, 7, 7, 7, 7, 7, 7); }

/* The lanes of a and b taken together: those of even and of odd numbers; and the way back: lanes of a and
 * b in turn, of the lower and of the upper halves. */
LANES_INLINE lanes_f32 lanes_evens_f32(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
LANES_INLINE lanes_f32 lanes_odds_f32(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
LANES_INLINE lanes_f32 lanes_zip_low_f32(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
LANES_INLINE lanes_f32 lanes_zip_high_f32(lanes_f32 a, lanes_f32 b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
LANES_INLINE lanes_f64 lanes_evens_f64(lanes_f64 a, lanes_f64 b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}
LANES_INLINE lanes_f64 lanes_odds_f64(lanes_f64 a, lanes_f64 b) {
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}
LANES_INLINE lanes_f64 lanes_zip_low_f64(lanes_f64 a, lanes_f64 b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
LANES_INLINE lanes_f64 lanes_zip_high_f64(lanes_f64 a, lanes_f64 b) {
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

typedef uint32_t lanes_u32x8 __attribute__((vector_size(32)));
LANES_INLINE lanes_u64 lanes_widen_u32(lanes_u32x8 x) { return __builtin_convertvector(x, lanes_u64); }
typedef float lanes_f32x8 __attribute__((vector_size(32)));
LANES_INLINE lanes_f64 lanes_widen_f32(lanes_f32x8 x) { return __builtin_convertvector(x, lanes_f64); }
LANES_INLINE lanes_f32x8 lanes_narrow_f64(lanes_f64 x) { return __builtin_convertvector(x, lanes_f32x8); }

/* The greatest and the least lane of vectors without NaN. */
LANES_INLINE float lanes_greatest_f32(lanes_f32 x) { return __builtin_reduce_max(x); }
LANES_INLINE float lanes_least_f32(lanes_f32 x) { return __builtin_reduce_min(x); }
LANES_INLINE double lanes_greatest_f64(lanes_f64 x) { return __builtin_reduce_max(x); }
LANES_INLINE double lanes_least_f64(lanes_f64 x) { return __builtin_reduce_min(x); }

/* Whether any lane of a mask is set. */
LANES_INLINE int32_t lanes_any_i32(lanes_i32 mask) { return __builtin_reduce_or(mask) != 0; }

/* Sixteen binary16 to binary32 and back, rounding to nearest, ties to even. */
#ifdef __F16C__
typedef _Float16 lanes_f16 __attribute__((vector_size(32)));
LANES_INLINE lanes_f32 lanes_from_f16(lanes_u16 bits) {
  return __builtin_convertvector((lanes_f16)bits, lanes_f32);
}
LANES_INLINE lanes_u16 lanes_to_f16(lanes_f32 x) {
  return (lanes_u16)__builtin_convertvector(x, lanes_f16);
}
#else
typedef uint32_t lanes_u32 __attribute__((vector_size(64)));
LANES_INLINE lanes_f32 lanes_from_f16(lanes_u16 half) {
  lanes_u32 h = __builtin_convertvector(half, lanes_u32);
  lanes_u32 magnitude = (h & 0x7fff) << 13;
  /* Moving the exponent by a product gets subnormals right; infinity and NaN need all ones. */
  lanes_u32 moved = (lanes_u32)((lanes_f32)magnitude * 0x1p112f);
  lanes_u32 special = (lanes_u32)(magnitude >= (0x7c00u << 13)) & 0x7f800000u;
  return (lanes_f32)(moved | special | (h & 0x8000) << 16);
}
LANES_INLINE lanes_u16 lanes_to_f16(lanes_f32 x) {
  lanes_u32 bits = (lanes_u32)x, sign = (bits >> 16) & 0x8000, m = bits & 0x7fffffff;
  lanes_u32 normal = (m + 0xc8000fff + ((m >> 13) & 1)) >> 13;
  /* Adding 0.5 leaves a subnormal half in the low bits, rounded by the addition. */
  lanes_u32 tiny = (lanes_u32)((lanes_f32)m + 0.5f) - 0x3f000000u;
  lanes_u32 isTiny = (lanes_u32)(m < 0x38800000u), isLarge = (lanes_u32)(m >= 0x47800000u);
  lanes_u32 isNaN = (lanes_u32)(m > 0x7f800000u);
  lanes_u32 r = (normal & ~isTiny) | (tiny & isTiny);
  r = (r & ~isLarge) | (isLarge & 0x7c00) | (isNaN & 0x7e00);
  return __builtin_convertvector(r | sign, lanes_u16);
}
#endif

/* The first `count` lanes of a vector, 0 < count < all; the other lanes are zero, and their
 * memory is not touched. */
#ifdef __AVX512F__
LANES_INLINE lanes_f32 lanes_load_partial_f32(const void *p, int64_t count) {
  return __builtin_ia32_loadups512_mask((const float *)p, (lanes_f32){0},
                                        (uint16_t)((1u << count) - 1));
}
LANES_INLINE void lanes_store_partial_f32(void *p, int64_t count, lanes_f32 x) {
  __builtin_ia32_storeups512_mask((float *)p, x, (uint16_t)((1u << count) - 1));
}
LANES_INLINE lanes_f64 lanes_load_partial_f64(const void *p, int64_t count) {
  return __builtin_ia32_loadupd512_mask((const double *)p, (lanes_f64){0},
                                        (uint8_t)((1u << count) - 1));
}
LANES_INLINE void lanes_store_partial_f64(void *p, int64_t count, lanes_f64 x) {
  __builtin_ia32_storeupd512_mask((double *)p, x, (uint8_t)((1u << count) - 1));
}
#elif defined(__AVX2__)
typedef double lanes_f64x4 __attribute__((vector_size(32)));
typedef int64_t lanes_i64x4 __attribute__((vector_size(32)));
LANES_INLINE lanes_f32 lanes_load_partial_f32(const void *p, int64_t count) {
  const lanes_i32x8 lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  int32_t n = (int32_t)count;
  lanes_f32x8 a = __builtin_ia32_maskloadps256((const lanes_f32x8 *)p, (lanes_i32x8)(lanes < n));
  lanes_f32x8 b = __builtin_ia32_maskloadps256((const lanes_f32x8 *)p + 1, (lanes_i32x8)(lanes < n - 8));
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
/* By halves, quarters and so on: masked stores are slow on some processors, and calls of memcpy on all. */
LANES_INLINE void lanes_store_partial_f32(void *p, int64_t count, lanes_f32 x) {
  typedef float four __attribute__((vector_size(16)));
  typedef float two __attribute__((vector_size(8)));
  char *to = (char *)p;
  if (count >= 16) {
    memcpy(to, &x, 64);
    return;
  }
  lanes_f32x8 eight = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
  if (count & 8) {
    memcpy(to, &eight, 32);
    eight = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    to += 32;
  }
  four half = __builtin_shufflevector(eight, eight, 0, 1, 2, 3);
  if (count & 4) {
    memcpy(to, &half, 16);
    half = __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
    to += 16;
  }
  two pair = __builtin_shufflevector(half, half, 0, 1);
  if (count & 2) {
    memcpy(to, &pair, 8);
    pair = __builtin_shufflevector(half, half, 2, 3);
    to += 8;
  }
  float last = pair[0];
  if (count & 1) memcpy(to, &last, 4);
}
LANES_INLINE lanes_f64 lanes_load_partial_f64(const void *p, int64_t count) {
  const lanes_i64x4 lanes = {0, 1, 2, 3};
  lanes_f64x4 a = __builtin_ia32_maskloadpd256((const lanes_f64x4 *)p, (lanes_i64x4)(lanes < count));
  lanes_f64x4 b = __builtin_ia32_maskloadpd256((const lanes_f64x4 *)p + 1, (lanes_i64x4)(lanes < count - 4));
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
}
LANES_INLINE void lanes_store_partial_f64(void *p, int64_t count, lanes_f64 x) {
  typedef double two __attribute__((vector_size(16)));
  char *to = (char *)p;
  if (count >= 8) {
    memcpy(to, &x, 64);
    return;
  }
  lanes_f64x4 four = __builtin_shufflevector(x, x, 0, 1, 2, 3);
  if (count & 4) {
    memcpy(to, &four, 32);
    four = __builtin_shufflevector(x, x, 4, 5, 6, 7);
    to += 32;
  }
  two pair = __builtin_shufflevector(four, four, 0, 1);
  if (count & 2) {
    memcpy(to, &pair, 16);
    pair = __builtin_shufflevector(four, four, 2, 3);
    to += 16;
  }
  double last = pair[0];
  if (count & 1) memcpy(to, &last, 8);
}
#else
LANES_INLINE lanes_f32 lanes_load_partial_f32(const void *p, int64_t count) {
  lanes_f32 x = {0};
  memcpy(&x, p, (size_t)count * sizeof(float));
  return x;
}
LANES_INLINE void lanes_store_partial_f32(void *p, int64_t count, lanes_f32 x) {
  memcpy(p, &x, (size_t)count * sizeof(float));
}
LANES_INLINE lanes_f64 lanes_load_partial_f64(const void *p, int64_t count) {
  lanes_f64 x = {0};
  memcpy(&x, p, (size_t)count * sizeof(double));
  return x;
}
LANES_INLINE void lanes_store_partial_f64(void *p, int64_t count, lanes_f64 x) {
  memcpy(p, &x, (size_t)count * sizeof(double));
}
#endif

/* Truncated toward zero; the least integer for what does not fit, and for NaN. */
LANES_INLINE int64_t lanes_truncate_f64(double x) {
  return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN;
}
LANES_INLINE int64_t lanes_truncate_f32(float x) {
  return x >= -0x1p63f && x < 0x1p63f ? (int64_t)x : INT64_MIN;
}

/* Fetches the line of p, which need not be memory. */
LANES_INLINE void lanes_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

/* Fetches the line of p, which will be written. */
LANES_INLINE void lanes_prefetch_to_write(const void *p) { __builtin_prefetch(p, 1, 3); }

/* Tells the processor that a loop waits for another thread. */
LANES_INLINE void lanes_pause(void) { __builtin_ia32_pause(); }

/* The processor's level: 1 (baseline), 3 (AVX2, FMA, F16C …) or 4 (AVX-512), where the operating
 * system saves the registers too. The compiler's own test includes that (xgetbv). */
LANES_INLINE int32_t lanes_processor_level(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return 4;
  if (__builtin_cpu_supports("x86-64-v3")) return 3;
  return 1;
}

#endif
