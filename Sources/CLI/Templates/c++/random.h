/* The random numbers that the header prescribes to the bit (its section 7). C and C++.
 *
 * The header has the generator itself. No contraction of a*b + c into one rounding but
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
  bp_philox(seed, counter, result.w);
  return result;
}

/* The float32 of a word that is uniform in [0, 1) [BP-7.2]. */
static inline float uniform(uint32_t word) { return (float)(word >> 8) * (1.0f / 16777216); }

/* low + floor(x * range / 2^64), x one of the two pairs of words [BP-7.3]. */
static inline int64_t in_range(words random, int64_t pair, const bp_random_params *p) {
  const uint64_t x = random.w[2 * pair] | (uint64_t)random.w[2 * pair + 1] << 32;
  return (int64_t)((uint64_t)p->low + (uint64_t)((unsigned __int128)x * p->range >> 64));
}

/* The normal float32 of a word. */
static inline float normal_float(uint32_t word) { return (float)bp_normal((word + 0.5) / 4294967296.0); }

#endif
