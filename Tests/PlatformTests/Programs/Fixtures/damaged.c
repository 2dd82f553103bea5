/* The reference plugin with one fault, which FAULT names: the table is its own, the functions behind it are those of
 * the library REFERENCE, but for what the fault replaces. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backplane_backend.h"

enum { NONE, ABORTS_IN_OPEN, HANGS_IN_OPEN, PRINTS_IN_OPEN, CHANGES_ENVIRONMENT, CHANGES_DIRECTORY, INSTALLS_HANDLER,
       SEGFAULTS_IN_EXECUTE, EXITS_IN_ALLOC, NO_MESSAGE, ENDLESS_MESSAGE, MISALIGNED, LIES, NO_MAGIC, REFUSES,
       NO_DEVICES, HANGS_IN_EXECUTE, DIES_AT_EXIT, CRASHES_WHEN_LOADED, EXPORTS_MORE, UNRESOLVED,
       SPINS_IN_EXECUTE, SPEAKS_IN_LINES };

#ifndef OPERATOR
#define OPERATOR BP_OP_MUL
#endif

static bp_plugin original;

#if FAULT == 19
int leaked_one(void) { return 1; }
int leaked_two(void) { return 2; }
#endif
#if FAULT == 20
int nobody_has_this(void);
int (*const use_of_it)(void) = nobody_has_this;
#endif
#if FAULT == 17
__attribute__((destructor)) static void end(void) { abort(); }
#endif
#if FAULT == 18
__attribute__((constructor)) static void start(void) { *(volatile int *)8 = 1; }
#endif

static int32_t failing(int32_t code, bp_error *err) {
  if (code != BP_OK && err && FAULT == NO_MESSAGE) err->message[0] = '\0';
  if (code != BP_OK && err && FAULT == ENDLESS_MESSAGE) memset(err->message, 'x', sizeof err->message);
  return code;
}

static int32_t alloc_(void *c, int32_t d, int32_t kind, int64_t bytes, int64_t alignment, bp_buffer *out,
                      bp_error *err) {
  if (FAULT == EXITS_IN_ALLOC) exit(0);
  return original.alloc(c, d, kind, bytes, alignment, out, err);
}

static int32_t host_pointer(void *c, int32_t d, bp_buffer buffer, void **out, bp_error *err) {
  int32_t code = original.host_pointer(c, d, buffer, out, err);
  if (code == BP_OK && FAULT == MISALIGNED) *out = (char *)*out + 4;
  return code;
}

static int32_t query_op(void *c, int32_t d, const bp_op *op, bp_op_info *out, bp_error *err) {
  int32_t code = original.query_op(c, d, op, out, err);
  if (FAULT == LIES && op->op == BP_OP_ADD) out->supported = 1;
  return code;
}

static int32_t execute(void *c, int32_t d, bp_stream stream, const bp_op *op, bp_error *err) {
  if (FAULT == SEGFAULTS_IN_EXECUTE && op->op == OPERATOR) *(volatile int *)8 = 1;
  if (FAULT == HANGS_IN_EXECUTE && op->op == OPERATOR)
    for (;;) sleep(1);
  if (FAULT == SPINS_IN_EXECUTE && op->op == OPERATOR)
    for (volatile int spinning = 1; spinning;) continue;
  if (FAULT == SPEAKS_IN_LINES && op->op == OPERATOR)
    return bp_fail(err, BP_ERROR_INTERNAL, "kernel.cl:1: error: no such thing\r\n\n  kernel.cl:2: note: declared here\n");
  if (FAULT == LIES && op->op == BP_OP_ADD && op->inputs[0]->dtype == BP_INT64)
    return bp_fail(err, BP_ERROR_UNSUPPORTED, "not this one");
  return failing(original.execute(c, d, stream, op, err), err);
}

static void handler(int signal) { (void)signal; }

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  if (FAULT == ABORTS_IN_OPEN) abort();
  if (FAULT == HANGS_IN_OPEN)
    for (;;) sleep(1);
  if (FAULT == PRINTS_IN_OPEN) printf("hello from the plugin\n");
  if (FAULT == CHANGES_ENVIRONMENT) setenv("FAULTY", "1", 1);
  if (FAULT == CHANGES_DIRECTORY && chdir("/") != 0) return bp_fail(err, BP_ERROR_INTERNAL, "chdir");
  if (FAULT == INSTALLS_HANDLER) {
    void *(*install)(int, void *) = (void *(*)(int, void *))dlsym(RTLD_DEFAULT, "signal");
    install(15, (void *)handler);
  }
  if (FAULT == REFUSES) return bp_fail(err, BP_ERROR_UNAVAILABLE, "the coprocessor is not plugged in");
  void *library = dlopen(REFERENCE, RTLD_NOW | RTLD_LOCAL);
  if (!library) return bp_fail(err, BP_ERROR_UNAVAILABLE, dlerror());
  bp_plugin_open_function open;
  *(void **)&open = dlsym(library, "bp_plugin_open_v1");
  original.struct_size = sizeof original;
  int32_t code = open(host, &original, err);
  if (code != BP_OK) return code;
  bp_plugin table = original;
  table.name = "damaged";
  if (FAULT != NO_MAGIC) table.magic = BP_PLUGIN_MAGIC;
  if (FAULT == NO_MAGIC) table.magic = 42;
  if (FAULT == NO_DEVICES) {
    table.device_count = 0;
    table.unavailable_reason = "nobody plugged it in";
  }
  table.alloc = alloc_;
  table.host_pointer = host_pointer;
  table.query_op = query_op;
  table.execute = execute;
  bp_plugin_fill(out, &table);
  return BP_OK;
}
