/* A plugin of ABI 1.0, which every later host of major version 1 must load and use. It is compiled with the header
 * beside it and nothing newer, and neither changes.
 *
 * Memory of the host and calls that are done when they return; or, with -DSTREAMS, memory behind handles and work that
 * waits in its stream until someone asks for it. COPY, FILL, ADD, MUL and MATMUL over the core types. */
#include <stdio.h>
#include <stdlib.h>

#include "backplane_backend.h"

#ifndef NAME
#define NAME "frozen"
#endif

/* Memory ------------------------------------------------------------------- */

typedef struct memory {
  char *bytes;
  int64_t count;
  int is_wrapped;
} memory;

static memory *memory_of(bp_buffer buffer) { return (memory *)(uintptr_t)buffer; }

static int32_t make_memory(void *bytes, int64_t count, int is_wrapped, bp_buffer *out, bp_error *err) {
  memory *m = malloc(sizeof *m);
  if (!m) return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "no memory for a handle");
  *m = (memory){bytes, count, is_wrapped};
  *out = (bp_buffer)(uintptr_t)m;
  return BP_OK;
}

/* Writes as much of an answer as the host's struct has room for, which may be less than this version's or more. */
static void answer(void *out, const void *value, uint32_t size) {
  uint32_t room;
  memcpy(&room, out, sizeof room);
  if (size > room) size = room;
  if (size > sizeof room) memcpy((char *)out + sizeof room, (const char *)value + sizeof room, size - sizeof room);
}

static int32_t device_info(void *context, int32_t device, bp_device_info *out, bp_error *err) {
  (void)context, (void)device, (void)err;
  bp_device_info info = {.alignment = 64, .name = "Frozen 1.0"};
#ifndef STREAMS
  info.flags = BP_DEVICE_HOST_MEMORY;
#endif
  answer(out, &info, sizeof info);
  return BP_OK;
}

static int32_t memory_info(void *context, int32_t device, bp_memory_info *out, bp_error *err) {
  (void)context, (void)device, (void)err;
  bp_memory_info info = {.total_bytes = (int64_t)1 << 30, .free_bytes = (int64_t)1 << 29};
  answer(out, &info, sizeof info);
  return BP_OK;
}

static int32_t alloc_(void *context, int32_t device, int32_t kind, int64_t bytes, int64_t alignment, bp_buffer *out,
                      bp_error *err) {
  (void)context, (void)device;
  if (bytes < 0) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "alloc: less than no bytes");
  if (kind != BP_MEMORY_DEVICE && kind != BP_MEMORY_HOST)
    return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "alloc: a kind of memory that version 1.0 does not have");
  if (alignment < 0 || (alignment & (alignment - 1)) != 0)
    return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "alloc: an alignment that is no power of two");
  void *memory;
  if (bytes > (int64_t)1 << 30 ||
      posix_memalign(&memory, alignment > 64 ? (size_t)alignment : 64, (size_t)bytes + 1) != 0)
    return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "alloc: there is one GiB");
  return make_memory(memory, bytes, 0, out, err);
}

static void free_(void *context, int32_t device, bp_buffer buffer) {
  (void)context, (void)device;
  if (!memory_of(buffer)->is_wrapped) free(memory_of(buffer)->bytes);
  free(memory_of(buffer));
}

static int is_outside(bp_buffer buffer, int64_t offset, int64_t bytes) {
  return offset < 0 || bytes < 0 || offset > memory_of(buffer)->count || bytes > memory_of(buffer)->count - offset;
}

/* Operators ---------------------------------------------------------------- */

typedef struct operand {
  bp_tensor view;
  int64_t shape[BP_MAX_RANK], strides[BP_MAX_RANK];
} operand;

typedef struct work {
  struct work *next;
  int32_t op, input_count;
  operand inputs[2], output;
} work;

static char *element(const operand *t, const int64_t *index) {
  if (t->view.flags & BP_TENSOR_IMMEDIATE) return (char *)t->view.immediate;
  int64_t offset = 0;
  for (int d = 0; d < t->view.rank; d++) offset += index[d] * t->strides[d];
  return memory_of(t->view.buffer)->bytes + t->view.byte_offset + offset * bp_dtype_size(t->view.dtype);
}

static void convert(char *to, int32_t to_type, const char *from, int32_t from_type) {
  float f = 0;
  int64_t i = 0;
  int b = 0;
  switch (from_type) {
    case BP_FLOAT32:
      memcpy(&f, from, sizeof f);
      b = f != 0;
      i = f >= -9223372036854775808.0f && f < 9223372036854775808.0f ? (int64_t)f : INT64_MIN;
      break;
    case BP_INT64:
      memcpy(&i, from, sizeof i);
      f = (float)i;
      b = i != 0;
      break;
    default: f = (float)(i = b = *from != 0);
  }
  switch (to_type) {
    case BP_FLOAT32:
      if (from_type == BP_FLOAT32) memmove(to, from, sizeof f); /* the bits of a NaN are kept */
      else memcpy(to, &f, sizeof f);
      break;
    case BP_INT64: memcpy(to, &i, sizeof i); break;
    default: *to = (char)b;
  }
}

static void add_or_multiply(int32_t op, int32_t type, char *out, const char *a, const char *b) {
  int adds = op == BP_OP_ADD;
  if (type == BP_FLOAT32) {
    float x, y;
    memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
    x = adds ? x + y : x * y;
    memcpy(out, &x, sizeof x);
  } else if (type == BP_INT64) {
    uint64_t x, y; /* which wrap */
    memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
    x = adds ? x + y : x * y;
    memcpy(out, &x, sizeof x);
  } else {
    *out = adds ? *a || *b : *a && *b;
  }
}

static void multiply_matrices(const work *w, int64_t *index) {
  int rank = w->output.view.rank;
  int64_t row = index[rank - 2], column = index[rank - 1], n = w->inputs[0].shape[rank - 1];
  double sum = 0;
  uint64_t wrapped = 0;
  for (int64_t k = 0; k < n; k++) {
    index[rank - 1] = k;
    const char *a = element(&w->inputs[0], index);
    index[rank - 2] = k, index[rank - 1] = column;
    const char *b = element(&w->inputs[1], index);
    index[rank - 2] = row;
    if (w->output.view.dtype == BP_FLOAT32) sum += (double)*(const float *)a * *(const float *)b;
    else wrapped += *(const uint64_t *)a * *(const uint64_t *)b;
  }
  index[rank - 1] = column;
  char *out = element(&w->output, index);
  if (w->output.view.dtype == BP_FLOAT32) *(float *)out = (float)sum;
  else *(uint64_t *)out = wrapped;
}

static void perform(const work *w) {
  const operand *out = &w->output;
  int64_t index[BP_MAX_RANK] = {0};
  for (int d = 0; d < out->view.rank; d++)
    if (out->shape[d] == 0) return;
  for (;;) {
    switch (w->op) {
      case BP_OP_COPY:
      case BP_OP_FILL:
        convert(element(out, index), out->view.dtype, element(&w->inputs[0], index), w->inputs[0].view.dtype);
        break;
      case BP_OP_MATMUL: multiply_matrices(w, index); break;
      default:
        add_or_multiply(w->op, out->view.dtype, element(out, index), element(&w->inputs[0], index),
                        element(&w->inputs[1], index));
    }
    int d = out->view.rank - 1;
    while (d >= 0 && ++index[d] == out->shape[d]) index[d--] = 0;
    if (d < 0) return;
  }
}

static int is_core(int32_t type) { return type == BP_FLOAT32 || type == BP_INT64 || type == BP_BOOL; }

/* Says what is wrong with a call, as far as a query can tell: BP_OK, or a code with its message. */
static int32_t check(const bp_op *op, const char **message) {
  int inputs = op->op == BP_OP_COPY || op->op == BP_OP_FILL ? 1 : 2;
  *message = "version 1.0's plugin copies, fills, adds and multiplies";
  if (op->op != BP_OP_COPY && op->op != BP_OP_FILL && op->op != BP_OP_ADD && op->op != BP_OP_MUL &&
      op->op != BP_OP_MATMUL)
    return BP_ERROR_UNSUPPORTED;
  if (op->version != 1) return BP_ERROR_UNSUPPORTED;
  *message = "the number of operands";
  if (op->input_count != inputs || op->output_count != 1) return BP_ERROR_INVALID_ARGUMENT;
  *message = "it has the core types alone";
  for (int i = 0; i < inputs; i++)
    if (!is_core(op->inputs[i]->dtype)) return BP_ERROR_UNSUPPORTED;
  if (!is_core(op->outputs[0]->dtype)) return BP_ERROR_UNSUPPORTED;
  *message = "the types differ";
  for (int i = 0; i < inputs && op->op != BP_OP_COPY; i++)
    if (op->inputs[i]->dtype != op->outputs[0]->dtype) return BP_ERROR_INVALID_ARGUMENT;
  *message = "a product of bool";
  return op->op == BP_OP_MATMUL && op->outputs[0]->dtype == BP_BOOL ? BP_ERROR_UNSUPPORTED : BP_OK;
}

static int32_t query_op(void *context, int32_t device, const bp_op *op, bp_op_info *out, bp_error *err) {
  (void)context, (void)device, (void)err;
  const char *message;
  bp_op_info info = {.supported = check(op, &message) == BP_OK,
                     .flags = BP_OP_INFO_DETERMINISTIC | (op->op == BP_OP_MATMUL ? 0 : BP_OP_INFO_IN_PLACE)};
  if (!info.supported) snprintf(info.reason, sizeof info.reason, "%s", message);
  answer(out, &info, sizeof info);
  return BP_OK;
}

static void take(operand *to, const bp_tensor *from) {
  to->view = *from;
  for (int d = 0; d < from->rank; d++) to->shape[d] = from->shape[d], to->strides[d] = from->strides[d];
}

/* Streams ------------------------------------------------------------------ */

typedef struct stream {
  work *first, **last;
} stream;

static void drain(bp_stream handle) {
  stream *s = (stream *)(uintptr_t)handle;
  while (s && s->first) {
    work *w = s->first;
    s->first = w->next;
    if (!s->first) s->last = &s->first;
    perform(w);
    free(w);
  }
}

static int32_t execute(void *context, int32_t device, bp_stream handle, const bp_op *op, bp_error *err) {
  (void)context, (void)device;
  const char *message;
  int32_t code = check(op, &message);
  if (code != BP_OK) return bp_fail(err, code, message);
  work *w = calloc(1, sizeof *w);
  if (!w) return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "no memory for the call");
  w->op = op->op;
  w->input_count = op->input_count;
  for (int i = 0; i < op->input_count; i++) take(&w->inputs[i], op->inputs[i]);
  take(&w->output, op->outputs[0]);
  stream *s = (stream *)(uintptr_t)handle;
  if (s) {
    *s->last = w;
    s->last = &w->next;
  } else {
    perform(w);
    free(w);
  }
  return BP_OK;
}

static int32_t copy_from_host(void *context, int32_t device, bp_stream s, bp_buffer target, int64_t offset,
                              const void *source, int64_t bytes, bp_error *err) {
  (void)context, (void)device;
  if (bytes == 0) return BP_OK;
  if (is_outside(target, offset, bytes)) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "past the buffer's end");
  drain(s);
  memcpy(memory_of(target)->bytes + offset, source, (size_t)bytes);
  return BP_OK;
}

static int32_t copy_to_host(void *context, int32_t device, bp_stream s, void *target, bp_buffer source, int64_t offset,
                            int64_t bytes, bp_error *err) {
  (void)context, (void)device;
  if (bytes == 0) return BP_OK;
  if (is_outside(source, offset, bytes)) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "past the buffer's end");
  drain(s);
  memcpy(target, memory_of(source)->bytes + offset, (size_t)bytes);
  return BP_OK;
}

#ifdef STREAMS
static int32_t stream_create(void *context, int32_t device, bp_stream *out, bp_error *err) {
  (void)context, (void)device;
  stream *s = calloc(1, sizeof *s);
  if (!s) return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "no memory for a stream");
  s->last = &s->first;
  *out = (bp_stream)(uintptr_t)s;
  return BP_OK;
}
static void stream_destroy(void *context, int32_t device, bp_stream s) {
  (void)context, (void)device;
  free((stream *)(uintptr_t)s);
}
static int32_t stream_synchronize(void *context, int32_t device, bp_stream s, bp_error *err) {
  (void)context, (void)device, (void)err;
  drain(s);
  return BP_OK;
}
static int32_t stream_query(void *context, int32_t device, bp_stream s, int32_t *done, bp_error *err) {
  *done = 1;
  return stream_synchronize(context, device, s, err);
}

/* An event is complete as soon as it is recorded. */
static int32_t event_create(void *context, int32_t device, bp_event *out, bp_error *err) {
  (void)context, (void)device, (void)err;
  *out = 1;
  return BP_OK;
}
static void event_destroy(void *context, int32_t device, bp_event event) { (void)context, (void)device, (void)event; }
static int32_t event_record(void *context, int32_t device, bp_event event, bp_stream s, bp_error *err) {
  (void)event;
  return stream_synchronize(context, device, s, err);
}
static int32_t stream_wait(void *context, int32_t device, bp_stream s, bp_event event, bp_error *err) {
  (void)context, (void)device, (void)s, (void)event, (void)err;
  return BP_OK;
}
static int32_t event_query(void *context, int32_t device, bp_event event, int32_t *done, bp_error *err) {
  (void)context, (void)device, (void)event, (void)err;
  *done = 1;
  return BP_OK;
}
static int32_t event_synchronize(void *context, int32_t device, bp_event event, bp_error *err) {
  (void)context, (void)device, (void)event, (void)err;
  return BP_OK;
}
#else
static int32_t host_pointer(void *context, int32_t device, bp_buffer buffer, void **out, bp_error *err) {
  (void)context, (void)device, (void)err;
  *out = memory_of(buffer)->bytes;
  return BP_OK;
}
static int32_t wrap_host(void *context, int32_t device, void *bytes, int64_t count, bp_buffer *out, bp_error *err) {
  (void)context, (void)device;
  return make_memory(bytes, count, 1, out, err);
}
#endif

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  if (host->abi_major != BP_ABI_MAJOR) return bp_fail(err, BP_ERROR_ABI_MISMATCH, "made for major version 1");
  bp_plugin table = {
      .struct_size = sizeof table, .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR, .device_count = 1,
      .magic = BP_PLUGIN_MAGIC, .name = NAME, .version = "1.0", .description = "A plugin of ABI 1.0",
      .device_info = device_info, .memory_info = memory_info, .alloc = alloc_, .free = free_,
      .copy_from_host = copy_from_host, .copy_to_host = copy_to_host, .query_op = query_op, .execute = execute,
#ifdef STREAMS
      .stream_create = stream_create, .stream_destroy = stream_destroy, .stream_query = stream_query,
      .stream_synchronize = stream_synchronize, .stream_wait = stream_wait, .event_create = event_create,
      .event_destroy = event_destroy, .event_record = event_record, .event_query = event_query,
      .event_synchronize = event_synchronize,
#else
      .host_pointer = host_pointer, .wrap_host = wrap_host,
#endif
  };
  bp_plugin_fill(out, &table);
  return BP_OK;
}
