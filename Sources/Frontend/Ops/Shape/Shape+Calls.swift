// Shapes by name: what goes beyond the plain views.

extension OperatorRegistry {
  mutating func addShapes() {
    add("unflatten(Tensor input, int dim, int[] sizes)") {
      try Ops.unflatten($0.tensor("input"), $0.int("dim"), $0.ints("sizes"))
    }
    add("ravel(Tensor input)") { $0.tensor("input").ravel() }
    add("view_as(Tensor input, Tensor other)") {
      try Ops.view($0.tensor("input"), $0.tensor("other").layout.shape)
    }
    add("reshape_as(Tensor input, Tensor other)") {
      try Ops.reshape($0.tensor("input"), $0.tensor("other").layout.shape)
    }
    add("slice(Tensor input, int dim=0, int? start=None, int? end=None, int step=1)") {
      try Ops.slice(
        $0.tensor("input"), $0.int("dim"), $0.optionalInt("start"), $0.optionalInt("end"), step: $0.int("step"))
    }
    add("unfold(Tensor input, int dimension, int size, int step)") {
      try Ops.unfold($0.tensor("input"), $0.int("dimension"), $0.int("size"), $0.int("step"))
    }
    add("diagonal(Tensor input, int offset=0, int dim1=0, int dim2=1)") {
      try Ops.diagonal($0.tensor("input"), $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    add("linalg.diagonal(Tensor A, *, int offset=0, int dim1=-2, int dim2=-1)") {
      try Ops.diagonal($0.tensor("A"), $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    addDimensionOrder()
    addBroadcasting()
    addRepetition()
    addRegionReplacement()
    addCopies()
  }

  private mutating func addDimensionOrder() {
    for name in ["movedim", "moveaxis"] {
      add("\(name)(Tensor input, int[1] source, int[1] destination)") {
        try Ops.moveDim($0.tensor("input"), $0.ints("source"), $0.ints("destination"))
      }
    }
    add("t(Tensor input)") { try Ops.t($0.tensor("input")) }
    add("T(Tensor input)") { try Ops.reversedDims($0.tensor("input")) }
    add("H(Tensor input)") { try Ops.hermitianTranspose($0.tensor("input")) }
    add("mT(Tensor input)") { $0.tensor("input").mT }
    add("mH(Tensor input)") { $0.tensor("input").mH }
    add("adjoint(Tensor input)") { $0.tensor("input").adjoint() }
    add("flip(Tensor input, int[1] dims)") { try Ops.flip($0.tensor("input"), $0.ints("dims")) }
    add("fliplr(Tensor input)") { try Ops.flipLeftRight($0.tensor("input")) }
    add("flipud(Tensor input)") { try Ops.flipUpDown($0.tensor("input")) }
    add("roll(Tensor input, int[1] shifts, int[1] dims=[])") {
      try Ops.roll($0.tensor("input"), $0.ints("shifts"), $0.ints("dims"))
    }
    add("rot90(Tensor input, int k=1, int[] dims=[0, 1])") {
      try Ops.rot90($0.tensor("input"), $0.int("k"), $0.ints("dims"))
    }
  }

  private mutating func addBroadcasting() {
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
  }

  private mutating func addRepetition() {
    add("repeat(Tensor input, int[] repeats)") { try Ops.repeat($0.tensor("input"), $0.ints("repeats")) }
    add("tile(Tensor input, int[] dims)") { try Ops.tile($0.tensor("input"), $0.ints("dims")) }
    add("repeat_interleave(Tensor input, Tensor repeats, int? dim=None, *, int? output_size=None)") {
      try Ops.repeatInterleave(
        $0.tensor("input"), $0.tensor("repeats"), $0.optionalInt("dim"), outputSize: $0.optionalInt("output_size"))
    }
    add("repeat_interleave(Tensor input, int repeats, int? dim=None, *, int? output_size=None)") {
      try Ops.repeatInterleave($0.tensor("input"), $0.int("repeats"), $0.optionalInt("dim"))
    }
    add("repeat_interleave(Tensor repeats, *, int? output_size=None)") {
      try Ops.repeatedPositions($0.tensor("repeats"), outputSize: $0.optionalInt("output_size"))
    }
  }

  private mutating func addRegionReplacement() {
    add("select_scatter(Tensor input, Tensor src, int dim, int index)") {
      try Ops.selectScatter($0.tensor("input"), $0.tensor("src"), $0.int("dim"), $0.int("index"))
    }
    add("slice_scatter(Tensor input, Tensor src, int dim=0, int? start=None, int? end=None, int step=1)") {
      try Ops.sliceScatter(
        $0.tensor("input"), $0.tensor("src"), $0.int("dim"), $0.optionalInt("start"), $0.optionalInt("end"),
        step: $0.int("step"))
    }
    add("diagonal_scatter(Tensor input, Tensor src, int offset=0, int dim1=0, int dim2=1)") {
      try Ops.diagonalScatter(
        $0.tensor("input"), $0.tensor("src"), $0.int("offset"), $0.int("dim1"), $0.int("dim2"))
    }
    add("as_strided_scatter(Tensor input, Tensor src, int[] size, int[] stride, int? storage_offset=None)") {
      try Ops.asStridedScatter(
        $0.tensor("input"), $0.tensor("src"), $0.ints("size"), $0.ints("stride"),
        offset: $0.optionalInt("storage_offset"))
    }
  }

  /// `…_copy` of the views: the same with memory of its own.
  private mutating func addCopies() {
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
