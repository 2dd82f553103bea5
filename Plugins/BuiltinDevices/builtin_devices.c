#include "backplane_builtin_devices.h"
#include "backplane_linked_plugins.h"

int32_t backplane_cpu_open(const bp_host *host, bp_plugin *out, bp_error *err);
int32_t backplane_reference_open(const bp_host *host, bp_plugin *out, bp_error *err);

static backplane_linked_plugin cpu = {"cpu", backplane_cpu_open, 0};
static backplane_linked_plugin reference = {"reference", backplane_reference_open, 0};

__attribute__((constructor)) static void link_builtin_devices(void) {
  backplane_link_plugin(&reference);
  backplane_link_plugin(&cpu);
}
