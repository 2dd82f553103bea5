/* The texts that NVRTC compiles, as they stood when the plugin was built. */
#ifndef BACKPLANE_CUDA_KERNEL_SOURCES_H
#define BACKPLANE_CUDA_KERNEL_SOURCES_H

#include <stddef.h>

typedef struct cuda_source {
  const char *name; /* "elementwise.cu"; NULL after the last */
  const char *text; /* NUL-terminated */
  size_t length;
} cuda_source;

/* Kernels and the headers that they include. */
const cuda_source *cuda_sources(void);

#endif
