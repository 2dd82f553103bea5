// mychip: a Backplane device in C++. Here are its memory and the plugin's table; operators.hpp has the operators.
// The specification is the header, backplane_backend.h; [BP-x.y] are its obligations.
#include <backplane_backend.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include "operators.hpp"

namespace {

/// Runs the body of a function of the table: no exception crosses the boundary [BP-1.5].
template <class F> int32_t guarded(bp_error *err, F body) noexcept {
  try {
    body();
    return BP_OK;
  } catch (const Failure &failure) {
    return bp_fail(err, failure.code, failure.what());
  } catch (const std::bad_alloc &) {
    return bp_fail(err, BP_ERROR_OUT_OF_MEMORY, "out of host memory");
  } catch (const std::exception &error) {
    return bp_fail(err, BP_ERROR_INTERNAL, error.what());
  } catch (...) {
    return bp_fail(err, BP_ERROR_INTERNAL, "an unknown exception");
  }
}

constexpr int64_t alignment_of_all = 64;

int64_t physical_memory(int pages) { return int64_t(sysconf(pages)) * sysconf(_SC_PAGESIZE); }

bp_buffer handle_of(Buffer *buffer) { return static_cast<bp_buffer>(reinterpret_cast<uintptr_t>(buffer)); }

int32_t device_alloc(void *, int32_t, int32_t, int64_t bytes, int64_t alignment, bp_buffer *out, bp_error *err) {
  return guarded(err, [=] {
    if (bytes < 0 || alignment < 0 || (alignment & (alignment - 1)))
      invalid("alloc: " + std::to_string(bytes) + " bytes aligned to " + std::to_string(alignment));
    void *address = nullptr;
    // The system may promise more memory than there is; better refused here than killed at first use [BP-8.3].
    if (bytes > physical_memory(_SC_PHYS_PAGES) ||
        posix_memalign(&address, std::max(alignment, alignment_of_all), std::max<int64_t>(bytes, 1)))
      throw Failure(BP_ERROR_OUT_OF_MEMORY, "alloc: no room for " + std::to_string(bytes) + " bytes");
    auto *buffer = new (std::nothrow) Buffer{static_cast<char *>(address), bytes, true};
    if (!buffer) {
      std::free(address);
      throw std::bad_alloc();
    }
    *out = handle_of(buffer);
  });
}

void device_free(void *, int32_t, bp_buffer handle) {
  Buffer *buffer = &buffer_of(handle);
  if (buffer->owned) std::free(buffer->address);
  delete buffer;
}

/// The address of a range of a buffer, which must lie within it.
char *range(bp_buffer handle, int64_t offset, int64_t bytes, const char *name) {
  const Buffer &buffer = buffer_of(handle);
  if (bytes < 0 || offset < 0 || offset > buffer.bytes || bytes > buffer.bytes - offset)
    invalid(name + (": " + std::to_string(bytes)) + " bytes at offset " + std::to_string(offset) + " of a buffer of " +
            std::to_string(buffer.bytes));
  return buffer.address + offset;
}

// A copy of nothing does nothing, whatever the pointers [BP-8.5].

int32_t copy_from_host(void *, int32_t, bp_stream, bp_buffer target, int64_t offset, const void *source, int64_t bytes,
                       bp_error *err) {
  return guarded(err, [=] {
    if (bytes != 0) std::memcpy(range(target, offset, bytes, "copy_from_host"), source, bytes);
  });
}

int32_t copy_to_host(void *, int32_t, bp_stream, void *target, bp_buffer source, int64_t offset, int64_t bytes,
                     bp_error *err) {
  return guarded(err, [=] {
    if (bytes != 0) std::memcpy(target, range(source, offset, bytes, "copy_to_host"), bytes);
  });
}

// Where the host cannot reach your memory, drop these two, and BP_DEVICE_HOST_MEMORY in device_info.

int32_t host_pointer(void *, int32_t, bp_buffer handle, void **out, bp_error *) {
  *out = buffer_of(handle).address;
  return BP_OK;
}

int32_t wrap_host(void *, int32_t, void *memory, int64_t bytes, bp_buffer *out, bp_error *err) {
  return guarded(err, [=] { *out = handle_of(new Buffer{static_cast<char *>(memory), bytes, false}); });
}

int32_t query_op(void *, int32_t, const bp_op *op, bp_op_info *out, bp_error *err) {
  return guarded(err, [=] {
    try {
      operators::find(*op);
    } catch (const Failure &failure) {
      return bp_answer_query(out, 0, failure.what());
    }
    // Without CONTIGUOUS the host makes no copies, and the loop follows strides and takes immediates.
    const uint32_t is = bp_op_definition_of(op->op)->flags;
    bp_answer_query(out,
                    BP_OP_INFO_DETERMINISTIC | (is & BP_DEFINITION_ANY_STRIDES ? 0 : BP_OP_INFO_CONTIGUOUS) |
                        (is & BP_DEFINITION_ELEMENTWISE ? BP_OP_INFO_IN_PLACE : 0),
                    nullptr);
  });
}

int32_t execute(void *, int32_t, bp_stream, const bp_op *op, bp_error *err) {
  return guarded(err, [=] {
    const operators::Row &row = operators::find(*op);
    if (!operators::fits(*op, row.family)) invalid(bp_op_name(op->op) + std::string(": the operands do not fit"));
    row.run(*op);
  });
}

int32_t device_info(void *, int32_t, bp_device_info *out, bp_error *err) {
  return guarded(err, [=] {
    bp_device_info info = {};
    info.flags = BP_DEVICE_HOST_MEMORY;
    info.total_bytes = physical_memory(_SC_PHYS_PAGES);
    info.alignment = alignment_of_all;
    bp_set_text(info.name, sizeof info.name, "mychip");  // the hardware's
    bp_set_text(info.details, sizeof info.details, "plain loops over host memory");
    bp_answer(out, &info, sizeof info);
  });
}

int32_t memory_info(void *, int32_t, bp_memory_info *out, bp_error *err) {
  return guarded(err, [=] {
    bp_memory_info info = {};
    info.total_bytes = physical_memory(_SC_PHYS_PAGES);
    info.free_bytes = physical_memory(_SC_AVPHYS_PAGES);
    bp_answer(out, &info, sizeof info);
  });
}

}  // namespace

/// The one symbol of the library. Quick: what is heavy waits for the first alloc or execute [BP-10.3].
int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err) {
  return guarded(err, [=] {
    if (host->abi_major != BP_ABI_MAJOR || out->struct_size < offsetof(bp_plugin, host_pointer))
      throw Failure(BP_ERROR_ABI_MISMATCH, "the host speaks ABI " + std::to_string(host->abi_major) +
                                               ", this plugin " + std::to_string(BP_ABI_MAJOR));
    bp_plugin plugin = {};
    plugin.struct_size = sizeof plugin;
    plugin.abi_major = BP_ABI_MAJOR;
    plugin.abi_minor = BP_ABI_MINOR;
    plugin.device_count = 1;  // 0 where the hardware is absent, and unavailable_reason tells why [BP-8.1]
    plugin.magic = BP_PLUGIN_MAGIC;
    plugin.name = "mychip";
    plugin.version = "0.1.0";
    plugin.device_info = device_info;
    plugin.memory_info = memory_info;
    plugin.alloc = device_alloc;
    plugin.free = device_free;
    plugin.copy_from_host = copy_from_host;
    plugin.copy_to_host = copy_to_host;
    plugin.query_op = query_op;
    plugin.execute = execute;
    plugin.host_pointer = host_pointer;
    plugin.wrap_host = wrap_host;
    bp_plugin_fill(out, &plugin);
  });
}
