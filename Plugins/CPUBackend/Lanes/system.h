/* The few functions of the C library that Swift's Glibc module does not bring. */
#ifndef BACKPLANE_CPU_SYSTEM_H
#define BACKPLANE_CPU_SYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bytes of the block at p, at least those asked for. */
size_t malloc_usable_size(void *p);

/* getenv, but NULL in a program that runs with more rights than its caller. */
char *secure_getenv(const char *name);

/* The number of processors that this process may run on, at least 1. */
static inline int64_t system_processors(void) {
  uint64_t mask[128] = {0};
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  int64_t count = 0;
  for (long i = 0; i < bytes / 8; i++) count += __builtin_popcountll(mask[i]);
  return count > 0 ? count : 1;
}

#endif
