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
    let children = namedChildren()
    guard !children.isEmpty else { return "\(type(of: self))(\(extraDescription))" }
    var text = "\(type(of: self))(\n"
    if !extraDescription.isEmpty { text += "  \(extraDescription)\n" }
    for (name, child) in children {
      let lines = child.description.split(separator: "\n", omittingEmptySubsequences: false)
      text += "  (\(name)): \(lines.joined(separator: "\n  "))\n"
    }
    return text + ")"
  }
}
