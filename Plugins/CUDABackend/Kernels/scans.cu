// CUMSUM, CUMPROD, CUMMAX and CUMMIN: the one named by OPERATOR, of the type DTYPE.
//
// A long slice is scanned by segments: a first pass brings each of them together, and a second begins each with what
// stands before it.
#include "axes.cuh"
#include "groups.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;
typedef type::wide wide;

// MARK: - What is brought together: `a` stands before `b`

__device__ inline i64 add(i64 a, i64 b) { return (i64)((u64)a + (u64)b); }
__device__ inline double add(double a, double b) { return a + b; }
__device__ inline i64 multiply(i64 a, i64 b) { return (i64)((u64)a * (u64)b); }
__device__ inline double multiply(double a, double b) { return a * b; }

__device__ inline void put(i64 x, void *out, i64 at) { ((i64 *)out)[at] = x; }
__device__ inline void put(double x, void *out, i64 at) { ((element *)out)[at] = type::store_wide((wide)x); }

struct sum {
  typedef wide accumulator;
  // A negative zero changes nothing, not even a negative zero.
  __device__ static accumulator start() { return (wide)-0.0; }
  __device__ static accumulator of(value x, i64) { return (wide)x; }
  __device__ static accumulator merge(accumulator a, accumulator b) { return add(a, b); }
  __device__ static void finish(accumulator a, const ck_scan &p, i64 at, i64) { put(a, (void *)p.out, at); }
};

struct product {
  typedef wide accumulator;
  __device__ static accumulator start() { return 1; }
  __device__ static accumulator of(value x, i64) { return (wide)x; }
  __device__ static accumulator merge(accumulator a, accumulator b) { return multiply(a, b); }
  __device__ static void finish(accumulator a, const ck_scan &p, i64 at, i64) { put(a, (void *)p.out, at); }
};

#if DTYPE >= BP_FLOAT16
typedef value extreme_value;
#else
typedef i64 extreme_value;
#endif

struct found {
  extreme_value value;
  i64 index; // negative: nothing yet
};

template <bool GREATEST> struct extreme {
  typedef found accumulator;
  __device__ static accumulator start() { return {0, -1}; }
  __device__ static accumulator of(value x, i64 index) { return {(extreme_value)x, index}; }
  __device__ static accumulator merge(accumulator a, accumulator b) {
    if (a.index < 0) return b;
    if (b.index < 0) return a;
    bool takes = b.value != b.value || (a.value == a.value && (GREATEST ? b.value >= a.value : b.value <= a.value));
    return takes ? b : a;
  }
  __device__ static void finish(accumulator a, const ck_scan &p, i64 at, i64 index_at) {
    ((element *)p.out)[at] = type::store((::value)a.value);
    ((i64 *)p.index)[index_at] = a.index;
  }
};

// MARK: - From thread to thread

__device__ inline float from_below(float x, int distance, int width) {
  return __shfl_up_sync(EVERY_LANE, x, distance, width);
}
__device__ inline double from_below(double x, int distance, int width) {
  return __shfl_up_sync(EVERY_LANE, x, distance, width);
}
__device__ inline i64 from_below(i64 x, int distance, int width) {
  return __shfl_up_sync(EVERY_LANE, x, distance, width);
}
__device__ inline found from_below(found x, int distance, int width) {
  return {from_below(x.value, distance, width), from_below(x.index, distance, width)};
}

__device__ inline float of_lane(float x, int lane, int width) { return __shfl_sync(EVERY_LANE, x, lane, width); }
__device__ inline double of_lane(double x, int lane, int width) { return __shfl_sync(EVERY_LANE, x, lane, width); }
__device__ inline i64 of_lane(i64 x, int lane, int width) { return __shfl_sync(EVERY_LANE, x, lane, width); }
__device__ inline found of_lane(found x, int lane, int width) {
  return {of_lane(x.value, lane, width), of_lane(x.index, lane, width)};
}

// Of the threads of a group, `before`: what those below a thread have together, and the return: what all have.
template <class F>
__device__ inline typename F::accumulator scan_group(
    typename F::accumulator a, typename F::accumulator &before, int height, typename F::accumulator *shared) {
  typedef typename F::accumulator accumulator;
  const int width = height < 32 ? height : 32, lane = threadIdx.x % width, warp = threadIdx.x / 32;
  for (int distance = 1; distance < width; distance *= 2) {
    accumulator below = from_below(a, distance, width);
    if (lane >= distance) a = F::merge(below, a);
  }
  accumulator below = from_below(a, 1, width);
  before = lane == 0 ? F::start() : below;
  accumulator all = of_lane(a, width - 1, width);
  if (height <= 32) return all;
  if (threadIdx.x % 32 == 31) shared[warp] = a;
  __syncthreads();
  accumulator warps = F::start();
  all = F::start();
  for (int w = 0; w < height / 32; w++) {
    if (w == warp) warps = all;
    all = F::merge(all, shared[w]);
  }
  __syncthreads();
  before = F::merge(warps, before);
  return all;
}

// MARK: - The loops

struct segment_of_slice {
  i64 slice, segment, low, end, at[3];
  int place;
  bool is_any;

  __device__ segment_of_slice(const ck_scan &p, i64 item, i64 tiles, i64 segments) {
    member me = member_of(p.group);
    segment = item / tiles;
    slice = (item - segment * tiles) * p.group.width + me.column;
    place = me.place;
    is_any = slice < p.slices.count;
    at[0] = at[1] = at[2] = 0;
    if (is_any) locate(p.slices, slice, at);
    low = segment * p.segment;
    end = low + p.segment;
    if (end > p.length) end = p.length;
    // Threads without a slice have one of no elements.
    if (!is_any) end = low;
  }
};

// What stands before a segment, for each thread of the group.
template <class F>
__device__ inline typename F::accumulator start_of_segment(
    const ck_scan &p, const segment_of_slice &mine, typename F::accumulator *shared) {
  typedef typename F::accumulator accumulator;
  const accumulator *partial = (const accumulator *)p.partial;
  accumulator a = F::start(), before;
  const int height = p.group.is_columns ? 1 : p.group.height;
  // A run of segments for each thread.
  i64 run = (mine.segment + height - 1) / height, low = run * mine.place, end = low + run;
  if (p.group.is_columns) low = 0, end = mine.segment;
  if (end > mine.segment) end = mine.segment;
  if (mine.is_any) {
#pragma unroll 4
    for (i64 i = low; i < end; i++) a = F::merge(a, partial[i * p.slices.count + mine.slice]);
  }
  return p.group.is_columns ? a : scan_group<F>(a, before, height, shared);
}

// With `IS_FIRST` what each segment is together, else the results.
template <class F, bool IS_FIRST> __device__ inline void run(const ck_scan &p, void *memory) {
  typedef typename F::accumulator accumulator;
  accumulator *shared = (accumulator *)memory;
  const element *all = (const element *)p.data;
  i64 tiles = (p.slices.count + p.group.width - 1) / p.group.width, segments = IS_FIRST ? p.segments - 1 : p.segments;
  for (i64 item = blockIdx.x; item < tiles * segments; item += gridDim.x) {
    const segment_of_slice mine(p, item, tiles, segments);
    const element *data = all + mine.at[1];
    accumulator a = F::start();
    if (!IS_FIRST && p.segments > 1) a = start_of_segment<F>(p, mine, shared);
    if (p.group.is_columns) {
      for (i64 j = mine.low; j < mine.end; j += CK_SCANNED) {
        element x[CK_SCANNED];
#pragma unroll
        for (int u = 0; u < CK_SCANNED; u++)
          if (j + u < mine.end) x[u] = data[(j + u) * p.stride[1]];
#pragma unroll
        for (int u = 0; u < CK_SCANNED; u++) {
          if (j + u >= mine.end) break;
          a = F::merge(a, F::of(type::load(x[u]), j + u));
          if (!IS_FIRST) F::finish(a, p, mine.at[0] + (j + u) * p.stride[0], mine.at[2] + (j + u) * p.stride[2]);
        }
      }
    } else {
      // Every thread of the block goes through the loop as often, for it takes part in what they do together.
      const int height = p.group.height;
      const i64 tile = (i64)height * CK_SCANNED, end = mine.low + p.segment < p.length ? mine.low + p.segment : p.length;
      for (i64 start = mine.low; start < end; start += tile) {
        const i64 first = start + mine.place * CK_SCANNED;
        element x[CK_SCANNED];
#pragma unroll
        for (int u = 0; u < CK_SCANNED; u++)
          if (first + u < mine.end) x[u] = data[(first + u) * p.stride[1]];
        accumulator own = F::start(), before;
#pragma unroll
        for (int u = 0; u < CK_SCANNED; u++)
          if (first + u < mine.end) own = F::merge(own, F::of(type::load(x[u]), first + u));
        accumulator together = scan_group<F>(own, before, height, shared);
        if (!IS_FIRST) {
          before = F::merge(a, before);
#pragma unroll
          for (int u = 0; u < CK_SCANNED; u++) {
            const i64 j = first + u;
            if (j >= mine.end) break;
            before = F::merge(before, F::of(type::load(x[u]), j));
            F::finish(before, p, mine.at[0] + j * p.stride[0], mine.at[2] + j * p.stride[2]);
          }
        }
        a = F::merge(a, together);
      }
    }
    if (IS_FIRST && mine.place == 0 && mine.is_any)
      ((accumulator *)p.partial)[mine.segment * p.slices.count + mine.slice] = a;
  }
}

namespace operators {
typedef sum CUMSUM;
typedef product CUMPROD;
typedef extreme<true> CUMMAX;
typedef extreme<false> CUMMIN;
}  // namespace operators

typedef operators::OPERATOR function;

#define SHARED __shared__ u64 shared[2 * 32]

KERNEL __launch_bounds__(256) scan_totals(const ck_scan p) {
  SHARED;
  run<function, true>(p, shared);
}

KERNEL __launch_bounds__(256) scan(const ck_scan p) {
  SHARED;
  run<function, false>(p, shared);
}
