// Common shapes by name.

extension OperatorRegistry {
  mutating func addBroadcasting() {
    add("expand_as(Tensor input, Tensor other)") {
      try Ops.expand($0.tensor("input"), $0.tensor("other").layout.shape)
    }
    add("sum_to_size(Tensor input, int[] size)") { try Ops.sumToSize($0.tensor("input"), $0.ints("size")) }
    add("broadcast_tensors(Tensor[] tensors)") { try Ops.broadcastTensors($0.tensors("tensors")) }
    add("meshgrid(Tensor[] tensors, *, str? indexing=None)") {
      try Ops.meshgrid($0.tensors("tensors"), MeshgridIndexing(named: $0.optionalString("indexing") ?? "ij"))
    }
    add("cartesian_prod(Tensor[] tensors)") { try Ops.cartesianProd($0.tensors("tensors")) }
    add("combinations(Tensor input, int r=2, bool with_replacement=False)") {
      try Ops.combinations($0.tensor("input"), $0.int("r"), withReplacement: $0.bool("with_replacement"))
    }
    for rank in 1...3 {
      add("atleast_\(rank)d(Tensor input)") { try Ops.atLeast(rank, $0.tensor("input")) }
      add("atleast_\(rank)d(Tensor[] tensors)") { a in
        try a.tensors("tensors").map { try Ops.atLeast(rank, $0) }
      }
    }
    add("broadcast_shapes(Any[] shapes)") { try Ops.broadcastShapes(OperatorRegistry.shapes($0["shapes"])) }
  }

  /// Shapes, of which a number stands for one of one dimension.
  private static func shapes(_ value: Argument) throws(BackplaneError) -> [[Int]] {
    func misfit(_ value: Argument) -> BackplaneError {
      BackplaneError(.value, "broadcast_shapes: a shape is a number or a list of them, not \(value.typeName)")
    }
    guard case .list(let shapes) = value else { throw misfit(value) }
    var result: [[Int]] = []
    for shape in shapes {
      var extents: [Int] = []
      let numbers: Argument.List = if case .list(let numbers) = shape { numbers } else { [shape] }
      for extent in numbers {
        guard case .int(let extent) = extent else { throw misfit(extent) }
        extents.append(Int(extent))
      }
      result.append(extents)
    }
    return result
  }
}
