// MATMUL of the type DTYPE, where cuBLAS does not compute it, and what brings its operands into the form it takes.
#include "axes.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;

// Products of integers are added up without signs, for them to wrap; those of 16-bit floats in float32.
#if DTYPE == BP_INT64
typedef u64 accumulator;
#elif DTYPE < BP_FLOAT16
typedef u32 accumulator;
#else
typedef type::value accumulator;
#endif

__device__ inline accumulator load(element x) { return (accumulator)type::load(x); }
__device__ inline element store(accumulator x) { return type::store((type::value)x); }

#define DEPTH 16
// Each of 16 x 16 threads has so many rows and columns of the tile.
#define EACH (CK_TILE / 16)

KERNEL product(const ck_product p) {
  __shared__ accumulator rows[DEPTH][CK_TILE + 1], columns[DEPTH][CK_TILE + 1];
  int thread = threadIdx.x, x = thread % 16, y = thread / 16;
  i64 across = (p.n + CK_TILE - 1) / CK_TILE, down = (p.m + CK_TILE - 1) / CK_TILE;
  for (i64 tile = blockIdx.x; tile < p.batch.count * down * across; tile += gridDim.x) {
    i64 of_batch = tile / (down * across), within = tile - of_batch * (down * across);
    i64 top = within / across * CK_TILE, left = within % across * CK_TILE, at[3];
    locate(p.batch, of_batch, at);
    const element *a = (const element *)p.a + at[1], *b = (const element *)p.b + at[2];
    element *out = (element *)p.out + at[0];
    accumulator sum[EACH][EACH];
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
      for (int j = 0; j < EACH; j++) sum[i][j] = 0;
    }
    for (i64 first = 0; first < p.k; first += DEPTH) {
      for (int i = thread; i < DEPTH * CK_TILE; i += blockDim.x) {
        // Neighbouring threads load what lies side by side in a row-major matrix.
        i64 k = first + i % DEPTH, row = top + i / DEPTH;
        rows[i % DEPTH][i / DEPTH] =
            k < p.k && row < p.m ? load(a[row * p.row_stride[1] + k * p.column_stride[1]]) : (accumulator)0;
        i64 column = left + i % CK_TILE;
        k = first + i / CK_TILE;
        columns[i / CK_TILE][i % CK_TILE] =
            k < p.k && column < p.n ? load(b[k * p.row_stride[2] + column * p.column_stride[2]]) : (accumulator)0;
      }
      __syncthreads();
      int depth = p.k - first < DEPTH ? (int)(p.k - first) : DEPTH;
      for (int k = 0; k < depth; k++) {
        accumulator u[EACH], v[EACH];
#pragma unroll
        for (int i = 0; i < EACH; i++) u[i] = rows[k][y + 16 * i], v[i] = columns[k][x + 16 * i];
#pragma unroll
        for (int i = 0; i < EACH; i++) {
#pragma unroll
          for (int j = 0; j < EACH; j++) sum[i][j] += u[i] * v[j];
        }
      }
      __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
      for (int j = 0; j < EACH; j++) {
        i64 row = top + y + 16 * i, column = left + x + 16 * j;
        if (row < p.m && column < p.n) out[row * p.row_stride[0] + column * p.column_stride[0]] = store(sum[i][j]);
      }
    }
  }
}

KERNEL move(const ck_movement p) {
  for (i64 i = thread_index(); i < p.axes.count; i += thread_count()) {
    i64 at[2];
    locate(p.axes, i, at);
    ((element *)p.target)[at[0]] = ((const element *)p.source)[at[1]];
  }
}
