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
  public var convolution: ConvolutionKernels
  public var pooling: PoolingKernels
  public var statistics: StatisticsKernels
  public var attention: AttentionKernels
  public var crossEntropy: CrossEntropyKernels
  public var recurrence: RecurrenceKernels
  public var dropout: DropoutKernels
  public var order: OrderKernels

  public init(
    convolution: ConvolutionKernels, pooling: PoolingKernels, statistics: StatisticsKernels,
    attention: AttentionKernels, crossEntropy: CrossEntropyKernels, recurrence: RecurrenceKernels,
    dropout: DropoutKernels, order: OrderKernels
  ) {
    self.convolution = convolution
    self.pooling = pooling
    self.statistics = statistics
    self.attention = attention
    self.crossEntropy = crossEntropy
    self.recurrence = recurrence
    self.dropout = dropout
    self.order = order
  }
}
