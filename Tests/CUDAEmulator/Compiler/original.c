/* NVIDIA's own NVRTC, where CUDA_EMULATOR_NVRTC names its file: it has to take every program, too. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvrtc.h"

static int load(const char *file, cuda_nvrtc *table) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!library) return 0;
  void **members = (void **)table;
  for (int i = 0; cuda_nvrtc_names[i]; i++)
    if (!(members[i] = dlsym(library, cuda_nvrtc_names[i]))) return 0;
  return 1;
}

/* The program's log where NVRTC refuses it, else NULL. */
char *refusal_of_original(
    const char *source, const char *name, int header_count, const char *const *headers,
    const char *const *include_names, int option_count, const char *const *options) {
  const char *file = getenv("CUDA_EMULATOR_NVRTC");
  if (!file || !*file) return NULL;
  cuda_nvrtc original;
  if (!load(file, &original)) return strdup("CUDA_EMULATOR_NVRTC names no NVRTC");
  nvrtc_program program;
  if (original.nvrtcCreateProgram(&program, source, name, header_count, headers, include_names))
    return strdup("NVRTC makes no program of this");
  char *log = NULL;
  size_t bytes = 0;
  if (original.nvrtcCompileProgram(program, option_count, options)) {
    original.nvrtcGetProgramLogSize(program, &bytes);
    log = calloc(1, bytes + 1);
    original.nvrtcGetProgramLog(program, log);
  } else if (original.nvrtcGetCUBINSize(program, &bytes) || !bytes) {
    log = strdup("NVRTC gave no code");
  }
  original.nvrtcDestroyProgram(&program);
  return log;
}
