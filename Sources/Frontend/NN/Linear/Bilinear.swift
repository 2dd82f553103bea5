/// The bilinear map xᵀ W y + b of two inputs.
///
/// ```swift
/// let layer = Bilinear(20, 30, 40)
/// layer(Tensor.zeros([128, 20]), Tensor.zeros([128, 30])).shape  // [128, 40]
/// ```
///
/// Takes (…, n) and (…, m) and gives (…, out). `weight` is (out, n, m), `bias` (out); both start uniform in ±1/√n.
open class Bilinear: Module {
  /// The extent of the last dimension of the first input.
  public let in1Features: Int
  /// The extent of the last dimension of the second input.
  public let in2Features: Int
  /// The extent of the last dimension of results.
  public let outFeatures: Int
  /// The matrices W, of shape (out, n, m).
  @Parameter public var weight: Tensor
  /// The vector b, of shape (out), or nil.
  @Parameter public var bias: Tensor?

  /// Makes a layer from `in1Features` and `in2Features` to `outFeatures`, with parameters drawn from the generator.
  public init(
    _ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType = .float32,
    device: Device? = nil, generator: Generator? = nil
  ) {
    self.in1Features = in1Features
    self.in2Features = in2Features
    self.outFeatures = outFeatures
    weight = funnel { () throws(BackplaneError) in
      guard in1Features > 0 else {
        throw BackplaneError(.value, "in1_features must be > 0, but got (in1_features=\(in1Features))")
      }
      return Tensor.empty([outFeatures, in1Features, in2Features], dtype: dtype, device: device)
    }
    self.bias = bias ? Tensor.empty([outFeatures], dtype: dtype, device: device) : nil
    super.init()
    resetParameters(generator: generator)
  }

  /// Draws the parameters anew.
  public func resetParameters(generator: Generator? = nil) {
    let bound = 1 / Double(Swift.max(in1Features, 1)).squareRoot()
    Init.uniform_(weight, a: -bound, b: bound, generator: generator)
    if let bias { Init.uniform_(bias, a: -bound, b: bound, generator: generator) }
  }

  /// The result for two inputs, of the same shape up to the last dimension.
  public func callAsFunction(_ first: Tensor, _ second: Tensor) -> Tensor {
    callWithHooks(first, second) { Functional.bilinear($0, $1, weight, bias) }
  }

  open override var extraDescription: String {
    "in1_features=\(in1Features), in2_features=\(in2Features), out_features=\(outFeatures), "
      + "bias=\(OptionText.of(bias != nil))"
  }
}

extension ModuleRegistry {
  mutating func addBilinear() {
    add(
      "nn.Bilinear(int in1_features, int in2_features, int out_features, bool bias=True, Device? device=None, "
        + "ScalarType? dtype=None)", forward: "forward(Tensor input1, Tensor input2)"
    ) { a in
      Bilinear(
        a.int("in1_features"), a.int("in2_features"), a.int("out_features"), bias: a.bool("bias"),
        dtype: a.dtype() ?? .float32, device: a.device())
    } _: { layer, a in
      layer(a.tensor("input1"), a.tensor("input2"))
    }
  }
}
