/* A small plugin that does everything right: COPY, FILL, ADD and MUL over the core types with any strides, on DEVICES
 * devices whose memory is the host's, or, with -DSTREAMS, whose memory the host does not see and which have streams.
 * What misbehaves is made of it by changing one thing. */
#include <stdio.h>
#include <stdlib.h>

#include "backplane_backend.h"

#ifndef NAME
#define NAME "healthy"
#endif
#ifndef DEVICES
#define DEVICES 1
#endif

static int32_t healthy_device_info(void *c, int32_t device, bp_device_info *out, bp_error *err) {
  (void)c, (void)device, (void)err;
#ifndef STREAMS
  out->flags = BP_DEVICE_HOST_MEMORY;
#endif
  out->alignment = 16;
  snprintf(out->name, sizeof out->name, "Healthy");
  return BP_OK;
}

static int32_t healthy_memory_info(void *c, int32_t device, bp_memory_info *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  out->total_bytes = 1 << 20;
  out->free_bytes = 1 << 19;
  return BP_OK;
}

static int32_t healthy_alloc(void *c, int32_t device, int32_t kind, int64_t bytes, int64_t alignment, bp_buffer *out,
                             bp_error *err) {
  (void)c, (void)device, (void)kind;
  void *memory = NULL;
  if (bytes < 0) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "alloc: less than no bytes");
  if (bytes > 1 << 20 || posix_memalign(&memory, alignment > 16 ? (size_t)alignment : 16, (size_t)bytes + 1) != 0)
    return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "there is one MiB");
  *out = (bp_buffer)memory;
  return BP_OK;
}

static void healthy_free(void *c, int32_t device, bp_buffer buffer) {
  (void)c, (void)device;
  free((void *)buffer);
}

static int32_t healthy_copy_from_host(void *c, int32_t device, bp_stream s, bp_buffer target, int64_t offset,
                                      const void *source, int64_t bytes, bp_error *err) {
  (void)c, (void)device, (void)s, (void)err;
  if (bytes > 0) memcpy((char *)target + offset, source, (size_t)bytes);
  return BP_OK;
}

static int32_t healthy_copy_to_host(void *c, int32_t device, bp_stream s, void *target, bp_buffer source,
                                    int64_t offset, int64_t bytes, bp_error *err) {
  (void)c, (void)device, (void)s, (void)err;
  if (bytes > 0) memcpy(target, (char *)source + offset, (size_t)bytes);
  return BP_OK;
}

static int32_t healthy_query_op(void *c, int32_t device, const bp_op *op, bp_op_info *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  out->supported = op->op == BP_OP_COPY || op->op == BP_OP_FILL || op->op == BP_OP_ADD || op->op == BP_OP_MUL;
  out->flags = BP_OP_INFO_IN_PLACE | BP_OP_INFO_DETERMINISTIC;
  if (!out->supported) snprintf(out->reason, sizeof out->reason, "it only adds and multiplies");
  return BP_OK;
}

static char *element(const bp_tensor *t, int64_t index, const bp_tensor *like) {
  if (t->flags & BP_TENSOR_IMMEDIATE) return (char *)t->immediate;
  int64_t offset = 0;
  for (int d = like->rank - 1; d >= 0; d--) {
    offset += index % like->shape[d] * t->strides[d];
    index /= like->shape[d];
  }
  return (char *)t->buffer + t->byte_offset + offset * bp_dtype_size(t->dtype);
}

static double load(const bp_tensor *t, int64_t index, const bp_tensor *like) {
  const void *p = element(t, index, like);
  switch (t->dtype) {
    case BP_FLOAT32: return *(const float *)p;
    case BP_INT64: return (double)*(const int64_t *)p;
    default: return *(const uint8_t *)p != 0;
  }
}

static void store(const bp_tensor *t, int64_t index, double value) {
  void *p = element(t, index, t);
  switch (t->dtype) {
    case BP_FLOAT32: *(float *)p = (float)value; break;
    case BP_INT64: *(int64_t *)p = (int64_t)value; break;
    default: *(uint8_t *)p = value != 0;
  }
}

static int32_t healthy_execute(void *c, int32_t device, bp_stream stream, const bp_op *op, bp_error *err) {
  (void)c, (void)device, (void)stream;
  const bp_tensor *out = op->outputs[0];
  int64_t n = 1;
  for (int d = 0; d < out->rank; d++) n *= out->shape[d];
  for (int64_t i = 0; i < n; i++) {
    double a = load(op->inputs[0], i, out);
    switch (op->op) {
      case BP_OP_COPY:
      case BP_OP_FILL: store(out, i, a); break;
      case BP_OP_ADD: store(out, i, a + load(op->inputs[1], i, out)); break;
      case BP_OP_MUL: store(out, i, a * load(op->inputs[1], i, out)); break;
      default: return bp_fail(err, BP_ERROR_UNSUPPORTED, "it only adds and multiplies");
    }
  }
  return BP_OK;
}

static inline int32_t healthy_host_pointer(void *c, int32_t device, bp_buffer buffer, void **out, bp_error *err) {
  (void)c, (void)device, (void)err;
  *out = (void *)buffer;
  return BP_OK;
}

/* Work is done when a call returns, which a device with streams may also do. */
static inline int32_t healthy_stream_create(void *c, int32_t device, bp_stream *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  *out = 1;
  return BP_OK;
}
static inline void healthy_destroy(void *c, int32_t device, uint64_t handle) { (void)c, (void)device, (void)handle; }
static inline int32_t healthy_query(void *c, int32_t device, uint64_t handle, int32_t *done, bp_error *err) {
  (void)c, (void)device, (void)handle, (void)err;
  *done = 1;
  return BP_OK;
}
static inline int32_t healthy_synchronize(void *c, int32_t device, uint64_t handle, bp_error *err) {
  (void)c, (void)device, (void)handle, (void)err;
  return BP_OK;
}
static inline int32_t healthy_order(void *c, int32_t device, uint64_t first, uint64_t second, bp_error *err) {
  (void)c, (void)device, (void)first, (void)second, (void)err;
  return BP_OK;
}

static inline bp_plugin healthy_table(void) {
  return (bp_plugin){
      .struct_size = sizeof(bp_plugin), .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR, .device_count = DEVICES,
      .magic = BP_PLUGIN_MAGIC, .name = NAME, .version = "1.0", .description = "What is right",
      .device_info = healthy_device_info, .memory_info = healthy_memory_info, .alloc = healthy_alloc,
      .free = healthy_free, .copy_from_host = healthy_copy_from_host, .copy_to_host = healthy_copy_to_host,
      .query_op = healthy_query_op, .execute = healthy_execute,
#ifdef STREAMS
      .stream_create = healthy_stream_create, .stream_destroy = healthy_destroy, .stream_query = healthy_query,
      .stream_synchronize = healthy_synchronize, .stream_wait = healthy_order, .event_create = healthy_stream_create,
      .event_destroy = healthy_destroy, .event_record = healthy_order, .event_query = healthy_query,
      .event_synchronize = healthy_synchronize,
#else
      .host_pointer = healthy_host_pointer,
#endif
  };
}
