#include "CUDAKernelSources.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

/* Every file of Kernels/ stands here and in the list below: a test compares the list with the folder. */
static const char backplane_backend_h[] = {
#embed "../../../Sources/BackendAPI/include/backplane_backend.h" suffix(, 0)
};
static const char cuda_kernels_h[] = {
#embed "../CUDATypes/cuda_kernels.h" suffix(, 0)
};
static const char cuda_networks_h[] = {
#embed "../CUDATypes/cuda_networks.h" suffix(, 0)
};
static const char common_cuh[] = {
#embed "../Kernels/common.cuh" suffix(, 0)
};
static const char loops_cuh[] = {
#embed "../Kernels/loops.cuh" suffix(, 0)
};
static const char elementwise_cu[] = {
#embed "../Kernels/elementwise.cu" suffix(, 0)
};
static const char convert_cu[] = {
#embed "../Kernels/convert.cu" suffix(, 0)
};
static const char copy_cu[] = {
#embed "../Kernels/copy.cu" suffix(, 0)
};
static const char philox_cuh[] = {
#embed "../Kernels/philox.cuh" suffix(, 0)
};
static const char creation_cu[] = {
#embed "../Kernels/creation.cu" suffix(, 0)
};
static const char random_cu[] = {
#embed "../Kernels/random.cu" suffix(, 0)
};
static const char axes_cuh[] = {
#embed "../Kernels/axes.cuh" suffix(, 0)
};
static const char groups_cuh[] = {
#embed "../Kernels/groups.cuh" suffix(, 0)
};
static const char indices_cuh[] = {
#embed "../Kernels/indices.cuh" suffix(, 0)
};
static const char reduction_cu[] = {
#embed "../Kernels/reduction.cu" suffix(, 0)
};
static const char matmul_cu[] = {
#embed "../Kernels/matmul.cu" suffix(, 0)
};
static const char division_cuh[] = {
#embed "../Kernels/division.cuh" suffix(, 0)
};
static const char matrix_cuh[] = {
#embed "../Kernels/matrix.cuh" suffix(, 0)
};
static const char pooling_cu[] = {
#embed "../Kernels/pooling.cu" suffix(, 0)
};
static const char packing_cu[] = {
#embed "../Kernels/packing.cu" suffix(, 0)
};
static const char convolution_cuh[] = {
#embed "../Kernels/convolution.cuh" suffix(, 0)
};
static const char convolution_direct_cu[] = {
#embed "../Kernels/convolution_direct.cu" suffix(, 0)
};
static const char convolution_tiles_cu[] = {
#embed "../Kernels/convolution_tiles.cu" suffix(, 0)
};
static const char convolution_mma_cu[] = {
#embed "../Kernels/convolution_mma.cu" suffix(, 0)
};
static const char attention_cuh[] = {
#embed "../Kernels/attention.cuh" suffix(, 0)
};
static const char attention_cu[] = {
#embed "../Kernels/attention.cu" suffix(, 0)
};
static const char attention_mma_cu[] = {
#embed "../Kernels/attention_mma.cu" suffix(, 0)
};
static const char order_cuh[] = {
#embed "../Kernels/order.cuh" suffix(, 0)
};
static const char order_cu[] = {
#embed "../Kernels/order.cu" suffix(, 0)
};
static const char gather_cu[] = {
#embed "../Kernels/gather.cu" suffix(, 0)
};
static const char scatter_cu[] = {
#embed "../Kernels/scatter.cu" suffix(, 0)
};
static const char softmax_cuh[] = {
#embed "../Kernels/softmax.cuh" suffix(, 0)
};
static const char rows_cu[] = {
#embed "../Kernels/rows.cu" suffix(, 0)
};
static const char normalization_cu[] = {
#embed "../Kernels/normalization.cu" suffix(, 0)
};
static const char optimizer_cu[] = {
#embed "../Kernels/optimizer.cu" suffix(, 0)
};
static const char sums_cuh[] = {
#embed "../Kernels/sums.cuh" suffix(, 0)
};
static const char statistics_cuh[] = {
#embed "../Kernels/statistics.cuh" suffix(, 0)
};
static const char statistics_cu[] = {
#embed "../Kernels/statistics.cu" suffix(, 0)
};
static const char statistics_rows_cu[] = {
#embed "../Kernels/statistics_rows.cu" suffix(, 0)
};
static const char statistics_gradient_cu[] = {
#embed "../Kernels/statistics_gradient.cu" suffix(, 0)
};
static const char statistics_spread_cu[] = {
#embed "../Kernels/statistics_spread.cu" suffix(, 0)
};
static const char cross_entropy_cu[] = {
#embed "../Kernels/cross_entropy.cu" suffix(, 0)
};
static const char functions_cuh[] = {
#embed "../Kernels/functions.cuh" suffix(, 0)
};
static const char squares_cu[] = {
#embed "../Kernels/squares.cu" suffix(, 0)
};
static const char dropout_cu[] = {
#embed "../Kernels/dropout.cu" suffix(, 0)
};
static const char affine_cu[] = {
#embed "../Kernels/affine.cu" suffix(, 0)
};
static const char recurrence_cu[] = {
#embed "../Kernels/recurrence.cu" suffix(, 0)
};
static const char scans_cu[] = {
#embed "../Kernels/scans.cu" suffix(, 0)
};
static const char fourier_cu[] = {
#embed "../Kernels/fourier.cu" suffix(, 0)
};
static const char operators_cuh[] = {
#embed "../Kernels/operators.cuh" suffix(, 0)
};
static const char moves_cuh[] = {
#embed "../Kernels/moves.cuh" suffix(, 0)
};
static const char fusion_cuh[] = {
#embed "../Kernels/fusion.cuh" suffix(, 0)
};

#define SOURCE(name, text) {name, text, sizeof text - 1}

static const cuda_source sources[] = {
    SOURCE("backplane_backend.h", backplane_backend_h),
    SOURCE("cuda_kernels.h", cuda_kernels_h),
    SOURCE("cuda_networks.h", cuda_networks_h),
    SOURCE("common.cuh", common_cuh),
    SOURCE("loops.cuh", loops_cuh),
    SOURCE("elementwise.cu", elementwise_cu),
    SOURCE("convert.cu", convert_cu),
    SOURCE("copy.cu", copy_cu),
    SOURCE("philox.cuh", philox_cuh),
    SOURCE("creation.cu", creation_cu),
    SOURCE("random.cu", random_cu),
    SOURCE("axes.cuh", axes_cuh),
    SOURCE("groups.cuh", groups_cuh),
    SOURCE("indices.cuh", indices_cuh),
    SOURCE("reduction.cu", reduction_cu),
    SOURCE("matmul.cu", matmul_cu),
    SOURCE("division.cuh", division_cuh),
    SOURCE("matrix.cuh", matrix_cuh),
    SOURCE("pooling.cu", pooling_cu),
    SOURCE("packing.cu", packing_cu),
    SOURCE("convolution.cuh", convolution_cuh),
    SOURCE("convolution_direct.cu", convolution_direct_cu),
    SOURCE("convolution_tiles.cu", convolution_tiles_cu),
    SOURCE("convolution_mma.cu", convolution_mma_cu),
    SOURCE("attention.cuh", attention_cuh),
    SOURCE("attention.cu", attention_cu),
    SOURCE("attention_mma.cu", attention_mma_cu),
    SOURCE("order.cuh", order_cuh),
    SOURCE("order.cu", order_cu),
    SOURCE("gather.cu", gather_cu),
    SOURCE("scatter.cu", scatter_cu),
    SOURCE("softmax.cuh", softmax_cuh),
    SOURCE("rows.cu", rows_cu),
    SOURCE("normalization.cu", normalization_cu),
    SOURCE("optimizer.cu", optimizer_cu),
    SOURCE("sums.cuh", sums_cuh),
    SOURCE("statistics.cuh", statistics_cuh),
    SOURCE("statistics.cu", statistics_cu),
    SOURCE("statistics_rows.cu", statistics_rows_cu),
    SOURCE("statistics_gradient.cu", statistics_gradient_cu),
    SOURCE("statistics_spread.cu", statistics_spread_cu),
    SOURCE("cross_entropy.cu", cross_entropy_cu),
    SOURCE("functions.cuh", functions_cuh),
    SOURCE("squares.cu", squares_cu),
    SOURCE("dropout.cu", dropout_cu),
    SOURCE("affine.cu", affine_cu),
    SOURCE("recurrence.cu", recurrence_cu),
    SOURCE("scans.cu", scans_cu),
    SOURCE("fourier.cu", fourier_cu),
    SOURCE("operators.cuh", operators_cuh),
    SOURCE("moves.cuh", moves_cuh),
    SOURCE("fusion.cuh", fusion_cuh),
    {0},
};

const cuda_source *cuda_sources(void) { return sources; }
