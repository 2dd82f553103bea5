// SUM_OF_SQUARES of the float type DTYPE.
#include "axes.cuh"
#include "sums.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;
typedef sum_of<DTYPE>::type sum;

constexpr int V = 16 / sizeof(element);
typedef pack<element, V> packed;

struct add_sums {
  __device__ static sum merge(sum a, sum b) { return add(a, b); }
};

__device__ inline void take_square(sum &a, element x) {
  double one = (double)type::load(x);
  accumulate(a, one * one);
}

KERNEL __launch_bounds__(256, 4) squares_of_chunks(const ck_squares p) {
  __shared__ u64 shared[sizeof(sum) / 8 * MOST_SHARED];
  const ck_parameters &all = p.tensors;
  const ck_group block = {1, 256, 0, 0};
  int i = 0;
  for (i64 chunk = blockIdx.x; chunk < all.first_chunk[all.count]; chunk += gridDim.x) {
    // A block's chunks come in order, and so do their tensors.
    while (chunk >= all.first_chunk[i + 1]) i++;
    i64 low = (chunk - all.first_chunk[i]) * CK_SQUARES_CHUNK, end = low + CK_SQUARES_CHUNK;
    if (end > all.length[i]) end = all.length[i];
    const element *data = (const element *)all.data[0][i];
    sum a = sum();
    if (all.axes.rank != 0) {
      for (i64 j = low + threadIdx.x; j < end; j += 256) {
        i64 at[1];
        locate(all.axes, j, at);
        take_square(a, data[at[0]]);
      }
    } else if (all.data[0][i] % 16 == 0) {
      constexpr int together_now = 4;
      const packed *packs = (const packed *)data;
      i64 last = end / V;
      for (i64 j = low / V + threadIdx.x; j < last; j += together_now * 256) {
        packed x[together_now];
#pragma unroll
        for (int u = 0; u < together_now; u++)
          if (j + u * 256 < last) x[u] = packs[j + u * 256];
#pragma unroll
        for (int u = 0; u < together_now; u++) {
          if (j + u * 256 >= last) break;
#pragma unroll
          for (int v = 0; v < V; v++) take_square(a, x[u].at[v]);
        }
      }
      i64 j = last * V + threadIdx.x;
      if (j < end) take_square(a, data[j]);
    } else {
#pragma unroll 8
      for (i64 j = low + threadIdx.x; j < end; j += 256) take_square(a, data[j]);
    }
    a = together<add_sums>(a, block, (sum *)shared);
    if (threadIdx.x == 0) ((sum *)p.partial)[chunk] = a;
  }
}

// A block for each tensor.
KERNEL __launch_bounds__(256) squares_of_tensors(const ck_squares p) {
  __shared__ u64 shared[sizeof(sum) / 8 * MOST_SHARED];
  const ck_parameters &all = p.tensors;
  const ck_group block = {1, 256, 0, 0};
  for (i64 i = blockIdx.x; i < all.count; i += gridDim.x) {
    sum a = sum();
    for (i64 chunk = all.first_chunk[i] + threadIdx.x; chunk < all.first_chunk[i + 1]; chunk += 256)
      a = add(a, ((const sum *)p.partial)[chunk]);
    a = together<add_sums>(a, block, (sum *)shared);
    if (threadIdx.x == 0) *(value *)all.data[1][i] = (value)total(a);
  }
}
