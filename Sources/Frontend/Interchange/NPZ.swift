/// A `.npz` file, NumPy's format of several arrays, opened and its directory checked: its arrays are read one by one as
/// they are asked for.
///
/// ```swift
/// let file = try NPZ("data.npz")
/// let images = try file.tensor("images", device: "cuda:0")
/// ```
public final class NPZ {
  /// The names of the arrays, without `.npy`, in the order of the file.
  public let names: [String]

  private let file: MappedFile
  private let members: [String: ZipArchive.Member]

  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the array and the reason:
  ///   also for a file that is truncated, encrypted, of another format, or contradicts itself.
  public init(_ path: String) throws(BackplaneError) {
    file = try MappedFile(path)
    var names: [String] = []
    var members: [String: ZipArchive.Member] = [:]
    for member in try ZipArchive(file.bytes, name: path).members {
      let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
      guard members.updateValue(member, forKey: name) == nil else {
        throw .file(path, "two arrays are named \"\(name)\"")
      }
      names.append(name)
    }
    self.names = names
    self.members = members
  }

  /// Reads one array.
  public func tensor(_ name: String, device: Device? = nil) throws(BackplaneError) -> Tensor {
    guard let member = members[name] else { throw .file(file.path, "there is no array \"\(name)\"") }
    let data = UnsafeRawBufferPointer(rebasing: file.bytes[member.range])
    let label = "\(file.path): array \"\(name)\""
    let context = try Ops.context(device)
    guard member.isDeflated else {
      try check(data, [], member, label)
      return try NPY.tensor(data, name: label, on: context)
    }
    // The header is read first: what the archive says of the size is not believed before the array says so too.
    let inflation = try Inflation(data, name: label)
    var head = [UInt8]()
    try extend(&head, to: min(NPYHeader.prefixByteCount, member.byteCount), inflation)
    let count = try withBytes(head) { (bytes) throws(BackplaneError) in
      try NPYHeader.byteCount(bytes, fileByteCount: member.byteCount, name: label)
    }
    try extend(&head, to: max(count, head.count), inflation)
    let header = try withBytes(head) { (bytes) throws(BackplaneError) in
      try NPYHeader(bytes, fileByteCount: member.byteCount, name: label)
    }
    let elements = UnsafeMutableRawBufferPointer.allocate(byteCount: member.byteCount - count, alignment: 64)
    defer { elements.deallocate() }
    // A header shorter than what was read first: those bytes are elements.
    let early = head[count...]
    for (i, byte) in early.enumerated() { elements[i] = byte }
    try inflation.read(into: UnsafeMutableRawBufferPointer(rebasing: elements[early.count...]))
    try inflation.end()
    try check(UnsafeRawBufferPointer(elements), Array(head[..<count]), member, label)
    return try NPY.tensor(header, UnsafeRawBufferPointer(elements), on: context)
  }

  private func extend(_ head: inout [UInt8], to count: Int, _ inflation: Inflation) throws(BackplaneError) {
    var more = [UInt8](repeating: 0, count: count - head.count)
    let read = more.withUnsafeMutableBytes { bytes in
      Result { () throws(BackplaneError) in try inflation.read(into: bytes) }
    }
    try read.get()
    head += more
  }

  private func withBytes<Value>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(BackplaneError) -> Value
  ) throws(BackplaneError) -> Value {
    try bytes.withUnsafeBytes { bytes in
      Result { () throws(BackplaneError) in try body(bytes) }
    }.get()
  }

  private func check(
    _ elements: UnsafeRawBufferPointer, _ head: [UInt8], _ member: ZipArchive.Member, _ label: String
  ) throws(BackplaneError) {
    var checksum = CRC32()
    head.withUnsafeBytes { checksum.add($0) }
    checksum.add(elements)
    guard checksum.value == member.checksum else { throw .file(label, "its checksum is wrong: it is damaged") }
  }
}

/// Reads all arrays of a `.npz` file.
///
/// - Parameter device: Where the tensors are to live; the default device unless told.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the array and the reason.
public func loadNPZ(_ path: String, device: Device? = nil) throws(BackplaneError) -> [String: Tensor] {
  let file = try NPZ(path)
  var tensors: [String: Tensor] = [:]
  for name in file.names { tensors[name] = try file.tensor(name, device: device) }
  return tensors
}

/// Writes tensors to a `.npz` file, which NumPy and others read, by name.
///
/// The same tensors give the same bytes. The file appears under its name only when it is complete.
///
/// ```swift
/// try saveNPZ(["images": images, "labels": labels], to: "data.npz", compressed: true)
/// ```
///
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
public func saveNPZ(
  _ tensors: some Sequence<(key: String, value: Tensor)>, to path: String, compressed: Bool = false
) throws(BackplaneError) {
  var writer = try ZipWriter(path)
  var last: String?
  for (name, tensor) in tensors.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
    guard name != last else { throw .file(path, "two tensors are named \"\(name)\"") }
    last = name
    let array = try NPY.Array(tensor, name: "\(path): tensor \"\(name)\"")
    var checksum = CRC32()
    try array.withParts { (bytes) throws(BackplaneError) in checksum.add(bytes) }
    if compressed {
      let deflation = try Deflation(name: path)
      try array.withParts { (bytes) throws(BackplaneError) in try deflation.add(bytes) }
      try deflation.finish()
      let data = deflation.bytes
      try writer.begin(
        .init(
          name: name + ".npy", isDeflated: true, checksum: checksum.value, byteCount: array.byteCount,
          storedByteCount: data.count))
      let written = data.withUnsafeBytes { bytes in
        Result { () throws(BackplaneError) in try writer.write(bytes) }
      }
      try written.get()
    } else {
      try writer.begin(
        .init(
          name: name + ".npy", isDeflated: false, checksum: checksum.value, byteCount: array.byteCount,
          storedByteCount: array.byteCount))
      try array.withParts { (bytes) throws(BackplaneError) in try writer.write(bytes) }
    }
  }
  try writer.commit()
}
