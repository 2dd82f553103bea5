import Backplane

extension Workload {
  static var convolutions: [Workload] {
    let (batch, image) = ([32, 64, 56, 56], Window(size: 3, padding: 1))
    return [
      convolution("conv3x3_32x64x56", batch, channels: 64, image),
      convolution("conv5x5_32x3x64", [32, 3, 64, 64], channels: 32, Window(size: 5, padding: 2)),
      convolution("conv3x3_depthwise_32x64x56", batch, channels: 64, Window(size: 3, padding: 1, groups: 64)),
      convolution("conv1x1_32x64x56", batch, channels: 128, Window(size: 1, padding: 0)),
      transposed("conv_transpose3x3_s2_8x64x28"), withGradients("conv3x3_fwd_bwd_32x64x56", batch, image),
    ]
  }

  private static func convolution(_ name: String, _ shape: [Int], channels: Int, _ window: Window) -> Workload {
    Workload(name: name) { device in
      let x = Image(shape, seed: 51)
      let weight = Image([channels, shape[1] / window.groups, window.size, window.size], seed: 52)
      let (a, w) = (x.tensor(on: device), weight.tensor(on: device))
      var result = a
      return Job {
        result = a
        result = F.conv2d(a, w, padding: window.padding, groups: window.groups)
      } check: {
        try Image(result).check { n, o, row, column in
          let perGroup = weight.shape[1], first = o / (channels / window.groups) * perGroup
          return (0..<perGroup).reduce(0) { sum, c in
            sum
              + window.sum { i, j in
                x[n, first + c, row + i - window.padding, column + j - window.padding] * weight[o, c, i, j]
              }
          }
        }
      }
    }
  }

  private static func transposed(_ name: String) -> Workload {
    Workload(name: name) { device in
      let window = Window(size: 3, padding: 1)
      let (x, weight) = (Image([8, 64, 28, 28], seed: 53), Image([64, 64, 3, 3], seed: 54))
      let (a, w) = (x.tensor(on: device), weight.tensor(on: device))
      var result = a
      return Job {
        result = a
        result = F.convTranspose2d(a, w, stride: 2, padding: 1, outputPadding: 1)
      } check: {
        try Image(result).check { n, o, row, column in
          (0..<64).reduce(0) { sum, c in
            sum
              + window.sum { i, j in
                let (p, q) = (row + 1 - i, column + 1 - j)
                return p % 2 == 0 && q % 2 == 0 ? x[n, c, p / 2, q / 2] * weight[c, o, i, j] : 0
              }
          }
        }
      }
    }
  }

  private static func withGradients(_ name: String, _ shape: [Int], _ window: Window) -> Workload {
    Workload(name: name, pace: Pace(warmUps: 3, least: 5, most: 400, limit: .seconds(2))) { device in
      let (x, weight) = (Image(shape, seed: 55), Image([64, 64, 3, 3], seed: 56))
      let a = x.tensor(on: device).requiresGrad_(), w = weight.tensor(on: device).requiresGrad_()
      var gradients: [Tensor?] = []
      return Job {
        gradients = []
        enableGrad { F.conv2d(a, w, padding: 1).sum().backward() }
        gradients = [a.grad, w.grad]
        (a.grad, w.grad) = (nil, nil)
      } check: {
        // What each element is multiplied by, summed over the result.
        try Image(gradients[0]!).check { _, c, row, column in
          (0..<64).reduce(0) { sum, o in
            sum
              + window.sum { i, j in
                (0..<56).contains(row + 1 - i) && (0..<56).contains(column + 1 - j) ? weight[o, c, i, j] : 0
              }
          }
        }
        try Image(gradients[1]!).check(places: 20, within: 0.05) { _, c, i, j in
          (0..<32).reduce(0) { sum, n in
            sum
              + (0..<56 * 56).reduce(0) { sum, pixel in sum + x[n, c, pixel / 56 + i - 1, pixel % 56 + j - 1] }
          }
        }
      }
    }
  }
}

private struct Window {
  var size: Int
  var padding: Int
  var groups = 1

  func sum(_ term: (Int, Int) -> Double) -> Double {
    (0..<size * size).reduce(0) { $0 + term($1 / size, $1 % size) }
  }
}

/// Four axes of numbers; outside of them are zeros.
private struct Image {
  let shape: [Int]
  private let values: [Float]

  init(_ shape: [Int], seed: UInt64) {
    self.shape = shape
    values = Values.normal(shape.reduce(1, *), seed: seed)
  }

  init(_ tensor: Tensor) {
    shape = tensor.shape.extents
    values = tensor.floats
  }

  func tensor(on device: Device) -> Tensor { Tensor(values, shape: shape, device: device) }

  subscript(n: Int, c: Int, row: Int, column: Int) -> Double {
    guard (0..<shape[2]).contains(row) && (0..<shape[3]).contains(column) else { return 0 }
    return Double(values[((n * shape[1] + c) * shape[2] + row) * shape[3] + column])
  }

  /// Compares elements here and there with a plain computation.
  func check(
    places: Int = 300, within absolute: Double = 1e-3, _ expected: (Int, Int, Int, Int) -> Double
  ) throws {
    for index in Values.integers(places, below: values.count, seed: 57) {
      let (rest, column) = index.quotientAndRemainder(dividingBy: shape[3])
      let (plane, row) = rest.quotientAndRemainder(dividingBy: shape[2])
      let wanted = expected(plane / shape[1], plane % shape[1], row, column), found = Double(values[index])
      guard (found - wanted).magnitude <= absolute else {
        throw Complaint("wrong result: element \(index) is \(found), should be \(wanted)")
      }
    }
  }
}
