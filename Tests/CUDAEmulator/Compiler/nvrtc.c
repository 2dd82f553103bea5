/* The emulated NVRTC: kernels become shared libraries of the host, made by clang. */
#include "nvrtc.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../Driver/kernels.h"

extern char **environ;

static const char emulation_header[] = {
#embed "cuda_emulation.h"
    , 0};

enum { INVALID_INPUT = 3, INVALID_PROGRAM = 4, INVALID_OPTION = 5, COMPILATION = 6, INTERNAL = 11, MAX_FILES = 32 };

typedef struct program {
  char *folder, *source;
  char *files[MAX_FILES];
  int file_count;
  char *log, *image;
  size_t image_bytes;
  /* As they came. */
  char *name, *text, *headers[MAX_FILES], *header_names[MAX_FILES];
  int header_count;
} program;

int nvrtcVersion(int *major, int *minor) {
  // A version that NVIDIA has not: the cache keeps these modules apart from real ones.
  *major = 13;
  *minor = 999;
  return 0;
}

static char *path_in(program *program, const char *name) {
  char *path;
  return asprintf(&path, "%s/%s", program->folder, name) < 0 ? NULL : path;
}

/* The path of a new file in the program's folder, which goes when the program does. */
static char *add_file(program *program, const char *name) {
  if (program->file_count == MAX_FILES || strchr(name, '/')) return NULL;
  return program->files[program->file_count++] = path_in(program, name);
}

static char *write_file(program *program, const char *name, const char *text) {
  char *path = add_file(program, name);
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return NULL;
  fputs(text, file);
  return fclose(file) ? NULL : path;
}

static char *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "r");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  char *text = calloc(1, size + 1);
  *bytes = fread(text, 1, size, file);
  fclose(file);
  return text;
}

int nvrtcCreateProgram(
    nvrtc_program *handle, const char *source, const char *name, int header_count, const char *const *headers,
    const char *const *include_names) {
  program *made = calloc(1, sizeof *made);
  const char *base = getenv("TMPDIR");
  if (asprintf(&made->folder, "%s/kernels-XXXXXX", base && *base ? base : "/tmp") < 0 || !mkdtemp(made->folder))
    return INTERNAL;
  *handle = made;
  made->source = write_file(made, name ? name : "default_program", source);
  if (!made->source || !write_file(made, "cuda_emulation.h", emulation_header)) return INVALID_INPUT;
  made->name = strdup(name ? name : "default_program");
  made->text = strdup(source);
  for (int i = 0; i < header_count; i++) {
    if (!write_file(made, include_names[i], headers[i])) return INVALID_INPUT;
    made->headers[i] = strdup(headers[i]);
    made->header_names[i] = strdup(include_names[i]);
    made->header_count++;
  }
  return 0;
}

int nvrtcDestroyProgram(nvrtc_program *handle) {
  program *gone = *handle;
  if (!gone) return INVALID_PROGRAM;
  for (int i = 0; i < gone->file_count; i++) {
    unlink(gone->files[i]);
    free(gone->files[i]);
  }
  for (int i = 0; i < gone->header_count; i++) {
    free(gone->headers[i]);
    free(gone->header_names[i]);
  }
  rmdir(gone->folder);
  free(gone->name);
  free(gone->text);
  free(gone->folder);
  free(gone->log);
  free(gone->image);
  free(gone);
  *handle = NULL;
  return 0;
}

/* Runs clang; what it says goes to the log. */
static int compile(program *program, const char **arguments) {
  char *log = path_in(program, "log");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  pid_t child;
  int status = -1;
  int error = posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)arguments, environ);
  if (!error)
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  posix_spawn_file_actions_destroy(&actions);
  free(program->log);
  size_t bytes = 0;
  program->log = error ? strdup("clang++ cannot be started") : read_file(log, &bytes);
  unlink(log);
  free(log);
  return error || status;
}

/* What NVRTC takes: definitions go to clang, the rest is checked for being known. */
static int take_option(const char *option, const char **arguments, int *count) {
  static const char *const known[] = {
      "--gpu-architecture=sm_", "-arch=sm_", "--std=c++17", "-std=c++17", "--fmad=", "-fmad=", "-default-device",
      "--device-as-default-execution-space", "--extra-device-vectorization", "--dopt=", "-lineinfo",
      "--generate-line-info"};
  if (!strncmp(option, "-D", 2) || !strncmp(option, "-U", 2)) return arguments[(*count)++] = option, 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (!strncmp(option, known[i], strlen(known[i]))) return 0;
  return INVALID_OPTION;
}

static const char *architecture(int count, const char *const *options) {
  static _Thread_local char text[40];
  int capability = 52;
  for (int i = 0; i < count; i++) {
    const char *found = strstr(options[i], "=sm_");
    if (found) capability = atoi(found + 4);
  }
  snprintf(text, sizeof text, "-D__CUDA_ARCH__=%d0", capability);
  return text;
}

int nvrtcCompileProgram(nvrtc_program handle, int option_count, const char *const *options) {
  program *program = handle;
  program->log = refusal_of_original(
      program->text, program->name, program->header_count, (const char *const *)program->headers,
      (const char *const *)program->header_names, option_count, options);
  if (program->log) return COMPILATION;
  const char *clang = getenv("CUDA_EMULATOR_CLANG");
  char *include = NULL;
  const char **first = calloc((size_t)option_count + 32, sizeof *first);
  if (asprintf(&include, "-I%s", program->folder) < 0) return INTERNAL;
  char *expanded = add_file(program, "expanded.cpp");
  int count = 0, code = 0;
  const char *start[] = {clang && *clang ? clang : "clang++", "-E", "-x", "c++", "-std=c++17", "-nostdinc",
      "-nostdinc++", include, "-D__CUDACC__", "-D__CUDACC_RTC__", "-DCUDA_EMULATOR", architecture(option_count, options), "-o", expanded,
      program->source};
  for (size_t i = 0; i < sizeof start / sizeof *start; i++) first[count++] = start[i];
  for (int i = 0; i < option_count && !code; i++) {
    code = take_option(options[i], first, &count);
    if (code && asprintf(&program->log, "unknown option %s", options[i]) < 0) program->log = NULL;
  }
  first[count] = NULL;
  if (!code && compile(program, first)) code = COMPILATION;
  free(first);
  free(include);
  if (code) return code;

  size_t bytes;
  char *text = read_file(expanded, &bytes);
  char *finished = finish_source(text);
  char *complete = write_file(program, "complete.cpp", finished);
  char *header = path_in(program, "cuda_emulation.h");
  char *library = add_file(program, "kernels.so");
  const char *second[] = {start[0], "-x", "c++", "-std=c++17", "-O1", "-ffp-contract=off", "-fno-math-errno", "-fPIC",
      "-shared", "-nostdinc", "-nostdlib++", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
      "-fvisibility=hidden", "-fwrapv", "-w", "-Wl,-z,defs", "-include", header, complete, "-lm", "-o", library, NULL};
  if (compile(program, second)) code = COMPILATION;
  free(text);
  free(finished);
  free(header);
  if (code) return code;
  char *bytes_of_library = read_file(library, &bytes);
  if (!bytes_of_library) return INTERNAL;
  unsigned long long head[2] = {KERNELS_MAGIC, bytes};
  program->image_bytes = sizeof head + bytes;
  program->image = malloc(program->image_bytes);
  memcpy(program->image, head, sizeof head);
  memcpy(program->image + sizeof head, bytes_of_library, bytes);
  free(bytes_of_library);
  return 0;
}

int nvrtcGetCUBINSize(nvrtc_program handle, size_t *bytes) {
  program *program = handle;
  *bytes = program->image_bytes;
  return 0;
}

int nvrtcGetCUBIN(nvrtc_program handle, char *image) {
  program *program = handle;
  if (!program->image) return INVALID_PROGRAM;
  memcpy(image, program->image, program->image_bytes);
  return 0;
}

int nvrtcGetProgramLogSize(nvrtc_program handle, size_t *bytes) {
  program *program = handle;
  *bytes = program->log ? strlen(program->log) + 1 : 1;
  return 0;
}

int nvrtcGetProgramLog(nvrtc_program handle, char *log) {
  program *program = handle;
  strcpy(log, program->log ? program->log : "");
  return 0;
}
