#include "backplane_linked_plugins.h"

static const backplane_linked_plugin *first;

void backplane_link_plugin(backplane_linked_plugin *plugin) {
  plugin->next = first;
  first = plugin;
}

const backplane_linked_plugin *backplane_first_linked_plugin(void) { return first; }
