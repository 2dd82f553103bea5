/* What the operators of C and C++ and their libraries do not give. */
#ifndef MATHEMATICS_H
#define MATHEMATICS_H

#include <math.h>
#include <stdint.h>

/* Integers wrap [BP-3.4], as unsigned ones do in C. */
#define WRAP(A, OPERATOR, B) (int64_t)((uint64_t)(A)OPERATOR(uint64_t)(B))

/* C leaves conversions out of range undefined; the header wants any value, and no trap. */
static inline int64_t integer(float a) { return a >= -0x1p63f && a < 0x1p63f ? (int64_t)a : INT64_MIN; }

/* NaN if either is NaN. */
static inline float maximum(float a, float b) { return a != a || a >= b ? a : b; }
static inline float minimum(float a, float b) { return a != a || a <= b ? a : b; }

static inline float sigmoid(float a) { return a >= 0 ? 1 / (1 + expf(-a)) : expf(a) / (1 + expf(a)); }

/* The floor of the exact quotient: where a/b was rounded up to an integer, the sign of what is left tells. */
static inline double floor_divide(double a, double b) {
  if (b == 0) return a / b;
  if (!isfinite(a)) return NAN;
  const double quotient = a / b, down = floor(quotient);
  if (!isfinite(down)) return down;
  if (isinf(b)) return a != 0 && (a < 0) != (b < 0) ? -1 : down;
  const double rest = fma(-down, b, a);
  return down == quotient && rest != 0 && (rest < 0) != (b < 0) ? down - 1 : down;
}

static inline float floor_rest(float a, float b) {
  const float rest = fmodf(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* The same of integers. By 0 they give 0; the least by -1 would trap. */
static inline int64_t integer_fmod(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }

static inline int64_t integer_floor_divide(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return b ? WRAP(0, -, a) : 0;
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static inline int64_t integer_floor_rest(int64_t a, int64_t b) {
  const int64_t rest = integer_fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static inline int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  int64_t result = 1;
  for (; exponent; exponent >>= 1, base = WRAP(base, *, base))
    if (exponent & 1) result = WRAP(result, *, base);
  return result;
}

#endif
