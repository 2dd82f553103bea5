// COPY between equal types, FILL and WHERE, of elements of SIZE bytes, whatever they are.
#include "loops.cuh"
#include "moves.cuh"

template <int size> struct element_of;
template <> struct element_of<1> {
  typedef u8 type;
};
template <> struct element_of<2> {
  typedef u16 type;
};
template <> struct element_of<4> {
  typedef u32 type;
};
template <> struct element_of<8> {
  typedef u64 type;
};
template <> struct element_of<16> {
  struct type {
    u64 parts[2];
  };
};
#ifdef BOOLEAN
typedef boolean element;
#else
typedef element_of<SIZE>::type element;
#endif

// MARK: - COPY

struct same {
  __device__ static element apply(element x) { return x; }
};

KERNEL copy_packs(const ck_elementwise p) { by_packs<1, same, element, element>(p); }
KERNEL copy_elements(const ck_elementwise p) { by_elements<1, same, element, element, 4>(p); }

// By squares, so that both sides are reached in runs of 32 elements. Blocks are of 256 threads.
KERNEL copy_squares(const ck_transpose p) {
  // The odd length of its rows puts a column's elements into different banks.
  __shared__ element square[32][33];
  const int side = threadIdx.x % 32, first = threadIdx.x / 32;
  const i64 across = (p.columns + 31) / 32, down = (p.rows + 31) / 32, count = p.walk.count * across * down;
  for (i64 item = blockIdx.x; item < count; item += gridDim.x) {
    i64 column = item % across * 32, row = item / across % down * 32;
    i64 at[2];
    locate<2>(p.walk, p.operands, item / across / down, at);
    const element *source = pointer<element>(p.operands[1]) + at[1] + column * p.column_stride + row;
    for (int i = first; i < 32; i += 8)
      if (column + i < p.columns && row + side < p.rows) square[i][side] = source[i * p.column_stride + side];
    __syncthreads();
    element *target = pointer<element>(p.operands[0]) + at[0] + row * p.row_stride + column;
    for (int i = first; i < 32; i += 8)
      if (row + i < p.rows && column + side < p.columns) target[i * p.row_stride + side] = square[side][i];
    __syncthreads();
  }
}

// MARK: - FILL

KERNEL fill_packs(const ck_elementwise p) {
  constexpr int V = 16 / SIZE;
  element value = first_element<element>(p.operands[1]);
  pack<element, V> all;
#pragma unroll
  for (int v = 0; v < V; v++) all.at[v] = value;
  for (i64 i = thread_index(); i < p.walk.count; i += thread_count()) {
    i64 at[1];
    locate<1>(p.walk, p.operands, i, at);
    *(pack<element, V> *)(pointer<element>(p.operands[0]) + at[0]) = all;
  }
  i64 i = thread_index();
  if (i < p.tail) pointer<element>(p.operands[0])[p.walk.count * V + i] = value;
}

KERNEL fill_elements(const ck_elementwise p) {
  element value = first_element<element>(p.operands[1]);
  for (i64 i = thread_index(); i < p.walk.count; i += thread_count()) {
    i64 at[1];
    locate<1>(p.walk, p.operands, i, at);
    pointer<element>(p.operands[0])[at[0]] = value;
  }
}

// MARK: - WHERE

// The condition is the first input.
KERNEL where_packs(const ck_elementwise p) {
  constexpr int V = 16 / SIZE;
  u8 condition = first_element<u8>(p.operands[1]);
  element fixed[2] = {first_element<element>(p.operands[2]), first_element<element>(p.operands[3])};
  for (i64 i = thread_index(); i < p.walk.count; i += thread_count()) {
    i64 at[4];
    locate<4>(p.walk, p.operands, i, at);
    pack<u8, V> c;
    if (p.modes[1] == CK_PACKS) {
      c = *(const pack<u8, V> *)(pointer<u8>(p.operands[1]) + at[1]);
    } else {
      u8 one = p.modes[1] == CK_FIXED ? condition : pointer<u8>(p.operands[1])[at[1]];
#pragma unroll
      for (int v = 0; v < V; v++) c.at[v] = one;
    }
    pack<element, V> x[2];
#pragma unroll
    for (int n = 0; n < 2; n++) {
      const element *source = pointer<element>(p.operands[n + 2]) + at[n + 2];
      if (p.modes[n + 2] == CK_PACKS) {
        x[n] = *(const pack<element, V> *)source;
      } else {
        element one = p.modes[n + 2] == CK_FIXED ? fixed[n] : *source;
#pragma unroll
        for (int v = 0; v < V; v++) x[n].at[v] = one;
      }
    }
#pragma unroll
    for (int v = 0; v < V; v++) x[0].at[v] = chosen(c.at[v], x[0].at[v], x[1].at[v]);
    *(pack<element, V> *)(pointer<element>(p.operands[0]) + at[0]) = x[0];
  }
  i64 i = thread_index();
  if (i < p.tail) {
    i += p.walk.count * V;
    u8 c = p.modes[1] == CK_PACKS ? pointer<u8>(p.operands[1])[i] : condition;
    element x = p.modes[2] == CK_PACKS ? pointer<element>(p.operands[2])[i] : fixed[0];
    element y = p.modes[3] == CK_PACKS ? pointer<element>(p.operands[3])[i] : fixed[1];
    pointer<element>(p.operands[0])[i] = chosen(c, x, y);
  }
}

KERNEL where_elements(const ck_elementwise p) {
  u8 condition = first_element<u8>(p.operands[1]);
  element fixed[2] = {first_element<element>(p.operands[2]), first_element<element>(p.operands[3])};
  for (i64 i = thread_index(); i < p.walk.count; i += thread_count()) {
    i64 at[4];
    locate<4>(p.walk, p.operands, i, at);
    u8 c = p.modes[1] == CK_FIXED ? condition : pointer<u8>(p.operands[1])[at[1]];
    element x = p.modes[2] == CK_FIXED ? fixed[0] : pointer<element>(p.operands[2])[at[2]];
    element y = p.modes[3] == CK_FIXED ? fixed[1] : pointer<element>(p.operands[3])[at[3]];
    pointer<element>(p.operands[0])[at[0]] = chosen(c, x, y);
  }
}
