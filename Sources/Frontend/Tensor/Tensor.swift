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
  // Assigned as wholes, from one thread: the run-time check of exclusive access, a fifth of what a small operator costs,
  // has nothing to find in these.
  @exclusivity(unchecked) private(set) var storage: Storage
  @exclusivity(unchecked) private(set) var layout: Layout
  /// The tensor as the ABI sees it, ready to be passed on: valid while the tensor lives.
  @exclusivity(unchecked) private(set) var descriptor: bp_tensor
  // What nearly every operator asks for lies here too, so that asking touches no reference count.
  @exclusivity(unchecked) unowned(unsafe) private(set) var context: DeviceContext
  /// The type of the elements.
  @exclusivity(unchecked) public private(set) var dtype: DType
  /// Whether the elements lie in row-major order without gaps.
  @exclusivity(unchecked) public private(set) var isContiguous: Bool
  /// Made in inference mode: not to be saved for a gradient.
  private(set) var isInference: Bool
  /// Present on tensors that take part in a gradient. A view's follows its base: after a change in place of either it is
  /// that of the view of what the base has become.
  var autograd: AutogradState? {
    @inline(__always) get { base == nil ? state : followedState() }
    @inline(__always) set {
      state = newValue
      if let base { seenBaseState = base.state }
    }
  }
  @exclusivity(unchecked) private var state: AutogradState?
  /// The tensor of which this is a view that the graph can follow; itself no such view.
  @exclusivity(unchecked) private(set) var base: Tensor?
  /// The base's place in the graph when `state` was right.
  private var seenBaseState: AutogradState?
  /// A view, made without a graph, of a tensor that has one: not to be changed with a graph.
  private(set) var isUntrackedView = false

  @inline(__always)
  init(storage: Storage, offset: Int, layout: Layout, dtype: DType) {
    self.storage = storage
    self.layout = layout
    self.dtype = dtype
    context = storage.context
    isContiguous = layout.isContiguous
    isInference = Scopes.infers
    descriptor = layout.descriptor(
      dtype, buffer: storage.handle, byteOffset: offset &* dtype.byteCount)
  }

  /// A new tensor whose elements are whatever the memory holds.
  @inline(__always)
  convenience init(empty layout: Layout, _ dtype: DType, on context: DeviceContext) throws(BackplaneError) {
    let storage = try Storage(layout.count * dtype.byteCount, on: context)
    self.init(storage: storage, offset: 0, layout: layout, dtype: dtype)
  }

  /// The result of an elementwise operator, which may wait: large ones have no memory before it is executed.
  @inline(__always)
  convenience init(elementwise layout: Layout, _ dtype: DType, on context: DeviceContext) throws(BackplaneError) {
    let byteCount = layout.count * dtype.byteCount
    let storage =
      byteCount >= context.taggedBytes && context.fusion!.takes(layout.count, byteCount)
      ? Storage(later: byteCount, on: context) : try Storage(byteCount, on: context)
    self.init(storage: storage, offset: 0, layout: layout, dtype: dtype)
  }

  /// The result of an operator that waits with those whose results it takes: it has no memory yet, however small it is.
  convenience init(waiting layout: Layout, _ dtype: DType, on context: DeviceContext) {
    self.init(
      storage: Storage(later: layout.count * dtype.byteCount, on: context), offset: 0, layout: layout, dtype: dtype)
  }

  /// Stands for a result that an error left undefined: of one element, in many dimensions, so that reading its shape goes
  /// well. Every operator on it fails.
  static var invalid: Tensor {
    Tensor(storage: Storage(invalid: .invalid), offset: 0, layout: invalidLayout, dtype: .float32)
  }

  private static let invalidLayout: Layout = {
    let layout = try? Layout.contiguous([Int](repeating: 1, count: Layout.maximumRank))
    return layout ?? .scalar
  }()

  // MARK: Properties

  /// The extents, outermost first.
  public var shape: Shape { Shape(layout.shape) }
  /// The extents, outermost first: PyTorch's `x.size()`. One extent is ``size(_:)``.
  public var size: Shape { shape }
  /// The number of dimensions.
  public var dim: Int { layout.rank }
  /// The number of elements.
  public var numel: Int { layout.count }
  /// The distance between neighbours along each dimension, in elements.
  public var strides: [Int] { layout.strides }
  /// Where the first element lies in the storage, in elements.
  public var storageOffset: Int { Int(descriptor.byte_offset) / dtype.byteCount }
  /// The device whose memory holds the elements.
  public var device: Device { context.device }

  /// The extent of one dimension, which may be counted from the back. A tensor without dimensions has none.
  public func size(_ dim: Int) -> Int {
    funnel(or: 1) { () throws(BackplaneError) in try Ops.extent(self, dim) }
  }

  @inline(__always)
  func hasSameShape(as other: Tensor) -> Bool {
    descriptor.shape == other.descriptor.shape || layout.hasSameShape(as: other.layout)
  }

  /// Whether two tensors share storage.
  public func sharesStorage(with other: Tensor) -> Bool { storage === other.storage }

  /// The same elements under another layout.
  func view(_ layout: Layout, offset: Int) -> Tensor {
    let result = Tensor(storage: storage, offset: offset, layout: layout, dtype: dtype)
    result.isInference = isInference
    return result
  }

  /// Makes this tensor, which shares `x`'s memory, a view that takes part in `x`'s history.
  func follow(_ x: Tensor) {
    guard Scopes.recordsGradients || !x.requiresGrad, !x.isUntrackedView else {
      // Holding the base would keep its graph alive, against the purpose of working without one.
      isUntrackedView = !x.isInference
      return
    }
    base = x.base ?? x
    seenBaseState = base!.state
  }

  @inline(never)
  private func followedState() -> AutogradState? {
    guard let base, base.state !== seenBaseState else { return state }
    seenBaseState = base.state
    if base.state?.node != nil, base.storage === storage { state = ViewHistory.state(of: self, in: base) }
    return state
  }

  /// Swaps in another tensor's elements, keeping the identity and the place in the graph: for moving parameters
  /// between devices and types.
  func setData(_ other: Tensor) {
    storage = other.storage
    layout = other.layout
    descriptor = other.descriptor
    context = other.context
    dtype = other.dtype
    isContiguous = other.isContiguous
  }

  /// Whether nothing else refers to the storage.
  func ownsStorage() -> Bool { isKnownUniquelyReferenced(&storage) }

  /// The same view without its history.
  func alias() -> Tensor { view(layout, offset: storageOffset) }
}
