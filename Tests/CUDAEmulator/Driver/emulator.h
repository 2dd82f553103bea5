/* The emulated driver's own declarations: devices whose memory the host cannot touch, streams whose work waits until
 * somebody asks for it, and kernels that are shared libraries.
 *
 * One lock guards everything. Work runs on the thread that waits for it.
 */
#ifndef CUDA_EMULATOR_H
#define CUDA_EMULATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "cuda_functions.h"
#include "kernels.h"

/* The rest of cuda.h's results that the emulator gives. */
enum {
  INVALID_VALUE = 1,
  NOT_INITIALIZED = 3,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_FAILED = 719,
};

#define MAX_DEVICES 4

typedef struct device {
  int ordinal;
  /* The protection key of its memory, -1 where the processor has none. */
  int key;
  size_t used_bytes;
  /* What it was lost by, 0 while it answers. */
  int error;
} device;

/* An operation that waits in a stream. */
typedef struct operation {
  struct operation *next;
  int (*run)(device *device, void *data);
  /* Called when the operation is over, also when it was not run because the device is lost. */
  void (*finish)(void *data);
  void *data;
} operation;

typedef struct stream {
  device *device;
  operation *first, *last;
  int count;
  /* Blocks that were freed in the stream's order, for its next allocations. */
  struct block *free_blocks;
} stream;

/* What an event stands for after it was recorded: a point in a stream. */
typedef struct ticket {
  int references;
  bool is_done;
  stream *stream;
} ticket;

/* settings.c: what the environment asks for. */
typedef struct settings {
  int devices, capability;
  size_t memory_bytes;
  bool is_eager, has_late_copies, is_reversed;
  bool skips_barriers, skips_synchronization, skips_last_block;
  /* The number of the call that fails, 0 for none. */
  int failing_launch, failing_allocation, last_launch;
} settings;
extern settings emulator;
void read_settings(void);

/* devices.c */
extern device devices[MAX_DEVICES];
extern _Thread_local device *current;
void lock(void);
void unlock(void);
/* Says on standard error what a device would not. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Starts a function of the driver that needs a context: takes the lock, or returns the error. */
#define ENTER                            \
  lock();                                \
  if (!current) return leave(INVALID_CONTEXT); \
  if (current->error) return leave(current->error)
int leave(int code);

/* memory.c */
typedef struct block {
  struct block *next, *next_free;
  device *device; /* NULL for page-locked host memory */
  unsigned char *base;
  size_t bytes, mapped_bytes;
  stream *owner; /* of an allocation in a stream's order */
} block;
block *find_block(cu_pointer address, size_t bytes);
bool is_page_locked(const void *address, size_t bytes);
int check_guards(device *device);
void drop_stream_blocks(stream *stream);
int open_memory_keys(void);
void allow_access(device *device, bool is_allowed);

/* streams.c */
int defer(stream *stream, int (*run)(device *, void *), void (*finish)(void *), void *data);
int run_stream(stream *stream, const ticket *until);
void run_device(device *device);
stream *to_stream(cu_stream handle);

/* faults.c: runs an operation with access to the device's memory. */
int run_guarded(device *device, operation *operation);

/* blocks.c: runs a kernel. */
typedef struct launch {
  struct function *function;
  unsigned grid[3], block[3], shared_bytes;
  void **parameters;
} launch;
int run_launch(const launch *launch);

/* modules.c */
typedef struct function {
  struct function *next; /* of the same module */
  device *device;
  kernels_module *module;
  const char *name;
  void (*call)(void **parameters);
  const size_t *sizes; /* the number of parameters, then the size of each */
  unsigned most_shared; /* bytes of dynamic shared memory that a launch may ask for */
} function;

#define DECLARE(name, arguments) __attribute__((visibility("default"))) int name arguments;
CUDA_DRIVER_FUNCTIONS(DECLARE)

/* For the emulated cuBLAS: a copy of the data waits with the stream's other work. */
__attribute__((visibility("default"))) int emulator_defer(
    cu_stream stream, void (*run)(void *data), const void *data, size_t bytes);

#endif
