import DLPackABI

extension Tensor {
  /// Takes over a tensor that another library of the process exported by DLPack.
  ///
  /// Where the device can use host memory in place, as `cpu` does, nothing is copied: a change of either shows in both,
  /// and the exporter's `deleter` is called when no tensor uses the memory any more. Elsewhere, and for elements that
  /// are not aligned or lie backwards, they are copied and the deleter is called at once; so are bools of which one is
  /// a byte other than 0 and 1, which becomes true.
  ///
  /// - Parameter managed: Belongs to the tensor once the initializer has returned; after an error it remains the
  ///   caller's.
  /// - Parameter device: Where the tensor is to live; the default device unless told.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/device`` for memory that is not the host's, of kind
  ///   ``BackplaneError/Kind/dtype`` for a type that tensors have not, of kind ``BackplaneError/Kind/value`` for a
  ///   structure that contradicts itself.
  public convenience init(
    dlpack managed: UnsafeMutablePointer<DLManagedTensor>, device: Device? = nil
  ) throws(BackplaneError) {
    let view = try DLPackView(managed.pointee.dl_tensor)
    let made = try view.tensor(on: Ops.context(device), isReadOnly: false) {
      if let delete = managed.pointee.deleter { delete(managed) }
    }
    self.init(storage: made.storage, offset: made.storageOffset, layout: made.layout, dtype: made.dtype)
  }

  /// Takes over a tensor that another library of the process exported by DLPack 1.0. What is read-only is copied.
  ///
  /// All else is as with ``init(dlpack:device:)-1``. Another major version than 1 is an error.
  public convenience init(
    dlpack managed: UnsafeMutablePointer<DLManagedTensorVersioned>, device: Device? = nil
  ) throws(BackplaneError) {
    let version = managed.pointee.version
    guard version.major == 1 else {
      throw BackplaneError(.value, "DLPack: version \(version.major).\(version.minor) is unknown")
    }
    let view = try DLPackView(managed.pointee.dl_tensor)
    let isReadOnly = managed.pointee.flags & UInt64(DLPACK_FLAG_READ_ONLY) != 0
    let made = try view.tensor(on: Ops.context(device), isReadOnly: isReadOnly) {
      if let delete = managed.pointee.deleter { delete(managed) }
    }
    self.init(storage: made.storage, offset: made.storageOffset, layout: made.layout, dtype: made.dtype)
  }
}

/// A tensor of another library, checked.
private struct DLPackView {
  private let dtype: DType
  private let layout: Layout
  /// The first element; nil only for an empty tensor.
  private let first: UnsafeMutableRawPointer?
  /// How many bytes lie from the first element to the end of the one farthest behind it.
  private let byteCount: Int
  private let hasNegativeStride: Bool

  init(_ source: DLTensor) throws(BackplaneError) {
    func fail(_ reason: String) -> BackplaneError { BackplaneError(.value, "DLPack: \(reason)") }
    guard source.device.device_type == DLPACK_DEVICE_CPU else {
      throw BackplaneError(
        .device,
        "DLPack: the tensor is on a device of type \(source.device.device_type); only host memory (kDLCPU, 1) is taken")
    }
    guard let dtype = DType(source.dtype) else {
      let type = source.dtype
      throw BackplaneError(
        .dtype, "DLPack: no tensor has the data type of code \(type.code), \(type.bits) bits, \(type.lanes) lanes")
    }
    let rank = Int(source.ndim)
    guard (0...Layout.maximumRank).contains(rank) else { throw fail("\(rank) dimensions") }
    guard rank == 0 || source.shape != nil else { throw fail("the shape is NULL") }
    let shape = (0..<rank).map { Int(source.shape[$0]) }
    let dense = try Layout.contiguous(shape)
    self.dtype = dtype
    if let strides = source.strides, dense.count > 0 {
      layout = try .strided(shape, (0..<rank).map { shape[$0] == 1 ? 1 : Int(strides[$0]) })
    } else {
      layout = dense
    }
    var (last, least) = (0, 0)
    for (extent, stride) in zip(layout.shape, layout.strides) where dense.count > 0 && extent > 1 {
      let (step, overflow1) = stride.multipliedReportingOverflow(by: extent - 1)
      let (sum, overflow2) = last.addingReportingOverflow(max(step, 0))
      let (lowest, overflow3) = least.addingReportingOverflow(min(step, 0))
      guard !overflow1, !overflow2, !overflow3, sum < Int.max / 32, lowest > Int.min / 32 else {
        throw fail("strides \(layout.strides) are absurd")
      }
      (last, least) = (sum, lowest)
    }
    byteCount = dense.count == 0 ? 0 : (last + 1) * dtype.byteCount
    hasNegativeStride = dense.count > 0 && layout.strides.contains { $0 < 0 }
    guard dense.count == 0 || source.data != nil else { throw fail("the data are NULL") }
    guard let offset = Int(exactly: source.byte_offset), offset < 1 << 56 else {
      throw fail("a byte offset of \(source.byte_offset)")
    }
    first = source.data.map { $0 + offset }
  }

  /// A tensor of the elements; calls `release` when nothing uses the memory any more, and not if it throws.
  func tensor(
    on context: DeviceContext, isReadOnly: Bool, release: @escaping () -> Void
  ) throws(BackplaneError) -> Tensor {
    let isAligned =
      Int(bitPattern: first) % dtype.realType.byteCount == 0 && Int(bitPattern: first) % dtype.byteCount == 0
    if byteCount > 0, let first, context.wrapsHostMemory, isAligned, !isReadOnly, !hasNegativeStride,
      !hasOddBools(first)
    {
      let owner = DLPackOwner()
      let storage = try Storage(wrapping: first, byteCount: byteCount, owner: owner, on: context)
      owner.release = release
      return Tensor(storage: storage, offset: 0, layout: layout, dtype: dtype)
    }
    let result = try Ops.empty(layout.shape, dtype, on: context)
    if byteCount > 0, let first {
      var position = Position(layout)
      try Transfer.fill(result) { (piece, offset) throws(BackplaneError) in
        if layout.isContiguous {
          piece.copyMemory(from: UnsafeRawBufferPointer(start: first + offset, count: piece.count))
        } else {
          gather(&position, from: first, into: piece)
        }
      }
    }
    release()
    return result
  }

  /// Whether there are bytes of bools that are neither 0 nor 1, between the elements too.
  private func hasOddBools(_ first: UnsafeRawPointer) -> Bool {
    dtype == .bool && !BoolBytes.areNormal(UnsafeRawBufferPointer(start: first, count: byteCount))
  }

  /// An element in row-major order, and where it lies.
  private struct Position {
    let shape: [Int]
    let strides: [Int]
    var index: [Int]
    var offset = 0

    init(_ layout: Layout) {
      (shape, strides) = (layout.shape, layout.strides)
      index = [Int](repeating: 0, count: layout.rank)
    }

    mutating func advance() {
      for d in shape.indices.reversed() {
        index[d] += 1
        offset += strides[d]
        if index[d] < shape[d] { return }
        offset -= strides[d] * shape[d]
        index[d] = 0
      }
    }
  }

  /// Copies the elements from a position on.
  private func gather(
    _ position: inout Position, from first: UnsafeRawPointer, into piece: UnsafeMutableRawBufferPointer
  ) {
    let width = dtype.byteCount
    for i in stride(from: 0, to: piece.count, by: width) {
      (piece.baseAddress! + i).copyMemory(from: first + position.offset * width, byteCount: width)
      position.advance()
    }
  }
}

/// Lets an imported tensor go with the storage that holds it.
private final class DLPackOwner {
  var release: (() -> Void)?
  deinit { release?() }
}
