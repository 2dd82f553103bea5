// The order of dimensions and elements by name.

extension OperatorRegistry {
  mutating func addDimensionOrder() {
    for name in ["movedim", "moveaxis"] {
      add("\(name)(Tensor input, int[1] source, int[1] destination)") {
        try Ops.moveDim($0.tensor("input"), $0.ints("source"), $0.ints("destination"))
      }
    }
    add("t(Tensor input)") { try Ops.t($0.tensor("input")) }
    add("T(Tensor input)") { try Ops.reversedDims($0.tensor("input")) }
    add("H(Tensor input)") { try Ops.hermitianTranspose($0.tensor("input")) }
    add("mT(Tensor input)") { try Ops.matrixTranspose($0.tensor("input"), "tensor.mT") }
    add("mH(Tensor input)") { try Ops.conj(Ops.matrixTranspose($0.tensor("input"), "tensor.mH")) }
    add("adjoint(Tensor input)") { try Ops.conj(Ops.matrixTranspose($0.tensor("input"), "tensor.adjoint()")) }
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
}
