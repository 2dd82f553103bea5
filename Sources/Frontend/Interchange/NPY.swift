/// Reads a tensor from a `.npy` file, NumPy's format of one array.
///
/// Arrays of either byte order and of Fortran order are read; the latter keep their order as strides.
///
/// ```swift
/// let images = try loadNPY("images.npy", device: "cuda:0")
/// ```
///
/// - Parameter device: Where the tensor is to live; the default device unless told.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason: also for a
///   file that is truncated, too long, or has a type that tensors have not.
public func loadNPY(_ path: String, device: Device? = nil) throws(BackplaneError) -> Tensor {
  let file = try MappedFile(path)
  return try NPY.tensor(file.bytes, name: path, on: Ops.context(device))
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
  /// Reads an array that lies in memory as a whole.
  static func tensor(
    _ bytes: UnsafeRawBufferPointer, name: String, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let header = try NPYHeader(bytes, fileByteCount: bytes.count, name: name)
    return try tensor(header, UnsafeRawBufferPointer(rebasing: bytes[header.dataStart...]), on: context)
  }

  /// Makes a tensor of the elements after a header, which must be as many bytes as it says.
  static func tensor(
    _ header: NPYHeader, _ elements: UnsafeRawBufferPointer, on context: DeviceContext
  ) throws(BackplaneError) -> Tensor {
    let shape = header.isFortranOrder ? header.shape.reversed() : header.shape
    let tensor = try Ops.empty(shape, header.dtype, on: context)
    if let changed = nativeElements(elements, header) {
      defer { changed.deallocate() }
      try Transfer.write(UnsafeRawBufferPointer(changed), to: tensor)
    } else {
      try Transfer.write(elements, to: tensor)
    }
    guard header.isFortranOrder else { return tensor }
    return tensor.view(try reversed(tensor.layout), offset: 0)
  }

  /// The elements as tensors hold them, where the file's are not.
  private static func nativeElements(
    _ bytes: UnsafeRawBufferPointer, _ header: NPYHeader
  ) -> UnsafeMutableRawBufferPointer? {
    // NumPy takes every byte but zero for true; a tensor's bools are 0 and 1.
    let isOddBool = header.dtype == .bool && bytes.contains { $0 > 1 }
    guard header.isSwapped || isOddBool else { return nil }
    let result = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
    switch header.dtype.realType.byteCount {
    case 1: for i in bytes.indices { result[i] = bytes[i] == 0 ? 0 : 1 }
    case 2: swapBytes(bytes, result, UInt16.self)
    case 4: swapBytes(bytes, result, UInt32.self)
    default: swapBytes(bytes, result, UInt64.self)
    }
    return UnsafeMutableRawBufferPointer(rebasing: result[..<bytes.count])
  }

  private static func swapBytes<Word: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _: Word.Type
  ) {
    for offset in stride(from: 0, to: source.count, by: MemoryLayout<Word>.size) {
      let word = source.loadUnaligned(fromByteOffset: offset, as: Word.self)
      target.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
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
      try Transfer.withBytes(of: elements) { bytes in
        Result { () throws(BackplaneError) in try body(bytes) }
      }.get()
    }
  }
}
