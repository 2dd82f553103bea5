import Backplane
import TestSupport
import Testing

/// A tensor without dimensions on the cpu meets tensors of another device, as a number would.
@Suite struct HostNumberTests {
  private static let other: Device = "reference"
  private static var x: Tensor { Tensor([1.0, 2, 3], device: other) }
  private static func number(_ value: Double) -> Tensor { Tensor(value, device: "cpu") }

  struct Meeting: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: [Double]
    let body: @Sendable () throws -> Tensor

    init(_ name: String, _ expected: [Double], _ body: @escaping @Sendable () throws -> Tensor) {
      (testDescription, self.expected, self.body) = (name, expected, body)
    }
  }

  @Test(arguments: arithmetic + choices + inPlace) func liesWithTheTensor(_ meeting: Meeting) throws {
    let result = try withErrors { try meeting.body() }
    #expect(result.device == HostNumberTests.other)
    #expect(areClose(result.toArray(Double.self), meeting.expected))
  }

  static let arithmetic = [
    Meeting("+", [3, 4, 5]) { x + number(2) },
    Meeting("- first", [1, 0, -1]) { number(2) - x },
    Meeting("* of a wider type", [3, 6, 9]) { x * Tensor(3.0, dtype: .float64) },
    Meeting("* of integers", [3, 6]) { Tensor([1, 2], device: other) * Tensor(3) },
    Meeting("an integer and a fraction", [2.5, 5]) { Tensor([1, 2], device: other) * number(2.5) },
    Meeting("**", [2, 4, 8]) { number(2) ** x },
    Meeting("%", [1, 0, 1]) { x % number(2) },
    Meeting("div rounded", [0, 1, 1]) { x.div(number(2), roundingMode: .trunc) },
    Meeting("&", [0, 2, 2]) { Tensor([1, 2, 3], device: other) & Tensor(2) },
    Meeting("<<", [4, 8, 12]) { Tensor([1, 2, 3], device: other) << Tensor(2) },
    Meeting("atan2", [0.785398, 1.107149, 1.249046]) { x.atan2(number(1)) },
    Meeting("hypot", [1.414214, 2.236068, 3.162278]) { x.hypot(number(1)) },
    Meeting("fmax", [2, 2, 3]) { number(2).fmax(x) },
    Meeting("xlogy", [0, 1.386294, 2.197225]) { number(2).xlogy(x) },
    Meeting("copysign", [-1, -2, -3]) { x.copysign(number(-1)) },
    Meeting("heaviside", [0, 0.5, 1]) { (x - 2).heaviside(number(0.5)) },
    Meeting("lerp", [1.5, 3, 4.5]) { x.lerp(x * 2, number(0.5)) },
    Meeting("addcmul", [3, 6, 9]) { x.addcmul(number(2), x) },
    Meeting("addcdiv", [1.5, 2, 2.5]) { number(1).addcdiv(x, number(2)) },
    Meeting("both without dimensions", [3]) { Tensor(1.0, device: other) + number(2) },
    Meeting("real part of a complex number", [1, 2, 3]) { complex(x, number(5)).real },
    Meeting("of 16 bits", [2, 4]) { Tensor([1.0, 2], dtype: .float16, device: other) * number(2) },
  ]

  static let choices = [
    Meeting(">", [0, 0, 1]) { (x > number(2)).float() },
    Meeting("> first", [1, 0, 0]) { (number(2) > x).float() },
    Meeting("isclose", [0, 1, 0]) { x.isclose(number(2)).float() },
    Meeting("logicalAnd", [0, 0, 0]) { x.logicalAnd(number(0)).float() },
    Meeting("maximum", [2, 2, 3]) { x.maximum(number(2)) },
    Meeting("clamp", [1.5, 2, 2.5]) { x.clamp(min: number(1.5), max: number(2.5)) },
    Meeting("where", [1, 0, 0]) { Tensor.where(x > 1, number(0), x) },
    Meeting("where of two numbers", [5, 0, 0]) { Tensor.where(x > 1, number(0), number(5)) },
    Meeting("where, condition", [1, 2, 3]) { Tensor.where(Tensor(true), x, number(0)) },
    Meeting("masked_fill", [1, 9, 9]) {
      try call("masked_fill", [.tensor(x), .tensor(x > 1), .tensor(number(9))]).tensor!
    },
  ]

  static let inPlace = [
    Meeting("add_", [2, 3, 4]) { x.add_(number(1)) },
    Meeting("mul_ of a wider type", [2, 4, 6]) { x.mul_(Tensor(2.0, dtype: .float64)) },
    Meeting("addcmul_", [3, 4, 5]) { x.addcmul_(number(1), number(2)) },
    Meeting("hypot_", [1.414214, 2.236068, 3.162278]) { x.hypot_(number(1)) },
    Meeting("out:", [2, 3, 4]) { add(x, number(1), out: Tensor.empty([3], device: other)) },
    Meeting("an element", [7, 8, 3]) {
      let y = x
      y[0] = number(7)
      y[Tensor([1], device: other)] = number(8)
      return y
    },
  ]

  /// A number does not take others along, and what has dimensions is no number.
  @Test(arguments: refusals) func othersAreRefused(_ meeting: Meeting) {
    let message = errorMessage { _ = try meeting.body() }
    #expect(message.hasPrefix("Expected all tensors to be on the same device, but found at least two devices"))
  }

  static let refusals = [
    Meeting("in place", []) { number(1).add_(Tensor(1.0, device: other)) },
    Meeting("in place, of several operators", []) { number(1).hypot_(Tensor(1.0, device: other)) },
    Meeting("in place, lerp", []) { number(1).lerp_(Tensor(1.0, device: other), 0.5) },
    Meeting("out:", []) { add(number(1), Tensor(1.0, device: other), out: Tensor(0.0)) },
    Meeting("a number of the other device", []) { Tensor([1.0, 2]) + Tensor(1.0, device: other) },
    Meeting("one element in a dimension", []) { x + Tensor([1.0]) },
    Meeting("where with dimensions", []) { Tensor.where(x > 1, x, Tensor([1.0])) },
    Meeting("matmul", []) { x.matmul(Tensor([1.0, 1, 1])) },
    Meeting("cat", []) { cat([x, Tensor([1.0])]) },
  ]

  private func gradients(numberOn device: Device) -> (number: Tensor, tensor: Tensor) {
    let w = Tensor(3.0, device: device, requiresGrad: true)
    let v = Tensor([1.0, 2, 3], device: HostNumberTests.other, requiresGrad: true)
    var loss = (v * w).sum() + v.lerp(v * w, w).sum() + Tensor.where(v > 1, w, v).sum() + v.addcmul(w, v).sum()
    loss = loss + v.clamp(min: w).sum() + v.hypot(w).sum() + v.div(w).sum() + v.fmax(w).sum() + v.pow(w).sum()
    let changed = v * 1
    changed.mul_(w)
    changed[0] = w
    (loss + changed.sum()).backward()
    return (w.grad!, v.grad!)
  }

  @Test func aGradientComesBackToTheNumber() {
    let (near, far) = (gradients(numberOn: HostNumberTests.other), gradients(numberOn: "cpu"))
    #expect(far.number.device == "cpu" && far.number.shape == [])
    #expect(areClose([far.number.item()], [near.number.item()]))
    #expect(areClose(far.tensor.toArray(Double.self), near.tensor.toArray(Double.self)))
  }
}
