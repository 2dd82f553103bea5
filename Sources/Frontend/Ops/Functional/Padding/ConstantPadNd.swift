/// Makes the last dimensions longer by elements of one value, or with negative amounts shorter: `F.pad` under its older
/// name.
///
/// - Parameter amounts: Before and after the last dimension, then the one before it, and so on.
public func constantPadNd(_ x: Tensor, _ amounts: [Int], value: some ScalarConvertible = 0) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.constantPadNd(x, amounts, value.scalar) }
}

extension Ops {
  static func constantPadNd(_ x: Tensor, _ amounts: [Int], _ value: Scalar) throws(BackplaneError) -> Tensor {
    guard amounts.count % 2 == 0 else {
      throw BackplaneError(.value, "Length of pad must be even but instead it equals \(amounts.count)")
    }
    let rank = x.layout.rank
    guard amounts.count <= 2 * rank else {
      throw BackplaneError(
        .value,
        "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
          + "\(amounts.count) while the input has \(rank) dimensions.")
    }
    var low = [Int](repeating: 0, count: rank), high = low
    for i in 0..<amounts.count / 2 {
      let d = rank - 1 - i
      (low[d], high[d]) = (amounts[2 * i], amounts[2 * i + 1])
      let sum = try Sizes.add(
        Sizes.add(x.layout.elements[d], low[d], in: "constant_pad_nd"), high[d], in: "constant_pad_nd")
      guard sum >= 0, low[d] >= -x.layout.elements[d], high[d] >= -x.layout.elements[d] else {
        throw BackplaneError(
          .shape,
          "The input size \(x.layout.elements[d]), plus negative padding \(low[d]) and \(high[d]), resulted in a negative "
            + "output size, which is invalid. Check dimension \(d) of your input.")
      }
    }
    return try constantPad(x, low: low, high: high, value)
  }
}
