/// Numbers that the host needs of vectors.
enum Flat {
  static func dot(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Double {
    try Ops.item(Ops.matmul(a, b)).double
  }

  /// The greatest magnitude.
  static func greatest(_ x: Tensor) throws(BackplaneError) -> Double {
    try Ops.item(Ops.reduce(.max, Ops.abs(x), [true], x.dtype)).double
  }
}

/// Parameters as one vector of real numbers.
struct FlatParameters {
  private let parameters: [Tensor]
  /// Whether the loss is to grow: then it is its negative that falls.
  private let isNegated: Bool
  let count: Int

  init(_ parameters: [Tensor], isNegated: Bool) {
    self.parameters = parameters
    self.isNegated = isNegated
    count = FlatParameters.count(parameters)
  }

  static func count(_ parameters: [Tensor]) -> Int {
    parameters.reduce(0) { $0 + $1.numel * ($1.dtype.isComplex ? 2 : 1) }
  }

  /// What a number becomes in the type of the parameters.
  var rounding: (Double) -> Double {
    parameters.contains { $0.dtype.realType == .float64 } ? { $0 } : { Double(Float($0)) }
  }

  func value(_ loss: Tensor) throws(BackplaneError) -> Double {
    let value = try Ops.item(loss).double
    return isNegated ? -value : value
  }

  /// The gradients in a row; zeros where there are none.
  func grad() throws(BackplaneError) -> Tensor {
    var rows: [Tensor] = []
    for parameter in parameters {
      let grad: Tensor = if let grad = parameter.autograd?.grad { grad } else { try Ops.zerosLike(parameter) }
      let real = try grad.dtype.isComplex ? Ops.viewAsReal(grad) : grad
      rows.append(try Ops.reshape(real, [real.numel]))
    }
    let flat = try Ops.cat(rows, 0)
    return isNegated ? try Ops.neg(flat) : flat
  }

  /// Adds `length` times a direction to the parameters.
  func move(along direction: Tensor, by length: Double) throws(BackplaneError) {
    var offset = 0
    for parameter in parameters {
      let target = try parameter.dtype.isComplex ? Ops.viewAsReal(parameter) : parameter
      let part = try Ops.reshape(Ops.narrow(direction, 0, offset, target.numel), target.layout.shape)
      offset += target.numel
      try Ops.changing([target], by: part) { state, part throws(BackplaneError) in
        try Ops.binaryInPlace(.add, state[0], Ops.mul(part, .double(length)))
      }
    }
  }

  func copies() throws(BackplaneError) -> [Tensor] {
    var result: [Tensor] = []
    for parameter in parameters { result.append(try Ops.copy(parameter)) }
    return result
  }

  func set(_ values: [Tensor]) throws(BackplaneError) {
    for (parameter, value) in zip(parameters, values) { try Ops.copy(value, into: parameter) }
  }
}

/// The search for a length along a direction at which the strong Wolfe conditions hold.
///
/// Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6, with the numbers and the bounds of PyTorch's.
struct StrongWolfe {
  /// A length, with the loss, the gradient and the slope there.
  struct Point {
    var length: Double
    var value: Double
    var grad: Tensor
    var slope: Double
  }

  private static let (sufficientDecrease, curvature, toleranceChange) = (1e-4, 0.9, 1e-9)

  let direction: Tensor
  /// What a number becomes in the parameters' type, more finely than which losses are not told apart.
  let rounding: (Double) -> Double
  private(set) var evaluations = 0

  init(direction: Tensor, rounding: @escaping (Double) -> Double) {
    self.direction = direction
    self.rounding = rounding
  }

  /// - Parameters:
  ///   - limit: How often the loss may be evaluated after the first attempt.
  ///   - evaluate: The loss and the gradient at a length.
  mutating func run(
    from length: Double, loss: Double, grad: Tensor, slope: Double, limit: Int,
    _ evaluate: (Double) throws(BackplaneError) -> (Double, Tensor)
  ) throws(BackplaneError) -> Point {
    func point(at length: Double) throws(BackplaneError) -> Point {
      let (value, grad) = try evaluate(length)
      evaluations += 1
      return Point(length: length, value: value, grad: grad, slope: try Flat.dot(grad, direction))
    }
    func isTooHigh(_ p: Point) -> Bool {
      p.value > rounding(loss + rounding(rounding(StrongWolfe.sufficientDecrease * p.length) * slope))
    }
    func isFlat(_ p: Point) -> Bool { p.slope.magnitude <= -StrongWolfe.curvature * slope }

    let origin = Point(length: 0, value: loss, grad: grad, slope: slope)
    var previous = origin
    var current = try point(at: length)
    var round = 0
    var bracket: [Point] = []
    while round < limit {
      if isTooHigh(current) || (round > 1 && current.value >= previous.value) {
        bracket = [previous, current]
        break
      }
      if isFlat(current) { return current }
      if current.slope >= 0 {
        bracket = [previous, current]
        break
      }
      let least = current.length + 0.01 * (current.length - previous.length)
      let next = minimum(previous, current, within: (least, current.length * 10))
      previous = current
      current = try point(at: rounding(next))
      round += 1
    }
    if bracket.isEmpty { bracket = [origin, current] }
    var low = bracket[0].value <= bracket[1].value ? 0 : 1

    let extent = try Flat.greatest(direction)
    var hasStalled = false
    while round < limit {
      let lengths = bracket.map(\.length)
      let ends = (min(lengths[0], lengths[1]), max(lengths[0], lengths[1]))
      if (ends.1 - ends.0) * extent < StrongWolfe.toleranceChange { break }
      var length = minimum(bracket[0], bracket[1], within: ends)
      // Close to an end of the bracket, twice or at the end itself, is not progress enough.
      let margin = 0.1 * (ends.1 - ends.0)
      if min(ends.1 - length, length - ends.0) < margin {
        if hasStalled || length >= ends.1 || length <= ends.0 {
          length = (length - ends.1).magnitude < (length - ends.0).magnitude ? ends.1 - margin : ends.0 + margin
          hasStalled = false
        } else {
          hasStalled = true
        }
      } else {
        hasStalled = false
      }
      let new = try point(at: rounding(length))
      round += 1
      if isTooHigh(new) || new.value >= bracket[low].value {
        bracket[1 - low] = new
        low = bracket[0].value <= bracket[1].value ? 0 : 1
      } else {
        if isFlat(new) { return new }
        if new.slope * (lengths[1 - low] - lengths[low]) >= 0 { bracket[1 - low] = bracket[low] }
        bracket[low] = new
      }
    }
    return bracket[low]
  }

  /// Where the cubic through two points with their slopes is least, within bounds; their middle where it has no minimum.
  ///
  /// For a loss that is nearly a parabola the discriminant is rounding alone, and so each step rounds as PyTorch's does.
  private func minimum(_ a: Point, _ b: Point, within bounds: (Double, Double)) -> Double {
    let (a, b) = a.length <= b.length ? (a, b) : (b, a)
    let r = rounding
    let slope = r(3 * (a.value - b.value) / r(a.length - b.length))
    let d1 = r(r(a.slope + b.slope) - slope)
    let square = r(r(d1 * d1) - r(a.slope * b.slope))
    guard square >= 0 else { return (bounds.0 + bounds.1) / 2 }
    let d2 = r(square.squareRoot())
    let part = r(r(r(b.slope + d2) - d1) / r(r(b.slope - a.slope) + r(2 * d2)))
    let position = r(b.length - r(r(b.length - a.length) * part))
    return min(max(position, bounds.0), bounds.1)
  }
}
