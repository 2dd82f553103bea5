// FFT of the complex type DTYPE, by Stockham's algorithm, which leaves the results in order: Cochran et al., "What is the
// fast Fourier transform?", Proceedings of the IEEE 55, 1967. Any factors do.
#include "axes.cuh"

#if DTYPE == BP_COMPLEX64
typedef float real;
#else
typedef double real;
#endif

struct alignas(2 * sizeof(real)) complex {
  real re, im;
};

__device__ inline complex operator*(complex a, complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
__device__ inline complex operator+(complex a, complex b) { return {a.re + b.re, a.im + b.im}; }
__device__ inline complex operator-(complex a, complex b) { return {a.re - b.re, a.im - b.im}; }

// A slice as it lies in memory.
struct line {
  complex *at;
  i64 stride;
  __device__ complex &operator[](i64 i) const { return at[i * stride]; }
};

struct pass {
  const complex *table;
  i64 length, done; // the product of the factors before
  real sign;        // of i in the transform
  real scale;       // of the last pass

  // Item i of the length/RADIX ones: that many elements of the slice.
  template <int RADIX> __device__ void butterfly(const line &source, const line &target, i64 i) const {
    complex x[RADIX], y[RADIX];
    const i64 apart = length / RADIX, k = i % done, turn = k * (apart / done);
#pragma unroll
    for (int r = 0; r < RADIX; r++) {
      x[r] = source[i + r * apart];
      if (r > 0 && done > 1) x[r] = x[r] * table[r * turn];
    }
    transform(x, y);
    const i64 first = (i / done) * done * RADIX + k;
#pragma unroll
    for (int r = 0; r < RADIX; r++) target[first + r * done] = {y[r].re * scale, y[r].im * scale};
  }

  // i * a, with the sign of the transform.
  __device__ complex turned(complex a) const { return {-sign * a.im, sign * a.re}; }

  __device__ void transform(const complex (&x)[2], complex (&y)[2]) const { y[0] = x[0] + x[1], y[1] = x[0] - x[1]; }

  __device__ void transform(const complex (&x)[4], complex (&y)[4]) const {
    complex a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = turned(x[1] - x[3]);
    y[0] = a + c, y[1] = b + d, y[2] = a - c, y[3] = b - d;
  }

  __device__ void transform(const complex (&x)[8], complex (&y)[8]) const {
    const complex even[4] = {x[0], x[2], x[4], x[6]}, odd[4] = {x[1], x[3], x[5], x[7]};
    complex a[4], b[4];
    transform(even, a);
    transform(odd, b);
    const real half = (real)0.70710678118654752440;
    const complex one = {half, sign * half}, three = {-half, sign * half};
    b[1] = b[1] * one, b[2] = turned(b[2]), b[3] = b[3] * three;
#pragma unroll
    for (int r = 0; r < 4; r++) y[r] = a[r] + b[r], y[r + 4] = a[r] - b[r];
  }

  __device__ void transform(const complex (&x)[3], complex (&y)[3]) const {
    const real sine = (real)0.86602540378443864676;
    complex sum = x[1] + x[2], difference = turned(x[1] - x[2]);
    complex middle = {x[0].re - sum.re / 2, x[0].im - sum.im / 2}, side = {difference.re * sine, difference.im * sine};
    y[0] = x[0] + sum, y[1] = middle + side, y[2] = middle - side;
  }

  // Of any factor, the element `i` of the results: item and place among those of the item.
  __device__ void term(const line &source, const line &target, i64 i, i64 radix) const {
    const i64 apart = length / radix, item = i % apart, s = i / apart, k = item % done;
    // Each term is turned by k/(done*radix) + s/radix.
    const i64 step = k * (apart / done) + s * apart;
    complex sum = source[item];
    i64 at = 0;
    for (i64 r = 1; r < radix; r++) {
      at += step;
      if (at >= length) at -= length;
      sum = sum + source[item + r * apart] * table[at];
    }
    target[(item / done) * done * radix + k + s * done] = {sum.re * scale, sum.im * scale};
  }

  // What thread `i` of so many does.
  __device__ void run(const line &source, const line &target, i64 radix, i64 i) const {
    if (radix == 8) butterfly<8>(source, target, i);
    else if (radix == 4) butterfly<4>(source, target, i);
    else if (radix == 2) butterfly<2>(source, target, i);
    else if (radix == 3) butterfly<3>(source, target, i);
    else term(source, target, i, radix);
  }

  __device__ i64 items(i64 radix) const {
    return radix == 8 || radix == 4 || radix == 2 || radix == 3 ? length / radix : length;
  }
};

__device__ inline pass pass_of(const ck_fourier &p, i64 done, bool is_last) {
  return {(const complex *)p.table, p.length, done, p.is_inverse ? (real)1 : (real)-1, is_last ? (real)p.scale : (real)1};
}

KERNEL fourier_table(const ck_fourier p) {
  for (i64 k = thread_index(); k < p.length; k += thread_count()) {
    // Of the multiples of a quarter exact.
    const double pi = 3.14159265358979323846;
    i64 quarter = 4 * k / p.length, rest = 4 * k - quarter * p.length;
    double angle = pi / 2 * ((double)rest / (double)p.length), s = sin(angle), c = cos(angle);
    if (rest == 0) s = 0, c = 1;
    double re = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
    double im = quarter == 0 ? s : quarter == 1 ? c : quarter == 2 ? -s : -c;
    ((complex *)p.table)[k] = {(real)re, (real)(p.is_inverse ? im : -im)};
  }
}

// All passes over a slice in shared memory.
KERNEL __launch_bounds__(256) fourier_slices(const ck_fourier p) {
  __shared__ complex shared[2][CK_FOURIER_BYTES / sizeof(complex)];
  for (i64 slice = blockIdx.x; slice < p.slices.count; slice += gridDim.x) {
    i64 at[2], done = 1;
    locate(p.slices, slice, at);
    line from = {(complex *)p.source + at[1], p.stride[1]};
    for (int f = 0; f < p.count; f++) {
      const bool is_last = f + 1 == p.count;
      const pass now = pass_of(p, done, is_last);
      const line to = is_last ? line{(complex *)p.target + at[0], p.stride[0]} : line{shared[f % 2], 1};
      for (i64 i = threadIdx.x; i < now.items(p.radix[f]); i += blockDim.x) now.run(from, to, p.radix[f], i);
      __syncthreads();
      from = to;
      done *= p.radix[f];
    }
  }
}

// One pass over all slices, with the first of the factors that are left.
KERNEL __launch_bounds__(256) fourier_pass(const ck_fourier p) {
  const pass now = pass_of(p, p.done, p.count == 1);
  const i64 items = now.items(p.radix[0]);
  for (i64 i = thread_index(); i < p.slices.count * items; i += thread_count()) {
    i64 slice = i / items, at[2];
    locate(p.slices, slice, at);
    now.run({(complex *)p.source + at[1], p.stride[1]}, {(complex *)p.target + at[0], p.stride[0]}, p.radix[0],
            i - slice * items);
  }
}
