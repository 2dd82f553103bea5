// ADAM_STEP, SGD_STEP, RMSPROP_STEP and ADAGRAD_STEP of the float type DTYPE.
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
    element *data[CK_STATES];
#pragma unroll
    for (int s = 0; s < CK_STATES; s++) data[s] = (element *)p.data[s][i];
    if (p.axes.rank == 0) {
#pragma unroll 4
      for (i64 j = low + threadIdx.x; j < end; j += blockDim.x)
        step(data[0] + j, data[1] + j, data[2] + j, data[3] + j, data[4] + j);
    } else {
      for (i64 j = low + threadIdx.x; j < end; j += blockDim.x) {
        i64 at[CK_STATES];
        locate(p.axes, j, at);
        step(data[0] + at[0], data[1] + at[1], data[2] + at[2], data[3] + at[3], data[4] + at[4]);
      }
    }
  }
}

KERNEL adam(const ck_adam h) {
  value decay = (value)h.decay, share1 = (value)h.gradient_share[0], share2 = (value)h.gradient_share[1];
  value beta2 = (value)h.beta2, rate = (value)h.rate, correction = (value)h.correction, eps = (value)h.eps;
  bool decoupled = h.decoupled != 0;
  for_each_element(h.parameters, [=](const element *gradient, element *parameter, element *mean, element *square, element *) {
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
  for_each_element(h.parameters, [=](const element *gradient, element *parameter, element *buffer, element *, element *) {
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

KERNEL rmsprop(const ck_rmsprop h) {
  value decay = (value)h.weight_decay, momentum = (value)h.momentum, lr = (value)h.lr, eps = (value)h.eps;
  value alpha = (value)h.alpha, share = (value)h.share;
  bool has_momentum = h.has_momentum != 0, centered = h.centered != 0;
  for_each_element(
      h.parameters,
      [=](const element *gradient, element *parameter, element *square, element *third, element *fourth) {
        value g = type::load(*gradient), p = type::load(*parameter), v = type::load(*square);
        g = g + decay * p;
        v = alpha * v + share * g * g;
        *square = type::store(v);
        if (centered) {
          element *mean = has_momentum ? fourth : third;
          value a = type::load(*mean);
          a = a + share * (g - a);
          *mean = type::store(a);
          v = v - a * a;
        }
        value step = g / (root(v) + eps);
        if (has_momentum) {
          step = momentum * type::load(*third) + step;
          *third = type::store(step);
        }
        *parameter = type::store(p - lr * step);
      });
}

KERNEL adagrad(const ck_adagrad h) {
  value decay = (value)h.weight_decay, rate = (value)h.rate, eps = (value)h.eps;
  for_each_element(
      h.parameters, [=](const element *gradient, element *parameter, element *sum, element *, element *) {
        value g = type::load(*gradient), p = type::load(*parameter), s = type::load(*sum);
        g = g + decay * p;
        s = s + g * g;
        *sum = type::store(s);
        *parameter = type::store(p - rate * (g / (root(s) + eps)));
      });
}
