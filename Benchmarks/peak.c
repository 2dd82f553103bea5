/* What this machine can do at most: multiply-adds of float32 a second, and bytes a second that a copy reads and writes,
 * with as many threads as the argument says. Prints one JSON line.
 *
 *   cc -O3 -march=native -pthread -o peak peak.c && ./peak 2 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As wide as the processor: the compiler knows by -march. */
#if defined(__AVX512F__)
enum { WIDTH = 16 };
#elif defined(__AVX__)
enum { WIDTH = 8 };
#else
enum { WIDTH = 4 };
#endif
typedef float lanes __attribute__((vector_size(WIDTH * sizeof(float))));

/* Twelve sums that do not wait for one another cover the latency of two units. */
enum { CHAINS = 12, STEPS = 4000000 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *multiply_add(void *out) {
  lanes sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = (lanes){0} + (float)i;
  lanes a = (lanes){0} + 0.999f, b = (lanes){0} + 0.001f;
  __asm__ volatile("" : "+x"(a), "+x"(b));
  for (int step = 0; step < STEPS; step++) {
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * a + b;
  }
  lanes total = sums[0];
  for (int i = 1; i < CHAINS; i++) total += sums[i];
  *(float *)out = total[0];
  return NULL;
}

enum { COPIED = 1 << 28 };

static void *copy(void *memory) {
  char *bytes = memory;
  memcpy(bytes + COPIED, bytes, COPIED);
  return NULL;
}

static double run(int threads, void *(*work)(void *), void **arguments) {
  pthread_t others[64];
  const double start = now();
  for (int i = 1; i < threads; i++) pthread_create(&others[i], NULL, work, arguments[i]);
  work(arguments[0]);
  for (int i = 1; i < threads; i++) pthread_join(others[i], NULL);
  return now() - start;
}

int main(int count, char **arguments) {
  const int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > 64) return fprintf(stderr, "peak: 1 to 64 threads\n"), 2;
  float results[64];
  void *places[64];
  for (int i = 0; i < threads; i++) places[i] = &results[i];
  double best = 1e9;
  for (int i = 0; i < 5; i++) {
    const double seconds = run(threads, multiply_add, places);
    if (seconds < best) best = seconds;
  }
  const double operations = 2.0 * threads * CHAINS * WIDTH * STEPS / best;
  for (int i = 0; i < threads; i++) {
    if (!(places[i] = malloc(2 * (size_t)COPIED))) return fprintf(stderr, "peak: no memory\n"), 1;
    memset(places[i], 1, 2 * (size_t)COPIED);
  }
  best = 1e9;
  for (int i = 0; i < 5; i++) {
    const double seconds = run(threads, copy, places);
    if (seconds < best) best = seconds;
  }
  printf("{\"threads\": %d, \"operations\": %.4g, \"bytes\": %.4g}\n", threads, operations,
         2.0 * threads * COPIED / best);
  return 0;
}
