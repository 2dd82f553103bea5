/// Several dimensions as one: all but the first, which is the batch, unless others are named.
///
/// ```swift
/// Flatten()(Tensor.zeros([32, 8, 8])).shape  // [32, 64]
/// ```
public final class Flatten: Module {
  /// The first of the dimensions that become one.
  public let startDim: Int
  /// The last of the dimensions that become one.
  public let endDim: Int

  /// Makes a layer that joins the dimensions from `startDim` through `endDim`, which may be counted from the back.
  public init(startDim: Int = 1, endDim: Int = -1) {
    self.startDim = startDim
    self.endDim = endDim
  }

  public override func forward(_ x: Tensor) -> Tensor { x.flatten(startDim, endDim) }
  public override var extraDescription: String { "start_dim=\(startDim), end_dim=\(endDim)" }
}
