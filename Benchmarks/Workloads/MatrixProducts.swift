import Backplane

extension Workload {
  static var matrixProducts: [Workload] {
    [64, 256, 512, 1024, 2048].map { n in
      product("matmul_\(n)", batch: 1, n, shape: [n, n]) { $0.matmul($1) }
    } + [product("bmm_64x128", batch: 64, 128, shape: [64, 128, 128]) { $0.bmm($1) }]
  }

  private static func product(
    _ name: String, batch: Int, _ n: Int, shape: [Int], work: @escaping (Tensor, Tensor) -> Tensor
  ) -> Workload {
    Workload(name: name) { device in
      let x = Values.normal(batch * n * n, seed: 6)
      let y = Values.normal(batch * n * n, seed: 7)
      let a = Tensor(x, shape: shape, device: device)
      let b = Tensor(y, shape: shape, device: device)
      var result = a
      return Job {
        // Given back before, not after: as the peers', all results lie in one block of memory.
        result = a
        result = work(a, b)
      } check: {
        let z = result.floats
        guard z.count == x.count else { throw Complaint("\(z.count) elements instead of \(x.count)") }
        for i in 0..<batch { try Check.product(x, y, z, at: i * n * n, n) }
      }
    }
  }
}

extension Check {
  /// Freivalds' check: for a vector v, A(Bv) must be (AB)v. It sees every element in n² steps.
  static func product(_ a: [Float], _ b: [Float], _ c: [Float], at start: Int = 0, _ n: Int) throws {
    var source = SplitMix64(state: UInt64(start) &+ 8)
    let v = (0..<n).map { _ in Double.random(in: -1...1, using: &source) }
    func times(_ matrix: [Float], _ vector: [Double]) -> [Double] {
      (0..<n).map { row in
        var sum = 0.0
        for column in 0..<n { sum += Double(matrix[start + row * n + column]) * vector[column] }
        return sum
      }
    }
    let expected = times(a, times(b, v))
    let found = times(c, v)
    // Elements are sums of n products, each good to about 1e-7 of its size; sums of n of them grow as its root.
    let tolerance = 2e-6 * Double(n)
    for row in 0..<n {
      guard (found[row] - expected[row]).magnitude <= tolerance else {
        throw Complaint(
          "wrong result: row \(row) times a vector is \(found[row]), should be \(expected[row])")
      }
    }
  }
}
