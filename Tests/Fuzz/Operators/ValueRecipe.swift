import Backplane

/// An argument as it can be written down, and made as often as a call needs it: operators write into their arguments.
indirect enum ValueRecipe: Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case complex(Double, Double)
  case string(String)
  case dtype(DType)
  case device(String)
  case tensor(TensorRecipe)
  case list([ValueRecipe])
  /// A list of the same value over and over.
  case repeated(ValueRecipe, Int)
  /// Lists within one another.
  case nested(Int)
  case slice(Int?, Int?, Int?)
  case ellipsis

  static func ints(_ values: [Int]) -> ValueRecipe { .list(values.map { .int(Int64($0)) }) }

  var tensor: TensorRecipe? {
    if case .tensor(let recipe) = self { recipe } else { nil }
  }

  /// Whether honest work over it may take for ever.
  var isHuge: Bool {
    switch self {
    case .tensor(let recipe): recipe.isHuge
    case .list(let values): values.contains(where: \.isHuge)
    case .repeated(let value, _): value.isHuge
    default: false
    }
  }

  /// With every tensor of the value changed.
  func _mapTensors(_ change: (TensorRecipe) -> TensorRecipe) -> ValueRecipe {
    switch self {
    case .tensor(let recipe): .tensor(change(recipe))
    case .list(let values): .list(values.map { $0._mapTensors(change) })
    case .repeated(let value, let count): .repeated(value._mapTensors(change), count)
    default: self
    }
  }

  /// Makes the argument; the tensors that shall have gradients are added to `leaves`.
  func make(on device: Device, leaves: inout [Tensor]) -> Argument {
    switch self {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .complex(let real, let imaginary): return .complex(real, imaginary)
    case .string(let value): return .string(value)
    case .dtype(let value): return .dtype(value)
    case .device(let name): return .device(Device(name))
    case .tensor(let recipe): return .tensor(recipe.make(on: device, leaves: &leaves))
    case .list(let values): return .list(values.map { $0.make(on: device, leaves: &leaves) })
    case .repeated(let value, let count):
      let one = value.make(on: device, leaves: &leaves)
      return .list(Array(repeating: one, count: count))
    case .nested(let depth):
      var value = Argument.int(1)
      for _ in 0..<depth { value = .list([value]) }
      return value
    case .slice(let start, let end, let step): return .slice(start, end, step)
    case .ellipsis: return .ellipsis
    }
  }
}

extension ValueRecipe: CustomStringConvertible {
  /// In the manner of Python.
  var description: String {
    switch self {
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .complex(let real, let imaginary): "complex(\(real), \(imaginary))"
    case .string(let value): "'\(value.count > 40 ? "\(value.prefix(20))…(\(value.count) characters)" : value)'"
    case .dtype(let value): "\(value)"
    case .device(let name): "device('\(name)')"
    case .tensor(let recipe): recipe.description
    case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    case .repeated(let value, let count): "[\(value)] * \(count)"
    case .nested(let depth): "a list \(depth) deep"
    case .slice(let start, let end, let step):
      "slice(\([start, end, step].map { $0.map(String.init) ?? "None" }.joined(separator: ", ")))"
    case .ellipsis: "..."
    }
  }
}
