// The operators of mychip: templates that take a lambda, and the list that fills them in. Replace the loops of those
// that matter to you; the list is what query_op claims and what execute runs.
#pragma once

#include <backplane_backend.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "mathematics.h"
#include "random.h"

/// Why a call failed, on its way to the host's bp_error.
struct Failure : std::runtime_error {
  int32_t code;
  Failure(int32_t code, const std::string &message) : std::runtime_error(message), code(code) {}
};

[[noreturn]] inline void invalid(const std::string &message) { throw Failure(BP_ERROR_INVALID_ARGUMENT, message); }

/// Throws what a check of the header found.
inline void check(int32_t code, const bp_error &error) {
  if (code != BP_OK) throw Failure(code, error.message);
}

/// What a bp_buffer points to. Replace address by your device's idea of one.
struct Buffer {
  char *address;
  int64_t bytes;  // so that a copy past the end is told of [BP-8.5]
  bool owned;     // false: the host lent the memory through wrap_host
};

inline Buffer &buffer_of(bp_buffer handle) { return *reinterpret_cast<Buffer *>(static_cast<uintptr_t>(handle)); }

namespace operators {

using Bool = uint8_t;  // 0 or 1 when written, any other nonzero byte is true when read [BP-3.2]

template <class T> constexpr int32_t dtype = 0;
template <> constexpr int32_t dtype<float> = BP_FLOAT32;
template <> constexpr int32_t dtype<int64_t> = BP_INT64;
template <> constexpr int32_t dtype<Bool> = BP_BOOL;

template <class T> T value(T x) { return x; }
inline Bool value(Bool x) { return x != 0; }

/// Where the first element lies. An immediate is an element with strides of zero [BP-4.6].
template <class T> T *data(const bp_tensor &t) {
  if (t.flags & BP_TENSOR_IMMEDIATE) return reinterpret_cast<T *>(const_cast<uint64_t *>(t.immediate));
  return reinterpret_cast<T *>(buffer_of(t.buffer).address + t.byte_offset);
}
template <class T> const T *input(const bp_op &op, int k) { return data<const T>(*op.inputs[k]); }
template <class T> T *output(const bp_op &op) { return data<T>(*op.outputs[0]); }

/// The parameters: what an older host's struct lacks is zero [BP-5.6].
template <class P> P params(const bp_op &op) {
  P result;
  bp_error error = {};
  check(bp_params(&op, &result, sizeof result, &error), error);
  return result;
}

/// Of the operators that have one: bp_axis_params begins like bp_scatter_params, and lacks the mode.
inline int axis_of(const bp_op &op) { return params<bp_scatter_params>(op).axis; }

/// Row-major steps through a shape that follow the strides of two tensors; a and b count elements.
struct Walk {
  int rank;
  int64_t shape[BP_MAX_RANK], index[BP_MAX_RANK] = {}, stride[2][BP_MAX_RANK], a = 0, b = 0;

  Walk(const bp_tensor &over, const bp_tensor &first, const bp_tensor &second) : rank(over.rank) {
    for (int d = 0; d < rank; d++)
      shape[d] = over.shape[d], stride[0][d] = first.strides[d], stride[1][d] = second.strides[d];
  }

  int64_t count() const {
    int64_t n = 1;
    for (int d = 0; d < rank; d++) n *= shape[d];
    return n;
  }

  void step() {
    for (int d = rank - 1; d >= 0; d--) {
      const bool on = ++index[d] < shape[d];
      a += (on ? 1 : 1 - shape[d]) * stride[0][d];
      b += (on ? 1 : 1 - shape[d]) * stride[1][d];
      if (on) return;
      index[d] = 0;
    }
  }
};

inline int64_t count(const bp_tensor &t) { return Walk(t, t, t).count(); }

enum class Family { creation, movement, elementwise, reduction, argument, product, gather, scatter };

/// An operator over one choice of types, inputs first.
struct Row {
  int32_t id;
  Family family;
  std::vector<int32_t> types;
  std::function<void(const bp_op &)> run;
};

// The loops: replace these. Operands fit one another, and are contiguous but for those of COPY and FILL, since query_op
// asks for that: the host then copies what is not, and expands broadcasts.

template <class P, class R, class F> Row creation(int32_t id, F f) {
  return {id, Family::creation, {dtype<R>}, [f](const bp_op &op) {
            R *out = output<R>(op);
            const P p = params<P>(op);
            for (int64_t i = 0, n = count(*op.outputs[0]); i < n; i++) out[i] = f(p, i);
          }};
}

template <class T, class R, class F> Row movement(int32_t id, F f) {
  return {id, Family::movement, {dtype<T>, dtype<R>}, [f](const bp_op &op) {
            Walk w(*op.outputs[0], *op.inputs[0], *op.outputs[0]);
            const T *x = input<T>(op, 0);
            R *out = output<R>(op);
            for (int64_t n = w.count(); n > 0; n--, w.step()) out[w.b] = f(x[w.a]);
          }};
}

template <class T, class F> Row unary(int32_t id, F f) {
  return {id, Family::elementwise, {dtype<T>, dtype<T>}, [f](const bp_op &op) {
            const T *x = input<T>(op, 0);
            T *out = output<T>(op);
            for (int64_t i = 0, n = count(*op.outputs[0]); i < n; i++) out[i] = f(value(x[i]));
          }};
}

template <class T, class R = T, class F> Row binary(int32_t id, F f) {
  return {id, Family::elementwise, {dtype<T>, dtype<T>, dtype<R>}, [f](const bp_op &op) {
            const T *x = input<T>(op, 0), *y = input<T>(op, 1);
            R *out = output<R>(op);
            for (int64_t i = 0, n = count(*op.outputs[0]); i < n; i++) out[i] = f(value(x[i]), value(y[i]));
          }};
}

template <class T> Row where() {
  return {BP_OP_WHERE, Family::elementwise, {BP_BOOL, dtype<T>, dtype<T>, dtype<T>}, [](const bp_op &op) {
            const Bool *c = input<Bool>(op, 0);
            const T *x = input<T>(op, 1), *y = input<T>(op, 2);
            T *out = output<T>(op);
            for (int64_t i = 0, n = count(*op.outputs[0]); i < n; i++) out[i] = c[i] ? value(x[i]) : value(y[i]);
          }};
}

/// Axis d is reduced where out0's extent is 1 and in0's is not: a walk over the axes that stay, and at each of its steps
/// one over those that go. A is the accumulator, float64 for sums of float32; finish gets it and how many went in.
template <class T, class A, class R, class F, class G>
Row reduction(int32_t id, A initial, F f, G finish) {
  return {id, Family::reduction, {dtype<T>, dtype<R>}, [=](const bp_op &op) {
            const bp_tensor &in = *op.inputs[0], &to = *op.outputs[0];
            const T *x = input<T>(op, 0);
            R *out = output<R>(op);
            Walk stay(to, in, to), go(in, in, in);
            for (int d = 0; d < in.rank; d++)
              if (to.shape[d] == in.shape[d]) go.shape[d] = 1;
            for (int64_t i = 0, n = stay.count(), m = go.count(); i < n; i++, stay.step()) {
              A sum = initial;
              for (int64_t j = 0; j < m; j++, go.step()) sum = f(sum, value(x[stay.a + go.a]));
              out[i] = static_cast<R>(finish(sum, m));
            }
          }};
}

/// better(a, b): whether a, further along the axis, takes the place of b.
template <class T, class F> Row argument(int32_t id, F better) {
  return {id, Family::argument, {dtype<T>, BP_INT64}, [better](const bp_op &op) {
            const bp_tensor &in = *op.inputs[0];
            const int axis = axis_of(op);
            Walk w(*op.outputs[0], in, in);
            int64_t *out = output<int64_t>(op);
            for (int64_t i = 0, n = w.count(); i < n; i++, w.step()) {
              const T *x = input<T>(op, 0) + w.a;
              const int64_t stride = in.strides[axis];
              int64_t best = 0;
              for (int64_t j = 1; j < in.shape[axis]; j++)
                if (better(value(x[j * stride]), value(x[best * stride]))) best = j;
              out[i] = best;
            }
          }};
}

/// Row by row, so that the inner loop runs along memory. Your BLAS goes here.
template <class T, class F> Row matmul(F multiply_add) {
  return {BP_OP_MATMUL, Family::product, {dtype<T>, dtype<T>, dtype<T>}, [multiply_add](const bp_op &op) {
            const bp_tensor &to = *op.outputs[0];
            const int64_t m = to.shape[to.rank - 2], n = to.shape[to.rank - 1], size = count(to);
            const int64_t depth = op.inputs[0]->shape[to.rank - 1];
            const T *x = input<T>(op, 0), *y = input<T>(op, 1);
            T *out = output<T>(op);
            std::fill(out, out + size, T(0));
            for (int64_t row = 0; size && row < size / n; row++)
              for (int64_t k = 0; k < depth; k++)
                for (int64_t j = 0; j < n; j++)
                  out[row * n + j] =
                      multiply_add(out[row * n + j], x[row * depth + k], y[(row / m * depth + k) * n + j]);
          }};
}

/// Calls f(i, j) for each index: its own place, and that of the element it means in `indexed`.
template <class F> void each_index(const bp_tensor &indices, const bp_tensor &indexed, int axis, F f) {
  const int64_t *index = data<const int64_t>(indices);
  Walk w(indices, indexed, indices);
  w.stride[0][axis] = 0;
  for (int64_t i = 0, n = w.count(); i < n; i++, w.step()) {
    if (index[i] < 0 || index[i] >= indexed.shape[axis])
      invalid("index " + std::to_string(index[i]) + " is out of range for axis " + std::to_string(axis) + " of extent " +
              std::to_string(indexed.shape[axis]));
    f(i, w.a + index[i] * indexed.strides[axis]);
  }
}

template <class T> Row gather() {
  return {BP_OP_GATHER, Family::gather, {dtype<T>, BP_INT64, dtype<T>}, [](const bp_op &op) {
            const T *x = input<T>(op, 0);
            T *out = output<T>(op);
            const int axis = axis_of(op);
            each_index(*op.inputs[1], *op.inputs[0], axis, [=](int64_t i, int64_t j) { out[i] = value(x[j]); });
          }};
}

/// add, multiply, greater, less: of what the output holds and what comes.
template <class T, class A, class M, class G, class L> Row scatter(A add, M multiply, G greater, L less) {
  return {BP_OP_SCATTER, Family::scatter, {BP_INT64, dtype<T>, dtype<T>}, [=](const bp_op &op) {
            const int mode = params<bp_scatter_params>(op).mode;
            if (mode < BP_SCATTER_SET || mode > BP_SCATTER_MIN) invalid("SCATTER: there is no mode " + std::to_string(mode));
            const T *source = input<T>(op, 1);
            T *out = output<T>(op);
            each_index(*op.inputs[0], *op.outputs[0], axis_of(op), [=](int64_t i, int64_t j) {
              const T a = value(out[j]), b = value(source[i]);
              switch (mode) {
                case BP_SCATTER_ADD: out[j] = add(a, b); break;
                case BP_SCATTER_MUL: out[j] = multiply(a, b); break;
                case BP_SCATTER_MAX: out[j] = greater(a, b); break;
                case BP_SCATTER_MIN: out[j] = less(a, b); break;
                default: out[j] = b;
              }
            });
          }};
}

/// Integers wrap [BP-3.4].
inline int64_t sum(int64_t a, int64_t b) { return WRAP(a, +, b); }
inline int64_t difference(int64_t a, int64_t b) { return WRAP(a, -, b); }
inline int64_t product(int64_t a, int64_t b) { return WRAP(a, *, b); }

/// Of floats NaN if either is NaN.
template <class T> T maximum(T a, T b) { return a != a || a >= b ? a : b; }
template <class T> T minimum(T a, T b) { return a != a || a <= b ? a : b; }

template <class T> void add_common(std::vector<Row> &rows) {
  rows.push_back(movement<T, T>(BP_OP_FILL, [](T a) { return value(a); }));
  rows.push_back(binary<T>(BP_OP_MAXIMUM, maximum<T>));
  rows.push_back(binary<T>(BP_OP_MINIMUM, minimum<T>));
  rows.push_back(binary<T, Bool>(BP_OP_EQ, [](T a, T b) { return a == b; }));
  rows.push_back(binary<T, Bool>(BP_OP_NE, [](T a, T b) { return a != b; }));
  rows.push_back(binary<T, Bool>(BP_OP_LT, [](T a, T b) { return a < b; }));
  rows.push_back(binary<T, Bool>(BP_OP_LE, [](T a, T b) { return a <= b; }));
  rows.push_back(binary<T, Bool>(BP_OP_GT, [](T a, T b) { return a > b; }));
  rows.push_back(binary<T, Bool>(BP_OP_GE, [](T a, T b) { return a >= b; }));
  rows.push_back(where<T>());
  rows.push_back(gather<T>());
  // The first of equals, a NaN over all else.
  rows.push_back(argument<T>(BP_OP_ARGMAX, [](T a, T b) { return b == b && (a != a || a > b); }));
  rows.push_back(argument<T>(BP_OP_ARGMIN, [](T a, T b) { return b == b && (a != a || a < b); }));
}

template <class T> void add_bitwise(std::vector<Row> &rows) {
  rows.push_back(binary<T>(BP_OP_BITWISE_AND, [](T a, T b) -> T { return a & b; }));
  rows.push_back(binary<T>(BP_OP_BITWISE_OR, [](T a, T b) -> T { return a | b; }));
  rows.push_back(binary<T>(BP_OP_BITWISE_XOR, [](T a, T b) -> T { return a ^ b; }));
}

/// The list of operators. A row is a claim: one less, and query_op turns that operator and type down.
inline std::vector<Row> make_rows() {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr int64_t least = std::numeric_limits<int64_t>::min(), greatest = std::numeric_limits<int64_t>::max();
  const auto is = [](auto a, int64_t) { return a; };
  const auto either = [](Bool a, Bool b) -> Bool { return a | b; };
  const auto both = [](Bool a, Bool b) -> Bool { return a & b; };
  using I = int64_t;
  using Random = bp_random_params;
  std::vector<Row> rows = {
      // float32 is copied as bits, so that a signaling NaN stays one.
      movement<I, float>(BP_OP_COPY, [](I a) { return static_cast<float>(a); }),
      movement<I, I>(BP_OP_COPY, [](I a) { return a; }),
      movement<I, Bool>(BP_OP_COPY, [](I a) { return a != 0; }),
      movement<float, I>(BP_OP_COPY, integer),
      movement<float, Bool>(BP_OP_COPY, [](float a) { return a != 0; }),
      movement<Bool, float>(BP_OP_COPY, [](Bool a) { return a ? 1.0f : 0.0f; }),
      movement<Bool, I>(BP_OP_COPY, [](Bool a) { return a != 0; }),
      movement<Bool, Bool>(BP_OP_COPY, [](Bool a) { return a != 0; }),

      creation<bp_arange_params, float>(BP_OP_ARANGE, [](auto &p, I i) { return float(p.start + double(i) * p.step); }),
      creation<bp_arange_params, I>(
          BP_OP_ARANGE, [](auto &p, I i) { return sum(p.integer_start, product(i, p.integer_step)); }),
      creation<Random, float>(
          BP_OP_RANDOM_UNIFORM, [](auto &p, I i) { return uniform(philox(p.seed, p.offset + i / 4).w[i % 4]); }),
      creation<Random, float>(
          BP_OP_RANDOM_NORMAL, [](auto &p, I i) { return normal_float(philox(p.seed, p.offset + i / 4).w[i % 4]); }),
      creation<Random, I>(
          BP_OP_RANDOM_INTEGER, [](auto &p, I i) { return in_range(philox(p.seed, p.offset + i / 2), i % 2, &p); }),

      unary<float>(BP_OP_NEG, [](float a) { return -a; }),
      unary<I>(BP_OP_NEG, [](I a) { return difference(0, a); }),
      unary<float>(BP_OP_ABS, [](float a) { return std::fabs(a); }),
      unary<I>(BP_OP_ABS, [](I a) { return a < 0 ? difference(0, a) : a; }),
      unary<float>(BP_OP_SIGN, [](float a) { return float((a > 0) - (a < 0)); }),
      unary<I>(BP_OP_SIGN, [](I a) { return I((a > 0) - (a < 0)); }),
      unary<I>(BP_OP_BITWISE_NOT, [](I a) { return ~a; }),
      unary<Bool>(BP_OP_BITWISE_NOT, [](Bool a) { return !a; }),
      unary<float>(BP_OP_FLOOR, [](float a) { return std::floor(a); }),
      unary<float>(BP_OP_CEIL, [](float a) { return std::ceil(a); }),
      unary<float>(BP_OP_ROUND, [](float a) { return std::rint(a); }),
      unary<float>(BP_OP_TRUNC, [](float a) { return std::trunc(a); }),
      unary<float>(BP_OP_SQRT, [](float a) { return std::sqrt(a); }),
      unary<float>(BP_OP_RSQRT, [](float a) { return 1 / std::sqrt(a); }),
      unary<float>(BP_OP_RECIPROCAL, [](float a) { return 1 / a; }),
      unary<float>(BP_OP_EXP, [](float a) { return std::exp(a); }),
      unary<float>(BP_OP_EXPM1, [](float a) { return std::expm1(a); }),
      unary<float>(BP_OP_LOG, [](float a) { return std::log(a); }),
      unary<float>(BP_OP_LOG1P, [](float a) { return std::log1p(a); }),
      unary<float>(BP_OP_SIN, [](float a) { return std::sin(a); }),
      unary<float>(BP_OP_COS, [](float a) { return std::cos(a); }),
      unary<float>(BP_OP_TANH, [](float a) { return std::tanh(a); }),
      unary<float>(
          BP_OP_SIGMOID, [](float a) { return a >= 0 ? 1 / (1 + std::exp(-a)) : std::exp(a) / (1 + std::exp(a)); }),
      unary<float>(BP_OP_ERF, [](float a) { return std::erf(a); }),
      unary<float>(BP_OP_RELU, [](float a) { return a < 0 ? 0 : a; }),
      unary<I>(BP_OP_RELU, [](I a) { return a > 0 ? a : 0; }),

      binary<float>(BP_OP_ADD, [](float a, float b) { return a + b; }),
      binary<I>(BP_OP_ADD, sum),
      binary<Bool>(BP_OP_ADD, either),
      binary<float>(BP_OP_SUB, [](float a, float b) { return a - b; }),
      binary<I>(BP_OP_SUB, difference),
      binary<float>(BP_OP_MUL, [](float a, float b) { return a * b; }),
      binary<I>(BP_OP_MUL, product),
      binary<Bool>(BP_OP_MUL, both),
      binary<float>(BP_OP_DIV, [](float a, float b) { return a / b; }),
      binary<float>(BP_OP_FLOOR_DIVIDE, floor_divide),
      binary<I>(BP_OP_FLOOR_DIVIDE, integer_floor_divide),
      binary<float>(BP_OP_REMAINDER, floor_rest),
      binary<I>(BP_OP_REMAINDER, integer_floor_rest),
      binary<float>(BP_OP_FMOD, [](float a, float b) { return std::fmod(a, b); }),
      binary<I>(BP_OP_FMOD, integer_fmod),
      binary<float>(BP_OP_POW, [](float a, float b) { return std::pow(a, b); }),
      binary<I>(BP_OP_POW, power),
      binary<float>(BP_OP_ATAN2, [](float a, float b) { return std::atan2(a, b); }),

      reduction<float, double, float>(BP_OP_SUM, 0.0, [](double s, float a) { return s + a; }, is),
      reduction<I, I, I>(BP_OP_SUM, I(0), sum, is),
      reduction<Bool, I, I>(BP_OP_SUM, I(0), sum, is),
      reduction<float, double, float>(BP_OP_PROD, 1.0, [](double s, float a) { return s * a; }, is),
      reduction<I, I, I>(BP_OP_PROD, I(1), product, is),
      reduction<Bool, I, I>(BP_OP_PROD, I(1), product, is),
      reduction<float, double, float>(
          BP_OP_MEAN, 0.0, [](double s, float a) { return s + a; }, [](double s, I n) { return s / double(n); }),
      reduction<float, float, float>(BP_OP_MAX, -inf, maximum<float>, is),
      reduction<I, I, I>(BP_OP_MAX, least, maximum<I>, is),
      reduction<Bool, Bool, Bool>(BP_OP_MAX, Bool(0), either, is),
      reduction<float, float, float>(BP_OP_MIN, inf, minimum<float>, is),
      reduction<I, I, I>(BP_OP_MIN, greatest, minimum<I>, is),
      reduction<Bool, Bool, Bool>(BP_OP_MIN, Bool(1), both, is),

      matmul<float>([](float s, float a, float b) { return s + a * b; }),
      matmul<I>([](I s, I a, I b) { return sum(s, product(a, b)); }),
      scatter<float>(
          [](float a, float b) { return a + b; }, [](float a, float b) { return a * b; }, maximum<float>, minimum<float>),
      scatter<I>(sum, product, maximum<I>, minimum<I>),
      scatter<Bool>(either, both, either, both),
  };
  Row bits = movement<uint32_t, uint32_t>(BP_OP_COPY, [](uint32_t a) { return a; });
  bits.types = {BP_FLOAT32, BP_FLOAT32};
  rows.push_back(bits);
  add_common<float>(rows);
  add_common<I>(rows);
  add_common<Bool>(rows);
  add_bitwise<I>(rows);
  add_bitwise<Bool>(rows);
  return rows;
}

inline const bp_tensor &operand(const bp_op &op, int k) {
  return k < op.input_count ? *op.inputs[k] : *op.outputs[k - op.input_count];
}

/// The row for an operator and the types of its operands. The header's table knows which types it takes: of those, this
/// plugin has the core types.
inline const Row &find(const bp_op &op) {
  static const std::vector<Row> rows = make_rows();
  bp_error error = {};
  check(bp_check_types(&op, BP_TYPES_CORE, &error), error);
  for (const Row &row : rows) {
    if (row.id != op.op) continue;
    bool fits = true;
    for (size_t k = 0; k < row.types.size(); k++) fits &= operand(op, static_cast<int>(k)).dtype == row.types[k];
    if (fits) return row;
  }
  throw Failure(BP_ERROR_UNSUPPORTED, std::string("there is no ") + bp_op_name(op.op) + " of these types");
}

/// Whether the operands fit one another. The host sees to it [BP-5.1]; a plugin that looks is easier to debug.
inline bool fits(const bp_op &op, Family family) {
  const bp_tensor *out = op.outputs[0], *in[3] = {out, out, out};
  for (int k = 0; k < op.input_count; k++) in[k] = op.inputs[k];
  for (const bp_tensor *t : in)
    if (t->rank != out->rank) return false;
  const bool has_axis = family == Family::argument || family == Family::gather || family == Family::scatter;
  const int last = out->rank - 1, axis = has_axis ? axis_of(op) : 0;
  if ((has_axis && (axis < 0 || axis > last)) || (family == Family::product && last < 1)) return false;
  for (int d = 0; d <= last; d++) {
    const int64_t o = out->shape[d], a = in[0]->shape[d], b = in[1]->shape[d], c = in[2]->shape[d];
    const auto fit = [&] {
      switch (family) {
        case Family::reduction: return a == o || o == 1;
        case Family::argument: return d == axis ? o == 1 && a > 0 : a == o;
        case Family::gather: return b == o && (d == axis || b <= a);
        case Family::scatter: return a == b && (d == axis || a <= o);
        case Family::product: return (d == last || a == o) && b == (d == last - 1 ? in[0]->shape[last] : o);
        default: return a == o && b == o && c == o;
      }
    };
    if (!fit()) return false;
  }
  return true;
}

}  // namespace operators
