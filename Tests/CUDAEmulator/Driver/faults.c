/* An access to an address that a kernel must not touch ends the operation, not the process. */
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "emulator.h"

static _Thread_local sigjmp_buf *back;
static _Thread_local int fault_signal;
static _Thread_local void *fault_address;
static struct sigaction earlier_segv, earlier_bus, earlier_fpe;

/* Outside of emulated work the signal is somebody else's: the faulting instruction runs again under their handler. */
static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  if (!back) {
    sigaction(number, number == SIGSEGV ? &earlier_segv : number == SIGBUS ? &earlier_bus : &earlier_fpe, NULL);
    return;
  }
  fault_signal = number;
  fault_address = info->si_addr;
  siglongjmp(*back, 1);
}

static void watch(int number, struct sigaction *earlier) {
  struct sigaction action, now;
  sigaction(number, NULL, &now);
  if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == on_fault) return;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(number, &action, earlier);
}

/* The stack of the handler, for threads of a kernel that overflow theirs. */
static void have_stack(void) {
  static _Thread_local char memory[1 << 16];
  stack_t now, mine = {.ss_sp = memory, .ss_size = sizeof memory};
  sigaltstack(NULL, &now);
  if (now.ss_flags & SS_DISABLE) sigaltstack(&mine, NULL);
}

int run_guarded(device *device, operation *operation) {
  watch(SIGSEGV, &earlier_segv);
  watch(SIGBUS, &earlier_bus);
  watch(SIGFPE, &earlier_fpe);
  have_stack();
  sigjmp_buf here, *outer = back;
  volatile int code = ILLEGAL_ADDRESS;
  if (sigsetjmp(here, 1) == 0) {
    back = &here;
    allow_access(device, true);
    code = operation->run(device, operation->data);
  } else if (fault_signal == SIGFPE) {
    complain("division of an integer by zero, or overflow of one");
    code = LAUNCH_FAILED;
  } else {
    complain("access to %p, which is no memory of device %d", fault_address, device->ordinal);
  }
  allow_access(device, false);
  back = outer;
  return code;
}
