/* Runs the kernels of smoke.cu on the emulator: `smoke [WHAT]`, where WHAT is a kernel that makes a mistake. */
#include "smoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_functions.h"

#define DECLARE(name, arguments) int name arguments;
CUDA_DRIVER_FUNCTIONS(DECLARE)
CUDA_NVRTC_FUNCTIONS(DECLARE)
CUDA_BLAS_FUNCTIONS(DECLARE)
CUDA_DNN_FUNCTIONS(DECLARE)

enum { COUNT = 1000, BYTES = COUNT * 4 };

static const char source[] = {
#embed "smoke.cu"
    , 0};
static const char header[] = {
#embed "smoke.h"
    , 0};

static cu_module module;
static cu_stream stream;

static void check(int is_true, const char *what) {
  if (is_true) return;
  printf("failed: %s\n", what);
  exit(1);
}

static void compile(void) {
  nvrtc_program program;
  const char *headers[] = {header}, *names[] = {"smoke.h"};
  const char *options[] = {"--gpu-architecture=sm_90", "--std=c++17", "--fmad=false", "-default-device", "-DN=256"};
  check(!nvrtcCreateProgram(&program, source, "smoke.cu", 1, headers, names), "nvrtcCreateProgram");
  int code = nvrtcCompileProgram(program, 5, options);
  size_t bytes;
  nvrtcGetProgramLogSize(program, &bytes);
  char *log = malloc(bytes);
  nvrtcGetProgramLog(program, log);
  if (code) printf("%s\n", log);
  check(!code && !nvrtcGetCUBINSize(program, &bytes), "compilation");
  char *image = malloc(bytes);
  nvrtcGetCUBIN(program, image);
  check(!cuModuleLoadData(&module, image), "cuModuleLoadData");
  nvrtcDestroyProgram(&program);
}

static int launch(const char *name, unsigned blocks, unsigned threads, unsigned shared, smoke parameters) {
  cu_function function;
  if (cuModuleGetFunction(&function, module, name)) return 500;
  void *list[] = {&parameters};
  return cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, shared, stream, list, NULL);
}

int main(int count, char **arguments) {
  cu_context context;
  check(!cuInit(0) && !cuDevicePrimaryCtxRetain(&context, 0) && !cuCtxSetCurrent(context), "the context");
  check(!cuStreamCreate(&stream, 1), "cuStreamCreate");
  compile();
  cu_pointer a = 0, b = 0, out = 0;
  check(!cuMemAlloc_v2(&a, BYTES) && !cuMemAlloc_v2(&b, BYTES) && !cuMemAlloc_v2(&out, BYTES), "cuMemAlloc");
  smoke p = {a, b, out, COUNT};
  if (count > 1) {
    int code = launch(arguments[1], 1, 64, 0, p);
    if (!code) code = cuStreamSynchronize(stream);
    printf("%d\n", code);
    return 0;
  }

  float values[COUNT], results[COUNT];
  for (int i = 0; i < COUNT; i++) values[i] = (float)i;
  check(!cuMemcpyHtoDAsync_v2(a, values, BYTES, stream) && !cuMemcpyHtoDAsync_v2(b, values, BYTES, stream), "HtoD");
  check(!launch("add", 3, 256, 0, p), "launch");
  check(cuStreamQuery(stream) == CU_NOT_READY, "work waits");
  check(!cuMemcpyDtoHAsync_v2(results, out, BYTES, stream) && !cuStreamSynchronize(stream), "DtoH");
  for (int i = 0; i < COUNT; i++) check(results[i] == 2 * (float)i, "add");

  check(!cuMemsetD8Async(out, 0, 4, stream) && !launch("sum", 2, 256, 0, p), "launch");
  check(!cuMemcpyDtoHAsync_v2(results, out, 4, stream) && !cuStreamSynchronize(stream), "DtoH");
  check(results[0] == 499500, "sum");

  check(!launch("reverse", 1, 256, 1024, p), "launch");
  check(!cuMemcpyDtoHAsync_v2(results, out, 1024, stream) && !cuStreamSynchronize(stream), "DtoH");
  for (int i = 0; i < 256; i++) check(results[i] == (float)(255 - i), "reverse");

  unsigned words[64];
  check(!launch("votes", 1, 64, 0, p), "launch");
  check(!cuMemcpyDtoHAsync_v2(words, out, sizeof words, stream) && !cuStreamSynchronize(stream), "DtoH");
  for (unsigned i = 0; i < 64; i++)
    check(words[i] == (0x55555555u ^ 2u ^ (i >= 32) ^ ((i ^ 1) + 100 * (i / 8 * 8 + 3))), "votes");

  /* Another stream waits for an event, and page-locked memory is read late. */
  cu_stream second = NULL;
  cu_event event = NULL;
  float *locked = NULL;
  check(!cuStreamCreate(&second, 1) && !cuEventCreate(&event, 2), "cuEventCreate");
  check(!cuMemHostAlloc((void **)&locked, BYTES, 1), "cuMemHostAlloc");
  locked[0] = 1;
  check(!cuMemcpyHtoDAsync_v2(a, locked, 4, stream) && !cuEventRecord(event, stream), "cuEventRecord");
  locked[0] = 7;
  check(!cuStreamWaitEvent(second, event, 0) && !cuMemcpyDtoHAsync_v2(results, a, 4, second), "cuStreamWaitEvent");
  check(results[0] == 7 && !cuEventQuery(event), "the order of streams");

  /* C = A Bᵀ, 2 by 2, column-major. */
  cublas_handle blas;
  float one = 1, zero = 0;
  check(!cublasCreate_v2(&blas) && !cublasSetStream_v2(blas, stream), "cublasCreate");
  cuMemcpyHtoDAsync_v2(a, (float[]){1, 2, 3, 4}, 16, stream);
  check(!cublasSgemmStridedBatched(blas, 0, 1, 2, 2, 2, &one, (float *)a, 2, 4, (float *)a, 2, 4, &zero, (float *)out,
                                   2, 4, 1), "cublasSgemmStridedBatched");
  check(!cuMemcpyDtoHAsync_v2(results, out, 16, stream), "DtoH");
  check(results[0] == 10 && results[1] == 14 && results[2] == 14 && results[3] == 20, "the product");

  /* One image of 1, 2, 3, 4 by a filter of three taps, padded by one on each side. */
  cudnn_handle dnn;
  cudnn_descriptor x, w, y, form;
  cudnn_choice choices[2];
  size_t bytes = 0;
  int found = 0, wide[] = {1, 1, 1, 4}, strides[] = {4, 4, 4, 1}, three[] = {1, 1, 1, 3};
  check(!cudnnCreate(&dnn) && !cudnnSetStream(dnn, stream), "cudnnCreate");
  cudnnCreateTensorDescriptor(&x), cudnnCreateTensorDescriptor(&y), cudnnCreateFilterDescriptor(&w);
  cudnnCreateConvolutionDescriptor(&form);
  check(!cudnnSetTensorNdDescriptor(x, CUDNN_FLOAT32, 4, wide, strides) &&
            !cudnnSetTensorNdDescriptor(y, CUDNN_FLOAT32, 4, wide, strides) &&
            !cudnnSetFilterNdDescriptor(w, CUDNN_FLOAT32, CUDNN_ROW_MAJOR, 4, three) &&
            !cudnnSetConvolutionNdDescriptor(form, 2, (int[]){0, 1}, (int[]){1, 1}, (int[]){1, 1}, CUDNN_CORRELATION,
                                             CUDNN_FLOAT32), "descriptors");
  check(cudnnGetConvolutionForwardAlgorithm_v7(dnn, x, w, form, y, 2, &found, choices) != 0, "TF32 is refused");
  check(!cudnnSetConvolutionMathType(form, CUDNN_MATH_FMA) && !cudnnSetConvolutionGroupCount(form, 1), "the form");
  check(!cudnnGetConvolutionForwardAlgorithm_v7(dnn, x, w, form, y, 2, &found, choices) && found == 2, "choices");
  int algorithm = choices[1].algorithm;
  check(!cudnnGetConvolutionForwardWorkspaceSize(dnn, x, w, form, y, algorithm, &bytes) && bytes <= BYTES, "workspace");
  check(!cudnnConvolutionForward(dnn, &one, x, (float *)a, w, (float *)a, form, algorithm, (void *)b, bytes, &zero, y,
                                 (float *)out), "cudnnConvolutionForward");
  check(!cuMemcpyDtoHAsync_v2(results, out, 16, stream), "DtoH");
  check(results[0] == 8 && results[1] == 14 && results[2] == 20 && results[3] == 11, "the convolution");

  cu_pointer scratch = 0, again = 0;
  check(!cuMemAllocAsync(&scratch, 100, stream) && !cuMemFreeAsync(scratch, stream), "cuMemAllocAsync");
  check(!cuMemAllocAsync(&again, 100, stream) && again == scratch, "reuse");
  check(!cuMemFree_v2(a) && !cuStreamDestroy_v2(stream), "the end");
  printf("passed\n");
  return 0;
}
