/* The entry points of the plugins that scripts/thread-sanitizer links into the program. */
#include "backplane_backend.h"

int32_t open_reference(const bp_host *host, bp_plugin *out, bp_error *err);
int32_t open_healthy(const bp_host *host, bp_plugin *out, bp_error *err);
int32_t open_frozen(const bp_host *host, bp_plugin *out, bp_error *err);
