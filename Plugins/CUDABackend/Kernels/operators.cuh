// The elementwise operators of type DTYPE, one or two inputs: sections 6.3, 6.4, 6.12 and 6.17 of backplane_backend.h.
// Included within a namespace, once for each type.
#include "functions.cuh"

typedef type_of<DTYPE> type;
typedef type::element element;
typedef type::value value;

// Each operator is a struct with the number of its inputs and a function of values.
#define UNARY(name, expression)                       \
  struct name {                                       \
    typedef element result;                           \
    static constexpr int inputs = 1;                  \
    __device__ static element apply(element a) {      \
      value x = type::load(a);                        \
      return type::store((value)(expression));        \
    }                                                 \
  };

#define BINARY(name, expression)                          \
  struct name {                                           \
    typedef element result;                               \
    static constexpr int inputs = 2;                      \
    __device__ static element apply(element a, element b) { \
      value x = type::load(a), y = type::load(b);         \
      return type::store((value)(expression));            \
    }                                                     \
  };

#define COMPARISON(name, expression)                      \
  struct name {                                           \
    typedef boolean result;                               \
    static constexpr int inputs = 2;                      \
    __device__ static boolean apply(element a, element b) { \
      value x = type::load(a), y = type::load(b);         \
      return {(u8)((expression) ? 1 : 0)};                \
    }                                                     \
  };

COMPARISON(EQ, x == y)
COMPARISON(NE, x != y)
COMPARISON(LT, x < y)
COMPARISON(LE, x <= y)
COMPARISON(GT, x > y)
COMPARISON(GE, x >= y)

#if DTYPE == BP_BOOL

UNARY(BITWISE_NOT, !x)
BINARY(ADD, x | y)
BINARY(MUL, x & y)
BINARY(MAXIMUM, x | y)
BINARY(MINIMUM, x & y)
BINARY(BITWISE_AND, x & y)
BINARY(BITWISE_OR, x | y)
BINARY(BITWISE_XOR, x ^ y)

#elif DTYPE <= BP_INT64

// Arithmetic that wraps is unsigned, of at least the width that C promotes to.
template <int size> struct unsigned_of {
  typedef u32 type;
};
template <> struct unsigned_of<8> {
  typedef u64 type;
};
typedef unsigned_of<sizeof(value)>::type bits;

__device__ inline value floor_divide(value x, value y) {
  if (y == 0) return 0;
  if (y == (value)-1 && (value)-1 < 0) return (value)(0 - (bits)x);
  value quotient = (value)(x / y);
  return x % y != 0 && (x < 0) != (y < 0) ? (value)(quotient - 1) : quotient;
}

__device__ inline value remainder_of(value x, value y) {
  if (y == 0 || (y == (value)-1 && (value)-1 < 0)) return 0;
  value rest = (value)(x % y);
  return rest != 0 && (rest < 0) != (y < 0) ? (value)(rest + y) : rest;
}

__device__ inline value dividend_remainder(value x, value y) {
  if (y == 0 || (y == (value)-1 && (value)-1 < 0)) return 0;
  return (value)(x % y);
}

__device__ inline value power(value x, value y) {
  if (y < 0) return x == 1 ? 1 : x == (value)-1 ? ((y & 1) == 0 ? 1 : (value)-1) : 0;
  bits result = 1, square = (bits)x;
  for (bits rest = (bits)y; rest != 0; rest >>= 1) {
    if (rest & 1) result *= square;
    square *= square;
  }
  return (value)result;
}

UNARY(NEG, 0 - (bits)x)
UNARY(ABS, x < 0 ? (value)(0 - (bits)x) : x)
UNARY(SIGN, x > 0 ? 1 : x < 0 ? -1 : 0)
UNARY(BITWISE_NOT, ~x)
UNARY(RELU, x > 0 ? x : 0)
BINARY(ADD, (bits)x + (bits)y)
BINARY(SUB, (bits)x - (bits)y)
BINARY(MUL, (bits)x * (bits)y)
BINARY(FLOOR_DIVIDE, floor_divide(x, y))
BINARY(REMAINDER, remainder_of(x, y))
BINARY(FMOD, dividend_remainder(x, y))
BINARY(POW, power(x, y))
BINARY(MAXIMUM, x > y ? x : y)
BINARY(MINIMUM, x < y ? x : y)
BINARY(BITWISE_AND, x & y)
BINARY(BITWISE_OR, x | y)
BINARY(BITWISE_XOR, x ^ y)

#else

// The floor of the exact quotient.
__device__ inline value floor_divide(value x, value y) {
  if (y == 0) return x / y;
  if (x - x != 0) return x - x;  // An infinite x, or NaN, gives NaN.
  value quotient = x / y, lower = MATH(floor)(quotient);
  if (lower - lower != 0) return lower;
  if (y - y != 0) return x != 0 && (x < 0) != (y < 0) ? (value)-1 : lower;
  // The quotient may have been rounded up to an integer that the exact one does not reach. The division's error is
  // exact in one rounding, and its sign tells.
  value rest = MATH(fma)(-lower, y, x);
  return lower == quotient && rest != 0 && (rest < 0) != (y < 0) ? lower - 1 : lower;
}

// What floor_divide leaves: the divisor's sign; a zero has the dividend's.
__device__ inline value remainder_of(value x, value y) {
  value rest = MATH(fmod)(x, y);
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

UNARY(NEG, -x)
UNARY(ABS, MATH(fabs)(x))
UNARY(SIGN, x > 0 ? 1 : x < 0 ? -1 : 0)
UNARY(FLOOR, MATH(floor)(x))
UNARY(CEIL, MATH(ceil)(x))
UNARY(ROUND, MATH(rint)(x))
UNARY(TRUNC, MATH(trunc)(x))
UNARY(SQRT, MATH(sqrt)(x))
UNARY(RSQRT, 1 / MATH(sqrt)(x))
UNARY(RECIPROCAL, 1 / x)
UNARY(EXP, MATH(exp)(x))
UNARY(EXPM1, MATH(expm1)(x))
UNARY(LOG, MATH(log)(x))
UNARY(LOG1P, MATH(log1p)(x))
UNARY(SIN, MATH(sin)(x))
UNARY(COS, MATH(cos)(x))
UNARY(TANH, MATH(tanh)(x))
UNARY(SIGMOID, sigmoid<value>(x))
UNARY(ERF, MATH(erf)(x))
UNARY(RELU, x < 0 ? 0 : x)
UNARY(SILU, silu<value>(x))
UNARY(GELU, gelu<value>(x))
UNARY(GELU_TANH, gelu_tanh<value>(x))
UNARY(TAN, MATH(tan)(x))
UNARY(ASIN, MATH(asin)(x))
UNARY(ACOS, MATH(acos)(x))
UNARY(ATAN, MATH(atan)(x))
UNARY(SINH, MATH(sinh)(x))
UNARY(COSH, MATH(cosh)(x))
UNARY(ASINH, MATH(asinh)(x))
UNARY(ACOSH, MATH(acosh)(x))
UNARY(ATANH, MATH(atanh)(x))
UNARY(EXP2, MATH(exp2)(x))
UNARY(LOG2, MATH(log2)(x))
UNARY(LOG10, MATH(log10)(x))
UNARY(ERFC, MATH(erfc)(x))
UNARY(ERFINV, MATH(erfinv)(x))
UNARY(LGAMMA, MATH(lgamma)(x))
UNARY(DIGAMMA, digamma((double)x))
BINARY(ADD, x + y)
BINARY(SUB, x - y)
BINARY(MUL, x *y)
BINARY(DIV, x / y)
BINARY(FLOOR_DIVIDE, floor_divide(x, y))
BINARY(REMAINDER, remainder_of(x, y))
BINARY(FMOD, MATH(fmod)(x, y))
BINARY(POW, MATH(pow)(x, y))
BINARY(MAXIMUM, x != x || x >= y ? x : y)
BINARY(MINIMUM, x != x || x <= y ? x : y)
BINARY(ATAN2, MATH(atan2)(x, y))
// Of an incoming gradient, and the argument or the result.
BINARY(GELU_BACKWARD, x *gelu_derivative<value>(y))
BINARY(GELU_TANH_BACKWARD, x *gelu_tanh_derivative<value>(y))
BINARY(SILU_BACKWARD, silu_gradient<value>(x, y))
BINARY(SIGMOID_BACKWARD, x *y * (1 - y))
BINARY(TANH_BACKWARD, x *((1 - y) * (1 + y)))
BINARY(RELU_BACKWARD, y <= 0 ? 0 : x)

#endif

#undef UNARY
#undef BINARY
#undef COMPARISON
