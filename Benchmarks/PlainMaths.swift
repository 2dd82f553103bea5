import Glibc

/// What networks are made of, in plain loops and double precision.
struct PlainTensor {
  var values: [Double]
  let shape: [Int]

  init(_ values: [Double], _ shape: [Int]) { (self.values, self.shape) = (values, shape) }

  /// The mean over the rows of -log of the share of each one's class.
  func crossEntropy(_ classes: [Int]) -> Double {
    let count = shape[1]
    var loss = 0.0
    for (row, label) in classes.enumerated() {
      let scores = values[row * count..<(row + 1) * count]
      let highest = scores.max()!
      let total = scores.reduce(0) { $0 + exp($1 - highest) }
      loss += log(total) + highest - scores[row * count + label]
    }
    return loss / Double(classes.count)
  }
}

struct PlainMaths: NetworkMaths {
  /// By the statistics of the batch, not by a mean of 0 and a variance of 1.
  let training: Bool

  func convolution(_ x: PlainTensor, _ weight: PlainTensor, _ bias: PlainTensor?, stride: Int, padding: Int)
    -> PlainTensor
  {
    let (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (outputs, size) = (weight.shape[0], weight.shape[2])
    let rows = (height + 2 * padding - size) / stride + 1, columns = (width + 2 * padding - size) / stride + 1
    var result = [Double](repeating: 0, count: batch * outputs * rows * columns)
    result.withUnsafeMutableBufferPointer { result in
      x.values.withUnsafeBufferPointer { x in
        for plane in 0..<batch * outputs {
          let (n, o) = (plane / outputs, plane % outputs)
          for row in 0..<rows {
            let target = result.baseAddress! + (plane * rows + row) * columns
            for i in 0..<columns { target[i] = bias?.values[o] ?? 0 }
            for tap in 0..<channels * size * size {
              let (c, y, dx) = (tap / (size * size), row * stride - padding + tap / size % size, tap % size - padding)
              guard 0 <= y && y < height else { continue }
              let source = x.baseAddress! + ((n * channels + c) * height + y) * width + dx
              let factor = weight.values[o * channels * size * size + tap]
              // The columns whose tap lies within the row.
              let low = dx < 0 ? (stride - 1 - dx) / stride : 0
              let high = min(columns, (width - dx - 1) / stride + 1)
              if stride == 1 {
                for i in low..<max(low, high) { target[i] += factor * source[i] }
              } else {
                for i in low..<max(low, high) { target[i] += factor * source[i * stride] }
              }
            }
          }
        }
      }
    }
    return PlainTensor(result, [batch, outputs, rows, columns])
  }

  func normalize(_ x: PlainTensor, _ scale: PlainTensor, _ bias: PlainTensor, number: Int) -> PlainTensor {
    let channels = x.shape[1], pixels = x.shape[2] * x.shape[3]
    var result = x
    for c in 0..<channels {
      let places = (0..<x.shape[0]).map { ($0 * channels + c) * pixels..<($0 * channels + c + 1) * pixels }
      let count = Double(x.shape[0] * pixels)
      var (mean, variance) = (0.0, 1.0)
      if training {
        mean = places.reduce(0) { x.values[$1].reduce($0, +) } / count
        variance = places.reduce(0) { x.values[$1].reduce($0) { $0 + ($1 - mean) * ($1 - mean) } } / count
      }
      let factor = scale.values[c] / (variance + 1e-5).squareRoot()
      for range in places {
        for i in range { result.values[i] = (x.values[i] - mean) * factor + bias.values[c] }
      }
    }
    return result
  }

  func relu(_ x: PlainTensor) -> PlainTensor { PlainTensor(x.values.map { max($0, 0) }, x.shape) }
  func add(_ x: PlainTensor, _ y: PlainTensor) -> PlainTensor { PlainTensor(zip(x.values, y.values).map(+), x.shape) }

  func maxPool(_ x: PlainTensor, _ size: Int, stride: Int, padding: Int) -> PlainTensor {
    let (height, width) = (x.shape[2], x.shape[3])
    let rows = (height + 2 * padding - size) / stride + 1, columns = (width + 2 * padding - size) / stride + 1
    var result = [Double](repeating: -.infinity, count: x.shape[0] * x.shape[1] * rows * columns)
    for i in result.indices {
      let (plane, row, column) = (i / (rows * columns), i / columns % rows, i % columns)
      for y in max(row * stride - padding, 0)..<min(row * stride - padding + size, height) {
        for z in max(column * stride - padding, 0)..<min(column * stride - padding + size, width) {
          result[i] = max(result[i], x.values[(plane * height + y) * width + z])
        }
      }
    }
    return PlainTensor(result, [x.shape[0], x.shape[1], rows, columns])
  }

  func average(_ x: PlainTensor) -> PlainTensor {
    let pixels = x.shape[2] * x.shape[3]
    let sums = (0..<x.shape[0] * x.shape[1]).map { x.values[$0 * pixels..<($0 + 1) * pixels].reduce(0, +) }
    return PlainTensor(sums.map { $0 / Double(pixels) }, [x.shape[0], x.shape[1]])
  }

  func flatten(_ x: PlainTensor) -> PlainTensor { PlainTensor(x.values, [x.shape[0], x.values.count / x.shape[0]]) }

  func linear(_ x: PlainTensor, _ weight: PlainTensor, _ bias: PlainTensor) -> PlainTensor {
    let (rows, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
    var result = [Double](repeating: 0, count: rows * outputs)
    for i in result.indices {
      var sum = bias.values[i % outputs]
      for j in 0..<inputs { sum += x.values[i / outputs * inputs + j] * weight.values[i % outputs * inputs + j] }
      result[i] = sum
    }
    return PlainTensor(result, [rows, outputs])
  }
}
