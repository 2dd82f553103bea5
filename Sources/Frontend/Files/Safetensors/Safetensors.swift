import Text

/// A safetensors file, opened and checked: its tensors are read one by one as they are asked for.
///
/// ```swift
/// let file = try Safetensors("model.safetensors")
/// file.metadata["format"]
/// let weight = try file.tensor("0.weight", device: "cuda:0")
/// ```
///
/// A file that is replaced by another of its name, as saving does, is read to its end as it was. One that is changed in
/// place, or cut short, while it is open gives an error from then on.
public final class Safetensors {
  /// What the writer of the file noted beside the tensors.
  public let metadata: [String: String]
  /// The names of the tensors, in the order of the file.
  public let names: [String]

  private let file: InputFile
  private let header: SafetensorsHeader
  private let mapping: MappedFile?

  /// Opens a file and checks its header.
  ///
  /// - Parameter mmap: Whether tensors on a device that can use the host's memory, as `cpu` can, are the file itself in
  ///   memory, of which only what is looked at is read. A change of them does not change the file. A program that cuts
  ///   such a file short, rather than replacing it as `save` does, ends those that look at it.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the tensor and the
  ///   reason: also for a file that is truncated, of another format, or contradicts itself. A tensor of a type that
  ///   tensors have not, such as U16 or F8_E4M3, is an error only where it is read.
  public convenience init(_ path: String, mmap: Bool = false) throws(BackplaneError) {
    try self.init(path, isKept: true, isMapped: mmap)
  }

  init(_ path: String, isKept: Bool, isMapped: Bool) throws(BackplaneError) {
    file = try InputFile(path, isKept: isKept)
    header = try SafetensorsHeader(file)
    mapping = isMapped ? try MappedFile(file) : nil
    metadata = header.metadata
    names = header.entries.map(\.name)
  }

  /// The shape of a tensor, or nil if there is none of the name, or one of more dimensions than tensors have.
  public func shape(_ name: String) -> Shape? { header.entry(name).flatMap { header.shape($0) }.map { Shape($0) } }

  /// The type of a tensor, or nil if there is none of the name, or of a type that tensors have not.
  public func dtype(_ name: String) -> DType? { header.entry(name).flatMap { header.dtype($0) } }

  /// Reads one tensor.
  ///
  /// Of a bool every byte but 0 stands for true.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the tensor and the reason;
  ///   of kind ``BackplaneError/Kind/outOfMemory`` where the device has no room for it.
  public func tensor(_ name: String, device: Device? = nil) throws(BackplaneError) -> Tensor {
    guard let entry = header.entry(name) else { throw .file(file.path, "there is no tensor \(shown(name))") }
    func fail(_ reason: String) -> BackplaneError { .file(file.path, "tensor \(shown(name)): \(reason)") }
    guard let dtype = header.dtype(entry) else {
      throw fail("the data type \(shown(header.dtypeName(entry)).dropFirst().dropLast()) is unknown here")
    }
    guard let shape = header.shape(entry) else {
      throw fail("a tensor has at most \(Layout.maximumRank) dimensions, not \(entry.rank)")
    }
    try file.checkUnchanged()
    let layout: Layout
    do { layout = try .contiguous(shape) } catch {
      throw fail("the shape \(shape) is none of a tensor: \(error.message)")
    }
    let context = try Ops.context(device)
    if let mapped = try mapping?.tensor(at: entry.start, layout, dtype, on: context) { return mapped }
    let tensor = try BackplaneError.naming("\(file.path): tensor \(shown(name))") { () throws(BackplaneError) in
      try Tensor(empty: layout, dtype, on: context)
    }
    try Transfer.fill(tensor) { (piece, offset) throws(BackplaneError) in
      try file.read(piece, at: entry.start + offset)
    }
    return tensor
  }

  // MARK: Types

  /// A type as a header has it: one of ours, or the place of its name among those of the file that are none.
  enum TypeCode {
    case known(DType)
    case unknown(UInt32)
  }

  /// In the order in which the format's own implementation writes tensors, from the last: wide types first, so that every
  /// tensor is aligned.
  private static let dtypes: [(name: String, dtype: DType)] = [
    ("BOOL", .bool), ("U8", .uint8), ("I8", .int8), ("I16", .int16), ("F16", .float16), ("BF16", .bfloat16),
    ("I32", .int32), ("F32", .float32), ("C64", .complex64), ("F64", .float64), ("I64", .int64),
  ]

  static func dtype(_ name: String) -> DType? { dtypes.first { $0.name == name }?.dtype }

  /// The type's name in the format and its place in the order of the file, or nil for a type that it has not.
  static func code(_ dtype: DType) -> (name: String, rank: Int)? {
    dtypes.firstIndex { $0.dtype == dtype }.map { (dtypes[$0].name, $0) }
  }
}

extension Safetensors {
  /// All tensors of a file.
  static func tensors(_ path: String, device: Device?, isMapped: Bool) throws(BackplaneError) -> [String: Tensor] {
    let file = try Safetensors(path, isKept: false, isMapped: isMapped)
    var tensors: [String: Tensor] = [:]
    for name in file.names { tensors[name] = try file.tensor(name, device: device) }
    return tensors
  }
}
