/* What a compiled module and the emulated driver know of each other: C for the driver, C++ for the kernels. */
#ifndef CUDA_EMULATOR_KERNELS_H
#define CUDA_EMULATOR_KERNELS_H

#define KERNELS_MAGIC 0x314c554d45414455ull /* begins an image, before the size of the library that follows */

enum { EXCHANGE_INDEX, EXCHANGE_XOR, EXCHANGE_UP, EXCHANGE_DOWN, EXCHANGE_BALLOT, EXCHANGE_SYNC };

typedef struct kernels_index {
  unsigned x, y, z;
} kernels_index;

/* What kernels ask of the driver. */
typedef struct kernels_runtime {
  void (*barrier)(int line);
  unsigned long long (*exchange)(int kind, unsigned mask, unsigned long long value, int argument, int width, int line);
  unsigned (*active)(void);
  void (*trap)(const char *message, int line);
} kernels_runtime;

/* What the driver needs of a module; the module's function `kernels_connect` fills it in. */
typedef struct kernels_module {
  kernels_index *thread, *block, *block_size, *grid_size;
  unsigned char *shared, *shared_end;
  unsigned char *dynamic;
  unsigned long dynamic_bytes;
} kernels_module;

#endif
