import Text

extension Safetensors {
  /// Writes tensors, which may be on any device and of any strides.
  static func write(
    _ tensors: some Sequence<(key: String, value: Tensor)>, to path: String, metadata: [String: String]
  ) throws(BackplaneError) {
    let entries = try ordered(tensors, path)
    let header = try header(entries, metadata, path)
    var file = try AtomicFile(path)
    try header.withUnsafeBytes { (bytes) -> Result<Void, BackplaneError> in
      Result { () throws(BackplaneError) in try file.write(bytes) }
    }.get()
    for entry in entries {
      let dense = try entry.tensor.isContiguous ? entry.tensor : Ops.copy(entry.tensor)
      try Transfer.drain(dense) { (bytes) throws(BackplaneError) in try file.write(bytes) }
    }
    try file.commit()
  }

  fileprivate struct Entry {
    let name: String
    let tensor: Tensor
    let type: (name: String, rank: Int)
  }

  /// The tensors in the order of the file: widest type first, then by name.
  fileprivate static func ordered(
    _ tensors: some Sequence<(key: String, value: Tensor)>, _ path: String
  ) throws(BackplaneError) -> [Entry] {
    var entries: [Entry] = []
    var names = Set<String>()
    for (name, tensor) in tensors {
      guard let type = code(tensor.dtype) else {
        throw .file(path, "tensor \(shown(name)): safetensors has no data type \(tensor.dtype)")
      }
      guard name != "__metadata__" else { throw .file(path, "a tensor cannot be named \"\(name)\"") }
      try checkKey(name, path)
      guard names.insert(name).inserted else { throw .file(path, "two tensors are named \(shown(name))") }
      entries.append(Entry(name: name, tensor: tensor, type: type))
    }
    return entries.sorted {
      $0.type.rank == $1.type.rank
        ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : $0.type.rank > $1.type.rank
    }
  }

  /// Throws for a name that reading would refuse.
  private static func checkKey(_ key: String, _ path: String) throws(BackplaneError) {
    guard key.utf8.count <= JSONReader.keyLengthLimit else {
      throw .file(path, "\(shown(key)) is a name of \(key.utf8.count) bytes, more than \(JSONReader.keyLengthLimit)")
    }
  }

  /// Length and JSON text, filled up with spaces so that the data begin at a multiple of eight.
  fileprivate static func header(
    _ entries: [Entry], _ metadata: [String: String], _ path: String
  ) throws(BackplaneError) -> [UInt8] {
    var members: [String] = []
    for key in metadata.keys { try checkKey(key, path) }
    if !metadata.isEmpty {
      let notes = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(jsonQuoted($0.key)):\(jsonQuoted($0.value))" }
      members.append("\"__metadata__\":{\(notes.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      let end = offset + entry.tensor.numel * entry.tensor.dtype.byteCount
      let shape = entry.tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonQuoted(entry.name)):{\"dtype\":\"\(entry.type.name)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    guard text.count <= SafetensorsHeader.lengthLimit, metadata.count <= SafetensorsHeader.noteLimit else {
      throw .file(path, "names and notes of \(text.count) bytes are more than a header can hold")
    }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }
}
