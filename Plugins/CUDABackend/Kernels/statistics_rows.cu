// NORMALIZE of the float type DTYPE: of slices without gaps, each at a multiple of 16 bytes, whole packs long, and so
// short that their threads keep them. They are read once, and all at once.
#include "statistics.cuh"

constexpr int ROW_PACKS = CK_KEPT_BYTES / (int)sizeof(value) / V;

KERNEL __launch_bounds__(CK_LONG_BLOCK) normalize_rows(const ck_statistics_rows p) {
  __shared__ u64 shared[sizeof(sum_of_squares) / 8 * MOST_SHARED];
  member me = member_of(p.group);
  i64 slices = p.slices.count, tiles = (slices + p.group.width - 1) / p.group.width;
  int height = p.group.height, place = me.place;
  double count = (double)p.length;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    i64 slice = tile * p.group.width + me.column, at[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    bool is_any = slice < slices;
    // Threads without a slice have one of no elements.
    int packs = is_any ? (int)(p.length / V) : 0;
    if (is_any) locate(p.slices, slice, at);
    const packed *from = (const packed *)((const element *)p.data[CK_X] + at[CK_X]) + place;
    packed raw[ROW_PACKS];
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++)
      if (place + u * height < packs) raw[u] = from[u * height];

    value x[ROW_PACKS][V];
    sum s = sum();
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (place + u * height >= packs) break;
#pragma unroll
      for (int v = 0; v < V; v++) x[u][v] = type::load(raw[u].at[v]), accumulate(s, x[u][v]);
    }
    value mean = 0, rest = 0;
    if (!p.is_uncentered) {
      double exact = total(together<add_sums>(s, p.group, (sum *)shared)) / count;
      mean = (value)exact;
      rest = mean - mean == 0 ? (value)(exact - (double)mean) : 0;
    }
    sum_of_squares squares = sum_of_squares();
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (place + u * height >= packs) break;
#pragma unroll
      for (int v = 0; v < V; v++) {
        x[u][v] = (x[u][v] - mean) - rest;
        take_product(squares, x[u][v], x[u][v]);
      }
    }
    value scale = scale_of(together<add_squares>(squares, p.group, (sum_of_squares *)shared), count, p.eps);
    if (is_any && place == 0) {
      ((value *)p.data[CK_MEAN])[at[CK_MEAN]] = mean;
      ((value *)p.data[CK_SCALE])[at[CK_SCALE]] = scale;
    }

    packed *to = (packed *)((element *)p.data[CK_OUT] + at[CK_OUT]) + place;
    const value *weight = (const value *)p.data[CK_WEIGHT] + at[CK_WEIGHT];
    const value *bias = (const value *)p.data[CK_BIAS] + at[CK_BIAS];
    bool has_weight = p.data[CK_WEIGHT] != 0, has_bias = p.data[CK_BIAS] != 0;
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (place + u * height >= packs) break;
      pack<value, V> w, b;
      u32 j = (u32)(place + u * height) * V;
      if (p.run != 0) {
        i64 k = (i64)(j / (u32)p.run) * p.run_stride;
        value one = has_weight ? weight[k] : 1, two = has_bias ? bias[k] : 0;
#pragma unroll
        for (int v = 0; v < V; v++) w.at[v] = one, b.at[v] = two;
      } else {
        w = *(const pack<value, V> *)(weight + j);
        if (has_bias) {
          b = *(const pack<value, V> *)(bias + j);
        } else {
#pragma unroll
          for (int v = 0; v < V; v++) b.at[v] = 0;
        }
      }
      packed y;
#pragma unroll
      for (int v = 0; v < V; v++) y.at[v] = type::store(x[u][v] * (scale * w.at[v]) + b.at[v]);
      to[u * height] = y;
    }
  }
}
