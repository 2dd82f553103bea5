// Functions of float32 and float64 that C has not, as elementwise operators and as what follows a product. Included
// anew for each DTYPE, within a namespace where there are several.
#include "common.cuh"

// C's functions under one name for float32 and float64. Their errors are within the conformance suite's bounds:
// CUDA C++ Programming Guide, "Mathematical Functions".
#undef MATH
#if DTYPE == BP_FLOAT64
#define MATH(name) name
#else
#define MATH(name) name##f
#endif

#if DTYPE >= BP_FLOAT16 && DTYPE <= BP_FLOAT64

template <class T> __device__ inline T sigmoid(T x) {
  T e = MATH(exp)(-MATH(fabs)(x));
  return (x < 0 ? e : 1) / (1 + e);
}

// The exponential of a large |x| overflows, or loses its digits to underflow, before the result does; its square root
// does neither.
template <class T> __device__ inline T silu(T x) {
  T root = MATH(exp)(MATH(fabs)(x) * (T)-0.5);
  return (x < 0 ? x * root * root : x) / (1 + root * root);
}

// g * s * (1 + x*(1-s)), where 1-s is the sigmoid of -x.
template <class T> __device__ inline T silu_gradient(T g, T x) {
  T root = MATH(exp)(MATH(fabs)(x) * (T)-0.5), e = root * root, part = 1 / (1 + e);
  T derivative = x < 0 ? (root + x * root * part) * root * part : part * (1 + x * (e * part));
  // An infinite gradient stays one, as long as the derivative has not underflowed in float64.
  if (derivative == 0 && g - g != 0) return (T)((double)g * (exp((double)x) * (1 + (double)x)));
  return g * derivative;
}

// PHI(x), without cancellation: the complement has more digits on the one side only.
template <class T> __device__ inline T normal_share(T x) {
  const T y = x * (T)0.70710678118654752440;
  return y < (T)-0.5 ? (T)0.5 * MATH(erfc)(-y) : (T)0.5 + (T)0.5 * MATH(erf)(y);
}

template <class T> __device__ inline T gelu(T x) { return x * normal_share(x); }

template <class T> __device__ inline T gelu_derivative(T x) {
  T density = MATH(exp)(x * x * (T)-0.5) * (T)0.39894228040143267794;
  return normal_share(x) + x * density;
}

// (1 + tanh(u))/2 is the sigmoid of 2*u.
template <class T> __device__ inline T gelu_tanh(T x) {
  const T twice = (T)1.5957691216057307117597842397375;
  return x / (1 + MATH(exp)(-twice * (x + (T)0.044715 * (x * x * x))));
}

template <class T> __device__ inline T gelu_tanh_derivative(T x) {
  const T twice = (T)1.5957691216057307117597842397375;
  T y = twice * (x + (T)0.044715 * (x * x * x)), slope = twice * (1 + (T)(3 * 0.044715) * (x * x));
  T e = MATH(exp)(-MATH(fabs)(y));
  // Its reciprocal would overflow.
  if (e < (sizeof(T) == 4 ? (T)2.938736e-39 : (T)5.5626846462680084e-309)) e = 0;
  T part = 1 / (1 + e), s = y < 0 ? e * part : part, steep = e * part * part;
  // Where it is flat, x times the slope may have overflowed.
  return steep == 0 && x - x == 0 ? s : s + x * steep * slope;
}

// The derivative of log gamma.
__device__ inline double digamma(double x) {
  const double pi = 3.14159265358979323846;
  double reflected = 0;
  if (x == 0) return -1 / x;
  if (x < 0) {
    // By reflection at 1/2. The tangent has the period 1; what it leaves of x is exact.
    double fraction = x - rint(x);
    if (fraction == 0 || x - x != 0) return (x - x) / (x - x);
    reflected = -pi / tan(pi * fraction);
    x = 1 - x;
  }
  // digamma(x) = digamma(x + 1) - 1/x, up to where the asymptotic series is exact to the last digit.
  double below = 0;
  for (; x < 12; x += 1) below += 1 / x;
  if (x - x != 0) return x;
  // Abramowitz and Stegun, 6.3.18: log x - 1/(2x) - sum of B(2k)/(2k x^(2k)), the highest power first.
  const double square = 1 / (x * x);
  double series = 1.0 / 12 * square;
  series = (series - 691.0 / 32760) * square;
  series = (series + 1.0 / 132) * square;
  series = (series - 1.0 / 240) * square;
  series = (series + 1.0 / 252) * square;
  series = (series - 1.0 / 120) * square;
  series = (series + 1.0 / 12) * square;
  return log(x) - 0.5 / x - series - below + reflected;
}

#endif
