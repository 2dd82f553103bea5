// The convolutions of the float type DTYPE where tiles do not pay: a thread, or some of them, compute one element.
#include "division.cuh"
#include "groups.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

__device__ inline float product_sum(float a, float b, float c) { return fmaf(a, b, c); }
__device__ inline double product_sum(double a, double b, double c) { return fma(a, b, c); }

struct place {
  i64 n, c, at[3];

  __device__ place(const ck_correlation &p, i64 index) {
    if (p.is_channels_last) c = take_apart(index, p.extent[1], p.is_narrow);
#pragma unroll
    for (int a = 2; a >= 0; a--) at[a] = take_apart(index, p.extent[2 + a], p.is_narrow);
    if (!p.is_channels_last) c = take_apart(index, p.extent[1], p.is_narrow);
    n = index;
  }

  __device__ i64 offset(const ck_int (&stride)[5]) const {
    return n * stride[0] + c * stride[1] + at[0] * stride[2] + at[1] * stride[3] + at[2] * stride[4];
  }
};

__device__ inline value bias_of(const ck_correlation &p, i64 channel) {
  return p.bias ? type::load(((const element *)p.bias)[channel * p.bias_stride]) : (value)0;
}

KERNEL correlate(const ck_correlation p) {
  const i64 c_step = p.x_stride[1], w_step = p.w_stride[1];
  for (i64 i = thread_index(); i < p.count; i += thread_count()) {
    const place y(p, i);
    i64 group = y.c / p.results;
    const element *x = (const element *)p.x + y.n * p.x_stride[0] + group * p.channels * p.x_stride[1];
    const element *w = (const element *)p.w + y.c * p.w_stride[0];
    value sum = 0;
    for (i64 t0 = 0; t0 < p.taps[0]; t0++) {
      i64 i0 = y.at[0] * p.step[0] - p.low[0] + t0 * p.dilation[0];
      if (i0 < 0 || i0 >= p.data[0]) continue;
      for (i64 t1 = 0; t1 < p.taps[1]; t1++) {
        i64 i1 = y.at[1] * p.step[1] - p.low[1] + t1 * p.dilation[1];
        if (i1 < 0 || i1 >= p.data[1]) continue;
        for (i64 t2 = 0; t2 < p.taps[2]; t2++) {
          i64 i2 = y.at[2] * p.step[2] - p.low[2] + t2 * p.dilation[2];
          if (i2 < 0 || i2 >= p.data[2]) continue;
          const element *from = x + i0 * p.x_stride[2] + i1 * p.x_stride[3] + i2 * p.x_stride[4];
          const element *by = w + t0 * p.w_stride[2] + t1 * p.w_stride[3] + t2 * p.w_stride[4];
#pragma unroll 4
          for (i64 c = 0; c < p.channels; c++)
            sum = product_sum(type::load(from[c * c_step]), type::load(by[c * w_step]), sum);
        }
      }
    }
    ((element *)p.y)[y.offset(p.y_stride)] = type::store(sum + bias_of(p, y.c));
  }
}

// The element of y along one axis whose tap meets a position; -1 for none.
__device__ inline i64 window_of(const ck_correlation &p, int a, i64 position, i64 tap) {
  i64 at = position + p.low[a] - tap * p.dilation[a];
  if (at < 0 || (p.step[a] != 1 && at % p.step[a] != 0)) return -1;
  if (p.step[a] != 1) at /= p.step[a];
  return at < p.windows[a] ? at : -1;
}

KERNEL correlate_input(const ck_correlation p) {
  const i64 o_step = p.y_stride[1], w_step = p.w_stride[0];
  for (i64 i = thread_index(); i < p.count; i += thread_count()) {
    const place x(p, i);
    i64 group = x.c / p.channels, c = x.c - group * p.channels;
    const element *y = (const element *)p.y + x.n * p.y_stride[0] + group * p.results * p.y_stride[1];
    const element *w = (const element *)p.w + group * p.results * p.w_stride[0] + c * p.w_stride[1];
    value sum = 0;
    for (i64 t0 = 0; t0 < p.taps[0]; t0++) {
      i64 e0 = window_of(p, 0, x.at[0], t0);
      if (e0 < 0) continue;
      for (i64 t1 = 0; t1 < p.taps[1]; t1++) {
        i64 e1 = window_of(p, 1, x.at[1], t1);
        if (e1 < 0) continue;
        for (i64 t2 = 0; t2 < p.taps[2]; t2++) {
          i64 e2 = window_of(p, 2, x.at[2], t2);
          if (e2 < 0) continue;
          const element *from = y + e0 * p.y_stride[2] + e1 * p.y_stride[3] + e2 * p.y_stride[4];
          const element *by = w + t0 * p.w_stride[2] + t1 * p.w_stride[3] + t2 * p.w_stride[4];
#pragma unroll 4
          for (i64 o = 0; o < p.results; o++)
            sum = product_sum(type::load(from[o * o_step]), type::load(by[o * w_step]), sum);
        }
      }
    }
    ((element *)p.x)[x.offset(p.x_stride)] = type::store(sum + bias_of(p, x.c));
  }
}

struct plus {
  __device__ static value merge(value a, value b) { return a + b; }
};

// Some threads compute an element of the weight's gradient; the places of `extent` are those of w.
KERNEL correlate_weight(const ck_correlation p) {
  __shared__ value shared[MOST_SHARED];
  member me = member_of(p.group);
  i64 tiles = (p.count + p.group.width - 1) / p.group.width;
  i64 pixels = p.windows[0] * p.windows[1] * p.windows[2], terms = p.batch * pixels;
  int is_narrow = terms < (1ll << 31);
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    i64 index = tile * p.group.width + me.column;
    bool is_any = index < p.count;
    const place w(p, is_any ? index : 0);
    i64 group = w.n / p.results;
    const element *x = (const element *)p.x + (group * p.channels + w.c) * p.x_stride[1];
    const element *y = (const element *)p.y + w.n * p.y_stride[1];
    value sum = 0;
    for (i64 j = me.place; is_any && j < terms; j += p.group.height) {
      i64 rest = j, e[3], at[3];
      bool is_inside = true;
#pragma unroll
      for (int a = 2; a >= 0; a--) {
        e[a] = take_apart(rest, p.space[a], is_narrow);
        at[a] = e[a] * p.step[a] - p.low[a] + w.at[a] * p.dilation[a];
        is_inside = is_inside && at[a] >= 0 && at[a] < p.data[a];
      }
      if (!is_inside) continue;
      i64 from = rest * p.x_stride[0] + at[0] * p.x_stride[2] + at[1] * p.x_stride[3] + at[2] * p.x_stride[4];
      i64 by = rest * p.y_stride[0] + e[0] * p.y_stride[2] + e[1] * p.y_stride[3] + e[2] * p.y_stride[4];
      sum = product_sum(type::load(x[from]), type::load(y[by]), sum);
    }
    sum = together<plus>(sum, p.group, shared);
    if (is_any && me.place == 0) ((element *)p.w)[w.offset(p.w_stride)] = type::store(sum);
  }
}
