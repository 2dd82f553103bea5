/// Padding: elements added to, or with negative amounts taken from, both ends of dimensions.
extension Ops {
  /// x with `value` around it. The gradient takes away what was added.
  ///
  /// - Parameters:
  ///   - low: For each dimension, how many elements come before.
  ///   - high: How many come after.
  static func constantPad(
    _ x: Tensor, low: [Int], high: [Int], _ value: Scalar = .int(0)
  ) throws(BackplaneError) -> Tensor {
    let extents = x.layout.shape
    var shape = extents
    for d in shape.indices {
      shape[d] = try Sizes.sum([low[d], high[d], extents[d]], in: "constant_pad_nd")
      guard shape[d] >= 0 else {
        throw BackplaneError(
          .shape,
          "The input size \(extents[d]), plus negative padding \(low[d]) and \(high[d]), resulted in a negative output "
            + "size, which is invalid. Check dimension \(d) of your input.")
      }
    }
    let isPadded = low.contains { $0 > 0 } || high.contains { $0 > 0 }
    if isPadded { try value.requireFits(x.dtype) }
    let layout = try Layout.contiguous(shape)
    let result =
      try isPadded ? full(layout, value, x.dtype, on: x.context) : Tensor(empty: layout, x.dtype, on: x.context)
    // The elements that both have.
    var common = extents
    for d in shape.indices {
      let kept = try Sizes.sum([extents[d], Swift.min(low[d], 0), Swift.min(high[d], 0)], in: "constant_pad_nd")
      common[d] = Swift.max(0, kept)
    }
    if !common.contains(0) {
      var sourceOffset = x.storageOffset
      var targetOffset = 0
      for d in shape.indices {
        sourceOffset += Swift.max(-low[d], 0) * x.layout.elements[x.layout.rank + d]
        targetOffset += Swift.max(low[d], 0) * result.layout.elements[x.layout.rank + d]
      }
      let source = x.view(try .strided(common, x.layout.strides), offset: sourceOffset)
      let target = result.view(try .strided(common, result.layout.strides), offset: targetOffset)
      try Dispatcher.unary(.copy, on: x.context, Operand(source), to: Operand(target))
    }
    if Autograd.records(x) {
      Autograd.record("ConstantPadNdBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        func opposite(_ amounts: [Int]) throws(BackplaneError) -> [Int] {
          try amounts.map { (amount) throws(BackplaneError) in try Sizes.subtract(0, amount, in: "constant_pad_nd") }
        }
        return [try constantPad(g, low: opposite(low), high: opposite(high))]
      }
    }
    return result
  }

  /// x with the last dimensions padded by repeating what is in x.
  ///
  /// - Parameters:
  ///   - amounts: For the last dimension, then the one before, …: before and after.
  static func repeatingPad(
    _ x: Tensor, _ amounts: [Int], _ mode: Functional.PaddingMode
  ) throws(BackplaneError) -> Tensor {
    // The gradient is a sum.
    var result = try Autograd.records(x) ? widened(x) : x
    let rank = x.layout.rank
    for i in 0..<amounts.count / 2 {
      let d = rank - 1 - i
      let (low, high) = (amounts[2 * i], amounts[2 * i + 1])
      let extent = x.layout.elements[d]
      try requirePadding(x, mode, low, high, d)
      if low == 0, high == 0 { continue }
      // Both amounts are short of the extent but for the replicated edge, which may lie anywhere.
      var target = result.layout.shape
      target[d] = try Sizes.sum([low, high, extent], in: "pad")
      _ = try Layout.contiguous(target)
      try HostMemory.require(target[d], of: Int64.self, in: "pad")
      // What negative amounts take away is not there to be repeated around the ends.
      let first = try Sizes.subtract(0, low, in: "pad")
      let end = try Sizes.add(extent, high, in: "pad")
      let kept = Swift.max(first, 0)..<Swift.max(extent + Swift.min(high, 0), Swift.max(first, 0))
      let positions = (first..<Swift.max(end, first)).map { mode.source($0, extent, kept) }
      result = try indexSelect(result, d, fromHost(positions.map(Int64.init), [positions.count], on: x.context))
    }
    return try result === x ? clone(x) : cast(result, x.dtype)
  }

  private static func requirePadding(
    _ x: Tensor, _ mode: Functional.PaddingMode, _ low: Int, _ high: Int, _ d: Int
  ) throws(BackplaneError) {
    let extent = x.layout.elements[d]
    let length = try Sizes.sum([low, high, extent], in: "pad")
    guard length >= 1 || (length == 0 && extent == 0) else {
      throw BackplaneError(
        .shape,
        "pad(): input (\(extent)) is too small: the padding (\(low), \(high)) at dimension \(d) of input \(x.shape) "
          + "resulted in a size of \(length)")
    }
    switch mode {
    case .reflect:
      guard low < Swift.max(extent, 1), high < Swift.max(extent, 1) else {
        throw BackplaneError(
          .shape,
          "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (\(low), "
            + "\(high)) at dimension \(d) of input \(x.shape)")
      }
    case .circular:
      guard low <= extent, high <= extent else {
        throw BackplaneError(
          .shape, "Padding value causes wrapping around more than once.")
      }
    case .replicate, .constant:
      guard extent > 0 || (low <= 0 && high <= 0) else {
        throw BackplaneError(
          .shape, "Expected input to have non-zero size for non-batch dimensions, but got: \(x.shape)")
      }
    }
  }

  /// Padding of the last dimensions first, two amounts each, in PyTorch's order.
  static func pad(
    _ x: Tensor, _ amounts: [Int], _ mode: Functional.PaddingMode, _ value: Scalar
  ) throws(BackplaneError) -> Tensor {
    guard amounts.count % 2 == 0 else { throw BackplaneError(.value, "Padding length must be divisible by 2") }
    let rank = x.layout.rank
    guard amounts.count / 2 <= rank else {
      throw BackplaneError(
        .shape,
        "Padding length should be less than or equal to two times the input dimension but got padding length "
          + "\(amounts.count) and input of dimension \(rank)")
    }
    guard mode == .constant else {
      guard (2...6).contains(amounts.count), rank == amounts.count / 2 + 1 || rank == amounts.count / 2 + 2 else {
        throw BackplaneError(
          .shape,
          "Padding size \(amounts.count) is not supported for \(rank)D input tensor.\nSupported combinations for "
            + "non-constant padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: "
            + "padding size = 4 (pads last 2 dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
      }
      return try repeatingPad(x, amounts, mode)
    }
    var low = [Int](repeating: 0, count: rank)
    var high = low
    for i in 0..<amounts.count / 2 {
      low[rank - 1 - i] = amounts[2 * i]
      high[rank - 1 - i] = amounts[2 * i + 1]
    }
    return try constantPad(x, low: low, high: high, value)
  }
}

extension Functional {
  /// What ``pad(_:_:mode:value:)`` adds.
  public enum PaddingMode: String, Sendable {
    /// One value.
    case constant
    /// The elements mirrored at the edge, which is not repeated.
    case reflect
    /// The element at the edge.
    case replicate
    /// The elements of the other end.
    case circular

    /// The element of the unpadded dimension that stands at a position before its beginning or behind its end.
    ///
    /// - Parameter kept: The elements that negative amounts leave.
    func source(_ position: Int, _ extent: Int, _ kept: Range<Int>) -> Int {
      switch self {
      case .constant: return position
      case .reflect:
        let i = abs(position)
        return i < extent ? i : 2 * (extent - 1) - i
      case .replicate: return min(max(position, 0), extent - 1)
      case .circular:
        guard !kept.isEmpty else { return 0 }
        let i = (position - kept.lowerBound) % kept.count
        return kept.lowerBound + (i < 0 ? i + kept.count : i)
      }
    }
  }

  /// Makes the last dimensions longer, or with negative amounts shorter.
  ///
  /// ```swift
  /// F.pad(x, [1, 2])                          // one zero before, two behind each row
  /// F.pad(x, [1, 1, 2, 2], mode: .replicate)  // the edges repeated: rows by 1, columns by 2 at both ends
  /// ```
  ///
  /// - Parameters:
  ///   - amounts: Before and after the last dimension, then the one before it, and so on.
  ///   - value: What `.constant` adds.
  public static func pad(
    _ x: Tensor, _ amounts: [Int], mode: PaddingMode = .constant, value: some ScalarConvertible = 0
  ) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.pad(x, amounts, mode, value.scalar) }
  }
}
