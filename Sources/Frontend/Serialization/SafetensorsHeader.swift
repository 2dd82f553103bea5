/// The part of a safetensors file before the data: eight bytes with the length of a JSON text, and that text, which
/// tells of each tensor its type, shape and range of bytes.
///
/// https://github.com/huggingface/safetensors#format
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let dtype: DType
    let shape: [Int]
    /// Where the elements lie in the file.
    let range: Range<Int>
  }

  /// By position in the file.
  let entries: [Entry]
  let metadata: [String: String]

  /// As in the format's own implementation.
  static let lengthLimit = 100_000_000

  /// Checks everything that the header says against the file's size, so that reading a tensor cannot go wrong.
  init(_ file: MappedFile) throws(BackplaneError) {
    let bytes = file.bytes
    func fail(_ reason: String) -> BackplaneError {
      .file(file.path, "not a valid safetensors file: \(reason)")
    }

    guard bytes.count >= 8 else { throw fail("\(bytes.count) bytes are too few for its header") }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(SafetensorsHeader.lengthLimit), length <= UInt64(bytes.count - 8) else {
      throw fail("a header of \(length) bytes is announced, but the file has \(bytes.count) bytes")
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[8..<8 + Int(length)])
    guard text.first == UInt8(ascii: "{") else { throw fail("the header does not begin with '{'") }
    var parsed: [ParsedEntry] = []
    var metadata: [String: String] = [:]
    do {
      try SafetensorsHeader.parse(text, &parsed, &metadata)
    } catch {
      throw fail("\(error.reason) at byte \(error.offset + 8) of the header")
    }

    let dataStart = 8 + Int(length)
    var end = 0
    var entries: [Entry] = []
    parsed.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    for tensor in parsed {
      func fail(_ reason: String) -> BackplaneError {
        .file(file.path, "tensor \"\(tensor.name)\": \(reason)")
      }
      guard let dtype = Safetensors.dtype(tensor.dtype) else {
        throw fail("the data type \(tensor.dtype) is unknown here")
      }
      guard let byteCount = SafetensorsHeader.byteCount(tensor.shape, dtype) else {
        throw fail("the shape \(tensor.shape) is too large")
      }
      guard tensor.begin <= tensor.end, tensor.end <= bytes.count - dataStart else {
        throw fail(
          "its data, at \(tensor.begin) to \(tensor.end), are not within the file's \(bytes.count - dataStart) bytes of data"
        )
      }
      guard tensor.end - tensor.begin == byteCount else {
        throw fail(
          "shape \(tensor.shape) of \(tensor.dtype) takes \(byteCount) bytes, but \(tensor.end - tensor.begin) are given"
        )
      }
      guard tensor.begin == end else {
        throw fail(
          tensor.begin < end
            ? "its data overlap another tensor's"
            : "\(tensor.begin - end) bytes before its data belong to no tensor")
      }
      end = tensor.end
      entries.append(
        Entry(
          name: tensor.name, dtype: dtype, shape: tensor.shape,
          range: dataStart + tensor.begin..<dataStart + tensor.end))
    }
    guard end == bytes.count - dataStart else {
      throw fail("\(bytes.count - dataStart - end) bytes at its end belong to no tensor")
    }
    self.entries = entries
    self.metadata = metadata
  }

  private struct ParsedEntry {
    let name: String
    var dtype = ""
    var shape: [Int] = []
    var begin = 0
    var end = 0
  }

  private static func parse(
    _ text: UnsafeRawBufferPointer, _ entries: inout [ParsedEntry], _ metadata: inout [String: String]
  ) throws(JSONReader.Failure) {
    var reader = JSONReader(text)
    try reader.object { (reader, name) throws(JSONReader.Failure) in
      if name == "__metadata__" {
        try reader.object { (reader, key) throws(JSONReader.Failure) in metadata[key] = try reader.string() }
      } else {
        entries.append(try entry(name, &reader))
      }
    }
    try reader.end()
  }

  private static func entry(
    _ name: String, _ reader: inout JSONReader
  ) throws(JSONReader.Failure) -> ParsedEntry {
    var result = ParsedEntry(name: name)
    var found = Set<String>()
    try reader.object { (reader, key) throws(JSONReader.Failure) in
      found.insert(key)
      switch key {
      case "dtype": result.dtype = try reader.string()
      // More than a tensor here can have: such a one is an error when it is read, not of the whole file.
      case "shape": result.shape = try numbers(&reader, limit: 1000, "dimensions")
      case "data_offsets":
        let offsets = try numbers(&reader, limit: 2, "offsets")
        guard offsets.count == 2 else { throw reader.failure("tensor \"\(name)\" has not two offsets") }
        (result.begin, result.end) = (offsets[0], offsets[1])
      default: try reader.skip()
      }
    }
    for key in ["dtype", "shape", "data_offsets"] where !found.contains(key) {
      throw reader.failure("tensor \"\(name)\" has no \(key)")
    }
    return result
  }

  private static func numbers(
    _ reader: inout JSONReader, limit: Int, _ what: String
  ) throws(JSONReader.Failure) -> [Int] {
    var result: [Int] = []
    try reader.array { (reader) throws(JSONReader.Failure) in
      guard result.count < limit else { throw reader.failure("more than \(limit) \(what)") }
      result.append(try reader.naturalNumber())
    }
    return result
  }

  private static func byteCount(_ shape: [Int], _ dtype: DType) -> Int? {
    var count = dtype.byteCount
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    return count
  }
}
