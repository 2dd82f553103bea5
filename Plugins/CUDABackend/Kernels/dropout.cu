// DROPOUT of the float type DTYPE.
#include "common.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

// The numbers of one block of Philox are those of four elements that follow one another [BP-7.1].
constexpr int N = 4, together_now = 2;
typedef pack<element, N> packed;

struct kept {
  bool at[N];

  __device__ kept(const ck_dropout &p, i64 i) {
    u32 words[4];
    bp_philox(p.seed, p.offset + (u64)i, words);
#pragma unroll
    for (int n = 0; n < N; n++) at[n] = !((float)(words[n] >> 8) * 0x1p-24f < p.p);
  }
};

KERNEL __launch_bounds__(256) dropout(const ck_dropout p) {
  const value scale = (value)p.scale;
  const i64 count = p.walk.count, blocks = (count + N - 1) / N;
  for (i64 i = thread_index(); i < blocks; i += together_now * thread_count()) {
    packed x[together_now];
#pragma unroll
    for (int u = 0; u < together_now; u++) {
      i64 j = i + u * thread_count();
      if (p.is_dense && j * N + N <= count) x[u] = *(const packed *)(pointer<element>(p.operands[1]) + j * N);
    }
#pragma unroll
    for (int u = 0; u < together_now; u++) {
      i64 j = i + u * thread_count();
      if (j >= blocks) break;
      const kept chosen(p, j);
      if (p.is_dense && j * N + N <= count) {
        packed y;
#pragma unroll
        for (int n = 0; n < N; n++) y.at[n] = type::store(type::load(x[u].at[n]) * (chosen.at[n] ? scale : 0));
        *(packed *)(pointer<element>(p.operands[0]) + j * N) = y;
        continue;
      }
#pragma unroll
      for (int n = 0; n < N; n++) {
        if (j * N + n >= count) break;
        i64 at[2];
        locate<2>(p.walk, p.operands, j * N + n, at);
        element one = pointer<element>(p.operands[1])[at[1]];
        pointer<element>(p.operands[0])[at[0]] = type::store(type::load(one) * (chosen.at[n] ? scale : 0));
      }
    }
  }
}
