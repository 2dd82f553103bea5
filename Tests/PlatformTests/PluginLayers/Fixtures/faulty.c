/* A small synchronous plugin in host memory with one fault, that which FAULT names; NONE is sound. It has COPY, FILL,
 * ADD and GATHER of float32, and fuses COPY and ADD. */
#define _DEFAULT_SOURCE
#include <fenv.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "backplane_backend.h"

enum { NONE, WRITES_PAST, WRITES_BEFORE, CHANGES_INPUT, LEAVES_LAST, NO_MESSAGE, UNTERMINATED, OTHER_CODE,
       WRITES_ERROR, OVERLAPPING, MISALIGNED, ZERO_BUFFER, IMPURE, REFUSES, ROUNDS_UP, MOVES_AWAY, READS_PAST,
       FILLS_GAPS, SHORT_COPY, LONG_COPY, MOVES_BUFFER, NO_REASON, WRITES_FAR, SLOW, PEER_WRITES_PAST,
       FUSION_HANDLE_0, FUSION_KEEPS_POINTER, FUSION_REFUSES, FUSION_TURNS_DOWN, FUSION_LEAVES_LAST, FUSION_WRITES_PAST,
       FUSION_CHANGES_INPUT, FUSION_READS_PAST };

#ifndef FAULT
#define FAULT NONE
#endif
#define TEXT(x) #x
#define NAMED(x) TEXT(x)

/* SLOW: how many calls are inside ADD, and whether they may go on. A test sees to it that they overlap. */
BP_EXPORT atomic_int calls_inside, calls_may_end;

/* Room for one allocation that a fault places by hand. */
static _Alignas(64) char arena[1 << 16];
static int allocations, queries, pointers;

static int32_t device_info(void *c, int32_t d, bp_device_info *out, bp_error *err) {
  (void)c, (void)d, (void)err;
  out->flags = BP_DEVICE_HOST_MEMORY;
  out->alignment = 64;
  strcpy(out->name, "Faulty");
  return BP_OK;
}

static int32_t memory_info(void *c, int32_t d, bp_memory_info *out, bp_error *err) {
  (void)c, (void)d, (void)out, (void)err;
  if (FAULT == MOVES_AWAY && chdir("/") != 0) return bp_fail(err, BP_ERROR_INTERNAL, "it cannot move");
  return BP_OK;
}

static int32_t alloc_(void *c, int32_t d, int32_t kind, int64_t bytes, int64_t alignment, bp_buffer *out,
                      bp_error *err) {
  (void)c, (void)d, (void)kind, (void)alignment;
  if (bytes < 0) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "a negative number of bytes");
  if (bytes > 1 << 20) return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "there is one MiB");
  allocations++;
  if (FAULT == ZERO_BUFFER) return BP_OK;
  if (FAULT == OVERLAPPING) return *out = (bp_buffer)(arena + 64 * allocations), BP_OK;
  if (FAULT == MISALIGNED) return *out = (bp_buffer)(arena + 4096 * allocations + 4), BP_OK;
  *out = (bp_buffer)aligned_alloc(64, (size_t)(bytes + 64 + 63) / 64 * 64);
  return BP_OK;
}

static void free_(void *c, int32_t d, bp_buffer b) {
  (void)c, (void)d;
  if (FAULT != OVERLAPPING && FAULT != MISALIGNED) free((void *)b);
}

static int32_t from_host(void *c, int32_t d, bp_stream s, bp_buffer t, int64_t offset, const void *source, int64_t n,
                         bp_error *err) {
  (void)c, (void)d, (void)s, (void)err;
  if (n > 0) memcpy((char *)t + offset, source, (size_t)(FAULT == SHORT_COPY ? n - 1 : n));
  return BP_OK;
}

static int32_t to_host(void *c, int32_t d, bp_stream s, void *target, bp_buffer b, int64_t offset, int64_t n,
                       bp_error *err) {
  (void)c, (void)d, (void)s, (void)err;
  if (n > 0) memcpy(target, (char *)b + offset, (size_t)(FAULT == LONG_COPY ? n + 1 : n));
  return BP_OK;
}

static int32_t host_pointer(void *c, int32_t d, bp_buffer b, void **out, bp_error *err) {
  (void)c, (void)d, (void)err;
  *out = (char *)b + (FAULT == MOVES_BUFFER && ++pointers > 2 ? 64 : 0);
  return BP_OK;
}

static int32_t wrap_host(void *c, int32_t d, void *memory, int64_t n, bp_buffer *out, bp_error *err) {
  (void)c, (void)d, (void)n, (void)err;
  *out = (bp_buffer)memory;
  return BP_OK;
}

static int32_t query_op(void *c, int32_t d, const bp_op *op, bp_op_info *out, bp_error *err) {
  (void)c, (void)d, (void)err;
  int known = op->op == BP_OP_COPY || op->op == BP_OP_FILL || op->op == BP_OP_ADD || op->op == BP_OP_GATHER;
  out->supported = known && op->outputs[0]->dtype == BP_FLOAT32;
  if (FAULT == IMPURE && ++queries % 2) out->supported = 0;
  out->flags = BP_OP_INFO_IN_PLACE | BP_OP_INFO_DETERMINISTIC;
  if (!out->supported && FAULT != NO_REASON) strcpy(out->reason, "it adds float32");
  return BP_OK;
}

static float *element(const bp_tensor *t, int64_t index) {
  int64_t offset = 0;
  for (int d = t->rank - 1; d >= 0; d--) {
    offset += index % t->shape[d] * t->strides[d];
    index /= t->shape[d];
  }
  return (float *)((char *)t->buffer + t->byte_offset) + offset;
}

static float value(const bp_tensor *t, int64_t index) {
  float immediate;
  memcpy(&immediate, t->immediate, sizeof immediate);
  return t->flags & BP_TENSOR_IMMEDIATE ? immediate : *element(t, index);
}

static int has_buffer(const bp_tensor *t) { return t->flags & BP_TENSOR_IMMEDIATE || t->buffer; }

static int32_t execute(void *c, int32_t d, bp_stream s, const bp_op *op, bp_error *err) {
  (void)c, (void)d, (void)s;
  const bp_tensor *out = op->outputs[0];
  int64_t n = 1;
  for (int i = 0; i < out->rank; i++) n *= out->shape[i];
  /* Empty tensors have buffers too. */
  int whole = has_buffer(out);
  for (int i = 0; i < op->input_count; i++) whole &= has_buffer(op->inputs[i]);
  if (!whole) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "an operand has no buffer");
  if (n == 0) return BP_OK;
  /* Faults are those of ADD alone, so that tensors can be made and read. */
  int fault = op->op == BP_OP_ADD ? FAULT : NONE;
  if (fault == NO_MESSAGE) return BP_ERROR_OUT_OF_MEMORY;
  if (fault == REFUSES) return bp_fail(err, BP_ERROR_UNSUPPORTED, "not today");
  if (fault == OTHER_CODE) return bp_fail(err, BP_ERROR_INTERNAL, "something"), BP_ERROR_OUT_OF_MEMORY;
  if (fault == UNTERMINATED) {
    bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "x");
    memset(err->message, 'x', sizeof err->message);
    return BP_ERROR_OUT_OF_MEMORY;
  }
  for (int64_t i = 0; i < n; i++) {
    float *target = element(out, i);
    if (fault == LEAVES_LAST && i == n - 1) break;
    switch (op->op) {
      case BP_OP_ADD: *target = value(op->inputs[0], i) + value(op->inputs[1], i); break;
      case BP_OP_GATHER: {
        int64_t j = *(int64_t *)((char *)op->inputs[1]->buffer + op->inputs[1]->byte_offset + 8 * i);
        if (j < 0 || j >= op->inputs[0]->shape[0]) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "index");
        *target = *element(op->inputs[0], j);
        break;
      }
      default: *target = value(op->inputs[0], i);
    }
  }
  float *first = element(out, 0), *last = element(out, n - 1);
  if (fault == WRITES_PAST) last[1] = 0;
  if (fault == WRITES_BEFORE) first[-1] = 0;
  if (fault == WRITES_FAR) last[60] = 0;
  if (fault == FILLS_GAPS) first[1] = 0;
  if (fault == READS_PAST) *last += *(unsigned char *)(element(op->inputs[0], n - 1) + 1);
  if (fault == CHANGES_INPUT) *element(op->inputs[1], 1) += 1;
  if (fault == WRITES_ERROR) err->code = BP_OK;
  if (fault == ROUNDS_UP) fesetround(FE_UPWARD);
  if (fault == SLOW) {
    calls_inside++;
    while (!calls_may_end) sched_yield();
    calls_inside--;
  }
  return BP_OK;
}

static int32_t peer_copy(void *c, int32_t target_device, bp_stream target_stream, bp_buffer target,
                         int64_t target_offset, int32_t source_device, bp_stream source_stream, bp_buffer source,
                         int64_t source_offset, int64_t bytes, bp_error *err) {
  (void)c, (void)target_device, (void)target_stream, (void)source_device, (void)source_stream, (void)err;
  memcpy((char *)target + target_offset, (char *)source + source_offset, (size_t)bytes);
  if (FAULT == PEER_WRITES_PAST) ((char *)target)[target_offset + bytes] ^= 1;
  return BP_OK;
}

/* A program with what its pointers point to, or, of the fault FUSION_KEEPS_POINTER, with the host's. */
struct fused {
  bp_fusion_program program;
  bp_fusion_step steps[BP_FUSION_STEPS];
  int32_t types[BP_FUSION_INPUTS], outputs[BP_FUSION_OUTPUTS];
};

static int32_t prepare(void *c, int32_t d, const bp_fusion_program *program, uint64_t *handle, bp_error *err) {
  (void)c, (void)d;
  if (FAULT == FUSION_TURNS_DOWN) return bp_fail(err, BP_ERROR_INVALID_ARGUMENT, "not this one");
  const int32_t code = bp_check_fusion(program, err);
  if (code) return code;
  for (int i = 0; i < program->step_count; i++) {
    const bp_fusion_step *step = bp_fusion_step_of(program, i);
    if ((step->op != BP_OP_ADD && step->op != BP_OP_COPY) || step->dtype != BP_FLOAT32)
      return bp_fail(err, BP_ERROR_UNSUPPORTED, "it fuses COPY and ADD of float32");
  }
  if (FAULT == FUSION_HANDLE_0) return *handle = 0, BP_OK;
  struct fused *fused = calloc(1, sizeof *fused);
  fused->program = *program;
  if (FAULT != FUSION_KEEPS_POINTER) {
    for (int i = 0; i < program->step_count; i++) fused->steps[i] = *bp_fusion_step_of(program, i);
    for (int i = 0; i < program->input_count; i++) fused->types[i] = program->input_types[i];
    for (int i = 0; i < program->output_count; i++) fused->outputs[i] = program->outputs[i];
    fused->steps->struct_size = sizeof *fused->steps;
    fused->program.steps = fused->steps, fused->program.input_types = fused->types;
    fused->program.outputs = fused->outputs;
  }
  return *handle = (uint64_t)fused, BP_OK;
}

static void release(void *c, int32_t d, uint64_t handle) {
  (void)c, (void)d;
  free((void *)handle);
}

static int32_t execute_fused(void *c, int32_t d, bp_stream s, uint64_t handle, const bp_tensor *const *inputs,
                             const bp_tensor *const *outputs, bp_error *err) {
  (void)c, (void)d, (void)s;
  const bp_fusion_program *program = &((struct fused *)handle)->program;
  const bp_tensor *out = outputs[0];
  int64_t n = 1;
  for (int i = 0; i < out->rank; i++) n *= out->shape[i];
  if (FAULT == FUSION_REFUSES) return bp_fail(err, BP_ERROR_UNSUPPORTED, "not today");
  if (n == 0) return BP_OK;
  for (int64_t e = 0; e < n - (FAULT == FUSION_LEAVES_LAST); e++) {
    float values[BP_FUSION_INPUTS + BP_FUSION_STEPS];
    for (int i = 0; i < program->input_count; i++) values[i] = value(inputs[i], e);
    for (int i = 0; i < program->step_count; i++) {
      const bp_fusion_step *step = bp_fusion_step_of(program, i);
      if (step->op == 0) return bp_fail(err, BP_ERROR_INTERNAL, "a step without an operator");
      const float first = values[step->inputs[0]];
      values[program->input_count + i] = step->op == BP_OP_COPY ? first : first + values[step->inputs[1]];
    }
    for (int i = 0; i < program->output_count; i++) *element(outputs[i], e) = values[program->outputs[i]];
  }
  if (FAULT == FUSION_WRITES_PAST) element(out, n - 1)[1] = 0;
  if (FAULT == FUSION_CHANGES_INPUT) *element(inputs[1], 1) += 1;
  if (FAULT == FUSION_READS_PAST) *element(out, 0) += *(unsigned char *)(element(inputs[0], n - 1) + 1);
  return BP_OK;
}

static const void *get_extension(void *c, const char *name) {
  static const bp_peer_copy table = {.struct_size = sizeof table, .copy = peer_copy};
  static const bp_fusion fusion = {
      .struct_size = sizeof fusion, .prepare = prepare, .release = release, .execute = execute_fused};
  (void)c;
  if (strcmp(name, BP_EXTENSION_FUSION) == 0) return &fusion;
  return strcmp(name, BP_EXTENSION_PEER_COPY) == 0 || strcmp(name, "other.thing/1") == 0 ? &table : NULL;
}

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  (void)host, (void)err;
  bp_plugin table = {
      .struct_size = sizeof table, .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR, .device_count = 1,
      .magic = BP_PLUGIN_MAGIC, .name = NAMED(NAME), .version = "1", .device_info = device_info,
      .memory_info = memory_info, .alloc = alloc_, .free = free_, .copy_from_host = from_host, .copy_to_host = to_host,
      .query_op = query_op, .execute = execute, .host_pointer = host_pointer, .wrap_host = wrap_host,
      .get_extension = get_extension};
  bp_plugin_fill(out, &table);
  return BP_OK;
}
