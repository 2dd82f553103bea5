/* The files that `backplane new-plugin` writes, as they stood when the program was built. */
#ifndef BACKPLANE_PLUGIN_TEMPLATES_H
#define BACKPLANE_PLUGIN_TEMPLATES_H

#include <stddef.h>

typedef struct plugin_template {
  const char *language; /* "c"; NULL after the last */
  const char *path;     /* in the new folder: "src/lib.rs" */
  const char *text;     /* NUL-terminated; "mychip" stands for the plugin's name */
} plugin_template;

/* Texts of one language and path follow one another and make up one file. */
const plugin_template *plugin_templates(void);

#endif
