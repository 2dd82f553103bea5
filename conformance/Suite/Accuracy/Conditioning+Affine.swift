import BackendAPI
import Glibc

/// An interval around a number that is computed: what it would be without roundings, and how far it may be off. Infinite
/// and NaN numbers have no error of their own.
struct Uncertain {
  var value: Double
  var error: Double

  init(_ value: Double, _ error: Double = 0) {
    self.value = value
    self.error = value.isFinite && error.isFinite ? error : 0
  }

  /// Units of rounding in the functions' ulps (twice as many: an ulp is between one and two units) of OpenCL: exp 3,
  /// tanh 5, erf 16; of sigmoid 8 in all (see ``Accuracy/table``).
  static let sigmoidUnits = 8.0
  static let tanhUnits = 10.0
  static let erfUnits = 32.0

  /// A second-order term takes the place of the derivative's change over the interval: its bound is the greatest
  /// second derivative.
  private func through(_ value: Double, slope: Double, curvature: Double, own: Double) -> Uncertain {
    Uncertain(value, abs(slope) * error + curvature / 2 * error * error + own)
  }

  func sigmoid(_ u: Double) -> Uncertain {
    let y = 1 / (1 + exp(-value))
    return through(y, slope: y * (1 - y), curvature: 0.1, own: Uncertain.sigmoidUnits * u * y)
  }

  func tanh(_ u: Double) -> Uncertain {
    let y = Glibc.tanh(value)
    return through(y, slope: 1 - y * y, curvature: 0.8, own: Uncertain.tanhUnits * u * abs(y))
  }

  func relu() -> Uncertain { Uncertain(value < 0 ? 0 : value, value + error < 0 ? 0 : error) }

  /// x times a sigmoid, rounded once more. Its slope is at most 1.1, and the second derivative 1/2.
  func silu(_ u: Double) -> Uncertain {
    let s = 1 / (1 + exp(-value)), y = value * s
    return through(y, slope: s * (1 + value * (1 - s)), curvature: 0.5, own: (Uncertain.sigmoidUnits + 1) * u * abs(y))
  }

  /// x/2 times 1 + erf, which cancel for negative x: the error of erf and those of the sum and products are relative to
  /// x. erf's argument is rounded: half of x times erf's slope times the argument is less than 1/2 of x.
  func gelu(_ u: Double) -> Uncertain {
    let share = (1 + erf(value / 2.0.squareRoot())) / 2
    let density = exp(-value * value / 2) / (2 * Double.pi).squareRoot()
    let error = erf(value / 2.0.squareRoot()).magnitude * Uncertain.erfUnits / 2 + 4
    return through(
      value * share, slope: share + value * density, curvature: 0.8, own: error * u * abs(value))
  }

  /// x/2 times 1 + tanh of a polynomial of two terms of one sign: 6 roundings in its argument, times the slope of tanh
  /// times the argument, which is less than 1/2.
  func geluTanh(_ u: Double) -> Uncertain {
    let factor = (2 / Double.pi).squareRoot()
    let inner = factor * (value + 0.044715 * value * value * value)
    let t = Glibc.tanh(inner)
    let slope = (1 + t) / 2 + value / 2 * (1 - t * t) * factor * (1 + 3 * 0.044715 * value * value)
    let error = (Uncertain.tanhUnits * abs(t) + 3) / 2 + 4
    return through(value / 2 * (1 + t), slope: slope, curvature: 0.8, own: error * u * abs(value))
  }
}

extension Conditioning {
  /// A product of length k and a bias, k + 1 roundings relative to the sum of magnitudes; then the function.
  @Sendable static func linear(_ problem: Problem) -> Bounds {
    guard case .linear(let params) = problem.params else { return Bounds(errors: [], scales: []) }
    let (x, w) = (problem.input(0), problem.input(1))
    let (m, k, n) = (problem.inputShapes[0][0], problem.inputShapes[0][1], problem.inputShapes[1][0])
    let bias = problem.inputs.count > 2 ? problem.input(2) : Array(repeating: 0, count: n)
    let u = problem.unit
    var bounds = Bounds([], [])
    for i in 0..<m {
      for j in 0..<n {
        var (sum, magnitude) = (bias[j], abs(bias[j]))
        for l in 0..<k {
          let product = x[i * k + l] * w[j * k + l]
          sum += product
          magnitude += abs(product)
        }
        let before = Uncertain(sum, Double(k + 1) * u * magnitude)
        let after: Uncertain =
          switch params.activation {
          case BP_ACTIVATION_RELU: before.relu()
          case BP_ACTIVATION_SIGMOID: before.sigmoid(u)
          case BP_ACTIVATION_TANH: before.tanh(u)
          case BP_ACTIVATION_SILU: before.silu(u)
          case BP_ACTIVATION_GELU: before.gelu(u)
          case BP_ACTIVATION_GELU_TANH: before.geluTanh(u)
          default: before
          }
        bounds.errors[0].append(after.error)
        bounds.scales[0].append(params.activation == BP_ACTIVATION_SIGMOID ? 1 : magnitude)
      }
    }
    return bounds
  }
}
