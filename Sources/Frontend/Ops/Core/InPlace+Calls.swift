// Operators in place by name: those whose result takes the place of their first operand as it is.

extension OperatorRegistry {
  /// `name_` for operators that are known as `name`.
  mutating func addInPlaceForms() {
    let names = [
      "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "baddbmm", "clamp", "clamp_max", "clamp_min", "clip",
      "cumprod", "cumsum", "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "lerp",
      "masked_scatter", "put", "renorm", "scatter", "scatter_add", "scatter_reduce", "tril", "triu",
    ]
    for name in names where overloads["\(name)_"] == nil { addInPlace("\(name)_", of: name) }
    for name in ["alpha_dropout", "celu", "dropout", "feature_alpha_dropout", "rrelu", "selu", "threshold"] {
      addInPlace("\(name)_", of: "nn.functional.\(name)")
    }
    add("polygamma_(Tensor input, int n)") { a in
      let x = a.tensor("input")
      try InPlace.update(x) { x throws(BackplaneError) in try Ops.polygamma(a.int("n"), x) }
      return x
    }
  }

  private mutating func addInPlace(_ name: String, of original: String) {
    for overload in overloads[original] ?? [] where overload.signature.takesInput {
      add("\(name)\(overload.signature.parameterText)") { a in
        let x = a.tensor("input")
        try InPlace.update(x) { x throws(BackplaneError) in
          do {
            return try overload.body(a.replacing("input", with: x)).argument.tensor!
          } catch let error as BackplaneError {
            throw error
          } catch {
            throw BackplaneError(.internal, "\(name): \(error)")
          }
        }
        return x
      }
    }
  }
}

extension OperatorSignature {
  /// Whether the first operand is a tensor called as in-place forms call it.
  fileprivate var takesInput: Bool { parameters.first?.name == "input" && parameters[0].type == .tensor }
}

extension BoundArguments {
  /// A function of `input`; with the argument `inplace`, the input after it has become the result.
  func possiblyInPlace(
    _ body: (Tensor) throws(BackplaneError) -> Tensor
  ) throws(BackplaneError) -> Tensor {
    let x = tensor("input")
    guard bool("inplace") else { return try body(x) }
    try InPlace.update(x, body)
    return x
  }
}
