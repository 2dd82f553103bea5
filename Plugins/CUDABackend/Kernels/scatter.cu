// SCATTER of the type DTYPE. Several sources may have one target: it is changed by atomic operations.
#include "indices.cuh"

// MARK: - Read, change and write at once

// For elements of 4 and 8 bytes. `change` gives the new bits for the old.
template <class Change> __device__ inline void exchange(u32 *target, Change change) {
  u32 old = *(volatile u32 *)target;
  while (true) {
    u32 changed = change(old);
    if (changed == old) return;
    u32 found = atomicCAS((unsigned int *)target, old, changed);
    if (found == old) return;
    old = found;
  }
}

template <class Change> __device__ inline void exchange(u64 *target, Change change) {
  u64 old = *(volatile u64 *)target;
  while (true) {
    u64 changed = change(old);
    if (changed == old) return;
    u64 found = atomicCAS(target, old, changed);
    if (found == old) return;
    old = found;
  }
}

// Narrower ones within the word that holds them; their neighbours keep what they have.
template <class Narrow, class Change> __device__ inline void exchange_within(Narrow *target, Change change) {
  u64 address = (u64)target;
  int shift = (int)(address % 4) * 8;
  u32 mask = (u32)(Narrow)~(Narrow)0 << shift;
  exchange((u32 *)(address - address % 4), [=](u32 word) {
    return (word & ~mask) | (u32)change((Narrow)(word >> shift)) << shift;
  });
}

template <class Change> __device__ inline void exchange(u16 *target, Change change) {
  exchange_within(target, change);
}

template <class Change> __device__ inline void exchange(u8 *target, Change change) {
  exchange_within(target, change);
}

// MARK: - The operator on one element

template <int BYTES> struct bits_of;
template <> struct bits_of<1> { typedef u8 bits; };
template <> struct bits_of<2> { typedef u16 bits; };
template <> struct bits_of<4> { typedef u32 bits; };
template <> struct bits_of<8> { typedef u64 bits; };

template <class To, class From> __device__ inline To same_bits(From x) {
  static_assert(sizeof(To) == sizeof(From), "of one size");
  union {
    From from;
    To to;
  } either;
  either.from = x;
  return either.to;
}

// Without signs, for integers to wrap.
#if DTYPE == BP_BOOL
__device__ inline bool add(bool a, bool b) { return a || b; }
__device__ inline bool multiply(bool a, bool b) { return a && b; }
#else
template <class V> __device__ inline V add(V a, V b) { return (V)((u64)a + (u64)b); }
template <class V> __device__ inline V multiply(V a, V b) { return (V)((u64)a * (u64)b); }
template <> __device__ inline float add(float a, float b) { return a + b; }
template <> __device__ inline double add(double a, double b) { return a + b; }
template <> __device__ inline float multiply(float a, float b) { return a * b; }
template <> __device__ inline double multiply(double a, double b) { return a * b; }
#endif

// Whether the sum is one operation of the memory's own; then it is done. That of float32 takes subnormal numbers for
// zero: it is used where there can be no such result, and no such number makes a difference.
template <class E, class V> __device__ inline bool adds(E *, V) { return false; }
__device__ inline bool adds(float *target, float x) {
  if (fabsf(x) < 0x1p-100f) return false;
  atomicAdd(target, x);
  return true;
}
__device__ inline bool adds(double *target, double x) { return atomicAdd(target, x), true; }
__device__ inline bool adds(i32 *target, i32 x) { return atomicAdd((int *)target, x), true; }
__device__ inline bool adds(i64 *target, i64 x) { return atomicAdd((u64 *)target, (u64)x), true; }

template <int NUMBER> __device__ inline void combine(
    typename type_of<NUMBER>::element *target, typename type_of<NUMBER>::value x, int mode) {
  typedef type_of<NUMBER> type;
  typedef typename type::element element;
  typedef typename type::value value;
  typedef typename bits_of<sizeof(element)>::bits bits;
  if (mode == BP_SCATTER_SET) {
    *target = type::store(x);
    return;
  }
  if (mode == BP_SCATTER_ADD && adds(target, x)) return;
  exchange((bits *)target, [=](bits old) {
    value y = type::load(same_bits<element>(old)), z;
    switch (mode) {
      case BP_SCATTER_ADD: z = add(y, x); break;
      case BP_SCATTER_MUL: z = multiply(y, x); break;
      case BP_SCATTER_MAX: z = y > x || y != y ? y : x; break;
      default: z = y < x || y != y ? y : x; break;
    }
    return same_bits<bits>(type::store(z));
  });
}

// MARK: - Kernels

// NUMBER: of the target's type.
template <int NUMBER> __device__ inline void run(const ck_indexing &p) {
  typedef typename type_of<NUMBER>::value value;
  for (i64 i = thread_index(); i < p.axes.count; i += thread_count()) {
    i64 at[3];
    locate(p.axes, i, at);
    i64 index = ((const i64 *)p.index)[at[2]];
    if (!is_within(p, index)) continue;
    value x = (value)type_of<DTYPE>::load(((const type_of<DTYPE>::element *)p.other)[at[0]]);
    combine<NUMBER>((typename type_of<NUMBER>::element *)p.data + at[1] + index * p.axis_stride, x, p.mode);
  }
}

KERNEL scatter(const ck_indexing p) { run<DTYPE>(p); }

#if DTYPE == BP_FLOAT16 || DTYPE == BP_BFLOAT16
// Sums and products of 16-bit floats are made in float32 and rounded once.
KERNEL scatter_wide(const ck_indexing p) { run<BP_FLOAT32>(p); }

KERNEL widen(const ck_movement p) {
  for (i64 i = thread_index(); i < p.axes.count; i += thread_count()) {
    i64 at[2];
    locate(p.axes, i, at);
    ((float *)p.source)[at[1]] = type_of<DTYPE>::load(((const type_of<DTYPE>::element *)p.target)[at[0]]);
  }
}

// What is as it was keeps its bits.
KERNEL narrow(const ck_movement p) {
  for (i64 i = thread_index(); i < p.axes.count; i += thread_count()) {
    i64 at[2];
    locate(p.axes, i, at);
    type_of<DTYPE>::element *target = (type_of<DTYPE>::element *)p.target + at[0];
    float x = ((const float *)p.source)[at[1]];
    if (__float_as_uint(x) != __float_as_uint(type_of<DTYPE>::load(*target))) *target = type_of<DTYPE>::store(x);
  }
}
#endif
