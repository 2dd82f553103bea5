// RANDOM_UNIFORM, RANDOM_NORMAL and RANDOM_INTEGER of type DTYPE: section 7 of backplane_backend.h.
#include "philox.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;

// The high 64 bits of a product.
__device__ inline u64 high_product(u64 a, u64 b) {
  u64 a0 = (u32)a, a1 = a >> 32, b0 = (u32)b, b1 = b >> 32;
  u64 low = a0 * b0, left = a1 * b0 + (low >> 32), right = a0 * b1 + (u32)left;
  return a1 * b1 + (left >> 32) + (right >> 32);
}

// MARK: - The inverse of the normal distribution, Wichura's AS 241 [BP-7.4]

template <int n> __device__ inline double polynomial(double x, const double (&coefficients)[n]) {
  double sum = coefficients[n - 1];
#pragma unroll
  for (int i = n - 2; i >= 0; i--) sum = fma(sum, x, coefficients[i]);
  return sum;
}

__device__ inline double natural_logarithm(double t) {
  constexpr double L[] = BP_NORMAL_L;
  // t is in (0, 0.5], and no subnormal number.
  u64 bits = (u64)__double_as_longlong(t);
  double k = (double)((i64)(bits >> 52) - 1023);
  double m = __longlong_as_double((i64)((bits & 0xfffffffffffffull) | 0x3ff0000000000000ull));
  if (m > 1.4142135623730951) {
    m = m / 2;
    k = k + 1;
  }
  double f = m - 1;
  double s = f / (2 + f);
  double w = s * s;
  double R = w * polynomial(w, L);
  double h = (0.5 * f) * f;
  return fma(k, 0.6931471805599453, f - (h - s * (h + R)));
}

__device__ inline double normal(double u) {
  constexpr double A[] = BP_NORMAL_A, B[] = BP_NORMAL_B, C[] = BP_NORMAL_C, D[] = BP_NORMAL_D;
  constexpr double E[] = BP_NORMAL_E, F[] = BP_NORMAL_F;
  double q = u - 0.5;
  if (fabs(q) <= 0.425) {
    double r = fma(-q, q, 0.180625);
    return q * polynomial(r, A) / polynomial(r, B);
  }
  double t = q < 0 ? u : 1 - u;
  double r = sqrt(-natural_logarithm(t)), y;
  if (r <= 5) {
    double s = r - 1.6;
    y = polynomial(s, C) / polynomial(s, D);
  } else {
    double s = r - 5;
    y = polynomial(s, E) / polynomial(s, F);
  }
  return q < 0 ? -y : y;
}

// MARK: - Elements

#if DTYPE <= BP_INT64 || DTYPE == BP_FLOAT64
#define BLOCK 2
typedef u64 word;
__device__ inline word word_of(const words &w, int i) { return w.at[2 * i] | (u64)w.at[2 * i + 1] << 32; }
#else
#define BLOCK 4
typedef u32 word;
__device__ inline word word_of(const words &w, int i) { return w.at[i]; }
#endif

// One block of random numbers for each thread at a time: the elements BLOCK * i and those that follow.
template <class F> __device__ inline void generate(const ck_random &p, F f) {
  const i64 blocks = (p.walk.count + BLOCK - 1) / BLOCK;
  for (i64 i = thread_index(); i < blocks; i += thread_count()) {
    words w = philox(p.offset + (u64)i, p.seed);
    pack<element, BLOCK> result;
#pragma unroll
    for (int n = 0; n < BLOCK; n++) result.at[n] = f(word_of(w, n));
    if (p.is_dense && BLOCK * i + BLOCK <= p.walk.count) {
      *(pack<element, BLOCK> *)(pointer<element>(p.out) + BLOCK * i) = result;
      continue;
    }
#pragma unroll
    for (int n = 0; n < BLOCK; n++) {
      if (BLOCK * i + n >= p.walk.count) break;
      i64 at[1];
      locate<1>(p.walk, &p.out, BLOCK * i + n, at);
      pointer<element>(p.out)[at[0]] = result.at[n];
    }
  }
}

#if DTYPE <= BP_INT64

KERNEL integer(const ck_random p) {
  u64 low = (u64)p.low, range = p.range;
  generate(p, [=](word x) { return (element)(low + high_product(x, range)); });
}

#else

KERNEL uniform(const ck_random p) {
  generate(p, [](word x) {
    // Exact in the type in which values are computed, and in the type itself.
    constexpr int precision = DTYPE == BP_FLOAT16 ? 11 : DTYPE == BP_BFLOAT16 ? 8 : DTYPE == BP_FLOAT32 ? 24 : 53;
    return type::store((type::value)(x >> (8 * sizeof(word) - precision)) *
                       ((type::value)1 / ((u64)1 << precision)));
  });
}

KERNEL normal_distribution(const ck_random p) {
  generate(p, [](word x) {
    double u = sizeof(word) == 4 ? ((double)x + 0.5) * 0x1p-32 : ((double)(x >> 12) + 0.5) * 0x1p-52;
    return type::store_wide(normal(u));
  });
}

#endif
