/// What one instruction-set level offers of what networks are made of, a member for each family.
public struct NetworkKernelTable {
  public var convolution: ConvolutionKernels
  public var pooling: PoolingKernels
  public var statistics: StatisticsKernels
  public var attention: AttentionKernels
  public var crossEntropy: CrossEntropyKernels
  public var recurrence: RecurrenceKernels
  public var activation: ActivationKernels
  public var dropout: DropoutKernels

  public init(
    convolution: ConvolutionKernels, pooling: PoolingKernels, statistics: StatisticsKernels, attention: AttentionKernels, crossEntropy: CrossEntropyKernels, recurrence: RecurrenceKernels, activation: ActivationKernels,
    dropout: DropoutKernels
  ) {
    self.convolution = convolution
    self.pooling = pooling
    self.statistics = statistics
    self.attention = attention
    self.crossEntropy = crossEntropy
    self.recurrence = recurrence
    self.activation = activation
    self.dropout = dropout
  }
}
