// Convolutions by name.

extension OperatorRegistry {
  mutating func addConvolution() {
    for n in 1...3 {
      let operands = "Tensor input, Tensor weight, Tensor? bias=None, int[\(n)] stride=[1], "
      let rest = "int[\(n)] dilation=[1], int groups=1"
      add("nn.functional.conv\(n)d(\(operands)int[\(n)] padding=[0], \(rest))") {
        try $0.convolution(.both($0.ints("padding")), n)
      }
      add("nn.functional.conv\(n)d(\(operands)str padding='valid', \(rest))") { a in
        switch a.string("padding") {
        case "same": return try a.convolution(.same, n)
        case "valid": return try a.convolution(.valid, n)
        default:
          throw BackplaneError(
            .value, "Invalid padding string '\(a.string("padding"))', should be one of 'valid', 'same'")
        }
      }
      add(
        "nn.functional.conv_transpose\(n)d(\(operands)int[\(n)] padding=[0], int[\(n)] output_padding=[0], "
          + "int groups=1, int[\(n)] dilation=[1])"
      ) {
        try Ops.transposedConvolution(
          $0.tensor("input"), $0.tensor("weight"), $0.optionalTensor("bias"), stride: $0.ints("stride"),
          padding: $0.ints("padding"), outputPadding: $0.ints("output_padding"), groups: $0.int("groups"),
          dilation: $0.ints("dilation"), dimensions: n, "conv_transpose\(n)d")
      }
    }
  }
}

extension BoundArguments {
  fileprivate func convolution(_ padding: PaddingRule, _ dimensions: Int) throws(BackplaneError) -> Tensor {
    try Ops.convolution(
      tensor("input"), tensor("weight"), optionalTensor("bias"), stride: ints("stride"), padding: padding,
      dilation: ints("dilation"), groups: int("groups"), dimensions: dimensions, "conv\(dimensions)d")
  }
}
