// The loops of the elementwise kernels.
//
// A functor F has apply(a) or apply(a, b) over elements as they lie in memory: A in, R out.
#pragma once

#include "common.cuh"

template <class F, class A> __device__ inline auto applied(const A (&x)[1]) { return F::apply(x[0]); }
template <class F, class A> __device__ inline auto applied(const A (&x)[2]) { return F::apply(x[0], x[1]); }

// How many elements make up 16 bytes of the wider of two types.
template <class A, class R> constexpr int pack_length = 16 / (sizeof(A) > sizeof(R) ? sizeof(A) : sizeof(R));

// By packs of 16 bytes. The output has no gaps along the innermost axis, the inputs none or one value.
template <int N, class F, class A, class R> __device__ inline void by_packs(const ck_elementwise &p) {
  constexpr int V = pack_length<A, R>, U = ck_packs_together(N, V);
  A fixed[N];
#pragma unroll
  for (int n = 0; n < N; n++)
    if (p.modes[n + 1] == CK_FIXED) fixed[n] = first_element<A>(p.operands[n + 1]);

  // A block's packs are neighbours, and so are those of blocks that start one after another.
  const i64 step = (i64)blockDim.x * U;
  for (i64 first = blockIdx.x * step + threadIdx.x; first < p.walk.count; first += gridDim.x * step) {
    pack<A, V> x[U][N];
    i64 to[U];
#pragma unroll
    for (int u = 0; u < U; u++) {
      i64 i = first + u * blockDim.x;
      if (i >= p.walk.count) break;
      i64 at[N + 1];
      locate<N + 1>(p.walk, p.operands, i, at);
      to[u] = at[0];
#pragma unroll
      for (int n = 0; n < N; n++) {
        const A *source = pointer<A>(p.operands[n + 1]) + at[n + 1];
        if (p.modes[n + 1] == CK_PACKS) {
          x[u][n] = *(const pack<A, V> *)source;
        } else {
          A one = p.modes[n + 1] == CK_FIXED ? fixed[n] : *source;
#pragma unroll
          for (int v = 0; v < V; v++) x[u][n].at[v] = one;
        }
      }
    }
#pragma unroll
    for (int u = 0; u < U; u++) {
      if (first + u * blockDim.x >= p.walk.count) break;
      pack<R, V> y;
#pragma unroll
      for (int v = 0; v < V; v++) {
        A one[N];
#pragma unroll
        for (int n = 0; n < N; n++) one[n] = x[u][n].at[v];
        y.at[v] = applied<F, A>(one);
      }
      *(pack<R, V> *)(pointer<R>(p.operands[0]) + to[u]) = y;
    }
  }

  i64 i = thread_index();
  if (i < p.tail) {
    i += p.walk.count * V;
    A one[N];
#pragma unroll
    for (int n = 0; n < N; n++)
      one[n] = p.modes[n + 1] == CK_PACKS ? pointer<A>(p.operands[n + 1])[i] : fixed[n];
    pointer<R>(p.operands[0])[i] = applied<F, A>(one);
  }
}

// Element by element, at any strides. Each thread has `unroll` elements under way, since loads are waited for long.
template <int N, class F, class A, class R, int unroll>
__device__ inline void by_elements(const ck_elementwise &p) {
  A fixed[N];
#pragma unroll
  for (int n = 0; n < N; n++)
    if (p.modes[n + 1] == CK_FIXED) fixed[n] = first_element<A>(p.operands[n + 1]);

  for (i64 i = thread_index(); i < p.walk.count; i += unroll * thread_count()) {
    A x[unroll][N];
    i64 to[unroll];
#pragma unroll
    for (int u = 0; u < unroll; u++) {
      i64 index = i + u * thread_count();
      if (index < p.walk.count) {
        i64 at[N + 1];
        locate<N + 1>(p.walk, p.operands, index, at);
        to[u] = at[0];
#pragma unroll
        for (int n = 0; n < N; n++)
          x[u][n] = p.modes[n + 1] == CK_FIXED ? fixed[n] : pointer<A>(p.operands[n + 1])[at[n + 1]];
      }
    }
#pragma unroll
    for (int u = 0; u < unroll; u++)
      if (i + u * thread_count() < p.walk.count) pointer<R>(p.operands[0])[to[u]] = applied<F, A>(x[u]);
  }
}
