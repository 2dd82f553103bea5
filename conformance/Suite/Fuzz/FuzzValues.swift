import BackendAPI

/// The elements that a random step is given.
enum FuzzValues {
  /// The elements of an input, or of an output that is read.
  static func draw(
    _ entry: OperatorEntry, _ dtype: DType, operand: Int, count: Int, _ params: Parameters,
    _ random: inout RandomSource
  ) -> ElementArray {
    set(entry, dtype, operand: operand, params, &random).make(dtype, count, operand, &random)
  }

  private static func set(
    _ entry: OperatorEntry, _ dtype: DType, operand: Int, _ params: Parameters, _ random: inout RandomSource
  ) -> ValueSet {
    switch entry.name {
    // Sums: what overflows on the way says nothing, and what does not says more.
    case "SUM", "MEAN", "MATMUL":
      return dtype.isInteger ? any(&random) : [.random, .ties, rarelySpecial].randomElement(using: &random)!
    case "PROD": return factors
    case "SCATTER":
      if case .scatter(_, BP_SCATTER_MUL) = params { return factors }
      return [.random, .ties, .mixed].randomElement(using: &random)!
    case "SOFTMAX", "LOG_SOFTMAX":
      let sets: [ValueSet] = [.uniform("", -5...5), .uniform("", -80...80), rarelySpecial, .ties]
      return sets.randomElement(using: &random)!
    case "SOFTMAX_BACKWARD": return .uniform("", operand == 0 ? 0...1 : -4...4)
    case "LOG_SOFTMAX_BACKWARD": return operand == 0 ? .uniform("", -8...0) : .uniform("", -4...4)
    case "GELU_BACKWARD", "GELU_TANH_BACKWARD", "SILU_BACKWARD":
      // Where a derivative vanishes in float32 and not in float64, an infinite gradient tells them apart.
      if operand == 1 { return [.random, .ties, .uniform("", -5...5)].randomElement(using: &random)! }
      return any(&random)
    case "SIGMOID_BACKWARD", "TANH_BACKWARD":
      if operand == 1 { return .uniform("", entry.name == "TANH_BACKWARD" ? -1...1 : 0...1) }
      return any(&random)
    case "ADAM_STEP", "SGD_STEP": return .uniform("gradients", -1...1)
    default:
      if dtype.isComplex && Accuracy.ofComplex(entry) != nil {
        return [.finiteComplex, .finiteComplex, .widePlane].randomElement(using: &random)!
      }
      return any(&random)
    }
  }

  static func any(_ random: inout RandomSource) -> ValueSet {
    [.random, .random, .mixed, .mixed, .wide, .ties].randomElement(using: &random)!
  }

  /// NaN, infinities and zeros among everyday numbers.
  private static let rarelySpecial = ValueSet.each("rarely-special") { _, random in
    switch random.int(0...63) {
    case 0: .nan
    case 1: .infinity
    case 2: -.infinity
    case 3...8: 0
    case 9...12: -0.0
    default: random.double(-4...4)
    }
  }

  /// Near 1 in magnitude; of integers small ones, now and then.
  private static let factors = ValueSet("factors") { dtype, count, operand, random in
    if dtype.isInteger || dtype == .bool { return ValueSet.random.make(dtype, count, operand, &random) }
    let spread = 1 / Double(max(count, 8)).squareRoot()
    let values = (0..<(dtype.isComplex ? 2 * count : count)).map { _ in
      (random.oneIn(2) ? 1 : -1) * (1 + random.double(-spread...spread))
    }
    return ElementArray(dtype, doubles: values)
  }

  /// Indices below an extent, the last and the first more often than others.
  static func indices(_ count: Int, below extent: Int, _ random: inout RandomSource) -> ElementArray {
    let values = (0..<count).map { _ in
      switch random.int(0...7) {
      case 0: Int64(extent - 1)
      case 1: Int64(0)
      default: Int64(random.int(0...extent - 1))
      }
    }
    return ElementArray(.int64, integers: values)
  }

  /// Indices that do not repeat along an axis: a rotation for each line.
  static func distinctIndices(
    _ shape: [Int], axis: Int, below extent: Int, _ random: inout RandomSource
  ) -> ElementArray {
    let layout = Layout(contiguous: shape)
    let shift = random.int(0...1000)
    let values = (0..<layout.count).map { i in
      let position = layout.coordinates(i)
      let line = position.enumerated().reduce(0) { $1.offset == axis ? $0 : $0 * 31 + $1.element }
      return Int64((position[axis] + line + shift) % extent)
    }
    return ElementArray(.int64, integers: values)
  }

  /// The params of operators that make numbers.
  static func arange(_ random: inout RandomSource) -> Parameters {
    var params = bp_arange_params()
    params.start = random.oneIn(4) ? random.double(-1e30...1e30) : random.double(-100...100)
    params.step = random.oneIn(4) ? 0 : random.double(-10...10)
    params.integer_start = Int64(bitPattern: random.next())
    params.integer_step = random.oneIn(4) ? Int64(bitPattern: random.next()) : Int64(random.int(-9...9))
    return .arange(params)
  }

  static func stream(_ random: inout RandomSource) -> Parameters {
    var params = bp_random_params()
    params.seed = random.next()
    params.offset = random.oneIn(2) ? random.next() : UInt64(random.int(0...9))
    params.low = Int64(bitPattern: random.next())
    params.range = max(1, random.oneIn(2) ? random.next() : UInt64(random.int(1...300)))
    return .random(params)
  }

  static func adam(_ random: inout RandomSource) -> Parameters {
    var params = bp_adam_params()
    (params.lr, params.eps) = (random.double(1e-4...1e-1), random.oneIn(2) ? 1e-8 : 0.5)
    (params.beta1, params.beta2) = (random.double(0...0.95), random.double(0.5...0.999))
    params.weight_decay = random.oneIn(2) ? 0 : random.double(0...0.2)
    params.decoupled = random.oneIn(2) ? 1 : 0
    params.step = Int64(random.int(1...2000))
    return .adam(params)
  }

  static func sgd(_ random: inout RandomSource, hasMomentum: Bool) -> Parameters {
    var params = bp_sgd_params()
    params.lr = random.double(1e-3...0.5)
    params.weight_decay = random.oneIn(2) ? 0 : random.double(0...0.2)
    guard hasMomentum else { return .sgd(params) }
    params.momentum = random.double(0.1...0.95)
    params.dampening = random.oneIn(2) ? 0 : random.double(0...0.9)
    params.nesterov = random.oneIn(2) ? 1 : 0
    params.first_step = random.oneIn(3) ? 1 : 0
    return .sgd(params)
  }
}
