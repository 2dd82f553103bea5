// ADAM_STEP and SGD_STEP of the float type DTYPE.
#include "axes.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

__device__ inline float root(float x) { return sqrtf(x); }
__device__ inline double root(double x) { return sqrt(x); }

// Calls `step` with the addresses of each element's operands.
template <class Step> __device__ inline void for_each_element(const ck_parameters &p, Step step) {
  int i = 0;
  for (i64 chunk = blockIdx.x; chunk < p.first_chunk[p.count]; chunk += gridDim.x) {
    // A block's chunks come in order, and so do their parameters.
    while (chunk >= p.first_chunk[i + 1]) i++;
    i64 low = (chunk - p.first_chunk[i]) * CK_CHUNK, end = low + CK_CHUNK;
    if (end > p.length[i]) end = p.length[i];
    element *data[4];
#pragma unroll
    for (int s = 0; s < 4; s++) data[s] = (element *)p.data[s][i];
    if (p.axes.rank == 0) {
#pragma unroll 4
      for (i64 j = low + threadIdx.x; j < end; j += blockDim.x) step(data[0] + j, data[1] + j, data[2] + j, data[3] + j);
    } else {
      for (i64 j = low + threadIdx.x; j < end; j += blockDim.x) {
        i64 at[4];
        locate(p.axes, j, at);
        step(data[0] + at[0], data[1] + at[1], data[2] + at[2], data[3] + at[3]);
      }
    }
  }
}

KERNEL adam(const ck_adam h) {
  value decay = (value)h.decay, share1 = (value)h.gradient_share[0], share2 = (value)h.gradient_share[1];
  value beta2 = (value)h.beta2, rate = (value)h.rate, correction = (value)h.correction, eps = (value)h.eps;
  bool decoupled = h.decoupled != 0;
  for_each_element(h.parameters, [=](const element *gradient, element *parameter, element *mean, element *square) {
    value g = type::load(*gradient), p = type::load(*parameter), m = type::load(*mean), v = type::load(*square);
    if (decoupled) {
      p = p - decay * p;
    } else {
      g = g + decay * p;
    }
    m = m + share1 * (g - m);
    v = beta2 * v + share2 * g * g;
    p = p - rate * (m / (root(v) * correction + eps));
    *parameter = type::store(p);
    *mean = type::store(m);
    *square = type::store(v);
  });
}

KERNEL sgd(const ck_sgd h) {
  value decay = (value)h.weight_decay, momentum = (value)h.momentum, damped = (value)h.damped, lr = (value)h.lr;
  bool has_momentum = h.has_momentum != 0, nesterov = h.nesterov != 0, first_step = h.first_step != 0;
  for_each_element(h.parameters, [=](const element *gradient, element *parameter, element *buffer, element *) {
    value g = type::load(*gradient), p = type::load(*parameter);
    g = g + decay * p;
    if (has_momentum) {
      value b = first_step ? g : momentum * type::load(*buffer) + damped * g;
      *buffer = type::store(b);
      g = nesterov ? g + momentum * b : b;
    }
    *parameter = type::store(p - lr * g);
  });
}
