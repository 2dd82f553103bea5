/* A host of ABI 1.0, which every later plugin of major version 1 must serve. It is compiled with the header beside it
 * and nothing newer, and neither changes.
 *
 *   host PLUGIN.so BYTES [MINOR]
 *
 * BYTES of the plugin's table are known to this host; MINOR is the minor version that it claims. Prints "served", or
 * what went wrong. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "backplane_backend.h"

static bp_error error = {.struct_size = sizeof error};

static void require(int holds, const char *what) {
  if (holds) return;
  printf("not so: %s (%s)\n", what, error.message);
  exit(1);
}
#define REQUIRE(condition) require(condition, #condition)

static void write_log(void *context, int32_t level, const char *message) {
  (void)context, (void)level, (void)message;
}

static bp_plugin *plugin;
#define CALL(function, ...) plugin->function(plugin->context, 0, __VA_ARGS__)

static bp_tensor view(bp_buffer buffer, int32_t dtype, const int64_t *shape, const int64_t *strides) {
  return (bp_tensor){.struct_size = sizeof(bp_tensor), .dtype = dtype, .rank = 2, .buffer = buffer, .shape = shape,
                     .strides = strides};
}

static bp_buffer allocate(int64_t bytes) {
  bp_buffer buffer = 0;
  require(CALL(alloc, BP_MEMORY_DEVICE, bytes, 64, &buffer, &error) == BP_OK && buffer != 0, "alloc");
  return buffer;
}

static int32_t run(int32_t id, int inputs, bp_tensor *const *tensors) {
  const bp_tensor *operands[3] = {tensors[0], tensors[1], tensors[2]};
  bp_op op = {.struct_size = sizeof op, .op = id, .version = 1, .input_count = inputs, .output_count = 1,
              .inputs = operands, .outputs = operands + inputs};
  bp_op_info info = {.struct_size = sizeof info};
  int32_t code = CALL(query_op, &op, &info, &error);
  if (code != BP_OK) return code;
  require(info.supported == 0 || info.supported == 1, "supported is 0 or 1");
  require(!(info.flags & BP_OP_INFO_WORKSPACE) || info.workspace_bytes >= 0, "workspace_bytes is not negative");
  if (info.supported && info.flags & BP_OP_INFO_WORKSPACE && info.workspace_bytes > 0) {
    op.workspace = allocate(info.workspace_bytes);
    op.workspace_bytes = info.workspace_bytes;
  }
  code = CALL(execute, 0, &op, &error);
  if (op.workspace) CALL(free, op.workspace);
  return code;
}

static void compute(void) {
  const int64_t shape[2] = {2, 2}, rows[2] = {2, 1}, columns[2] = {1, 2};
  const float values[4] = {1, 2, 3, 4};
  float results[4];
  bp_buffer a = allocate(sizeof values), b = allocate(sizeof values), out = allocate(sizeof values);
  bp_tensor ta = view(a, BP_FLOAT32, shape, rows), tb = view(b, BP_FLOAT32, shape, rows),
            transposed = view(a, BP_FLOAT32, shape, columns), to = view(out, BP_FLOAT32, shape, rows);
  REQUIRE(CALL(copy_from_host, 0, a, 0, values, sizeof values, &error) == BP_OK);
  REQUIRE(run(BP_OP_COPY, 1, (bp_tensor *[]){&transposed, &tb, &tb}) == BP_OK);
  REQUIRE(run(BP_OP_ADD, 2, (bp_tensor *[]){&ta, &tb, &to}) == BP_OK);
  REQUIRE(CALL(copy_to_host, 0, results, out, 0, sizeof results, &error) == BP_OK);
  REQUIRE(results[0] == 2 && results[1] == 5 && results[2] == 5 && results[3] == 8);
  REQUIRE(run(BP_OP_MATMUL, 2, (bp_tensor *[]){&ta, &tb, &to}) == BP_OK);
  REQUIRE(CALL(copy_to_host, 0, results, out, 0, sizeof results, &error) == BP_OK);
  REQUIRE(results[0] == 5 && results[1] == 11 && results[2] == 11 && results[3] == 25);
  REQUIRE(CALL(copy_to_host, 0, results, out, 4, 4, &error) == BP_OK && results[0] == 11);

  bp_tensor seven = view(0, BP_FLOAT32, shape, (const int64_t[]){0, 0});
  const float value = 7;
  seven.flags = BP_TENSOR_IMMEDIATE;
  memcpy(seven.immediate, &value, sizeof value);
  REQUIRE(run(BP_OP_FILL, 1, (bp_tensor *[]){&seven, &to, &to}) == BP_OK);
  REQUIRE(CALL(copy_to_host, 0, results, out, 0, sizeof results, &error) == BP_OK && results[3] == 7);

  /* Errors have their code and a message, and leave the device as it was. */
  error.message[0] = '\0';
  REQUIRE(run(9999, 2, (bp_tensor *[]){&ta, &tb, &to}) == BP_ERROR_UNSUPPORTED);
  REQUIRE(error.code == BP_ERROR_UNSUPPORTED && error.message[0] != '\0' && !(error.flags & BP_ERROR_FLAG_STICKY));
  bp_buffer none = 0;
  REQUIRE(CALL(alloc, BP_MEMORY_DEVICE, -1, 0, &none, &error) == BP_ERROR_INVALID_ARGUMENT);
  REQUIRE(CALL(alloc, BP_MEMORY_DEVICE, INT64_MAX / 2, 0, &none, &error) == BP_ERROR_OUT_OF_MEMORY);
  REQUIRE(CALL(alloc, BP_MEMORY_DEVICE, INT64_MAX / 2, 0, &none, NULL) == BP_ERROR_OUT_OF_MEMORY);
  REQUIRE(run(BP_OP_ADD, 2, (bp_tensor *[]){&ta, &tb, &to}) == BP_OK);
  CALL(free, a), CALL(free, b), CALL(free, out);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  uint32_t known = (uint32_t)atoi(arguments[2]);
  bp_host host = {.struct_size = sizeof host, .abi_major = BP_ABI_MAJOR, .abi_minor = BP_ABI_MINOR,
                  .name = "frozen", .version = "1.0", .log = write_log};
  if (count > 3) host.abi_minor = atoi(arguments[3]);

  void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return printf("%s\n", dlerror()), 1;
  bp_plugin_open_function open = (bp_plugin_open_function)dlsym(library, "bp_plugin_open_v1");
  REQUIRE(open != NULL);

  /* What lies behind the members this host knows is not the plugin's. */
  static union {
    bp_plugin table;
    unsigned char bytes[4096];
  } memory;
  REQUIRE(known <= sizeof memory);
  memset(memory.bytes + known, 0xA5, sizeof memory - known);
  plugin = &memory.table;
  plugin->struct_size = known;
  require(open(&host, plugin, &error) == BP_OK, "open");
  for (size_t i = known; i < sizeof memory; i++) require(memory.bytes[i] == 0xA5, "the rest of the table is untouched");
  REQUIRE(plugin->struct_size <= known && plugin->struct_size >= offsetof(bp_plugin, host_pointer));
  REQUIRE(plugin->magic == BP_PLUGIN_MAGIC && plugin->abi_major == BP_ABI_MAJOR && plugin->abi_minor >= BP_ABI_MINOR);
  REQUIRE(plugin->device_count >= 1 && plugin->name != NULL && plugin->version != NULL);

  bp_device_info info = {.struct_size = sizeof info};
  REQUIRE(CALL(device_info, &info, &error) == BP_OK && info.alignment > 0 && info.name[0] != '\0');
  bp_memory_info space = {.struct_size = sizeof space};
  REQUIRE(CALL(memory_info, &space, &error) == BP_OK && space.free_bytes >= 0);
  if (info.flags & BP_DEVICE_HOST_MEMORY && plugin->struct_size >= offsetof(bp_plugin, wrap_host)) {
    bp_buffer buffer = allocate(100);
    void *pointer = NULL;
    REQUIRE(CALL(host_pointer, buffer, &pointer, &error) == BP_OK && pointer != NULL);
    CALL(free, buffer);
  }
  compute();
  puts("served");
  return 0;
}
