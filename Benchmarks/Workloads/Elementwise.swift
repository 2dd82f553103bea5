import Backplane
import Glibc

extension Workload {
  static var dispatch: [Workload] {
    [
      Workload(name: "dispatch_add4", repetitions: 1000) { device in
        let x = Values.normal(4, seed: 1)
        let y = Values.normal(4, seed: 2)
        let a = Tensor(x, device: device)
        let b = Tensor(y, device: device)
        var result = a
        return Job {
          result = a + b
        } check: {
          try Check.elements(result, count: 4) { Double(x[$0]) + Double(y[$0]) }
        }
      }
    ]
  }

  static var elementwise: [Workload] {
    [
      binary("add_16M", expected: +) { a, b, device in
        let out = Tensor.empty([1 << 24], device: device)
        return { add(a, b, out: out) }
      },
      binary("add_alloc_16M", expected: +) { a, b, _ in { a + b } },
      binary("chain_16M", expected: { tanh($0 * $1 + 0.5) * $1 - $0 }) { a, b, _ in
        { (a * b + 0.5).tanh() * b - a }
      },
      adamByHand,
      unary("exp_128K", { $0.exp() }, expected: Glibc.exp),
      unary("tanh_128K", { $0.tanh() }, expected: Glibc.tanh),
      unary("sin_128K", { $0.sin() }, expected: Glibc.sin),
      unary("sigmoid_128K", { $0.sigmoid() }, expected: { 1 / (1 + Glibc.exp(-$0)) }),
      unary("log_128K", positive: true, { $0.log() }, expected: Glibc.log),
      unary(
        "gelu_16M", count: 1 << 24, { F.gelu($0) }, expected: { $0 / 2 * (1 + Glibc.erf($0 / 2.0.squareRoot())) }),
    ]
  }

  /// A step of Adam as formulas, without correction of the bias: four tensors in, three out.
  private static var adamByHand: Workload {
    Workload(name: "adam_by_hand_16M") { device in
      let count = 1 << 24
      let values = (0..<4).map { i in
        let drawn = Values.normal(count, seed: UInt64(6 + i))
        return i == 2 ? drawn.map(\.magnitude) : drawn
      }
      let state = values.map { Tensor($0, device: device) }
      let (weights, first, second, gradient) = (state[0], state[1], state[2], state[3])
      var results: [Tensor] = []
      return Job {
        let m = first * 0.9 + gradient * 0.1
        let v = second * 0.999 + gradient * gradient * 0.001
        results = [weights - m / (v.sqrt() + 1e-8) * 0.001, m, v]
      } check: {
        func m(_ i: Int) -> Double { 0.9 * Double(values[1][i]) + 0.1 * Double(values[3][i]) }
        func v(_ i: Int) -> Double {
          let gradient = Double(values[3][i])
          return 0.999 * Double(values[2][i]) + 0.001 * gradient * gradient
        }
        try Check.elements(results[0], count: count) { i in
          Double(values[0][i]) - 0.001 * m(i) / (v(i).squareRoot() + 1e-8)
        }
        try Check.elements(results[1], count: count, expected: m)
        try Check.elements(results[2], count: count, expected: v)
      }
    }
  }

  private static func binary(
    _ name: String, expected: @escaping (Double, Double) -> Double,
    work: @escaping (Tensor, Tensor, Device) -> () -> Tensor
  ) -> Workload {
    Workload(name: name) { device in
      let x = Values.normal(1 << 24, seed: 3)
      let y = Values.normal(1 << 24, seed: 4)
      let a = Tensor(x, device: device)
      let compute = work(a, Tensor(y, device: device), device)
      var result = a
      return Job {
        result = compute()
      } check: {
        try Check.elements(result, count: 1 << 24) { expected(Double(x[$0]), Double(y[$0])) }
      }
    }
  }

  private static func unary(
    _ name: String, count: Int = 1 << 17, positive: Bool = false, _ work: @escaping (Tensor) -> Tensor,
    expected: @escaping (Double) -> Double
  ) -> Workload {
    Workload(name: name) { device in
      var x = Values.normal(count, seed: 5)
      if positive { x = x.map { $0.magnitude + 0.1 } }
      let values = x
      let a = Tensor(values, device: device)
      var result = a
      return Job {
        // Given back before, not after: as the peers', all results lie in one block of memory.
        result = a
        result = work(a)
      } check: {
        try Check.elements(result, count: count) { expected(Double(values[$0])) }
      }
    }
  }
}
