/* Devices with one fault each, chosen by -DFAULT_…: what the host sees when it uses the plugin. */
#include "healthy.h"

static int32_t device_info(void *c, int32_t device, bp_device_info *out, bp_error *err) {
  healthy_device_info(c, device, out, err);
#if FAULT_DEVICE_INFO_FAILS
  return bp_fail(err, BP_ERROR_INTERNAL, "the board does not answer");
#elif FAULT_ALIGNMENT
  out->alignment = VALUE;
#elif FAULT_TOTAL_BYTES
  out->total_bytes = VALUE;
#elif FAULT_DEVICE_NAME_UNTERMINATED
  memset(out->name, 'x', sizeof out->name);
  memset(out->details, 0xff, sizeof out->details);
#elif FAULT_UNKNOWN_FLAGS
  out->flags |= 0xfffffff0u;
#endif
  return BP_OK;
}

static int32_t memory_info(void *c, int32_t device, bp_memory_info *out, bp_error *err) {
  healthy_memory_info(c, device, out, err);
#if FAULT_MEMORY_INFO
  out->total_bytes = TOTAL;
  out->free_bytes = FREE;
#endif
  return BP_OK;
}

static int32_t alloc_(void *c, int32_t device, int32_t kind, int64_t bytes, int64_t alignment, bp_buffer *out,
                      bp_error *err) {
#if FAULT_ALLOC_GIVES_NOTHING
  (void)c, (void)device, (void)kind, (void)bytes, (void)alignment, (void)out, (void)err;
  return BP_OK;
#elif FAULT_ALLOC_FAILS_ON_CALL
  static int calls;
  if (++calls % 2 == 0) return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "every second time");
#elif FAULT_ALLOC_FAILS_FOR_GOOD
  bp_fail(err, BP_ERROR_INTERNAL, "the page table is damaged");
  err->flags = BP_ERROR_FLAG_STICKY;
  return BP_ERROR_INTERNAL;
#elif FAULT_ALLOC_MISALIGNED
  int32_t code = healthy_alloc(c, device, kind, bytes + 16, alignment, out, err);
  *out += 1;
  return code;
#endif
  return healthy_alloc(c, device, kind, bytes, alignment, out, err);
}

static void free_(void *c, int32_t device, bp_buffer buffer) {
#if FAULT_FREE_DOES_NOTHING
  (void)c, (void)device, (void)buffer;
#elif FAULT_ALLOC_MISALIGNED
  healthy_free(c, device, buffer - 1);
#else
  healthy_free(c, device, buffer);
#endif
}

static int32_t copy_to_host(void *c, int32_t device, bp_stream s, void *target, bp_buffer source, int64_t offset,
                            int64_t bytes, bp_error *err) {
#if FAULT_COPY_FAILS
  return bp_fail(err, BP_ERROR_UNAVAILABLE, "the bus is busy");
#endif
  return healthy_copy_to_host(c, device, s, target, source, offset, bytes, err);
}

static int32_t query_op(void *c, int32_t device, const bp_op *op, bp_op_info *out, bp_error *err) {
  healthy_query_op(c, device, op, out, err);
#if FAULT_SUPPORTED_IS_GARBAGE
  out->supported = 7;
#elif FAULT_QUERY_FAILS
  return bp_fail(err, BP_ERROR_INTERNAL, "who asks?");
#elif FAULT_WORKSPACE
  out->flags |= BP_OP_INFO_WORKSPACE;
  out->workspace_bytes = VALUE;
#elif FAULT_LACKS_A_CORE_OPERATOR
  if (op->op == BP_OP_ADD) out->supported = 0;
#elif FAULT_REASON_UNTERMINATED
  if (op->op == BP_OP_ADD) out->supported = 0;
  memset(out->reason, 'x', sizeof out->reason);
#endif
  return BP_OK;
}

static int failed; /* FAULT_FAILS_LATER: in work that stream_synchronize has not reported yet */

static int32_t execute(void *c, int32_t device, bp_stream stream, const bp_op *op, bp_error *err) {
  (void)failed;
#if FAULT_EXECUTE_FAILS
  if (op->op == BP_OP_ADD) return bp_fail(err, CODE, "it happened");
#elif FAULT_EXECUTE_FAILS_WITHOUT_A_MESSAGE
  if (op->op == BP_OP_ADD) return CODE;
#elif FAULT_EXECUTE_FAILS_FOR_GOOD
  /* Once, and on device 0: what comes later is the host's to know. */
  static int lost;
  if (op->op == BP_OP_ADD && device == 0 && !lost++) {
    bp_fail(err, CODE, "an uncorrectable memory error");
    err->flags = BP_ERROR_FLAG_STICKY;
    return CODE;
  }
#elif FAULT_FAILS_LATER
  if (op->op == BP_OP_ADD && !failed) failed = 1;
#endif
  return healthy_execute(c, device, stream, op, err);
}

#ifdef STREAMS
static int32_t stream_create(void *c, int32_t device, bp_stream *out, bp_error *err) {
#if FAULT_STREAM_CREATE_FAILS
  return bp_fail(err, BP_ERROR_UNAVAILABLE, "too many streams");
#elif FAULT_STREAM_CREATE_GIVES_NOTHING
  (void)c, (void)device, (void)out, (void)err;
  return BP_OK;
#endif
  return healthy_stream_create(c, device, out, err);
}

static int32_t stream_synchronize(void *c, int32_t device, bp_stream stream, bp_error *err) {
#if FAULT_FAILS_LATER
  if (failed) {
    bp_fail(err, BP_ERROR_DEVICE_LOST, failed == 1 ? "operator 128: illegal address" : "a later message");
    err->flags = BP_ERROR_FLAG_STICKY | BP_ERROR_FLAG_ASYNC;
    failed = 2;
    return BP_ERROR_DEVICE_LOST;
  }
#endif
  return healthy_synchronize(c, device, stream, err);
}
#else
static int32_t host_pointer(void *c, int32_t device, bp_buffer buffer, void **out, bp_error *err) {
#if FAULT_HOST_POINTER_FAILS
  return bp_fail(err, BP_ERROR_UNSUPPORTED, "out of sight");
#elif FAULT_HOST_POINTER_NULL
  (void)c, (void)device, (void)buffer, (void)out, (void)err;
  return BP_OK;
#elif FAULT_HOST_POINTER_MISALIGNED
  healthy_host_pointer(c, device, buffer, out, err);
  *out = (char *)*out + 4;
  return BP_OK;
#endif
  return healthy_host_pointer(c, device, buffer, out, err);
}
#endif

#if FAULT_EXTENSION
static const void *get_extension(void *context, const char *name) {
  (void)context, (void)name;
  static const uint32_t nonsense[16] = {SIZE, 0xffffffff};
  return nonsense;
}
#endif

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  (void)host, (void)err;
  bp_plugin table = healthy_table();
  table.device_info = device_info;
  table.memory_info = memory_info;
  table.alloc = alloc_;
  table.free = free_;
  table.copy_to_host = copy_to_host;
  table.query_op = query_op;
  table.execute = execute;
#ifdef STREAMS
  table.stream_create = stream_create;
  table.stream_synchronize = stream_synchronize;
#elif FAULT_NO_HOST_POINTER
  (void)host_pointer;
  table.host_pointer = NULL;
#else
  table.host_pointer = host_pointer;
#endif
#if FAULT_EXTENSION
  table.get_extension = get_extension;
#endif
  bp_plugin_fill(out, &table);
  return BP_OK;
}
