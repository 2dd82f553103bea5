// Random numbers by their place, as section 7 of backplane_backend.h has them.
#pragma once

#include "common.cuh"

// MARK: - Philox-4x32-10 [BP-7.1]

struct words {
  u32 at[4];
};

__device__ inline words philox(u64 counter, u64 key) {
  u32 x0 = (u32)counter, x1 = (u32)(counter >> 32), x2 = 0, x3 = 0;
  u32 k0 = (u32)key, k1 = (u32)(key >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    u64 a = (u64)x0 * 0xD2511F53u, b = (u64)x2 * 0xCD9E8D57u;
    x0 = (u32)(b >> 32) ^ x1 ^ k0;
    x1 = (u32)b;
    x2 = (u32)(a >> 32) ^ x3 ^ k1;
    x3 = (u32)a;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{x0, x1, x2, x3}};
}

// The number in [0, 1) that RANDOM_UNIFORM of float32 gives the element of this index.
__device__ inline float uniform_of(u64 seed, u64 offset, i64 index) {
  const words w = philox(offset + (u64)(index / 4), seed);
  // An index that is known only at run time would put the words into memory.
  u32 low = index & 1 ? w.at[1] : w.at[0], high = index & 1 ? w.at[3] : w.at[2];
  return (float)((index & 2 ? high : low) >> 8) * 0x1p-24f;
}
