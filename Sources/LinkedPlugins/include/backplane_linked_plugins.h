/*
 * Plugins that are part of the program, instead of files that it finds.
 *
 * A plugin that is linked into a program adds itself before main runs:
 *
 *   static backplane_linked_plugin self = {"npu", npu_open, 0};
 *   __attribute__((constructor)) static void link_self(void) { backplane_link_plugin(&self); }
 *
 * Nothing is opened until a device of the plugin is asked for. A file that BACKPLANE_PLUGIN_PATH names comes before a
 * linked plugin of the same name, files in other places after it.
 */
#ifndef BACKPLANE_LINKED_PLUGINS_H
#define BACKPLANE_LINKED_PLUGINS_H

#include "backplane_backend.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct backplane_linked_plugin {
  /* The device's name, as in bp_plugin.name. */
  const char *name;
  /* What bp_plugin_open_v1 is to a library. */
  int32_t (*open)(const bp_host *host, bp_plugin *out, bp_error *err);
  /* Written by backplane_link_plugin. */
  const struct backplane_linked_plugin *next;
} backplane_linked_plugin;

/* Adds a plugin. What the pointer shows has to stay for as long as the program runs. Call it from constructors, or
   before the first use of a device, on one thread. */
void backplane_link_plugin(backplane_linked_plugin *plugin);

/* The first of the linked plugins, or NULL. */
const backplane_linked_plugin *backplane_first_linked_plugin(void);

#ifdef __cplusplus
}
#endif
#endif
