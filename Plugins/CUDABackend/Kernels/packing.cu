// Tensors with their channels laid last and padded with zeros, of elements of SIZE bytes: by squares, so that both sides
// are gone along where they lie side by side.
#include "axes.cuh"

#if SIZE == 8
typedef u64 element;
#elif SIZE == 4
typedef u32 element;
#else
typedef u16 element;
#endif

// 256 threads.
KERNEL channels_last(const ck_packing p) {
  __shared__ element square[32][33];
  int x = threadIdx.x % 32, y = threadIdx.x / 32;
  i64 across = (p.padded + 31) / 32, down = (p.pixels.count + 31) / 32;
  for (i64 tile = blockIdx.x; tile < p.outer.count * down * across; tile += gridDim.x) {
    i64 outer = tile / (down * across), within = tile - outer * (down * across), at[2], from[1];
    i64 pixel = within / across * 32, channel = within % across * 32;
    locate(p.outer, outer, at);
    const element *source = (const element *)p.source + at[1];
    element *target = (element *)p.target + at[0];
    if (pixel + x < p.pixels.count) {
      locate<1>(p.pixels, pixel + x, from);
#pragma unroll
      for (int i = 0; i < 32; i += 8) {
        i64 c = channel + y + i;
        square[y + i][x] = c < p.channels ? source[from[0] + c * p.channel_stride] : (element)0;
      }
    }
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 32; i += 8) {
      i64 at_pixel = pixel + y + i, c = channel + x;
      if (at_pixel < p.pixels.count && c < p.padded) target[at_pixel * p.step + c] = square[x][y + i];
    }
    __syncthreads();
  }
}
