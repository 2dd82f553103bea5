/// An operator's signature, in PyTorch's schema notation: `add(Tensor input, Tensor other, *, Scalar alpha=1)`.
///
/// Names, order, types and defaults of the parameters are read from the text, and so are the messages about arguments
/// that do not fit.
public struct OperatorSignature: Sendable, CustomStringConvertible {
  /// PyTorch's name, without `torch.`: `nn.functional.relu`.
  public let name: String
  /// The text that the signature was made of.
  public let description: String
  package let parameters: [Parameter]

  package struct Parameter: Sendable {
    package let name: String
    package let type: ParameterType
    package let isOptional: Bool
    package let isKeywordOnly: Bool
    /// The value where none is given; nil where one has to be. It is read from the text, and so never a tensor, the one
    /// thing that threads must not share.
    nonisolated(unsafe) package let defaultValue: Argument?
  }

  /// Parses a signature. It is part of the program's text, so that a mistake in it stops the program.
  init(_ text: String) {
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else {
      stop("'\(text)' is no signature")
    }
    name = String(text[..<open])
    description = text
    var parameters: [Parameter] = []
    var isKeywordOnly = false
    for part in OperatorSignature.split(text[text.index(after: open)..<close]) {
      if part == "*" {
        isKeywordOnly = true
        continue
      }
      let words = part.split(separator: " ", maxSplits: 1)
      guard words.count == 2 else { stop("'\(part)' in '\(text)' is no parameter") }
      let pair = words[1].split(separator: "=", maxSplits: 1)
      let isOptional = words[0].hasSuffix("?")
      // Spelled out, for `nil` alone would be an argument of None.
      let defaultValue: Argument? = if pair.count == 2 { OperatorSignature.literal(pair[1]) } else { Optional.none }
      guard let type = ParameterType(isOptional ? words[0].dropLast() : words[0]) else {
        stop("'\(words[0])' in '\(text)' is no type")
      }
      parameters.append(
        Parameter(
          name: String(pair[0]), type: type, isOptional: isOptional, isKeywordOnly: isKeywordOnly,
          defaultValue: defaultValue))
    }
    self.parameters = parameters
  }

  /// The parameters between the brackets, as PyTorch's messages show them.
  var parameterText: String {
    String(description[description.firstIndex(of: "(")!...description.lastIndex(of: ")")!])
  }

  /// At commas that are not within brackets.
  private static func split(_ text: Substring) -> [Substring] {
    var parts: [Substring] = []
    var depth = 0
    var start = text.startIndex
    for i in text.indices {
      switch text[i] {
      case "[", "(": depth += 1
      case "]", ")": depth -= 1
      case "," where depth == 0:
        parts.append(text[start..<i])
        start = text.index(after: i)
      default: break
      }
    }
    parts.append(text[start...])
    return parts.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
  }

  private static func literal(_ text: Substring) -> Argument {
    switch text {
    case "None": return .null
    case "True": return .bool(true)
    case "False": return .bool(false)
    default: break
    }
    if let value = Int64(text) { return .int(value) }
    if let value = Double(text) { return .double(value) }
    if text.hasPrefix("[") { return .list(split(text.dropFirst().dropLast()).map(literal)) }
    if text.hasPrefix("'") { return .string(String(text.dropFirst().dropLast())) }
    if let dtype = DType(named: text) { return .dtype(dtype) }
    stop("'\(text)' is no default")
  }
}

/// The type of a parameter, of which it takes one or, with brackets, a list.
package enum ParameterType: Sendable, Equatable {
  case tensor, tensors
  case scalar, scalars
  case int
  /// `int[1]` takes a single number for a list of it.
  case ints(takesOne: Bool)
  case float, floats
  case bool
  case string
  case dtype
  case device
  /// What stands between the brackets of `x[…]`, or what is accepted and has no meaning here.
  case any
  /// Everything that is given by position, however much it is.
  case anys

  init?(_ text: Substring) {
    switch text {
    case "Tensor": self = .tensor
    case "Tensor[]": self = .tensors
    case "Scalar": self = .scalar
    case "Scalar[]": self = .scalars
    case "int": self = .int
    case "int[]": self = .ints(takesOne: false)
    case "float": self = .float
    case "float[]": self = .floats
    case "bool": self = .bool
    case "str": self = .string
    case "ScalarType": self = .dtype
    case "Device": self = .device
    case "Any": self = .any
    case "Any[]": self = .anys
    default:
      guard text.hasPrefix("int["), text.hasSuffix("]") else { return nil }
      self = .ints(takesOne: true)
    }
  }

  /// As PyTorch's messages name it.
  var name: String {
    switch self {
    case .tensor: "Tensor"
    case .tensors: "tuple of Tensors"
    case .scalar: "Number"
    case .scalars: "tuple of Numbers"
    case .int: "int"
    case .ints: "tuple of ints"
    case .float: "float"
    case .floats: "tuple of floats"
    case .bool: "bool"
    case .string: "str"
    case .dtype: "torch.dtype"
    case .device: "torch.device"
    case .any: "object"
    case .anys: "tuple of objects"
    }
  }

  var isInts: Bool {
    if case .ints = self { return true }
    return false
  }
}

extension DType {
  /// The type of one of PyTorch's names, such as `float32`; also `float`, `double`, `half`, `long`, `int` and `cfloat`.
  package init?(named name: some StringProtocol) {
    switch name {
    case "float": self = .float32
    case "double": self = .float64
    case "half": self = .float16
    case "int": self = .int32
    case "long": self = .int64
    case "short": self = .int16
    case "cfloat": self = .complex64
    case "cdouble": self = .complex128
    default:
      guard let type = DType.allCases.first(where: { $0.description == name }) else { return nil }
      self = type
    }
  }
}
