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

  /// Functions of `torch.nn.functional` and others that PyTorch knows under a second name, with the same parameters.
  mutating func addSecondNames() {
    let functional = [
      "adaptive_avg_pool1d", "adaptive_max_pool1d", "alpha_dropout", "avg_pool1d", "celu", "conv1d", "conv2d", "conv3d",
      "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "dropout", "feature_alpha_dropout", "group_norm",
      "hardshrink", "layer_norm", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d", "prelu",
      "rms_norm",
      "rrelu", "selu", "threshold",
    ]
    for name in functional { addSecondName(name, of: "nn.functional.\(name)") }
    for name in ["softmax", "log_softmax", "logsumexp"] { addSecondName("special.\(name)", of: name) }
    for name in ["chunk", "split", "split_with_sizes"] { addSecondName("unsafe_\(name)", of: name) }
    addSecondName("chain_matmul", of: "linalg.multi_dot")
  }

  private mutating func addSecondName(_ name: String, of original: String) {
    for overload in overloads[original] ?? [] {
      add("\(name)\(overload.signature.parameterText)", overload.body)
    }
  }
}

extension OperatorRegistry {
  mutating func addInPlaceViews() {
    func add(_ name: String, _ view: @escaping @Sendable (BoundArguments, Tensor) throws(BackplaneError) -> Tensor) {
      self.add(name) { a in
        let x = a.tensor("input")
        try Ops.reshapeInPlace(x) { x throws(BackplaneError) in try view(a, x) }
        return x
      }
    }
    add("squeeze_(Tensor input, int[1]? dim=None)") { a, x throws(BackplaneError) in
      try Ops.squeeze(x, dims: a.optionalInts("dim"))
    }
    add("unsqueeze_(Tensor input, int dim)") { a, x throws(BackplaneError) in try Ops.unsqueeze(x, a.int("dim")) }
    for (name, dimension) in [("transpose_", "dim"), ("swapaxes_", "axis"), ("swapdims_", "dim")] {
      add("\(name)(Tensor input, int \(dimension)0, int \(dimension)1)") { a, x throws(BackplaneError) in
        try Ops.transpose(x, a.int("\(dimension)0"), a.int("\(dimension)1"))
      }
    }
    add("t_(Tensor input)") { _, x throws(BackplaneError) in try Ops.t(x) }
    self.add("detach_(Tensor input)") { a in
      try Ops.detachInPlace(a.tensor("input"))
      return a.tensor("input")
    }
  }
}

extension OperatorSignature {
  /// Whether the first operand is a tensor called as in-place forms call it.
  fileprivate var takesInput: Bool { parameters.first?.name == "input" && parameters[0].type == .tensor }
}
