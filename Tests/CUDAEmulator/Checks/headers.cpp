// Compares cuda_functions.h with NVIDIA's headers: it compiles where they agree.

// cublas_v2.h would include these two for its types of 16 bits, and they much of the toolkit.
#define __CUDA_FP16_H__
#define __CUDA_BF16_H__
struct __half;
struct __nv_bfloat16;
#include <cublas_v2.h>
#include <cuda.h>
#include <nvrtc.h>
#if __has_include(<cudnn.h>)
#include <cudnn.h>
#endif

#include <cstddef>

#include <type_traits>

// Taken before ours, whose macro has the same name.
constexpr int theirComputeType = CUBLAS_COMPUTE_32F;
#include "cuda_functions.h"

// What of theirs our type may stand for: the same, a handle for an opaque pointer, an int for an enumeration, and
// pointers to such.
template <class Ours, class Theirs>
constexpr bool isAlike() {
  using O = std::remove_cv_t<Ours>;
  using T = std::remove_cv_t<Theirs>;
  if constexpr (std::is_same_v<O, T>) {
    return std::is_const_v<Ours> == std::is_const_v<Theirs>;
  } else if constexpr (std::is_pointer_v<O> && std::is_pointer_v<T>) {
    using P = std::remove_pointer_t<O>;
    using Q = std::remove_pointer_t<T>;
    if constexpr (std::is_void_v<P> && std::is_class_v<Q>) return true;
    else return isAlike<P, Q>();
  } else if constexpr (std::is_enum_v<T>) {
    return std::is_same_v<O, int> && sizeof(T) == sizeof(int);
  } else if constexpr (std::is_same_v<O, cudnn_choice>) {
    // Its members are compared below.
    return std::is_class_v<T> && sizeof(O) == sizeof(T);
  } else {
    return false;
  }
}

template <class Ours, class Theirs>
constexpr bool areAlike = false;
template <class R, class... A, class S, class... B>
constexpr bool areAlike<R (*)(A...), S (*)(B...)> = [] {
  if constexpr (sizeof...(A) != sizeof...(B)) {
    return false;
  } else {
    return isAlike<R, S>() && (isAlike<A, B>() && ...);
  }
}();

#define DRIVER(name, arguments) static_assert(areAlike<decltype(cuda_driver::name), decltype(&::name)>, #name);
CUDA_DRIVER_FUNCTIONS(DRIVER)
#define NVRTC(name, arguments) static_assert(areAlike<decltype(cuda_nvrtc::name), decltype(&::name)>, #name);
CUDA_NVRTC_FUNCTIONS(NVRTC)
// In C++ the last two of them have an overload for old programs: the function proper takes a cublasComputeType_t.
using Product = cublasStatus_t (*)(
    cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int, const void *, const void *, cudaDataType,
    int, long long, const void *, cudaDataType, int, long long, const void *, void *, cudaDataType, int, long long,
    int, cublasComputeType_t, cublasGemmAlgo_t);
constexpr Product product = &::cublasGemmStridedBatchedEx;
static_assert(areAlike<decltype(cuda_blas::cublasGemmStridedBatchedEx), decltype(&*product)>);
static_assert(areAlike<decltype(cuda_blas::cublasSgemmStridedBatched), decltype(&::cublasSgemmStridedBatched)>);
static_assert(areAlike<decltype(cuda_blas::cublasDgemmStridedBatched), decltype(&::cublasDgemmStridedBatched)>);
static_assert(areAlike<decltype(cuda_blas::cublasCreate_v2), decltype(&::cublasCreate_v2)>);
static_assert(areAlike<decltype(cuda_blas::cublasSetStream_v2), decltype(&::cublasSetStream_v2)>);
static_assert(areAlike<decltype(cuda_blas::cublasSetMathMode), decltype(&::cublasSetMathMode)>);
static_assert(areAlike<decltype(cuda_blas::cublasSetWorkspace_v2), decltype(&::cublasSetWorkspace_v2)>);
using One = cublasStatus_t (*)(
    cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int, const void *, const void *, cudaDataType,
    int, const void *, cudaDataType, int, const void *, void *, cudaDataType, int, cublasComputeType_t,
    cublasGemmAlgo_t);
constexpr One one = &::cublasGemmEx;
static_assert(areAlike<decltype(cuda_blas::cublasGemmEx), decltype(&*one)>);
static_assert(sizeof(cuda_blas) == 8 * sizeof(void *), "every function stands above");

#if __has_include(<cudnn.h>)
#define DNN(name, arguments) static_assert(areAlike<decltype(cuda_dnn::name), decltype(&::name)>, #name);
CUDA_DNN_FUNCTIONS(DNN)
#define SAME_CHOICE(theirs)                                             \
  static_assert(sizeof(cudnn_choice) == sizeof(theirs));                \
  static_assert(offsetof(cudnn_choice, status) == offsetof(theirs, status));           \
  static_assert(offsetof(cudnn_choice, bytes) == offsetof(theirs, memory));            \
  static_assert(offsetof(cudnn_choice, determinism) == offsetof(theirs, determinism)); \
  static_assert(offsetof(cudnn_choice, math) == offsetof(theirs, mathType));
SAME_CHOICE(cudnnConvolutionFwdAlgoPerf_t)
SAME_CHOICE(cudnnConvolutionBwdDataAlgoPerf_t)
SAME_CHOICE(cudnnConvolutionBwdFilterAlgoPerf_t)
#endif

#define SAME(ours, theirs) static_assert(int(ours) == int(theirs), #ours);
SAME(CU_OK, CUDA_SUCCESS)
SAME(CU_OUT_OF_MEMORY, CUDA_ERROR_OUT_OF_MEMORY)
SAME(CU_NO_DEVICE, CUDA_ERROR_NO_DEVICE)
SAME(CU_NOT_READY, CUDA_ERROR_NOT_READY)
SAME(CU_ATTRIBUTE_MULTIPROCESSORS, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)
SAME(CU_ATTRIBUTE_CAPABILITY_MAJOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
SAME(CU_ATTRIBUTE_CAPABILITY_MINOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)
SAME(CU_FUNCTION_DYNAMIC_SHARED_BYTES, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
SAME(CU_STREAM_FLAG_NON_BLOCKING, CU_STREAM_NON_BLOCKING)
SAME(CU_EVENT_FLAG_NO_TIMING, CU_EVENT_DISABLE_TIMING)
SAME(CU_HOST_ALLOC_PORTABLE, CU_MEMHOSTALLOC_PORTABLE)
SAME(CU_HOST_ALLOC_MAPPED, CU_MEMHOSTALLOC_DEVICEMAP)
SAME(CU_POOL_RELEASE_THRESHOLD, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD)
SAME(CUBLAS_MATH_NO_REDUCED_SUMS, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION)
SAME(CUBLAS_PLAIN, CUBLAS_OP_N)
SAME(CUBLAS_TRANSPOSED, CUBLAS_OP_T)
SAME(CUBLAS_R_16F, CUDA_R_16F)
SAME(CUBLAS_R_32F, CUDA_R_32F)
SAME(CUBLAS_R_16BF, CUDA_R_16BF)
SAME(CUBLAS_COMPUTE_32F, theirComputeType)
SAME(CUBLAS_DEFAULT_ALGORITHM, CUBLAS_GEMM_DEFAULT)

#if __has_include(<cudnn.h>)
SAME(CUDNN_FLOAT32, CUDNN_DATA_FLOAT)
SAME(CUDNN_FLOAT64, CUDNN_DATA_DOUBLE)
SAME(CUDNN_FLOAT16, CUDNN_DATA_HALF)
SAME(CUDNN_BFLOAT16, CUDNN_DATA_BFLOAT16)
SAME(CUDNN_ROW_MAJOR, CUDNN_TENSOR_NCHW)
SAME(CUDNN_CHANNELS_LAST, CUDNN_TENSOR_NHWC)
SAME(CUDNN_MATH_DEFAULT, CUDNN_DEFAULT_MATH)
SAME(CUDNN_MATH_MATRIX_UNITS, CUDNN_TENSOR_OP_MATH)
SAME(CUDNN_MATH_FMA, CUDNN_FMA_MATH)
SAME(CUDNN_CORRELATION, CUDNN_CROSS_CORRELATION)
SAME(CUDNN_DETERMINISTIC_RESULT, CUDNN_DETERMINISTIC)
SAME(CUDNN_FORWARD_GEMM, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM)
SAME(CUDNN_FORWARD_PRECOMPUTED_GEMM, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)
SAME(CUDNN_FORWARD_EXPLICIT_GEMM, CUDNN_CONVOLUTION_FWD_ALGO_GEMM)
SAME(CUDNN_DATA_GEMM, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1)
SAME(CUDNN_FILTER_GEMM, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1)
#endif

// What the plugin takes for an error that the device does not recover from.
SAME(700, CUDA_ERROR_ILLEGAL_ADDRESS)
SAME(719, CUDA_ERROR_LAUNCH_FAILED)
SAME(214, CUDA_ERROR_ECC_UNCORRECTABLE)
SAME(4, CUDA_ERROR_DEINITIALIZED)
SAME(201, CUDA_ERROR_INVALID_CONTEXT)
