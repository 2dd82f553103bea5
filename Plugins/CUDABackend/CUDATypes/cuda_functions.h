/* What the plugin uses of NVIDIA's driver, of NVRTC, of cuBLAS and of cuDNN: the types of the functions, so that nothing of CUDA
 * is needed to build. The libraries are opened at run time. A test compares these declarations with NVIDIA's headers.
 *
 * Opaque handles are pointers here; enumerations are int, which is what they are in NVIDIA's C headers.
 */
#ifndef BACKPLANE_CUDA_FUNCTIONS_H
#define BACKPLANE_CUDA_FUNCTIONS_H

#include <stddef.h>

/* The driver: cuda.h. -------------------------------------------------------- */

typedef int cu_result;
typedef int cu_device;
typedef unsigned long long cu_pointer;
typedef void *cu_context, *cu_stream, *cu_event, *cu_module, *cu_function, *cu_pool;

#define CU_OK 0
#define CU_OUT_OF_MEMORY 2
#define CU_NO_DEVICE 100
#define CU_NOT_READY 600

#define CU_ATTRIBUTE_MULTIPROCESSORS 16
#define CU_ATTRIBUTE_CAPABILITY_MAJOR 75
#define CU_ATTRIBUTE_CAPABILITY_MINOR 76
#define CU_FUNCTION_DYNAMIC_SHARED_BYTES 8
#define CU_STREAM_FLAG_NON_BLOCKING 1
#define CU_EVENT_FLAG_NO_TIMING 2
#define CU_HOST_ALLOC_PORTABLE 1
#define CU_HOST_ALLOC_MAPPED 2
#define CU_POOL_RELEASE_THRESHOLD 4

/* X(result, name, arguments): every function, under the name that the library exports. */
#define CUDA_DRIVER_FUNCTIONS(X)                                                                     \
  X(cuInit, (unsigned flags))                                                                        \
  X(cuDriverGetVersion, (int *version))                                                              \
  X(cuDeviceGetCount, (int *count))                                                                  \
  X(cuDeviceGet, (cu_device * device, int ordinal))                                                  \
  X(cuDeviceGetName, (char *name, int length, cu_device device))                                     \
  X(cuDeviceGetAttribute, (int *value, int attribute, cu_device device))                             \
  X(cuDeviceTotalMem_v2, (size_t * bytes, cu_device device))                                         \
  X(cuDevicePrimaryCtxRetain, (cu_context * context, cu_device device))                              \
  X(cuCtxSetCurrent, (cu_context context))                                                           \
  X(cuMemGetInfo_v2, (size_t * free, size_t *total))                                                 \
  X(cuMemAlloc_v2, (cu_pointer * pointer, size_t bytes))                                             \
  X(cuMemFree_v2, (cu_pointer pointer))                                                              \
  X(cuMemHostAlloc, (void **pointer, size_t bytes, unsigned flags))                                  \
  X(cuMemHostGetDevicePointer_v2, (cu_pointer * pointer, void *host, unsigned flags))                \
  X(cuMemFreeHost, (void *pointer))                                                                  \
  X(cuMemcpyHtoDAsync_v2, (cu_pointer target, const void *source, size_t bytes, cu_stream stream))   \
  X(cuMemcpyDtoHAsync_v2, (void *target, cu_pointer source, size_t bytes, cu_stream stream))         \
  X(cuMemcpyDtoDAsync_v2, (cu_pointer target, cu_pointer source, size_t bytes, cu_stream stream))    \
  X(cuMemcpyPeerAsync,                                                                               \
    (cu_pointer target, cu_context target_context, cu_pointer source, cu_context source_context,     \
     size_t bytes, cu_stream stream))                                                                \
  X(cuMemsetD8Async, (cu_pointer target, unsigned char value, size_t bytes, cu_stream stream))       \
  X(cuMemAllocAsync, (cu_pointer * pointer, size_t bytes, cu_stream stream))                         \
  X(cuMemFreeAsync, (cu_pointer pointer, cu_stream stream))                                          \
  X(cuDeviceGetDefaultMemPool, (cu_pool * pool, cu_device device))                                   \
  X(cuMemPoolSetAttribute, (cu_pool pool, int attribute, void *value))                               \
  X(cuStreamCreate, (cu_stream * stream, unsigned flags))                                            \
  X(cuStreamDestroy_v2, (cu_stream stream))                                                          \
  X(cuStreamQuery, (cu_stream stream))                                                               \
  X(cuStreamSynchronize, (cu_stream stream))                                                         \
  X(cuStreamWaitEvent, (cu_stream stream, cu_event event, unsigned flags))                           \
  X(cuEventCreate, (cu_event * event, unsigned flags))                                               \
  X(cuEventDestroy_v2, (cu_event event))                                                             \
  X(cuEventRecord, (cu_event event, cu_stream stream))                                               \
  X(cuEventQuery, (cu_event event))                                                                  \
  X(cuEventSynchronize, (cu_event event))                                                            \
  X(cuModuleLoadData, (cu_module * module, const void *image))                                       \
  X(cuModuleGetFunction, (cu_function * function, cu_module module, const char *name))               \
  X(cuModuleUnload, (cu_module module))                                                              \
  X(cuFuncSetAttribute, (cu_function function, int attribute, int value))                            \
  X(cuLaunchKernel,                                                                                  \
    (cu_function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,      \
     unsigned block_y, unsigned block_z, unsigned shared_bytes, cu_stream stream, void **parameters, \
     void **extra))                                                                                  \
  X(cuGetErrorName, (cu_result code, const char **name))                                             \
  X(cuGetErrorString, (cu_result code, const char **text))

/* NVRTC: nvrtc.h. ------------------------------------------------------------- */

typedef int nvrtc_result;
typedef void *nvrtc_program;

#define CUDA_NVRTC_FUNCTIONS(X)                                                                        \
  X(nvrtcVersion, (int *major, int *minor))                                                            \
  X(nvrtcCreateProgram,                                                                                \
    (nvrtc_program * program, const char *source, const char *name, int header_count,                  \
     const char *const *headers, const char *const *include_names))                                    \
  X(nvrtcDestroyProgram, (nvrtc_program * program))                                                    \
  X(nvrtcCompileProgram, (nvrtc_program program, int option_count, const char *const *options))        \
  X(nvrtcGetCUBINSize, (nvrtc_program program, size_t *bytes))                                         \
  X(nvrtcGetCUBIN, (nvrtc_program program, char *image))                                               \
  X(nvrtcGetProgramLogSize, (nvrtc_program program, size_t *bytes))                                    \
  X(nvrtcGetProgramLog, (nvrtc_program program, char *log))

/* cuBLAS: cublas_v2.h. Matrices are column-major. ------------------------------- */

typedef int cublas_status;
typedef void *cublas_handle;

#define CUBLAS_PLAIN 0
#define CUBLAS_TRANSPOSED 1
#define CUBLAS_R_16F 2
#define CUBLAS_R_32F 0
#define CUBLAS_R_16BF 14
#define CUBLAS_COMPUTE_32F 68
#define CUBLAS_DEFAULT_ALGORITHM (-1)
#define CUBLAS_MATH_NO_REDUCED_SUMS 16

#define CUDA_BLAS_FUNCTIONS(X)                                                                        \
  X(cublasCreate_v2, (cublas_handle * handle))                                                        \
  X(cublasSetStream_v2, (cublas_handle handle, cu_stream stream))                                     \
  X(cublasSetMathMode, (cublas_handle handle, int mode))                                              \
  X(cublasSetWorkspace_v2, (cublas_handle handle, void *workspace, size_t bytes))                     \
  X(cublasSgemmStridedBatched,                                                                        \
    (cublas_handle handle, int trans_a, int trans_b, int m, int n, int k, const float *alpha,         \
     const float *a, int lda, long long stride_a, const float *b, int ldb, long long stride_b,        \
     const float *beta, float *c, int ldc, long long stride_c, int count))                            \
  X(cublasDgemmStridedBatched,                                                                        \
    (cublas_handle handle, int trans_a, int trans_b, int m, int n, int k, const double *alpha,        \
     const double *a, int lda, long long stride_a, const double *b, int ldb, long long stride_b,      \
     const double *beta, double *c, int ldc, long long stride_c, int count))                          \
  X(cublasGemmEx,                                                                                     \
    (cublas_handle handle, int trans_a, int trans_b, int m, int n, int k, const void *alpha,          \
     const void *a, int type_a, int lda, const void *b, int type_b, int ldb, const void *beta,        \
     void *c, int type_c, int ldc, int compute_type, int algorithm))                                  \
  X(cublasGemmStridedBatchedEx,                                                                       \
    (cublas_handle handle, int trans_a, int trans_b, int m, int n, int k, const void *alpha,          \
     const void *a, int type_a, int lda, long long stride_a, const void *b, int type_b, int ldb,      \
     long long stride_b, const void *beta, void *c, int type_c, int ldc, long long stride_c,          \
     int count, int compute_type, int algorithm))

/* cuDNN: cudnn.h, of which it has the older functions, those of a single convolution. Tensors have their axes in the
 * order batch, channels, space, filters in the order results, channels, space. ------------ */

typedef int cudnn_status;
typedef void *cudnn_handle, *cudnn_descriptor;

#define CUDNN_FLOAT32 0
#define CUDNN_FLOAT64 1
#define CUDNN_FLOAT16 2
#define CUDNN_BFLOAT16 9
#define CUDNN_ROW_MAJOR 0
#define CUDNN_CHANNELS_LAST 1
#define CUDNN_MATH_DEFAULT 0
#define CUDNN_MATH_MATRIX_UNITS 1
#define CUDNN_MATH_FMA 3 /* no TF32 */
#define CUDNN_CORRELATION 1
#define CUDNN_DETERMINISTIC_RESULT 1
/* Algorithms that add up products as they are, without transforms. */
#define CUDNN_FORWARD_GEMM 0
#define CUDNN_FORWARD_PRECOMPUTED_GEMM 1
#define CUDNN_FORWARD_EXPLICIT_GEMM 2
#define CUDNN_DATA_GEMM 1
#define CUDNN_FILTER_GEMM 1

/* cudnnConvolutionFwdAlgoPerf_t, and those of the other two directions. */
typedef struct cudnn_choice {
  int algorithm;
  int status;
  float milliseconds;
  size_t bytes;
  int determinism;
  int math;
  int reserved[3];
} cudnn_choice;

#define CUDA_DNN_FUNCTIONS(X)                                                                         \
  X(cudnnCreate, (cudnn_handle * handle))                                                             \
  X(cudnnSetStream, (cudnn_handle handle, cu_stream stream))                                          \
  X(cudnnCreateTensorDescriptor, (cudnn_descriptor * tensor))                                         \
  X(cudnnSetTensorNdDescriptor,                                                                       \
    (cudnn_descriptor tensor, int type, int rank, const int *extents, const int *strides))            \
  X(cudnnDestroyTensorDescriptor, (cudnn_descriptor tensor))                                          \
  X(cudnnCreateFilterDescriptor, (cudnn_descriptor * filter))                                         \
  X(cudnnSetFilterNdDescriptor,                                                                       \
    (cudnn_descriptor filter, int type, int format, int rank, const int *extents))                    \
  X(cudnnDestroyFilterDescriptor, (cudnn_descriptor filter))                                          \
  X(cudnnCreateConvolutionDescriptor, (cudnn_descriptor * form))                                      \
  X(cudnnSetConvolutionNdDescriptor,                                                                  \
    (cudnn_descriptor form, int axes, const int *padding, const int *stride, const int *dilation,     \
     int mode, int compute_type))                                                                     \
  X(cudnnSetConvolutionMathType, (cudnn_descriptor form, int math))                                   \
  X(cudnnSetConvolutionGroupCount, (cudnn_descriptor form, int groups))                               \
  X(cudnnDestroyConvolutionDescriptor, (cudnn_descriptor form))                                       \
  X(cudnnGetConvolutionForwardAlgorithm_v7,                                                           \
    (cudnn_handle handle, cudnn_descriptor x, cudnn_descriptor w, cudnn_descriptor form,              \
     cudnn_descriptor y, int most, int *count, cudnn_choice *choices))                                \
  X(cudnnGetConvolutionForwardWorkspaceSize,                                                          \
    (cudnn_handle handle, cudnn_descriptor x, cudnn_descriptor w, cudnn_descriptor form,              \
     cudnn_descriptor y, int algorithm, size_t *bytes))                                               \
  X(cudnnConvolutionForward,                                                                          \
    (cudnn_handle handle, const void *alpha, cudnn_descriptor x, const void *x_data, cudnn_descriptor w,\
     const void *w_data, cudnn_descriptor form, int algorithm, void *workspace, size_t bytes,         \
     const void *beta, cudnn_descriptor y, void *y_data))                                             \
  X(cudnnGetConvolutionBackwardDataAlgorithm_v7,                                                      \
    (cudnn_handle handle, cudnn_descriptor w, cudnn_descriptor y, cudnn_descriptor form,              \
     cudnn_descriptor x, int most, int *count, cudnn_choice *choices))                                \
  X(cudnnGetConvolutionBackwardDataWorkspaceSize,                                                     \
    (cudnn_handle handle, cudnn_descriptor w, cudnn_descriptor y, cudnn_descriptor form,              \
     cudnn_descriptor x, int algorithm, size_t *bytes))                                               \
  X(cudnnConvolutionBackwardData,                                                                     \
    (cudnn_handle handle, const void *alpha, cudnn_descriptor w, const void *w_data, cudnn_descriptor y,\
     const void *y_data, cudnn_descriptor form, int algorithm, void *workspace, size_t bytes,         \
     const void *beta, cudnn_descriptor x, void *x_data))                                             \
  X(cudnnGetConvolutionBackwardFilterAlgorithm_v7,                                                    \
    (cudnn_handle handle, cudnn_descriptor x, cudnn_descriptor y, cudnn_descriptor form,              \
     cudnn_descriptor w, int most, int *count, cudnn_choice *choices))                                \
  X(cudnnGetConvolutionBackwardFilterWorkspaceSize,                                                   \
    (cudnn_handle handle, cudnn_descriptor x, cudnn_descriptor y, cudnn_descriptor form,              \
     cudnn_descriptor w, int algorithm, size_t *bytes))                                               \
  X(cudnnConvolutionBackwardFilter,                                                                   \
    (cudnn_handle handle, const void *alpha, cudnn_descriptor x, const void *x_data, cudnn_descriptor y,\
     const void *y_data, cudnn_descriptor form, int algorithm, void *workspace, size_t bytes,         \
     const void *beta, cudnn_descriptor w, void *w_data))

/* A table of function pointers for each library, members in the order above. */
#define CUDA_MEMBER(name, arguments) int(*name) arguments;
typedef struct cuda_driver {
  CUDA_DRIVER_FUNCTIONS(CUDA_MEMBER)
} cuda_driver;
typedef struct cuda_nvrtc {
  CUDA_NVRTC_FUNCTIONS(CUDA_MEMBER)
} cuda_nvrtc;
typedef struct cuda_blas {
  CUDA_BLAS_FUNCTIONS(CUDA_MEMBER)
} cuda_blas;
typedef struct cuda_dnn {
  CUDA_DNN_FUNCTIONS(CUDA_MEMBER)
} cuda_dnn;

/* The names of the functions, in the same order: what to look up. */
#define CUDA_NAME(name, arguments) #name,
static const char *const cuda_driver_names[] = {CUDA_DRIVER_FUNCTIONS(CUDA_NAME) NULL};
static const char *const cuda_nvrtc_names[] = {CUDA_NVRTC_FUNCTIONS(CUDA_NAME) NULL};
static const char *const cuda_blas_names[] = {CUDA_BLAS_FUNCTIONS(CUDA_NAME) NULL};
static const char *const cuda_dnn_names[] = {CUDA_DNN_FUNCTIONS(CUDA_NAME) NULL};

static inline const char *cuda_driver_name(int i) { return cuda_driver_names[i]; }
static inline const char *cuda_nvrtc_name(int i) { return cuda_nvrtc_names[i]; }
static inline const char *cuda_blas_name(int i) { return cuda_blas_names[i]; }
static inline const char *cuda_dnn_name(int i) { return cuda_dnn_names[i]; }

#endif
