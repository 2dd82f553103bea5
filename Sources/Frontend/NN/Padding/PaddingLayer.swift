/// What the layers that pad have in common.
public class PaddingLayer: Module {
  /// How many elements are added before and after the last dimension, then the one before it, and so on; negative
  /// numbers take elements away.
  public let padding: [Int]
  private let mode: Functional.PaddingMode

  /// - Parameter padding: One number for all ends of the spatial dimensions, or one for each.
  init(_ padding: any SpatialExtents, _ mode: Functional.PaddingMode, dimensions: Int) {
    let amounts = padding.spatialExtents
    self.padding = amounts.count == 1 ? [Int](repeating: amounts[0], count: 2 * dimensions) : amounts
    self.mode = mode
  }

  /// What is added where it is one value.
  var constant: Scalar { .double(0) }
  /// The numbers of dimensions that the layer insists on, or nil.
  var ranks: ClosedRange<Int>? { nil }

  public override func forward(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      if let ranks, !ranks.contains(x.layout.rank) {
        throw BackplaneError(
          .shape, "expected \(ranks.lowerBound)D or \(ranks.upperBound)D input (got \(x.layout.rank)D input)")
      }
      return try Ops.pad(x, padding, mode, constant)
    }
  }

  public override var extraDescription: String { Ops.pythonTuple(padding) }
}

/// What the layers have in common that pad with one value.
public class ConstantPadLayer: PaddingLayer {
  /// What is added.
  public let value: Scalar

  init(_ padding: any SpatialExtents, _ value: Scalar, dimensions: Int) {
    self.value = value
    super.init(padding, .constant, dimensions: dimensions)
  }

  override var constant: Scalar { value }
  public override var extraDescription: String { "padding=\(Ops.pythonTuple(padding)), value=\(value)" }
}
