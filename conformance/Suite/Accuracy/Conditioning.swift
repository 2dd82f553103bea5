import BackendAPI
import Glibc

/// Bounds on rounding errors, element by element (N. Higham, Accuracy and Stability of Numerical
/// Algorithms, 2nd ed., chapters 3 and 4): the unit of rounding × the number of roundings on the
/// longest way through the computation × the sum of the magnitudes of the terms.
///
/// First-order terms only; every bound also gets one ulp of the result, for the last rounding of
/// either side.
enum Conditioning {
  /// An operation as the bounds see it: dense values.
  struct Problem {
    let inputs: [ElementArray]
    let inputShapes: [[Int]]
    /// What the outputs held before, for operators that modify them.
    let initial: [ElementArray]
    let outputShapes: [[Int]]
    let params: Parameters
    let expected: [ElementArray]

    var format: FloatFormat { expected[0].dtype.format! }

    /// The unit of rounding in which the operator is computed: types of 16 bits in float32
    /// [BP-3.5]; in float64 the reference errs as much as the plugin.
    var unit: Double { expected[0].dtype.part == .float64 ? 0x1p-52 : 0x1p-24 }

    /// Units of rounding that one product may be off by, relative to it: of complex numbers 2√2 (Higham, lemma 3.5).
    var productUnits: Double { expected[0].dtype.isComplex ? 3 : 1 }

    func input(_ i: Int) -> [Double] { inputs[i].doubles }
    func expected(_ i: Int) -> [Double] { expected[i].doubles }
  }

  /// For each output: the error allowed at each element, and the magnitude of the terms, which may cancel in the result.
  /// In the report an error is measured in ulps of the result, or in those of the terms in the type computed in where
  /// these are greater.
  struct Bounds {
    var errors: [[Double]]
    var scales: [[Double]]
    /// One ulp of the result more, for the last rounding of either side.
    var grantsLastRounding = true

    /// A single output.
    init(_ errors: [Double], _ scales: [Double], grantsLastRounding: Bool = true) {
      (self.errors, self.scales) = ([errors], [scales])
      self.grantsLastRounding = grantsLastRounding
    }

    /// Several outputs, measured by the results themselves.
    init(errors: [[Double]], scales: [[Double]]) {
      self.errors = errors
      self.scales = scales
    }
  }

  /// The floor of an exact quotient is exact as long as the type holds every integer.
  @Sendable static func floorDivide(_ problem: Problem) -> Bounds {
    let (format, expected) = (problem.format, problem.expected(0))
    let last = 1 / format.roundingUnit
    let errors = expected.map { abs($0) > last && $0.isFinite ? format.ulp($0) : 0 }
    return Bounds(errors, expected.map { abs($0) }, grantsLastRounding: false)
  }

  // MARK: - Sums and products

  /// Roundings on the longest way through a sum of n terms. float32: pairwise, with plain sums of up to 16 terms in
  /// several lanes below (NumPy's blocks of 128), or in float64. Else: plain.
  static func depth(_ n: Double, _ dtype: DType) -> Double {
    dtype == .float32 ? min(n, 16 + log2(max(n, 1)).rounded(.up)) : n
  }

  struct Slices {
    let groups: [Int]
    let count: Int
    let length: Double

    init(_ shape: [Int], into reduced: [Int]) {
      groups = Layout.groups(of: shape, into: reduced)
      count = reduced.reduce(1, *)
      length = zip(shape, reduced).reduce(1) { $1.0 == $1.1 ? $0 : $0 * Double($1.0) }
    }

    /// Along the axis of the params, as the normalizations have it.
    init(along params: Parameters, _ shape: [Int]) {
      var reduced = shape
      if case .axis(let axis) = params { reduced[axis] = 1 }
      self.init(shape, into: reduced)
    }

    func sums(_ term: (Int) -> Double) -> [Double] {
      var sums = Array(repeating: 0.0, count: count)
      for (i, group) in groups.enumerated() { sums[group] += term(i) }
      return sums
    }
  }

  @Sendable static func sum(_ problem: Problem) -> Bounds {
    let x = problem.inputs[0].magnitudes
    let slices = Slices(problem.inputShapes[0], into: problem.outputShapes[0])
    let scales = slices.sums { x[$0] }
    let growth = depth(slices.length, problem.inputs[0].dtype.part) * problem.unit
    return Bounds(scales.map { growth * $0 }, scales)
  }

  /// A sum, and one division.
  @Sendable static func mean(_ problem: Problem) -> Bounds {
    let sum = sum(problem)
    let length = Slices(problem.inputShapes[0], into: problem.outputShapes[0]).length
    let scales = sum.scales[0].map { $0 / length }
    return Bounds(zip(sum.errors[0], scales).map { $0 / length + problem.unit * $1 }, scales)
  }

  /// n - 1 roundings, each relative to the product.
  @Sendable static func product(_ problem: Problem) -> Bounds {
    let length = Slices(problem.inputShapes[0], into: problem.outputShapes[0]).length
    let scales = problem.expected[0].magnitudes
    return Bounds(scales.map { length * problem.productUnits * problem.unit * $0 }, scales)
  }

  /// An inner product of length k: k roundings, relative to the sum of |a||b|.
  @Sendable static func matmul(_ problem: Problem) -> Bounds {
    let (a, b) = (problem.inputs[0].magnitudes, problem.inputs[1].magnitudes)
    let (aShape, bShape) = (problem.inputShapes[0], problem.inputShapes[1])
    let (m, k, n) = (aShape[aShape.count - 2], aShape.last!, bShape.last!)
    let count = aShape.dropLast(2).reduce(1, *)
    var scales = Array(repeating: 0.0, count: count * m * n)
    for batch in 0..<count {
      for i in 0..<m {
        for l in 0..<k {
          let factor = a[(batch * m + i) * k + l]
          let (row, out) = ((batch * k + l) * n, (batch * m + i) * n)
          for j in 0..<n { scales[out + j] += factor * b[row + j] }
        }
      }
    }
    let units = Double(k) + problem.productUnits - 1
    return Bounds(scales.map { units * problem.unit * $0 }, scales)
  }

  /// As many roundings as there are sources on one target, in any order.
  @Sendable static func scatter(_ problem: Problem) -> Bounds {
    let initial = problem.initial[0].magnitudes
    let expected = problem.expected[0].magnitudes
    guard case .scatter(let axis, let mode) = problem.params, mode == BP_SCATTER_ADD || mode == BP_SCATTER_MUL
    else {
      return Bounds(initial.map { _ in 0 }, expected, grantsLastRounding: false)
    }
    let source = problem.inputs[1].magnitudes
    var scales = mode == BP_SCATTER_ADD ? initial : expected
    var counts = initial.map { _ in 0.0 }
    let strides = Layout(contiguous: problem.outputShapes[0]).strides
    var offAxis = strides
    offAxis[axis] = 0
    let bases = Layout(problem.inputShapes[0], strides: offAxis).offsets
    for (i, base) in bases.enumerated() {
      let target = base + Int(problem.inputs[0].integer(i)) * strides[axis]
      counts[target] += 1
      if mode == BP_SCATTER_ADD { scales[target] += source[i] }
    }
    let units = mode == BP_SCATTER_MUL ? problem.productUnits : 1
    return Bounds(zip(counts, scales).map { $0 * units * problem.unit * $1 }, scales)
  }

  // MARK: - Normalization

  /// Units of rounding in exp's 3 ulp, and in log's.
  private static let exponential = 6.0

  /// What a slice of a softmax is made of.
  private struct Softmax {
    let slices: Slices
    /// x - max x.
    let shifted: [Double]
    let sums: [Double]
    /// The relative error of a slice's sum, in units: that of its terms (the rounding of x - max x
    /// grows with its magnitude; then exp), and of adding them up.
    let sumErrors: [Double]

    init(_ problem: Problem) {
      let x = problem.input(0)
      let slices = Slices(along: problem.params, problem.inputShapes[0])
      var greatest = Array(repeating: -Double.infinity, count: slices.count)
      for (i, group) in slices.groups.enumerated() { greatest[group] = max(greatest[group], x[i]) }
      let shifted = zip(x, slices.groups).map { $0 - greatest[$1] }
      let sums = slices.sums { exp(shifted[$0]) }
      let weighted = slices.sums { shifted[$0] == -.infinity ? 0 : exp(shifted[$0]) * -shifted[$0] }
      self.slices = slices
      self.shifted = shifted
      self.sums = sums
      sumErrors = zip(weighted, sums).map { $0 / $1 + Conditioning.exponential + slices.length }
    }
  }

  /// exp of a rounded difference, divided by a sum of such.
  @Sendable static func softmax(_ problem: Problem) -> Bounds {
    let softmax = Softmax(problem)
    let y = problem.expected(0)
    let errors = y.indices.map { i in
      // What has underflowed has done so on either side.
      guard y[i] != 0 else { return 0.0 }
      return y[i] * problem.unit
        * (-softmax.shifted[i] + exponential + softmax.sumErrors[softmax.slices.groups[i]] + 1)
    }
    return Bounds(errors, y)
  }

  /// A rounded difference less the log of a sum: the relative error of the sum is an absolute one of its log.
  @Sendable static func logSoftmax(_ problem: Problem) -> Bounds {
    let softmax = Softmax(problem)
    let scales = softmax.shifted.indices.map { i in
      -softmax.shifted[i] + abs(log(softmax.sums[softmax.slices.groups[i]])) + 1
    }
    let errors = scales.indices.map { i in
      let logarithm = abs(log(softmax.sums[softmax.slices.groups[i]]))
      return problem.unit
        * (-softmax.shifted[i] + softmax.sumErrors[softmax.slices.groups[i]] + exponential * logarithm
          + scales[i])
    }
    return Bounds(errors, scales)
  }

  /// y * (g - sum(g*y)).
  @Sendable static func softmaxBackward(_ problem: Problem) -> Bounds {
    let (y, g) = (problem.input(0), problem.input(1))
    let slices = Slices(along: problem.params, problem.inputShapes[0])
    let magnitudes = slices.sums { abs(g[$0] * y[$0]) }
    let scales = y.indices.map { abs(y[$0]) * (abs(g[$0]) + magnitudes[slices.groups[$0]]) }
    return Bounds(scales.map { problem.unit * (slices.length + 3) * $0 }, scales)
  }

  /// g - exp(y) * sum(g).
  @Sendable static func logSoftmaxBackward(_ problem: Problem) -> Bounds {
    let (y, g) = (problem.input(0), problem.input(1))
    let slices = Slices(along: problem.params, problem.inputShapes[0])
    let magnitudes = slices.sums { abs(g[$0]) }
    let scales = y.indices.map { abs(g[$0]) + exp(y[$0]) * magnitudes[slices.groups[$0]] }
    return Bounds(scales.map { problem.unit * (slices.length + exponential + 2) * $0 }, scales)
  }

  // MARK: - Optimizer steps

  /// Each intermediate's error: that of its operands, carried through, and its own roundings. Hyperparameters
  /// are rounded once to the working type.
  @Sendable static func adamStep(_ problem: Problem) -> Bounds {
    guard case .adam(let h) = problem.params else { return Bounds(errors: [], scales: []) }
    let (n, u) = (problem.inputs.count, problem.unit)
    let corrections = (1 - pow(h.beta1, Double(h.step)), 1 - pow(h.beta2, Double(h.step)))
    var bounds = Bounds(
      errors: problem.expected.map { $0.doubles.map { _ in 0 } },
      scales: problem.expected.map { $0.doubles.map(abs) })
    for k in 0..<n {
      let (gradient, p) = (problem.input(k), problem.initial[k].doubles)
      let (m, v) = (problem.initial[n + k].doubles, problem.initial[2 * n + k].doubles)
      let (mNew, vNew) = (problem.expected(n + k), problem.expected(2 * n + k))
      for i in gradient.indices {
        let decay = h.decoupled != 0 ? 0 : h.weight_decay * p[i]
        let g = gradient[i] + decay
        let gError = decay == 0 ? 0 : u * (2 * abs(decay) + abs(g))
        let mError = (1 - h.beta1) * (gError + 3 * u * (abs(g) + abs(m[i]))) + u * abs(m[i])
        let vError =
          (1 - h.beta2) * (2 * abs(g) * gError + 4 * u * g * g) + u * (2 * h.beta2 * v[i] + abs(vNew[i]))
        let root = vNew[i].squareRoot() / corrections.1.squareRoot()
        let denominator = root + h.eps
        let rate = h.lr / corrections.0 / denominator
        // Half the relative error of v is that of its root; v's own storage rounds it once more.
        let rootError = vNew[i] > 0 ? 0.5 * root * (vError / vNew[i]) + 3 * u * root : vError.squareRoot()
        let stepError = rate * (mError + abs(mNew[i]) * (6 * u + rootError / denominator))
        let decoupled = h.decoupled != 0 ? 3 * u * abs(h.lr * h.weight_decay * p[i]) : 0
        bounds.scales[k][i] += abs(p[i])
        bounds.scales[n + k][i] += abs(m[i]) + (1 - h.beta1) * abs(g)
        bounds.errors[k][i] = stepError + decoupled + 2 * u * abs(p[i])
        bounds.errors[n + k][i] = mError
        bounds.errors[2 * n + k][i] = vError
      }
    }
    return bounds
  }

  @Sendable static func sgdStep(_ problem: Problem) -> Bounds {
    guard case .sgd(let h) = problem.params else { return Bounds(errors: [], scales: []) }
    let (n, u) = (problem.inputs.count, problem.unit)
    var bounds = Bounds(
      errors: problem.expected.map { $0.doubles.map { _ in 0 } },
      scales: problem.expected.map { $0.doubles.map(abs) })
    for k in 0..<n {
      let (gradient, p) = (problem.input(k), problem.initial[k].doubles)
      for i in gradient.indices {
        let decay = h.weight_decay * p[i]
        var g = abs(gradient[i]) + abs(decay)
        var gError = decay == 0 ? 0 : u * (2 * abs(decay) + g)
        if h.momentum != 0 {
          let b = h.first_step != 0 ? 0 : h.momentum * abs(problem.initial[n + k].double(i))
          let damped = h.first_step != 0 ? g : abs(1 - h.dampening) * g
          let bError = h.first_step != 0 ? gError : abs(1 - h.dampening) * gError + 3 * u * (b + damped)
          bounds.scales[n + k][i] += b + damped
          bounds.errors[n + k][i] = bError
          gError =
            h.nesterov != 0 ? gError + h.momentum * bError + u * (g + 3 * h.momentum * (b + damped)) : bError
          g = h.nesterov != 0 ? g + h.momentum * (b + damped) : b + damped
        }
        bounds.scales[k][i] += abs(p[i]) + h.lr * g
        bounds.errors[k][i] = h.lr * (gError + 2 * u * g) + u * (abs(p[i]) + h.lr * g)
      }
    }
    return bounds
  }
}
