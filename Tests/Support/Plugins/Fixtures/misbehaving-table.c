/* Tables with one fault each, chosen by -DFAULT_…: what the host sees when it opens the plugin. */
#include "healthy.h"

#if FAULT_OTHER_ENTRY_POINT
#define bp_plugin_open_v1 bp_plugin_open_v2
#elif FAULT_NO_ENTRY_POINT
#define bp_plugin_open_v1 open_plugin
#endif

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  (void)host, (void)err;
  bp_plugin table = healthy_table();
#if FAULT_NOTHING_FILLED_IN
  (void)out, (void)table;
  return BP_OK;
#elif FAULT_UNRESOLVED_SYMBOL
  int32_t somewhere_else(void);
  return somewhere_else();
#elif FAULT_REFUSES
  return bp_fail(err, CODE, "the coprocessor is not plugged in");
#elif FAULT_REFUSES_WITHOUT_A_MESSAGE
  return BP_ERROR_INTERNAL;
#elif FAULT_MESSAGE_UNTERMINATED
  memset(err->message, 'x', sizeof err->message);
  return BP_ERROR_INTERNAL;
#elif FAULT_MESSAGE_NOT_UTF8
  return bp_fail(err, BP_ERROR_INTERNAL, "no \xff\xfe and no \x1b[31mred");
#elif FAULT_WRONG_MAGIC
  table.magic = 42;
#elif FAULT_OTHER_MAJOR
  table.abi_major = 2;
#elif FAULT_NEGATIVE_MINOR
  table.abi_minor = -1;
#elif FAULT_NEWER_MINOR
  table.abi_minor = BP_ABI_MINOR + 7;
#elif FAULT_NEGATIVE_DEVICE_COUNT
  table.device_count = -1;
#elif FAULT_HUGE_DEVICE_COUNT
  table.device_count = 1000000000;
#elif FAULT_NO_DEVICES
  table.device_count = 0;
  table.unavailable_reason = "no \xffriver";
#elif FAULT_NAME_WITH_SLASH
  table.name = "../etc/passwd";
#elif FAULT_NAME_NOT_UTF8
  table.name = "b\xc3\x28";
#elif FAULT_NAME_EMPTY
  table.name = "";
#elif FAULT_NAME_TOO_LONG
  table.name = "a23456789012345678901234567890123";
#elif FAULT_NO_NAME
  table.name = NULL;
#elif FAULT_NO_VERSION
  table.version = NULL;
#elif FAULT_VERSION_NOT_UTF8
  table.version = "1.\xff";
#elif FAULT_DESCRIPTION_NOT_UTF8
  table.description = "\xff";
#elif FAULT_MISSING
  table.MEMBER = NULL;
#elif FAULT_ONLY
  table.MEMBER = healthy_query;
#endif
  bp_plugin_fill(out, &table);
#if FAULT_STRUCT_SIZE
  out->struct_size = SIZE;
#elif FAULT_MEMBERS_BEHIND_STRUCT_SIZE
  /* What the plugin says it filled in ends before wrap_host: the rest is whatever was in memory. */
  out->struct_size = offsetof(bp_plugin, wrap_host) + 4;
  memset((char *)out + offsetof(bp_plugin, wrap_host), 0xee, sizeof *out - offsetof(bp_plugin, wrap_host));
#elif FAULT_WRITES_PAST_THE_TABLE
  /* A newer plugin that does not look at what the host knows. */
  memset((char *)out + sizeof *out, 0, 64);
#elif FAULT_NEWER_TABLE
  /* A newer plugin as it should be: its table is longer, the host gets as much as it knows. */
  struct {
    bp_plugin known;
    void (*new_in_this_minor[8])(void);
  } newer = {.known = table};
  newer.known.struct_size = sizeof newer;
  newer.known.abi_minor = BP_ABI_MINOR + 1;
  out->struct_size = sizeof *out;
  bp_plugin_fill(out, &newer.known);
#elif FAULT_COUNTS_ITS_OPENINGS
  static int openings;
  static char version[16];
  snprintf(version, sizeof version, "opening %d", ++openings);
  out->version = version;
#endif
  return BP_OK;
}
