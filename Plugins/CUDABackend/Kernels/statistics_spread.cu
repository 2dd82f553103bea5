// What NORMALIZE, NORMALIZE_BACKWARD and NORMALIZE_FROZEN, the one named by OPERATOR, of the float type DTYPE, do to each
// element, the statistics known.
#include "statistics.cuh"

// Normalized, with the weight and bias that are not among the constants.
struct normalize_element {
  static const bool has_gradient = false;
  typedef constants state;
  __device__ static state begin(const ck_spread &p, const i64 (&at)[8]) {
    return ((const constants *)p.data[CK_MEAN])[at[CK_MEAN]];
  }
  __device__ static value apply(const state &c, value x, value, value weight, value bias) {
    return ((x - c.at[0]) - c.at[1]) * (c.at[2] * weight) + (c.at[3] + bias);
  }
};

struct gradient_of_element {
  static const bool has_gradient = true;
  typedef constants state;
  __device__ static state begin(const ck_spread &p, const i64 (&at)[8]) {
    return ((const constants *)p.data[CK_MEAN])[at[CK_MEAN]];
  }
  __device__ static value apply(const state &c, value x, value gradient, value weight, value) {
    return c.at[2] * ((gradient * weight - c.at[3]) - (x - c.at[0]) * c.at[1]);
  }
};

struct normalize_frozen {
  static const bool has_gradient = false;
  struct state {
    value mean, scale;
  };
  __device__ static state begin(const ck_spread &p, const i64 (&at)[8]) {
    value variance = ((const value *)p.data[CK_SCALE])[at[CK_SCALE]];
    return {((const value *)p.data[CK_MEAN])[at[CK_MEAN]], 1 / root(variance + (value)p.eps)};
  }
  __device__ static value apply(const state &c, value x, value, value weight, value bias) {
    return (x - c.mean) * (c.scale * weight) + bias;
  }
};

namespace operators {
typedef normalize_element NORMALIZE;
typedef gradient_of_element NORMALIZE_BACKWARD;
typedef normalize_frozen NORMALIZE_FROZEN;
}  // namespace operators

template <int L, class F> __device__ inline void spread(const ck_spread &p) {
  constexpr int together_now = L == 1 ? 4 : 2;
  typedef pack<element, L> items;
  member me = member_of(p.group);
  i64 rows = p.rows.count, tiles = (rows + p.group.width - 1) / p.group.width, step = p.group.height;
  const element *data = (const element *)p.data[CK_X], *other = (const element *)p.data[CK_GRADIENT];
  element *out = (element *)p.data[CK_OUT];
  bool is_fixed = p.is_fixed != 0;
  for (i64 item = blockIdx.x; item < tiles * p.segments; item += gridDim.x) {
    i64 segment = item / tiles, row = (item - segment * tiles) * p.group.width + me.column;
    if (row >= rows) continue;
    i64 at[8];
    locate(p.rows, row, at);
    typename F::state fixed;
    value weight = 1, bias = 0;
    if (is_fixed) {
      fixed = F::begin(p, at);
      weight = one_of(p.data[CK_WEIGHT], at[CK_WEIGHT], 1);
      bias = one_of(p.data[CK_BIAS], at[CK_BIAS], 0);
    }
    i64 end = (segment + 1) * p.segment;
    if (end > p.length) end = p.length;
    for (i64 j = segment * p.segment + me.place; j < end; j += together_now * step) {
      items x[together_now], g[together_now];
#pragma unroll
      for (int u = 0; u < together_now; u++) {
        i64 i = j + u * step;
        if (i >= end) break;
        x[u] = *(const items *)(data + at[CK_X] + i * L * p.stride[CK_X]);
        if (F::has_gradient) g[u] = *(const items *)(other + at[CK_GRADIENT] + i * L * p.stride[CK_GRADIENT]);
      }
#pragma unroll
      for (int u = 0; u < together_now; u++) {
        i64 i = j + u * step;
        if (i >= end) break;
        items y;
#pragma unroll
        for (int v = 0; v < L; v++) {
          value g_now = F::has_gradient ? type::load(g[u].at[v]) : (value)0, result;
          if (is_fixed) {
            result = F::apply(fixed, type::load(x[u].at[v]), g_now, weight, bias);
          } else {
            i64 k = i * L + v, mine[8];
#pragma unroll
            for (int n = CK_MEAN; n <= CK_BIAS; n++) mine[n] = at[n] + k * p.stride[n];
            result = F::apply(
                F::begin(p, mine), type::load(x[u].at[v]), g_now, one_of(p.data[CK_WEIGHT], mine[CK_WEIGHT], 1),
                one_of(p.data[CK_BIAS], mine[CK_BIAS], 0));
          }
          y.at[v] = type::store(result);
        }
        *(items *)(out + at[CK_OUT] + i * L * p.stride[CK_OUT]) = y;
      }
    }
  }
}

KERNEL __launch_bounds__(256) spread_packs(const ck_spread p) { spread<V, operators::OPERATOR>(p); }
KERNEL __launch_bounds__(256) spread_elements(const ck_spread p) { spread<1, operators::OPERATOR>(p); }
