// What NVRTC declares by itself, for kernels that clang compiles for the host. Included before every kernel source;
// there is nothing of the host's headers.
#pragma once

typedef unsigned long size_t;

// Words of the language. A block runs alone, so shared memory is static; a section gathers it to be spoiled before
// every block.
#define __global__ __attribute__((visibility("default")))
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static __attribute__((section("kernels_shared")))
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__

// Indices, and what the driver does for a thread: kernels.h has the same declarations in C.
struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

struct kernels_runtime {
  void (*barrier)(int line);
  unsigned long long (*exchange)(
      int kind, unsigned mask, unsigned long long value, int argument, int width, int line);
  unsigned (*active)();
  void (*trap)(const char *message, int line);
};

struct kernels_module {
  uint3 *thread, *block, *block_size, *grid_size;
  unsigned char *shared, *shared_end, *dynamic;
  unsigned long dynamic_bytes;
};

static const kernels_runtime *kernels_runtime_now;
static uint3 threadIdx, blockIdx, blockDim, gridDim;
static const int warpSize = 32;
// As much as there is of it, for a kernel that asks; 48 KiB for others.
static unsigned char kernels_dynamic[227 << 10] __attribute__((aligned(128)));
static unsigned char kernels_padding __attribute__((section("kernels_shared"), used));
extern "C" unsigned char __start_kernels_shared __attribute__((visibility("hidden")));
extern "C" unsigned char __stop_kernels_shared __attribute__((visibility("hidden")));

extern "C" __attribute__((visibility("default"))) void kernels_connect(
    const kernels_runtime *runtime, kernels_module *module) {
  kernels_runtime_now = runtime;
  *module = {&threadIdx, &blockIdx, &blockDim, &gridDim, &__start_kernels_shared, &__stop_kernels_shared,
             kernels_dynamic, sizeof kernels_dynamic};
}

// Calls a kernel with parameters from addresses.
template <unsigned... I>
struct kernels_numbers {};
template <unsigned N, unsigned... I>
struct kernels_count : kernels_count<N - 1, N - 1, I...> {};
template <unsigned... I>
struct kernels_count<0, I...> {
  using type = kernels_numbers<I...>;
};
template <class... A, unsigned... I>
static inline void kernels_apply(void (*kernel)(A...), void **parameters, kernels_numbers<I...>) {
  kernel(*(A *)parameters[I]...);
}
template <class... A>
static inline void kernels_apply(void (*kernel)(A...), void **parameters) {
  kernels_apply(kernel, parameters, typename kernels_count<sizeof...(A)>::type());
}
template <unsigned N>
struct kernels_sizes {
  size_t values[N + 1];
};
template <class... A>
static constexpr kernels_sizes<sizeof...(A)> kernels_sizes_of(void (*)(A...)) {
  return {{sizeof...(A), sizeof(A)...}};
}
#define KERNELS_CALL(name)                                                                          \
  extern "C" __attribute__((visibility("default"))) void kernels_call_##name(void **parameters) {   \
    kernels_apply(name, parameters);                                                                \
  }                                                                                                 \
  extern "C" __attribute__((visibility("default"))) const decltype(kernels_sizes_of(name))          \
      kernels_sizes_##name = kernels_sizes_of(name);

// Barriers and exchanges. They are macros so that a failure can name the line.
#define __syncthreads() kernels_runtime_now->barrier(__LINE__)
#define __syncwarp(...) kernels_sync(__LINE__, ##__VA_ARGS__)
#define __shfl_sync(...) kernels_shuffle(__LINE__, 0, __VA_ARGS__)
#define __shfl_xor_sync(...) kernels_shuffle(__LINE__, 1, __VA_ARGS__)
#define __shfl_up_sync(...) kernels_shuffle(__LINE__, 2, __VA_ARGS__)
#define __shfl_down_sync(...) kernels_shuffle(__LINE__, 3, __VA_ARGS__)
#define __ballot_sync(mask, value) kernels_ballot(__LINE__, mask, value)
#define __any_sync(mask, value) (kernels_ballot(__LINE__, mask, value) != 0)
#define __all_sync(mask, value) (kernels_ballot(__LINE__, mask, !(value)) == 0)
#define __trap() kernels_runtime_now->trap("a trap", __LINE__)
#define assert(condition) \
  ((condition) ? (void)0 : kernels_runtime_now->trap("assertion failed: " #condition, __LINE__))

static inline unsigned __activemask() { return kernels_runtime_now->active(); }
static inline void kernels_sync(int line, unsigned mask = ~0u) {
  kernels_runtime_now->exchange(5, mask, 0, 0, 32, line);
}
static inline unsigned kernels_ballot(int line, unsigned mask, int value) {
  return (unsigned)kernels_runtime_now->exchange(4, mask, value != 0, 0, 32, line);
}
template <class T>
static inline T kernels_shuffle(int line, int kind, unsigned mask, T value, int argument, int width = 32) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles take 4 or 8 bytes");
  unsigned long long word = 0;
  __builtin_memcpy(&word, &value, sizeof value);
  word = kernels_runtime_now->exchange(kind, mask, word, argument, width, line);
  __builtin_memcpy(&value, &word, sizeof value);
  return value;
}
static inline void __threadfence() {}
static inline void __threadfence_block() {}
static inline void __threadfence_system() {}

// Atomics: no thread runs at the same time, so each is what its name says.
#define KERNELS_ATOMIC(name, T, result) \
  static inline T name(T *address, T value) { \
    T old = *address; \
    *address = result; \
    return old; \
  }
#define KERNELS_ATOMICS(T)                                        \
  KERNELS_ATOMIC(atomicExch, T, value)                            \
  KERNELS_ATOMIC(atomicAdd, T, old + value)
#define KERNELS_INTEGER_ATOMICS(T)                                \
  KERNELS_ATOMICS(T)                                              \
  KERNELS_ATOMIC(atomicMax, T, (value > old ? value : old))       \
  KERNELS_ATOMIC(atomicMin, T, (value < old ? value : old))       \
  KERNELS_ATOMIC(atomicAnd, T, old & value)                       \
  KERNELS_ATOMIC(atomicOr, T, old | value)                        \
  KERNELS_ATOMIC(atomicXor, T, old ^ value)                       \
  static inline T atomicCAS(T *address, T compare, T value) {     \
    T old = *address;                                             \
    if (old == compare) *address = value;                         \
    return old;                                                   \
  }
KERNELS_INTEGER_ATOMICS(int)
KERNELS_INTEGER_ATOMICS(unsigned)
KERNELS_INTEGER_ATOMICS(unsigned long long)
KERNELS_ATOMIC(atomicMax, long long, (value > old ? value : old))
KERNELS_ATOMIC(atomicMin, long long, (value < old ? value : old))
KERNELS_ATOMIC(atomicAnd, long long, old &value)
KERNELS_ATOMIC(atomicOr, long long, old | value)
KERNELS_ATOMIC(atomicXor, long long, old ^ value)
KERNELS_ATOMIC(atomicSub, int, old - value)
KERNELS_ATOMIC(atomicSub, unsigned, old - value)
KERNELS_ATOMICS(float)
KERNELS_ATOMIC(atomicAdd, double, old + value)
static inline unsigned short atomicCAS(unsigned short *address, unsigned short compare, unsigned short value) {
  unsigned short old = *address;
  if (old == compare) *address = value;
  return old;
}

template <class T>
static inline T __ldg(const T *address) {
  return *address;
}

// Vectors.
#define KERNELS_VECTORS(T, name)                                                                           \
  struct name##1 { T x; };                                                                                 \
  struct __attribute__((aligned(2 * sizeof(T)))) name##2 { T x, y; };                                      \
  struct __attribute__((aligned(sizeof(T) < 8 ? 4 * sizeof(T) : 16))) name##4 { T x, y, z, w; };           \
  static inline name##2 make_##name##2(T x, T y) { return {x, y}; }                                        \
  static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
KERNELS_VECTORS(signed char, char)
KERNELS_VECTORS(unsigned char, uchar)
KERNELS_VECTORS(short, short)
KERNELS_VECTORS(unsigned short, ushort)
KERNELS_VECTORS(int, int)
KERNELS_VECTORS(unsigned, uint)
KERNELS_VECTORS(long long, longlong)
KERNELS_VECTORS(unsigned long long, ulonglong)
KERNELS_VECTORS(float, float)
KERNELS_VECTORS(double, double)
struct int3 { int x, y, z; };
struct float3 { float x, y, z; };
struct double3 { double x, y, z; };

// Mathematics, from the host's library, with CUDA's overloads for float.
extern "C" {
int printf(const char *, ...);
void *memcpy(void *, const void *, size_t);
void *memset(void *, int, size_t);
}
#define KERNELS_MATH1(name)                                                                                \
  extern "C" double name(double) noexcept;                                                                 \
  extern "C" float name##f(float) noexcept;                                                                \
  static inline float name(float x) { return name##f(x); }
#define KERNELS_MATH2(name)                                                                                \
  extern "C" double name(double, double) noexcept;                                                         \
  extern "C" float name##f(float, float) noexcept;                                                         \
  static inline float name(float x, float y) { return name##f(x, y); }
KERNELS_MATH1(sin) KERNELS_MATH1(cos) KERNELS_MATH1(tan) KERNELS_MATH1(asin) KERNELS_MATH1(acos)
KERNELS_MATH1(atan) KERNELS_MATH1(sinh) KERNELS_MATH1(cosh) KERNELS_MATH1(tanh) KERNELS_MATH1(exp)
KERNELS_MATH1(exp2) KERNELS_MATH1(expm1) KERNELS_MATH1(log) KERNELS_MATH1(log2) KERNELS_MATH1(log10)
KERNELS_MATH1(log1p) KERNELS_MATH1(sqrt) KERNELS_MATH1(cbrt) KERNELS_MATH1(erf) KERNELS_MATH1(erfc)
KERNELS_MATH1(asinh) KERNELS_MATH1(acosh) KERNELS_MATH1(atanh)
KERNELS_MATH1(lgamma) KERNELS_MATH1(tgamma) KERNELS_MATH1(floor) KERNELS_MATH1(ceil) KERNELS_MATH1(rint)
KERNELS_MATH1(nearbyint) KERNELS_MATH1(round) KERNELS_MATH1(trunc) KERNELS_MATH1(fabs)
KERNELS_MATH2(pow) KERNELS_MATH2(fmod) KERNELS_MATH2(atan2) KERNELS_MATH2(hypot) KERNELS_MATH2(fmax)
KERNELS_MATH2(fmin) KERNELS_MATH2(copysign) KERNELS_MATH2(remainder) KERNELS_MATH2(nextafter)
KERNELS_MATH2(fdim)
extern "C" double fma(double, double, double) noexcept;
extern "C" float fmaf(float, float, float) noexcept;
extern "C" double ldexp(double, int) noexcept;
extern "C" float ldexpf(float, int) noexcept;
extern "C" double frexp(double, int *) noexcept;
extern "C" float frexpf(float, int *) noexcept;
extern "C" double modf(double, double *) noexcept;
extern "C" float modff(float, float *) noexcept;
extern "C" long long llrint(double) noexcept;
static inline float fma(float x, float y, float z) { return fmaf(x, y, z); }
static inline float ldexp(float x, int n) { return ldexpf(x, n); }
static inline float frexp(float x, int *n) { return frexpf(x, n); }
// C has no inverse of erf: a start with a few digits, and Halley's method, which triples them with each step.
static inline double erfinv(double x) {
  double magnitude = fabs(x), y;
  if (!(magnitude < 1) || x == 0) return magnitude == 1 ? x * __builtin_inf() : x == 0 ? x : __builtin_nan("");
  if (magnitude < 0.5) {
    y = 0.886226925452758 * magnitude * (1 + 0.2617993877991494 * magnitude * magnitude);
  } else {
    double logarithm = log((1 - magnitude) * (1 + magnitude)), b = 4.330746750799873 + logarithm / 2;
    y = sqrt(sqrt(b * b - logarithm / 0.147) - b);
  }
  for (int i = 0; i < 3; i++) {
    double excess = magnitude < 0.5 ? erf(y) - magnitude : (1 - magnitude) - erfc(y);
    double step = excess * 0.886226925452758 * exp(y * y);
    y -= step / (1 + y * step);
  }
  return copysign(y, x);
}
static inline float erfinvf(float x) { return (float)erfinv((double)x); }
static inline float rsqrtf(float x) { return (float)(1 / sqrt((double)x)); }
static inline double rsqrt(double x) { return 1 / sqrt(x); }
static inline float rsqrt(float x) { return rsqrtf(x); }
static inline void sincosf(float x, float *s, float *c) { *s = sinf(x), *c = cosf(x); }
static inline void sincos(double x, double *s, double *c) { *s = sin(x), *c = cos(x); }
static inline bool isnan(float x) { return __builtin_isnan(x); }
static inline bool isnan(double x) { return __builtin_isnan(x); }
static inline bool isinf(float x) { return __builtin_isinf(x); }
static inline bool isinf(double x) { return __builtin_isinf(x); }
static inline bool isfinite(float x) { return __builtin_isfinite(x); }
static inline bool isfinite(double x) { return __builtin_isfinite(x); }
static inline bool signbit(float x) { return __builtin_signbit(x); }
static inline bool signbit(double x) { return __builtin_signbit(x); }
#define KERNELS_COMPARE(T)                                             \
  static inline T min(T a, T b) { return b < a ? b : a; }              \
  static inline T max(T a, T b) { return a < b ? b : a; }
KERNELS_COMPARE(int)
KERNELS_COMPARE(unsigned)
KERNELS_COMPARE(long)
KERNELS_COMPARE(unsigned long)
KERNELS_COMPARE(long long)
KERNELS_COMPARE(unsigned long long)
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }
static inline int abs(int a) { return a < 0 ? -a : a; }
static inline long abs(long a) { return a < 0 ? -a : a; }
static inline long long abs(long long a) { return a < 0 ? -a : a; }
static inline long long llabs(long long a) { return abs(a); }
static inline float abs(float a) { return fabsf(a); }
static inline double abs(double a) { return fabs(a); }
static inline float __expf(float x) { return expf(x); }
static inline float __logf(float x) { return logf(x); }
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __saturatef(float x) { return x > 0 ? x < 1 ? x : 1 : 0; }

// Bits.
template <class To, class From>
static inline To kernels_bits(From value) {
  static_assert(sizeof(To) == sizeof(From), "of one size");
  To result;
  __builtin_memcpy(&result, &value, sizeof result);
  return result;
}
static inline int __float_as_int(float x) { return kernels_bits<int>(x); }
static inline unsigned __float_as_uint(float x) { return kernels_bits<unsigned>(x); }
static inline float __int_as_float(int x) { return kernels_bits<float>(x); }
static inline float __uint_as_float(unsigned x) { return kernels_bits<float>(x); }
static inline long long __double_as_longlong(double x) { return kernels_bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return kernels_bits<double>(x); }
static inline int __double2hiint(double x) { return (int)(__double_as_longlong(x) >> 32); }
static inline int __double2loint(double x) { return (int)__double_as_longlong(x); }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __ffsll(long long x) { return __builtin_ffsll(x); }
static inline unsigned __brev(unsigned x) { return __builtin_bitreverse32(x); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
static inline int __mulhi(int a, int b) { return (int)((long long)a * b >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)((unsigned __int128)a * b >> 64);
}
static inline long long __mul64hi(long long a, long long b) { return (long long)((__int128)a * b >> 64); }

// Arithmetic that is rounded once, to the nearest.
#define KERNELS_ROUNDED(T, letter)                                      \
  static inline T __##letter##add_rn(T a, T b) { return a + b; }        \
  static inline T __##letter##sub_rn(T a, T b) { return a - b; }        \
  static inline T __##letter##mul_rn(T a, T b) { return a * b; }        \
  static inline T __##letter##div_rn(T a, T b) { return a / b; }        \
  static inline T __##letter##sqrt_rn(T a) { return sqrt(a); }          \
  static inline T __##letter##rcp_rn(T a) { return 1 / a; }
KERNELS_ROUNDED(float, f)
KERNELS_ROUNDED(double, d)
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
static inline float __double2float_rn(double x) { return (float)x; }
static inline int __float2int_rn(float x) { return (int)rintf(x); }
static inline int __float2int_rz(float x) { return (int)x; }
static inline long long __float2ll_rz(float x) { return (long long)x; }
static inline int __double2int_rn(double x) { return (int)rint(x); }
static inline int __double2int_rz(double x) { return (int)x; }
static inline long long __double2ll_rz(double x) { return (long long)x; }
static inline long long __double2ll_rn(double x) { return llrint(x); }
static inline float __ull2float_rn(unsigned long long x) { return (float)x; }
static inline float __ll2float_rn(long long x) { return (float)x; }
static inline double __ull2double_rn(unsigned long long x) { return (double)x; }
static inline double __ll2double_rn(long long x) { return (double)x; }
static inline float __int2float_rn(int x) { return (float)x; }
static inline float __uint2float_rn(unsigned x) { return (float)x; }

// What kernels have in PTX on a device: matrix units and copies that go on by themselves. Kernels call these where
// CUDA_EMULATOR is defined.
struct kernels_lane {
  float a[8], b[4];
  const void *row;
};
static kernels_lane kernels_lanes[32][32];
static inline unsigned kernels_thread() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }
static inline float kernels_float_of(unsigned bits, bool is_bfloat) {
  float value;
  if (is_bfloat) {
    bits <<= 16;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
  }
  unsigned short half = (unsigned short)bits;
  _Float16 narrow;
  __builtin_memcpy(&narrow, &half, sizeof narrow);
  return (float)narrow;
}

// Not inlined: kernels unroll their loops, and would be long in compiling.

// mma.m16n8k16: each lane puts its numbers where the others read them.
static __noinline__ void kernels_multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1, bool is_bfloat) {
  unsigned thread = kernels_thread(), lane = thread % 32;
  kernels_lane *lanes = kernels_lanes[thread / 32];
  for (unsigned i = 0; i < 8; i++) lanes[lane].a[i] = kernels_float_of(a[i / 2] >> i % 2 * 16 & 0xffff, is_bfloat);
  for (unsigned i = 0; i < 4; i++)
    lanes[lane].b[i] = kernels_float_of((i < 2 ? b0 : b1) >> i % 2 * 16 & 0xffff, is_bfloat);
  kernels_sync(__LINE__);
  for (unsigned i = 0; i < 4; i++) {
    const kernels_lane *row = lanes + lane / 4 * 4, *column = lanes + (lane % 4 * 2 + i % 2) * 4;
    for (unsigned k = 0; k < 16; k++)
      c[i] += row[k % 8 / 2].a[k / 8 * 4 + i / 2 * 2 + k % 2] * column[k % 8 / 2].b[k / 8 * 2 + k % 2];
  }
  kernels_sync(__LINE__);
}

// ldmatrix.x4
static __noinline__ void kernels_load_squares(unsigned (&r)[4], const void *row, bool is_transposed) {
  unsigned thread = kernels_thread(), lane = thread % 32;
  kernels_lane *lanes = kernels_lanes[thread / 32];
  if ((unsigned long)row % 16) kernels_runtime_now->trap("a matrix's row is not at a multiple of 16 bytes", __LINE__);
  lanes[lane].row = row;
  kernels_sync(__LINE__);
  for (unsigned i = 0; i < 4; i++) {
    r[i] = 0;
    for (unsigned j = 0; j < 2; j++) {
      unsigned y = lane / 4, x = lane % 4 * 2 + j;
      unsigned from = is_transposed ? x : y, at = is_transposed ? y : x;
      r[i] |= (unsigned)((const unsigned short *)lanes[i * 8 + from].row)[at] << 16 * j;
    }
  }
  kernels_sync(__LINE__);
}

// cp.async: nothing is there before it has been waited for.
struct kernels_copy {
  void *to;
  const void *from;
  unsigned group;
};
static struct {
  kernels_copy copies[128];
  unsigned count, group;
} kernels_pending[1024];
static __noinline__ void kernels_start_copy(void *to, const void *from) {
  auto &mine = kernels_pending[kernels_thread()];
  if (((unsigned long)to | (unsigned long)from) % 16 || mine.count == 128)
    kernels_runtime_now->trap("a copy is not at a multiple of 16 bytes, or too many are under way", __LINE__);
  __builtin_memset(to, from ? 0xff : 0, 16);
  if (from) mine.copies[mine.count++] = {to, from, mine.group};
}
static inline void kernels_end_copies() { kernels_pending[kernels_thread()].group++; }
static __noinline__ void kernels_await_copies(unsigned last) {
  auto &mine = kernels_pending[kernels_thread()];
  unsigned kept = 0;
  for (unsigned i = 0; i < mine.count; i++) {
    kernels_copy copy = mine.copies[i];
    if (copy.group + last < mine.group)
      __builtin_memcpy(copy.to, copy.from, 16);
    else
      mine.copies[kept++] = copy;
  }
  mine.count = kept;
}
