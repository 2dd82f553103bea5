// What the convolutions by tiles share: where a pack of `a`, or of y, lies. MODE is CK_OF_PIXELS, CK_OF_INPUT or
// CK_OF_WEIGHT, DTYPE the type.
#pragma once

#include "division.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

constexpr int V = 16 / sizeof(element);
typedef pack<element, V> packed;

// A pixel: its coordinates, and where its batch begins.
struct pixel {
  i64 batch;
  int at[3];

  __device__ pixel() {}
  __device__ pixel(const ck_tiles &p, i64 index) {
#pragma unroll
    for (int a = 2; a >= 0; a--) at[a] = (int)take_apart(index, p.pixel[a], 1);
    batch = index;
  }
};

// A tap, and a channel.
struct tap {
  int at[3], channel;

  // Of a sum that goes over taps, and the channels of each, the term of this number.
  __device__ tap(const ck_tiles &p, int term) {
    channel = term % p.channels;
    term /= p.channels;
    at[2] = term % p.taps[2];
    term /= p.taps[2];
    at[1] = term % p.taps[1];
    at[0] = term / p.taps[1];
  }

  __device__ void advance(const ck_tiles &p, int channels) {
    channel += channels;
    while (channel >= p.channels) {
      channel -= p.channels;
      if (++at[2] < p.taps[2]) continue;
      at[2] = 0;
      if (++at[1] < p.taps[1]) continue;
      at[1] = 0;
      at[0]++;
    }
  }
};

// Where the pack of `a` lies that a pixel and a tap have in common; null where there is none.
__device__ inline const packed *pack_of_a(const ck_tiles &p, const element *a, const pixel &m, const tap &t) {
  bool is_inside = t.at[0] < p.taps[0];
  i64 offset = m.batch * p.a_stride[0] + t.channel;
#pragma unroll
  for (int axis = 0; axis < 3; axis++) {
    int at;
#if MODE == CK_OF_INPUT
    at = m.at[axis] + p.low[axis] - t.at[axis] * p.dilation[axis];
    int step = p.step[axis];
    if (step != 1) {
      int quotient = at / step;
      is_inside = is_inside && at >= 0 && quotient * step == at;
      at = quotient;
    }
#else
    at = m.at[axis] * p.step[axis] - p.low[axis] + t.at[axis] * p.dilation[axis];
#endif
    is_inside = is_inside && (u32)at < (u32)p.a_extent[axis];
    offset += (i64)at * p.a_stride[1 + axis];
  }
  return is_inside ? (const packed *)(a + offset) : nullptr;
}

template <class S> __device__ inline i64 offset_of(const pixel &m, const S (&stride)[4]) {
  return m.batch * stride[0] + (i64)m.at[0] * stride[1] + (i64)m.at[1] * stride[2] + (i64)m.at[2] * stride[3];
}

// Which tile of which group, and which part of the sum, a block has. Tiles of the same rows follow one another.
struct tile {
  int group, split;
  int m, n;

  __device__ tile(const ck_tiles &p, int height, int width) {
    i64 index = blockIdx.x, across = (p.n + width - 1) / width, down = (p.m + height - 1) / height;
    n = (int)(index % across) * width;
    index /= across;
    m = (int)(index % down) * height;
    index /= down;
    split = (int)(index % p.splits);
    group = (int)(index / p.splits);
  }
};

// Where row m of the result lies.
__device__ inline i64 row_of_out(const ck_tiles &p, int m) {
#if MODE == CK_OF_WEIGHT
  const tap t(p, m);
  return (i64)t.channel * p.out_stride[0] + (i64)t.at[0] * p.out_stride[1] + (i64)t.at[1] * p.out_stride[2] +
         (i64)t.at[2] * p.out_stride[3];
#else
  return offset_of(pixel(p, m), p.out_stride);
#endif
}

// Whether there is row m of the result; that of a channel that is padding is none.
__device__ inline bool is_row(const ck_tiles &p, int m) {
#if MODE == CK_OF_WEIGHT
  return m < p.m && m % p.channels < p.kept;
#else
  return m < p.m;
#endif
}

// The bias of a column of the result.
__device__ inline value bias_of(const ck_tiles &p, int group, int n) {
  return p.bias ? type::load(((const element *)p.bias)[((i64)group * p.n + n) * p.bias_stride]) : (value)0;
}

__device__ inline value *partial_of(const ck_tiles &p, const tile &me) {
  return (value *)p.partial + ((i64)me.split * p.groups + me.group) * p.m * p.n;
}
