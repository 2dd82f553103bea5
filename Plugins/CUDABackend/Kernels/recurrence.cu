// What one step of RNN, LSTM and GRU, of the float type DTYPE, does with its products, and the gradients of that.
#include "functions.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

struct place {
  i64 row, column, at; // of one of N rows of H elements

  // Of a matrix with so many parts of H columns, the element of a part.
  __device__ i64 of(int parts, int part, i64 hidden) const { return (row * parts + part) * hidden + column; }
};

template <class F> __device__ inline void for_each_unit(i64 rows, i64 hidden, F f) {
  const i64 count = rows * hidden;
  const bool is_narrow = count < (i64)1 << 31;
  for (i64 i = thread_index(); i < count; i += thread_count()) {
    i64 row = is_narrow ? (i64)((u32)i / (u32)hidden) : i / hidden;
    f(place{row, i - row * hidden, i});
  }
}

__device__ inline value wide(ck_address data, i64 at) { return ((const value *)data)[at]; }
__device__ inline value narrow(ck_address data, i64 at) { return type::load(((const element *)data)[at]); }
__device__ inline void put(ck_address data, i64 at, value x) { ((element *)data)[at] = type::store(x); }
__device__ inline void put_wide(ck_address data, i64 at, value x) { ((value *)data)[at] = x; }

__device__ inline value bias(const ck_recurrent_step &p, int which, i64 at) {
  return p.bias[which] ? narrow(p.bias[which], at * p.bias_stride[which]) : (value)0;
}

// MARK: - Steps

KERNEL __launch_bounds__(256) rnn_step(const ck_recurrent_step p) {
  for_each_unit(p.rows, p.hidden, [&](place u) {
    value sum = wide(p.input, u.at) + (bias(p, 0, u.column) + bias(p, 1, u.column));
    put(p.h, u.at, p.is_relu ? (sum < 0 ? 0 : sum) : MATH(tanh)(sum));
  });
}

KERNEL __launch_bounds__(256) lstm_step(const ck_recurrent_step p) {
  for_each_unit(p.rows, p.hidden, [&](place u) {
    value a[4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      i64 at = k * p.hidden + u.column;
      a[k] = wide(p.input, u.of(4, k, p.hidden)) + (bias(p, 0, at) + bias(p, 1, at));
    }
    value i = sigmoid<value>(a[0]), f = sigmoid<value>(a[1]), g = MATH(tanh)(a[2]), o = sigmoid<value>(a[3]);
    value c = f * narrow(p.before, u.at) + i * g;
    put(p.c, u.at, c);
    put(p.h, u.at, o * MATH(tanh)(c));
    put(p.gates, u.of(4, 0, p.hidden), i);
    put(p.gates, u.of(4, 1, p.hidden), f);
    put(p.gates, u.of(4, 2, p.hidden), g);
    put(p.gates, u.of(4, 3, p.hidden), o);
  });
}

KERNEL __launch_bounds__(256) gru_step(const ck_recurrent_step p) {
  for_each_unit(p.rows, p.hidden, [&](place u) {
    value a[3], b[3];
#pragma unroll
    for (int k = 0; k < 3; k++) {
      i64 at = k * p.hidden + u.column;
      a[k] = wide(p.input, u.of(3, k, p.hidden)) + bias(p, 0, at);
      b[k] = wide(p.state, u.of(3, k, p.hidden)) + bias(p, 1, at);
    }
    value r = sigmoid<value>(a[0] + b[0]), z = sigmoid<value>(a[1] + b[1]), n = MATH(tanh)(a[2] + r * b[2]);
    put(p.h, u.at, (1 - z) * n + z * narrow(p.before, u.at));
    put(p.gates, u.of(4, 0, p.hidden), r);
    put(p.gates, u.of(4, 1, p.hidden), z);
    put(p.gates, u.of(4, 2, p.hidden), n);
    put(p.gates, u.of(4, 3, p.hidden), b[2]);
  });
}

// MARK: - Gradients

__device__ inline value incoming(const ck_recurrent_gradient &p, place u) {
  return wide(p.h_gradient, u.at) + narrow(p.incoming, u.row * p.row_stride + u.column * p.column_stride);
}

KERNEL __launch_bounds__(256) rnn_gradient(const ck_recurrent_gradient p) {
  for_each_unit(p.rows, p.hidden, [&](place u) {
    value g = incoming(p, u), h = narrow(p.h, u.at);
    put_wide(p.input, u.at, p.is_relu ? (h <= 0 ? 0 : g) : g * ((1 - h) * (1 + h)));
  });
}

KERNEL __launch_bounds__(256) lstm_gradient(const ck_recurrent_gradient p) {
  for_each_unit(p.rows, p.hidden, [&](place u) {
    value gate[4];
#pragma unroll
    for (int k = 0; k < 4; k++) gate[k] = narrow(p.gates, u.of(4, k, p.hidden));
    value i = gate[0], f = gate[1], g = gate[2], o = gate[3], t = MATH(tanh)(narrow(p.c, u.at));
    value dh = incoming(p, u), dc = wide(p.c_gradient, u.at) + dh * o * ((1 - t) * (1 + t));
    put_wide(p.input, u.of(4, 0, p.hidden), dc * g * (i * (1 - i)));
    put_wide(p.input, u.of(4, 1, p.hidden), dc * narrow(p.before, u.at) * (f * (1 - f)));
    put_wide(p.input, u.of(4, 2, p.hidden), dc * i * ((1 - g) * (1 + g)));
    put_wide(p.input, u.of(4, 3, p.hidden), dh * t * (o * (1 - o)));
    put_wide(p.c_gradient, u.at, dc * f);
  });
}

KERNEL __launch_bounds__(256) gru_gradient(const ck_recurrent_gradient p) {
  for_each_unit(p.rows, p.hidden, [&](place u) {
    value gate[4];
#pragma unroll
    for (int k = 0; k < 4; k++) gate[k] = narrow(p.gates, u.of(4, k, p.hidden));
    value r = gate[0], z = gate[1], n = gate[2], b = gate[3];
    value dh = incoming(p, u), dn = dh * (1 - z) * ((1 - n) * (1 + n));
    value dz = dh * (narrow(p.before, u.at) - n) * (z * (1 - z)), dr = dn * b * (r * (1 - r));
    put_wide(p.input, u.of(3, 0, p.hidden), dr);
    put_wide(p.input, u.of(3, 1, p.hidden), dz);
    put_wide(p.input, u.of(3, 2, p.hidden), dn);
    put_wide(p.state, u.of(3, 0, p.hidden), dr);
    put_wide(p.state, u.of(3, 1, p.hidden), dz);
    put_wide(p.state, u.of(3, 2, p.hidden), dn * r);
    put_wide(p.h_gradient, u.at, dh * z);
  });
}
