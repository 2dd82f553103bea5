/// Windows: weights that fade a stretch of samples out at its ends.
extension Ops {
  /// Samples of a window function: `count` points of which the whole period or the symmetric stretch has `steps` steps.
  private struct WindowGrid {
    let count: Int
    let dtype: DType
    let context: DeviceContext

    /// `count` numbers from `start` on, `step` apart, in the window's type.
    func line(_ start: Double, _ step: Double) throws(BackplaneError) -> Tensor {
      try Ops.arithmeticSequence(.double(start), .double(step), count, dtype, on: context)
    }

    func ones() throws(BackplaneError) -> Tensor {
      try Ops.full(.contiguous([count]), .int(1), dtype, on: context)
    }
  }

  /// What all windows ask of their length and type.
  private static func grid(
    _ name: String, _ count: Int, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> WindowGrid {
    guard count >= 0 else {
      throw BackplaneError(.value, "\(name) requires non-negative window length, got M=\(count)")
    }
    guard dtype == .float32 || dtype == .float64 else {
      throw BackplaneError(.dtype, "\(name) expects float32 or float64 dtypes, got: torch.\(dtype)")
    }
    // Whether memory can hold it is known before anything is added to the length.
    _ = try Layout.contiguous([count])
    return WindowGrid(count: count, dtype: dtype, context: try context(device))
  }

  /// The number of steps in a window: one less than points if it is symmetric.
  private static func steps(_ count: Int, _ symmetric: Bool) -> Double { Double(symmetric ? count - 1 : count) }

  /// Σ (−1)ⁱ aᵢ cos(2πin/steps).
  static func cosineSum(
    _ name: String, _ count: Int, _ coefficients: [Double], symmetric: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    let grid = try grid(name, count, dtype, device)
    if count < 2 { return try grid.ones() }
    guard !coefficients.isEmpty else { throw BackplaneError(.value, "Coefficients cannot be empty") }
    let angle = try grid.line(0, 2 * .pi / steps(count, symmetric))
    var result = try full(.contiguous([count]), .double(coefficients[0]), dtype, on: grid.context)
    for (i, coefficient) in coefficients.enumerated().dropFirst() {
      let wave = try unary(.cos, mul(angle, .double(Double(i))))
      result = try add(result, mul(wave, .double(i % 2 == 0 ? coefficient : -coefficient)))
    }
    return result
  }

  /// 1 − |2n/steps − 1|.
  static func bartlett(
    _ count: Int, symmetric: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    let grid = try grid("bartlett", count, dtype, device)
    if count < 2 { return try grid.ones() }
    return try sub(.double(1), unary(.abs, grid.line(-1, 2 / steps(count, symmetric))))
  }

  /// sin(π(n + ½)/points).
  static func cosineWindow(
    _ count: Int, symmetric: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    let grid = try grid("cosine", count, dtype, device)
    let constant = Double.pi / (!symmetric && count > 1 ? Double(count) + 1 : Double(count))
    return try count == 0 ? grid.ones() : unary(.sin, grid.line(0.5 * constant, constant))
  }

  /// exp(−|n − center|/τ).
  static func exponentialWindow(
    _ count: Int, center: Double?, tau: Double, symmetric: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    let grid = try grid("exponential", count, dtype, device)
    guard tau > 0 else { throw BackplaneError(.value, "Tau must be positive, got: \(tau) instead.") }
    guard !symmetric || center == nil else {
      throw BackplaneError(.value, "Center must be None for symmetric windows")
    }
    if count == 0 { return try grid.ones() }
    let middle = center ?? steps(count, symmetric || count == 1) / 2
    return try unary(.exp, neg(unary(.abs, grid.line(-middle / tau, 1 / tau))))
  }

  /// exp(−n²/2σ²) about the middle.
  static func gaussianWindow(
    _ count: Int, std: Double, symmetric: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    let grid = try grid("gaussian", count, dtype, device)
    guard std > 0 else {
      throw BackplaneError(.value, "Standard deviation must be positive, got: \(std) instead.")
    }
    if count == 0 { return try grid.ones() }
    let scale = 1 / (std * 2.0.squareRoot())
    let line = try grid.line(-steps(count, symmetric || count == 1) / 2 * scale, scale)
    return try unary(.exp, neg(mul(line, line)))
  }

  /// I₀(β √(1 − (2n/steps − 1)²)) / I₀(β).
  static func kaiser(
    _ count: Int, beta: Double, symmetric: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    let grid = try grid("kaiser", count, dtype, device)
    guard beta >= 0 else { throw BackplaneError(.value, "beta must be non-negative, got: \(beta) instead.") }
    if count < 2 { return try grid.ones() }
    let line = try grid.line(-1, 2 / steps(count, symmetric))
    // Scaled by exp(−β): I₀ itself overflows from β = 91 on in float32.
    let inside = try clamp(sub(.double(1), mul(line, line)), .int(0), nil)
    let argument = try mul(unary(.sqrt, inside), .double(beta))
    let peak = try full(.scalar, .double(beta), dtype, on: grid.context)
    let ratio = try div(i0e(argument), i0e(peak))
    return try mul(ratio, unary(.exp, sub(argument, peak)))
  }

  // MARK: Under their older names

  /// `torch.hann_window` and its like: of any floating point type, and periodic unless told otherwise.
  static func window(
    _ name: String, _ length: Int, _ dtype: DType, _ make: (DType) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    guard dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\(name) expects floating point dtypes, got: \(dtype)")
    }
    guard length >= 0 else {
      throw BackplaneError(.value, "\(name) requires non-negative window_length, got window_length=\(length)")
    }
    return try cast(make(dtype == .float64 ? .float64 : .float32), dtype)
  }

  /// The window of `torch.bartlett_window`.
  static func bartlettWindow(
    _ length: Int, periodic: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    try window("bartlett_window", length, dtype) { dtype throws(BackplaneError) in
      try bartlett(length, symmetric: !periodic, dtype, device)
    }
  }

  /// The window of `torch.blackman_window`.
  static func blackmanWindow(
    _ length: Int, periodic: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    try window("blackman_window", length, dtype) { dtype throws(BackplaneError) in
      try cosineSum("blackman_window", length, [0.42, 0.5, 0.08], symmetric: !periodic, dtype, device)
    }
  }

  /// The window of `torch.hann_window`.
  static func hannWindow(
    _ length: Int, periodic: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    try window("hann_window", length, dtype) { dtype throws(BackplaneError) in
      try cosineSum("hann_window", length, [0.5, 0.5], symmetric: !periodic, dtype, device)
    }
  }

  /// The window of `torch.hamming_window`.
  static func hammingWindow(
    _ length: Int, periodic: Bool, alpha: Double, beta: Double, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    try window("hamming_window", length, dtype) { dtype throws(BackplaneError) in
      try cosineSum("hamming_window", length, [alpha, beta], symmetric: !periodic, dtype, device)
    }
  }

  /// The window of `torch.kaiser_window`.
  static func kaiserWindow(
    _ length: Int, periodic: Bool, beta: Double, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    try window("kaiser_window", length, dtype) { dtype throws(BackplaneError) in
      try kaiser(length, beta: Swift.abs(beta), symmetric: !periodic, dtype, device)
    }
  }
}
