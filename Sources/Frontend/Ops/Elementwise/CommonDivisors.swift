/// The greatest common divisor and the least common multiple of whole numbers.
extension Ops {
  /// Euclid's algorithm for all elements at once. It ends: the longest pair of 64-bit numbers, neighbours in Fibonacci's
  /// sequence, takes 92 steps.
  static func gcd(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let (x, y) = try wholeNumbers(a, b, "gcd")
    return try commonDivisor(x, y)
  }

  /// |a b| / gcd(a, b), wrapped; 0 where both are 0.
  static func lcm(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let (x, y) = try wholeNumbers(a, b, "lcm")
    let divisor = try commonDivisor(x, y)
    let safe = try select(compare(.eq, divisor, .int(0)), .scalar(.int(1)), .tensor(divisor), x.dtype)
    return try abs(mul(apply(.floorDivide, x, safe, x.dtype), y))
  }

  private static func commonDivisor(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    var x = try abs(a), y = try abs(b)
    if x.numel == 0 { return x }
    // Narrow types are done in fewer steps; each look at the device waits for it.
    let stepsBetweenLooks = 8 * x.dtype.byteCount <= 16 ? 12 : 8
    while try item(truth(.max, compare(.ne, y, .int(0)), nil, keepDim: false)).isTrue {
      for _ in 0..<stepsBetweenLooks {
        let isDone = try compare(.eq, y, .int(0))
        // Any number's remainder by 1 is 0, so that what is done stays so.
        let divisor = try select(isDone, .scalar(.int(1)), .tensor(y), y.dtype)
        // The least number has no absolute value; its remainders have.
        (x, y) = (try select(isDone, .tensor(x), .tensor(y), x.dtype), try abs(apply(.fmod, x, divisor, x.dtype)))
      }
    }
    return x
  }

  /// Both operands in their common type and shape.
  private static func wholeNumbers(
    _ a: Tensor, _ b: Tensor, _ name: String
  ) throws(BackplaneError) -> (Tensor, Tensor) {
    let dtype = Promotion(a, b).result
    let (a, b) = try together(a, b)
    guard dtype.isInteger else {
      throw BackplaneError(.dtype, "\"\(name)_cpu\" not implemented for '\(dtype.scalarName)'")
    }
    let shape = try broadcast(a.layout.shape, b.layout.shape)
    return (try expand(cast(a, dtype), shape), try expand(cast(b, dtype), shape))
  }
}

extension Tensor {
  /// The greatest common divisor of each pair of whole numbers, positive where its type can show it; of 0 and 0 it is 0.
  ///
  /// ```swift
  /// Tensor([12, 5]).gcd(Tensor([8, 0]))  // tensor([4, 5])
  /// ```
  public func gcd(_ other: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.gcd(self, other) } }
  /// The least common multiple of each pair of whole numbers; 0 where one of them is 0.
  public func lcm(_ other: Tensor) -> Tensor { funnel { () throws(BackplaneError) in try Ops.lcm(self, other) } }
  /// Replaces each element by its greatest common divisor with that of `other`.
  @discardableResult public func gcd_(_ other: Tensor) -> Tensor {
    change { x throws(BackplaneError) in try Ops.gcd(x, other) }
  }
  /// Replaces each element by its least common multiple with that of `other`.
  @discardableResult public func lcm_(_ other: Tensor) -> Tensor {
    change { x throws(BackplaneError) in try Ops.lcm(x, other) }
  }
}
