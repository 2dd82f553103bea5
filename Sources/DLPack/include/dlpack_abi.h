/* The public C structures of DLPack 1.0, through which array libraries of one process share memory.
 *
 * https://dmlc.github.io/dlpack/latest/c_api.html
 */
#ifndef BACKPLANE_DLPACK_ABI_H
#define BACKPLANE_DLPACK_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DLPACK_DEVICE_CPU 1

#define DLPACK_CODE_INT 0
#define DLPACK_CODE_UINT 1
#define DLPACK_CODE_FLOAT 2
#define DLPACK_CODE_BFLOAT 4
#define DLPACK_CODE_COMPLEX 5
#define DLPACK_CODE_BOOL 6

#define DLPACK_FLAG_READ_ONLY 1

typedef struct {
  int32_t device_type;
  int32_t device_id;
} DLDevice;

typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides; /* in elements; NULL: row-major */
  uint64_t byte_offset;
} DLTensor;

typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensor *self);
} DLManagedTensor;

typedef struct {
  uint32_t major;
  uint32_t minor;
} DLPackVersion;

typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *self);
  uint64_t flags;
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

#ifdef __cplusplus
}
#endif

#endif
