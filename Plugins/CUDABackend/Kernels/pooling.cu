// MAX_POOL, AVERAGE_POOL and their gradients, of the float type DTYPE: a thread has one element of the result and gathers
// what belongs to it, so that nothing is added up in an order of chance. COORDINATE is i32, or i64 for extents beyond it.
#include "division.cuh"
#include "groups.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;
#if DTYPE == BP_FLOAT32 || DTYPE == BP_FLOAT64
typedef double sum_type;
#else
typedef float sum_type;
#endif
typedef COORDINATE coordinate;

__device__ inline coordinate least(coordinate a, coordinate b) { return a < b ? a : b; }
__device__ inline coordinate most(coordinate a, coordinate b) { return a < b ? b : a; }

struct place {
  i64 n, c;
  coordinate at[3];

  __device__ place(const ck_pool &p, i64 index) {
    if (p.is_channels_last) c = take_apart(index, p.extent[1], p.is_narrow);
#pragma unroll
    for (int a = 2; a >= 0; a--) at[a] = (coordinate)take_apart(index, p.extent[2 + a], p.is_narrow);
    if (!p.is_channels_last) c = take_apart(index, p.extent[1], p.is_narrow);
    n = index;
  }

  __device__ i64 plane(const ck_int (&stride)[5]) const { return n * stride[0] + c * stride[1]; }
  __device__ i64 offset(const ck_int (&stride)[5]) const {
    return plane(stride) + at[0] * stride[2] + at[1] * stride[3] + at[2] * stride[4];
  }
};

// Taps of one axis's window that lie in the data, from `first` to before `last`; `start` is the position of tap 0.
struct taps {
  coordinate start, first, last;

  __device__ taps(const ck_pool &p, int a, coordinate e) {
    coordinate dilation = (coordinate)p.dilation[a], data = (coordinate)p.data[a];
    start = e * (coordinate)p.step[a] - (coordinate)p.low[a];
    first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    last = start >= data ? 0 : least((coordinate)p.kernel[a], (data - 1 - start) / dilation + 1);
  }
};

// Windows of one axis that may hold position i, from `first` to before `last`.
struct holders {
  coordinate first, last;

  __device__ holders(const ck_pool &p, int a, coordinate i) {
    coordinate step = (coordinate)p.step[a], at = i + (coordinate)p.low[a];
    coordinate before = at - ((coordinate)p.kernel[a] - 1) * (coordinate)p.dilation[a];
    first = before <= 0 ? 0 : (before + step - 1) / step;
    last = least((coordinate)p.windows[a], at / step + 1);
  }
};

KERNEL max_pool(const ck_pool p) {
  for (i64 i = thread_index(); i < p.count; i += thread_count()) {
    const place e(p, i);
    const element *in = (const element *)p.in + e.plane(p.in_stride);
    const taps t0(p, 0, e.at[0]), t1(p, 1, e.at[1]), t2(p, 2, e.at[2]);
    value best = 0;
    element kept{};
    i64 where = -1;
    for (coordinate x0 = t0.first; x0 < t0.last; x0++) {
      coordinate i0 = t0.start + x0 * (coordinate)p.dilation[0];
      for (coordinate x1 = t1.first; x1 < t1.last; x1++) {
        coordinate i1 = t1.start + x1 * (coordinate)p.dilation[1];
        i64 row = ((i64)i0 * p.data[1] + i1) * p.data[2];
        const element *line = in + i0 * p.in_stride[2] + i1 * p.in_stride[3];
        for (coordinate x2 = t2.first; x2 < t2.last; x2++) {
          coordinate i2 = t2.start + x2 * (coordinate)p.dilation[2];
          element one = line[i2 * p.in_stride[4]];
          value x = type::load(one);
          // The first of equals, and the first NaN.
          if (where < 0 || x > best || (x != x && best == best)) best = x, kept = one, where = row + i2;
        }
      }
    }
    ((element *)p.out)[e.offset(p.out_stride)] = kept;
    if (p.index) ((i64 *)p.index)[e.offset(p.index_stride)] = where;
  }
}

// Where a window's position is neither outside the data, which is told to the host, nor of the window, the other kernel
// has to see to it.
__device__ inline void check_position(const ck_pool &p, i64 where, const coordinate (&e)[3]) {
  i64 positions = p.data[0] * p.data[1] * p.data[2];
  if (where < 0 || where >= positions) {
    ck_fault *fault = (ck_fault *)p.fault;
    if (atomicCAS(&fault->op, 0, p.op) == 0) {
      fault->index = where;
      fault->extent = positions;
      fault->ready = 1;
    }
    return;
  }
  i64 row = where / p.data[2], plane = row / p.data[1];
  coordinate at[3] = {(coordinate)plane, (coordinate)(row - plane * p.data[1]), (coordinate)(where - row * p.data[2])};
  bool is_held = true;
#pragma unroll
  for (int a = 0; a < 3; a++) {
    coordinate reach = at[a] + (coordinate)p.low[a] - e[a] * (coordinate)p.step[a], dilation = (coordinate)p.dilation[a];
    is_held = is_held && reach >= 0 && reach % dilation == 0 && reach / dilation < (coordinate)p.kernel[a];
  }
  if (!is_held) *(volatile u32 *)p.strays = 1;
}

KERNEL max_pool_backward(const ck_pool p) {
  for (i64 i = thread_index(); i < p.count; i += thread_count()) {
    const place d(p, i);
    const element *in = (const element *)p.in + d.plane(p.in_stride);
    const i64 *index = (const i64 *)p.index + d.plane(p.index_stride);
    const holders h0(p, 0, d.at[0]), h1(p, 1, d.at[1]), h2(p, 2, d.at[2]);
    i64 mine = ((i64)d.at[0] * p.data[1] + d.at[1]) * p.data[2] + d.at[2];
    sum_type sum = 0;
    for (coordinate e0 = h0.first; e0 < h0.last; e0++) {
      for (coordinate e1 = h1.first; e1 < h1.last; e1++) {
        for (coordinate e2 = h2.first; e2 < h2.last; e2++) {
          i64 where = index[e0 * p.index_stride[2] + e1 * p.index_stride[3] + e2 * p.index_stride[4]];
          const coordinate e[3] = {e0, e1, e2};
          // Of a window's positions the first checks.
          bool is_held = true, is_first = true;
#pragma unroll
          for (int a = 0; a < 3; a++) {
            coordinate reach = d.at[a] + (coordinate)p.low[a] - e[a] * (coordinate)p.step[a];
            coordinate dilation = (coordinate)p.dilation[a];
            if (dilation != 1) is_held = is_held && reach % dilation == 0;
            is_first = is_first && (reach == 0 || d.at[a] < dilation);
          }
          if (is_held && is_first) check_position(p, where, e);
          if (is_held && where == mine)
            sum += (sum_type)type::load(in[e0 * p.in_stride[2] + e1 * p.in_stride[3] + e2 * p.in_stride[4]]);
        }
      }
    }
    ((element *)p.out)[d.offset(p.out_stride)] = type::store((value)sum);
  }
}

// Where positions are those of no maxima: each element of the result looks at all windows of its plane.
KERNEL max_pool_backward_of_strays(const ck_pool p) {
  if (!*(const volatile u32 *)p.strays) return;
  for (i64 i = thread_index(); i < p.count; i += thread_count()) {
    const place d(p, i);
    const element *in = (const element *)p.in + d.plane(p.in_stride);
    const i64 *index = (const i64 *)p.index + d.plane(p.index_stride);
    i64 mine = ((i64)d.at[0] * p.data[1] + d.at[1]) * p.data[2] + d.at[2];
    sum_type sum = 0;
    for (i64 e0 = 0; e0 < p.windows[0]; e0++) {
      for (i64 e1 = 0; e1 < p.windows[1]; e1++) {
        for (i64 e2 = 0; e2 < p.windows[2]; e2++) {
          if (index[e0 * p.index_stride[2] + e1 * p.index_stride[3] + e2 * p.index_stride[4]] == mine)
            sum += (sum_type)type::load(in[e0 * p.in_stride[2] + e1 * p.in_stride[3] + e2 * p.in_stride[4]]);
        }
      }
    }
    ((element *)p.out)[d.offset(p.out_stride)] = type::store((value)sum);
  }
}

// What the sum over a window is divided by along one axis.
__device__ inline i64 share(const ck_pool &p, int a, coordinate e, const taps &t) {
  if (!p.is_padding_counted) return t.last - t.first;
  return least((coordinate)p.kernel[a], (coordinate)(p.data[a] + p.high[a]) - t.start);
}

KERNEL average_pool(const ck_pool p) {
  int lane = (int)(threadIdx.x % p.lanes);
  // Lanes of a warp go on together, to the end.
  for (i64 i = thread_index() / p.lanes; i < p.count; i += thread_count() / p.lanes) {
    const place e(p, i);
    const element *in = (const element *)p.in + e.plane(p.in_stride);
    const taps t0(p, 0, e.at[0]), t1(p, 1, e.at[1]), t2(p, 2, e.at[2]);
    sum_type sum = 0;
    if (p.lanes == 1) {
      for (coordinate i0 = t0.start + t0.first; i0 < t0.start + t0.last; i0++) {
        for (coordinate i1 = t1.start + t1.first; i1 < t1.start + t1.last; i1++) {
          const element *line = in + i0 * p.in_stride[2] + i1 * p.in_stride[3];
          for (coordinate i2 = t2.start + t2.first; i2 < t2.start + t2.last; i2++)
            sum += (sum_type)type::load(line[i2 * p.in_stride[4]]);
        }
      }
    } else {
      i64 n1 = t1.last - t1.first, n2 = t2.last - t2.first, n = (t0.last - t0.first) * n1 * n2;
      for (i64 j = lane; j < n; j += 32) {
        i64 rest = j / n2, i2 = t2.start + t2.first + (j - rest * n2);
        i64 i0 = rest / n1, i1 = t1.start + t1.first + (rest - i0 * n1);
        i0 += t0.start + t0.first;
        sum += (sum_type)type::load(in[i0 * p.in_stride[2] + i1 * p.in_stride[3] + i2 * p.in_stride[4]]);
      }
#pragma unroll
      for (int mask = 16; mask > 0; mask /= 2) sum += shuffled(sum, mask);
    }
    i64 divisor = p.divisor;
    if (!divisor) divisor = share(p, 0, e.at[0], t0) * share(p, 1, e.at[1], t1) * share(p, 2, e.at[2], t2);
    if (lane == 0) ((element *)p.out)[e.offset(p.out_stride)] = type::store((value)(sum / (sum_type)divisor));
  }
}

KERNEL average_pool_backward(const ck_pool p) {
  for (i64 i = thread_index(); i < p.count; i += thread_count()) {
    const place d(p, i);
    const element *in = (const element *)p.in + d.plane(p.in_stride);
    const holders h0(p, 0, d.at[0]), h1(p, 1, d.at[1]), h2(p, 2, d.at[2]);
    sum_type sum = 0;
    for (coordinate e0 = h0.first; e0 < h0.last; e0++) {
      const taps t0(p, 0, e0);
      i64 s0 = p.divisor ? p.divisor : share(p, 0, e0, t0);
      for (coordinate e1 = h1.first; e1 < h1.last; e1++) {
        const taps t1(p, 1, e1);
        i64 s1 = p.divisor ? s0 : s0 * share(p, 1, e1, t1), last = 0;
        // Most windows of a row are divided by the same.
        sum_type row = 0;
        for (coordinate e2 = h2.first; e2 < h2.last; e2++) {
          const taps t2(p, 2, e2);
          i64 divisor = p.divisor ? s1 : s1 * share(p, 2, e2, t2);
          if (divisor != last && last) sum += row / (sum_type)last, row = 0;
          last = divisor;
          row += (sum_type)type::load(in[e0 * p.in_stride[2] + e1 * p.in_stride[3] + e2 * p.in_stride[4]]);
        }
        if (last) sum += row / (sum_type)last;
      }
    }
    ((element *)p.out)[d.offset(p.out_stride)] = type::store((value)sum);
  }
}
