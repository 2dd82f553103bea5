import BackendAPI

extension Operator {
  static let linear = Operator(BP_OP_LINEAR, "linear")

  static let affine: [Operator] = [linear]
}

/// A function that an affine map's device applies to its sums, and whose gradient is computed from its result.
struct LinearActivation {
  let number: Int32
  let function: UnaryFunction

  static let relu = LinearActivation(number: BP_ACTIVATION_RELU, function: .relu)
  static let sigmoid = LinearActivation(number: BP_ACTIVATION_SIGMOID, function: .sigmoid)
  static let tanh = LinearActivation(number: BP_ACTIVATION_TANH, function: .tanh)
}

extension Ops {
  /// x Wᵀ + b; a weight of one dimension is the one row of a matrix, and that dimension of the result goes away.
  ///
  /// - Parameter activation: A function of the result, which one operator then computes with it.
  static func linear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, activation: LinearActivation? = nil
  ) throws(BackplaneError) -> Tensor {
    if isAffine(x, weight, bias) { return try affine(x, weight, bias, activation) }
    // One copy of the rows costs less than a product for each batch of them, and their gradients.
    if x.layout.rank > 2, !x.isContiguous, isAffine(x, weight, bias, asIfContiguous: true) {
      return try affine(clone(x), weight, bias, activation)
    }
    let result = try decomposedLinear(x, weight, bias)
    guard let activation else { return result }
    return try unary(activation.function, result)
  }

  private static func decomposedLinear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?
  ) throws(BackplaneError) -> Tensor {
    if weight.layout.rank == 1 {
      let product = try matmul(x, weight)
      return try bias.map { bias throws(BackplaneError) in try add(product, bias) } ?? product
    }
    try require(weight, rank: 2, "linear", "weight")
    let product = try matmul(x, transpose(weight, 0, 1))
    guard let bias else { return product }
    return try add(product, bias)
  }

  /// Whether the device has one operator for the map: of rows that a matrix can be made of without a copy. What does not
  /// fit is not, and comes to be told so.
  private static func isAffine(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, asIfContiguous: Bool = false
  ) -> Bool {
    let rank = x.layout.rank
    guard x.dtype.isFloatingPoint, weight.dtype == x.dtype, weight.context === x.context, weight.layout.rank == 2,
      rank == 2 || rank > 0 && (x.isContiguous || asIfContiguous),
      x.layout.elements[rank - 1] == weight.layout.elements[1]
    else { return false }
    if let bias {
      guard bias.dtype == x.dtype, bias.context === x.context, bias.layout.rank == 1,
        bias.layout.elements[0] == weight.layout.elements[0]
      else { return false }
    }
    return Dispatcher.supports(.linear, on: x.context, x.dtype, inputs: bias == nil ? 2 : 3, outputs: 1)
  }

  private static func affine(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: LinearActivation?
  ) throws(BackplaneError) -> Tensor {
    let (n, k) = (weight.layout.elements[0], weight.layout.elements[1])
    let lead = Array(x.layout.shape.dropLast()), m = lead.reduce(1, *)
    let isMatrix = lead.count == 1
    let result = try empty(lead + [n], x.dtype, on: x.context)
    let rows = try isMatrix ? x.layout : .contiguous([m, k])
    let target = try isMatrix ? result.layout : .contiguous([m, n])
    var params = bp_linear_params(
      struct_size: UInt32(MemoryLayout<bp_linear_params>.size), activation: activation?.number ?? BP_ACTIVATION_NONE)
    try withParams(&params) { (p) throws(BackplaneError) in
      let (a, w, out) = (Operand(x, as: rows), Operand(weight), Operand(result, as: target))
      if let bias {
        try Dispatcher.call(.linear, on: x.context, [a, w, Operand(bias)], to: [out], params: p)
      } else {
        try Dispatcher.binary(.linear, on: x.context, a, w, to: out, params: p)
      }
    }
    let operands = bias.map { [x, weight, $0] } ?? [x, weight]
    if Autograd.records(operands) { try recordAffine(operands, result, activation, [m, k, n]) }
    return result
  }

  /// First the function's gradient, from its result; then the products, as of any matrices.
  private static func recordAffine(
    _ operands: [Tensor], _ result: Tensor, _ activation: LinearActivation?, _ extents: [Int]
  ) throws(BackplaneError) {
    let (x, weight) = (operands[0], operands[1])
    let savedX = weight.requiresGrad ? try Saved(x) : nil
    let savedWeight = x.requiresGrad ? try Saved(weight) : nil
    let savedResult = activation == nil ? nil : Saved(result: result)
    let hasBias = operands.count > 2, wantsBias = hasBias && operands[2].requiresGrad
    let (m, k, n) = (extents[0], extents[1], extents[2])
    let shape = x.layout.rank == 2 ? nil : x.layout.shape
    let name = activation?.function.gradientName ?? (hasBias ? "AddmmBackward0" : "MmBackward0")
    let saves = savedX != nil || savedWeight != nil || savedResult != nil
    let node = Autograd.makeNode(name, operands, saves: saves) { node, grads throws(BackplaneError) in
      var gradients = [Tensor?](repeating: nil, count: hasBias ? 3 : 2)
      guard var g = grads[0] else { return gradients }
      if let savedResult, let activation { g = try activation.function.gradient(g, savedResult.unpack(node)) }
      if shape != nil { g = try reshape(g, [m, n]) }
      if let savedWeight {
        let ofRows = try matmul(g, savedWeight.unpack())
        gradients[0] = try shape.map { shape throws(BackplaneError) in try reshape(ofRows, shape) } ?? ofRows
      }
      if let savedX {
        let x = try savedX.unpack()
        gradients[1] = try matmul(transpose(g, 0, 1), shape == nil ? x : reshape(x, [m, k]))
      }
      if wantsBias { gradients[2] = try sum(g, [0], keepDim: false) }
      return gradients
    }
    Autograd.attach(node, to: result)
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
