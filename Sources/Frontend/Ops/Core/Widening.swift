/// Operands in types that hold more.
extension Ops {
  /// The tensor itself if it is of floating point or complex type, else in float32.
  static func floating(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try x.dtype.category < .floatingPoint ? cast(x, .float32) : x
  }

  /// x in float32 if its type is a 16-bit one, for computations of several steps that are to be rounded once.
  static func widened(_ x: Tensor) throws(BackplaneError) -> Tensor {
    x.dtype == .float16 || x.dtype == .bfloat16 ? try cast(x, .float32) : x
  }

  /// ``widened(_:)-(Tensor)`` of an operand that may be missing.
  static func widened(_ x: Tensor?) throws(BackplaneError) -> Tensor? {
    guard let x else { return nil }
    return try widened(x) as Tensor
  }
}
