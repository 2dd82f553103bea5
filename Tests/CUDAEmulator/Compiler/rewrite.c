/* The two things of CUDA that macros cannot express in C++: `extern __shared__`, and calling a kernel by its name. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvrtc.h"

static int is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static const char *skip_spaces(const char *at) {
  while (isspace((unsigned char)*at)) at++;
  return at;
}

/* Where a word begins that is `word` and not part of a longer one, NULL if nowhere. */
static const char *find_word(const char *text, const char *word) {
  size_t length = strlen(word);
  for (const char *at = text; (at = strstr(at, word)); at += length)
    if ((at == text || !is_word(at[-1])) && !is_word(at[length])) return at;
  return NULL;
}

/* `extern __shared__ T name[];` becomes `T *const name = (T *)kernels_dynamic;` */
static const char *write_dynamic(FILE *out, const char *at) {
  const char *end = strchr(at, ';'), *bracket = strchr(at, '[');
  if (!end || !bracket || bracket > end) return NULL;
  const char *name_end = bracket;
  while (isspace((unsigned char)name_end[-1])) name_end--;
  const char *name = name_end;
  while (is_word(name[-1])) name--;
  // __align__(16) and the like say nothing here: the memory is aligned as well as any.
  const char *type = skip_spaces(at);
  if (!strncmp(type, "__align__", 9)) type = skip_spaces(strchr(type, ')') + 1);
  if (!strncmp(type, "alignas", 7)) type = skip_spaces(strchr(type, ')') + 1);
  int type_length = (int)(name - type), name_length = (int)(name_end - name);
  fprintf(
      out, "static %.*s*const %.*s = (%.*s*)kernels_dynamic;", type_length, type, name_length, name, type_length,
      type);
  return end + 1;
}

static void write_body(FILE *out, const char *text) {
  const char *at = text, *found;
  while ((found = find_word(at, "extern"))) {
    const char *next = skip_spaces(found + 6);
    const char *rest = strncmp(next, "__shared__", 10) ? NULL : next + 10;
    fwrite(at, 1, (size_t)(found - at), out);
    at = rest ? write_dynamic(out, rest) : NULL;
    if (!at) {
      fputs("extern", out);
      at = found + 6;
    }
  }
  fputs(at, out);
}

/* A kernel's name is the word before the first parenthesis that is not __launch_bounds__'s. */
static void write_calls(FILE *out, const char *text) {
  const char *at = text;
  fputs("\n", out);
  while ((at = find_word(at, "__global__"))) {
    at += strlen("__global__");
    const char *open = strchr(at, '(');
    const char *bounds = find_word(at, "__launch_bounds__");
    if (open && bounds && bounds < open) {
      int depth = 0;
      do {
        if (*open == '(') depth++;
        if (*open == ')') depth--;
        open++;
      } while (depth);
      open = strchr(open, '(');
    }
    if (!open) return;
    const char *end = open;
    while (isspace((unsigned char)end[-1])) end--;
    const char *name = end;
    while (is_word(name[-1])) name--;
    fprintf(out, "KERNELS_CALL(%.*s)\n", (int)(end - name), name);
    at = open;
  }
}

char *finish_source(const char *text) {
  char *result;
  size_t bytes;
  FILE *out = open_memstream(&result, &bytes);
  write_body(out, text);
  write_calls(out, text);
  fclose(out);
  return result;
}
