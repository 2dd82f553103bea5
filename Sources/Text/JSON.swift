/// A JSON value (RFC 8259).
package enum JSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  /// Members in the order in which they are written.
  case object([(String, JSON)])
}

extension JSON {
  /// The value of a key of an object.
  package subscript(_ key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.0 == key }?.1
  }

  /// The text, of a string.
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The elements, of an array.
  package var array: [JSON]? { if case .array(let values) = self { values } else { nil } }
  /// The members in their order, of an object.
  package var members: [(String, JSON)]? { if case .object(let members) = self { members } else { nil } }

  /// A number without a fraction that fits an integer.
  package var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// A number, or the name of one that JSON cannot write.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .string(let text) where text.utf8.elementsEqual("inf".utf8): .infinity
    default: nil
    }
  }
}
