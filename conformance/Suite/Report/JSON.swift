/// A JSON value (RFC 8259).
public enum JSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  /// Members in the order in which they are written.
  case object([(String, JSON)])

  /// The text. Down to `depth` a line holds one element, indented; deeper ones stand in one line, so that a
  /// report has a line per row and per failure, and `diff` is of use on it.
  public func text(depth: Int = 2) -> String {
    var result = ""
    write(to: &result, indent: "", depth: depth)
    return result
  }

  private func write(to result: inout String, indent: String, depth: Int) {
    switch self {
    case .null: result += "null"
    case .bool(let value): result += value ? "true" : "false"
    case .integer(let value): result += "\(value)"
    // JSON has no infinity and no NaN.
    case .number(let value): result += value.isFinite ? "\(value)" : "\"\(value)\""
    case .string(let value): result += JSON.quoted(value)
    case .array(let values):
      JSON.write(values, "[", "]", to: &result, indent, depth) { value, result, inner in
        value.write(to: &result, indent: inner, depth: depth - 1)
      }
    case .object(let members):
      JSON.write(members, "{", "}", to: &result, indent, depth) { member, result, inner in
        result += JSON.quoted(member.0) + ": "
        member.1.write(to: &result, indent: inner, depth: depth - 1)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], _ start: String, _ end: String, to result: inout String, _ indent: String,
    _ depth: Int, _ body: (Element, inout String, String) -> Void
  ) {
    if elements.isEmpty { return result += start + end }
    let isSpread = depth > 0
    let inner = indent + "  "
    result += start
    for (i, element) in elements.enumerated() {
      if i > 0 { result += isSpread ? "," : ", " }
      if isSpread { result += "\n" + inner }
      body(element, &result, inner)
    }
    if isSpread { result += "\n" + indent }
    result += end
  }

  /// A string as JSON writes it, in quotes.
  static func quoted(_ value: String) -> String {
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{00}"..<"\u{20}", "\u{7f}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension JSON {
  public subscript(_ key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.0 == key }?.1
  }

  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var array: [JSON]? { if case .array(let values) = self { values } else { nil } }
  public var members: [(String, JSON)]? { if case .object(let members) = self { members } else { nil } }

  public var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// A number, or the name of one that JSON cannot write.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .string(let text) where text.utf8.elementsEqual("inf".utf8): .infinity
    default: nil
    }
  }
}
