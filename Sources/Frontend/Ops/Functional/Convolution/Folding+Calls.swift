// Windows as columns, and back, by name.

extension OperatorRegistry {
  mutating func addFolding() {
    let windows = "int[2] dilation=[1], int[2] padding=[0], int[2] stride=[1]"
    add("nn.functional.unfold(Tensor input, int[2] kernel_size, \(windows))") {
      try Ops.unfold(
        $0.tensor("input"), $0.ints("kernel_size"), dilation: $0.ints("dilation"), padding: $0.ints("padding"),
        stride: $0.ints("stride"))
    }
    add("nn.functional.fold(Tensor input, int[2] output_size, int[2] kernel_size, \(windows))") {
      try Ops.fold(
        $0.tensor("input"), $0.ints("output_size"), $0.ints("kernel_size"), dilation: $0.ints("dilation"),
        padding: $0.ints("padding"), stride: $0.ints("stride"))
    }
  }
}
