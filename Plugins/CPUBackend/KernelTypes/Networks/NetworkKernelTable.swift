/// What one instruction-set level offers of what networks are made of, a member for each family.
public struct NetworkKernelTable {
  public var affine: AffineKernels
  public var attention: AttentionKernels
  public var convolution: ConvolutionKernels
  public var crossEntropy: CrossEntropyKernels
  public var dropout: DropoutKernels
  public var optimizer: OptimizerKernels
  public var order: OrderKernels
  public var pooling: PoolingKernels
  public var recurrence: RecurrenceKernels
  public var statistics: StatisticsKernels

  public init(
    affine: AffineKernels,
    attention: AttentionKernels,
    convolution: ConvolutionKernels,
    crossEntropy: CrossEntropyKernels,
    dropout: DropoutKernels,
    optimizer: OptimizerKernels,
    order: OrderKernels,
    pooling: PoolingKernels,
    recurrence: RecurrenceKernels,
    statistics: StatisticsKernels
  ) {
    self.affine = affine
    self.attention = attention
    self.convolution = convolution
    self.crossEntropy = crossEntropy
    self.dropout = dropout
    self.optimizer = optimizer
    self.order = order
    self.pooling = pooling
    self.recurrence = recurrence
    self.statistics = statistics
  }
}
