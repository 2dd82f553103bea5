// Matrix units: products of 16 x 16 by 16 x 8 of 16-bit floats, added up in float32 by the 32 lanes of a warp, and what
// brings their operands there. From compute capability 8.0 on.
//
// Of the sums, lane l has row l / 4 and columns 2 (l % 4), 2 (l % 4) + 1 in c[0], c[1], and row l / 4 + 8 in c[2], c[3].
#pragma once

#include "common.cuh"

// c += a b
__device__ inline void multiply_add(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
#ifdef CUDA_EMULATOR
  kernels_multiply(c, a, b0, b1, DTYPE == BP_BFLOAT16);
#elif DTYPE == BP_BFLOAT16
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}

// Four squares of 8 x 8 from shared memory. Lane l names row l % 8 of square l / 8, 16 bytes at a multiple of 16; it
// gets of each square row l / 4, columns 2 (l % 4) and the next; TRANSPOSED, of its transpose.
template <bool TRANSPOSED> __device__ inline void load_squares(u32 (&r)[4], const u16 *row) {
#ifdef CUDA_EMULATOR
  kernels_load_squares(r, row, TRANSPOSED);
#else
  u32 at = (u32)__cvta_generic_to_shared(row);
  if (TRANSPOSED)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(at)
                 : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(at)
                 : "memory");
#endif
}

// The operand `a` of rows m ... m + 15 and terms k ... k + 15 of a matrix in shared memory, which lies there by rows of
// terms, or TRANSPOSED by terms of rows. `pitch` counts elements, a multiple of 8.
template <bool TRANSPOSED>
__device__ inline void load_a(u32 (&a)[4], const u16 *matrix, int pitch, int m, int k, int lane) {
  int square = lane / 8, row = lane % 8;
  if (TRANSPOSED)
    load_squares<true>(a, matrix + (k + square / 2 * 8 + row) * pitch + m + square % 2 * 8);
  else
    load_squares<false>(a, matrix + (m + square % 2 * 8 + row) * pitch + k + square / 2 * 8);
}

// The operands `b` of columns n ... n + 7, b[0] and b[1], and n + 8 ... n + 15, b[2] and b[3], of terms k ... k + 15: of a
// matrix that lies by columns of terms, or TRANSPOSED by terms of columns.
template <bool TRANSPOSED>
__device__ inline void load_b(u32 (&b)[4], const u16 *matrix, int pitch, int n, int k, int lane) {
  int square = lane / 8, row = lane % 8;
  if (TRANSPOSED)
    load_squares<true>(b, matrix + (k + square % 2 * 8 + row) * pitch + n + square / 2 * 8);
  else
    load_squares<false>(b, matrix + (n + square / 2 * 8 + row) * pitch + k + square % 2 * 8);
}

// Two floats as one operand register, the first in the low half.
__device__ inline u32 two_of(float low, float high) {
#ifdef CUDA_EMULATOR
  return (u32)type_of<DTYPE>::store(low).bits | (u32)type_of<DTYPE>::store(high).bits << 16;
#else
  u32 both;
#if DTYPE == BP_BFLOAT16
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
#else
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
#endif
  return both;
#endif
}

// MARK: - Copies to shared memory that go on by themselves

// 16 bytes, or with no source zeros.
__device__ inline void start_copy(u16 *to, const void *from) {
#ifdef CUDA_EMULATOR
  kernels_start_copy(to, from);
#else
  if (from)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"((u32)__cvta_generic_to_shared(to)), "l"(from) : "memory");
  else
    *(uint4 *)to = make_uint4(0, 0, 0, 0);
#endif
}

// Ends a group of copies.
__device__ inline void end_copies() {
#ifdef CUDA_EMULATOR
  kernels_end_copies();
#else
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Waits for all groups of this thread's copies but the last so many.
template <int PENDING> __device__ inline void await_copies() {
#ifdef CUDA_EMULATOR
  kernels_await_copies(PENDING);
#else
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
#endif
}
