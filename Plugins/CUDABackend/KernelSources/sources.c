#include "CUDAKernelSources.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

/* Every file of Kernels/ stands here and in the list below: a test compares the list with the folder. */
static const char backplane_backend_h[] = {
#embed "../../../Sources/BackendAPI/include/backplane_backend.h" suffix(, 0)
};
static const char cuda_kernels_h[] = {
#embed "../CUDATypes/cuda_kernels.h" suffix(, 0)
};
static const char common_cuh[] = {
#embed "../Kernels/common.cuh" suffix(, 0)
};

#define SOURCE(name, text) {name, text, sizeof text - 1}

static const cuda_source sources[] = {
    SOURCE("backplane_backend.h", backplane_backend_h),
    SOURCE("cuda_kernels.h", cuda_kernels_h),
    SOURCE("common.cuh", common_cuh),
    {0},
};

const cuda_source *cuda_sources(void) { return sources; }
