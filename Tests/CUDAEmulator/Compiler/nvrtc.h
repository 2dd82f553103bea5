#ifndef CUDA_EMULATOR_NVRTC_H
#define CUDA_EMULATOR_NVRTC_H

#include "cuda_functions.h"

#define DECLARE(name, arguments) __attribute__((visibility("default"))) int name arguments;
CUDA_NVRTC_FUNCTIONS(DECLARE)

/* Makes C++ of a source whose macros are expanded: memory of an extent that the launch gives is found where the driver
 * put it, and every kernel can be called by its name. The result is the caller's to free. */
char *finish_source(const char *text);

/* What NVIDIA's own NVRTC has against a program, NULL where it takes it or is not asked. */
char *refusal_of_original(
    const char *source, const char *name, int header_count, const char *const *headers,
    const char *const *include_names, int option_count, const char *const *options);

#endif
