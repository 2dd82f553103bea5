import BackendAPI

/// The extents over which a program of elementwise operators runs.
struct FusedShape: Equatable {
  let extents: [Int]
  let count: Int

  /// The shape of a result that is the whole of its storage, row by row; nil for any other.
  init?(_ view: bp_tensor, filling byteCount: Int) {
    guard view.byte_offset == 0, view.isContiguous else { return nil }
    extents = view.extents
    count = extents.reduce(1, *)
    guard count > 0, count * Int(bp_dtype_size(view.dtype)) == byteCount else { return nil }
  }
}

/// An operand of an elementwise operator that waits.
struct FusedInput {
  let dtype: DType
  /// Nil for an immediate. Held, so that the elements stay what they are.
  let storage: Storage?
  let byteOffset: Int
  /// In elements; 0 where there is one for all.
  let strides: [Int]
  /// The number of elements that the view has.
  let count: Int
  let immediate: (UInt64, UInt64)
  /// Whether it is the storage's elements row by row, as the result's are.
  let isWhole: Bool

  /// Up to this many elements an operand is copied whose buffer may get other ones.
  private static let copiedCount = 1 << 14

  /// Elements side by side below which gathering them costs more than another pass over memory.
  private static let leastRun = 64

  /// Nil where an operand had better be read at once: memory that others write to, or elements far apart, for which the
  /// operator has better ways alone.
  init?(_ view: bp_tensor, on context: DeviceContext) throws(BackplaneError) {
    guard let dtype = DType(rawValue: view.dtype) else { return nil }
    self.dtype = dtype
    immediate = view.immediate
    count = view.extents.reduce(1, *)
    let rank = Int(view.rank)
    if view.flags & BP_TENSOR_IMMEDIATE != 0 {
      (storage, byteOffset, isWhole) = (nil, 0, false)
      strides = [Int](repeating: 0, count: rank)
      return
    }
    if let found = Fusion.storage(view.buffer) {
      isWhole = view.byte_offset == 0 && view.isContiguous
      switch found.state.load(ordering: .acquiring) {
      case .ready, .pending: break
      case .shared, .empty, .failed: return nil
      }
      guard isWhole || FusedInput.isNear(view) else { return nil }
      storage = found
      byteOffset = Int(view.byte_offset)
      strides = (0..<rank).map { view.shape[$0] == 1 ? 0 : Int(view.strides[$0]) }
      return
    }
    // A small operand's elements as they are now, those that stand for many once.
    let extents = (0..<rank).map { view.strides[$0] == 0 ? 1 : Int(view.shape[$0]) }
    guard extents.reduce(1, *) <= FusedInput.copiedCount else { return nil }
    let layout = try Layout.contiguous(extents)
    let copy = try Storage(layout.count * dtype.byteCount, on: context)
    let target = layout.descriptor(dtype, buffer: copy.memory.buffer, byteOffset: 0)
    var source = view
    source.shape = target.shape
    try Dispatcher.part(.copy, on: context, [source], [target])
    (storage, byteOffset, isWhole) = (copy, 0, false)
    strides = zip(extents, layout.strides).map { $0 == 1 ? 0 : $1 }
  }

  /// Whether elements that follow one another in the result lie side by side, or are one, in long runs.
  private static func isNear(_ view: bp_tensor) -> Bool {
    var run: Int64 = 1, step: Int64?
    for axis in (0..<Int(view.rank)).reversed() where view.shape[axis] != 1 {
      let stride = view.strides[axis]
      if let step {
        guard stride == step * run else { break }
      } else {
        guard stride == 0 || stride == 1 else { return false }
        step = stride
      }
      run *= view.shape[axis]
    }
    return run >= leastRun
  }

  /// Whether a whole view of a storage of one element size is all of it.
  func fills(_ storage: Storage) -> Bool { count * dtype.byteCount == storage.byteCount }

  /// Whether both are the same elements.
  func isSame(as other: FusedInput) -> Bool {
    guard dtype == other.dtype, storage === other.storage else { return false }
    if storage == nil { return immediate == other.immediate }
    return byteOffset == other.byteOffset && strides == other.strides
  }
}
