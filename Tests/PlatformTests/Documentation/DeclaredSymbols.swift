/// What sources of Swift declare, by the names that links to symbols use: `Tensor`, `sum(_:keepDim:dtype:)`, `init(_:)`.
struct DeclaredSymbols {
  private(set) var names: Set<String> = []

  /// - Parameter source: Without comments.
  mutating func add(_ source: String) {
    let text = Array(source.utf8)
    var i = 0
    while i < text.count {
      guard DeclaredSymbols.isLetter(text[i]) else {
        i += 1
        continue
      }
      let start = i
      while i < text.count, DeclaredSymbols.isLetter(text[i]) { i += 1 }
      guard let keyword = DeclaredSymbols.keywords[String(decoding: text[start..<i], as: UTF8.self)] else { continue }
      switch keyword {
      case .value: names.insert(name(text, &i))
      case .type:
        let next = i
        let name = name(text, &i)
        // A member of the class itself, `class var`: its own keyword comes next.
        if DeclaredSymbols.keywords[name] == nil { names.insert(name) } else { i = next }
      case .cases:
        // Several may stand in a row.
        repeat {
          if i < text.count, text[i] == UInt8(ascii: ",") { i += 1 }
          let name = name(text, &i)
          names.formUnion([name, name + (labels(text, &i) ?? "")])
        } while i < text.count && text[i] == UInt8(ascii: ",")
      case .function:
        let name = name(text, &i)
        skipToParameters(text, &i)
        if let labels = labels(text, &i) { names.insert(name + labels) }
      case .unnamed where start == 0 || text[start - 1] != UInt8(ascii: "."):
        let name = String(decoding: text[start..<i], as: UTF8.self)
        skipToParameters(text, &i)
        if let labels = labels(text, &i) { names.insert(name + labels) }
      case .unnamed: break
      }
    }
  }

  private enum Keyword { case type, value, cases, function, unnamed }

  private static let keywords: [String: Keyword] = [
    "actor": .type, "associatedtype": .type, "class": .type, "enum": .type, "protocol": .type, "struct": .type,
    "typealias": .type, "let": .value, "var": .value, "case": .cases, "func": .function, "init": .unnamed,
    "subscript": .unnamed,
  ]

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte > 127 || (48...57).contains(byte) || (65...90).contains(byte)
      || (97...122).contains(byte)
  }

  private func name(_ text: [UInt8], _ i: inout Int) -> String {
    while i < text.count, text[i] == UInt8(ascii: " ") || text[i] == UInt8(ascii: "`") { i += 1 }
    let start = i
    let isName = i < text.count && DeclaredSymbols.isLetter(text[i])
    while i < text.count, isName ? DeclaredSymbols.isLetter(text[i]) : !" (<".utf8.contains(text[i]) { i += 1 }
    defer { if i < text.count, text[i] == UInt8(ascii: "`") { i += 1 } }
    return String(decoding: text[start..<i], as: UTF8.self)
  }

  /// Past the mark of an initializer that can fail, and past type parameters.
  private func skipToParameters(_ text: [UInt8], _ i: inout Int) {
    while i < text.count, "?! ".utf8.contains(text[i]) { i += 1 }
    guard i < text.count, text[i] == UInt8(ascii: "<") else { return }
    while i < text.count, text[i] != UInt8(ascii: "(") { i += 1 }
  }

  /// The labels of the parameters that begin here, `(_:keepDim:)`.
  private func labels(_ text: [UInt8], _ i: inout Int) -> String? {
    guard i < text.count, text[i] == UInt8(ascii: "(") else { return nil }
    var labels = "("
    var depth = 0
    var isStart = true
    while i < text.count {
      let byte = text[i]
      if "([{<".utf8.contains(byte) { depth += 1 }
      if ")]}".utf8.contains(byte) || (byte == UInt8(ascii: ">") && text[i - 1] != UInt8(ascii: "-")) { depth -= 1 }
      i += 1
      if depth == 0 { break }
      if depth == 1, byte == UInt8(ascii: ",") { isStart = true }
      if isStart, DeclaredSymbols.isLetter(byte) {
        i -= 1
        let label = name(text, &i)
        if i < text.count, text[i] == UInt8(ascii: " ") { _ = name(text, &i) }
        // What a case holds may have a type alone.
        labels += i < text.count && text[i] == UInt8(ascii: ":") ? label + ":" : "_:"
        isStart = false
      }
    }
    return labels + ")"
  }
}
