import CPUKernelTypes
import CPULanes

/// This module's kernels. The module's -march says for which processors.
public func kernelTable() -> KernelTable {
  KernelTable(
    elementwise: [
      nil, elementwiseBool, elementwiseUInt8, elementwiseInt8, elementwiseInt16, elementwiseInt32,
      elementwiseInt64, elementwiseFloat16, elementwiseBFloat16, elementwiseFloat32,
      elementwiseFloat64, elementwiseComplex64, elementwiseComplex128,
    ],
    select: selectBytes, cast: castElements, move: moveBytes, moveRows: moveRowsOfBytes, stream: streamBytes,
    transpose: transposeBytes, arange: arangeElements, random: randomElements, reduceStart: reduceStartKernel,
    reduceRun: reduceRunKernel, reduceRows: reduceRowsKernel, reduceCombine: reduceCombineKernel,
    reduceFinish: reduceFinishKernel, argRun: argRunKernel, argRows: argRowsKernel,
    matmul: matmulKernel, packedProduct: lanes_have_fma() != 0 ? packedProductKernel : nil,
    packedRange: lanes_have_avx512() != 0 ? 4_000_000 ... .max : 1_000_000...512 * 512 * 512,
    softmax: softmaxKernel, adam: adamKernel, sgd: sgdKernel,
    gather: gatherKernel, scatter: scatterKernel, checkIndices: checkIndicesKernel,
    sort: sortKernels, scan: scanKernel, runningSum: runningSumKernel, scanExtreme: scanExtremeKernel,
    fourier: FourierKernels(transform: fourierKernel, vectorBytes: fourierVectorBytes))
}
