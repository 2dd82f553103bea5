import BackendAPI

extension Operator {
  static let affine: [Operator] = []
}

extension Ops {
  /// x Wᵀ + b; a weight of one dimension is the one row of a matrix, and that dimension of the result goes away.
  static func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws(BackplaneError) -> Tensor {
    if weight.layout.rank == 1 {
      let product = try matmul(x, weight)
      return try bias.map { bias throws(BackplaneError) in try add(product, bias) } ?? product
    }
    try require(weight, rank: 2, "linear", "weight")
    let product = try matmul(x, transpose(weight, 0, 1))
    guard let bias else { return product }
    return try add(product, bias)
  }

  /// xᵀ W y + b for each matrix W: (…, n), (…, m) and (o, n, m) give (…, o).
  static func bilinear(
    _ first: Tensor, _ second: Tensor, _ weight: Tensor, _ bias: Tensor?
  ) throws(BackplaneError) -> Tensor {
    guard weight.layout.rank == 3, first.layout.rank >= 1, first.layout.rank == second.layout.rank else {
      throw BackplaneError(
        .shape,
        "bilinear(): input dimensions do not match: got \(first.layout.rank) and \(second.layout.rank), and a weight of "
          + "shape \(weight.shape)")
    }
    let lead = Array(first.layout.shape.dropLast())
    guard lead == Array(second.layout.shape.dropLast()) else {
      throw BackplaneError(
        .shape, "bilinear(): input batch dimensions do not match: got \(first.shape) and \(second.shape)")
    }
    let (outputs, n, m) = (weight.layout.elements[0], weight.layout.elements[1], weight.layout.elements[2])
    guard try extent(first, -1) == n else {
      throw BackplaneError(
        .shape, "bilinear(): input1 size does not match weight size: got \(try extent(first, -1)) but expected \(n)")
    }
    guard try extent(second, -1) == m else {
      throw BackplaneError(
        .shape, "bilinear(): input2 size does not match weight size: got \(try extent(second, -1)) but expected \(m)")
    }
    if let bias, bias.shape != [outputs] {
      throw BackplaneError(
        .shape, "bilinear(): bias size does not match weight size: got \(bias.numel) but expected \(outputs)")
    }
    let count = lead.reduce(1, *)
    let rows = try reshape(permute(weight, [1, 0, 2]), [n, outputs * m])
    let half = try reshape(matmul(reshape(first, [count, n]), rows), [count, outputs, m])
    var result = try squeeze(matmul(half, reshape(second, [count, m, 1])), -1)
    if let bias { result = try add(result, bias) }
    return try reshape(result, lead + [outputs])
  }
}

extension Functional {
  /// The affine map x Wᵀ + b, for x of shape (…, in), a weight of shape (out, in) and a bias of shape (out).
  ///
  /// ```swift
  /// let y = F.linear(x, weight, bias)  // (…, in) to (…, out)
  /// ```
  public static func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in 
      try Ops.linear(
        Autocast.cast("linear", x), Autocast.cast("linear", weight), Autocast.cast("linear", bias))
    }
  }

  /// The bilinear form xᵀ W y + b for each matrix W: (…, n), (…, m) and a weight (o, n, m) give (…, o).
  public static func bilinear(
    _ first: Tensor, _ second: Tensor, _ weight: Tensor, _ bias: Tensor? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      let operands = try Autocast.cast("bilinear", [first, second, weight] + (bias.map { [$0] } ?? []))
      return try Ops.bilinear(operands[0], operands[1], operands[2], bias == nil ? nil : operands[3])
    }
  }
}
