/// What transposed convolutions of 1, 2 and 3 dimensions have in common.
open class ConvTransposeNd: ConvNd {
  init(
    _ inChannels: Int, _ outChannels: Int, _ options: Options, groups: Int, bias: Bool, _ paddingMode: PaddingMode,
    dtype: DType, device: Device?, generator: Generator?
  ) {
    var options = options
    options.isTransposed = true
    super.init(
      inChannels, outChannels, options, groups: groups, bias: bias, dtype: dtype, device: device, generator: generator)
    funnel(or: ()) { () throws(BackplaneError) in
      guard paddingMode == .zeros else {
        throw BackplaneError(.value, "Only \"zeros\" padding mode is supported for \(type(of: self))")
      }
    }
  }

  open override func forward(_ x: Tensor) -> Tensor { transposed(x, amounts, outputPadding) }

  /// The result for an input, of given spatial extents.
  ///
  /// ```swift
  /// let layer = ConvTranspose2d(8, 3, 3, stride: 2, padding: 1)
  /// layer(Tensor.zeros([4, 8, 16, 16]), outputSize: [32, 32]).shape  // [4, 3, 32, 32]
  /// ```
  ///
  /// - Parameter outputSize: The spatial extents, or all of the result's shape; nil for what ``ConvNd/outputPadding`` says.
  ///   Extents that the layer cannot give are an error.
  public func callAsFunction(_ x: Tensor, outputSize: [Int]?) -> Tensor {
    guard let outputSize else { return self(x) }
    return callWithHooks([x]) { inputs in
      [
        funnel { () throws(BackplaneError) in
          transposed(inputs[0], amounts, try outputPadding(for: outputSize, inputs[0]))
        }
      ]
    }[0]
  }

  /// What gives the extents that are asked for.
  private func outputPadding(for outputSize: [Int], _ x: Tensor) throws(BackplaneError) -> [Int] {
    let n = kernelSize.count, rank = x.layout.rank
    let lead = rank == n + 2 ? 2 : 1
    guard rank == n + lead else {
      throw BackplaneError(
        .shape,
        "Expected \(n + 1)D (unbatched) or \(n + 2)D (batched) input to conv_transpose\(n)d, but got input of size: "
          + "\(x.shape)")
    }
    let wanted = outputSize.count == lead + n ? Array(outputSize.dropFirst(lead)) : outputSize
    guard wanted.count == n else {
      throw BackplaneError(
        .value,
        "ConvTranspose\(n)D: for \(rank)D input, output_size must have \(n) or \(lead + n) elements (got "
          + "\(wanted.count))")
    }
    let name = "ConvTranspose\(n)d", amounts = amounts
    var least: [Int] = [], most: [Int] = []
    for d in 0..<n {
      let steps = try Sizes.multiply(x.layout.elements[lead + d] - 1, stride[d], in: name)
      let reach = try Sizes.multiply(dilation[d], kernelSize[d] - 1, in: name)
      let border = try Sizes.multiply(-2, amounts[d], in: name)
      least.append(try Sizes.sum([steps, border, reach, 1], in: name))
      most.append(try Sizes.sum([least[d], stride[d], -1], in: name))
    }
    guard (0..<n).allSatisfy({ least[$0] <= wanted[$0] && wanted[$0] <= most[$0] }) else {
      throw BackplaneError(
        .value,
        "requested an output size of \(wanted), but valid sizes range from \(least) to \(most) (for an input of "
          + "\(Array(x.layout.shape.dropFirst(2))))")
    }
    return (0..<n).map { wanted[$0] - least[$0] }
  }

  private var amounts: [Int] {
    if case .both(let amounts) = padding { amounts } else { [Int](repeating: 0, count: kernelSize.count) }
  }

  func transposed(_ x: Tensor, _ padding: [Int], _ outputPadding: [Int]) -> Tensor { x }
}
