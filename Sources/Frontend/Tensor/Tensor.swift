import BackendAPI

/// A multi-dimensional array of numbers on a device.
///
/// A tensor is a view of storage: several tensors may share one storage, and a change in place shows in
/// all of them. Assignment shares; ``clone()`` copies.
///
/// ```swift
/// let a = Tensor([[1, 2], [3, 4]])
/// print(a + a)  // tensor([[2, 4],
///               //         [6, 8]])
/// ```
///
/// A tensor is used by one thread at a time.
public final class Tensor {
  var storage: Storage
  /// Where the first element lies, in elements.
  public internal(set) var storageOffset: Int
  var layout: Layout
  public internal(set) var dtype: DType
  /// Present on tensors that take part in a gradient.
  var autograd: AutogradState?
  /// Made in inference mode: not to be saved for a gradient.
  var isInference = false

  @inline(__always)
  init(storage: Storage, offset: Int, layout: Layout, dtype: DType) {
    self.storage = storage
    storageOffset = offset
    self.layout = layout
    self.dtype = dtype
    if Scopes.infers { isInference = true }
  }

  /// A new tensor whose elements are whatever the memory holds.
  @inline(__always)
  convenience init(empty layout: Layout, _ dtype: DType, on context: DeviceContext) throws(BackplaneError) {
    let storage = try Storage(layout.count * dtype.byteCount, on: context)
    self.init(storage: storage, offset: 0, layout: layout, dtype: dtype)
  }

  /// Stands for a result that an error left undefined; every use of it fails.
  static var invalid: Tensor {
    Tensor(storage: Storage(invalid: .invalid), offset: 0, layout: .scalar, dtype: .float32)
  }

  @inline(__always)
  var context: DeviceContext { storage.context }

  // MARK: Properties

  /// The extents, outermost first.
  public var shape: Shape { Shape(layout.shape) }
  /// The number of dimensions.
  public var dim: Int { layout.rank }
  /// The number of elements.
  public var numel: Int { layout.count }
  /// The distance between neighbours along each dimension, in elements.
  public var strides: [Int] { layout.strides }
  /// Whether the elements lie in row-major order without gaps.
  public var isContiguous: Bool { layout.isContiguous }
  public var device: Device { context.device }

  /// The extent of one dimension, which may be counted from the back.
  public func size(_ dim: Int) -> Int {
    funnel(or: 0) { () throws(BackplaneError) in
      layout.elements[try normalize(dim, rank: layout.rank)]
    }
  }

  /// Whether two tensors share storage.
  public func sharesStorage(with other: Tensor) -> Bool { storage === other.storage }

  /// The same elements under another layout.
  func view(_ layout: Layout, offset: Int) -> Tensor {
    Tensor(storage: storage, offset: offset, layout: layout, dtype: dtype)
  }

  /// The same view without its history.
  func alias() -> Tensor { view(layout, offset: storageOffset) }
}
