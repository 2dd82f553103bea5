// The convolutions as products of matrices that are never laid out, without matrix units: a block computes 128 rows by 64
// columns, each of its 128 threads 8 by 8. Sums are of the type `value`.
#include "convolution.cuh"

#define BM CK_PIXEL_TILE
#define BN CK_CHANNEL_TILE
#define THREADS CK_TILE_THREADS
#define DEPTH 8

__device__ inline float product_sum(float a, float b, float c) { return fmaf(a, b, c); }
__device__ inline double product_sum(double a, double b, double c) { return fma(a, b, c); }

// Packs of a tile, and how many a thread loads.
#define A_PACKS (BM * DEPTH / V)
#define B_PACKS (BN * DEPTH / V)
#define A_LOADS ((A_PACKS + THREADS - 1) / THREADS)
#define B_LOADS ((B_PACKS + THREADS - 1) / THREADS)

KERNEL __launch_bounds__(THREADS) convolve(const ck_tiles p) {
  __shared__ __align__(32) value as[2][DEPTH][BM + 4], bs[2][DEPTH][BN + 4];
  const tile me(p, BM, BN);
  const element *a = (const element *)p.a + me.group * p.a_group, *b = (const element *)p.b + me.group * p.b_group;
  int thread = threadIdx.x;
  i64 first = me.split * p.part, last = p.k < first + p.part ? p.k : first + p.part;

  // What this thread loads, and where to: of packs along the sum, or along rows and columns.
  packed next_a[A_LOADS], next_b[B_LOADS];
#if MODE == CK_OF_WEIGHT
  auto load = [&](i64 k) {
#pragma unroll
    for (int u = 0; u < A_LOADS; u++) {
      int slot = thread + u * THREADS, m = me.m + slot % (BM / V) * V;
      i64 term = k + slot / (BM / V);
      const packed *from = nullptr;
      if (slot < A_PACKS && term < last && m < p.m) from = pack_of_a(p, a, pixel(p, term), tap(p, m));
      next_a[u] = from ? *from : packed{};
    }
#pragma unroll
    for (int u = 0; u < B_LOADS; u++) {
      int slot = thread + u * THREADS, n = me.n + slot % (BN / V) * V;
      i64 term = k + slot / (BN / V);
      next_b[u] = packed{};
      if (slot < B_PACKS && term < last && n < p.n)
        next_b[u] = *(const packed *)(b + offset_of(pixel(p, term), p.b_stride) + n);
    }
  };
  auto keep = [&](int side) {
#pragma unroll
    for (int u = 0; u < A_LOADS; u++) {
      int slot = thread + u * THREADS;
#pragma unroll
      for (int v = 0; v < V; v++)
        if (slot < A_PACKS) as[side][slot / (BM / V)][slot % (BM / V) * V + v] = type::load(next_a[u].at[v]);
    }
#pragma unroll
    for (int u = 0; u < B_LOADS; u++) {
      int slot = thread + u * THREADS;
#pragma unroll
      for (int v = 0; v < V; v++)
        if (slot < B_PACKS) bs[side][slot / (BN / V)][slot % (BN / V) * V + v] = type::load(next_b[u].at[v]);
    }
  };
#else
  constexpr int PACKS = DEPTH / V;
  pixel rows[A_LOADS];
#pragma unroll
  for (int u = 0; u < A_LOADS; u++) {
    int m = me.m + (thread + u * THREADS) / PACKS;
    rows[u] = pixel(p, m < p.m ? m : 0);
  }
  // THREADS is a multiple of PACKS: all loads of a thread are of one tap and channel.
  tap term(p, (int)first + thread % PACKS * V);
  auto load = [&](i64 k) {
#pragma unroll
    for (int u = 0; u < A_LOADS; u++) {
      int slot = thread + u * THREADS;
      const packed *from = nullptr;
      if (slot < A_PACKS && me.m + slot / PACKS < p.m) from = pack_of_a(p, a, rows[u], term);
      next_a[u] = from ? *from : packed{};
    }
    term.advance(p, DEPTH);
#pragma unroll
    for (int u = 0; u < B_LOADS; u++) {
      int slot = thread + u * THREADS;
      i64 n = me.n + slot / PACKS, at = k + slot % PACKS * V;
      next_b[u] = packed{};
      if (slot < B_PACKS && n < p.n && at < last) next_b[u] = *(const packed *)(b + n * p.k + at);
    }
  };
  auto keep = [&](int side) {
#pragma unroll
    for (int u = 0; u < A_LOADS; u++) {
      int slot = thread + u * THREADS;
#pragma unroll
      for (int v = 0; v < V; v++)
        if (slot < A_PACKS) as[side][slot % PACKS * V + v][slot / PACKS] = type::load(next_a[u].at[v]);
    }
#pragma unroll
    for (int u = 0; u < B_LOADS; u++) {
      int slot = thread + u * THREADS;
#pragma unroll
      for (int v = 0; v < V; v++)
        if (slot < B_PACKS) bs[side][slot % PACKS * V + v][slot / PACKS] = type::load(next_b[u].at[v]);
    }
  };
#endif

  typedef pack<value, 4> four;
  int x = thread % 8 * 4, y = thread / 8 * 4;
  value sum[8][8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
#pragma unroll
    for (int j = 0; j < 8; j++) sum[i][j] = 0;
  }
  load(first);
  keep(0);
  __syncthreads();
  int side = 0;
  for (i64 k = first; k < last; k += DEPTH) {
    bool has_next = k + DEPTH < last;
    if (has_next) load(k + DEPTH);
#pragma unroll
    for (int d = 0; d < DEPTH; d++) {
      four u[2] = {*(const four *)&as[side][d][y], *(const four *)&as[side][d][y + BM / 2]};
      four v[2] = {*(const four *)&bs[side][d][x], *(const four *)&bs[side][d][x + BN / 2]};
#pragma unroll
      for (int i = 0; i < 8; i++) {
#pragma unroll
        for (int j = 0; j < 8; j++) sum[i][j] = product_sum(u[i / 4].at[i % 4], v[j / 4].at[j % 4], sum[i][j]);
      }
    }
    side ^= 1;
    if (has_next) keep(side);
    __syncthreads();
  }

#pragma unroll
  for (int i = 0; i < 8; i++) {
    int m = me.m + y + i / 4 * (BM / 2) + i % 4;
    if (!is_row(p, m)) continue;
    i64 row = p.partial ? (i64)m * p.n : me.group * p.out_group + row_of_out(p, m);
#pragma unroll
    for (int j = 0; j < 8; j++) {
      int n = me.n + x + j / 4 * (BN / 2) + j % 4;
      if (n >= p.n) continue;
      if (p.partial)
        partial_of(p, me)[row + n] = sum[i][j];
      else
        ((element *)p.out)[row + n * p.out_column] = type::store(sum[i][j] + bias_of(p, me.group, n));
    }
  }
}

// The parts of the sums together, always in one order.
KERNEL add_parts(const ck_tiles p) {
  i64 count = (i64)p.groups * p.m * p.n;
  for (i64 i = thread_index(); i < count; i += thread_count()) {
    i64 rest = i / p.n, n = i - rest * p.n, group = rest / p.m;
    int m = (int)(rest - group * p.m);
    if (!is_row(p, m)) continue;
    value sum = 0;
    for (int split = 0; split < p.splits; split++) sum += ((const value *)p.partial)[split * count + i];
    i64 at = group * p.out_group + row_of_out(p, m) + n * p.out_column;
    ((element *)p.out)[at] = type::store(sum + bias_of(p, (int)group, (int)n));
  }
}
