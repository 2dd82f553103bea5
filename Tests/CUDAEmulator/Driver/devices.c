#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emulator.h"

device devices[MAX_DEVICES];
_Thread_local device *current;

static pthread_mutex_t mutex;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&mutex, &attributes);
  read_settings();
  for (int i = 0; i < emulator.devices; i++) devices[i] = (device){.ordinal = i, .key = -1};
  open_memory_keys();
}

void lock(void) {
  pthread_once(&once, start);
  pthread_mutex_lock(&mutex);
}

void unlock(void) { pthread_mutex_unlock(&mutex); }

int leave(int code) {
  unlock();
  return code;
}

void complain(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("CUDA emulator: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

int cuInit(unsigned flags) {
  if (flags) return INVALID_VALUE;
  lock();
  return leave(emulator.devices ? CU_OK : CU_NO_DEVICE);
}

int cuDriverGetVersion(int *version) {
  *version = 13000;
  return CU_OK;
}

int cuDeviceGetCount(int *count) {
  lock();
  *count = emulator.devices;
  return leave(CU_OK);
}

int cuDeviceGet(cu_device *device, int ordinal) {
  if (ordinal < 0 || ordinal >= emulator.devices) return INVALID_DEVICE;
  *device = ordinal;
  return CU_OK;
}

int cuDeviceGetName(char *name, int length, cu_device device) {
  if (device < 0 || device >= emulator.devices) return INVALID_DEVICE;
  snprintf(name, (size_t)length, "Emulated device");
  return CU_OK;
}

int cuDeviceGetAttribute(int *value, int attribute, cu_device device) {
  if (device < 0 || device >= emulator.devices) return INVALID_DEVICE;
  switch (attribute) {
    case CU_ATTRIBUTE_MULTIPROCESSORS: *value = 4; break;
    case CU_ATTRIBUTE_CAPABILITY_MAJOR: *value = emulator.capability / 10; break;
    case CU_ATTRIBUTE_CAPABILITY_MINOR: *value = emulator.capability % 10; break;
    default: return INVALID_VALUE;
  }
  return CU_OK;
}

int cuDeviceTotalMem_v2(size_t *bytes, cu_device device) {
  if (device < 0 || device >= emulator.devices) return INVALID_DEVICE;
  *bytes = emulator.memory_bytes;
  return CU_OK;
}

int cuDevicePrimaryCtxRetain(cu_context *context, cu_device device) {
  if (device < 0 || device >= emulator.devices) return INVALID_DEVICE;
  *context = &devices[device];
  return CU_OK;
}

int cuCtxSetCurrent(cu_context context) {
  current = context;
  return CU_OK;
}

static const struct {
  int code;
  const char *name, *text;
} errors[] = {
    {CU_OK, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CU_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CU_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CU_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
};

int cuGetErrorName(cu_result code, const char **name) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == code) return *name = errors[i].name, CU_OK;
  return *name = NULL, INVALID_VALUE;
}

int cuGetErrorString(cu_result code, const char **text) {
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].code == code) return *text = errors[i].text, CU_OK;
  return *text = NULL, INVALID_VALUE;
}

/* NVIDIA's NVRTC asks the driver for tables of its own, and goes on without. */
__attribute__((visibility("default"))) int cuGetExportTable(const void **table, const void *name) {
  (void)name;
  *table = NULL;
  return NOT_FOUND;
}
