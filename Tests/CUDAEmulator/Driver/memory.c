/* Device memory: mappings of the host that only emulated work can reach, with guard zones around them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emulator.h"

enum { PAGE = 4096, GUARD = 256, GUARD_BYTE = 0xFD, FRESH_BYTE = 0xFF, FREED_BYTE = 0xCD };

static block *blocks;
static int allocation_count;

int open_memory_keys(void) {
  for (int i = 0; i < emulator.devices; i++) devices[i].key = pkey_alloc(0, PKEY_DISABLE_ACCESS);
  return CU_OK;
}

void allow_access(device *device, bool is_allowed) {
  if (device->key >= 0) pkey_set(device->key, is_allowed ? 0 : PKEY_DISABLE_ACCESS);
}

/* A page that nothing may touch, the front guard, the data at a multiple of 256, the rear guard, a page as before. */
static block *map_block(device *device, size_t bytes) {
  size_t room = (bytes + 2 * GUARD + PAGE - 1) / PAGE * PAGE;
  unsigned char *memory = mmap(NULL, room + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  mprotect(memory + PAGE, room, PROT_READ | PROT_WRITE);
  block *made = calloc(1, sizeof *made);
  *made = (block){.next = blocks, .device = device, .base = memory + PAGE + GUARD, .bytes = bytes};
  made->mapped_bytes = room + 2 * PAGE;
  memset(memory + PAGE, GUARD_BYTE, GUARD);
  memset(made->base, FRESH_BYTE, bytes);
  memset(made->base + bytes, GUARD_BYTE, GUARD);
  if (device && device->key >= 0) pkey_mprotect(memory + PAGE, room, PROT_READ | PROT_WRITE, device->key);
  if (device) device->used_bytes += bytes;
  return blocks = made;
}

static void unmap_block(block *gone) {
  block **link = &blocks;
  while (*link != gone) link = &(*link)->next;
  *link = gone->next;
  if (gone->device) gone->device->used_bytes -= gone->bytes;
  munmap(gone->base - GUARD - PAGE, gone->mapped_bytes);
  free(gone);
}

block *find_block(cu_pointer address, size_t bytes) {
  for (block *b = blocks; b; b = b->next) {
    cu_pointer base = (cu_pointer)b->base;
    if (address >= base && address + bytes <= base + b->bytes) return b;
  }
  return NULL;
}

bool is_page_locked(const void *address, size_t bytes) {
  block *found = find_block((cu_pointer)address, bytes);
  return found && !found->device;
}

static bool is_whole(const block *b) {
  static const unsigned char expected[GUARD] = {[0 ... GUARD - 1] = GUARD_BYTE};
  return !memcmp(b->base - GUARD, expected, GUARD) && !memcmp(b->base + b->bytes, expected, GUARD);
}

static int check_block(block *b) {
  if (is_whole(b)) return CU_OK;
  bool is_front = false;
  for (int i = 0; i < GUARD; i++) is_front |= b->base[i - GUARD] != GUARD_BYTE;
  complain(
      "written %s the %zu bytes at %p", is_front ? "before" : "past", b->bytes, (void *)b->base);
  return ILLEGAL_ADDRESS;
}

int check_guards(device *device) {
  allow_access(device, true);
  int code = CU_OK;
  for (block *b = blocks; b && !code; b = b->next)
    if (b->device == device || !b->device) code = check_block(b);
  allow_access(device, false);
  if (code) device->error = code;
  return code;
}

static block *new_block(device *device, size_t bytes) {
  allocation_count++;
  if (allocation_count == emulator.failing_allocation) return NULL;
  if (bytes > emulator.memory_bytes - device->used_bytes) return NULL;
  return map_block(device, bytes);
}

int cuMemGetInfo_v2(size_t *free, size_t *total) {
  ENTER;
  *total = emulator.memory_bytes;
  *free = emulator.memory_bytes - current->used_bytes;
  return leave(CU_OK);
}

int cuMemAlloc_v2(cu_pointer *pointer, size_t bytes) {
  ENTER;
  if (!bytes) return leave(INVALID_VALUE);
  block *made = new_block(current, bytes);
  if (!made) return leave(CU_OUT_OF_MEMORY);
  *pointer = (cu_pointer)made->base;
  return leave(CU_OK);
}

/* Waits for the device, as the driver does. */
int cuMemFree_v2(cu_pointer pointer) {
  ENTER;
  if (!pointer) return leave(CU_OK);
  block *found = find_block(pointer, 0);
  if (!found || (cu_pointer)found->base != pointer || !found->device) return leave(INVALID_VALUE);
  run_device(found->device);
  int code = check_guards(found->device);
  unmap_block(found);
  return leave(code);
}

int cuMemHostAlloc(void **pointer, size_t bytes, unsigned flags) {
  ENTER;
  if (!bytes || flags > 7) return leave(INVALID_VALUE);
  block *made = map_block(NULL, bytes);
  if (!made) return leave(CU_OUT_OF_MEMORY);
  *pointer = made->base;
  return leave(CU_OK);
}

int cuMemHostGetDevicePointer_v2(cu_pointer *pointer, void *host, unsigned flags) {
  ENTER;
  if (flags || !is_page_locked(host, 1)) return leave(INVALID_VALUE);
  *pointer = (cu_pointer)host;
  return leave(CU_OK);
}

/* Also while the device is lost: the memory is the host's. */
int cuMemFreeHost(void *pointer) {
  lock();
  block *found = find_block((cu_pointer)pointer, 0);
  if (!found || found->device || found->base != pointer) return leave(INVALID_VALUE);
  for (int i = 0; i < emulator.devices; i++) run_device(&devices[i]);
  unmap_block(found);
  return leave(CU_OK);
}

/* In a stream's order: a freed block is the stream's next allocation of its size, at once. */

static int spoil(device *device, void *data) {
  (void)device;
  block *freed = data;
  int code = check_block(freed);
  memset(freed->base, FREED_BYTE, freed->bytes);
  return code;
}

int cuMemAllocAsync(cu_pointer *pointer, size_t bytes, cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  if (!stream || !bytes) return leave(INVALID_VALUE);
  for (block **link = &stream->free_blocks; *link; link = &(*link)->next_free) {
    block *found = *link;
    if (found->bytes != bytes) continue;
    *link = found->next_free;
    *pointer = (cu_pointer)found->base;
    return leave(CU_OK);
  }
  block *made = new_block(stream->device, bytes);
  if (!made) return leave(CU_OUT_OF_MEMORY);
  made->owner = stream;
  *pointer = (cu_pointer)made->base;
  return leave(CU_OK);
}

int cuMemFreeAsync(cu_pointer pointer, cu_stream handle) {
  ENTER;
  stream *stream = to_stream(handle);
  block *found = find_block(pointer, 0);
  if (!stream || !found || (cu_pointer)found->base != pointer || !found->owner) return leave(INVALID_VALUE);
  found->owner = stream;
  found->next_free = stream->free_blocks;
  stream->free_blocks = found;
  return leave(defer(stream, spoil, NULL, found));
}

/* What a stream frees stays its own here, whatever the threshold. */

int cuDeviceGetDefaultMemPool(cu_pool *pool, cu_device number) {
  lock();
  if (number < 0 || number >= emulator.devices) return leave(INVALID_VALUE);
  *pool = &devices[number];
  return leave(CU_OK);
}

int cuMemPoolSetAttribute(cu_pool pool, int attribute, void *value) {
  lock();
  return leave(!pool || !value || attribute != CU_POOL_RELEASE_THRESHOLD ? INVALID_VALUE : CU_OK);
}

void drop_stream_blocks(stream *stream) {
  for (block *b = stream->free_blocks, *next; b; b = next) {
    next = b->next_free;
    unmap_block(b);
  }
  stream->free_blocks = NULL;
}
