/// What one instruction-set level offers of what networks are made of, a member for each family.
public struct NetworkKernelTable {
  public var activation: ActivationKernels
  public var affine: AffineKernels
  public var attention: AttentionKernels
  public var convolution: ConvolutionKernels
  public var crossEntropy: CrossEntropyKernels
  public var dropout: DropoutKernels
  public var optimizer: OptimizerKernels
  public var pooling: PoolingKernels
  public var recurrence: RecurrenceKernels
  public var statistics: StatisticsKernels

  public init(
    activation: ActivationKernels,
    affine: AffineKernels,
    attention: AttentionKernels,
    convolution: ConvolutionKernels,
    crossEntropy: CrossEntropyKernels,
    dropout: DropoutKernels,
    optimizer: OptimizerKernels,
    pooling: PoolingKernels,
    recurrence: RecurrenceKernels,
    statistics: StatisticsKernels
  ) {
    self.activation = activation
    self.affine = affine
    self.attention = attention
    self.convolution = convolution
    self.crossEntropy = crossEntropy
    self.dropout = dropout
    self.optimizer = optimizer
    self.pooling = pooling
    self.recurrence = recurrence
    self.statistics = statistics
  }
}
