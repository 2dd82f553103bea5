/// A string as JSON writes it, in quotes. Control characters are escaped, so that the result is safe in a terminal too.
package func jsonQuoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\u{08}": result += "\\b"
    case "\u{0C}": result += "\\f"
    case "\u{00}"..<"\u{20}", "\u{7F}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// A name out of a file as an error shows it, in quotes: in one line, and shortened where it is long.
package func shown(_ name: String) -> String {
  let limit = 200
  guard name.utf8.count > limit else { return jsonQuoted(name) }
  return jsonQuoted(String(String.UnicodeScalarView(name.unicodeScalars.prefix(limit)))) + "…"
}
