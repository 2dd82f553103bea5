import BackendAPI

extension Operator {
  static let forwardConvolution = Operator(BP_OP_CONVOLUTION, "convolution")
  static let convolutionInput = Operator(BP_OP_CONVOLUTION_INPUT, "convolution_input")
  static let convolutionWeight = Operator(BP_OP_CONVOLUTION_WEIGHT, "convolution_weight")

  static let convolution: [Operator] = [forwardConvolution, convolutionInput, convolutionWeight]
}

/// The rules of convolutions: shapes, types, padding.
extension Ops {
  /// x of (N, C, d…) or (C, d…) with a kernel (O, C / groups, k…), for 1, 2 or 3 spatial dimensions.
  static func convolution(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, stride: [Int], padding: PaddingRule, dilation: [Int], groups: Int,
    dimensions: Int, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    let input = try batched(x, kernel, bias, dimensions, operation)
    let stride = try spatial(stride, dimensions, "stride", operation)
    let dilation = try spatial(dilation, dimensions, "dilation", operation)
    var padded = [Int](repeating: 0, count: dimensions)
    if case .both(let amounts) = padding { padded = try spatial(amounts, dimensions, "padding", operation) }
    try require(input, kernel, stride, padded, dilation, groups)
    try requireChannels(input, kernel, bias, groups)
    let size = Array(kernel.layout.shape.dropFirst(2))
    var (low, high) = (padded, padded)
    if padding == .same {
      guard stride.allSatisfy({ $0 == 1 }) else {
        throw BackplaneError(.value, "padding='same' is not supported for strided convolutions")
      }
      for i in size.indices {
        let total = try Sizes.multiply(dilation[i], size[i] - 1, in: operation)
        low[i] = total / 2
        high[i] = total - low[i]
      }
    }
    let extents = Array(input.layout.shape.dropFirst(2))
    var windows: [Windows] = []
    var paddedExtents: [Int] = []
    var spans: [Int] = []
    for i in size.indices {
      paddedExtents.append(try Sizes.sum([extents[i], low[i], high[i]], in: operation))
      spans.append(try Windows.span(size[i], dilation[i], in: operation))
    }
    for i in size.indices {
      guard
        let w = try Windows.over(
          extents[i], low: low[i], high: high[i], size: size[i], stride: stride[i], dilation: dilation[i], in: operation
        )
      else {
        func list(_ values: [Int]) -> String { values.map(String.init).joined(separator: " x ") }
        throw BackplaneError(
          .shape,
          "Calculated padded input size per channel: (\(list(paddedExtents))). Kernel size: (\(list(spans))). Kernel size "
            + "can't be greater than actual input size")
      }
      windows.append(w)
    }
    // What is made on the way has a size as well.
    let (batch, channels) = (input.layout.elements[0], input.layout.elements[1])
    _ = try Layout.contiguous([batch, channels] + paddedExtents)
    _ = try Layout.contiguous([batch, kernel.layout.elements[0]] + windows.map(\.count))
    let geometry = ConvolutionGeometry(groups: groups, windows: windows, low: low, high: high)
    let result = try convolution(input, kernel, geometry, bias: bias)
    return x.layout.rank == dimensions + 1 ? try squeeze(result, 0) : result
  }

  /// The transpose of a convolution, with a kernel (C, O / groups, k…).
  static func transposedConvolution(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, stride: [Int], padding: [Int], outputPadding: [Int], groups: Int,
    dilation: [Int], dimensions: Int, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    let input = try batched(x, kernel, bias, dimensions, operation)
    let stride = try spatial(stride, dimensions, "stride", operation)
    let dilation = try spatial(dilation, dimensions, "dilation", operation)
    let padding = try spatial(padding, dimensions, "padding", operation)
    let outputPadding = try spatial(outputPadding, dimensions, "output_padding", operation)
    try require(input, kernel, stride, padding, dilation, groups)
    try requireTransposedChannels(input, kernel, bias, groups)
    let size = Array(kernel.layout.shape.dropFirst(2))
    let counts = Array(input.layout.shape.dropFirst(2))
    var windows: [Windows] = []
    var extents: [Int] = []
    var paddedExtents: [Int] = []
    for i in size.indices {
      guard outputPadding[i] >= 0 else { throw BackplaneError(.value, "negative output_padding is not supported") }
      guard outputPadding[i] < Swift.max(stride[i], dilation[i]) else {
        throw BackplaneError(
          .value,
          "output padding must be smaller than either stride or dilation, but got output_padding: \(outputPadding) "
            + "stride: \(stride) dilation: \(dilation)")
      }
      windows.append(Windows(size: size[i], stride: stride[i], dilation: dilation[i], count: counts[i]))
      let steps = try Sizes.multiply(counts[i] - 1, stride[i], in: operation)
      let span = try Windows.span(size[i], dilation[i], in: operation)
      let padded = try Sizes.sum([steps, span, outputPadding[i]], in: operation)
      extents.append(try Sizes.sum([padded, -padding[i], -padding[i]], in: operation))
      paddedExtents.append(padded)
    }
    guard extents.allSatisfy({ $0 > 0 }) else {
      throw BackplaneError(
        .shape,
        "Given input size per channel: (\(counts)). Calculated output size per channel: (\(extents)). Output size is too "
          + "small")
    }
    _ = try Layout.contiguous([input.layout.elements[0], kernel.layout.elements[1] * groups] + paddedExtents)
    let geometry = ConvolutionGeometry(groups: groups, windows: windows, low: padding, high: padding)
    let result = try transposedConvolution(input, kernel, geometry, extents, bias: bias)
    return x.layout.rank == dimensions + 1 ? try squeeze(result, 0) : result
  }

  /// The input with a dimension for the batch, after the types have been found alike.
  private static func batched(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, _ dimensions: Int, _ operation: String
  ) throws(BackplaneError) -> Tensor {
    try requireSameDevice([x, kernel] + (bias.map { [$0] } ?? []))
    for (other, role) in [(kernel, "weight")] + (bias.map { [($0, "bias")] } ?? []) where other.dtype != x.dtype {
      throw BackplaneError(
        .dtype,
        "Input type (\(x.dtype.elementName)) and \(role) type (\(other.dtype.elementName)) should be the same")
    }
    guard x.dtype != .bool else { throw BackplaneError(.dtype, "\(operation): not implemented for 'Bool'") }
    guard kernel.layout.rank >= 3 else {
      throw BackplaneError(.shape, "weight should have at least three dimensions")
    }
    guard kernel.layout.rank == dimensions + 2 else {
      throw BackplaneError(
        .shape,
        "Expected \(kernel.layout.rank)-dimensional input for \(kernel.layout.rank)-dimensional weight "
          + "\(kernel.shape), but got \(x.layout.rank)-dimensional input of size \(x.shape) instead")
    }
    if x.layout.rank == dimensions + 1 { return try unsqueeze(x, 0) }
    guard x.layout.rank == dimensions + 2 else {
      throw BackplaneError(
        .shape,
        "Expected \(dimensions + 1)D (unbatched) or \(dimensions + 2)D (batched) input to \(operation), but got input of "
          + "size: \(x.shape)")
    }
    return x
  }

  private static func require(
    _ x: Tensor, _ kernel: Tensor, _ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int
  ) throws(BackplaneError) {
    guard groups > 0 else { throw BackplaneError(.value, "non-positive groups is not supported") }
    guard padding.allSatisfy({ $0 >= 0 }) else { throw BackplaneError(.value, "negative padding is not supported") }
    if let d = padding.firstIndex(where: { $0 > Int.max / 2 }) {
      throw BackplaneError(
        .value, "Given padding=\(padding[d]) at dimension \(d) , expected padding to be at most \(Int.max / 2)")
    }
    guard stride.allSatisfy({ $0 > 0 }) else { throw BackplaneError(.value, "non-positive stride is not supported") }
    guard dilation.allSatisfy({ $0 > 0 }) else {
      throw BackplaneError(.value, "dilation should be greater than zero")
    }
    guard kernel.layout.elements[0] >= groups else {
      throw BackplaneError(
        .shape,
        "Given groups=\(groups), expected weight to be at least \(groups) at dimension 0, but got weight of size "
          + "\(kernel.shape) instead")
    }
    guard kernel.layout.elements[0] % groups == 0 else {
      throw BackplaneError(
        .shape,
        "Given groups=\(groups), expected weight to be divisible by \(groups) at dimension 0, but got weight of size "
          + "\(kernel.shape) instead")
    }
    guard !kernel.layout.shape.dropFirst(2).contains(0) else {
      throw BackplaneError(.shape, "kernel size should be greater than zero, but got weight of size \(kernel.shape)")
    }
  }

  private static func requireChannels(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, _ groups: Int
  ) throws(BackplaneError) {
    let expected = kernel.layout.elements[1] * groups
    guard x.layout.elements[1] == expected else {
      throw BackplaneError(
        .shape,
        "Given groups=\(groups), weight of size \(kernel.shape), expected input\(x.shape) to have \(expected) channels, "
          + "but got \(x.layout.elements[1]) channels instead")
    }
    try requireBias(bias, kernel, kernel.layout.elements[0])
  }

  private static func requireTransposedChannels(
    _ x: Tensor, _ kernel: Tensor, _ bias: Tensor?, _ groups: Int
  ) throws(BackplaneError) {
    guard x.layout.elements[1] == kernel.layout.elements[0] else {
      throw BackplaneError(
        .shape,
        "Given transposed=1, weight of size \(kernel.shape), expected input\(x.shape) to have "
          + "\(kernel.layout.elements[0]) channels, but got \(x.layout.elements[1]) channels instead")
    }
    try requireBias(bias, kernel, kernel.layout.elements[1] * groups)
  }

  private static func requireBias(_ bias: Tensor?, _ kernel: Tensor, _ count: Int) throws(BackplaneError) {
    guard let bias, bias.shape != [count] else { return }
    throw BackplaneError(
      .shape,
      "Given weight of size \(kernel.shape), expected bias to be 1-dimensional with \(count) elements, but got bias of "
        + "size \(bias.shape) instead")
  }
}

extension DType {
  /// The type's name in C++, which PyTorch's messages about convolutions give.
  fileprivate var elementName: String {
    switch self {
    case .bool: "bool"
    case .uint8: "unsigned char"
    case .int8: "signed char"
    case .int16: "short int"
    case .int32: "int"
    case .int64: "long int"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    case .float32: "float"
    case .float64: "double"
    case .complex64: "c10::complex<float>"
    case .complex128: "c10::complex<double>"
    }
  }
}
