/// Compares the gradients of a function of several outputs with central differences of its values.
///
/// ```swift
/// let x = Tensor.randn([3], dtype: .float64, requiresGrad: true)
/// try gradcheck({ [$0[0] * $0[0], $0[0].sin()] }, [x])
/// ```
///
/// Use float64 or complex128: the differences lose half of a type's digits.
///
/// - Parameters:
///   - function: From the inputs, tensors that depend smoothly on them.
///   - inputs: Tensors of floating point or complex type; those with `requiresGrad` are checked.
///   - eps: Half the distance of the two values that make a difference.
///   - atol: How far numbers may be apart that are near zero.
///   - rtol: How far numbers may be apart, as a share of the difference quotient.
///   - raiseException: Whether to throw where a gradient is wrong; without, `false` is returned.
///   - nondetTol: How far the gradients of two runs may be apart.
///   - fastMode: Whether to compare one random combination of all outputs instead of each.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/autograd``, which names output and input and shows both
///   matrices; or what the function itself does wrong.
@discardableResult
public func gradcheck(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3,
  raiseException: Bool = true, nondetTol: Double = 0, fastMode: Bool = false
) throws -> Bool {
  let check = GradientCheck(eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol)
  do {
    try withErrors {
      guard fastMode else { return try check.run(function, inputs) }
      var weights: [Tensor]?
      try check.run(
        { (inputs: [Tensor]) -> [Tensor] in
          let outputs = function(inputs)
          let known = weights ?? GradientCheck.weights(of: outputs, seed: 1)
          weights = known
          return GradientCheck.combined(outputs, known)
        }, inputs)
    }
  } catch let error as BackplaneError where error.kind == .autograd && !raiseException {
    return false
  }
  return true
}

/// Compares the gradients of a function with central differences of its values.
///
/// ```swift
/// let x = Tensor.randn([3], dtype: .float64, requiresGrad: true)
/// try gradcheck({ ($0[0] * $0[0]).sum() }, [x])
/// ```
///
/// The options are those of a function of several outputs.
@discardableResult
public func gradcheck(
  _ function: ([Tensor]) -> Tensor, _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3,
  raiseException: Bool = true, nondetTol: Double = 0, fastMode: Bool = false
) throws -> Bool {
  try gradcheck(
    { (inputs: [Tensor]) -> [Tensor] in [function(inputs)] }, inputs, eps: eps, atol: atol, rtol: rtol,
    raiseException: raiseException, nondetTol: nondetTol, fastMode: fastMode)
}

/// Compares the gradients of the gradients of a function of several outputs with central differences of the gradients.
///
/// ```swift
/// let x = Tensor.randn([3], dtype: .float64, requiresGrad: true)
/// try gradgradcheck({ [$0[0].exp(), $0[0] ** 3] }, [x])
/// ```
///
/// - Parameters:
///   - function: From the inputs, tensors that depend smoothly on them.
///   - inputs: Tensors of floating point or complex type; those with `requiresGrad` are checked.
///   - gradOutputs: The gradients with respect to the outputs; by default random numbers. Those with `requiresGrad` are
///     checked too.
///   - eps: Half the distance of the two values that make a difference.
///   - atol: How far numbers may be apart that are near zero.
///   - rtol: How far numbers may be apart, as a share of the difference quotient.
///   - raiseException: Whether to throw where a gradient is wrong; without, `false` is returned.
///   - nondetTol: How far the gradients of two runs may be apart.
///   - fastMode: Whether to compare one random combination of all gradients instead of each.
@discardableResult
public func gradgradcheck(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor]? = nil, eps: Double = 1e-6,
  atol: Double = 1e-5, rtol: Double = 1e-3, raiseException: Bool = true, nondetTol: Double = 0, fastMode: Bool = false
) throws -> Bool {
  let seeds = try withErrors {
    gradOutputs ?? GradientCheck.weights(of: function(inputs), seed: 2).map { $0.requiresGrad_() }
  }
  return try gradcheck(
    { (all: [Tensor]) -> [Tensor] in
      let own = Array(all[..<inputs.count]), seeds = Array(all[inputs.count...])
      let outputs = function(own)
      let learning = outputs.indices.filter { outputs[$0].requiresGrad && seeds.indices.contains($0) }
      let gradients = grad(
        learning.map { outputs[$0] }, own.filter(\.requiresGrad), gradOutputs: learning.map { seeds[$0] },
        createGraph: true, allowUnused: true)
      return gradients.compactMap { $0 }
    }, inputs + seeds, eps: eps, atol: atol, rtol: rtol, raiseException: raiseException, nondetTol: nondetTol,
    fastMode: fastMode)
}

/// Compares the gradients of the gradients of a function with central differences of the gradients.
///
/// ```swift
/// let x = Tensor.randn([3], dtype: .float64, requiresGrad: true)
/// try gradgradcheck({ $0[0].exp() }, [x])
/// ```
///
/// The options are those of a function of several outputs.
@discardableResult
public func gradgradcheck(
  _ function: ([Tensor]) -> Tensor, _ inputs: [Tensor], gradOutputs: [Tensor]? = nil, eps: Double = 1e-6,
  atol: Double = 1e-5, rtol: Double = 1e-3, raiseException: Bool = true, nondetTol: Double = 0, fastMode: Bool = false
) throws -> Bool {
  try gradgradcheck(
    { (inputs: [Tensor]) -> [Tensor] in [function(inputs)] }, inputs, gradOutputs: gradOutputs, eps: eps, atol: atol,
    rtol: rtol, raiseException: raiseException, nondetTol: nondetTol, fastMode: fastMode)
}

/// The comparison of gradients with differences. A complex number counts as two real ones.
private struct GradientCheck {
  let eps: Double
  let atol: Double
  let rtol: Double
  let nondetTol: Double

  func run(_ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor]) throws {
    let checked = inputs.indices.filter { inputs[$0].requiresGrad }
    guard !checked.isEmpty else {
      throw BackplaneError(
        .value,
        "gradcheck expects at least one input tensor to require gradient, but none of them have requiresGrad.")
    }
    for i in checked where inputs[i].dtype != .float64 && inputs[i].dtype != .complex128 {
      Log.write(
        .warning,
        "gradcheck: input \(i) requires gradient and is not a double precision floating point or complex. This check "
          + "will likely fail if all the inputs are not of double precision floating point or complex.")
    }
    let outputs = function(inputs)
    let analytic = Self.analytic(outputs, checked.map { inputs[$0] })
    let again = Self.analytic(outputs, checked.map { inputs[$0] })
    for (position, number) in checked.enumerated() {
      let numeric = numeric(function, inputs, number, outputs)
      for (i, output) in outputs.enumerated() where output.dtype.isFloatingPoint || output.dtype.isComplex {
        let (ours, quotients) = (analytic[i][position], numeric[i])
        let isClose = zip(ours, quotients).allSatisfy { abs($0 - $1) <= atol + rtol * abs($1) }
        guard isClose else {
          let shape = [Self.real(inputs[number]).numel, Self.real(output).numel]
          let matrices = [quotients, ours].map { Tensor($0, shape: shape, dtype: .float64, device: .processor) }
          throw BackplaneError(
            .autograd,
            "Jacobian mismatch for output \(i) with respect to input \(number),\nnumerical:\(matrices[0])\n"
              + "analytical:\(matrices[1])\n")
        }
        guard zip(ours, again[i][position]).allSatisfy({ abs($0 - $1) <= nondetTol }) else {
          throw BackplaneError(
            .autograd,
            "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
              + "different values, although analytical gradient matches numerical gradient. The tolerance for "
              + "nondeterminism was \(nondetTol).")
        }
      }
    }
  }

  private static func real(_ x: Tensor) -> Tensor { x.isComplex ? x.viewAsReal() : x }

  private static func numbers(_ x: Tensor) -> [Double] { real(x.detach()).toArray(Double.self) }

  /// For each output and each input, the derivatives of the output's elements, which stand next to one another, by the
  /// input's.
  private static func analytic(_ outputs: [Tensor], _ inputs: [Tensor]) -> [[[Double]]] {
    outputs.map { output in
      let flat = real(output)
      let (rows, columns) = (inputs.map { real($0).numel }, flat.numel)
      var matrices = rows.map { [Double](repeating: 0, count: $0 * columns) }
      guard output.requiresGrad else { return matrices }
      for column in 0..<columns {
        var seed = [Double](repeating: 0, count: columns)
        seed[column] = 1
        let gradient = Tensor(seed, shape: flat.shape.extents, dtype: flat.dtype, device: flat.device)
        let gradients = grad([flat], inputs, gradOutputs: [gradient], retainGraph: true, allowUnused: true)
        for (i, gradient) in gradients.enumerated() {
          guard let gradient else { continue }
          for (row, value) in zip(0..<rows[i], numbers(gradient)) { matrices[i][row * columns + column] = value }
        }
      }
      return matrices
    }
  }

  /// The same by differences, for one input.
  private func numeric(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ number: Int, _ outputs: [Tensor]
  ) -> [[Double]] {
    let input = inputs[number]
    let values = Self.numbers(input), shape = Self.real(input.detach()).shape.extents
    let type = Self.real(input.detach()).dtype
    var matrices = outputs.map { _ in [Double]() }
    for i in values.indices {
      func results(at shifted: Double) -> [[Double]] {
        var moved = values
        moved[i] = shifted
        let point = Tensor(moved, shape: shape, dtype: type, device: input.device)
        var arguments = inputs
        // The function may itself take gradients, with respect to this point too.
        arguments[number] = (input.isComplex ? point.viewAsComplex() : point).requiresGrad_()
        return function(arguments).map(Self.numbers)
      }
      let (above, below) = (results(at: values[i] + eps), results(at: values[i] - eps))
      for j in matrices.indices where j < min(above.count, below.count) {
        matrices[j] += zip(above[j], below[j]).map { ($0 - $1) / (2 * eps) }
      }
    }
    return matrices
  }

  // MARK: Combinations

  /// Random tensors like others.
  static func weights(of outputs: [Tensor], seed: UInt64) -> [Tensor] {
    let generator = Generator(seed: seed)
    return outputs.map { output in
      let flat = real(output.detach())
      let weights = Tensor.rand(flat.shape.extents, dtype: flat.dtype, device: flat.device, generator: generator)
      return output.isComplex ? weights.viewAsComplex() : weights
    }
  }

  /// The sum of all outputs with weights.
  static func combined(_ outputs: [Tensor], _ weights: [Tensor]) -> [Tensor] {
    let terms = zip(outputs, weights).map { (real($0) * real($1)).sum() }
    return terms.dropFirst().reduce(terms.first.map { [$0] } ?? []) { [$0[0] + $1] }
  }
}
