import Glibc
import PluginTemplates

/// `backplane new-plugin NAME [--language LANGUAGE] [--output DIR]`: a folder that builds into a plugin.
struct NewPluginCommand {
  static let help = """
    usage: backplane new-plugin NAME [--language LANGUAGE] [--output DIR]

    Writes a folder that builds into a complete plugin, to start from: a device over host memory with every core
    operator. `make` in it builds libbackplane-NAME.so, `make check` tells whether that is right.

      NAME                   a lowercase letter, then up to 31 lowercase letters, digits, '_' and '-'
      --language LANGUAGE    one of \(languages.joined(separator: ", ")) (default: c)
      --output DIR           the folder, which is made; one that is there must be empty (default: NAME)

    Exit status: 0; 2 for bad usage, or when the folder cannot be written.
    """

  private let name: String
  private let language: String
  private let folder: String

  /// The languages that there are templates for, in the order of the list.
  static var languages: [String] {
    templates.reduce(into: []) { if !$0.contains($1.language) { $0.append($1.language) } }
  }

  init(_ arguments: ArraySlice<String>) throws(Failure) {
    var (name, language, folder): (String?, String?, String?)
    var rest = arguments
    while let argument = rest.popFirst() {
      switch argument {
      case "--language": language = try NewPluginCommand.value(of: argument, language, &rest)
      case "--output": folder = try NewPluginCommand.value(of: argument, folder, &rest)
      case _ where argument.hasPrefix("-"): throw Failure("backplane new-plugin: unknown option '\(argument)'")
      case _ where name != nil: try Program.refuse([argument], after: "the name '\(name!)'")
      default: name = argument
      }
    }
    guard let name else {
      throw Failure("backplane new-plugin: NAME is missing, for example: backplane new-plugin mychip")
    }
    guard NewPluginCommand.isValid(name) else {
      throw Failure(
        "backplane new-plugin: '\(name)' cannot be a plugin's name: it takes a lowercase letter, "
          + "then up to 31 lowercase letters, digits, '_' and '-'")
    }
    self.name = name
    self.language = language ?? "c"
    self.folder = folder ?? name
    guard NewPluginCommand.languages.contains(self.language) else {
      throw Failure(
        "backplane new-plugin: there is no template in '\(self.language)', only in "
          + NewPluginCommand.languages.joined(separator: ", "))
    }
  }

  /// What `[a-z][a-z0-9_-]{0,31}` matches: the rule of the header's `bp_plugin.name`.
  private static func isValid(_ name: String) -> Bool {
    let isLetter = { (c: UInt8) in (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(c) }
    let isDigit = { (c: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(c) }
    return name.utf8.count <= 32 && name.utf8.first.map(isLetter) == true
      && name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
  }

  private static func value(
    of option: String, _ earlier: String?, _ rest: inout ArraySlice<String>
  ) throws(Failure) -> String {
    if earlier != nil { throw Failure("backplane new-plugin: \(option) is given twice") }
    guard let value = rest.popFirst(), !value.isEmpty else {
      throw Failure("backplane new-plugin: \(option) needs a value")
    }
    return value
  }

  func run() throws(Failure) -> Int32 {
    let target = NewFolder(path: folder)
    try target.make()
    for (path, text) in files { try target.write(text, to: path) }
    print(
      """
      \(folder): the plugin '\(name)' in \(language), a device over host memory with every core operator

        cd \(folder)
        make          build libbackplane-\(name).so
        make check    see that it is right

      README.md tells where to go from there.
      """)
    return 0
  }

  /// The files of the language, with the name put in.
  private var files: [(path: String, text: String)] {
    var files: [(path: String, text: String)] = []
    for template in NewPluginCommand.templates where template.language == language {
      let text = replacingName(in: template.text)
      if files.last?.path == template.path {
        files[files.count - 1].text += text
      } else {
        files.append((template.path, text))
      }
    }
    return files
  }

  private func replacingName(in text: String) -> String {
    text.split(separator: "mychip", omittingEmptySubsequences: false).joined(separator: name)
  }

  private static var templates: [(language: String, path: String, text: String)] {
    var templates: [(language: String, path: String, text: String)] = []
    var next = plugin_templates()!
    while let language = next.pointee.language {
      templates.append(
        (String(cString: language), String(cString: next.pointee.path), String(cString: next.pointee.text)))
      next += 1
    }
    return templates
  }
}
