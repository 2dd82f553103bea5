// SOFTMAX, LOG_SOFTMAX and their gradients, of the float type DTYPE.
#include "softmax.cuh"

// The greatest of some elements, and the sum of exp(x - greatest) over them.
struct sum_below {
  value greatest;
  double sum;
};

__device__ inline sum_below shuffled(sum_below x, int mask) {
  return {shuffled(x.greatest, mask), shuffled(x.sum, mask)};
}

// exp(x - top), also where both are infinite.
__device__ inline value relative(value x, value top) { return x == top ? (value)1 : exponential(x - top); }

struct sums_below {
  __device__ static sum_below merge(sum_below a, sum_below b) {
    value top = greater::merge(a.greatest, b.greatest);
    // Of commuted operands the same sum.
    return {top, a.sum * relative(a.greatest, top) + b.sum * relative(b.greatest, top)};
  }
};

// Elements of a slice that a thread keeps in registers.
#define KEPT 8

// The greatest element and the sum over the slice; the elements in `x` if they are so few.
__device__ inline sum_below sum_of_slice(
    const ck_normalization &p, const element *data, i64 length, int place, value (&x)[KEPT], void *shared) {
  i64 stride = p.stride[1], height = p.group.height;
  if (p.length <= KEPT * height) {
    value top = lowest();
#pragma unroll
    for (int u = 0; u < KEPT; u++) {
      i64 j = place + u * height;
      if (j < length) x[u] = type::load(data[j * stride]), top = greater::merge(top, x[u]);
    }
    top = together<greater>(top, p.group, (value *)shared);
    double sum = 0;
#pragma unroll
    for (int u = 0; u < KEPT; u++) {
      if (place + u * height < length) sum += exponential(x[u] - top);
    }
    return {top, together<plus>(sum, p.group, (double *)shared)};
  }
  // In one pass: what is summed so far is scaled when a greater element comes.
  sum_below s = {lowest(), 0};
#pragma unroll 4
  for (i64 j = place; j < length; j += height) {
    value y = type::load(data[j * stride]);
    if (y > s.greatest || y != y) {
      s = {y, s.sum * relative(s.greatest, y) + 1};
    } else {
      s.sum += relative(y, s.greatest);
    }
  }
  return together<sums_below>(s, p.group, (sum_below *)shared);
}

KERNEL __launch_bounds__(CK_LONG_BLOCK) softmax(const ck_normalization p) {
  __shared__ u64 shared[2 * MOST_SHARED];
  member me = member_of(p.group);
  i64 slices = p.slices.count, tiles = (slices + p.group.width - 1) / p.group.width, height = p.group.height;
  bool is_log = p.op == BP_OP_LOG_SOFTMAX;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    i64 slice = tile * p.group.width + me.column;
    // Threads without a slice have one of no elements.
    i64 length = slice < slices ? p.length : 0, at[2] = {0, 0};
    if (length > 0) locate(p.slices, slice, at);
    const element *data = (const element *)p.data[0] + at[1];
    element *out = (element *)p.out + at[0];
    value x[KEPT];
    sum_below s = sum_of_slice(p, data, length, me.place, x, shared);
    value top = s.greatest;
    // An infinity less itself is NaN, and so is the sum.
    value sum = top - top == 0 ? (value)s.sum : top - top;
    value scale = 1 / sum, shift = is_log ? logarithm(sum) : 0;
    if (p.length <= KEPT * height) {
#pragma unroll
      for (int u = 0; u < KEPT; u++) {
        i64 j = me.place + u * height;
        if (j < length) {
          value y = x[u] - top;
          out[j * p.stride[0]] = type::store(is_log ? y - shift : exponential(y) * scale);
        }
      }
    } else {
#pragma unroll 4
      for (i64 j = me.place; j < length; j += height) {
        value y = type::load(data[j * p.stride[1]]) - top;
        out[j * p.stride[0]] = type::store(is_log ? y - shift : exponential(y) * scale);
      }
    }
  }
}

KERNEL __launch_bounds__(CK_LONG_BLOCK) softmax_backward(const ck_normalization p) {
  __shared__ double shared[MOST_SHARED];
  member me = member_of(p.group);
  i64 slices = p.slices.count, tiles = (slices + p.group.width - 1) / p.group.width, height = p.group.height;
  bool is_log = p.op == BP_OP_LOG_SOFTMAX_BACKWARD;
  for (i64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    i64 slice = tile * p.group.width + me.column;
    i64 length = slice < slices ? p.length : 0, at[3] = {0, 0, 0};
    if (length > 0) locate(p.slices, slice, at);
    const element *result = (const element *)p.data[0] + at[1], *gradient = (const element *)p.data[1] + at[2];
    element *out = (element *)p.out + at[0];
    double sum = 0;
    if (is_log) {
#pragma unroll 4
      for (i64 j = me.place; j < length; j += height) sum += type::load(gradient[j * p.stride[2]]);
    } else {
#pragma unroll 4
      for (i64 j = me.place; j < length; j += height) {
        sum += (double)type::load(gradient[j * p.stride[2]]) * (double)type::load(result[j * p.stride[1]]);
      }
    }
    value total = (value)together<plus>(sum, p.group, shared);
#pragma unroll 4
    for (i64 j = me.place; j < length; j += height) {
      value y = type::load(result[j * p.stride[1]]), g = type::load(gradient[j * p.stride[2]]);
      out[j * p.stride[0]] = type::store(is_log ? g - exponential(y) * total : y * (g - total));
    }
  }
}
