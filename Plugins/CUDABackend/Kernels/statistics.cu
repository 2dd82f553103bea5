// The sums of NORMALIZE or NORMALIZE_BACKWARD, the one named by OPERATOR, of the float type DTYPE, over slices of any
// kind. Of each slice they leave the statistics or gradients, and the constants for what is done to each element.
#include "statistics.cuh"

// MARK: - Mean and variance

#if DTYPE == BP_FLOAT64

// Welford's and Chan's: of `count` elements, the mean and the squares of the deviations from it. The sum gives a mean
// that is not lost where elements are infinite.
struct moments {
  double count, mean;
  sum_of_squares squares;
  sum_with_rest sum;
};

__device__ inline moments shuffled(moments x, int mask) {
  return {shuffled(x.count, mask), shuffled(x.mean, mask), shuffled(x.squares, mask), shuffled(x.sum, mask)};
}

#else

// Of deviations from the first element of the slice, which is no further from the others than they are from one
// another: float64 has twice the digits that squares of float32 need.
struct moments {
  double sum, squares;
};

__device__ inline moments shuffled(moments x, int mask) {
  return {shuffled(x.sum, mask), shuffled(x.squares, mask)};
}

#endif

struct moments_of_slice {
  typedef moments accumulator;

  // What a thread knows of a result before it begins.
  struct state {
    double pivot;
    bool is_uncentered;
  };

#if DTYPE == BP_FLOAT64
  __device__ static accumulator start() { return {0, 0, {0, 0, 0}, {0, 0}}; }
  __device__ static state begin(const ck_statistics &p, const i64 (&at)[8]) {
    return {0, p.is_uncentered != 0};
  }
  __device__ static void take(accumulator &a, const state &s, value x, value, value, value, value) {
    a.count += 1;
    double deviation = x - a.mean;
    if (!s.is_uncentered) a.mean += deviation / a.count;
    take_product(a.squares, deviation, x - a.mean);
    accumulate(a.sum, x);
  }
  __device__ static accumulator merge(accumulator a, accumulator b) {
    double count = a.count + b.count, distance = b.mean - a.mean;
    if (a.count == 0) return b;
    if (b.count == 0) return a;
    double share = b.count / count;
    sum_of_squares squares = add(a.squares, b.squares);
    take_product(squares, distance, distance, a.count * share);
    return {count, a.mean + distance * share, squares, add(a.sum, b.sum)};
  }
#else
  __device__ static accumulator start() { return {0, 0}; }
  __device__ static state begin(const ck_statistics &p, const i64 (&at)[8]) {
    double first = 0;
    if (!p.is_uncentered && p.count > 0) first = type::load(((const element *)p.data[CK_X])[at[CK_X]]);
    return {first - first == 0 ? first : 0, p.is_uncentered != 0};
  }
  __device__ static void take(accumulator &a, const state &s, value x, value, value, value, value) {
    double deviation = (double)x - s.pivot;
    a.sum += deviation;
    a.squares = fma(deviation, deviation, a.squares);
  }
  __device__ static accumulator merge(accumulator a, accumulator b) {
    return {a.sum + b.sum, a.squares + b.squares};
  }
#endif

  __device__ static void finish(const ck_statistics &p, const state &s, accumulator a, const i64 (&at)[8]) {
    double count = (double)p.count;
#if DTYPE == BP_FLOAT64
    double mean = p.is_uncentered && p.count > 0 ? 0 : total(a.sum) / count;
    sum_of_squares squares = a.squares;
#else
    double distance = a.sum / count;
    double mean = p.is_uncentered && p.count > 0 ? 0 : s.pivot + distance;
    double squares = p.is_uncentered ? a.squares : a.squares - a.sum * distance;
    if (squares < 0) squares = 0;
#endif
    value rounded = (value)mean, scale = scale_of(squares, count, p.eps);
    ((value *)p.data[CK_MEAN])[at[CK_MEAN]] = rounded;
    ((value *)p.data[CK_SCALE])[at[CK_SCALE]] = scale;
    if (!p.data[CK_CONSTANTS]) return;
    value factor = scale, addend = 0;
    if (p.is_folded) {
      factor *= one_of(p.data[CK_WEIGHT], at[CK_WEIGHT], 1);
      addend = one_of(p.data[CK_BIAS], at[CK_BIAS], 0);
    }
    ((constants *)p.data[CK_CONSTANTS])[at[CK_CONSTANTS]] = {rounded, (value)(mean - (double)rounded), factor, addend};
  }

  static const bool has_gradient = false;
};

// MARK: - Sums of gradients

// The sums of h and of h*z.
struct gradients_of_slice {
  typedef pair_of_sums accumulator;
  struct state {
    value mean, scale;
    bool is_fixed, is_weighted;
  };

  __device__ static accumulator start() { return accumulator(); }

  __device__ static state begin(const ck_statistics &p, const i64 (&at)[8]) {
    state s = {0, 0, p.is_fixed != 0, p.data[CK_WEIGHT] != 0 && !p.is_folded};
    if (s.is_fixed) {
      s.mean = ((const value *)p.data[CK_MEAN])[at[CK_MEAN]];
      s.scale = ((const value *)p.data[CK_SCALE])[at[CK_SCALE]];
    }
    return s;
  }

  __device__ static void take(
      accumulator &a, const state &s, value x, value gradient, value mean, value scale, value weight) {
    value h = s.is_weighted ? gradient * weight : gradient;
    value z = s.is_fixed ? (x - s.mean) * s.scale : (x - mean) * scale;
    accumulate(a.first, h);
    accumulate(a.second, (double)h * (double)z);
  }

  __device__ static accumulator merge(accumulator a, accumulator b) { return add_pairs::merge(a, b); }

  __device__ static void finish(const ck_statistics &p, const state &s, accumulator a, const i64 (&at)[8]) {
    double h = total(a.first), product = total(a.second);
    if (p.data[CK_BIAS]) ((value *)p.data[CK_BIAS])[at[CK_BIAS]] = (value)h;
    if (p.data[CK_WEIGHT_GRADIENT]) ((value *)p.data[CK_WEIGHT_GRADIENT])[at[CK_WEIGHT_GRADIENT]] = (value)product;
    if (!p.data[CK_CONSTANTS]) return;
    value factor = s.scale;
    if (p.is_folded) factor *= one_of(p.data[CK_WEIGHT], at[CK_WEIGHT], 1);
    double count = (double)p.count;
    ((constants *)p.data[CK_CONSTANTS])[at[CK_CONSTANTS]] = {
        s.mean, (value)((double)s.scale * (product / count)), factor, p.is_uncentered ? 0 : (value)(h / count)};
  }

  static const bool has_gradient = true;
};

// MARK: - The loops

// How the threads of a block go through the elements.
#define BY_ELEMENTS 0
#define BY_PACKS 1   // of neighbours along the reduced axes
#define BY_COLUMNS 2 // of neighbours along the kept axes: each thread has V results

template <class F, int WAY> __device__ inline void run(const ck_statistics &p, void *memory) {
  typedef typename F::accumulator accumulator;
  constexpr int N = WAY == BY_COLUMNS ? V : 1, L = WAY == BY_ELEMENTS ? 1 : V, together_now = L == 1 ? 4 : 2;
  typedef pack<element, L> items;
  accumulator *shared = (accumulator *)memory;
  member me = member_of(p.group);
  i64 results = p.kept.count, tiles = (results + p.group.width - 1) / p.group.width, step = p.group.height;
  const element *data = (const element *)p.data[CK_X], *other = (const element *)p.data[CK_GRADIENT];
  const value *means = (const value *)p.data[CK_MEAN], *scales = (const value *)p.data[CK_SCALE];
  const value *weights = (const value *)p.data[CK_WEIGHT];
  // Strides of what is read for each element, along the innermost axis that a pack goes over.
  const ck_wide_axes &inner = WAY == BY_COLUMNS ? p.kept : p.reduced;
  i64 next[8];
#pragma unroll
  for (int n = 0; n < 8; n++) next[n] = WAY == BY_ELEMENTS ? 0 : inner.stride[n][inner.rank - 1] / V;

  for (i64 item = blockIdx.x; item < tiles * p.segments; item += gridDim.x) {
    i64 segment = item / tiles, result = (item - segment * tiles) * p.group.width + me.column;
    i64 at[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    accumulator a[N];
    typename F::state s[N];
#pragma unroll
    for (int n = 0; n < N; n++) a[n] = F::start();
    if (result < results) {
      locate(p.kept, result, at);
#pragma unroll
      for (int n = 0; n < N; n++) {
        i64 mine[8];
#pragma unroll
        for (int k = 0; k < 8; k++) mine[k] = at[k] + n * next[k];
        s[n] = F::begin(p, mine);
      }
      i64 low = segment * p.segment, end = low + p.segment;
      if (end > p.reduced.count) end = p.reduced.count;
      for (i64 j = low + me.place; j < end; j += together_now * step) {
        items x[together_now], g[together_now];
        i64 to[together_now][5];
#pragma unroll
        for (int u = 0; u < together_now; u++) {
          if (j + u * step >= end) break;
          locate<5, CK_X>(p.reduced, j + u * step, to[u]);
          x[u] = *(const items *)(data + at[CK_X] + to[u][0]);
          if (F::has_gradient) g[u] = *(const items *)(other + at[CK_GRADIENT] + to[u][1]);
        }
#pragma unroll
        for (int u = 0; u < together_now; u++) {
          if (j + u * step >= end) break;
#pragma unroll
          for (int v = 0; v < L; v++) {
            const int n = WAY == BY_COLUMNS ? v : 0;
            if (!F::has_gradient) {
              F::take(a[n], s[n], type::load(x[u].at[v]), 0, 0, 0, 0);
              continue;
            }
            value mean = 0, scale = 0, weight = 1;
            if (!p.is_fixed) {
              mean = means[at[CK_MEAN] + to[u][2] + v * next[CK_MEAN]];
              scale = scales[at[CK_SCALE] + to[u][3] + v * next[CK_SCALE]];
            }
            if (weights && !p.is_folded) weight = weights[at[CK_WEIGHT] + to[u][4] + v * next[CK_WEIGHT]];
            F::take(a[n], s[n], type::load(x[u].at[v]), type::load(g[u].at[v]), mean, scale, weight);
          }
        }
      }
    }
#pragma unroll
    for (int n = 0; n < N; n++) {
      a[n] = together<F>(a[n], p.group, shared);
      if (me.place != 0 || result >= results) continue;
      if (p.segments > 1) {
        ((accumulator *)p.partial)[(segment * results + result) * N + n] = a[n];
        continue;
      }
      i64 mine[8];
#pragma unroll
      for (int k = 0; k < 8; k++) mine[k] = at[k] + n * next[k];
      F::finish(p, s[n], a[n], mine);
    }
  }
}

// The segments of each result, brought together in an order that is always the same.
template <class F> __device__ inline void run_partials(const ck_statistics &p, void *memory) {
  typedef typename F::accumulator accumulator;
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
    a = together<F>(a, p.group, (accumulator *)memory);
    if (me.place != 0 || result >= results) continue;
    i64 at[8];
    locate(p.kept, result, at);
    F::finish(p, F::begin(p, at), a, at);
  }
}

namespace operators {
typedef moments_of_slice NORMALIZE;
typedef gradients_of_slice NORMALIZE_BACKWARD;
}  // namespace operators

typedef operators::OPERATOR function;

#define SHARED __shared__ u64 shared[sizeof(function::accumulator) / 8 * MOST_SHARED]
#define STATISTICS KERNEL __launch_bounds__(256)

STATISTICS statistics_of_elements(const ck_statistics p) {
  SHARED;
  run<function, BY_ELEMENTS>(p, shared);
}

STATISTICS statistics_of_packs(const ck_statistics p) {
  SHARED;
  run<function, BY_PACKS>(p, shared);
}

STATISTICS statistics_of_columns(const ck_statistics p) {
  SHARED;
  run<function, BY_COLUMNS>(p, shared);
}

STATISTICS statistics_of_partials(const ck_statistics p) {
  SHARED;
  run_partials<function>(p, shared);
}
