import Backplane

/// Elements that are ordered, chosen by a condition, or put elsewhere.
extension Workload {
  static var selection: [Workload] {
    [
      Workload(name: "where_16M") { device in
        let count = 1 << 24
        let x = Values.normal(count, seed: 3), y = Values.normal(count, seed: 4)
        let a = Tensor(x, device: device), b = Tensor(y, device: device)
        var result = a
        return Job {
          result = `where`(a .> 0, a, b)
        } check: {
          try Check.elements(result, count: count, relative: 0, absolute: 0) { Double(x[$0] > 0 ? x[$0] : y[$0]) }
        }
      },
      vector("sort_4M") { a in
        a.sort()
      } check: { x, result in
        let wanted = x.sorted()
        try Check.elements(result.values, count: x.count, relative: 0, absolute: 0) { Double(wanted[$0]) }
        let positions = result.indices.toArray(Int.self)
        guard Set(positions).count == x.count, positions.indices.allSatisfy({ x[positions[$0]] == wanted[$0] }) else {
          throw Complaint("wrong result: the indices are not those of the values")
        }
      },
      vector("masked_select_4M") { a in
        a[a .> 0]
      } check: { x, result in
        let wanted = x.filter { $0 > 0 }
        try Check.elements(result, count: wanted.count, relative: 0, absolute: 0) { Double(wanted[$0]) }
      },
      vector("cat_4x4M") { a in
        cat([a, a, a, a])
      } check: { x, result in
        try Check.elements(result, count: 4 * x.count, relative: 0, absolute: 0) { Double(x[$0 % x.count]) }
      },
      Workload(name: "unique_4M_int") { device in
        let x = Values.integers(1 << 22, below: 1000, seed: 41)
        let a = Tensor(x, device: device)
        var result = a
        return Job {
          result = a.unique()
        } check: {
          let wanted = Set(x).sorted(), found = result.toArray(Int.self)
          guard found == wanted else {
            throw Complaint("wrong result: \(found.count) distinct numbers, should be \(wanted.count) in order")
          }
        }
      },
      Workload(name: "embedding_64K_of_4096x256") { device in
        let (rows, width) = (4096, 256)
        let x = Values.normal(rows * width, seed: 10)
        let positions = Values.integers(1 << 16, below: rows, seed: 11)
        let table = Tensor(x, shape: [rows, width], device: device), index = Tensor(positions, device: device)
        var result = table
        return Job {
          result = F.embedding(index, table)
        } check: {
          try Check.elements(result, count: positions.count * width, relative: 0, absolute: 0) { i in
            Double(x[positions[i / width] * width + i % width])
          }
        }
      },
      Workload(name: "add_strided_2048") { device in
        let n = 2048
        let x = Values.normal(n * n, seed: 6), y = Values.normal(n * n, seed: 7)
        let a = Tensor(x, shape: [n, n], device: device), b = Tensor(y, shape: [n, n], device: device)
        var result = a
        return Job {
          result = a.t() + b
        } check: {
          try Check.elements(result, count: n * n) { Double(x[$0 % n * n + $0 / n]) + Double(y[$0]) }
        }
      },
    ]
  }

  /// Work on 2²² numbers.
  static func vector<Result>(
    _ name: String, _ work: @escaping (Tensor) -> Result, check: @escaping ([Float], Result) throws -> Void
  ) -> Workload {
    Workload(name: name) { device in
      let x = Values.normal(1 << 22, seed: 9)
      let a = Tensor(x, device: device)
      var result: Result?
      return Job {
        // Given back before, not after: as the peers', all results lie in one block of memory.
        result = nil
        result = work(a)
      } check: {
        if let result { try check(x, result) }
      }
    }
  }
}
