// What follows the product of LINEAR of the float type DTYPE: the bias and the function ACTIVATION, a BP_ACTIVATION_*. The
// product is in the type of statistics where WIDE is 1; without one it is 0.
#include "functions.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

template <bool> struct product_type {
  typedef element type;
};
template <> struct product_type<true> {
  typedef value type;
};
typedef product_type<WIDE != 0>::type product;

__device__ inline value widened(element x) { return type::load(x); }
#if DTYPE < BP_FLOAT32
__device__ inline value widened(value x) { return x; }
#endif

__device__ inline value activated(value x) {
#if ACTIVATION == BP_ACTIVATION_RELU
  return x < 0 ? 0 : x;
#elif ACTIVATION == BP_ACTIVATION_SIGMOID
  return sigmoid<value>(x);
#elif ACTIVATION == BP_ACTIVATION_TANH
  return MATH(tanh)(x);
#elif ACTIVATION == BP_ACTIVATION_SILU
  return silu<value>(x);
#elif ACTIVATION == BP_ACTIVATION_GELU
  return gelu<value>(x);
#elif ACTIVATION == BP_ACTIVATION_GELU_TANH
  return gelu_tanh<value>(x);
#else
  return x;
#endif
}

// L elements of a row at a time.
template <int L> __device__ inline void finish(const ck_affine &p) {
  constexpr int together_now = L == 1 ? 4 : 2;
  const i64 count = p.rows * p.columns;
  const bool is_narrow = count < (i64)1 << 31;
  for (i64 i = thread_index(); i < count; i += together_now * thread_count()) {
    pack<product, L> x[together_now];
    pack<element, L> bias[together_now];
    i64 to[together_now];
#pragma unroll
    for (int u = 0; u < together_now; u++) {
      i64 j = i + u * thread_count();
      if (j >= count) break;
      i64 row = is_narrow ? (i64)((u32)j / (u32)p.columns) : j / p.columns, column = (j - row * p.columns) * L;
      to[u] = row * p.row_stride + column * p.column_stride;
      if (p.product) x[u] = *(const pack<product, L> *)((const product *)p.product + row * p.product_stride + column);
      if (p.bias) bias[u] = *(const pack<element, L> *)((const element *)p.bias + column * p.bias_stride);
    }
#pragma unroll
    for (int u = 0; u < together_now; u++) {
      if (i + u * thread_count() >= count) break;
      pack<element, L> y;
#pragma unroll
      for (int v = 0; v < L; v++) {
        value sum = p.product ? widened(x[u].at[v]) : (value)0;
        if (p.bias) sum += type::load(bias[u].at[v]);
        y.at[v] = type::store(activated(sum));
      }
      *(pack<element, L> *)((element *)p.out + to[u]) = y;
    }
  }
}

KERNEL __launch_bounds__(256) affine_packs(const ck_affine p) { finish<16 / sizeof(element)>(p); }
KERNEL __launch_bounds__(256) affine_elements(const ck_affine p) { finish<1>(p); }
