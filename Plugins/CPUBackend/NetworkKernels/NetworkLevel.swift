import CPUKernelTypes

/// This module's kernels. The module's -march says for which processors.
public func networkKernelTable() -> NetworkKernelTable {
  NetworkKernelTable(
    convolution: convolutionKernels, pooling: poolingKernels, statistics: statisticsKernels, attention: attentionKernels, crossEntropy: crossEntropyKernels, recurrence: recurrenceKernels, activation: activationKernels,
    dropout: dropoutKernels)
}
