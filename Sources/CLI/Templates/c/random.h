/* The random numbers that the header prescribes to the bit (its section 7). C and C++.
 *
 * On a device of your own, port these; there is nothing to choose. No contraction of a*b + c into one rounding but
 * where fma is written: the Makefile says -ffp-contract=off.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <backplane_backend.h>
#include <math.h>

/* Philox-4x32-10: the four words of a counter [BP-7.1]. */
typedef struct words {
  uint32_t w[4];
} words;

static inline words philox(uint64_t seed, uint64_t counter) {
  words result;
  uint32_t *w = result.w;
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  w[0] = (uint32_t)counter, w[1] = (uint32_t)(counter >> 32), w[2] = w[3] = 0;
  for (int round = 0; round < 10; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * w[0], p1 = (uint64_t)0xCD9E8D57u * w[2];
    w[0] = (uint32_t)(p1 >> 32) ^ w[1] ^ key0, w[1] = (uint32_t)p1;
    w[2] = (uint32_t)(p0 >> 32) ^ w[3] ^ key1, w[3] = (uint32_t)p0;
  }
  return result;
}

/* The float32 of a word that is uniform in [0, 1) [BP-7.2]. */
static inline float uniform(uint32_t word) { return (float)(word >> 8) * (1.0f / 16777216); }

/* low + floor(x * range / 2^64), x one of the two pairs of words [BP-7.3]. */
static inline int64_t in_range(words random, int64_t pair, const bp_random_params *p) {
  const uint64_t x = random.w[2 * pair] | (uint64_t)random.w[2 * pair + 1] << 32;
  return (int64_t)((uint64_t)p->low + (uint64_t)((unsigned __int128)x * p->range >> 64));
}

/* Horner's rule: P(r; c) of the header. */
static inline double polynomial(double r, const double *c, int n) {
  double s = c[n - 1];
  for (int i = n - 2; i >= 0; i--) s = fma(s, r, c[i]);
  return s;
}

static inline double natural_log(double t) {
  static const double l[] = BP_NORMAL_L;
  int k;
  double m = 2 * frexp(t, &k); /* frexp's is in [0.5, 1) */
  k--;
  if (m > 1.4142135623730951) m /= 2, k++;
  const double f = m - 1, s = f / (2 + f), w = s * s, r = w * polynomial(w, l, 7), h = (0.5 * f) * f;
  return fma(k, 0.6931471805599453, f - (h - s * (h + r)));
}

/* The inverse of the normal distribution, in the order of roundings that the header prescribes [BP-7.4]. */
static inline double normal(double u) {
  static const double a[] = BP_NORMAL_A, b[] = BP_NORMAL_B, c[] = BP_NORMAL_C, d[] = BP_NORMAL_D, e[] = BP_NORMAL_E,
                      f[] = BP_NORMAL_F;
  const double q = u - 0.5;
  if (fabs(q) <= 0.425) {
    const double r = fma(-q, q, 0.180625);
    return q * polynomial(r, a, 8) / polynomial(r, b, 8);
  }
  const double r = sqrt(-natural_log(q < 0 ? u : 1 - u));
  const double y = r <= 5 ? polynomial(r - 1.6, c, 8) / polynomial(r - 1.6, d, 8)
                          : polynomial(r - 5, e, 8) / polynomial(r - 5, f, 8);
  return q < 0 ? -y : y;
}

/* The normal float32 of a word. */
static inline float normal_float(uint32_t word) { return (float)normal((word + 0.5) / 4294967296.0); }

#endif
