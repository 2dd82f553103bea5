// Views that take the place of their tensor by name.

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
