/// What the functions of linear algebra ask of their operands, in PyTorch's words.
extension Ops {
  static func requireMatrix(_ x: Tensor, _ function: String, _ name: String = "A") throws(BackplaneError) {
    guard x.layout.rank >= 2 else {
      throw BackplaneError(.shape, "\(function): The input tensor \(name) must have at least 2 dimensions.")
    }
  }

  static func requireSquare(_ x: Tensor, _ function: String, _ name: String = "A") throws(BackplaneError) {
    try requireMatrix(x, function, name)
    let (rows, columns) = (try extent(x, -2), try extent(x, -1))
    guard rows == columns else {
      throw BackplaneError(
        .shape, "\(function): \(name) must be batches of square matrices, but they are \(rows) by \(columns) matrices")
    }
  }

  /// Float32, float64 and complex types; not the 16-bit ones unless `allowsHalf`.
  static func requireFloatOrComplex(
    _ x: Tensor, _ function: String, allowsHalf: Bool = false
  ) throws(BackplaneError) {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(
        .dtype,
        "\(function): Expected a floating point or complex tensor as input. Got \(x.dtype.scalarName)")
    }
    guard allowsHalf || x.dtype.byteCount > 2 else {
      throw BackplaneError(.dtype, "\(function): Low precision dtypes not supported. Got \(x.dtype.scalarName)")
    }
  }

  static func requireSameType(_ a: Tensor, _ b: Tensor, _ function: String) throws(BackplaneError) {
    guard a.dtype == b.dtype else {
      throw BackplaneError(
        .dtype,
        "\(function): Expected A and B to have the same dtype, but found A of type \(a.dtype.scalarName) and B of type "
          + "\(b.dtype.scalarName) instead")
    }
    try requireSameDevice([a, b])
  }

  /// The extents before the last two.
  static func batchShape(_ x: Tensor) -> [Int] { Array(x.layout.shape.dropLast(2)) }

  /// Reads what a factorization said of its matrices, and throws for the first that failed.
  ///
  /// - Parameter reason: What is said of a matrix, from its info; nil if it is well.
  static func check(
    _ info: Tensor, _ function: String, _ reason: (Int) -> String?
  ) throws(BackplaneError) {
    for (item, value) in try toHost(info, Int64.self).enumerated() where value != 0 {
      guard let reason = reason(Int(value)) else { continue }
      let batch = info.layout.rank > 0 ? "(Batch element \(item)): " : ""
      throw BackplaneError(.value, "\(function): \(batch)\(reason)")
    }
  }
}
