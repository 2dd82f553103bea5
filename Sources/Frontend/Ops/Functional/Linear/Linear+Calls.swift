// Linear and bilinear maps by name.

extension OperatorRegistry {
  mutating func addLinear() {
    add("nn.functional.linear(Tensor input, Tensor weight, Tensor? bias=None)") {
      try Ops.linear($0.tensor("input"), $0.tensor("weight"), $0.optionalTensor("bias"))
    }
    for name in ["bilinear", "nn.functional.bilinear"] {
      add("\(name)(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None)") {
        try Ops.bilinear(
          $0.tensor("input1"), $0.tensor("input2"), $0.tensor("weight"), $0.optionalTensor("bias"))
      }
    }
  }
}
