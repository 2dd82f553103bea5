/* Plugins that a host must turn down, one for each value of FAULT. */
#include "backplane_backend.h"

enum { OTHER_MAJOR_SYMBOL = 1, NO_SYMBOL, WRONG_MAGIC, OTHER_MAJOR, TOO_SMALL, TOO_LARGE, NO_EXECUTE, BAD_NAME,
       NEGATIVE_COUNT, HUGE_COUNT, REFUSES, REFUSES_SILENTLY, NULL_TABLE, HALF_OF_THE_STREAMS };

static int32_t info(void *c, int32_t d, bp_device_info *o, bp_error *e) { (void)c, (void)d, (void)o, (void)e; return BP_OK; }
static int32_t memory(void *c, int32_t d, bp_memory_info *o, bp_error *e) { (void)c, (void)d, (void)o, (void)e; return BP_OK; }
static int32_t alloc_(void *c, int32_t d, int32_t k, int64_t n, int64_t a, bp_buffer *o, bp_error *e) { (void)c, (void)d, (void)k, (void)n, (void)a, (void)o, (void)e; return BP_OK; }
static void free_(void *c, int32_t d, bp_buffer b) { (void)c, (void)d, (void)b; }
static int32_t from(void *c, int32_t d, bp_stream s, bp_buffer t, int64_t o, const void *p, int64_t n, bp_error *e) { (void)c, (void)d, (void)s, (void)t, (void)o, (void)p, (void)n, (void)e; return BP_OK; }
static int32_t to(void *c, int32_t d, bp_stream s, void *t, bp_buffer b, int64_t o, int64_t n, bp_error *e) { (void)c, (void)d, (void)s, (void)t, (void)b, (void)o, (void)n, (void)e; return BP_OK; }
static int32_t query(void *c, int32_t d, const bp_op *o, bp_op_info *i, bp_error *e) { (void)c, (void)d, (void)o, (void)i, (void)e; return BP_OK; }
static int32_t run(void *c, int32_t d, bp_stream s, const bp_op *o, bp_error *e) { (void)c, (void)d, (void)s, (void)o, (void)e; return BP_OK; }
static int32_t stream(void *c, int32_t d, bp_stream *o, bp_error *e) { (void)c, (void)d, (void)o, (void)e; return BP_OK; }

#if FAULT == 1
#define ENTRY bp_plugin_open_v2
int32_t bp_plugin_open_v2(const bp_host *host, bp_plugin *out, bp_error *err);
#elif FAULT == 2
#define ENTRY something_else
int32_t something_else(const bp_host *host, bp_plugin *out, bp_error *err);
#else
#define ENTRY bp_plugin_open_v1
#endif

int32_t ENTRY(const bp_host *host, bp_plugin *out, bp_error *err) {
  (void)host;
  if (FAULT == REFUSES) return bp_fail(err, BP_ERROR_UNAVAILABLE, "the coprocessor is not plugged in");
  if (FAULT == REFUSES_SILENTLY) return BP_ERROR_INTERNAL;
  if (FAULT == NULL_TABLE) return BP_OK;
  bp_plugin table = {
      .struct_size = sizeof table, .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR, .device_count = 1,
      .magic = BP_PLUGIN_MAGIC, .name = "faulty", .version = "1", .device_info = info, .memory_info = memory,
      .alloc = alloc_, .free = free_, .copy_from_host = from, .copy_to_host = to, .query_op = query, .execute = run};
  if (FAULT == WRONG_MAGIC) table.magic = 42;
  if (FAULT == OTHER_MAJOR) table.abi_major = 2;
  if (FAULT == NO_EXECUTE) table.execute = NULL;
  if (FAULT == BAD_NAME) table.name = "../etc";
  if (FAULT == NEGATIVE_COUNT) table.device_count = -1;
  if (FAULT == HUGE_COUNT) table.device_count = 1000000000;
  if (FAULT == HALF_OF_THE_STREAMS) table.stream_create = stream;
  bp_plugin_fill(out, &table);
  if (FAULT == TOO_SMALL) out->struct_size = 24;
  if (FAULT == TOO_LARGE) out->struct_size = 1u << 30;
  return BP_OK;
}
