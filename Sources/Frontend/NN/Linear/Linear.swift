/// The affine map x Wᵀ + b.
///
/// ```swift
/// let layer = Linear(64, 128)
/// layer(Tensor.zeros([32, 64])).shape  // [32, 128]
/// ```
///
/// Takes (…, in) and gives (…, out). `weight` is (out, in), `bias` (out); both start uniform in ±1/√in.
open class Linear: Module {
  /// The extent of the last dimension of inputs.
  public let inFeatures: Int
  /// The extent of the last dimension of results.
  public let outFeatures: Int
  /// The matrix W, of shape (out, in).
  @Parameter public var weight: Tensor
  /// The vector b, of shape (out), or nil.
  @Parameter public var bias: Tensor?

  /// Makes a layer from `inFeatures` to `outFeatures`, with parameters drawn from the generator.
  public init(
    _ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType = .float32, device: Device? = nil,
    generator: Generator? = nil
  ) {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    weight = Tensor.empty([outFeatures, inFeatures], dtype: dtype, device: device)
    self.bias = bias ? Tensor.empty([outFeatures], dtype: dtype, device: device) : nil
    super.init()
    resetParameters(generator: generator)
  }

  /// Draws the parameters anew.
  public func resetParameters(generator: Generator? = nil) {
    Init.kaimingUniform_(weight, a: 5.0.squareRoot(), generator: generator)
    guard let bias else { return }
    let bound = inFeatures > 0 ? 1 / Double(inFeatures).squareRoot() : 0
    Init.uniform_(bias, a: -bound, b: bound, generator: generator)
  }

  open override func forward(_ x: Tensor) -> Tensor { Functional.linear(x, weight, bias) }

  open override var extraDescription: String {
    "in_features=\(inFeatures), out_features=\(outFeatures), bias=\(bias == nil ? "False" : "True")"
  }
}

/// Gives its input, and takes the place of a layer that is left out.
public final class Identity: Module {
  public override func forward(_ x: Tensor) -> Tensor { x }
}

extension ModuleRegistry {
  mutating func addLinear() {
    add(
      "nn.Linear(int in_features, int out_features, bool bias=True, Device? device=None, ScalarType? dtype=None)"
    ) { a in
      Linear(
        a.int("in_features"), a.int("out_features"), bias: a.bool("bias"), dtype: a.dtype() ?? .float32,
        device: a.device())
    }
    add("nn.Identity()") { _ in Identity() }
  }
}
