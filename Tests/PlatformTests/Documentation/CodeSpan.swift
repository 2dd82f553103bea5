/// What stands between back quotes in a document, outside of blocks of code.
struct CodeSpan {
  var line: Int
  var text: String
  /// In which column of a table it stands, counted from 1; 0 outside of tables.
  var column: Int

  static func all(in document: String) -> [CodeSpan] {
    var spans: [CodeSpan] = []
    var isBlock = false
    for (i, line) in document.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isBlock.toggle()
      } else if !isBlock {
        // With two marks on either side it is a link to a symbol, or code that has marks itself.
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        var column = 0
        for (position, part) in parts.enumerated() {
          if position % 2 == 0 {
            if line.drop(while: { $0 == " " }).hasPrefix("|") { column += part.count { $0 == "|" } }
          } else if !part.isEmpty, position + 1 < parts.count {
            spans.append(CodeSpan(line: i + 1, text: String(part), column: column))
          }
        }
      }
    }
    return spans
  }

  /// The parts between spaces, without the punctuation around them.
  var words: [Substring] {
    text.split(separator: " ").map { word in
      var word = word.drop { "({[\"'".contains($0) }
      while let last = word.last, ")}]\"',;:".contains(last) { word = word.dropLast() }
      return word
    }.filter { !$0.isEmpty }
  }
}

extension StringProtocol {
  /// The names of Swift and C within a text: letters, digits and underscores, two or more, not a number.
  func names() -> Set<String> {
    var names: Set<String> = []
    for word in utf8.split(whereSeparator: {
      !($0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0))
    }) where word.count > 1 && !(48...57).contains(word.first!) {
      names.insert(String(decoding: word, as: UTF8.self))
    }
    return names
  }
}
