// ATTENTION and ATTENTION_BACKWARD in blocks, without matrix units, of any head size: scores of SIDE rows and SIDE columns
// at a time, 256 threads. What of it a kernel computes is TARGET: the result, or the gradient of q, k or v. Rows are
// those of the target; a block has COLUMNS of its columns.
#include "attention.cuh"

#define TARGET_OUT 0
#define TARGET_DQ 1
#define TARGET_DK 2
#define TARGET_DV 3

#define ROWS_ARE_KEYS (TARGET == TARGET_DK || TARGET == TARGET_DV)

#if DTYPE == BP_FLOAT64
#define SIDE 32
#else
#define SIDE 64
#endif
// Each of 16 x 16 threads has so many rows and columns of the scores, one after another.
#define EACH (SIDE / 16)
#define DEPTH 32
#define TERMS 16
#define PITCH (SIDE + EACH)
// Packs of the result's columns that a thread has.
#define PACKS (COLUMNS / SIDE)

typedef pack<value, EACH> packed;

struct matrix {
  const element *data;
  i64 row, column;
  i64 rows, columns;

  __device__ value load(i64 r, i64 c) const {
    return r < rows && c < columns ? type::load(data[r * row + c * column]) : (value)0;
  }
};

__device__ inline matrix matrix_of(ck_address data, const ck_int (&stride)[4], i64 batch, i64 head, i64 rows, i64 columns) {
  return {(const element *)data + head_of(stride, batch, head), stride[2], stride[3], rows, columns};
}

struct memory {
  alignas(32) value x[DEPTH][PITCH], y[DEPTH][PITCH];
  alignas(32) value weights[SIDE][PITCH];
  alignas(32) value z[TERMS][COLUMNS];
};

// s += the products of rows of x and rows of y.
__device__ inline void multiply(
    memory &shared, const matrix &x, i64 x_first, const matrix &y, i64 y_first, int tx, int ty, value (&s)[EACH][EACH]) {
  int thread = threadIdx.x;
  for (i64 first = 0; first < x.columns; first += DEPTH) {
    for (int i = thread; i < SIDE * DEPTH; i += 256) {
      shared.x[i % DEPTH][i / DEPTH] = x.load(x_first + i / DEPTH, first + i % DEPTH);
      shared.y[i % DEPTH][i / DEPTH] = y.load(y_first + i / DEPTH, first + i % DEPTH);
    }
    __syncthreads();
#pragma unroll 8
    for (int d = 0; d < DEPTH; d++) {
      packed u = *(const packed *)&shared.x[d][ty * EACH], v = *(const packed *)&shared.y[d][tx * EACH];
#pragma unroll
      for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) s[i][j] = product_sum(u.at[i], v.at[j], s[i][j]);
      }
    }
    __syncthreads();
  }
}

// sum += weights z, of columns from `left` on.
__device__ inline void accumulate(
    memory &shared, const value (&weights)[EACH][EACH], const matrix &z, i64 z_first, i64 left, int tx, int ty,
    value (&sum)[EACH][PACKS][EACH]) {
  int thread = threadIdx.x;
#pragma unroll
  for (int j = 0; j < EACH; j++) {
#pragma unroll
    for (int i = 0; i < EACH; i++) shared.weights[tx * EACH + j][ty * EACH + i] = weights[i][j];
  }
  for (int first = 0; first < SIDE; first += TERMS) {
    for (int i = thread; i < TERMS * COLUMNS; i += 256)
      shared.z[i / COLUMNS][i % COLUMNS] = z.load(z_first + first + i / COLUMNS, left + i % COLUMNS);
    __syncthreads();
#pragma unroll 4
    for (int d = 0; d < TERMS; d++) {
      packed u = *(const packed *)&shared.weights[first + d][ty * EACH];
#pragma unroll
      for (int n = 0; n < PACKS; n++) {
        packed v = *(const packed *)&shared.z[d][n * SIDE + tx * EACH];
#pragma unroll
        for (int i = 0; i < EACH; i++) {
#pragma unroll
          for (int j = 0; j < EACH; j++) sum[i][n][j] = product_sum(u.at[i], v.at[j], sum[i][n][j]);
        }
      }
    }
    __syncthreads();
  }
}

// Over the 16 threads that have the same rows.
__device__ inline value greatest_of_row(value x) {
#pragma unroll
  for (int mask = 8; mask > 0; mask /= 2) x = greatest(x, __shfl_xor_sync(0xffffffffu, x, mask));
  return x;
}

__device__ inline value sum_of_row(value x) {
#pragma unroll
  for (int mask = 8; mask > 0; mask /= 2) x += __shfl_xor_sync(0xffffffffu, x, mask);
  return x;
}

KERNEL __launch_bounds__(256) attend(const ck_attention p) {
  __shared__ memory shared;
  int tx = threadIdx.x % 16, ty = threadIdx.x / 16;
  i64 key_heads = p.heads / p.share, row_count = ROWS_ARE_KEYS ? p.keys : p.queries;
  i64 tiles = (row_count + SIDE - 1) / SIDE, row_heads = ROWS_ARE_KEYS ? key_heads : p.heads;
  i64 index = blockIdx.x;
  i64 left = index % p.pieces * COLUMNS;
  index /= p.pieces;
  // With a causal mask the last queries and the first keys have most to do.
  i64 top = (ROWS_ARE_KEYS ? index % tiles : tiles - 1 - index % tiles) * SIDE;
  index /= tiles;
  i64 row_head = index % row_heads, batch = index / row_heads;

  value sum[EACH][PACKS][EACH];
#pragma unroll
  for (int i = 0; i < EACH; i++) {
#pragma unroll
    for (int n = 0; n < PACKS; n++) {
#pragma unroll
      for (int j = 0; j < EACH; j++) sum[i][n][j] = 0;
    }
  }
#if TARGET == TARGET_OUT
  value top_score[EACH], shares[EACH];
#pragma unroll
  for (int i = 0; i < EACH; i++) top_score[i] = minus_infinity(), shares[i] = 0;
#endif

  for (i64 member = 0; member < (ROWS_ARE_KEYS ? p.share : 1); member++) {
    head h = {batch, row_head, row_head / p.share};
    if (ROWS_ARE_KEYS) h = {batch, row_head * p.share + member, row_head};
    const matrix q = matrix_of(p.q, p.q_stride, batch, h.query_head, p.queries, p.width);
    const matrix k = matrix_of(p.k, p.k_stride, batch, h.key_head, p.keys, p.width);
    const matrix v = matrix_of(p.v, p.v_stride, batch, h.key_head, p.keys, p.value_width);
#if TARGET != TARGET_OUT
    const matrix g = matrix_of(p.g, p.g_stride, batch, h.query_head, p.queries, p.value_width);
#endif
    i64 first = 0, last = ROWS_ARE_KEYS ? p.queries : p.keys;
    if (p.is_causal && ROWS_ARE_KEYS) first = top;
    if (p.is_causal && !ROWS_ARE_KEYS && last > top + SIDE) last = top + SIDE;
    for (i64 start = first; start < last; start += SIDE) {
      value s[EACH][EACH];
#pragma unroll
      for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) s[i][j] = 0;
      }
#if ROWS_ARE_KEYS
      multiply(shared, k, top, q, start, tx, ty, s);
#else
      multiply(shared, q, top, k, start, tx, ty, s);
#endif
#if TARGET == TARGET_DQ || TARGET == TARGET_DK
      // The gradients of the kept shares.
      value d[EACH][EACH];
#pragma unroll
      for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) d[i][j] = 0;
      }
#if ROWS_ARE_KEYS
      multiply(shared, v, top, g, start, tx, ty, d);
#else
      multiply(shared, g, top, v, start, tx, ty, d);
#endif
#endif
#pragma unroll
      for (int i = 0; i < EACH; i++) {
        i64 row = top + ty * EACH + i;
        u32 seen = 0;
#pragma unroll
        for (int j = 0; j < EACH; j++) {
          i64 column = start + tx * EACH + j, query = ROWS_ARE_KEYS ? column : row, key = ROWS_ARE_KEYS ? row : column;
          value added;
          bool is_seen = sees(p, h, query, key, added);
          seen |= (u32)is_seen << j;
          s[i][j] = is_seen ? s[i][j] * (value)p.scale + added : minus_infinity();
        }
#if TARGET == TARGET_OUT
        value most = top_score[i];
#pragma unroll
        for (int j = 0; j < EACH; j++) most = greatest(most, s[i][j]);
        most = greatest_of_row(most);
        // Of a row that has seen nothing yet exp(-inf) is 0.
        value base = most == minus_infinity() ? (value)0 : most, factor = exponential(top_score[i] - base);
        top_score[i] = most;
        shares[i] *= factor;
#pragma unroll
        for (int j = 0; j < EACH; j++) {
          value share = seen >> j & 1 ? exponential(s[i][j] - base) : (value)0;
          shares[i] += share;
          if (DROPS) share *= kept(p, h, row, start + tx * EACH + j);
          s[i][j] = share;
        }
#pragma unroll
        for (int n = 0; n < PACKS; n++) {
#pragma unroll
          for (int j = 0; j < EACH; j++) sum[i][n][j] *= factor;
        }
#else
#pragma unroll
        for (int j = 0; j < EACH; j++) {
          i64 column = start + tx * EACH + j, query = ROWS_ARE_KEYS ? column : row, key = ROWS_ARE_KEYS ? row : column;
          if (!(seen >> j & 1)) {
            s[i][j] = 0;
            continue;
          }
          value all = ((const value *)p.sums)[sum_of(p, h, query)];
          value share = all == minus_infinity() ? (value)0 : exponential(s[i][j] - all);
          value factor = kept(p, h, query, key);
#if TARGET == TARGET_DV
          s[i][j] = share * factor;
#else
          s[i][j] = all == minus_infinity() ? (value)0
                                            : share * (factor * d[i][j] - ((const value *)p.means)[mean_of(p, h, query)]);
#endif
        }
#endif
      }
#if TARGET == TARGET_OUT
      accumulate(shared, s, v, start, left, tx, ty, sum);
#elif TARGET == TARGET_DQ
      accumulate(shared, s, k, start, left, tx, ty, sum);
#elif TARGET == TARGET_DK
      accumulate(shared, s, q, start, left, tx, ty, sum);
#else
      accumulate(shared, s, g, start, left, tx, ty, sum);
#endif
    }
  }

#if TARGET == TARGET_OUT
  element *out = (element *)p.out + head_of(p.out_stride, batch, row_head);
  const ck_int *stride = p.out_stride;
  i64 columns = p.value_width;
#elif TARGET == TARGET_DQ
  element *out = (element *)p.dq + head_of(p.dq_stride, batch, row_head);
  const ck_int *stride = p.dq_stride;
  i64 columns = p.width;
#elif TARGET == TARGET_DK
  element *out = (element *)p.dk + head_of(p.dk_stride, batch, row_head);
  const ck_int *stride = p.dk_stride;
  i64 columns = p.width;
#else
  element *out = (element *)p.dv + head_of(p.dv_stride, batch, row_head);
  const ck_int *stride = p.dv_stride;
  i64 columns = p.value_width;
#endif
#pragma unroll
  for (int i = 0; i < EACH; i++) {
    i64 row = top + ty * EACH + i;
    value factor = TARGET == TARGET_DV ? (value)1 : (value)p.scale;
#if TARGET == TARGET_OUT
    value all = sum_of_row(shares[i]);
    bool is_blind = top_score[i] == minus_infinity() && all == 0;
    if (tx == 0 && left == 0 && row < row_count) {
      const head h = {batch, row_head, 0};
      ((value *)p.sums)[sum_of(p, h, row)] = is_blind ? minus_infinity() : top_score[i] + logarithm(all);
    }
    factor = is_blind ? (value)0 : 1 / all;
#endif
    if (row >= row_count) continue;
#pragma unroll
    for (int n = 0; n < PACKS; n++) {
#pragma unroll
      for (int j = 0; j < EACH; j++) {
        i64 column = left + n * SIDE + tx * EACH + j;
        if (column < columns) out[row * stride[2] + column * stride[3]] = type::store(sum[i][n][j] * factor);
      }
    }
  }
}

// For each query the product of its gradient and its result: a warp each.
KERNEL means_of(const ck_attention p) {
  int lane = threadIdx.x % 32;
  i64 count = p.batch * p.heads * p.queries;
  for (i64 i = thread_index() / 32; i < count; i += thread_count() / 32) {
    i64 row = i % p.queries, rest = i / p.queries, head = rest % p.heads, batch = rest / p.heads;
    const element *g = (const element *)p.g + head_of(p.g_stride, batch, head) + row * p.g_stride[2];
    const element *out = (const element *)p.out + head_of(p.out_stride, batch, head) + row * p.out_stride[2];
    value sum = 0;
    for (i64 c = lane; c < p.value_width; c += 32)
      sum = product_sum(type::load(g[c * p.g_stride[3]]), type::load(out[c * p.out_stride[3]]), sum);
#pragma unroll
    for (int mask = 16; mask > 0; mask /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, mask);
    if (lane == 0) ((value *)p.means)[i] = sum;
  }
}
