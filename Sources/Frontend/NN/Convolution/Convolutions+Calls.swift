// Layers of convolutions and of windows by name.

extension ModuleRegistry {
  mutating func addConvolutions() {
    addConvolution(
      1, Conv1d.init(_:_:_:stride:padding:dilation:groups:bias:paddingMode:dtype:device:generator:),
      ConvTranspose1d.init(
        _:_:_:stride:padding:outputPadding:groups:bias:dilation:paddingMode:dtype:device:generator:))
    addConvolution(
      2, Conv2d.init(_:_:_:stride:padding:dilation:groups:bias:paddingMode:dtype:device:generator:),
      ConvTranspose2d.init(
        _:_:_:stride:padding:outputPadding:groups:bias:dilation:paddingMode:dtype:device:generator:))
    addConvolution(
      3, Conv3d.init(_:_:_:stride:padding:dilation:groups:bias:paddingMode:dtype:device:generator:),
      ConvTranspose3d.init(
        _:_:_:stride:padding:outputPadding:groups:bias:dilation:paddingMode:dtype:device:generator:))
    let windows = "int[2] dilation=[1], int[2] padding=[0], int[2] stride=[1]"
    add("nn.Unfold(int[2] kernel_size, \(windows))") { a in
      Unfold(
        a.ints("kernel_size"), dilation: a.ints("dilation"), padding: a.ints("padding"), stride: a.ints("stride"))
    }
    add("nn.Fold(int[2] output_size, int[2] kernel_size, \(windows))") { a in
      Fold(
        a.ints("output_size"), a.ints("kernel_size"), dilation: a.ints("dilation"), padding: a.ints("padding"),
        stride: a.ints("stride"))
    }
  }

  private typealias MakeConvolution<M> =
    @Sendable (
      Int, Int, [Int], [Int], PaddingRule, [Int], Int, Bool, ConvNd.PaddingMode, DType, Device?, Generator?
    ) -> M
  private typealias MakeTransposed<M> =
    @Sendable (
      Int, Int, [Int], [Int], [Int], [Int], Int, Bool, [Int], ConvNd.PaddingMode, DType, Device?, Generator?
    ) -> M

  private mutating func addConvolution<C: ConvNd, T: ConvTransposeNd>(
    _ n: Int, _ make: @escaping MakeConvolution<C>, _ makeTransposed: @escaping MakeTransposed<T>
  ) {
    let channels = "int in_channels, int out_channels, int[\(n)] kernel_size, int[\(n)] stride=[1]"
    let rest = "str padding_mode='zeros', Device? device=None, ScalarType? dtype=None"
    add("nn.Conv\(n)d(\(channels), Any padding=0, int[\(n)] dilation=[1], int groups=1, bool bias=True, \(rest))") {
      a in
      make(
        a.int("in_channels"), a.int("out_channels"), a.ints("kernel_size"), a.ints("stride"),
        try a.convolutionPadding(), a.ints("dilation"), a.int("groups"), a.bool("bias"), try a.paddingMode(),
        a.dtype() ?? .float32, a.device(), nil)
    }
    add(
      "nn.ConvTranspose\(n)d(\(channels), int[\(n)] padding=[0], int[\(n)] output_padding=[0], int groups=1, "
        + "bool bias=True, int[\(n)] dilation=[1], \(rest))",
      forward: "forward(Tensor input, int[]? output_size=None)"
    ) { a in
      makeTransposed(
        a.int("in_channels"), a.int("out_channels"), a.ints("kernel_size"), a.ints("stride"), a.ints("padding"),
        a.ints("output_padding"), a.int("groups"), a.bool("bias"), a.ints("dilation"), try a.paddingMode(),
        a.dtype() ?? .float32, a.device(), nil)
    } _: { layer, a in
      layer(a.tensor("input"), outputSize: a.optionalInts("output_size"))
    }
  }
}

extension BoundArguments {
  fileprivate func paddingMode() throws(BackplaneError) -> ConvNd.PaddingMode {
    let word = string("padding_mode")
    guard let mode = ConvNd.PaddingMode(rawValue: word) else {
      let words = ConvNd.PaddingMode.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw BackplaneError(.value, "padding_mode must be one of {\(words)}, but got padding_mode='\(word)'")
    }
    return mode
  }

  /// A number, numbers, or one of two words.
  fileprivate func convolutionPadding() throws(BackplaneError) -> PaddingRule {
    switch self["padding"] {
    case .int(let value): return .both([Int(value)])
    case .string("same"): return .same
    case .string("valid"): return .valid
    case .string(let word):
      throw BackplaneError(.value, "Invalid padding string '\(word)', should be one of {'same', 'valid'}")
    case .list(let values):
      var amounts: [Int] = []
      for case .int(let value) in values { amounts.append(Int(value)) }
      if amounts.count == values.count { return .both(amounts) }
      fallthrough
    default:
      throw BackplaneError(
        .value,
        "\(signature.shortName)(): argument 'padding' must be tuple of ints or str, not \(self["padding"].typeName)")
    }
  }
}
