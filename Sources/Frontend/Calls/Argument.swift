/// A value that goes into an operator called by name, or comes out of one.
///
/// ```swift
/// let y = try call("nn.functional.softmax", [.tensor(x)], ["dim": -1]).tensor
/// ```
///
/// Swift's literals stand for themselves: `3`, `0.5`, `true`, `"mean"`, `[2, 3]`, `nil`.
public enum Argument {
  /// Python's None.
  case null
  /// True or false.
  case bool(Bool)
  /// A whole number.
  case int(Int64)
  /// A floating point number.
  case double(Double)
  /// A complex number, as real and imaginary part.
  case complex(Double, Double)
  /// A text, such as the name of a mode.
  case string(String)
  /// A type of elements.
  case dtype(DType)
  /// A device's name.
  case device(Device)
  /// A tensor.
  case tensor(Tensor)
  /// Several values in order.
  case list(List)
  /// A part of a dimension, Python's `start:stop:step`; only in an index.
  case slice(Int?, Int?, Int?)
  /// Python's `...`, all dimensions that are not named; only in an index.
  case ellipsis

  /// The name of the value's type as Python's messages give it.
  var typeName: String {
    switch self {
    case .null: "NoneType"
    case .bool: "bool"
    case .int: "int"
    case .double: "float"
    case .complex: "complex"
    case .string: "str"
    case .dtype: "torch.dtype"
    case .device: "torch.device"
    case .tensor: "Tensor"
    case .list: "list"
    case .slice: "slice"
    case .ellipsis: "ellipsis"
    }
  }

  /// The number, where the value is one.
  var scalar: Scalar? {
    switch self {
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    case .complex(let real, let imaginary): .complex(real, imaginary)
    default: nil
    }
  }
}

extension Argument: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: Argument...) { self = .list(elements) }
}

/// What an operator's implementation may give back.
protocol OperatorResult {
  var argument: Argument { get }
}

extension Argument: OperatorResult { var argument: Argument { self } }
extension Tensor: OperatorResult { var argument: Argument { .tensor(self) } }
extension Bool: OperatorResult { var argument: Argument { .bool(self) } }
extension Int: OperatorResult { var argument: Argument { .int(Int64(self)) } }
extension Scalar: OperatorResult {
  var argument: Argument {
    switch self {
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    case .complex(let real, let imaginary): .complex(real, imaginary)
    }
  }
}
extension DType: OperatorResult { var argument: Argument { .dtype(self) } }
extension Array: OperatorResult where Element: OperatorResult {
  var argument: Argument { .list(map(\.argument)) }
}

/// Values and indices as the list that a call gives.
func pair(_ results: (values: Tensor, indices: Tensor)) -> [Tensor] { [results.values, results.indices] }
