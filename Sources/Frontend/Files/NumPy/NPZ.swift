import Text

/// A `.npz` file, NumPy's format of several arrays, opened and its directory checked: its arrays are read one by one as
/// they are asked for.
///
/// ```swift
/// let file = try NPZ("data.npz")
/// let images = try file.tensor("images", device: "cuda:0")
/// ```
///
/// Arrays are read as ``loadNPY(_:device:)`` reads them. A file that is changed in place, or cut short, while it is open
/// gives an error from then on.
public final class NPZ {
  /// The names of the arrays, without `.npy`, in the order of the file.
  public let names: [String]

  private let file: InputFile
  private let archive: ZipArchive
  /// The place of each array among the members.
  private let places: [String: Int32]

  /// Opens a file and reads its directory.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason: also for a
  ///   file that is truncated, of another format, or contradicts itself. What is wrong with one array, or is none, is
  ///   an error only where it is read.
  public convenience init(_ path: String) throws(BackplaneError) {
    try self.init(path, isKept: true)
  }

  init(_ path: String, isKept: Bool) throws(BackplaneError) {
    file = try InputFile(path, isKept: isKept)
    archive = try ZipArchive(file)
    var names: [String] = []
    var places: [String: Int32] = [:]
    for (i, member) in archive.members.enumerated() {
      let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
      guard places.updateValue(Int32(i), forKey: name) == nil else {
        throw .file(path, "two arrays are named \(shown(name))")
      }
      names.append(name)
    }
    self.names = names
    self.places = places
  }

  /// Reads one array.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the array and the reason:
  ///   also where it is encrypted or damaged; of kind ``BackplaneError/Kind/outOfMemory`` where the device has no room
  ///   for it.
  public func tensor(_ name: String, device: Device? = nil) throws(BackplaneError) -> Tensor {
    guard let place = places[name] else { throw .file(file.path, "there is no array \(shown(name))") }
    let member = archive.members[Int(place)]
    let label = "\(file.path): array \(shown(name))"
    let range = try archive.range(of: member, label: label)
    let data = try MemberData(file, range, member, label)
    let header = try data.header()
    let context = try Ops.context(device)
    try data.check(header, context)
    let tensor = try NPY.tensor(header, name: label, on: context) { (piece) throws(BackplaneError) in
      try data.read(piece)
    }
    try data.end()
    return tensor
  }
}

/// The data of a member, read front to back.
private final class MemberData {
  private let file: InputFile
  private let range: Range<Int>
  private let member: ZipArchive.Member
  private let label: String
  /// Nil for what is stored as it is.
  private var inflation: Inflation?
  private var position = 0
  private var checksum = CRC32()
  /// Read with the header, and not part of it.
  private var early: [UInt8] = []

  init(
    _ file: InputFile, _ range: Range<Int>, _ member: ZipArchive.Member, _ label: String
  ) throws(BackplaneError) {
    (self.file, self.range, self.member, self.label) = (file, range, member, label)
    inflation = member.isDeflated ? try Inflation(file, range, name: label) : nil
  }

  /// The header is read first: what the archive says of the size is not believed before the array says so too.
  func header() throws(BackplaneError) -> NPYHeader {
    var head: [UInt8] = []
    try extend(&head, to: min(NPYHeader.prefixByteCount, member.byteCount))
    let count = try withBytes(head) { (bytes) throws(BackplaneError) in
      try NPYHeader.byteCount(bytes, fileByteCount: member.byteCount, name: label)
    }
    try extend(&head, to: max(count, head.count))
    early = Array(head[count...])
    return try withBytes(Array(head[..<count])) { (bytes) throws(BackplaneError) in
      checksum.add(bytes)
      return try NPYHeader(bytes, fileByteCount: member.byteCount, name: label)
    }
  }

  private func extend(_ head: inout [UInt8], to count: Int) throws(BackplaneError) {
    var more = [UInt8](repeating: 0, count: count - head.count)
    let read = more.withUnsafeMutableBytes { bytes in
      Result { () throws(BackplaneError) in try next(bytes) }
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

  /// Room is asked for only when what is to fill it is there. Compressed data that announce many times their own size
  /// are decompressed once without keeping anything.
  func check(_ header: NPYHeader, _ context: DeviceContext) throws(BackplaneError) {
    guard member.isDeflated, member.byteCount / 4 > member.storedByteCount + 1 << 22 else { return }
    let (total, needed) = (Int(context.info.total_bytes), member.byteCount)
    guard total <= 0 || needed <= total else {
      throw BackplaneError(
        .outOfMemory, "\(label): it takes \(needed) bytes, where \(context.device) has \(total)")
    }
    let trial = try Inflation(file, range, name: label)
    try trial.skip(member.byteCount)
    try trial.end()
  }

  /// Fills the whole of `target` with elements.
  func read(_ target: UnsafeMutableRawBufferPointer) throws(BackplaneError) {
    let count = min(early.count, target.count)
    target.copyBytes(from: early.prefix(count))
    early.removeFirst(count)
    try next(UnsafeMutableRawBufferPointer(rebasing: target.dropFirst(count)))
    checksum.add(UnsafeRawBufferPointer(target))
  }

  private func next(_ target: UnsafeMutableRawBufferPointer) throws(BackplaneError) {
    if let inflation { return try inflation.read(into: target) }
    try file.read(target, at: range.lowerBound + position)
    position += target.count
  }

  func end() throws(BackplaneError) {
    try inflation?.end()
    guard checksum.value == member.checksum else { throw .file(label, "its checksum is wrong: it is damaged") }
  }
}

/// Reads all arrays of a `.npz` file.
///
/// - Parameter device: Where the tensors are to live; the default device unless told.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the array and the reason.
///   ``NPZ`` reads the others of a file of which one array cannot be read.
public func loadNPZ(_ path: String, device: Device? = nil) throws(BackplaneError) -> [String: Tensor] {
  let file = try NPZ(path, isKept: false)
  var tensors: [String: Tensor] = [:]
  for name in file.names { tensors[name] = try file.tensor(name, device: device) }
  return tensors
}

/// Writes tensors to a `.npz` file, which NumPy and others read, by name.
///
/// The same tensors give the same bytes. The file appears under its name only when it is complete, as with
/// ``save(_:to:metadata:)``.
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
    guard name != last else { throw .file(path, "two tensors are named \(shown(name))") }
    last = name
    let array = try NPY.Array(tensor, name: "\(path): tensor \(shown(name))")
    try writer.begin(name + ".npy", byteCount: array.byteCount, isDeflated: compressed)
    try array.withParts { (bytes) throws(BackplaneError) in try writer.add(bytes) }
    try writer.end()
  }
  try writer.commit()
}
