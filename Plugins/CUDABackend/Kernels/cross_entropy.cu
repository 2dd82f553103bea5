// CROSS_ENTROPY and its gradient, of the float type DTYPE.
#include "indices.cuh"
#include "softmax.cuh"

constexpr int V = 16 / sizeof(element);

// exp(x - top), also where both are infinite.
__device__ inline value relative(value x, value top) { return x == top ? (value)1 : exponential(x - top); }

// Over some elements: the greatest, the sum of exp(x - greatest), and the weighted sum of the elements.
struct sums_of_logits {
  value greatest;
  double sum, weighted;
};

__device__ inline sums_of_logits shuffled(sums_of_logits x, int mask) {
  return {shuffled(x.greatest, mask), shuffled(x.sum, mask), shuffled(x.weighted, mask)};
}

struct merge_logits {
  __device__ static sums_of_logits merge(sums_of_logits a, sums_of_logits b) {
    value top = greater::merge(a.greatest, b.greatest);
    // Of commuted operands the same sums.
    return {top, a.sum * relative(a.greatest, top) + b.sum * relative(b.greatest, top), a.weighted + b.weighted};
  }
};

struct target {
  i64 index;
  bool is_counted, is_valid;
};

__device__ inline target target_of(const ck_cross_entropy &p, i64 at) {
  i64 index = ((const i64 *)p.data[CK_TARGETS])[at];
  bool is_counted = index != p.ignore_index, is_valid = index >= 0 && index < p.classes;
  return {index, is_counted, is_valid};
}

__device__ inline value weight_of(const ck_cross_entropy &p, i64 c) {
  return p.weights ? ((const value *)p.weights)[c * p.weight_stride] : (value)1;
}

// Elements before the first that lies at a multiple of 16 bytes; none of packs of one.
template <int L> __device__ inline i64 elements_before_packs(const element *data, i64 classes) {
  if (L == 1) return 0;
  i64 before = (i64)((16 - (u64)data % 16) % 16 / sizeof(element));
  return before < classes ? before : classes;
}

// Takes n items of L classes each, from the class `first` on, as one of the threads of a group.
template <int L, int UNROLL> __device__ inline void take_logits(
    sums_of_logits &s, const ck_cross_entropy &p, const element *row, i64 first, i64 n, int place) {
  typedef pack<element, L> items;
  const i64 step = p.group.height, stride = p.stride * L;
  const element *data = row + first * p.stride;
  const bool is_smooth = p.smoothing != 0;
  for (i64 j = place; j < n; j += UNROLL * step) {
    items raw[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; u++)
      if (j + u * step < n) raw[u] = *(const items *)(data + (j + u * step) * stride);
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      if (j + u * step >= n) break;
      value x[L], top = s.greatest;
#pragma unroll
      for (int v = 0; v < L; v++) x[v] = type::load(raw[u].at[v]), top = greater::merge(top, x[v]);
      // What is summed so far is scaled when a greater element comes.
      if (top != s.greatest) s.sum *= relative(s.greatest, top), s.greatest = top;
      value sum = 0;
#pragma unroll
      for (int v = 0; v < L; v++) sum += relative(x[v], top);
      s.sum += sum;
      if (is_smooth) {
#pragma unroll
        for (int v = 0; v < L; v++) s.weighted += (double)weight_of(p, first + (j + u * step) * L + v) * (double)x[v];
      }
    }
  }
}

template <int L> __device__ inline void forward(const ck_cross_entropy &p) {
  __shared__ sums_of_logits shared[MOST_SHARED];
  member me = member_of(p.group);
  i64 rows = p.rows.count, tiles = (rows + p.group.width - 1) / p.group.width;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    i64 row = tile * p.group.width + me.column, at[6] = {0, 0, 0, 0, 0, 0};
    sums_of_logits s = {lowest(), 0, 0};
    const element *data = nullptr;
    if (row < rows) {
      locate(p.rows, row, at);
      data = (const element *)p.data[CK_LOGITS] + at[CK_LOGITS];
      const i64 before = elements_before_packs<L>(data, p.classes), packs = (p.classes - before) / L;
      if (L > 1) take_logits<1, 1>(s, p, data, 0, before, me.place);
      take_logits<L, L == 1 ? 8 : 4>(s, p, data, before, packs, me.place);
      if (L > 1) take_logits<1, 1>(s, p, data, before + packs * L, p.classes - before - packs * L, me.place);
    }
    s = together<merge_logits>(s, p.group, shared);
    if (me.place != 0 || row >= rows) continue;
    // Of no classes -inf; where the greatest is infinite, NaN.
    bool is_finite = s.greatest - s.greatest == 0;
    double exact = is_finite ? (double)s.greatest + log(s.sum) : p.classes > 0 ? s.greatest - s.greatest : s.greatest;
    value log_sum = (value)exact;
    target t = target_of(p, at[CK_TARGETS]);
    value loss = 0, factor = 0;
    if (t.is_counted && t.is_valid) {
      factor = weight_of(p, t.index);
      double below = ((double)s.greatest - (double)type::load(data[t.index * p.stride])) + log(s.sum);
      double result = (1 - p.smoothing) * (double)factor * (is_finite ? below : exact);
      if (p.smoothing != 0) {
        double weights = p.weight_sum ? *(const double *)p.weight_sum : (double)p.classes;
        result += p.smoothing / (double)p.classes * (weights * exact - s.weighted);
      }
      loss = (value)result;
    } else if (t.is_counted) {
      report_index(p.fault, p.op, t.index, p.classes);
    }
    ((value *)p.data[CK_LOSS])[at[CK_LOSS]] = loss;
    ((value *)p.data[CK_LOGARITHM])[at[CK_LOGARITHM]] = log_sum;
    ((value *)p.data[CK_FACTOR])[at[CK_FACTOR]] = factor;
  }
}

// What the gradient of a row is made of.
struct row_of_gradient {
  const element *data;
  element *out;
  i64 target;
  bool is_counted;
  value log_sum, g, own, each, weights;

  __device__ value of(const ck_cross_entropy &p, element x, i64 c) const {
    value share = exponential(type::load(x) - log_sum), result = own * (share - (c == target ? (value)1 : (value)0));
    if (p.smoothing != 0) result += each * (weights * share - weight_of(p, c));
    return g * result;
  }

  // As take_logits.
  template <int L, int UNROLL> __device__ void put(const ck_cross_entropy &p, i64 first, i64 n, int place) const {
    typedef pack<element, L> items;
    const i64 step = p.group.height;
    for (i64 j = place; j < n; j += UNROLL * step) {
      items x[UNROLL];
#pragma unroll
      for (int u = 0; u < UNROLL; u++)
        if (is_counted && j + u * step < n) x[u] = *(const items *)(data + (first + (j + u * step) * L) * p.stride);
#pragma unroll
      for (int u = 0; u < UNROLL; u++) {
        if (j + u * step >= n) break;
        const i64 c = first + (j + u * step) * L;
        items y;
#pragma unroll
        for (int v = 0; v < L; v++) y.at[v] = type::store(is_counted ? of(p, x[u].at[v], c + v) : (value)0);
        *(items *)(out + c * p.gradient_stride) = y;
      }
    }
  }
};

template <int L> __device__ inline void backward(const ck_cross_entropy &p) {
  member me = member_of(p.group);
  i64 rows = p.rows.count, tiles = (rows + p.group.width - 1) / p.group.width;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    i64 row = tile * p.group.width + me.column, at[6];
    if (row >= rows) continue;
    locate(p.rows, row, at);
    const target t = target_of(p, at[CK_TARGETS]);
    if (t.is_counted && !t.is_valid && me.place == 0) report_index(p.fault, p.op, t.index, p.classes);
    row_of_gradient r;
    r.data = (const element *)p.data[CK_LOGITS] + at[CK_LOGITS];
    r.out = (element *)p.data[CK_LOGITS_GRADIENT] + at[CK_LOGITS_GRADIENT];
    r.target = t.index;
    r.is_counted = t.is_counted && t.is_valid;
    r.log_sum = ((const value *)p.data[CK_LOGARITHM])[at[CK_LOGARITHM]];
    r.g = ((const value *)p.data[CK_LOSS])[at[CK_LOSS]];
    r.own = r.is_counted ? (value)(1 - p.smoothing) * weight_of(p, t.index) : 0;
    r.each = (value)(p.smoothing / (double)p.classes);
    r.weights = p.weight_sum ? (value)*(const double *)p.weight_sum : (value)p.classes;
    // The rows of the output lie as those of the input do.
    const i64 before = elements_before_packs<L>(r.data, p.classes), packs = (p.classes - before) / L;
    if (L > 1) r.put<1, 1>(p, 0, before, me.place);
    r.put<L, L == 1 ? 4 : 2>(p, before, packs, me.place);
    if (L > 1) r.put<1, 1>(p, before + packs * L, p.classes - before - packs * L, me.place);
  }
}

#define ENTROPY KERNEL __launch_bounds__(CK_LONG_BLOCK)
ENTROPY entropy_of_packs(const ck_cross_entropy p) { forward<V>(p); }
ENTROPY entropy_of_elements(const ck_cross_entropy p) { forward<1>(p); }
ENTROPY gradient_of_packs(const ck_cross_entropy p) { backward<V>(p); }
ENTROPY gradient_of_elements(const ck_cross_entropy p) { backward<1>(p); }

// The sum of the weights, by one block.
ENTROPY sum_of_weights(const ck_cross_entropy p) {
  __shared__ double shared[MOST_SHARED];
  double sum = 0;
  for (i64 c = threadIdx.x; c < p.classes; c += blockDim.x) sum += weight_of(p, c);
  sum = together<plus>(sum, p.group, shared);
  if (threadIdx.x == 0) *(double *)p.weight_sum = sum;
}
