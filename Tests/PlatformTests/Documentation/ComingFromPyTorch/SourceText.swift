/// Swift code as text.
enum SourceText {
  /// Code without white space, which the formatter owns.
  static func compact(_ code: String) -> String { code.filter { !$0.isWhitespace } }

  /// The text between the braces of the trailing closure of each call of `function`.
  static func closures(of function: String, in source: String) -> [String] {
    source.ranges(of: function + "(").map { call in
      var depth = 0
      var isInString = false
      var isEscaped = false
      var body = ""
      for character in source[call.upperBound...] {
        let wasInString = isInString
        if isEscaped {
          isEscaped = false
        } else if character == "\\" {
          isEscaped = isInString
        } else if character == "\"" {
          isInString.toggle()
        }
        if !wasInString, !isInString, character == "}" {
          depth -= 1
          if depth == 0 { return body }
        }
        if depth > 0 { body.append(character) }
        if !wasInString, !isInString, character == "{" { depth += 1 }
      }
      return body
    }
  }
}
