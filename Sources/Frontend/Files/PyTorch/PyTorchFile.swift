import Text

/// The files of `torch.save`.
///
/// Since PyTorch 1.6 an archive: `data.pkl`, a pickle of the values in which tensors refer to storages; `data/0`,
/// `data/1` … with their elements, `byteorder`, `version`. Before that a row of pickles with the elements behind them.
/// torch/serialization.py writes and reads both.
enum PyTorchFile {
  static func read(_ path: String, device: Device?, isMapped: Bool) throws(BackplaneError) -> Checkpoint {
    let file = try InputFile(path)
    let start = try file.withBytes(0..<min(4, file.byteCount)) { Array($0) }
    let context = try Ops.context(device)
    let mapping = isMapped ? try MappedFile(file) : nil
    // What a checkpoint holds belongs to no graph, and may later be in one.
    if start == [0x50, 0x4B, 3, 4] { return try archive(file, mapping, context) }
    if start.count == 4, start[0] == 0x80 { return try row(file, mapping, context) }
    throw .file(path, "not a file of torch.save: it begins neither as an archive nor as a pickle")
  }

  // MARK: The archive

  private static func archive(
    _ file: InputFile, _ mapping: MappedFile?, _ context: DeviceContext
  ) throws(BackplaneError) -> Checkpoint {
    let archive = try ZipArchive(file)
    var members: [String: ZipArchive.Member] = [:]
    var folder: String?
    for member in archive.members {
      guard members.updateValue(member, forKey: member.name) == nil else {
        throw .file(file.path, "two members are named \(shown(member.name))")
      }
      if folder == nil, member.name == "data.pkl" || member.name.hasSuffix("/data.pkl") {
        folder = String(member.name.dropLast("data.pkl".count))
      }
    }
    guard let folder, let pickle = members[folder + "data.pkl"] else {
      throw .file(file.path, "not a file of torch.save: the archive has no data.pkl")
    }
    guard members[folder + "constants.pkl"] == nil else {
      throw .file(
        file.path,
        "it is a TorchScript archive, which holds code: save the model's state_dict with torch.save instead")
    }
    func range(_ member: ZipArchive.Member) throws(BackplaneError) -> Range<Int> {
      let label = "\(file.path): member \(shown(member.name))"
      guard !member.isDeflated else { throw .file(label, "it is compressed, which torch.save never does") }
      return try archive.range(of: member, label: label)
    }
    let isSwapped = try order(of: members[folder + "byteorder"], file, range)
    let storages = PyTorchStorages(file, mapping: mapping, on: context, isSwapped: isSwapped) {
      (key) throws(BackplaneError) in
      guard let member = members["\(folder)data/\(key)"] else { return nil }
      return PyTorchStorages.Place(range: try range(member), checksum: member.checksum)
    }
    var reader = PickleReader(FileBytes(file, try range(pickle), label: "data.pkl"))
    let value = try reader.value()
    var decoder = PickleDecoder(reader.objects, storages, path: file.path, byteCount: pickle.byteCount)
    return try decoder.value(value)
  }

  /// Whether numbers are in the other byte order than this machine's.
  private static func order(
    of member: ZipArchive.Member?, _ file: InputFile, _ range: (ZipArchive.Member) throws(BackplaneError) -> Range<Int>
  ) throws(BackplaneError) -> Bool {
    guard let member else { return false }
    let place = try range(member)
    guard place.count <= 10 else { throw .file(file.path, "a byte order of \(place.count) bytes is unknown") }
    let order = try file.withBytes(place) { String(decoding: $0, as: UTF8.self) }
    switch order {
    case "little": return false
    case "big": return true
    default: throw .file(file.path, "the byte order \(shown(order)) is unknown")
    }
  }

  // MARK: The row of pickles

  /// The number that such a file begins with, 0x1950a86a20f9469cfc6c.
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

  private static func row(
    _ file: InputFile, _ mapping: MappedFile?, _ context: DeviceContext
  ) throws(BackplaneError) -> Checkpoint {
    var reader = PickleReader(FileBytes(file, 0..<file.byteCount, label: "pickle"))
    guard case .long(magic) = try reader.value() else {
      throw .file(file.path, "not a file of torch.save: Invalid magic number; corrupt file?")
    }
    guard case .int(1001) = try reader.value() else {
      throw .file(file.path, "not a file of torch.save: Invalid protocol version")
    }
    // Of the machine that wrote it nothing matters: elements are little-endian.
    _ = try reader.value()
    let value = try reader.value()
    let valueEnd = reader.source.offset
    let keys = try reader.value()
    var places: [String: PyTorchStorages.Place] = [:]
    let widths = widths(reader.objects)
    var position = reader.source.offset
    guard case .object(let list) = keys, reader.objects[Int(list)].kind == .list else {
      throw .file(file.path, "not a file of torch.save: it has no list of its storages")
    }
    for item in reader.objects[Int(list)].parts {
      guard let key = PyTorchStorages.key(item) else { throw .file(file.path, "a storage without a key") }
      func fail(_ reason: String) -> BackplaneError { .file(file.path, "storage \(shown(key)): \(reason)") }
      guard let width = widths[key] else { throw fail("no tensor has it") }
      guard position <= file.byteCount - 8 else { throw fail("it is truncated") }
      let count = try file.withBytes(position..<position + 8) {
        UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
      }
      position += 8
      guard count <= UInt64((file.byteCount - position) / width) else {
        throw fail("\(count) elements of \(width) bytes are announced, where \(file.byteCount - position) bytes follow")
      }
      let end = position + Int(count) * width
      guard places.updateValue(.init(range: position..<end, checksum: nil), forKey: key) == nil else {
        throw fail("it is there twice")
      }
      position = end
    }
    let storages = PyTorchStorages(file, mapping: mapping, on: context, isSwapped: false) { places[$0] }
    var decoder = PickleDecoder(reader.objects, storages, path: file.path, byteCount: valueEnd)
    return try decoder.value(value)
  }

  /// The bytes of an element of each storage.
  private static func widths(_ objects: [PickleObject]) -> [String: Int] {
    var result: [String: Int] = [:]
    for object in objects where object.kind == .storage && object.parts.count > 2 {
      guard case .global(.storage(let dtype)) = object.parts[1], let key = PyTorchStorages.key(object.parts[2])
      else { continue }
      result[key] = dtype?.byteCount ?? 1
    }
    return result
  }
}
