extension JSON {
  /// The text. Down to `depth` a line holds one element, indented; deeper ones stand in one line, so that a
  /// report has a line per row and per failure, and `diff` is of use on it.
  package func text(depth: Int = 2) -> String {
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
    case .string(let value): result += jsonQuoted(value)
    case .array(let values):
      JSON.write(values, "[", "]", to: &result, indent, depth) { value, result, inner in
        value.write(to: &result, indent: inner, depth: depth - 1)
      }
    case .object(let members):
      JSON.write(members, "{", "}", to: &result, indent, depth) { member, result, inner in
        result += jsonQuoted(member.0) + ": "
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
}
