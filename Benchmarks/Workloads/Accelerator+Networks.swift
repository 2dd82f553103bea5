import Backplane
import Glibc

/// What networks are made of, and orders, on devices with memory of their own.
extension Workload {
  static var convolution: Workload {
    Workload(name: "gpu_conv3x3_128x64x56") { device in
      let x = Tensor.randn([128, 64, 56, 56], device: device)
      let weight = Tensor.randn([64, 64, 3, 3], device: device)
      var result = x
      return Job {
        result = x
        result = F.conv2d(x, weight, padding: 1)
      } check: {
        // A corner and a place within.
        for (row, column) in [(0, 0), (17, 40)] {
          let low = (max(row - 1, 0), max(column - 1, 0))
          let window = x[5, .all, low.0..<row + 2, low.1..<column + 2].floats
          let kernel = weight[7, .all, 1 - (row - low.0)..<3, 1 - (column - low.1)..<3].floats
          let expected = zip(window, kernel).reduce(0) { $0 + Double($1.0) * Double($1.1) }
          try Check.elements(result[5, 7, row, column], count: 1, absolute: 1e-3) { _ in expected }
        }
      }
    }
  }

  static var attention: Workload {
    Workload(name: "gpu_attention_16x16x2048x64_bf16") { device in
      let x = Tensor.randn([16, 16, 2048, 64], device: device).to(.bfloat16)
      var result = x
      return Job {
        result = x
        result = F.scaledDotProductAttention(x, x, x, isCausal: true)
      } check: {
        let place = 37
        let seen = x[3, 5, 0...place].to(.float32).floats.map(Double.init)
        let query = seen.suffix(64)
        let shares = (0...place).map { i in
          exp(zip(query, seen[(64 * i)...]).reduce(0) { $0 + $1.0 * $1.1 } / 8)
        }
        let total = shares.reduce(0, +)
        try Check.elements(
          result[3, 5, place].to(.float32), count: 64, relative: 2e-2, absolute: 2e-2
        ) { column in
          (0...place).reduce(0) { $0 + shares[$1] * seen[64 * $1 + column] } / total
        }
      }
    }
  }

  private static let count = 1 << 25

  static var sort: Workload {
    Workload(name: "gpu_sort_32M") { device in
      let x = Tensor.randn([count], device: device)
      var result = (values: x, indices: x)
      return Job {
        result = (x, x)
        result = x.sort()
      } check: {
        let (values, indices) = result
        let isOrdered = (values[1...] >= values[..<(count - 1)]).all().item() != 0
        let isSame = x.gather(0, indices).equal(values)
        // Every place once: then it is a permutation.
        let isComplete = Tensor.zeros([count], device: device).scatter(0, indices, 1).sum().item() == Double(count)
        guard isOrdered, isSame, isComplete else { throw Complaint("wrong result: the elements are not in order") }
      }
    }
  }

  static var topk: Workload {
    Workload(name: "gpu_topk100_32M") { device in
      let x = Tensor.randn([count], device: device)
      var result = (values: x, indices: x)
      return Job {
        result = (x, x)
        result = x.topk(100)
      } check: {
        let least = result.values[-1].item()
        let greater = (x > least).sum().item()
        guard result.values.shape == [100], greater < 100, x.gather(0, result.indices).equal(result.values) else {
          throw Complaint("wrong result: \(greater) elements are greater than the least of the hundred greatest")
        }
      }
    }
  }
}
