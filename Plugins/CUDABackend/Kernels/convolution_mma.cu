// The convolutions of 16-bit floats on matrix units: a block computes 128 rows by WIDTH columns, each of its 8 warps 32
// rows by half of the columns. Operands come to shared memory in stages, by copies that go on while others are used.
#include "convolution.cuh"
#include "matrix.cuh"

#define BM CK_PIXEL_TILE
#define BN WIDTH
#define THREADS CK_MMA_THREADS
#define DEPTH CK_MMA_DEPTH
#define STAGES CK_MMA_STAGES

// A stage's rows are longer than their elements, so that eight of them lie in different banks.
#if MODE == CK_OF_WEIGHT
constexpr bool BY_TERMS = true;
constexpr int A_PITCH = BM + 8, B_PITCH = BN + 8, A_SIZE = DEPTH * A_PITCH, B_SIZE = DEPTH * B_PITCH;
#else
constexpr bool BY_TERMS = false;
constexpr int A_PITCH = DEPTH + 8, B_PITCH = DEPTH + 8, A_SIZE = BM * A_PITCH, B_SIZE = BN * B_PITCH;
#endif
constexpr int A_LOADS = BM * DEPTH / V / THREADS, B_LOADS = BN * DEPTH / V / THREADS;

KERNEL __launch_bounds__(THREADS) convolve(const ck_tiles p) {
  extern __shared__ __align__(16) u16 stages[];
  const tile me(p, BM, BN);
  const element *a = (const element *)p.a + me.group * p.a_group, *b = (const element *)p.b + me.group * p.b_group;
  int thread = threadIdx.x, lane = thread % 32, warp = thread / 32;
  i64 first = me.split * p.part, last = p.k < first + p.part ? p.k : first + p.part;

#if MODE == CK_OF_WEIGHT
  auto load = [&](i64 k, int stage) {
    u16 *to = stages + stage * (A_SIZE + B_SIZE);
#pragma unroll
    for (int u = 0; u < A_LOADS; u++) {
      int slot = thread + u * THREADS, m = slot % (BM / V) * V, d = slot / (BM / V);
      const packed *from = nullptr;
      if (k + d < last && me.m + m < p.m) from = pack_of_a(p, a, pixel(p, k + d), tap(p, me.m + m));
      start_copy(to + d * A_PITCH + m, from);
    }
#pragma unroll
    for (int u = 0; u < B_LOADS; u++) {
      int slot = thread + u * THREADS, n = slot % (BN / V) * V, d = slot / (BN / V);
      const element *from = nullptr;
      if (k + d < last && me.n + n < p.n) from = b + offset_of(pixel(p, k + d), p.b_stride) + me.n + n;
      start_copy(to + A_SIZE + d * B_PITCH + n, from);
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
  tap term(p, (int)first + thread % PACKS * V);
  auto load = [&](i64 k, int stage) {
    u16 *to = stages + stage * (A_SIZE + B_SIZE);
    int d = thread % PACKS * V;
#pragma unroll
    for (int u = 0; u < A_LOADS; u++) {
      int m = (thread + u * THREADS) / PACKS;
      start_copy(to + m * A_PITCH + d, me.m + m < p.m ? pack_of_a(p, a, rows[u], term) : nullptr);
    }
    term.advance(p, DEPTH);
#pragma unroll
    for (int u = 0; u < B_LOADS; u++) {
      int n = (thread + u * THREADS) / PACKS;
      const element *from = nullptr;
      if (me.n + n < p.n && k + d < last) from = b + (i64)(me.n + n) * p.k + k + d;
      start_copy(to + A_SIZE + n * B_PITCH + d, from);
    }
  };
#endif

  // This warp's part of the tile.
  constexpr int COLUMNS = BN / 2;
  int top = warp / 2 * 32, left = warp % 2 * COLUMNS;
  float sum[2][COLUMNS / 8][4];
#pragma unroll
  for (int i = 0; i < 2; i++) {
#pragma unroll
    for (int j = 0; j < COLUMNS / 8; j++) {
#pragma unroll
      for (int c = 0; c < 4; c++) sum[i][j][c] = 0;
    }
  }

#pragma unroll
  for (int s = 0; s < STAGES - 1; s++) {
    if (first + s * DEPTH < last) load(first + s * DEPTH, s);
    end_copies();
  }
  int stage = 0, free_stage = STAGES - 1;
  for (i64 k = first; k < last; k += DEPTH) {
    await_copies<STAGES - 2>();
    // All have their copies, and none still reads the stage that is loaded next.
    __syncthreads();
    if (k + (STAGES - 1) * DEPTH < last) load(k + (STAGES - 1) * DEPTH, free_stage);
    end_copies();
    const u16 *from_a = stages + stage * (A_SIZE + B_SIZE), *from_b = from_a + A_SIZE;
#pragma unroll
    for (int d = 0; d < DEPTH; d += 16) {
      u32 x[2][4];
#pragma unroll
      for (int i = 0; i < 2; i++) load_a<BY_TERMS>(x[i], from_a, A_PITCH, top + 16 * i, d, lane);
#pragma unroll
      for (int j = 0; j < COLUMNS / 16; j++) {
        u32 y[4];
        load_b<BY_TERMS>(y, from_b, B_PITCH, left + 16 * j, d, lane);
#pragma unroll
        for (int i = 0; i < 2; i++) {
          multiply_add(sum[i][2 * j], x[i], y[0], y[1]);
          multiply_add(sum[i][2 * j + 1], x[i], y[2], y[3]);
        }
      }
    }
    stage = stage + 1 == STAGES ? 0 : stage + 1;
    free_stage = free_stage + 1 == STAGES ? 0 : free_stage + 1;
  }
  await_copies<0>();

#pragma unroll
  for (int i = 0; i < 4; i++) {
    int m = me.m + top + lane / 4 + 8 * i;
    if (!is_row(p, m)) continue;
    i64 row = p.partial ? (i64)m * p.n : me.group * p.out_group + row_of_out(p, m);
#pragma unroll
    for (int j = 0; j < COLUMNS / 8; j++) {
#pragma unroll
      for (int c = 0; c < 2; c++) {
        int n = me.n + left + 8 * j + lane % 4 * 2 + c;
        if (n >= p.n) continue;
        float x = sum[i / 2][j][i % 2 * 2 + c];
        if (p.partial)
          partial_of(p, me)[row + n] = x;
        else
          ((element *)p.out)[row + n * p.out_column] = type::store(x + bias_of(p, me.group, n));
      }
    }
  }
}
