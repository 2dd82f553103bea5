/// What convolutions of 1, 2 and 3 dimensions have in common, the transposed ones too.
///
/// `weight` and `bias` start uniform in ±1/√fan, where fan is the number of inputs of each output.
open class ConvNd: Module {
  /// What a convolution puts around its input.
  public enum PaddingMode: String, Sendable, CaseIterable {
    /// Zeros all around.
    case zeros
    /// The elements mirrored at the edge, which is not repeated.
    case reflect
    /// The elements at the edge.
    case replicate
    /// The elements of the other end.
    case circular
  }

  /// The number of channels of inputs.
  public let inChannels: Int
  /// The number of channels of results.
  public let outChannels: Int
  /// The extents of the kernel.
  public let kernelSize: [Int]
  /// From window to window, the distance along each dimension.
  public let stride: [Int]
  /// How much is put around the input.
  public let padding: PaddingRule
  /// The distance of the kernel's elements along each dimension.
  public let dilation: [Int]
  /// What makes the result of a transposed convolution longer at one end; zero for the others.
  public let outputPadding: [Int]
  /// Into how many parts the channels are divided, each with outputs of its own.
  public let groups: Int
  /// What is put around the input.
  public let paddingMode: PaddingMode
  let isTransposed: Bool
  /// The kernels: (out, in / groups, k…), or (in, out / groups, k…) of a transposed convolution.
  @Parameter public var weight: Tensor
  /// What is added to each output channel, of shape (out), or nil.
  @Parameter public var bias: Tensor?

  /// The options of one layer, checked.
  struct Options {
    var kernelSize: [Int]
    var stride: [Int]
    var padding: PaddingRule
    var dilation: [Int]
    var outputPadding: [Int]
    var isTransposed = false
    var paddingMode = PaddingMode.zeros

    init(
      _ kernelSize: some SpatialExtents, _ stride: some SpatialExtents, _ padding: some ConvolutionPadding,
      _ dilation: some SpatialExtents, outputPadding: some SpatialExtents = 0, dimensions: Int, _ name: String
    ) {
      self.kernelSize = kernelSize.each(dimensions, "kernel_size", name)
      self.stride = stride.each(dimensions, "stride", name)
      self.dilation = dilation.each(dimensions, "dilation", name)
      self.outputPadding = outputPadding.each(dimensions, "output_padding", name)
      self.padding = padding.paddingRule
      if case .both(let amounts) = self.padding { self.padding = .both(amounts.each(dimensions, "padding", name)) }
    }
  }

  init(
    _ inChannels: Int, _ outChannels: Int, _ options: Options, groups: Int, bias: Bool, dtype: DType, device: Device?,
    generator: Generator?
  ) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    kernelSize = options.kernelSize
    stride = options.stride
    padding = options.padding
    dilation = options.dilation
    outputPadding = options.outputPadding
    self.groups = groups
    paddingMode = options.paddingMode
    isTransposed = options.isTransposed
    weight = funnel { () throws(BackplaneError) in
      try ConvNd.require(inChannels, outChannels, groups, options)
      let channels = options.isTransposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups]
      return Tensor.empty(channels + options.kernelSize, dtype: dtype, device: device)
    }
    self.bias = bias ? Tensor.empty([outChannels], dtype: dtype, device: device) : nil
    super.init()
    resetParameters(generator: generator)
  }

  private static func require(
    _ inChannels: Int, _ outChannels: Int, _ groups: Int, _ options: Options
  ) throws(BackplaneError) {
    guard groups > 0 else { throw BackplaneError(.value, "groups must be a positive integer") }
    guard inChannels % groups == 0 else {
      throw BackplaneError(.value, "in_channels must be divisible by groups")
    }
    guard outChannels % groups == 0 else {
      throw BackplaneError(.value, "out_channels must be divisible by groups")
    }
    guard options.padding != .same || options.stride.allSatisfy({ $0 == 1 }) else {
      throw BackplaneError(.value, "padding='same' is not supported for strided convolutions")
    }
  }

  /// Draws the parameters anew.
  public func resetParameters(generator: Generator? = nil) {
    Init.kaimingUniform_(weight, a: 5.0.squareRoot(), generator: generator)
    guard let bias else { return }
    let fan = weight.layout.shape.dropFirst().reduce(1, *)
    let bound = fan > 0 ? 1 / Double(fan).squareRoot() : 0
    Init.uniform_(bias, a: -bound, b: bound, generator: generator)
  }

  /// The input with its surroundings, and what is left for the convolution to pad.
  func padded(_ x: Tensor) -> (x: Tensor, rest: PaddingRule) {
    guard let mode = Functional.PaddingMode(rawValue: paddingMode.rawValue) else { return (x, padding) }
    var amounts: [Int] = []
    for d in kernelSize.indices.reversed() {
      switch padding {
      case .valid: amounts += [0, 0]
      case .both(let padding): amounts += [padding[d], padding[d]]
      case .same:
        let (total, overflow) = dilation[d].multipliedReportingOverflow(by: kernelSize[d] - 1)
        amounts += overflow ? [0, 0] : [total / 2, total - total / 2]
      }
    }
    return (Functional.pad(x, amounts, mode: mode), .valid)
  }

  open override var extraDescription: String {
    var text = "\(inChannels), \(outChannels), kernel_size=\(OptionText.tuple(kernelSize))"
    text += ", stride=\(OptionText.tuple(stride))"
    switch padding {
    case .same: text += ", padding=same"
    case .valid: text += ", padding=valid"
    case .both(let amounts):
      if amounts.contains(where: { $0 != 0 }) { text += ", padding=\(OptionText.tuple(amounts))" }
    }
    if dilation.contains(where: { $0 != 1 }) { text += ", dilation=\(OptionText.tuple(dilation))" }
    if outputPadding.contains(where: { $0 != 0 }) { text += ", output_padding=\(OptionText.tuple(outputPadding))" }
    if groups != 1 { text += ", groups=\(groups)" }
    if bias == nil { text += ", bias=False" }
    if paddingMode != .zeros { text += ", padding_mode=\(paddingMode.rawValue)" }
    return text
  }
}
