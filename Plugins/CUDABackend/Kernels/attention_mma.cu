// ATTENTION and ATTENTION_BACKWARD of 16-bit floats on matrix units, of heads of up to HEAD elements, which lie side by
// side at multiples of 16 bytes: after FlashAttention-2 (Dao, 2023). Shares, and the gradients of scores, are rounded to
// the type before they meet the next matrix.
#include "attention.cuh"
#include "matrix.cuh"

constexpr int PITCH = HEAD + 8, WARPS = 4, THREADS = 32 * WARPS, V = 8;

#define LOG2_E 1.4426950408889634f
#define LN_2 0.6931471805599453f

__device__ inline float power_of_two(float x) {
#ifdef CUDA_EMULATOR
  return exp2f(x);
#else
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#endif
}

// Rows of a matrix in memory, which begin at multiples of 16 bytes.
struct rows_of {
  const element *data;
  i64 row, count;
  int width;

  __device__ rows_of(ck_address all, const ck_int (&stride)[4], i64 batch, i64 head, i64 rows, i64 columns)
      : data((const element *)all + head_of(stride, batch, head)), row(stride[2]), count(rows), width((int)columns) {}
};

// Starts to copy ROWS rows to shared memory; zeros for those that there are not, and beyond their ends.
template <int ROWS> __device__ inline void copy_rows(u16 *to, const rows_of &from, i64 first) {
  constexpr int PACKS = HEAD / V;
#pragma unroll
  for (int i = 0; i < ROWS * PACKS / THREADS; i++) {
    int slot = (int)threadIdx.x + i * THREADS, r = slot / PACKS, c = slot % PACKS * V;
    bool is_any = first + r < from.count && c < from.width;
    start_copy(to + r * PITCH + c, is_any ? from.data + (first + r) * from.row + c : nullptr);
  }
}

// Two scores' worth of a row as one operand register.
template <int N> __device__ inline void operand_of(u32 (&a)[4], const float (&s)[N][4], int chunk) {
  a[0] = two_of(s[2 * chunk][0], s[2 * chunk][1]);
  a[1] = two_of(s[2 * chunk][2], s[2 * chunk][3]);
  a[2] = two_of(s[2 * chunk + 1][0], s[2 * chunk + 1][1]);
  a[3] = two_of(s[2 * chunk + 1][2], s[2 * chunk + 1][3]);
}

// Two elements of the result side by side.
__device__ inline void store_two(element *row, i64 stride, int column, i64 columns, float x, float y) {
  element *at = row + column * stride;
  if (column + 1 < columns && stride == 1 && (u64)at % 4 == 0) {
    *(u32 *)at = two_of(x, y);
    return;
  }
  if (column < columns) *at = type::store(x);
  if (column + 1 < columns) at[stride] = type::store(y);
}

#if TARGET == 0

// Groups of 16 queries that a warp has, and keys that come to shared memory at once.
constexpr int GROUPS = HEAD <= 64 ? 2 : 1, QUERIES = WARPS * GROUPS * 16, KEYS = HEAD <= 128 ? 64 : 32;
constexpr bool KEEPS_QUERIES = HEAD <= 128;

KERNEL __launch_bounds__(THREADS) attend(const ck_attention p) {
  extern __shared__ __align__(16) u16 tiles[];
  u16 *const key_tile = tiles, *const value_tile = tiles + KEYS * PITCH;
  u16 *const query_tile = KEEPS_QUERIES ? tiles : tiles + 2 * KEYS * PITCH;
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  i64 blocks = (p.queries + QUERIES - 1) / QUERIES, index = blockIdx.x;
  // With a causal mask the last queries have most to do.
  i64 top = (blocks - 1 - index % blocks) * QUERIES;
  index /= blocks;
  const head h = {index / p.heads, index % p.heads, index % p.heads / p.share};
  const rows_of q(p.q, p.q_stride, h.batch, h.query_head, p.queries, p.width);
  const rows_of k(p.k, p.k_stride, h.batch, h.key_head, p.keys, p.width);
  const rows_of v(p.v, p.v_stride, h.batch, h.key_head, p.keys, p.value_width);

  copy_rows<QUERIES>(query_tile, q, top);
  end_copies();
  await_copies<0>();
  __syncthreads();
  u32 x[GROUPS][KEEPS_QUERIES ? HEAD / 16 : 1][4];
  int first_row = warp * GROUPS * 16;
  if (KEEPS_QUERIES) {
#pragma unroll
    for (int n = 0; n < GROUPS; n++) {
#pragma unroll
      for (int d = 0; d < HEAD / 16; d++)
        load_a<false>(x[n][KEEPS_QUERIES ? d : 0], query_tile, PITCH, first_row + 16 * n, 16 * d, lane);
    }
    __syncthreads();
  }

  float sum[GROUPS][HEAD / 8][4], most[GROUPS][2], shares[GROUPS][2];
#pragma unroll
  for (int n = 0; n < GROUPS; n++) {
#pragma unroll
    for (int j = 0; j < HEAD / 8; j++) {
#pragma unroll
      for (int c = 0; c < 4; c++) sum[n][j][c] = 0;
    }
#pragma unroll
    for (int r = 0; r < 2; r++) most[n][r] = minus_infinity(), shares[n][r] = 0;
  }
  const float scale = (float)p.scale * LOG2_E;
  i64 last = p.keys;
  if (p.is_causal && last > top + QUERIES) last = top + QUERIES;

  if (last > 0) copy_rows<KEYS>(key_tile, k, 0);
  end_copies();
  for (i64 start = 0; start < last; start += KEYS) {
    copy_rows<KEYS>(value_tile, v, start);
    end_copies();
    await_copies<1>();
    __syncthreads();
    float s[GROUPS][KEYS / 8][4];
#pragma unroll
    for (int n = 0; n < GROUPS; n++) {
#pragma unroll
      for (int j = 0; j < KEYS / 8; j++) {
#pragma unroll
        for (int c = 0; c < 4; c++) s[n][j][c] = 0;
      }
    }
#pragma unroll
    for (int d = 0; d < HEAD / 16; d++) {
      if (!KEEPS_QUERIES) load_a<false>(x[0][0], query_tile, PITCH, first_row, 16 * d, lane);
#pragma unroll
      for (int j = 0; j < KEYS / 16; j++) {
        u32 y[4];
        load_b<false>(y, key_tile, PITCH, 16 * j, 16 * d, lane);
#pragma unroll
        for (int n = 0; n < GROUPS; n++) {
          multiply_add(s[n][2 * j], x[n][KEEPS_QUERIES ? d : 0], y[0], y[1]);
          multiply_add(s[n][2 * j + 1], x[n][KEEPS_QUERIES ? d : 0], y[2], y[3]);
        }
      }
    }
    // The keys have been read: the next may come while these are made use of.
    __syncthreads();
    if (start + KEYS < last) copy_rows<KEYS>(key_tile, k, start + KEYS);
    end_copies();

    // Whether every query of the block sees every key: then nothing has to be asked.
    bool sees_all = MASK == CK_MASK_NONE && start + KEYS <= p.keys &&
                    (!p.is_causal || start + KEYS - 1 <= top);
#pragma unroll
    for (int n = 0; n < GROUPS; n++) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        i64 query = top + first_row + 16 * n + lane / 4 + 8 * r;
        float now = most[n][r];
        // Without a mask a query sees the first keys.
        i64 end = p.is_causal && query < p.keys ? query + 1 : p.keys;
        int seen = end - start < KEYS ? (int)(end - start) : KEYS;
        if (sees_all) {
#pragma unroll
          for (int j = 0; j < KEYS / 8; j++) {
#pragma unroll
            for (int c = 0; c < 2; c++) s[n][j][2 * r + c] *= scale;
          }
        } else {
#pragma unroll
          for (int j = 0; j < KEYS / 8; j++) {
#pragma unroll
            for (int c = 0; c < 2; c++) {
              float &score = s[n][j][2 * r + c], added = 0;
              int place = 8 * j + lane % 4 * 2 + c;
              bool is_seen = MASK == CK_MASK_NONE ? place < seen : sees(p, h, query, start + place, added);
              score = is_seen ? score * scale + added * LOG2_E : minus_infinity();
            }
          }
        }
#pragma unroll
        for (int j = 0; j < KEYS / 8; j++) {
#pragma unroll
          for (int c = 0; c < 2; c++) now = fmaxf(now, s[n][j][2 * r + c]);
        }
        now = fmaxf(now, __shfl_xor_sync(0xffffffffu, now, 1));
        now = fmaxf(now, __shfl_xor_sync(0xffffffffu, now, 2));
        float base = now == minus_infinity() ? 0.0f : now, factor = power_of_two(most[n][r] - base);
        most[n][r] = now;
        float all = 0;
#pragma unroll
        for (int j = 0; j < KEYS / 8; j++) {
#pragma unroll
          for (int c = 0; c < 2; c++) {
            float &share = s[n][j][2 * r + c];
            share = power_of_two(share - base);
            all += share;
            if (DROPS) share *= kept(p, h, query, start + 8 * j + lane % 4 * 2 + c);
          }
        }
        shares[n][r] = fmaf(shares[n][r], factor, all);
#pragma unroll
        for (int j = 0; j < HEAD / 8; j++) {
#pragma unroll
          for (int c = 0; c < 2; c++) sum[n][j][2 * r + c] *= factor;
        }
      }
    }

    await_copies<1>();
    __syncthreads();
#pragma unroll
    for (int d = 0; d < KEYS / 16; d++) {
      u32 a[GROUPS][4];
#pragma unroll
      for (int n = 0; n < GROUPS; n++) operand_of(a[n], s[n], d);
#pragma unroll
      for (int j = 0; j < HEAD / 16; j++) {
        u32 y[4];
        load_b<true>(y, value_tile, PITCH, 16 * j, 16 * d, lane);
#pragma unroll
        for (int n = 0; n < GROUPS; n++) {
          multiply_add(sum[n][2 * j], a[n], y[0], y[1]);
          multiply_add(sum[n][2 * j + 1], a[n], y[2], y[3]);
        }
      }
    }
    __syncthreads();
  }
  await_copies<0>();

  element *out = (element *)p.out + head_of(p.out_stride, h.batch, h.query_head);
#pragma unroll
  for (int n = 0; n < GROUPS; n++) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      i64 query = top + first_row + 16 * n + lane / 4 + 8 * r;
      float all = shares[n][r];
      all += __shfl_xor_sync(0xffffffffu, all, 1);
      all += __shfl_xor_sync(0xffffffffu, all, 2);
      bool is_blind = most[n][r] == minus_infinity() && all == 0;
      if (query >= p.queries) continue;
      if (lane % 4 == 0)
        ((float *)p.sums)[sum_of(p, h, query)] =
            is_blind ? minus_infinity() : most[n][r] * LN_2 + logf(all);
      float factor = is_blind ? 0.0f : 1 / all;
      element *row = out + query * p.out_stride[2];
#pragma unroll
      for (int j = 0; j < HEAD / 8; j++)
        store_two(row, p.out_stride[3], 8 * j + lane % 4 * 2, p.value_width, sum[n][j][2 * r] * factor,
                  sum[n][j][2 * r + 1] * factor);
    }
  }
}

#else

// The gradients: of q, with TARGET 1, rows are queries and what comes in turn is keys; of k and v, with TARGET 2, rows
// are keys and what comes in turn is the queries of all heads that share them.
constexpr bool ROWS_ARE_KEYS = TARGET == 2;
constexpr int ROWS = WARPS * 16, TURN = HEAD <= 64 ? 64 : 32, STAGES = HEAD <= 128 ? 2 : 1;
// Columns of the results that a block has.
constexpr int COLUMNS = HEAD < 128 ? HEAD : 128;

// Of a query the logarithm of its shares' sum, to the base 2, or infinity where it sees nothing; and what ``means_of`` has.
struct statistics_of_query {
  float sum, mean;
};

KERNEL __launch_bounds__(THREADS) attend(const ck_attention p) {
  extern __shared__ __align__(16) u16 tiles[];
  u16 *const x_tile = tiles, *const z_tile = tiles + ROWS * PITCH, *const turns = tiles + 2 * ROWS * PITCH;
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  i64 key_heads = p.heads / p.share, row_count = ROWS_ARE_KEYS ? p.keys : p.queries;
  i64 blocks = (row_count + ROWS - 1) / ROWS, row_heads = ROWS_ARE_KEYS ? key_heads : p.heads, index = blockIdx.x;
  int left = (int)(index % p.pieces) * COLUMNS;
  index /= p.pieces;
  i64 top = (ROWS_ARE_KEYS ? index % blocks : blocks - 1 - index % blocks) * ROWS;
  index /= blocks;
  i64 row_head = index % row_heads, batch = index / row_heads;

  // Rows of scores are products of those of x with those of y, rows of their gradients of z with w.
  if (ROWS_ARE_KEYS) {
    copy_rows<ROWS>(x_tile, rows_of(p.k, p.k_stride, batch, row_head, p.keys, p.width), top);
    copy_rows<ROWS>(z_tile, rows_of(p.v, p.v_stride, batch, row_head, p.keys, p.value_width), top);
  } else {
    copy_rows<ROWS>(x_tile, rows_of(p.q, p.q_stride, batch, row_head, p.queries, p.width), top);
    copy_rows<ROWS>(z_tile, rows_of(p.g, p.g_stride, batch, row_head, p.queries, p.value_width), top);
  }
  i64 first = 0, last = ROWS_ARE_KEYS ? p.queries : p.keys;
  if (p.is_causal && ROWS_ARE_KEYS) first = top / TURN * TURN;
  if (p.is_causal && !ROWS_ARE_KEYS && last > top + ROWS) last = top + ROWS;
  i64 of_head = last > first ? (last - first + TURN - 1) / TURN : 0, all = of_head * (ROWS_ARE_KEYS ? p.share : 1);

  auto load = [&](i64 turn) {
    u16 *y = turns + turn % STAGES * 2 * TURN * PITCH, *w = y + TURN * PITCH;
    i64 start = first + turn % of_head * TURN;
    if (ROWS_ARE_KEYS) {
      i64 query_head = row_head * p.share + turn / of_head;
      copy_rows<TURN>(y, rows_of(p.q, p.q_stride, batch, query_head, p.queries, p.width), start);
      copy_rows<TURN>(w, rows_of(p.g, p.g_stride, batch, query_head, p.queries, p.value_width), start);
    } else {
      i64 key_head = row_head / p.share;
      copy_rows<TURN>(y, rows_of(p.k, p.k_stride, batch, key_head, p.keys, p.width), start);
      copy_rows<TURN>(w, rows_of(p.v, p.v_stride, batch, key_head, p.keys, p.value_width), start);
    }
  };

  // Of the queries at hand: in shared memory, for they are those of the block's rows or those of its columns.
  __shared__ statistics_of_query of_queries[ROWS_ARE_KEYS ? TURN : ROWS];
  auto note = [&](i64 query_head, i64 start, int count) {
    if ((int)threadIdx.x >= count) return;
    const head h = {batch, query_head, 0};
    i64 query = start + threadIdx.x;
    float sum = query < p.queries ? ((const float *)p.sums)[sum_of(p, h, query)] : minus_infinity();
    bool is_blind = sum == minus_infinity();
    of_queries[threadIdx.x].sum = is_blind ? -minus_infinity() : sum * LOG2_E;
    of_queries[threadIdx.x].mean = is_blind ? 0.0f : ((const float *)p.means)[mean_of(p, h, query)];
  };
  if (!ROWS_ARE_KEYS) note(row_head, top, ROWS);

  // The gradient of x, and with rows of keys that of z.
  float of_x[COLUMNS / 8][4], of_z[ROWS_ARE_KEYS ? COLUMNS / 8 : 1][4];
#pragma unroll
  for (int j = 0; j < COLUMNS / 8; j++) {
#pragma unroll
    for (int c = 0; c < 4; c++) of_x[j][c] = 0, of_z[ROWS_ARE_KEYS ? j : 0][c] = 0;
  }
  const float scale = (float)p.scale * LOG2_E;
  int first_row = warp * 16;

  if (STAGES > 1 && all > 0) load(0);
  end_copies();
  for (i64 turn = 0; turn < all; turn++) {
    if (STAGES == 1)
      load(turn);
    else if (turn + 1 < all)
      load(turn + 1);
    end_copies();
    if (ROWS_ARE_KEYS) note(row_head * p.share + turn / of_head, first + turn % of_head * TURN, TURN);
    await_copies<STAGES - 1>();
    __syncthreads();
    const u16 *y = turns + turn % STAGES * 2 * TURN * PITCH, *w = y + TURN * PITCH;
    i64 start = first + turn % of_head * TURN;
    head h = {batch, row_head, row_head / p.share};
    if (ROWS_ARE_KEYS) h = {batch, row_head * p.share + turn / of_head, row_head};

    float s[TURN / 8][4], d[TURN / 8][4];
#pragma unroll
    for (int j = 0; j < TURN / 8; j++) {
#pragma unroll
      for (int c = 0; c < 4; c++) s[j][c] = 0, d[j][c] = 0;
    }
#pragma unroll
    for (int k = 0; k < HEAD / 16; k++) {
      u32 a[4], b[4];
      load_a<false>(a, x_tile, PITCH, first_row, 16 * k, lane);
      load_a<false>(b, z_tile, PITCH, first_row, 16 * k, lane);
#pragma unroll
      for (int j = 0; j < TURN / 16; j++) {
        u32 by[4];
        load_b<false>(by, y, PITCH, 16 * j, 16 * k, lane);
        multiply_add(s[2 * j], a, by[0], by[1]);
        multiply_add(s[2 * j + 1], a, by[2], by[3]);
        load_b<false>(by, w, PITCH, 16 * j, 16 * k, lane);
        multiply_add(d[2 * j], b, by[0], by[1]);
        multiply_add(d[2 * j + 1], b, by[2], by[3]);
      }
    }

    // Of scores the kept shares, of `d` the gradients of scores, but for the scale.
    bool sees_all = MASK == CK_MASK_NONE;
    if (ROWS_ARE_KEYS)
      sees_all &= start + TURN <= p.queries && top + ROWS <= p.keys && (!p.is_causal || top + ROWS - 1 <= start);
    else
      sees_all &= start + TURN <= p.keys && top + ROWS <= p.queries && (!p.is_causal || start + TURN - 1 <= top);
#pragma unroll
    for (int r = 0; r < 2; r++) {
      i64 row = top + first_row + lane / 4 + 8 * r;
#pragma unroll
      for (int j = 0; j < TURN / 8; j++) {
#pragma unroll
        for (int c = 0; c < 2; c++) {
          int place = 8 * j + lane % 4 * 2 + c;
          i64 query = ROWS_ARE_KEYS ? start + place : row, key = ROWS_ARE_KEYS ? row : start + place;
          float &score = s[j][2 * r + c], &gradient = d[j][2 * r + c], added = 0;
          const statistics_of_query &of = of_queries[ROWS_ARE_KEYS ? place : first_row + lane / 4 + 8 * r];
          if (of.sum == -minus_infinity() || (!sees_all && !sees(p, h, query, key, added))) {
            score = gradient = 0;
          } else {
            float share = power_of_two(fmaf(score, scale, added * LOG2_E - of.sum));
            float factor = DROPS ? kept(p, h, query, key) : 1.0f;
            gradient = share * (factor * gradient - of.mean);
            score = share * factor;
          }
        }
      }
    }

#pragma unroll
    for (int k = 0; k < TURN / 16; k++) {
      u32 a[4], b[4];
      operand_of(a, d, k);
      if (ROWS_ARE_KEYS) operand_of(b, s, k);
#pragma unroll
      for (int j = 0; j < COLUMNS / 16; j++) {
        u32 by[4];
        load_b<true>(by, y, PITCH, left + 16 * j, 16 * k, lane);
        multiply_add(of_x[2 * j], a, by[0], by[1]);
        multiply_add(of_x[2 * j + 1], a, by[2], by[3]);
        if (ROWS_ARE_KEYS) {
          load_b<true>(by, w, PITCH, left + 16 * j, 16 * k, lane);
          multiply_add(of_z[ROWS_ARE_KEYS ? 2 * j : 0], b, by[0], by[1]);
          multiply_add(of_z[ROWS_ARE_KEYS ? 2 * j + 1 : 0], b, by[2], by[3]);
        }
      }
    }
    __syncthreads();
  }
  await_copies<0>();

  element *out = ROWS_ARE_KEYS ? (element *)p.dk + head_of(p.dk_stride, batch, row_head)
                               : (element *)p.dq + head_of(p.dq_stride, batch, row_head);
  const ck_int *stride = ROWS_ARE_KEYS ? p.dk_stride : p.dq_stride;
  element *values = (element *)p.dv + head_of(p.dv_stride, batch, row_head);
#pragma unroll
  for (int r = 0; r < 2; r++) {
    i64 row = top + first_row + lane / 4 + 8 * r;
    if (row >= row_count) continue;
#pragma unroll
    for (int j = 0; j < COLUMNS / 8; j++) {
      int column = left + 8 * j + lane % 4 * 2;
      store_two(out + row * stride[2], stride[3], column, p.width, of_x[j][2 * r] * (float)p.scale,
                of_x[j][2 * r + 1] * (float)p.scale);
      if (ROWS_ARE_KEYS)
        store_two(values + row * p.dv_stride[2], p.dv_stride[3], column, p.value_width,
                  of_z[ROWS_ARE_KEYS ? j : 0][2 * r], of_z[ROWS_ARE_KEYS ? j : 0][2 * r + 1]);
    }
  }
}

#endif
