// Copies of views by name.

extension OperatorRegistry {
  /// `…_copy` of the views: the same with memory of its own.
  mutating func addViewCopies() {
    add("alias(Tensor input)") { try Ops.view($0.tensor("input"), $0.tensor("input").layout.shape) }
    let views = [
      "alias", "as_strided", "detach", "diagonal", "expand", "narrow", "permute", "select", "slice", "split",
      "split_with_sizes", "squeeze", "t", "transpose", "unbind", "unfold", "unsqueeze", "view", "view_as_complex",
      "view_as_real",
    ]
    for name in views {
      for overload in overloads[name] ?? [] {
        add("\(name)_copy\(overload.signature.parameterText)") { try overload.body($0).argument.copied() }
      }
    }
  }
}

extension Argument {
  /// The value with tensors cloned.
  fileprivate func copied() throws(BackplaneError) -> Argument {
    switch self {
    case .tensor(let x): return .tensor(try Ops.clone(x))
    case .list(let values):
      var copies: [Argument] = []
      for value in values { copies.append(try value.copied()) }
      return .list(copies)
    default: return self
    }
  }
}
