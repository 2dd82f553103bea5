/* Kernels: blocks one after another, the threads of a block as fibers.
 *
 * A fiber runs thread after thread until one of them waits, at a barrier or for the other lanes of its warp; another
 * fiber goes on then. A kernel whose threads never wait needs one fiber.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emulator.h"

#ifndef __x86_64__
#error "The switch between fibers is written for x86-64"
#endif

enum { WARP = 32, MAX_THREADS = 1024, STACK_BYTES = 128 << 10, POISON_BYTE = 0xFF, PAGE_BYTES = 4096 };

enum state { NEW, READY, AT_BARRIER, IN_EXCHANGE, DONE };

typedef struct fiber {
  void *stack_pointer;
  unsigned char *stack;
} fiber;

typedef struct thread {
  enum state state;
  fiber *fiber;
  int line;
  /* Of an exchange. */
  int kind, argument, width;
  unsigned mask;
  unsigned long long value;
} thread;

static struct {
  const launch *launch;
  thread threads[MAX_THREADS];
  int count;
  /* The thread that runs, and the first of its warp that has not started. */
  int running, next, end;
  fiber *fiber;
  fiber *unused[MAX_THREADS];
  int unused_count;
  fiber fibers[MAX_THREADS];
  int fiber_count;
  void *scheduler;
  bool has_failed;
} now;

/* Saves what a call must preserve, changes the stack, and restores it from there. */
void emulator_change_stack(void **from, void *to);
__asm__(
    ".text\n .type emulator_change_stack, @function\n emulator_change_stack:\n"
    "pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
    "movq %rsp, (%rdi)\n movq %rsi, %rsp\n"
    "popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n ret\n");

static int in_order(int i, int count) { return emulator.is_reversed ? count - 1 - i : i; }

/* Makes a thread the one whose indices the kernel reads. Threads are numbered in the order in which they run. */
static void select_thread(int number) {
  const unsigned *size = now.launch->block;
  unsigned index = (unsigned)in_order(number, now.count);
  kernels_index *thread = now.launch->function->module->thread;
  *thread = (kernels_index){index % size[0], index / size[0] % size[1], index / size[0] / size[1]};
  now.running = number;
}

static void run_fiber(void) {
  for (;;) {
    while (now.next < now.end && !now.has_failed) {
      int number = now.next++;
      select_thread(number);
      now.threads[number].fiber = now.fiber;
      now.launch->function->call(now.launch->parameters);
      now.threads[number].state = DONE;
    }
    now.unused[now.unused_count++] = now.fiber;
    emulator_change_stack(&now.fiber->stack_pointer, now.scheduler);
  }
}

/* On top of a page that nothing may touch: who uses too much stack meets it. */
static fiber *make_fiber(void) {
  fiber *made = &now.fibers[now.fiber_count++];
  if (!made->stack) {
    made->stack = mmap(
        NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    mprotect(made->stack, PAGE_BYTES, PROT_NONE);
  }
  void **top = (void **)(made->stack + STACK_BYTES);
  /* Six registers, the address to return to, and one word so that the stack is as after a call. */
  top -= 2;
  top[0] = (void *)run_fiber;
  top -= 6;
  memset(top, 0, 6 * sizeof *top);
  made->stack_pointer = top;
  return made;
}

static void resume(fiber *fiber) {
  now.fiber = fiber;
  emulator_change_stack(&now.scheduler, fiber->stack_pointer);
}

static void go_on(int number) {
  now.threads[number].state = READY;
  select_thread(number);
  resume(now.threads[number].fiber);
}

static void wait_as(enum state state, int line) {
  thread *thread = &now.threads[now.running];
  thread->state = state;
  thread->line = line;
  emulator_change_stack(&thread->fiber->stack_pointer, now.scheduler);
}

static void launch_fails(const char *reason, int line, int other) {
  if (now.has_failed) return;
  now.has_failed = true;
  complain("%s: %s (lines %d and %d)", now.launch->function->name, reason, line, other);
}

/* What kernels call. */

static void barrier(int line) {
  if (!emulator.skips_barriers) wait_as(AT_BARRIER, line);
}

static unsigned long long exchange(
    int kind, unsigned mask, unsigned long long value, int argument, int width, int line) {
  thread *thread = &now.threads[now.running];
  thread->kind = kind;
  thread->mask = mask;
  thread->value = value;
  thread->argument = argument;
  thread->width = width;
  wait_as(IN_EXCHANGE, line);
  return thread->value;
}

/* Lanes count as the indices do, also where threads run in reverse. */
static int number_of(int warp_first, int lane) { return in_order(warp_first + lane, now.count); }

static unsigned active(void) {
  int first = in_order(now.running, now.count) / WARP * WARP;
  unsigned mask = 0;
  for (int lane = 0; lane < WARP && first + lane < now.count; lane++)
    if (now.threads[number_of(first, lane)].state != DONE) mask |= 1u << lane;
  return mask;
}

static void trap(const char *message, int line) {
  launch_fails(message, line, line);
  wait_as(DONE, line);
}

const kernels_runtime runtime = {barrier, exchange, active, trap};

/* Exchanges among the lanes of a warp. */

static int source_lane(const thread *t, int lane) {
  int width = t->width > 0 && t->width < WARP ? t->width : WARP;
  int first = lane / width * width, source;
  switch (t->kind) {
    case EXCHANGE_INDEX: return first + (t->argument & (width - 1));
    case EXCHANGE_XOR: source = lane ^ t->argument; return source < first + width ? source : lane;
    case EXCHANGE_UP: source = lane - t->argument; return source >= first ? source : lane;
    case EXCHANGE_DOWN: source = lane + t->argument; return source < first + width ? source : lane;
    default: return lane;
  }
}

/* Whether every lane that a thread waits for has arrived; lanes that are over do not count. */
static bool is_complete(int first, const thread *asking) {
  for (int lane = 0; lane < WARP && first + lane < now.count; lane++) {
    const thread *t = &now.threads[number_of(first, lane)];
    if (!(asking->mask >> lane & 1) || t->state == DONE) continue;
    if (t->state != IN_EXCHANGE || t->kind != asking->kind || t->mask != asking->mask || t->line != asking->line)
      return false;
  }
  return true;
}

static void complete(int first, unsigned mask) {
  unsigned long long values[WARP], results[WARP], votes = 0;
  unsigned present = 0;
  for (int lane = 0; lane < WARP; lane++) {
    // A lane that takes no part gives what nobody expects.
    values[lane] = ~0ull;
    if (first + lane >= now.count || !(mask >> lane & 1)) continue;
    const thread *t = &now.threads[number_of(first, lane)];
    if (t->state != IN_EXCHANGE) continue;
    present |= 1u << lane;
    values[lane] = t->value;
    if (t->value) votes |= 1ull << lane;
  }
  for (int lane = 0; lane < WARP; lane++) {
    if (!(present >> lane & 1)) continue;
    const thread *t = &now.threads[number_of(first, lane)];
    results[lane] = t->kind == EXCHANGE_BALLOT ? votes : values[source_lane(t, lane)];
  }
  for (int lane = 0; lane < WARP; lane++) {
    if (!(present >> lane & 1)) continue;
    thread *t = &now.threads[number_of(first, lane)];
    t->value = results[lane];
    t->state = READY;
  }
}

/* Runs what can run of a warp; the threads are then over, or wait at a barrier, unless something is wrong. */
static void run_warp(int first) {
  for (bool goes_on = true; goes_on && !now.has_failed;) {
    goes_on = false;
    for (int lane = 0; lane < WARP && first + lane < now.count; lane++) {
      const thread *t = &now.threads[number_of(first, lane)];
      if (t->state != IN_EXCHANGE || !(t->mask >> lane & 1) || !is_complete(first, t)) continue;
      complete(first, t->mask);
      goes_on = true;
    }
    for (int i = 0; i < WARP && !now.has_failed; i++) {
      int lane = in_order(i, WARP);
      if (first + lane >= now.count || now.threads[number_of(first, lane)].state != READY) continue;
      go_on(number_of(first, lane));
      goes_on = true;
    }
  }
}

static void start_warp(int first) {
  now.next = first;
  now.end = first + WARP < now.count ? first + WARP : now.count;
  while (now.next < now.end && !now.has_failed)
    resume(now.unused_count ? now.unused[--now.unused_count] : make_fiber());
}

/* Lets the threads go on that wait at a barrier, where all of them do and at the same one. */
static bool pass_barrier(void) {
  int waiting = 0, line = 0;
  for (int i = 0; i < now.count; i++) {
    const thread *t = &now.threads[i];
    if (t->state == IN_EXCHANGE) {
      launch_fails("a thread waits for lanes of its warp that do not come", t->line, t->line);
      return false;
    }
    if (t->state != AT_BARRIER) continue;
    if (waiting++ && t->line != line) {
      launch_fails("threads of a block wait at different barriers", line, t->line);
      return false;
    }
    line = t->line;
  }
  if (waiting && waiting < now.count) launch_fails("threads of a block ended before a barrier of others", line, line);
  if (!waiting || now.has_failed) return false;
  for (int i = 0; i < now.count; i++) now.threads[i].state = READY;
  return true;
}

static void run_block(void) {
  const kernels_module *module = now.launch->function->module;
  memset(module->shared, POISON_BYTE, (size_t)(module->shared_end - module->shared));
  memset(module->dynamic, POISON_BYTE, now.launch->shared_bytes);
  for (int i = 0; i < now.count; i++) now.threads[i].state = NEW;
  for (int first = 0; first < now.count; first += WARP) start_warp(first);
  do {
    for (int first = 0; first < now.count && !now.has_failed; first += WARP) run_warp(first);
  } while (!now.has_failed && pass_barrier());
}

int run_launch(const launch *launch) {
  now.launch = launch;
  now.count = (int)(launch->block[0] * launch->block[1] * launch->block[2]);
  now.has_failed = false;
  // Fibers of a launch that was cut short hold threads that never end: all begin anew.
  now.fiber_count = now.unused_count = 0;
  const kernels_module *module = launch->function->module;
  const unsigned *grid = launch->grid, *block = launch->block;
  *module->grid_size = (kernels_index){grid[0], grid[1], grid[2]};
  *module->block_size = (kernels_index){block[0], block[1], block[2]};
  if (launch->shared_bytes > module->dynamic_bytes) return LAUNCH_FAILED;
  unsigned long long count = (unsigned long long)grid[0] * grid[1] * grid[2];
  unsigned long long last = emulator.skips_last_block && count > 1 ? count - 1 : count;
  for (unsigned long long i = 0; i < last && !now.has_failed; i++) {
    unsigned long long index = emulator.is_reversed ? last - 1 - i : i;
    *module->block = (kernels_index){
        (unsigned)(index % grid[0]), (unsigned)(index / grid[0] % grid[1]), (unsigned)(index / grid[0] / grid[1])};
    run_block();
  }
  return now.has_failed ? LAUNCH_FAILED : CU_OK;
}
