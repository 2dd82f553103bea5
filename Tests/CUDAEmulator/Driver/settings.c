#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator.h"

settings emulator;

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text && *text ? atol(text) : otherwise;
}

/* `launch:7` within a list of such words. */
static int count_of(const char *list, const char *word) {
  const char *found = list ? strstr(list, word) : NULL;
  return found ? atoi(found + strlen(word)) : 0;
}

void read_settings(void) {
  long devices = number("CUDA_EMULATOR_DEVICES", 1);
  emulator.devices = devices < 0 ? 0 : devices > MAX_DEVICES ? MAX_DEVICES : (int)devices;
  emulator.capability = (int)number("CUDA_EMULATOR_CAPABILITY", 90);
  emulator.memory_bytes = (size_t)number("CUDA_EMULATOR_MEMORY", 1l << 30);
  emulator.is_eager = number("CUDA_EMULATOR_EAGER", 0);
  emulator.has_late_copies = number("CUDA_EMULATOR_LATE_COPIES", 0);
  const char *order = getenv("CUDA_EMULATOR_ORDER");
  emulator.is_reversed = order && !strcmp(order, "reverse");

  const char *fails = getenv("CUDA_EMULATOR_FAIL");
  emulator.failing_launch = count_of(fails, "launch:");
  emulator.failing_allocation = count_of(fails, "alloc:");
  emulator.last_launch = count_of(fails, "lost:");

  const char *defect = getenv("CUDA_EMULATOR_DEFECT");
  if (!defect) return;
  emulator.skips_barriers = strstr(defect, "no-barrier");
  emulator.skips_synchronization = strstr(defect, "no-sync");
  emulator.skips_last_block = strstr(defect, "grid");
}
