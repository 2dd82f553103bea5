/// Reads a tensor from a `.npy` file, NumPy's format of one array.
///
/// Arrays of either byte order and of Fortran order are read; the latter keep their order as strides. NumPy's uint16
/// becomes int32, uint32 and uint64 become int64: a value beyond int64 is an error. Of a bool every byte but 0 stands for
/// true.
///
/// ```swift
/// let images = try loadNPY("images.npy", device: "cuda:0")
/// ```
///
/// - Parameter device: Where the tensor is to live; the default device unless told.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason: also for a
///   file that is truncated, too long, or has a type that tensors have not.
public func loadNPY(_ path: String, device: Device? = nil) throws(BackplaneError) -> Tensor {
  let file = try InputFile(path)
  let count = try file.withBytes(0..<min(NPYHeader.prefixByteCount, file.byteCount)) {
    (prefix) throws(BackplaneError) in
    try NPYHeader.byteCount(prefix, fileByteCount: file.byteCount, name: path)
  }
  let header = try file.withBytes(0..<count) { (bytes) throws(BackplaneError) in
    try NPYHeader(bytes, fileByteCount: file.byteCount, name: path)
  }
  var offset = header.dataStart
  return try NPY.tensor(header, name: path, on: Ops.context(device)) { (piece) throws(BackplaneError) in
    try file.read(piece, at: offset)
    offset += piece.count
  }
}

/// Writes a tensor to a `.npy` file, which NumPy and others read.
///
/// The tensor may be on any device and of any strides. The file appears under its name only when it is complete.
///
/// ```swift
/// try saveNPY(model(x), to: "prediction.npy")
/// ```
///
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason: also for
///   bfloat16, which NumPy has not.
public func saveNPY(_ tensor: Tensor, to path: String) throws(BackplaneError) {
  let array = try NPY.Array(tensor, name: path)
  var file = try AtomicFile(path)
  try array.withParts { (bytes) throws(BackplaneError) in try file.write(bytes) }
  try file.commit()
}

/// Arrays in the format of `.npy` files, which are the members of `.npz` files too.
enum NPY {
  /// Makes a tensor of the elements after a header, of which `read` gives as many bytes as there is room for.
  static func tensor(
    _ header: NPYHeader, name: String, on context: DeviceContext,
    _ read: (UnsafeMutableRawBufferPointer) throws(BackplaneError) -> Void
  ) throws(BackplaneError) -> Tensor {
    let type = header.type
    let shape = header.isFortranOrder ? header.shape.reversed() : header.shape
    let tensor = try BackplaneError.naming(name) { () throws(BackplaneError) in
      try Ops.empty(shape, type.dtype, on: context)
    }
    try Transfer.fill(tensor) { (piece, _) throws(BackplaneError) in
      // What is to be widened lies at the end of its room: each element is read before its place is written.
      let count = piece.count / type.dtype.byteCount
      let stored = UnsafeMutableRawBufferPointer(rebasing: piece.suffix(count * type.byteCount))
      try read(stored)
      if type.isSwapped { swapBytes(stored, type.unsigned?.byteCount ?? type.dtype.realType.byteCount) }
      switch type.unsigned {
      case .uint16: widen(stored, UInt16.self, piece, Int32.self)
      case .uint32: widen(stored, UInt32.self, piece, Int64.self)
      case .uint64:
        if let value = piece.bindMemory(to: UInt64.self).first(where: { $0 > Int64.max }) {
          throw .file(name, "its value \(value) of type uint64 does not fit int64")
        }
      case nil: break
      }
    }
    guard header.isFortranOrder else { return tensor }
    return tensor.view(try reversed(tensor.layout), offset: 0)
  }

  private static func widen<Narrow: FixedWidthInteger & BitwiseCopyable, Wide: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeMutableRawBufferPointer, _: Narrow.Type, _ target: UnsafeMutableRawBufferPointer, _: Wide.Type
  ) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    for i in 0..<source.count / MemoryLayout<Narrow>.size {
      let value = from.loadUnaligned(fromByteOffset: i * MemoryLayout<Narrow>.size, as: Narrow.self)
      to.storeBytes(of: Wide(truncatingIfNeeded: value), toByteOffset: i * MemoryLayout<Wide>.size, as: Wide.self)
    }
  }

  private static func swapBytes(_ bytes: UnsafeMutableRawBufferPointer, _ width: Int) {
    switch width {
    case 1: break
    case 2: ByteOrder.swap(bytes, UInt16.self)
    case 4: ByteOrder.swap(bytes, UInt32.self)
    default: ByteOrder.swap(bytes, UInt64.self)
    }
  }

  /// The layout with its dimensions in the opposite order.
  static func reversed(_ layout: Layout) throws(BackplaneError) -> Layout {
    try .strided(layout.shape.reversed(), layout.strides.reversed())
  }

  /// A tensor on its way into a file.
  struct Array {
    let header: [UInt8]
    /// Its elements, in the order of the file.
    private let elements: Tensor

    /// - Parameter name: How errors call it.
    init(_ tensor: Tensor, name: String) throws(BackplaneError) {
      guard let descr = NPYType.descr(tensor.dtype) else {
        throw .file(name, "NumPy has no data type \(tensor.dtype): convert the tensor first, such as with to(.float32)")
      }
      let transposed = tensor.view(try reversed(tensor.layout), offset: tensor.storageOffset)
      let isFortranOrder = !tensor.isContiguous && transposed.isContiguous
      elements = try isFortranOrder ? transposed : tensor.isContiguous ? tensor : Ops.copy(tensor)
      header = NPYHeader.bytes(descr: descr, isFortranOrder: isFortranOrder, shape: tensor.layout.shape)
    }

    var byteCount: Int { header.count + elements.numel * elements.dtype.byteCount }

    /// Passes on the header and the elements.
    func withParts(_ body: (UnsafeRawBufferPointer) throws(BackplaneError) -> Void) throws(BackplaneError) {
      try header.withUnsafeBytes { bytes in
        Result { () throws(BackplaneError) in try body(bytes) }
      }.get()
      try Transfer.drain(elements, body)
    }
  }
}
