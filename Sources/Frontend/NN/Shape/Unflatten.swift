/// One dimension as several.
///
/// ```swift
/// Unflatten(1, [3, 4])(Tensor.zeros([2, 12])).shape  // [2, 3, 4]
/// ```
public final class Unflatten: Module {
  /// The dimension that is taken apart.
  public let dim: Int
  /// The extents that it becomes, one of which may be −1.
  public let unflattenedSize: [Int]

  /// Makes a layer that takes a dimension, which may be counted from the back, apart.
  public init(_ dim: Int, _ unflattenedSize: [Int]) {
    self.dim = dim
    self.unflattenedSize = unflattenedSize
  }

  /// Makes a layer that takes a dimension, which may be counted from the back, apart.
  public convenience init(dim: Int, unflattenedSize: [Int]) { self.init(dim, unflattenedSize) }

  public override func forward(_ x: Tensor) -> Tensor { x.unflatten(dim, unflattenedSize) }
  public override var extraDescription: String {
    "dim=\(dim), unflattened_size=\(Ops.pythonTuple(unflattenedSize))"
  }
}

extension ModuleRegistry {
  mutating func addShape() {
    add("nn.Flatten(int start_dim=1, int end_dim=-1)") {
      Flatten(startDim: $0.int("start_dim"), endDim: $0.int("end_dim"))
    }
    add("nn.Unflatten(int dim, int[] unflattened_size)") { Unflatten($0.int("dim"), $0.ints("unflattened_size")) }
  }
}
