import BackendAPI
import Glibc

/// The results that the header leaves open: random operands meet them, chosen ones do not.
enum OpenResults {
  /// Puts what was expected in place of what came, where either would be right.
  static func spare(
    _ got: inout [ElementArray], _ expected: [ElementArray], _ step: FuzzStep, _ dense: Operation,
    _ rule: Accuracy
  ) {
    if step.entry.name == "COPY" { spareConversion(&got[0], expected[0], dense.inputs[0].elements) }
    if case .bounded = rule, leavesRange(step, dense) { got = expected }
  }

  /// A float beyond int64, and NaN, convert to an unspecified integer [BP-3.3].
  private static func spareConversion(_ got: inout ElementArray, _ expected: ElementArray, _ input: ElementArray) {
    guard got.dtype.isInteger, input.dtype.format != nil else { return }
    let (values, parts) = (input.parts, input.dtype.isComplex ? 2 : 1)
    for i in 0..<got.count where !(abs(values.double(parts * i)) < 0x1p63) {
      got.setBits(i, expected.bits(i))
    }
  }

  /// Whether an intermediate result may overflow, or lose its digits as a subnormal. The reference
  /// computes in float64, a plugin in float32 or in another order; the error bounds, which are
  /// relative to the magnitude of the terms, hold as long as neither happens.
  private static func leavesRange(_ step: FuzzStep, _ dense: Operation) -> Bool {
    if step.entry.family == .elementwise && dense.outputs[0].dtype.isComplex {
      // Zero may be a pole; and a square of what is larger or smaller leaves the range of float32 [BP-6.3].
      return dense.inputs.contains { $0.elements.magnitudes.contains { !(0x1p-50...0x1p50).contains($0) } }
    }
    let inputs = dense.inputs.map { Magnitudes($0.elements) }
    let format = (dense.outputs[0].dtype == .float64 ? DType.float64 : .float32).format!
    let (greatest, least) = (format.greatest / 4, format.leastNormal / format.roundingUnit)
    func count(_ i: Int) -> Double { Double(dense.inputs[i].layout.count) }
    func overflows(_ magnitude: Double) -> Bool { !(magnitude <= greatest) }
    switch step.entry.name {
    case "SUM", "MEAN", "CUMSUM": return overflows(count(0) * inputs[0].greatest)
    case "MATMUL":
      let length = Double(dense.inputs[0].layout.shape.last!)
      return overflows(length * inputs[0].greatest * inputs[1].greatest) || inputs[0].least * inputs[1].least < least
    case "PROD", "CUMPROD": return inputs[0].exponents > Double(format.maxExponent - 26)
    case "SCATTER":
      let initial = Magnitudes(dense.outputs[0].elements)
      switch step.params {
      case .scatter(_, BP_SCATTER_ADD): return overflows(initial.greatest + count(1) * inputs[1].greatest)
      case .scatter(_, BP_SCATTER_MUL):
        return initial.exponents + inputs[1].exponents > Double(format.maxExponent - 26)
      default: return false
      }
    case "SOFTMAX_BACKWARD":
      return overflows(count(0) * inputs[0].greatest * inputs[1].greatest)
        || inputs[0].least * inputs[1].least < least
    case "LOG_SOFTMAX_BACKWARD": return overflows(count(0) * inputs[1].greatest) || inputs[1].least < least
    default: return false
    }
  }

  /// Of the finite elements that are not zero.
  private struct Magnitudes {
    var greatest = 0.0
    var least = Double.infinity
    /// The sum of the magnitudes of their exponents: what a product in any order stays within.
    var exponents = 0.0

    init(_ elements: ElementArray) {
      let parts = elements.parts
      for i in 0..<parts.count {
        let value = abs(parts.double(i))
        guard value.isFinite && value > 0 else { continue }
        greatest = max(greatest, value)
        least = min(least, value)
        exponents += abs(log2(value))
      }
    }
  }
}
