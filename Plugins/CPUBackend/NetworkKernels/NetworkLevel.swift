import CPUKernelTypes

/// This module's kernels. The module's -march says for which processors.
public func networkKernelTable() -> NetworkKernelTable {
  NetworkKernelTable(
    activation: activationKernels,
    affine: affineKernels,
    attention: attentionKernels,
    convolution: convolutionKernels,
    crossEntropy: crossEntropyKernels,
    dropout: dropoutKernels,
    optimizer: optimizerKernels,
    pooling: poolingKernels,
    recurrence: recurrenceKernels,
    statistics: statisticsKernels)
}
