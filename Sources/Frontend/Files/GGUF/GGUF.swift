import Text

/// A GGUF file, the format of llama.cpp, opened and checked: its tensors are read, and quantized ones made numbers, one
/// by one as they are asked for.
///
/// ```swift
/// let file = try GGUF("model.gguf")
/// file.metadata["general.architecture"]?.string
/// let embedding = try file.tensor("token_embd.weight")
/// ```
///
/// Versions 2 and 3 are read, of little-endian files. A file that is changed in place, or cut short, while it is open gives an
/// error from then on. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
public final class GGUF {
  /// What the file tells beside its tensors. A whole number beyond `Int` is a floating point number, and bytes are
  /// ``Checkpoint/bytes(_:)``.
  public let metadata: [String: Checkpoint]
  /// The names of the tensors, in the order of the file.
  public let names: [String]
  /// The version of the format.
  public let version: Int

  private let file: InputFile
  private let header: GGUFHeader
  private let mapping: MappedFile?

  /// Opens a file and reads all but its elements.
  ///
  /// - Parameter mmap: Whether float32 tensors on a device that can use the host's memory are the file itself in memory, as
  ///   with ``Checkpoint/init(contentsOf:device:mmap:)``.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the place and the reason:
  ///   also for a file that is truncated, of another format, or contradicts itself. A tensor of a quantization that is
  ///   not known is an error only where it is read.
  public init(_ path: String, mmap: Bool = false) throws(BackplaneError) {
    file = try InputFile(path, isKept: true)
    header = try GGUFHeader(file)
    metadata = header.metadata
    names = header.entries.map(\.name)
    version = header.version
    mapping = mmap ? try MappedFile(file) : nil
  }

  /// The shape of a tensor, outermost dimension first as PyTorch has it, or nil if there is none of the name.
  public func shape(_ name: String) -> Shape? { header.entry(name).map { Shape($0.shape) } }

  /// What a tensor's elements are in the file, such as `F16` or `Q4_K`, or nil if there is none of the name.
  public func type(_ name: String) -> String? { header.entry(name).map { GGUFType.name($0.type) } }

  /// Reads one tensor.
  ///
  /// F32, F64, BF16, F16 and the quantizations Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K and Q6_K become float32; integers stay
  /// what they are.
  ///
  /// - Parameter dtype: Another type that it is to have.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the tensor and the reason;
  ///   of kind ``BackplaneError/Kind/outOfMemory`` where the device has no room for it.
  public func tensor(_ name: String, dtype: DType? = nil, device: Device? = nil) throws(BackplaneError) -> Tensor {
    guard let entry = header.entry(name) else { throw .file(file.path, "there is no tensor \(shown(name))") }
    let label = "\(file.path): tensor \(shown(name))"
    guard let type = GGUFType(rawValue: entry.type) else {
      throw .file(label, "the type \(GGUFType.name(entry.type)) is unknown here")
    }
    try file.checkUnchanged()
    let context = try Ops.context(device)
    let layout = try Layout.contiguous(entry.shape)
    let native = type.dtype
    if let native, dtype == native || dtype == nil && (native == .float32 || !native.isFloatingPoint) {
      if let mapped = try mapping?.tensor(at: entry.start, layout, native, on: context) { return mapped }
      let tensor = try BackplaneError.naming(label) { () throws(BackplaneError) in
        try Tensor(empty: layout, native, on: context)
      }
      try Transfer.fill(tensor) { (piece, offset) throws(BackplaneError) in
        try file.read(piece, at: entry.start + offset)
      }
      return tensor
    }
    let tensor = try BackplaneError.naming(label) { () throws(BackplaneError) in
      try Tensor(empty: layout, .float32, on: context)
    }
    var position = entry.start
    try Transfer.fill(tensor) { (piece, _) throws(BackplaneError) in
      let numbers = piece.bindMemory(to: Float.self)
      let count = numbers.count / type.blockCount * type.byteCount
      try file.withBytes(position..<position + count) { type.decode($0, into: numbers) }
      position += count
    }
    guard let dtype, dtype != .float32 else { return tensor }
    return try withoutGradients { () throws(BackplaneError) in try Ops.cast(tensor, dtype) }
  }

  /// All tensors of a file.
  static func tensors(_ path: String, device: Device?, isMapped: Bool) throws(BackplaneError) -> [String: Tensor] {
    let file = try GGUF(path, mmap: isMapped)
    var tensors: [String: Tensor] = [:]
    for name in file.names { tensors[name] = try file.tensor(name, device: device) }
    return tensors
  }
}
