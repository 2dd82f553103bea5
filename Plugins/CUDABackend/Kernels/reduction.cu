// SUM, PROD, MEAN, MAX, MIN, ARGMAX and ARGMIN: the one named by OPERATOR, of the type DTYPE.
#include "axes.cuh"
#include "groups.cuh"
#include "sums.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;
typedef type::wide wide;

// MARK: - Sums and products

__device__ inline void put(i64 x, void *out, i64 at) { ((i64 *)out)[at] = x; }
__device__ inline void put(double x, void *out, i64 at) { ((element *)out)[at] = type::store_wide((wide)x); }
#if DTYPE == BP_FLOAT64
__device__ inline void put(sum_with_rest x, void *out, i64 at) { put(total(x), out, at); }
#endif

struct sum {
#if DTYPE == BP_FLOAT64
  typedef sum_with_rest accumulator;
  __device__ static accumulator start() { return {0, 0}; }
  __device__ static void take(accumulator &a, value x, i64) { a = add(a, {x, 0}); }
#else
  typedef wide accumulator;
  __device__ static accumulator start() { return 0; }
  __device__ static void take(accumulator &a, value x, i64) { a = add(a, (wide)x); }
#endif
  __device__ static accumulator merge(accumulator a, accumulator b) { return add(a, b); }
  __device__ static void finish(accumulator a, i64, void *out, i64 at) { put(a, out, at); }
};

#if DTYPE >= BP_FLOAT16
struct mean : sum {
  __device__ static void finish(accumulator a, i64 n, void *out, i64 at) { put(total(a) / (double)n, out, at); }
};
#endif

struct product {
  typedef wide accumulator;
  __device__ static accumulator start() { return 1; }
  __device__ static void take(accumulator &a, value x, i64) { a = multiply(a, (wide)x); }
  __device__ static accumulator merge(accumulator a, accumulator b) { return multiply(a, b); }
  __device__ static void finish(accumulator a, i64, void *out, i64 at) { put(a, out, at); }
};

// MARK: - Extremes

#if DTYPE >= BP_FLOAT16
typedef value extreme_value;
__device__ inline value limit(bool greatest) {
  double infinite = __longlong_as_double(0x7ff0000000000000ll);
  return (value)(greatest ? infinite : -infinite);
}
#else
typedef i64 extreme_value;
__device__ inline i64 limit(bool greatest) {
#if DTYPE == BP_BOOL
  return greatest;
#elif DTYPE == BP_UINT8
  return greatest ? 0xff : 0;
#else
  i64 top = (i64)(~(u64)0 >> (65 - 8 * (int)sizeof(element)));
  return greatest ? top : -top - 1;
#endif
}
#endif

// Whether x comes before y: NaN before all else.
template <bool GREATEST> __device__ inline bool wins(extreme_value x, extreme_value y) {
  if (x != x) return y == y;
  return GREATEST ? x > y : x < y;
}

template <bool GREATEST> struct extreme {
  typedef extreme_value accumulator;
  __device__ static accumulator start() { return limit(!GREATEST); }
  __device__ static void take(accumulator &a, value x, i64) { a = merge(a, (extreme_value)x); }
  __device__ static accumulator merge(accumulator a, accumulator b) { return wins<GREATEST>(b, a) ? b : a; }
  __device__ static void finish(accumulator a, i64, void *out, i64 at) {
    ((element *)out)[at] = type::store((value)a);
  }
};

struct found {
  extreme_value value;
  i64 index; // negative: nothing yet
};

__device__ inline found shuffled(found x, int mask) { return {shuffled(x.value, mask), shuffled(x.index, mask)}; }

template <bool GREATEST> struct place_of_extreme {
  typedef found accumulator;
  __device__ static accumulator start() { return {limit(!GREATEST), -1}; }
  __device__ static void take(accumulator &a, value x, i64 index) { a = merge(a, {(extreme_value)x, index}); }
  __device__ static accumulator merge(accumulator a, accumulator b) {
    if (b.index < 0) return a;
    if (a.index < 0 || wins<GREATEST>(b.value, a.value)) return b;
    return !wins<GREATEST>(a.value, b.value) && b.index < a.index ? b : a;
  }
  __device__ static void finish(accumulator a, i64, void *out, i64 at) { ((i64 *)out)[at] = a.index; }
};

// MARK: - The loops

// The elements first, first + step ... below `end`.
template <class F>
__device__ inline void take(
    typename F::accumulator &a, const ck_axes &axes, const element *data, i64 first, i64 step, i64 end) {
  // Loads that do not wait for one another.
  const int together = 8;
  i64 j = first;
  if (axes.rank <= 1) {
    i64 stride = axes.rank == 0 ? 0 : axes.stride[1][0];
    for (; j + (together - 1) * step < end; j += together * step) {
      element x[together];
#pragma unroll
      for (int u = 0; u < together; u++) x[u] = data[(j + u * step) * stride];
#pragma unroll
      for (int u = 0; u < together; u++) F::take(a, type::load(x[u]), j + u * step);
    }
    for (; j < end; j += step) F::take(a, type::load(data[j * stride]), j);
    return;
  }
  for (; j < end; j += step) {
    i64 at[1];
    locate<1, 1>(axes, j, at);
    F::take(a, type::load(data[at[0]]), j);
  }
}

// The elements low ... end - 1 of a run without gaps, of which this thread of `height` takes packs of 16 bytes. `low`
// begins a pack.
template <class F>
__device__ inline void take_packs(
    typename F::accumulator &a, const element *data, i64 low, i64 end, int place, i64 height) {
  constexpr int V = 16 / sizeof(element), together = ck_packs_together(1, V);
  typedef pack<element, V> packed;
  const packed *packs = (const packed *)data;
  i64 j = low / V + place, last = end / V;
  for (; j + (together - 1) * height < last; j += together * height) {
    packed x[together];
#pragma unroll
    for (int u = 0; u < together; u++) x[u] = packs[j + u * height];
#pragma unroll
    for (int u = 0; u < together; u++) {
#pragma unroll
      for (int v = 0; v < V; v++) F::take(a, type::load(x[u].at[v]), (j + u * height) * V + v);
    }
  }
  for (; j < last; j += height) {
    packed x = packs[j];
#pragma unroll
    for (int v = 0; v < V; v++) F::take(a, type::load(x.at[v]), j * V + v);
  }
  for (j = last * V + place; j < end; j += height) F::take(a, type::load(data[j]), j);
}

template <class F, bool PACKS> __device__ inline void run(const ck_reduction &p, void *memory) {
  typedef typename F::accumulator accumulator;
  accumulator *shared = (accumulator *)memory;
  member me = member_of(p.group);
  i64 results = p.kept.count, tiles = (results + p.group.width - 1) / p.group.width;
  for (i64 item = blockIdx.x; item < tiles * p.segments; item += gridDim.x) {
    i64 segment = item / tiles, result = (item - segment * tiles) * p.group.width + me.column;
    i64 at[2] = {0, 0};
    accumulator a = F::start();
    if (result < results) {
      locate(p.kept, result, at);
      i64 low = segment * p.segment, end = low + p.segment;
      if (end > p.reduced.count) end = p.reduced.count;
      const element *data = (const element *)p.data + at[1];
      if constexpr (PACKS) {
        take_packs<F>(a, data, low, end, me.place, p.group.height);
      } else {
        take<F>(a, p.reduced, data, low + me.place, p.group.height, end);
      }
    }
    a = together<F>(a, p.group, shared);
    if (me.place != 0 || result >= results) continue;
    if (p.segments == 1) {
      F::finish(a, p.reduced.count, (void *)p.out, at[0]);
    } else {
      ((accumulator *)p.partial)[segment * results + result] = a;
    }
  }
}

// The segments of each result, brought together in an order that is always the same.
template <class F> __device__ inline void run_partials(const ck_reduction &p, void *memory) {
  typedef typename F::accumulator accumulator;
  accumulator *shared = (accumulator *)memory;
  const accumulator *partial = (const accumulator *)p.partial;
  member me = member_of(p.group);
  i64 results = p.kept.count, tiles = (results + p.group.width - 1) / p.group.width;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    i64 result = tile * p.group.width + me.column;
    accumulator a = F::start();
    if (result < results) {
#pragma unroll 4
      for (i64 i = me.place; i < p.segments; i += p.group.height) a = F::merge(a, partial[i * results + result]);
    }
    a = together<F>(a, p.group, shared);
    if (me.place != 0 || result >= results) continue;
    i64 at[1];
    locate(p.kept, result, at);
    F::finish(a, p.reduced.count, (void *)p.out, at[0]);
  }
}

namespace operators {
typedef sum SUM;
typedef product PROD;
typedef extreme<true> MAX;
typedef extreme<false> MIN;
typedef place_of_extreme<true> ARGMAX;
typedef place_of_extreme<false> ARGMIN;
#if DTYPE >= BP_FLOAT16
typedef mean MEAN;
#endif
}  // namespace operators

typedef operators::OPERATOR function;

#define SHARED __shared__ u64 shared[2 * MOST_SHARED]
// Four blocks to a multiprocessor have enough loads under way.
#define REDUCTION KERNEL __launch_bounds__(256, 4)

REDUCTION reduce(const ck_reduction p) {
  SHARED;
  run<function, false>(p, shared);
}

// Of elements that lie without gaps, each run of them at a multiple of 16 bytes.
REDUCTION reduce_packs(const ck_reduction p) {
  SHARED;
  run<function, true>(p, shared);
}

REDUCTION reduce_partials(const ck_reduction p) {
  SHARED;
  run_partials<function>(p, shared);
}
