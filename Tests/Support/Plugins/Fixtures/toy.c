/* A device of a third party: memory that the host cannot see, work that is deferred until someone waits for it,
 * contiguous operands only, nothing in place, and few operators. Everything that a host may only rely on by the
 * letter of the header goes wrong here if it relies on more. */
#include <stdio.h>
#include <stdlib.h>

#include "backplane_backend.h"

#ifndef TOY_NAME
#define TOY_NAME "toy"
#endif
#ifndef TOY_MEMORY
#define TOY_MEMORY (1 << 20)
#endif

typedef struct work {
  struct work *next;
  int32_t op, rank, from, to, in_place_of;
  int64_t shape[BP_MAX_RANK], strides[3][BP_MAX_RANK];
  char *data[3];
  uint64_t immediate;
  int immediate_operand;
} work;

static work *first, **last = &first;

static int64_t count_of(const work *w) {
  int64_t n = 1;
  for (int d = 0; d < w->rank; d++) n *= w->shape[d];
  return n;
}

static void *element(const work *w, int operand, int64_t index, int32_t dtype) {
  int64_t offset = 0;
  for (int d = w->rank - 1; d >= 0; d--) {
    offset += index % w->shape[d] * w->strides[operand][d];
    index /= w->shape[d];
  }
  return w->data[operand] + offset * bp_dtype_size(dtype);
}

static double load(const void *p, int32_t dtype) {
  switch (dtype) {
    case BP_FLOAT32: return *(const float *)p;
    case BP_INT64: return (double)*(const int64_t *)p;
    default: return *(const uint8_t *)p != 0;
  }
}

static void store(void *p, int32_t dtype, double value) {
  switch (dtype) {
    case BP_FLOAT32: *(float *)p = (float)value; break;
    case BP_INT64: *(int64_t *)p = (int64_t)value; break;
    default: *(uint8_t *)p = value != 0;
  }
}

static void perform(const work *w) {
  int64_t n = count_of(w);
  for (int64_t i = 0; i < n; i++) {
    void *out = element(w, 2, i, w->to);
    switch (w->op) {
      case BP_OP_COPY: store(out, w->to, load(element(w, 0, i, w->from), w->from)); break;
      case BP_OP_FILL: memcpy(out, &w->immediate, (size_t)bp_dtype_size(w->to)); break;
      case BP_OP_ADD: store(out, w->to, load(element(w, 0, i, w->from), w->from) + load(element(w, 1, i, w->from), w->from)); break;
      case BP_OP_MUL: store(out, w->to, load(element(w, 0, i, w->from), w->from) * load(element(w, 1, i, w->from), w->from)); break;
    }
  }
}

static void drain(void) {
  while (first) {
    work *w = first;
    first = w->next;
    if (!first) last = &first;
    perform(w);
    free(w);
  }
}

static int32_t device_info(void *c, int32_t device, bp_device_info *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  out->alignment = 16;
  out->total_bytes = TOY_MEMORY;
  snprintf(out->name, sizeof out->name, "Toy");
  return BP_OK;
}

static int32_t memory_info(void *c, int32_t device, bp_memory_info *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  out->total_bytes = out->free_bytes = TOY_MEMORY;
  return BP_OK;
}

static int32_t alloc_(void *c, int32_t device, int32_t kind, int64_t bytes, int64_t alignment, bp_buffer *out,
                      bp_error *err) {
  (void)c, (void)device, (void)kind, (void)alignment;
  if (bytes > TOY_MEMORY) return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "the toy has one MiB");
  *out = (bp_buffer)calloc(1, (size_t)bytes + 1);
  return BP_OK;
}

static void free_(void *c, int32_t device, bp_buffer buffer) {
  (void)c, (void)device;
  free((void *)buffer);
}

static int32_t copy_from_host(void *c, int32_t device, bp_stream s, bp_buffer target, int64_t offset,
                              const void *source, int64_t bytes, bp_error *err) {
  (void)c, (void)device, (void)s, (void)err;
  drain();
  if (bytes > 0) memcpy((char *)target + offset, source, (size_t)bytes);
  return BP_OK;
}

static int32_t copy_to_host(void *c, int32_t device, bp_stream s, void *target, bp_buffer source, int64_t offset,
                            int64_t bytes, bp_error *err) {
  (void)c, (void)device, (void)s, (void)err;
  drain();
  if (bytes > 0) memcpy(target, (char *)source + offset, (size_t)bytes);
  return BP_OK;
}

static int32_t query_op(void *c, int32_t device, const bp_op *op, bp_op_info *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  out->supported = op->op == BP_OP_COPY || op->op == BP_OP_FILL || op->op == BP_OP_ADD || op->op == BP_OP_MUL;
  out->flags = BP_OP_INFO_CONTIGUOUS | BP_OP_INFO_DETERMINISTIC;
#ifdef TOY_LACKS
  if (op->op == TOY_LACKS) out->supported = 0;
#endif
#ifdef TOY_LACKS_COPY
  if (op->op == BP_OP_COPY) out->supported = 0;
#endif
#ifdef TOY_WORKSPACE
  out->flags |= BP_OP_INFO_WORKSPACE;
  out->workspace_bytes = TOY_WORKSPACE;
#endif
  if (!out->supported) snprintf(out->reason, sizeof out->reason, "the toy adds and multiplies");
  return BP_OK;
}

static int contiguous(const bp_tensor *t) {
  int64_t step = 1;
  if (t->flags & BP_TENSOR_IMMEDIATE) return 0;
  for (int d = t->rank - 1; d >= 0; d--) {
    if (t->shape[d] == 0) return 1;
    if (t->shape[d] != 1 && t->strides[d] != step) return 0;
    step *= t->shape[d];
  }
  return 1;
}

static int32_t execute(void *c, int32_t device, bp_stream stream, const bp_op *op, bp_error *err) {
#ifdef TOY_DIES_IN
  if (op->op == TOY_DIES_IN) abort();
#endif
  (void)c, (void)device;
#ifdef TOY_WORKSPACE
  if (!op->workspace || op->workspace_bytes < TOY_WORKSPACE)
    return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "the workspace is missing");
#endif
  bp_op_info info = {.struct_size = sizeof info};
  query_op(c, device, op, &info, err);
  if (!info.supported) return bp_fail(err, BP_ERROR_UNSUPPORTED, "it was never claimed");
  if (!stream) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "no stream");
  const bp_tensor *out = op->outputs[0];
  if (op->op != BP_OP_COPY && op->op != BP_OP_FILL) {
    for (int i = 0; i < op->input_count; i++) {
      if (!contiguous(op->inputs[i])) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "an input is not contiguous");
      if (op->inputs[i]->buffer == out->buffer) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "in place");
    }
    if (!contiguous(out)) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "the output is not contiguous");
  }
  work *w = calloc(1, sizeof *w);
  w->op = op->op;
  w->rank = out->rank;
  w->from = op->inputs[0]->dtype;
  w->to = out->dtype;
  w->immediate = op->inputs[0]->immediate[0];
  for (int d = 0; d < out->rank; d++) {
    w->shape[d] = out->shape[d];
    w->strides[2][d] = out->strides[d];
    for (int i = 0; i < op->input_count; i++) w->strides[i][d] = op->inputs[i]->strides[d];
  }
  for (int i = 0; i < op->input_count; i++) w->data[i] = (char *)op->inputs[i]->buffer + op->inputs[i]->byte_offset;
  w->data[2] = (char *)out->buffer + out->byte_offset;
  *last = w;
  last = &w->next;
  return BP_OK;
}

static int32_t stream_create(void *c, int32_t device, bp_stream *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  *out = 7;
  return BP_OK;
}
static void stream_destroy(void *c, int32_t device, bp_stream s) { (void)c, (void)device, (void)s; }
static int32_t stream_query(void *c, int32_t device, bp_stream s, int32_t *done, bp_error *err) {
  (void)c, (void)device, (void)s, (void)err;
  *done = first == NULL;
  return BP_OK;
}
static int32_t stream_synchronize(void *c, int32_t device, bp_stream s, bp_error *err) {
  (void)c, (void)device, (void)s, (void)err;
  drain();
  return BP_OK;
}
static int32_t stream_wait(void *c, int32_t device, bp_stream s, bp_event e, bp_error *err) {
  (void)c, (void)device, (void)s, (void)e, (void)err;
  return BP_OK;
}
static int32_t event_create(void *c, int32_t device, bp_event *out, bp_error *err) {
  (void)c, (void)device, (void)err;
  *out = 1;
  return BP_OK;
}
static void event_destroy(void *c, int32_t device, bp_event e) { (void)c, (void)device, (void)e; }
static int32_t event_record(void *c, int32_t device, bp_event e, bp_stream s, bp_error *err) {
  (void)c, (void)device, (void)e, (void)s, (void)err;
  return BP_OK;
}
static int32_t event_query(void *c, int32_t device, bp_event e, int32_t *done, bp_error *err) {
  (void)e;
  return stream_query(c, device, 7, done, err);
}
static int32_t event_synchronize(void *c, int32_t device, bp_event e, bp_error *err) {
  (void)e;
  return stream_synchronize(c, device, 7, err);
}

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  (void)host, (void)err;
  bp_plugin table = {
      .struct_size = sizeof table, .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR, .device_count = 1,
      .magic = BP_PLUGIN_MAGIC, .name = TOY_NAME, .version = "1.2.3", .description = "A toy",
      .device_info = device_info, .memory_info = memory_info, .alloc = alloc_, .free = free_,
      .copy_from_host = copy_from_host, .copy_to_host = copy_to_host, .query_op = query_op, .execute = execute,
      .stream_create = stream_create, .stream_destroy = stream_destroy, .stream_query = stream_query,
      .stream_synchronize = stream_synchronize, .stream_wait = stream_wait, .event_create = event_create,
      .event_destroy = event_destroy, .event_record = event_record, .event_query = event_query,
      .event_synchronize = event_synchronize};
  bp_plugin_fill(out, &table);
  return BP_OK;
}
