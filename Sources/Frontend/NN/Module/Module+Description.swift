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
  private func append(to text: inout String, _ indent: String, _ path: inout Set<ObjectIdentifier>) {
    let name = "\(type(of: self))"
    guard path.insert(ObjectIdentifier(self)).inserted else {
      text += "\(name)(...)"
      return
    }
    defer { path.remove(ObjectIdentifier(self)) }
    let children = namedChildren()
    guard !children.isEmpty else {
      text += "\(name)(\(indented(extraDescription, indent)))"
      return
    }
    text += "\(name)(\n"
    if !extraDescription.isEmpty { text += "\(indent)  \(indented(extraDescription, indent))\n" }
    for (name, child) in children {
      text += "\(indent)  (\(name)): "
      child.append(to: &text, indent + "  ", &path)
      text += "\n"
    }
    text += "\(indent))"
  }

  private func indented(_ text: String, _ indent: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + indent)
  }
}
