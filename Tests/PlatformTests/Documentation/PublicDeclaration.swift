/// A declaration that programs which import the library can use, as it stands in the text of a source.
///
/// Besides what is marked `public` or `open` these are the cases of a public enumeration and the requirements of a
/// public protocol. Three kinds are left out: overrides, whose summary stands above what they override; names that are
/// `unavailable`, which exist for the message they carry; and witnesses of the standard library's protocols, whose
/// meaning is given there. Witnesses of our protocols are known by their name and by what encloses them.
struct PublicDeclaration {
  var file: String
  var line: Int
  /// The first line of the declaration.
  var code: String
  var name: String
  /// The protocol that requires it, if it is a requirement.
  var requiringProtocol: String?
  /// What the enclosing declaration extends, conforms to or inherits from.
  var enclosingTypes: [String] = []
  /// What a protocol refines.
  var refined: [String] = []
  /// The lines of the comment directly above, without slashes.
  var comment: [String]

  /// What is wrong with the summary, or nil.
  var fault: String? {
    guard let first = comment.first else { return "no summary" }
    if first.hasPrefix("- ") { return "parameters without a summary before them" }
    let word = first.prefix { $0.isLetter }
    if PublicDeclaration.leaning.contains(word) || first.hasPrefix("The same ") || first.hasPrefix("The other ") {
      return "a summary that leans on its neighbour"
    }
    if first.first?.isUppercase != true && first.first?.isNumber != true || !first.contains(" ") {
      return "a summary that does not begin as a sentence"
    }
    let summary = comment.prefix { !$0.isEmpty }.joined(separator: " ")
    return summary.contains(". ") || summary.hasSuffix(".") || summary.hasSuffix(":") ? nil : "not a sentence"
  }

  /// First words of summaries that need their neighbours.
  private static let leaning: Set<Substring> = [
    "Also", "And", "Another", "As", "Both", "But", "Ditto", "It", "Its", "Likewise", "Or", "See", "So", "Their",
    "These", "They", "This",
  ]
}

extension [PublicDeclaration] {
  /// Without those whose summary stands at the requirement that they meet.
  func withoutWitnesses() -> [PublicDeclaration] {
    var requirements: [String: Set<String>] = [:]
    var refined: [String: [String]] = [:]
    for declaration in self {
      if let name = declaration.requiringProtocol { requirements[name, default: []].insert(declaration.name) }
      if !declaration.refined.isEmpty { refined[declaration.name] = declaration.refined }
    }
    func requires(_ type: String, _ name: String) -> Bool {
      requirements[type]?.contains(name) == true || refined[type, default: []].contains { requires($0, name) }
    }
    return filter { declaration in !declaration.enclosingTypes.contains { requires($0, declaration.name) } }
  }
}

extension PublicDeclaration {
  /// The declarations of a source that the formatter has laid out: a line within braces is indented more than the one
  /// that opens them.
  static func all(in source: String, file: String = "") -> [PublicDeclaration] {
    var found: [PublicDeclaration] = []
    var comment: [String] = []
    var attributes = ""
    var enclosing: [(indentation: Int, declaration: Declaration, access: Declaration.Access)] = []
    for (i, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let code = line.drop { $0 == " " }
      if code.hasPrefix("///") {
        comment.append(String(code.dropFirst(3).drop { $0 == " " }))
        continue
      }
      if code.hasPrefix("//") { continue }
      let indentation = line.count - code.count
      if let first = code.first, !")]}".contains(first) { enclosing.removeAll { $0.indentation >= indentation } }
      let isWithinAttribute = attributes.count { $0 == "(" } != attributes.count { $0 == ")" }
      if !isWithinAttribute, let declaration = Declaration(code) {
        let parent = enclosing.last
        let access = declaration.access(in: parent?.access)
        enclosing.append((indentation, declaration, access))
        attributes += code[..<declaration.rest.startIndex]
        if access != .hidden, declaration.needsSummary, !attributes.contains("unavailable") {
          found.append(
            PublicDeclaration(
              file: file, line: i + 1, code: String(code), name: declaration.name,
              requiringProtocol: parent?.access == .publicProtocol ? parent?.declaration.name : nil,
              enclosingTypes: parent?.declaration.types ?? [],
              refined: access == .publicProtocol ? declaration.types : [], comment: comment))
        }
      } else if code.hasPrefix("@") || isWithinAttribute {
        attributes += code
        continue
      }
      (comment, attributes) = ([], "")
    }
    return found
  }

  /// What the first line of a declaration tells.
  private struct Declaration {
    enum Access { case hidden, visible, publicEnumeration, publicProtocol }

    var modifiers: Set<Substring> = []
    var keyword: Substring = ""
    var rest: Substring

    /// Nil if the line is none.
    init?(_ code: Substring) {
      rest = code
      while rest.first == "@" {
        rest = rest.dropFirst().drop { $0.isLetter || $0 == "_" }
        if rest.first == "(" {
          var depth = 0
          guard
            let end = rest.firstIndex(where: {
              depth += $0 == "(" ? 1 : $0 == ")" ? -1 : 0; return depth == 0
            })
          else { return nil }
          rest = rest[end...].dropFirst()
        }
        rest = rest.drop { $0 == " " }
      }
      while true {
        let word = rest.prefix { $0.isLetter }
        let after = rest[word.endIndex...]
        if Declaration.keywords.contains(word), word != "class" || !after.hasPrefix(" func") {
          (keyword, rest) = (word, after.drop { $0 == " " })
          return
        }
        guard Declaration.modifiers.contains(word) else { return nil }
        modifiers.insert(word)
        rest = (after.first == "(" ? after.drop { $0 != " " } : after).drop { $0 == " " }
      }
    }

    /// Who sees it, within a declaration that has an access of its own.
    func access(in parent: Access?) -> Access {
      if keyword == "extension" { return .visible }
      let isPublic =
        modifiers.contains("public") || modifiers.contains("open")
        || (keyword == "case" && parent == .publicEnumeration)
        || (keyword != "case" && parent == .publicProtocol)
      guard isPublic else { return .hidden }
      return keyword == "enum" ? .publicEnumeration : keyword == "protocol" ? .publicProtocol : .visible
    }

    var name: String {
      let name = rest.prefix { !" (:<{".contains($0) }
      return String(name.isEmpty ? keyword : name)
    }

    /// What a type conforms to or inherits from, and what an extension extends.
    var types: [String] {
      guard ["actor", "class", "enum", "extension", "protocol", "struct"].contains(keyword) else { return [] }
      let list = keyword == "extension" ? rest : rest.drop { $0 != ":" }
      return list.prefix { $0 != "{" }.split { !$0.isLetter && $0 != "." }.prefix { $0 != "where" }.map(String.init)
    }

    var needsSummary: Bool {
      if keyword == "extension" || modifiers.contains("override") { return false }
      switch keyword {
      case "init": return !rest.contains("Literal ") && !rest.contains("Literal: ")
      case "func" where rest.hasPrefix("== ") || rest.hasPrefix("< "): return !rest.contains("-> Bool")
      default: return !Declaration.witnesses.contains(name)
      }
    }

    private static let keywords: Set<Substring> = [
      "actor", "associatedtype", "case", "class", "enum", "extension", "func", "init", "let", "protocol", "struct",
      "subscript", "typealias", "var",
    ]
    private static let modifiers: Set<Substring> = [
      "borrowing", "class", "consuming", "convenience", "fileprivate", "final", "indirect", "infix", "internal", "lazy",
      "mutating", "nonisolated", "nonmutating", "open", "override", "package", "postfix", "prefix", "private", "public",
      "required", "static", "unowned", "weak",
    ]
    private static let witnesses: Set<String> = [
      "debugDescription", "description", "endIndex", "hash", "makeIterator", "next", "rawValue", "startIndex",
    ]
  }
}
