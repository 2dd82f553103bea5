// GATHER of elements of so many BYTES, or of BOOL.
#include "indices.cuh"

#ifdef BOOL
typedef boolean element;
__device__ inline boolean moved(boolean x) { return {(u8)(x.bits != 0 ? 1 : 0)}; }
#else
#if BYTES == 1
typedef u8 element;
#elif BYTES == 2
typedef u16 element;
#elif BYTES == 4
typedef u32 element;
#elif BYTES == 8
typedef u64 element;
#else
struct alignas(16) element {
  u64 words[2];
};
#endif
__device__ inline element moved(element x) { return x; }
#endif

KERNEL gather(const ck_indexing p) {
  for (i64 i = thread_index(); i < p.axes.count; i += thread_count()) {
    i64 at[3];
    locate(p.axes, i, at);
    i64 index = ((const i64 *)p.index)[at[2]];
    if (!is_within(p, index)) continue;
    ((element *)p.other)[at[0]] = moved(((const element *)p.data)[at[1] + index * p.axis_stride]);
  }
}
