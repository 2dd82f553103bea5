/// A safetensors file, opened and checked: its tensors are read one by one as they are asked for.
///
/// ```swift
/// let file = try Safetensors("model.safetensors")
/// file.metadata["format"]
/// let weight = try file.tensor("0.weight", device: "cuda:0")
/// ```
public final class Safetensors {
  /// What the writer of the file noted beside the tensors.
  public let metadata: [String: String]
  /// The names of the tensors, in the order of the file.
  public let names: [String]

  private let file: MappedFile
  private let entries: [String: SafetensorsHeader.Entry]

  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the tensor and the reason:
  ///   also for a file that is truncated, of another format, or contradicts itself.
  public init(_ path: String) throws(BackplaneError) {
    file = try MappedFile(path)
    let header = try SafetensorsHeader(file)
    metadata = header.metadata
    names = header.entries.map(\.name)
    entries = Dictionary(header.entries.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
  }

  /// The shape of a tensor, or nil if there is none of the name.
  public func shape(_ name: String) -> Shape? { entries[name].map { Shape($0.shape) } }

  /// The type of a tensor, or nil if there is none of the name.
  public func dtype(_ name: String) -> DType? { entries[name]?.dtype }

  /// Reads one tensor.
  public func tensor(_ name: String, device: Device? = nil) throws(BackplaneError) -> Tensor {
    guard let entry = entries[name] else { throw .file(file.path, "there is no tensor \"\(name)\"") }
    let tensor = try Ops.empty(entry.shape, entry.dtype, on: Ops.context(device))
    try Transfer.write(UnsafeRawBufferPointer(rebasing: file.bytes[entry.range]), to: tensor)
    return tensor
  }

  // MARK: Types

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

/// Reads all tensors of a safetensors file.
///
/// ```swift
/// try model.load(load("model.safetensors"))
/// ```
///
/// - Parameter device: Where the tensors are to live; the default device unless told.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the tensor and the reason.
public func load(_ path: String, device: Device? = nil) throws(BackplaneError) -> [String: Tensor] {
  let file = try Safetensors(path)
  var tensors: [String: Tensor] = [:]
  for name in file.names { tensors[name] = try file.tensor(name, device: device) }
  return tensors
}
