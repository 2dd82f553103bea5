import Backplane

/// A tensor as it can be written down.
struct TensorRecipe: Sendable {
  /// What the elements are.
  enum Content: Sendable {
    /// Numbers between 0 and 1; of square matrices, symmetric and positive definite ones.
    case fractions
    /// 0, 1, 2 … below a limit, over and over.
    case integers(below: Int)
    case wholes([Int64])
    case reals([Double])
  }

  /// How the elements lie in memory.
  enum Layout: Sendable {
    case contiguous
    /// The last two dimensions exchanged.
    case transposed
    /// Every other element of a larger tensor.
    case spread
    /// Dimensions of stride 0.
    case expanded([Int])
  }

  var shape: [Int]
  var dtype: DType = .float32
  var content: Content = .fractions
  var layout: Layout = .contiguous
  /// Another device than that of the call.
  var device: String?
  var requiresGrad = false

  var isHuge: Bool {
    guard case .expanded(let extents) = layout else { return false }
    return extents.reduce(1.0) { $0 * Double($1) } > 1e7
  }

  func make(on device: Device, leaves: inout [Tensor]) -> Tensor {
    let device = self.device.map { Device($0) } ?? device
    let extents: [Int]
    switch layout {
    case .transposed where shape.count >= 2:
      extents = shape.dropLast(2) + [shape[shape.count - 1], shape[shape.count - 2]]
    case .spread where !shape.isEmpty: extents = shape.dropLast() + [2 * shape.last!]
    default: extents = shape
    }
    var tensor = elements(of: extents, on: device)
    switch layout {
    case .transposed where shape.count >= 2: tensor = tensor.transpose(-1, -2)
    case .spread where !shape.isEmpty: tensor = tensor.slice(-1, step: 2)
    case .expanded(let extents): tensor = tensor.expand(extents)
    default: break
    }
    if requiresGrad, dtype.isFloatingPoint || dtype.isComplex {
      tensor.requiresGrad_()
      leaves.append(tensor)
    }
    return tensor
  }

  private func elements(of extents: [Int], on device: Device) -> Tensor {
    let count = extents.reduce(1, *)
    switch content {
    case .fractions:
      let tensor = Tensor(fractions(extents, count), shape: extents, device: device)
      return tensor.to(dtype)
    case .integers(let limit):
      return Tensor((0..<count).map { $0 % limit }, shape: extents, device: device).to(dtype)
    case .wholes(let values):
      return Tensor((0..<count).map { values[$0 % values.count] }, shape: extents, device: device).to(dtype)
    case .reals(let values):
      return Tensor((0..<count).map { values[$0 % values.count] }, shape: extents, device: device).to(dtype)
    }
  }

  private func fractions(_ extents: [Int], _ count: Int) -> [Double] {
    func fraction(_ i: Int) -> Double {
      0.05 + 0.9 * (Double(i) * 0.618033988749895).truncatingRemainder(dividingBy: 1)
    }
    guard extents.count >= 2, let n = extents.last, n == extents[extents.count - 2] else {
      return (0..<count).map { fraction($0) }
    }
    return (0..<count).map { i in
      let row = i / n % n, column = i % n
      return row == column ? Double(n) : fraction(row + column)
    }
  }
}

extension TensorRecipe: CustomStringConvertible {
  var description: String {
    var parts = ["\(shape)", "\(dtype)"]
    switch content {
    case .fractions: break
    case .integers(let limit): parts.append("0..<\(limit)")
    case .wholes(let values): parts.append("of \(values)")
    case .reals(let values): parts.append("of \(values)")
    }
    switch layout {
    case .contiguous: break
    case .transposed: parts.append("transposed")
    case .spread: parts.append("every other element")
    case .expanded(let extents): parts.append("expanded to \(extents)")
    }
    if let device { parts.append("on \(device)") }
    if requiresGrad { parts.append("requires_grad") }
    return "tensor(\(parts.joined(separator: ", ")))"
  }
}
