import Glibc

/// A transform mixes all numbers of a slice, so that its error is measured over the slice.
enum FourierJudge {
  /// ‖error‖₂ / (u ‖result‖₂) grows as log₂ n (Higham, chapter 24); a pass of radix r is a sum of r terms, and a length
  /// that needs a convolution goes through three transforms of up to four times the length. The reference, by the
  /// definition in float64, sums n terms: where the result is float64 too, that is granted.
  static func bound(_ n: Int, isDouble: Bool) -> Double {
    30 * (1 + log2(Double(n))) + (isDouble ? 2 * Double(n) : 0)
  }

  @Sendable static func judge(_ problem: Judgement.Problem) -> Judgement {
    guard case .fft(let axis, _, _) = problem.params else { return Judgement() }
    var judgement = Judgement()
    let shape = problem.outputShapes[0], n = shape[axis]
    if shape.contains(0) { return judgement }
    var reduced = shape
    reduced[axis] = 1
    let slices = Layout.groups(of: shape, into: reduced)
    let count = reduced.reduce(1, *)
    var errors = [Double](repeating: 0, count: count), sizes = errors
    let (got, expected) = (problem.got[0].parts, problem.expected[0].parts)
    for (i, slice) in slices.enumerated() {
      for part in 0..<2 {
        let value = expected.double(2 * i + part), error = got.double(2 * i + part) - value
        errors[slice] += error * error
        sizes[slice] += value * value
      }
    }
    let unit = problem.got[0].dtype.format!.roundingUnit
    let bound = bound(n, isDouble: problem.got[0].dtype == .complex128)
    for slice in 0..<count {
      let ratio = errors[slice] == 0 ? 0 : (errors[slice] / sizes[slice]).squareRoot() / unit
      judgement.expect(ratio, within: bound, "slice \(slice) of length \(n): the error, in units of rounding,")
    }
    return judgement
  }
}
