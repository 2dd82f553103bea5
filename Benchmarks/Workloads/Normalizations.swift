import Backplane
import Glibc

extension Workload {
  /// What brings rows and channels to mean 0 and variance 1, and the loss of classifiers.
  static var normalizations: [Workload] {
    [layerNorm("layernorm_4096x1024"), batchNorm("batchnorm_32x64x56"), crossEntropy("cross_entropy_64x1000")]
  }

  /// Checks what was normalized against mean and variance of each slice, whose elements the closure lists.
  private static func check(
    _ result: Tensor, _ x: [Float], slices: Int, of slice: (Int) -> [Int]
  ) throws {
    let found = result.floats
    for s in 0..<slices {
      let places = slice(s)
      var (sum, squares) = (0.0, 0.0)
      for i in places { sum += Double(x[i]) }
      let mean = sum / Double(places.count)
      for i in places {
        let deviation = Double(x[i]) - mean
        squares += deviation * deviation
      }
      let variance = squares / Double(places.count)
      let scale = 1 / (variance + 1e-5).squareRoot()
      for i in places {
        let wanted = (Double(x[i]) - mean) * scale
        guard (Double(found[i]) - wanted).magnitude <= 1e-5 * (1 + wanted.magnitude) else {
          throw Complaint("wrong result: element \(i) is \(found[i]), should be \(wanted)")
        }
      }
    }
  }

  private static func layerNorm(_ name: String) -> Workload {
    Workload(name: name) { device in
      let (rows, columns) = (4096, 1024)
      let x = Values.normal(rows * columns, seed: 31)
      let a = Tensor(x, shape: [rows, columns], device: device)
      var result = a
      return Job {
        result = F.layerNorm(a, [columns])
      } check: {
        try check(result, x, slices: rows) { Array($0 * columns..<($0 + 1) * columns) }
      }
    }
  }

  private static func batchNorm(_ name: String) -> Workload {
    Workload(name: name) { device in
      let (batch, channels, pixels) = (32, 64, 56 * 56)
      let x = Values.normal(batch * channels * pixels, seed: 32)
      let a = Tensor(x, shape: [batch, channels, 56, 56], device: device)
      var result = a
      return Job {
        result = F.batchNorm(a, nil, nil, training: true)
      } check: {
        try check(result, x, slices: channels) { channel in
          var places: [Int] = []
          for n in 0..<batch {
            let first = (n * channels + channel) * pixels
            places += first..<first + pixels
          }
          return places
        }
      }
    }
  }

  private static func crossEntropy(_ name: String) -> Workload {
    Workload(name: name) { device in
      let (rows, classes) = (64, 1000)
      let x = Values.normal(rows * classes, seed: 33)
      let labels = Values.integers(rows, below: classes, seed: 34)
      let a = Tensor(x, shape: [rows, classes], device: device)
      let targets = Tensor(labels, device: device)
      var result = a
      return Job {
        result = F.crossEntropy(a, targets)
      } check: {
        var total = 0.0
        for row in 0..<rows {
          var sum = 0.0
          for c in 0..<classes { sum += exp(Double(x[row * classes + c])) }
          total += log(sum) - Double(x[row * classes + labels[row]])
        }
        let mean = total / Double(rows)
        try Check.elements(result, count: 1) { _ in mean }
      }
    }
  }
}
