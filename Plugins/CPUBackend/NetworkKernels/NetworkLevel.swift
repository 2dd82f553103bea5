import CPUKernelTypes

/// This module's kernels. The module's -march says for which processors.
public func networkKernelTable() -> NetworkKernelTable {
  NetworkKernelTable(
    affine: affineKernels,
    attention: attentionKernels,
    convolution: convolutionKernels,
    crossEntropy: crossEntropyKernels,
    dropout: dropoutKernels,
    optimizer: optimizerKernels,
    order: orderKernels,
    pooling: poolingKernels,
    recurrence: recurrenceKernels,
    statistics: statisticsKernels)
}
