/* The reference plugin under another name, without its extended operators: what it lacks the frontend has to decompose.
 *
 * REFERENCE  the reference plugin's file
 * NAME       the device's name
 * EXACTING   if defined: contiguous operands, nothing in place, and a workspace are asked for, and are then insisted on
 * MEAGRE     if defined: the core types alone are computed with, others are copied
 * DISTANT    if defined: the host sees no memory of the device, which has all operators */
#include "backplane_backend.h"

#include <dlfcn.h>
#include <stdio.h>

static int32_t (*query_op)(void *, int32_t, const bp_op *, bp_op_info *, bp_error *);
static int32_t (*execute)(void *, int32_t, bp_stream, const bp_op *, bp_error *);

#ifdef DISTANT
static int is_core(const bp_op *op) { return op != NULL; }
#else
static int is_core(const bp_op *op) { return op->op < 1024; }
#endif

#ifdef MEAGRE
static int is_of_core_types(const bp_tensor *x) {
  return x->dtype == BP_FLOAT32 || x->dtype == BP_INT64 || x->dtype == BP_BOOL;
}

static int takes_types(const bp_op *op) {
  if (op->op == BP_OP_COPY) return 1;
  for (int32_t i = 0; i < op->input_count; i++) if (!is_of_core_types(op->inputs[i])) return 0;
  for (int32_t i = 0; i < op->output_count; i++) if (!is_of_core_types(op->outputs[i])) return 0;
  return 1;
}
#else
static int takes_types(const bp_op *op) { return op != NULL; }
#endif

static int32_t fail(bp_error *error, int32_t code, const char *message) {
  error->code = code;
  snprintf(error->message, sizeof error->message, "%s", message);
  return code;
}

static int32_t query_core(void *context, int32_t device, const bp_op *op, bp_op_info *out, bp_error *error) {
  if (!is_core(op) || !takes_types(op)) {
    out->supported = 0;
    snprintf(out->reason, sizeof out->reason, is_core(op) ? "core types only" : "core operators only");
    return BP_OK;
  }
  int32_t status = query_op(context, device, op, out, error);
#ifdef EXACTING
  if (status == BP_OK && out->supported && op->op != BP_OP_COPY && op->op != BP_OP_FILL) {
    out->flags = (out->flags & ~BP_OP_INFO_IN_PLACE) | BP_OP_INFO_CONTIGUOUS;
    out->workspace_bytes = 256;
    /* With the flag and without: either way it is asked for. */
    if (op->op % 2) out->flags |= BP_OP_INFO_WORKSPACE;
  }
#endif
#ifdef DISORDERED
  /* As a device whose sums come in any order says. */
  if (op->op == BP_OP_SCATTER || op->op == BP_OP_TANH) out->flags &= ~BP_OP_INFO_DETERMINISTIC;
#endif
  return status;
}

#ifdef EXACTING
static int is_contiguous(const bp_tensor *x) {
  int64_t step = 1;
  if (x->flags & BP_TENSOR_IMMEDIATE) return 0;
  for (int32_t d = 0; d < x->rank; d++) if (x->shape[d] == 0) return 1;
  for (int32_t d = x->rank - 1; d >= 0; d--) {
    if (x->shape[d] != 1 && x->strides[d] != step) return 0;
    step *= x->shape[d];
  }
  return 1;
}

static const char *misfit(const bp_op *op) {
  if (op->op == BP_OP_COPY || op->op == BP_OP_FILL) return NULL;
  if (op->workspace_bytes < 256) return "there is no workspace";
  for (int32_t i = 0; i < op->input_count; i++) if (!is_contiguous(op->inputs[i])) return "an input is not contiguous";
  for (int32_t i = 0; i < op->output_count; i++) if (!is_contiguous(op->outputs[i])) return "an output is not contiguous";
  return NULL;
}
#else
static const char *misfit(const bp_op *op) { return op ? NULL : ""; }
#endif

static int32_t execute_core(void *context, int32_t device, bp_stream stream, const bp_op *op, bp_error *error) {
  if (!is_core(op) || !takes_types(op)) return fail(error, BP_ERROR_UNSUPPORTED, "core operators and types only");
  const char *fault = misfit(op);
  if (fault) return fail(error, BP_ERROR_INTERNAL, fault);
  return execute(context, device, stream, op, error);
}

#ifdef DISTANT
static int32_t (*device_info)(void *, int32_t, bp_device_info *, bp_error *);

static int32_t distant_info(void *context, int32_t device, bp_device_info *out, bp_error *error) {
  int32_t status = device_info(context, device, out, error);
  out->flags &= ~BP_DEVICE_HOST_MEMORY;
  return status;
}
#endif

int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *error) {
  void *library = dlopen(REFERENCE, RTLD_NOW | RTLD_LOCAL);
  if (!library) return fail(error, BP_ERROR_UNAVAILABLE, dlerror());
  int32_t (*open)(const bp_host *, bp_plugin *, bp_error *);
  *(void **)&open = dlsym(library, "bp_plugin_open_v1");
  int32_t status = open(host, out, error);
  if (status != BP_OK) return status;
  out->name = NAME;
  query_op = out->query_op;
  execute = out->execute;
  out->query_op = query_core;
  out->execute = execute_core;
#ifdef DISTANT
  device_info = out->device_info;
  out->device_info = distant_info;
  out->host_pointer = NULL;
  out->wrap_host = NULL;
#endif
  return BP_OK;
}
