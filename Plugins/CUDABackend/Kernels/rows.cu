// SOFTMAX, LOG_SOFTMAX and their gradients, the one named by OPERATOR, of the float type DTYPE: of slices without gaps,
// each at a multiple of 16 bytes, whole packs long, and so short that their threads keep them. They are read once, and
// all at once.
#include "softmax.cuh"

constexpr int V = 16 / sizeof(element), ROW_PACKS = CK_KEPT_BYTES / (int)sizeof(value) / V;
typedef pack<element, V> packed;

struct row {
  i64 packs; // none for threads without a slice
  i64 height;
  int place;
  i64 at[3];

  __device__ row(const ck_normalization &p, i64 tile) {
    member me = member_of(p.group);
    i64 slice = tile * p.group.width + me.column;
    bool is_any = slice < p.slices.count;
    packs = is_any ? p.length / V : 0;
    height = p.group.height;
    place = me.place;
    at[0] = at[1] = at[2] = 0;
    if (is_any) locate(p.slices, slice, at);
  }

  __device__ void read(ck_address data, i64 offset, packed (&x)[ROW_PACKS]) const {
    const packed *from = (const packed *)((const element *)data + offset) + place;
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++)
      if (place + u * height < packs) x[u] = from[u * height];
  }
};

template <bool LOG> struct softmax_of_row {
  __device__ static void run(const ck_normalization &p, i64 tile, void *shared) {
    const row mine(p, tile);
    packed raw[ROW_PACKS];
    mine.read(p.data[0], mine.at[1], raw);
    value x[ROW_PACKS][V], top = lowest();
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (mine.place + u * mine.height >= mine.packs) break;
#pragma unroll
      for (int v = 0; v < V; v++) x[u][v] = type::load(raw[u].at[v]), top = greater::merge(top, x[u][v]);
    }
    top = together<greater>(top, p.group, (value *)shared);
    double sum = 0;
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (mine.place + u * mine.height >= mine.packs) break;
#pragma unroll
      for (int v = 0; v < V; v++) {
        value below = x[u][v] - top, e = exponential(below);
        sum += e;
        x[u][v] = LOG ? below : e;
      }
    }
    sum = together<plus>(sum, p.group, (double *)shared);
    // An infinity less itself is NaN, and so is the sum.
    value all = top - top == 0 ? (value)sum : top - top;
    value scale = 1 / all, shift = LOG ? logarithm(all) : 0;
    packed *out = (packed *)((element *)p.out + mine.at[0]) + mine.place;
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (mine.place + u * mine.height >= mine.packs) break;
      packed y;
#pragma unroll
      for (int v = 0; v < V; v++) y.at[v] = type::store(LOG ? x[u][v] - shift : x[u][v] * scale);
      out[u * mine.height] = y;
    }
  }
};

template <bool LOG> struct gradient_of_row {
  __device__ static void run(const ck_normalization &p, i64 tile, void *shared) {
    const row mine(p, tile);
    packed result[ROW_PACKS], gradient[ROW_PACKS];
    mine.read(p.data[0], mine.at[1], result);
    mine.read(p.data[1], mine.at[2], gradient);
    double sum = 0;
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (mine.place + u * mine.height >= mine.packs) break;
#pragma unroll
      for (int v = 0; v < V; v++) {
        double g = type::load(gradient[u].at[v]);
        sum += LOG ? g : g * (double)type::load(result[u].at[v]);
      }
    }
    value total = (value)together<plus>(sum, p.group, (double *)shared);
    packed *out = (packed *)((element *)p.out + mine.at[0]) + mine.place;
#pragma unroll
    for (int u = 0; u < ROW_PACKS; u++) {
      if (mine.place + u * mine.height >= mine.packs) break;
      packed z;
#pragma unroll
      for (int v = 0; v < V; v++) {
        value y = type::load(result[u].at[v]), g = type::load(gradient[u].at[v]);
        z.at[v] = type::store(LOG ? g - exponential(y) * total : y * (g - total));
      }
      out[u * mine.height] = z;
    }
  }
};

namespace operators {
typedef softmax_of_row<false> SOFTMAX;
typedef softmax_of_row<true> LOG_SOFTMAX;
typedef gradient_of_row<false> SOFTMAX_BACKWARD;
typedef gradient_of_row<true> LOG_SOFTMAX_BACKWARD;
}  // namespace operators

KERNEL __launch_bounds__(CK_LONG_BLOCK) rows(const ck_normalization p) {
  __shared__ double shared[MOST_SHARED];
  i64 tiles = (p.slices.count + p.group.width - 1) / p.group.width;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) operators::OPERATOR::run(p, tile, shared);
}
