// One kernel for each thing that the emulator does: grids, static and dynamic shared memory with barriers, shuffles,
// atomics, and the mistakes it has to find.
#include "smoke.h"

extern "C" __global__ void add(smoke p) {
  const float *a = (const float *)p.a, *b = (const float *)p.b;
  float *out = (float *)p.out;
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < p.count; i += (long long)gridDim.x * blockDim.x)
    out[i] = a[i] + b[i];
}

// Each block's sum: shuffles within warps, shared memory between them, one atomic per block.
extern "C" __global__ void __launch_bounds__(N) sum(smoke p) {
  __shared__ float warps[N / 32];
  const float *a = (const float *)p.a;
  float total = 0;
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < p.count; i += (long long)gridDim.x * blockDim.x)
    total += a[i];
  for (int step = 16; step > 0; step /= 2) total += __shfl_down_sync(~0u, total, step);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = total;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int i = 1; i < N / 32; i++) total += warps[i];
    atomicAdd((float *)p.out, total);
  }
}

template <class T>
__device__ void turn(T *shared, const T *from, T *to) {
  shared[threadIdx.x] = from[threadIdx.x];
  __syncthreads();
  to[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

extern "C" __global__ void reverse(smoke p) {
  extern __shared__ float values[];
  turn(values, (const float *)p.a, (float *)p.out);
}

extern "C" __global__ void votes(smoke p) {
  unsigned *out = (unsigned *)p.out;
  unsigned even = __ballot_sync(~0u, threadIdx.x % 2 == 0);
  int all = __all_sync(~0u, threadIdx.x < 1000), any = __any_sync(~0u, threadIdx.x == 33);
  unsigned other = __shfl_xor_sync(~0u, threadIdx.x, 1) + 100 * __shfl_sync(~0u, threadIdx.x, 3, 8);
  out[threadIdx.x] = even ^ (unsigned)(all << 1) ^ (unsigned)any ^ other;
}

extern "C" __global__ void past_end(smoke p) { ((float *)p.out)[p.count] = 1; }
extern "C" __global__ void far_away(smoke p) { ((float *)p.out)[p.count + (1 << 20)] = 1; }
extern "C" __global__ void diverge(smoke p) {
  if (threadIdx.x < 5) return;
  __syncthreads();
  ((float *)p.out)[threadIdx.x] = 1;
}
