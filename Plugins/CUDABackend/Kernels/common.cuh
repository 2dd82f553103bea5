// What all kernels share.
#pragma once

#include "backplane_backend.h"
#include "cuda_kernels.h"

typedef unsigned char u8;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef unsigned long long u64;
