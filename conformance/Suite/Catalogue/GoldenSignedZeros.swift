extension Golden {
  /// Odd functions keep the sign of a zero, in whole vectors and in what is left of one.
  static let signedZeros: [Golden] = [
    "SIN", "TANH", "EXPM1", "LOG1P", "ERF", "SQRT", "TAN", "ASIN", "ATAN", "SINH", "ASINH", "ATANH", "ERFINV",
  ].flatMap { name in
    [DType.float64, .float32, .float16, .bfloat16].map { dtype in
      let zeros = Tensor.floats(dtype, (0..<37).map { $0 % 3 == 0 ? 0 : -0.0 })
      var golden = Golden(name, "golden-signed-zeros", [zeros], [zeros])
      golden.accuracy = .exact
      return golden
    }
  }
}
