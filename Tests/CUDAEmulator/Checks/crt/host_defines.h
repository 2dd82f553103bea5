/* For where NVIDIA's headers came without their compiler's: the marks of functions say nothing to a host's compiler. */
#pragma once
#define __host__
#define __device__
#define __device_builtin__
#define __cudart_builtin__
#define __builtin_align__(n) __attribute__((aligned(n)))
#define __align__(n) __attribute__((aligned(n)))
#define CUDARTAPI
