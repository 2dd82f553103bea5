// NORMALIZE_BACKWARD of the float type DTYPE: of slices as in statistics_rows.cu, PACKS packs to each of a block's up to
// THREADS threads, with no weight or one for each element of a slice. A block keeps the sums for the weight's gradient over all of its slices, and reads
// the next of them before it brings the sums of one together.
#include "statistics.cuh"

// A thread's part of a slice, as it lies in memory.
struct part_of_slice {
  packed x[PACKS], g[PACKS];
  value mean, scale;
  i64 out;
};

struct block_of_rows {
  const ck_statistics_rows &p;
  member me;
  int packs, height;

  // Whether there is a slice.
  __device__ bool read(i64 tile, part_of_slice &into) const {
    i64 slice = tile * p.group.width + me.column, at[5];
    if (slice >= p.slices.count) return false;
    locate(p.slices, slice, at);
    const packed *x = (const packed *)((const element *)p.data[CK_X] + at[CK_X]) + me.place;
    const packed *g = (const packed *)((const element *)p.data[CK_GRADIENT] + at[CK_GRADIENT]) + me.place;
#pragma unroll
    for (int u = 0; u < PACKS; u++)
      if (me.place + u * height < packs) into.x[u] = x[u * height], into.g[u] = g[u * height];
    into.mean = ((const value *)p.data[CK_MEAN])[at[CK_MEAN]];
    into.scale = ((const value *)p.data[CK_SCALE])[at[CK_SCALE]];
    into.out = at[CK_OUT];
    return true;
  }
};

// What the rows of a block, thread by thread, add up to; in the threads of the first.
__device__ inline double over_columns(double a, const ck_group &group, double *shared) {
  if (group.width == 1) return a;
  __syncthreads();
  shared[threadIdx.x] = a;
  __syncthreads();
  if ((int)threadIdx.x < group.height) {
    a = 0;
    for (int i = threadIdx.x; i < group.width * group.height; i += group.height) a += shared[i];
  }
  return a;
}

// Blocks enough to have much of the memory under way.
KERNEL __launch_bounds__(THREADS, ck_gradient_blocks(THREADS, PACKS, sizeof(element))) gradient_rows(const ck_statistics_rows p) {
  __shared__ u64 shared[sizeof(pair_of_sums) / 8 * MOST_SHARED];
  __shared__ double columns[CK_LONG_BLOCK];
  const block_of_rows rows = {p, member_of(p.group), (int)(p.length / V), p.group.height};
  const bool is_weighted = p.data[CK_WEIGHT] != 0;
  const double count = (double)p.length;
  i64 tiles = (p.slices.count + p.group.width - 1) / p.group.width;
  double weights[PACKS][V], biases[PACKS][V];
  value w[PACKS][V];
#pragma unroll
  for (int u = 0; u < PACKS; u++) {
    int i = rows.me.place + u * rows.height;
#pragma unroll
    for (int v = 0; v < V; v++) {
      weights[u][v] = biases[u][v] = 0;
      w[u][v] = is_weighted && i < rows.packs ? ((const value *)p.data[CK_WEIGHT])[i * V + v] : 1;
    }
  }
  part_of_slice next;
  bool is_next = rows.read(blockIdx.x, next);
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    value x[PACKS][V], g[PACKS][V];
    const bool is_any = is_next;
    const i64 at = next.out;
    const value mean = next.mean, scale = next.scale;
    pair_of_sums s = pair_of_sums();
#pragma unroll
    for (int u = 0; u < PACKS; u++) {
      if (!is_any || rows.me.place + u * rows.height >= rows.packs) break;
#pragma unroll
      for (int v = 0; v < V; v++) {
        value z = (type::load(next.x[u].at[v]) - mean) * scale, gradient = type::load(next.g[u].at[v]);
        weights[u][v] += (double)gradient * (double)z;
        biases[u][v] += gradient;
        value h = gradient * w[u][v];
        accumulate(s.first, h);
        accumulate(s.second, (double)h * (double)z);
        x[u][v] = z;
        g[u][v] = h;
      }
    }
    if (tile + gridDim.x < tiles) is_next = rows.read(tile + gridDim.x, next);
    s = together<add_pairs>(s, p.group, (pair_of_sums *)shared);
    value mean_h = p.is_uncentered ? 0 : (value)(total(s.first) / count), mean_hz = (value)(total(s.second) / count);
    packed *out = (packed *)((element *)p.data[CK_OUT] + at);
#pragma unroll
    for (int u = 0; u < PACKS; u++) {
      int i = rows.me.place + u * rows.height;
      if (!is_any || i >= rows.packs) break;
      packed y;
#pragma unroll
      for (int v = 0; v < V; v++) y.at[v] = type::store(scale * ((g[u][v] - mean_h) - x[u][v] * mean_hz));
      out[i] = y;
    }
  }
  if (!p.partial) return;
  double *partial = (double *)p.partial + (i64)blockIdx.x * 2 * p.length;
#pragma unroll
  for (int u = 0; u < PACKS; u++) {
    int i = rows.me.place + u * rows.height;
#pragma unroll
    for (int v = 0; v < V; v++) {
      double a = over_columns(weights[u][v], p.group, columns), b = over_columns(biases[u][v], p.group, columns);
      if (rows.me.column == 0 && i < rows.packs) {
        partial[i * V + v] = a;
        partial[p.length + i * V + v] = b;
      }
    }
  }
}

// The gradients of weight and bias from those of the blocks: a column for each of 32 threads, 32 of them on each.
KERNEL __launch_bounds__(1024) gradient_columns(const ck_statistics_rows p) {
  __shared__ double shared[32][33];
  int x = threadIdx.x % 32, y = threadIdx.x / 32;
  const double *partial = (const double *)p.partial;
  for (i64 tile = blockIdx.x; tile * 32 < 2 * p.length; tile += gridDim.x) {
    i64 column = tile * 32 + x;
    double sum = 0;
    if (column < 2 * p.length) {
#pragma unroll 4
      for (int i = y; i < p.blocks; i += 32) sum += partial[(i64)i * 2 * p.length + column];
    }
    shared[y][x] = sum;
    __syncthreads();
    // Each warp adds up one column.
    sum = shared[x][y];
#pragma unroll
    for (int mask = 16; mask > 0; mask /= 2) sum += shuffled(sum, mask);
    __syncthreads();
    i64 mine = tile * 32 + y;
    if (x != 0 || mine >= 2 * p.length) continue;
    bool is_bias = mine >= p.length;
    const i64 stride = p.gradient_stride[is_bias ? 1 : 0];
    ck_address to = p.data[is_bias ? CK_BIAS : CK_WEIGHT_GRADIENT];
    ((value *)to)[(is_bias ? mine - p.length : mine) * stride] = (value)sum;
  }
}
