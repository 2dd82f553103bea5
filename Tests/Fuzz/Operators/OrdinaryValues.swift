import Backplane

import struct ConformanceSuite.RandomSource

/// Values that somebody might well mean, chosen by the types and the names of parameters.
struct OrdinaryValues {
  private static let shapes: [[Int]] = [
    [3, 3], [2, 3], [4], [2, 3, 4], [2, 4, 6, 6], [], [2, 3, 3], [4, 4], [1, 2, 4, 4, 4],
  ]
  private static let dtypes: [DType] = [.float32, .float32, .float32, .int64, .float64, .bool, .complex64, .uint8]

  /// The tensors of one call are mostly of one shape and type.
  private let shape: [Int]
  private let dtype: DType

  init(_ random: inout RandomSource) {
    shape = random.element(OrdinaryValues.shapes)
    dtype = random.element(OrdinaryValues.dtypes)
  }

  mutating func value(for parameter: OperatorSignature.Parameter, _ random: inout RandomSource) -> ValueRecipe {
    let name = parameter.name
    switch parameter.type {
    case .tensor: return .tensor(tensor(name, &random))
    case .tensors:
      let count = random.int(1...3)
      return .list((0..<count).map { _ in .tensor(tensor(name, &random)) })
    case .scalar: return random.element([.int(1), .double(0.5), .int(2), .int(0), .double(1), .bool(true)])
    case .scalars: return .list([.double(0.5), .int(1)])
    case .float: return .double(random.element([0.5, 1, 0.1, 2, 0]))
    case .floats: return .list([.double(0.5), .double(0.25)])
    case .bool: return .bool(random.oneIn(2))
    case .int: return .int(int(name, &random))
    case .ints: return ints(name, &random)
    case .string: return .string(random.element(OrdinaryValues.words))
    case .dtype: return .dtype(random.element([.float32, .float64, .int64, .bool]))
    case .device: return .null
    case .any: return any(name, &random)
    case .anys: return .list((0..<random.int(1...3)).map { _ in .ints(shape) })
    }
  }

  private static let words = [
    "mean", "sum", "prod", "amax", "none", "constant", "reflect", "linear", "nearest", "bilinear", "floor", "trunc",
    "L", "U", "reduced", "complete", "left", "right", "tanh", "gelsd", "backward", "ortho", "ij", "xy", "valid", "same",
    "i,i->i", "ij,jk->ik", "...->...", "i...->...", "multiply", "add", "lower", "max",
  ]

  private func tensor(_ name: String, _ random: inout RandomSource) -> TensorRecipe {
    let shape = random.oneIn(3) ? random.element(OrdinaryValues.shapes) : self.shape
    let dtype = random.oneIn(4) ? random.element(OrdinaryValues.dtypes) : self.dtype
    if name.hasPrefix("ind") || name == "repeats" || name == "pivots" || name.hasPrefix("offsets") {
      let extents = random.oneIn(2) ? [random.int(1...4)] : random.oneIn(3) ? [] : shape
      return TensorRecipe(shape: extents, dtype: .int64, content: .integers(below: 2))
    }
    if name == "mask" || name == "condition" {
      return TensorRecipe(shape: shape, dtype: .bool, content: .integers(below: 2))
    }
    if name == "target" && random.oneIn(2) {
      return TensorRecipe(shape: Array(shape.prefix(1)), dtype: .int64, content: .integers(below: 2))
    }
    return TensorRecipe(
      shape: shape, dtype: dtype, content: dtype.isInteger || dtype == .bool ? .integers(below: 3) : .fractions)
  }

  private func int(_ name: String, _ random: inout RandomSource) -> Int64 {
    name.hasPrefix("dim") ? random.element([0, 1, -1]) : random.element([1, 2, 3, 0])
  }

  private func ints(_ name: String, _ random: inout RandomSource) -> ValueRecipe {
    let rank = shape.count
    switch name {
    case "size", "sizes", "shape", "normalized_shape":
      return .ints(random.element([shape, [shape.reduce(1, *)], [2, 3], Array(shape.suffix(1)), [1, 3], [3, 1]]))
    case "stride": return .ints(random.element([Array(repeating: 1, count: rank), [1], [2], [3, 1]]))
    case "dims", "dim":
      return .ints(random.element([Array(0..<rank), Array((0..<rank).reversed()), [0], [-1], [0, 1], [-2, -1]]))
    default: return .ints(random.element([[1], [2], [1, 1], [1, 2], [0], Array(repeating: 1, count: rank), [0, 1]]))
    }
  }

  private func any(_ name: String, _ random: inout RandomSource) -> ValueRecipe {
    switch name {
    case "index", "indices":
      return random.element([
        .int(0), .list([.slice(nil, nil, 2)]), .list([.ellipsis, .int(-1)]), .list([.null]),
        .list([.tensor(TensorRecipe(shape: [2], dtype: .int64, content: .integers(below: 2)))]),
      ])
    case "size", "output_size": return random.element([.int(2), .ints([2, 3]), .ints([2, 2, 2])])
    case "p", "ord", "dims", "scale_factor", "rcond", "tol", "atol", "rtol":
      return random.element([.int(2), .int(1), .double(0.5), .string("fro"), .double(2)])
    default: return .null
    }
  }
}

extension RandomSource {
  mutating func element<Element>(_ elements: [Element]) -> Element { elements[int(0...(elements.count - 1))] }
}
