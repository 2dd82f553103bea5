/// Says what keeps a text from being well-formed XML 1.0, as far as `junit.xml` uses XML: a declaration,
/// elements, attributes in double quotes, text and references.
func xmlProblem(_ text: String) -> String? {
  for scalar in text.unicodeScalars {
    let isAllowed =
      [0x9, 0xa, 0xd].contains(scalar.value)
      || scalar.value >= 0x20 && scalar.value != 0xfffe && scalar.value != 0xffff
    if !isAllowed { return "U+\(String(scalar.value, radix: 16)) is forbidden" }
  }
  var rest = text[...]
  guard rest.hasPrefix("<?xml "), let end = rest.firstIndex(of: ">") else { return "no declaration" }
  rest = rest[end...].dropFirst()
  var open: [Substring] = []
  var roots = 0
  while let start = rest.firstIndex(of: "<") {
    if let problem = referenceProblem(rest[..<start]) { return problem }
    rest = rest[start...].dropFirst()
    let isEnd = rest.first == "/"
    if isEnd { rest = rest.dropFirst() }
    let name = rest.prefix { $0.isLetter }
    rest = rest.dropFirst(name.count)
    if name.isEmpty { return "no name after <" }
    var attributes = Set<Substring>()
    while rest.first == " " {
      rest = rest.dropFirst()
      let attribute = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(attribute.count)
      guard !attribute.isEmpty, attributes.insert(attribute).inserted, rest.hasPrefix("=\"") else {
        return "a bad attribute of \(name)"
      }
      rest = rest.dropFirst(2)
      guard let quote = rest.firstIndex(of: "\"") else { return "\(attribute) does not end" }
      if rest[..<quote].contains("<") { return "a < in \(attribute)" }
      if let problem = referenceProblem(rest[..<quote]) { return problem }
      rest = rest[quote...].dropFirst()
    }
    let isEmpty = rest.first == "/"
    if isEmpty { rest = rest.dropFirst() }
    guard rest.first == ">" else { return "\(name) does not end" }
    rest = rest.dropFirst()
    if isEnd {
      guard open.popLast() == name else { return "\(name) ends where it was not open" }
    } else if !isEmpty {
      if open.isEmpty { roots += 1 }
      open.append(name)
    }
  }
  if !open.isEmpty { return "\(open) are not closed" }
  return roots == 1 && rest.allSatisfy(\.isWhitespace) ? nil : "not one root"
}

private func referenceProblem(_ text: Substring) -> String? {
  if text.contains("]]>") { return "]]> in text" }
  for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
    guard ["amp;", "lt;", "gt;", "quot;", "#39;", "#13;"].contains(where: part.hasPrefix) else {
      return "a bad reference &\(part.prefix(8))"
    }
  }
  return nil
}
