/* The healthy plugin by itself. */
#include "healthy.h"

BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  (void)host, (void)err;
  bp_plugin table = healthy_table();
  bp_plugin_fill(out, &table);
  return BP_OK;
}
