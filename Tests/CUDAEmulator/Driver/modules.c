/* Modules are shared libraries, loaded from memory. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emulator.h"

extern const kernels_runtime runtime;

typedef struct module {
  device *device;
  void *library;
  kernels_module parts;
  function *functions;
} module;

static void *open_image(const unsigned char *bytes, size_t size) {
  /* A name of its own for each: the loader takes a library of a known name for the one that it has. */
  char path[] = "/tmp/kernels-XXXXXX";
  int file = mkstemp(path);
  if (file < 0) return NULL;
  void *library = NULL;
  if (write(file, bytes, size) == (ssize_t)size) library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) complain("%s", dlerror());
  close(file);
  unlink(path);
  return library;
}

int cuModuleLoadData(cu_module *handle, const void *image) {
  ENTER;
  unsigned long long head[2];
  memcpy(head, image, sizeof head);
  if (head[0] != KERNELS_MAGIC) return leave(INVALID_IMAGE);
  void *library = open_image((const unsigned char *)image + sizeof head, head[1]);
  if (!library) return leave(INVALID_IMAGE);
  void (*connect)(const kernels_runtime *, kernels_module *) =
      (void (*)(const kernels_runtime *, kernels_module *))dlsym(library, "kernels_connect");
  if (!connect) return leave(INVALID_IMAGE);
  module *made = calloc(1, sizeof *made);
  made->device = current;
  made->library = library;
  connect(&runtime, &made->parts);
  *handle = made;
  return leave(CU_OK);
}

int cuModuleGetFunction(cu_function *handle, cu_module from, const char *name) {
  ENTER;
  module *module = from;
  char symbol[300];
  snprintf(symbol, sizeof symbol, "kernels_call_%s", name);
  void (*call)(void **) = (void (*)(void **))dlsym(module->library, symbol);
  snprintf(symbol, sizeof symbol, "kernels_sizes_%s", name);
  const size_t *sizes = dlsym(module->library, symbol);
  if (!call || !sizes) return leave(NOT_FOUND);
  function *made = malloc(sizeof *made);
  *made = (function){
      .next = module->functions,
      .device = module->device,
      .module = &module->parts,
      .name = strdup(name),
      .call = call,
      .sizes = sizes,
      .most_shared = 48 << 10};
  module->functions = made;
  *handle = made;
  return leave(CU_OK);
}

/* Launches that wait still need it: what waits is run first. */
int cuModuleUnload(cu_module handle) {
  ENTER;
  module *gone = handle;
  if (!gone) return leave(INVALID_HANDLE);
  run_device(gone->device);
  for (function *function = gone->functions, *next; function; function = next) {
    next = function->next;
    free((char *)function->name);
    free(function);
  }
  dlclose(gone->library);
  free(gone);
  return leave(CU_OK);
}

int cuFuncSetAttribute(cu_function handle, int attribute, int value) {
  ENTER;
  function *function = handle;
  if (!function) return leave(INVALID_HANDLE);
  bool is_valid = attribute == CU_FUNCTION_DYNAMIC_SHARED_BYTES && value >= 0 &&
                  (size_t)value <= function->module->dynamic_bytes;
  if (!is_valid) return leave(INVALID_VALUE);
  function->most_shared = (unsigned)value;
  return leave(CU_OK);
}

static int launch_count, run_count;

static int run(device *device, void *data) {
  (void)device;
  launch *launch = data;
  if (++run_count == emulator.failing_launch) {
    complain("launch %d, of %s, fails as asked", run_count, launch->function->name);
    return LAUNCH_FAILED;
  }
  return run_launch(launch);
}

static void finish(void *data) {
  launch *launch = data;
  for (size_t i = 0; i < launch->function->sizes[0]; i++) free(launch->parameters[i]);
  free(launch->parameters);
  free(launch);
}

/* The parameters are copied: the caller's are gone when the kernel runs. */
static void **copy_parameters(const size_t *sizes, void **parameters) {
  void **copies = malloc((sizes[0] + 1) * sizeof *copies);
  for (size_t i = 0; i < sizes[0]; i++) {
    copies[i] = aligned_alloc(64, (sizes[i + 1] + 63) / 64 * 64);
    memcpy(copies[i], parameters[i], sizes[i + 1]);
  }
  return copies;
}

int cuLaunchKernel(
    cu_function handle, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
    unsigned block_z, unsigned shared_bytes, cu_stream on, void **parameters, void **extra) {
  ENTER;
  function *function = handle;
  stream *stream = to_stream(on);
  if (!function || !stream || function->device != stream->device || stream->device != current)
    return leave(INVALID_HANDLE);
  // The limits of every device that there is.
  bool is_valid = grid_x && grid_y && grid_z && block_x && block_y && block_z && grid_x < 1u << 31 &&
                  grid_y < 65536 && grid_z < 65536 && block_x <= 1024 && block_y <= 1024 && block_z <= 64 &&
                  (size_t)block_x * block_y * block_z <= 1024 && !extra && shared_bytes <= function->most_shared;
  if (!is_valid) return leave(INVALID_VALUE);
  if (++launch_count == emulator.last_launch + 1 && emulator.last_launch) {
    complain("device %d is lost as asked", current->ordinal);
    current->error = LAUNCH_FAILED;
    return leave(LAUNCH_FAILED);
  }
  launch *made = malloc(sizeof *made);
  *made = (launch){
      .function = function,
      .grid = {grid_x, grid_y, grid_z},
      .block = {block_x, block_y, block_z},
      .shared_bytes = shared_bytes,
      .parameters = copy_parameters(function->sizes, parameters)};
  return leave(defer(stream, run, finish, made));
}
