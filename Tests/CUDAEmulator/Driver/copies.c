/* Copies and fills. */
#include <stdlib.h>
#include <string.h>

#include "emulator.h"

typedef struct copy {
  void *target;
  const void *source;
  size_t bytes;
  device *other; /* the source's device where it is another one */
  unsigned char snapshot[];
} copy;

static int run_copy(device *device, void *data) {
  copy *copy = data;
  (void)device;
  if (copy->other) allow_access(copy->other, true);
  memmove(copy->target, copy->source, copy->bytes);
  if (copy->other) allow_access(copy->other, false);
  return CU_OK;
}

static bool is_device_memory(cu_pointer address, size_t bytes) {
  block *found = find_block(address, bytes);
  return found && found->device;
}

/* Memory that is not page-locked has been read when the call returns; other memory is read late. */
int cuMemcpyHtoDAsync_v2(cu_pointer target, const void *source, size_t bytes, cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  if (!find_block(target, bytes) || is_device_memory((cu_pointer)source, 1)) return leave(INVALID_VALUE);
  bool is_late = is_page_locked(source, bytes);
  copy *made = malloc(sizeof *made + (is_late ? 0 : bytes));
  *made = (copy){.target = (void *)target, .source = is_late ? source : made->snapshot, .bytes = bytes};
  if (!is_late) memcpy(made->snapshot, source, bytes);
  return leave(defer(stream, run_copy, free, made));
}

/* Memory that is not page-locked is written when the call returns, as with the driver. With late copies it is written
 * when the stream gets there; without synchronization, never: it may be gone by then. */
int cuMemcpyDtoHAsync_v2(void *target, cu_pointer source, size_t bytes, cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  if (!find_block(source, bytes) || is_device_memory((cu_pointer)target, 1)) return leave(INVALID_VALUE);
  bool is_pageable = !is_page_locked(target, bytes);
  if (is_pageable && emulator.skips_synchronization) return leave(CU_OK);
  copy *made = malloc(sizeof *made);
  *made = (copy){.target = target, .source = (void *)source, .bytes = bytes};
  defer(stream, run_copy, free, made);
  if (is_pageable && !emulator.has_late_copies) return leave(run_stream(stream, NULL));
  return leave(CU_OK);
}

int cuMemcpyDtoDAsync_v2(cu_pointer target, cu_pointer source, size_t bytes, cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  block *from = find_block(source, bytes), *to = find_block(target, bytes);
  if (!from || !to) return leave(INVALID_VALUE);
  copy *made = malloc(sizeof *made);
  *made = (copy){.target = (void *)target, .source = (void *)source, .bytes = bytes};
  if (from->device != stream->device) made->other = from->device;
  else if (to->device != stream->device) made->other = to->device;
  return leave(defer(stream, run_copy, free, made));
}

/* One address space, as with the driver: the contexts say nothing new. */
int cuMemcpyPeerAsync(cu_pointer target, cu_context target_context, cu_pointer source, cu_context source_context,
                      size_t bytes, cu_stream handle) {
  (void)target_context, (void)source_context;
  return cuMemcpyDtoDAsync_v2(target, source, bytes, handle);
}

static int run_fill(device *device, void *data) {
  copy *fill = data;
  (void)device;
  memset(fill->target, fill->snapshot[0], fill->bytes);
  return CU_OK;
}

int cuMemsetD8Async(cu_pointer target, unsigned char value, size_t bytes, cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  if (!find_block(target, bytes)) return leave(INVALID_VALUE);
  copy *made = malloc(sizeof *made + 1);
  *made = (copy){.target = (void *)target, .bytes = bytes};
  made->snapshot[0] = value;
  return leave(defer(stream, run_fill, free, made));
}

/* Work of the emulated cuBLAS. */

typedef struct call {
  void (*run)(void *data);
  unsigned char data[];
} call;

static int run_call(device *device, void *data) {
  (void)device;
  call *call = data;
  call->run(call->data);
  return CU_OK;
}

int emulator_defer(cu_stream handle, void (*run)(void *data), const void *data, size_t bytes) {
  lock();
  stream *stream = to_stream(handle);
  if (!stream) return leave(INVALID_HANDLE);
  if (stream->device->error) return leave(stream->device->error);
  call *made = malloc(sizeof *made + bytes);
  made->run = run;
  memcpy(made->data, data, bytes);
  return leave(defer(stream, run_call, free, made));
}
