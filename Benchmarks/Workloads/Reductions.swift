import Backplane
import Glibc

extension Workload {
  private static let rows = 4096
  private static let columns = 1024

  static var reductions: [Workload] {
    [
      table("softmax_4096x1024", { $0.softmax(1) }) { x, result in
        let found = result.floats
        for row in 0..<rows {
          let range = row * columns..<(row + 1) * columns
          let total = x[range].reduce(0.0) { $0 + exp(Double($1)) }
          for i in range {
            let wanted = exp(Double(x[i])) / total
            guard (Double(found[i]) - wanted).magnitude <= 5e-6 * wanted else {
              throw Complaint("wrong result: element \(i) is \(found[i]), should be \(wanted)")
            }
          }
        }
      },
      table("sum_4M", shape: [rows * columns], { $0.sum() }) { x, result in
        let wanted = x.reduce(0.0) { $0 + Double($1) }
        // Relative to the size of what is added: the sum itself is near 0.
        try Check.elements(result, count: 1, relative: 0, absolute: 1e-7 * Double(x.count)) { _ in wanted }
      },
      vector("var_4M") { a in
        a.var()
      } check: { x, result in
        let mean = x.reduce(0.0) { $0 + Double($1) } / Double(x.count)
        let wanted = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(x.count - 1)
        try Check.elements(result, count: 1) { _ in wanted }
      },
      vector("cumsum_4M") { a in
        a.cumsum(0)
      } check: { x, result in
        let found = result.floats
        var sum = 0.0
        for i in x.indices {
          sum += Double(x[i])
          // Each of the sums that lead to an element may be rounded, and they are no greater than some thousands.
          guard found.count == x.count, (Double(found[i]) - sum).magnitude <= 5e-3 else {
            throw Complaint("wrong result: element \(i) is \(found[i]), should be \(sum)")
          }
        }
      },
      table("sum_dim0_4096x1024", { $0.sum(0) }) { x, result in
        try Check.elements(result, count: columns, relative: 0, absolute: 1e-3) { column in
          (0..<rows).reduce(0.0) { $0 + Double(x[$1 * columns + column]) }
        }
      },
      table("argmax_dim1_4096x1024", { $0.argmax(1) }) { x, result in
        let found = result.toArray(Int.self)
        for row in 0..<rows {
          let values = x[row * columns..<(row + 1) * columns]
          let highest = values.max()
          guard found.count == rows, (0..<columns).contains(found[row]),
            x[row * columns + found[row]] == highest
          else { throw Complaint("wrong result: no maximum of row \(row) is at \(found[row])") }
        }
      },
      table("topk100_4M", shape: [rows * columns], { $0.topk(100).values }) { x, result in
        let wanted = x.sorted(by: >)
        try Check.elements(result, count: 100, relative: 0, absolute: 0) { Double(wanted[$0]) }
      },
      Workload(name: "maxpool2_32x64x56") { device in
        let (planes, side) = (32 * 64, 56)
        let x = Values.normal(planes * side * side, seed: 12)
        let a = Tensor(x, shape: [32, 64, side, side], device: device)
        var result = a
        return Job {
          result = F.maxPool2d(a, 2)
        } check: {
          try Check.elements(result, count: planes * side * side / 4, relative: 0, absolute: 0) { i in
            let (row, column) = (i / (side / 2) * 2, i % (side / 2) * 2)
            let corners = [row, row + 1].flatMap { [$0 * side + column, $0 * side + column + 1] }
            return Double(corners.map { x[$0] }.max()!)
          }
        }
      },
    ]
  }

  static var movement: [Workload] {
    [
      table("transpose_copy_4096x1024", { $0.t().contiguous() }) { x, result in
        try Check.elements(result, count: x.count, relative: 0, absolute: 0) { i in
          Double(x[i % rows * columns + i / rows])
        }
      },
      Workload(name: "interpolate_bilinear_x2_8x64x56") { device in
        let (planes, side) = (8 * 64, 56)
        let x = Values.normal(planes * side * side, seed: 12)
        let a = Tensor(x, shape: [8, 64, side, side], device: device)
        var result = a
        return Job {
          result = a
          result = F.interpolate(a, scaleFactor: 2.0, mode: .bilinear)
        } check: {
          // The centres of pixels: those of the result lie a quarter of a pixel before and after.
          func place(_ i: Int) -> (low: Int, high: Int, share: Double) {
            let at = max(0, (Double(i) + 0.5) / 2 - 0.5), low = Int(at)
            return (low, min(low + 1, side - 1), at - Double(low))
          }
          try Check.elements(result, count: 4 * x.count) { i in
            let (row, column) = (place(i / (2 * side) % (2 * side)), place(i % (2 * side)))
            let plane = i / (4 * side * side) * side * side
            func line(_ y: Int) -> Double {
              let from = plane + y * side
              return Double(x[from + column.low]) * (1 - column.share) + Double(x[from + column.high]) * column.share
            }
            return line(row.low) * (1 - row.share) + line(row.high) * row.share
          }
        }
      },
      Workload(name: "index_select_64K_of_4096x256") { device in
        let width = 256
        let x = Values.normal(rows * width, seed: 10)
        let positions = Values.integers(1 << 16, below: rows, seed: 11)
        let a = Tensor(x, shape: [rows, width], device: device)
        let index = Tensor(positions, device: device)
        var result = a
        return Job {
          result = a.indexSelect(0, index)
        } check: {
          try Check.elements(result, count: positions.count * width, relative: 0, absolute: 0) { i in
            Double(x[positions[i / width] * width + i % width])
          }
        }
      },
    ]
  }

  private static func table(
    _ name: String, shape: [Int] = [rows, columns], _ work: @escaping (Tensor) -> Tensor,
    check: @escaping ([Float], Tensor) throws -> Void
  ) -> Workload {
    Workload(name: name) { device in
      let x = Values.normal(rows * columns, seed: 9)
      let a = Tensor(x, shape: shape, device: device)
      var result = a
      return Job {
        result = work(a)
      } check: {
        try check(x, result)
      }
    }
  }
}
