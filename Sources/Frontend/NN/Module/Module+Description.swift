extension Module: CustomStringConvertible {
  /// The tree of modules, as PyTorch prints it.
  ///
  /// ```
  /// Sequential(
  ///   (0): Linear(in_features=64, out_features=128, bias=True)
  ///   (1): ReLU()
  /// )
  /// ```
  public var description: String {
    var text = ""
    var path = Set<ObjectIdentifier>()
    append(to: &text, "", &path)
    return text
  }

  /// - Parameter path: The modules that this one is in, so that one that holds its owner ends the walk.
  fileprivate func append(to text: inout String, _ indent: String, _ path: inout Set<ObjectIdentifier>) {
    let name = (parametrizations == nil ? "" : "Parametrized") + "\(type(of: self))"
    guard path.insert(ObjectIdentifier(self)).inserted else {
      text += "\(name)(...)"
      return
    }
    defer { path.remove(ObjectIdentifier(self)) }
    let extra = extraDescription
    let children = namedChildren()
    guard !children.isEmpty || extra.contains("\n") else {
      text += "\(name)(\(extra))"
      return
    }
    text += "\(name)(\n"
    if !extra.isEmpty { text += "\(indent)  \(indented(extra, indent + "  "))\n" }
    for (name, child) in self is ModuleList ? [] : children {
      text += "\(indent)  (\(name)): "
      child.append(to: &text, indent + "  ", &path)
      text += "\n"
    }
    if let list = self as? ModuleList { list.appendRuns(to: &text, indent, &path) }
    text += "\(indent))"
  }

  private func indented(_ text: String, _ indent: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + indent)
  }
}

extension ModuleList {
  /// The modules, of which those that print alike one after the other are shown once.
  fileprivate func appendRuns(to text: inout String, _ indent: String, _ path: inout Set<ObjectIdentifier>) {
    var runs: [(first: Int, last: Int, text: String)] = []
    for (i, module) in self.enumerated() {
      var line = ""
      module.append(to: &line, indent + "  ", &path)
      if let last = runs.last, last.text == line {
        runs[runs.count - 1].last = i
      } else {
        runs.append((i, i, line))
      }
    }
    for (first, last, line) in runs {
      let place = first == last ? "(\(first)): " : "(\(first)-\(last)): \(last - first + 1) x "
      text += "\(indent)  \(place)\(line)\n"
    }
  }
}
