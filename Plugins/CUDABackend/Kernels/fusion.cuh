// Elementwise operators in one pass. The text of a program, which the host writes, defines OPERANDS and includes this;
// then come the operators of the types that it computes in, and for packs of V elements the templates `inputs<V>` and
// `outputs<V>`, whose `compute` is the program.
#pragma once

#include "moves.cuh"

// Complex numbers are moved, not computed with. Immediates are aligned to 8 bytes.
template <> struct type_of<BP_COMPLEX64> {
  struct element {
    u64 bits;
  };
};
template <> struct type_of<BP_COMPLEX128> {
  struct element {
    u64 parts[2];
  };
};

template <int type, int V> using pack_of = pack<typename type_of<type>::element, V>;

// As much of ck_fusion as the program has operands.
struct fusion {
  ck_walk walk;
  ck_int tail;
  ck_fused_operand operands[OPERANDS];
};

template <class E> __device__ inline void read_fixed(const ck_fused_operand &operand, pack<E, 1> &x) {
  if (operand.mode == CK_FIXED) x.at[0] = first_element<E>(operand);
}

template <class E, int V>
__device__ inline void read(const ck_fused_operand &operand, i64 at, const pack<E, 1> &fixed, pack<E, V> &x) {
  const E *source = pointer<E>(operand) + at;
  if (V > 1 && operand.mode == CK_PACKS) {
    x = *(const pack<E, V> *)source;
  } else {
    E one = operand.mode == CK_FIXED ? fixed.at[0] : *source;
#pragma unroll
    for (int v = 0; v < V; v++) x.at[v] = one;
  }
}

template <class E, int V>
__device__ inline void write(const ck_fused_operand &operand, i64 at, const pack<E, V> &y) {
  *(pack<E, V> *)(pointer<E>(operand) + at) = y;
}

// A pack's inputs are read before its outputs are written: they may be the same memory.
template <template <int> class X, template <int> class Y, int V>
__device__ inline void finish(const fusion &p, const X<V> &x, const i64 (&at)[OPERANDS]) {
  Y<V> y;
#pragma unroll
  for (int v = 0; v < V; v++) y.compute(x, v);
  y.write(p, at);
}

// By packs of V elements, U packs to a thread at once, as by_packs; with V = 1 at any strides.
template <template <int> class X, template <int> class Y, int V, int U>
__device__ inline void fused(const fusion &p) {
  X<1> fixed;
  fixed.read_fixed(p);
  const i64 step = (i64)blockDim.x * U;
  for (i64 first = blockIdx.x * step + threadIdx.x; first < p.walk.count; first += gridDim.x * step) {
    X<V> x[U];
    i64 at[U][OPERANDS];
#pragma unroll
    for (int u = 0; u < U; u++) {
      i64 i = first + u * blockDim.x;
      if (i >= p.walk.count) break;
      locate<OPERANDS>(p.walk, p.operands, i, at[u]);
      x[u].read(p, at[u], fixed);
    }
#pragma unroll
    for (int u = 0; u < U; u++)
      if (first + u * blockDim.x < p.walk.count) finish<X, Y, V>(p, x[u], at[u]);
  }
  if constexpr (V > 1) {
    i64 i = thread_index();
    if (i >= p.tail) return;
    i64 at[OPERANDS];
#pragma unroll
    for (int n = 0; n < OPERANDS; n++) at[n] = p.operands[n].mode == CK_FIXED ? 0 : p.walk.count * V + i;
    X<1> x;
    x.read(p, at, fixed);
    finish<X, Y, 1>(p, x, at);
  }
}
