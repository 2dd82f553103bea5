// SORT and TOPK of the type DTYPE.
//
// Short slices are sorted within a block. Long ones by their digits of 8 bits, from the last, each pass in three kernels:
// `count` counts the digits of each tile, `scan` makes places of the counts, `scatter` moves the elements there, those of
// a digit in the order in which they were. Of the first few of a long slice the last is found digit by digit, from the
// first, in `tally` and `choose`; `mark`, `scan` and `collect` bring them together, and a block sorts them.
#include "order.cuh"

#define THREADS 256
#define WARPS (THREADS / 32)
#define ITEMS (CK_ORDER_TILE / THREADS / (KEY_BITS == 64 ? 2 : 1))
#define TILE (THREADS * ITEMS)

// MARK: - Within a block

// Elements in the order of keys and then positions, by a bitonic network over `padded` places for each slice.
__device__ inline void sort_places(key_type *keys, u32 *positions, int padded) {
  for (int length = 2; length <= padded; length *= 2) {
    for (int step = length / 2; step > 0; step /= 2) {
      __syncthreads();
      for (int i = threadIdx.x; i < CK_ORDER_BLOCK / 2; i += THREADS) {
        int low = i / step * step * 2 + i % step, high = low + step;
        bool is_rising = ((low & (padded - 1)) & length) == 0;
        key_type a = keys[low], b = keys[high];
        u32 x = positions[low], y = positions[high];
        bool is_after = a > b || (a == b && x > y);
        if (is_after == is_rising) keys[low] = b, keys[high] = a, positions[low] = y, positions[high] = x;
      }
    }
  }
  __syncthreads();
}

// Slices of up to CK_ORDER_BLOCK elements.
KERNEL __launch_bounds__(THREADS) sort_slices(const ck_order p) {
  __shared__ key_type keys[CK_ORDER_BLOCK];
  __shared__ u32 positions[CK_ORDER_BLOCK];
  i64 each = CK_ORDER_BLOCK / p.padded, tiles = (p.slices.count + each - 1) / each;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    for (int i = threadIdx.x; i < CK_ORDER_BLOCK; i += THREADS) {
      i64 slice = tile * each + i / p.padded, at[1];
      int place = i % p.padded;
      keys[i] = LAST_KEY;
      positions[i] = place;
      if (slice < p.slices.count && place < p.length) {
        locate<1>(p.slices, slice, at);
        keys[i] = key_of(p, ((const element *)p.in)[at[0] + place * p.stride[0]]);
      }
    }
    sort_places(keys, positions, p.padded);
    for (int i = threadIdx.x; i < CK_ORDER_BLOCK; i += THREADS) {
      i64 slice = tile * each + i / p.padded, at[3];
      int place = i % p.padded;
      if (slice >= p.slices.count || place >= p.kept) continue;
      locate<3>(p.slices, slice, at);
      const element *data = (const element *)p.in + at[0];
      ((element *)p.out)[at[1] + place * p.stride[1]] = element_of(p, keys[i], data, positions[i]);
      ((i64 *)p.index)[at[2] + place * p.stride[2]] = positions[i];
    }
    __syncthreads();
  }
}

// The first of long slices, from `keys` and `positions`, where they lie in the order of their positions.
KERNEL __launch_bounds__(THREADS) sort_winners(const ck_order p) {
  __shared__ key_type keys[CK_ORDER_BLOCK];
  __shared__ u32 positions[CK_ORDER_BLOCK];
  i64 each = CK_ORDER_BLOCK / p.padded, tiles = (p.slices.count + each - 1) / each;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    for (int i = threadIdx.x; i < CK_ORDER_BLOCK; i += THREADS) {
      i64 slice = tile * each + i / p.padded;
      int place = i % p.padded;
      keys[i] = LAST_KEY;
      // Those that fill up come after all others.
      positions[i] = 0xffffffffu;
      if (slice < p.slices.count && place < p.kept) {
        keys[i] = ((const key_type *)p.keys[0])[slice * p.kept + place];
        positions[i] = ((const u32 *)p.positions[0])[slice * p.kept + place];
      }
    }
    sort_places(keys, positions, p.padded);
    for (int i = threadIdx.x; i < CK_ORDER_BLOCK; i += THREADS) {
      i64 slice = tile * each + i / p.padded, at[3];
      int place = i % p.padded;
      if (slice >= p.slices.count || place >= p.kept) continue;
      locate<3>(p.slices, slice, at);
      const element *data = (const element *)p.in + at[0];
      ((element *)p.out)[at[1] + place * p.stride[1]] = element_of(p, keys[i], data, positions[i]);
      ((i64 *)p.index)[at[2] + place * p.stride[2]] = positions[i];
    }
    __syncthreads();
  }
}

// MARK: - By digits

// A block's slice and tile of it.
struct part {
  i64 slice, tile, first;
  int count;

  __device__ part(const ck_order &p) {
    slice = (i64)blockIdx.x / p.tiles;
    tile = (i64)blockIdx.x - slice * p.tiles;
    first = tile * TILE;
    i64 rest = p.length - first;
    count = rest < TILE ? (int)rest : TILE;
  }
};

__device__ inline const element *slice_of(const ck_order &p, i64 slice) {
  i64 at[1];
  locate<1>(p.slices, slice, at);
  return (const element *)p.in + at[0];
}

// What is sorted is read from the input by the first pass, from what the last pass wrote by others.
__device__ inline key_type key_at(const ck_order &p, const part &me, const element *data, int i) {
  if (p.is_first) return key_of(p, data[(me.first + i) * p.stride[0]]);
  return ((const key_type *)p.keys[0])[me.slice * p.length + me.first + i];
}

__device__ inline u32 digit_of(const ck_order &p, key_type key) { return (u32)(key >> p.shift) & 255u; }

KERNEL __launch_bounds__(THREADS) count(const ck_order p) {
  __shared__ u32 counts[256];
  const part me(p);
  const element *data = slice_of(p, me.slice);
  counts[threadIdx.x] = 0;
  __syncthreads();
  for (int i = threadIdx.x; i < me.count; i += THREADS) atomicAdd(&counts[digit_of(p, key_at(p, me, data, i))], 1u);
  __syncthreads();
  ((u32 *)p.counts)[(me.slice * 256 + threadIdx.x) * p.tiles + me.tile] = counts[threadIdx.x];
}

// The sum over the threads before this one; `all` is that of all.
__device__ inline u32 sum_before(u32 x, u32 *shared, u32 &all) {
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  u32 sum = x;
#pragma unroll
  for (int step = 1; step < 32; step *= 2) {
    u32 other = __shfl_up_sync(0xffffffffu, sum, step);
    if (lane >= step) sum += other;
  }
  if (lane == 31) shared[warp] = sum;
  __syncthreads();
  u32 before = 0;
  all = 0;
  for (int w = 0; w < WARPS; w++) {
    if (w < warp) before += shared[w];
    all += shared[w];
  }
  __syncthreads();
  return before + sum - x;
}

// Rows of counts, one for each tile, become sums of those before; `totals` those of whole rows.
KERNEL __launch_bounds__(THREADS) scan(const ck_order p) {
  __shared__ u32 shared[WARPS];
  if (p.tiles <= CK_ORDER_FEW_TILES) {
    // A thread for each row.
    i64 mine = thread_index();
    if (mine >= p.rows) return;
    u32 *few = (u32 *)p.counts + mine * p.tiles, before = 0;
    for (int i = 0; i < p.tiles; i++) {
      u32 x = few[i];
      few[i] = before;
      before += x;
    }
    ((u32 *)p.totals)[mine] = before;
    return;
  }
  u32 *row = (u32 *)p.counts + (i64)blockIdx.x * p.tiles;
  u32 sum = 0;
  for (i64 first = 0; first < p.tiles; first += THREADS) {
    i64 i = first + threadIdx.x;
    u32 x = i < p.tiles ? row[i] : 0, all, before = sum_before(x, shared, all);
    if (i < p.tiles) row[i] = sum + before;
    sum += all;
  }
  if (threadIdx.x == 0) ((u32 *)p.totals)[blockIdx.x] = sum;
}

// Which lanes have the same digit, of those that take part.
__device__ inline u32 lanes_alike(u32 digit, bool is_any) {
  u32 alike = __ballot_sync(0xffffffffu, is_any);
#pragma unroll
  for (int bit = 0; bit < 8; bit++) {
    bool is_set = digit >> bit & 1;
    u32 set = __ballot_sync(0xffffffffu, is_set);
    alike &= is_set ? set : ~set;
  }
  return alike;
}

KERNEL __launch_bounds__(THREADS) scatter(const ck_order p) {
  __shared__ u32 counts[WARPS][256], target[256], start[256], sums[WARPS];
  __shared__ key_type sorted[TILE];
  __shared__ u32 positions[TILE];
  const part me(p);
  const element *data = slice_of(p, me.slice);
  int thread = threadIdx.x, lane = thread % 32, warp = thread / 32;
  u32 all;
  u32 digit_start = sum_before(((const u32 *)p.totals)[me.slice * 256 + thread], sums, all);
  target[thread] = digit_start + ((const u32 *)p.counts)[(me.slice * 256 + thread) * p.tiles + me.tile];
#pragma unroll
  for (int w = 0; w < WARPS; w++) counts[w][thread] = 0;
  __syncthreads();

  // A warp has elements that follow one another, 32 at a time; of a digit those before count.
  key_type keys[ITEMS];
  u32 places[ITEMS];
#pragma unroll
  for (int r = 0; r < ITEMS; r++) {
    int i = (warp * ITEMS + r) * 32 + lane;
    bool is_any = i < me.count;
    keys[r] = is_any ? key_at(p, me, data, i) : (key_type)0;
    u32 digit = digit_of(p, keys[r]), alike = lanes_alike(digit, is_any), before = alike & ((1u << lane) - 1u);
    places[r] = is_any ? counts[warp][digit] + __popc(before) : 0;
    __syncwarp();
    if (is_any && before == 0) counts[warp][digit] += __popc(alike);
    __syncwarp();
  }
  __syncthreads();
  u32 sum = 0;
#pragma unroll
  for (int w = 0; w < WARPS; w++) {
    u32 x = counts[w][thread];
    counts[w][thread] = sum;
    sum += x;
  }
  u32 first = sum_before(sum, sums, all);
  start[thread] = first;
  __syncthreads();
#pragma unroll
  for (int r = 0; r < ITEMS; r++) {
    int i = (warp * ITEMS + r) * 32 + lane;
    if (i >= me.count) continue;
    u32 digit = digit_of(p, keys[r]), place = start[digit] + counts[warp][digit] + places[r];
    sorted[place] = keys[r];
    positions[place] =
        p.is_first ? (u32)(me.first + i) : ((const u32 *)p.positions[0])[me.slice * p.length + me.first + i];
  }
  __syncthreads();

  // In the order of digits, neighbours go to neighbouring places.
  i64 at[3] = {0, 0, 0};
  if (p.is_last) locate<3>(p.slices, me.slice, at);
  for (int i = thread; i < me.count; i += THREADS) {
    key_type key = sorted[i];
    u32 digit = digit_of(p, key), position = positions[i];
    i64 place = (i64)target[digit] + (i - (int)start[digit]);
    if (!p.is_last) {
      ((key_type *)p.keys[1])[me.slice * p.length + place] = key;
      ((u32 *)p.positions[1])[me.slice * p.length + place] = position;
    } else if (place < p.kept) {
      ((element *)p.out)[at[1] + place * p.stride[1]] = element_of(p, key, data, position);
      ((i64 *)p.index)[at[2] + place * p.stride[2]] = position;
    }
  }
}

// MARK: - The first few of a long slice

// What is known of the last of them: its digits so far, and which it is of those that have these digits.
struct choice {
  u64 digits, rank;
};

// How many elements with the digits so far have each next digit.
KERNEL __launch_bounds__(THREADS) tally(const ck_order p) {
  __shared__ u32 counts[256];
  const part me(p);
  const element *data = slice_of(p, me.slice);
  counts[threadIdx.x] = 0;
  __syncthreads();
  u64 digits = p.is_first ? 0 : ((const choice *)p.choices)[me.slice].digits;
  for (int i = threadIdx.x; i < me.count; i += THREADS) {
    key_type key = key_of(p, data[(me.first + i) * p.stride[0]]);
    bool is_alike = p.is_first || (u64)key >> (p.shift + 8) == digits >> (p.shift + 8);
    if (is_alike) atomicAdd(&counts[digit_of(p, key)], 1u);
  }
  __syncthreads();
  if (counts[threadIdx.x]) atomicAdd((u32 *)p.totals + me.slice * 256 + threadIdx.x, counts[threadIdx.x]);
}

// The next digit; the counts are zero again. A block for each slice.
KERNEL __launch_bounds__(THREADS) choose(const ck_order p) {
  __shared__ u32 sums[WARPS];
  u32 *total = (u32 *)p.totals + (i64)blockIdx.x * 256 + threadIdx.x;
  choice *mine = (choice *)p.choices + blockIdx.x;
  u64 rank = p.is_first ? (u64)p.kept - 1 : mine->rank, digits = p.is_first ? 0 : mine->digits;
  u32 x = *total, all, before = sum_before(x, sums, all);
  *total = 0;
  // All have read what one of them writes.
  __syncthreads();
  if (rank >= before && rank < (u64)before + x) {
    mine->digits = digits | (u64)threadIdx.x << p.shift;
    mine->rank = rank - before;
  }
}

// For each tile how many come before the last of the chosen, and how many are equal to it.
KERNEL __launch_bounds__(THREADS) mark(const ck_order p) {
  __shared__ u32 counts[2];
  const part me(p);
  const element *data = slice_of(p, me.slice);
  if (threadIdx.x < 2) counts[threadIdx.x] = 0;
  __syncthreads();
  key_type last = (key_type)((const choice *)p.choices)[me.slice].digits;
  u32 mine[2] = {0, 0};
  for (int i = threadIdx.x; i < me.count; i += THREADS) {
    key_type key = key_of(p, data[(me.first + i) * p.stride[0]]);
    mine[0] += key < last;
    mine[1] += key == last;
  }
  if (mine[0]) atomicAdd(&counts[0], mine[0]);
  if (mine[1]) atomicAdd(&counts[1], mine[1]);
  __syncthreads();
  if (threadIdx.x < 2) ((u32 *)p.counts)[(me.slice * 2 + threadIdx.x) * p.tiles + me.tile] = counts[threadIdx.x];
}

// Writes the chosen to `keys` and `positions`: first those before the last, then as many equal to it as there is room
// for, each kind in the order of positions.
KERNEL __launch_bounds__(THREADS) collect(const ck_order p) {
  __shared__ u32 counts[2][WARPS];
  const part me(p);
  const element *data = slice_of(p, me.slice);
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  key_type last = (key_type)((const choice *)p.choices)[me.slice].digits;
  const u32 *before = (const u32 *)p.counts + me.slice * 2 * p.tiles + me.tile, *totals = (const u32 *)p.totals;
  // Most tiles have none of them.
  u32 found[2] = {0, 0};
  for (int r = 0; r < ITEMS; r++) {
    int i = (warp * ITEMS + r) * 32 + lane;
    key_type key = i < me.count ? key_of(p, data[(me.first + i) * p.stride[0]]) : LAST_KEY;
    found[0] += __popc(__ballot_sync(0xffffffffu, i < me.count && key < last));
    found[1] += __popc(__ballot_sync(0xffffffffu, i < me.count && key == last));
  }
  if (lane < 2) counts[lane][warp] = found[lane];
  __syncthreads();
  i64 place[2] = {before[0], (i64)totals[me.slice * 2] + before[p.tiles]};
  for (int w = 0; w < warp; w++) place[0] += counts[0][w], place[1] += counts[1][w];
  if (found[0] == 0 && found[1] == 0) return;
  for (int r = 0; r < ITEMS; r++) {
    int i = (warp * ITEMS + r) * 32 + lane;
    key_type key = i < me.count ? key_of(p, data[(me.first + i) * p.stride[0]]) : LAST_KEY;
#pragma unroll
    for (int kind = 0; kind < 2; kind++) {
      bool is_any = i < me.count && (kind ? key == last : key < last);
      u32 all = __ballot_sync(0xffffffffu, is_any);
      i64 at = place[kind] + __popc(all & ((1u << lane) - 1u));
      place[kind] += __popc(all);
      if (!is_any || at >= p.kept) continue;
      ((key_type *)p.keys[0])[me.slice * p.kept + at] = key;
      ((u32 *)p.positions[0])[me.slice * p.kept + at] = (u32)(me.first + i);
    }
  }
}
