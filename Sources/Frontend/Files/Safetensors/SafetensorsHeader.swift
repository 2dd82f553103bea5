import Text

/// The part of a safetensors file before the data: eight bytes with the length of a JSON text, and that text, which
/// tells of each tensor its type, shape and range of bytes.
///
/// https://github.com/huggingface/safetensors#format
struct SafetensorsHeader {
  /// Kept small: a header can name millions.
  struct Entry {
    let name: String
    /// Where the elements lie in the file.
    fileprivate(set) var start = 0
    fileprivate(set) var end = 0
    /// The place of its extents among those of all; there are none of a shape with too many.
    fileprivate var extents: UInt32 = 0
    fileprivate(set) var rank: UInt16 = 0
    fileprivate var type: Safetensors.TypeCode = .unknown(0)
    /// Nil where it is beyond all numbers.
    fileprivate var elementCount: Int?
  }

  /// By position in the file.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  /// The place of each tensor among the entries.
  private(set) var places: [String: Int32] = [:]
  private var extents: [Int] = []
  private var unknownTypes: [String] = []

  /// As in the format's own implementation.
  static let lengthLimit = 100_000_000
  /// More than any writer notes; what a table of them takes is much more than their text.
  static let noteLimit = 1_000_000

  /// Checks everything that the header says against the file's size, so that reading a tensor cannot go wrong.
  init(_ file: InputFile) throws(BackplaneError) {
    func fail(_ reason: String) -> BackplaneError {
      .file(file.path, "not a valid safetensors file: \(reason)")
    }

    guard file.byteCount >= 8 else { throw fail("\(file.byteCount) bytes are too few for its header") }
    let length = try file.withBytes(0..<8) { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(SafetensorsHeader.lengthLimit), length <= UInt64(file.byteCount - 8) else {
      throw fail("a header of \(length) bytes is announced, but the file has \(file.byteCount) bytes")
    }
    let dataStart = 8 + Int(length)
    try file.withBytes(8..<dataStart) { (text) throws(BackplaneError) in
      guard text.first == UInt8(ascii: "{") else { throw fail("the header does not begin with '{'") }
      do throws(JSONReader.Failure) {
        try parse(text)
      } catch {
        throw fail("\(error.reason) at byte \(error.offset + 8) of the header")
      }
    }
    try arrange(dataStart, file)
  }

  /// Sorts the tensors by their place, and checks that their data lie side by side.
  private mutating func arrange(_ dataStart: Int, _ file: InputFile) throws(BackplaneError) {
    let dataCount = file.byteCount - dataStart
    entries.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    var end = 0
    for i in entries.indices {
      let tensor = entries[i]
      func fail(_ reason: String) -> BackplaneError { .file(file.path, "tensor \(shown(tensor.name)): \(reason)") }
      guard tensor.start <= tensor.end, tensor.end <= dataCount else {
        throw fail(
          "its data, at \(tensor.start) to \(tensor.end), are not within the file's \(dataCount) bytes of data")
      }
      try checkSize(tensor, fail)
      guard tensor.start == end else {
        throw fail(
          tensor.start < end
            ? "its data overlap another tensor's"
            : "\(tensor.start - end) bytes before its data belong to no tensor")
      }
      end = tensor.end
      entries[i].start += dataStart
      entries[i].end += dataStart
      places[tensor.name] = Int32(i)
    }
    guard end == dataCount else {
      throw BackplaneError.file(
        file.path, "not a valid safetensors file: \(dataCount - end) bytes at its end belong to no tensor")
    }
  }

  /// Holds the shape against the bytes. What no tensor can be is not held against anything: reading it is an error.
  private func checkSize(_ tensor: Entry, _ fail: (String) -> BackplaneError) throws(BackplaneError) {
    guard case .known(let dtype) = tensor.type else { return }
    func shown() -> String { shape(tensor).map { "\($0)" } ?? "of \(tensor.rank) dimensions" }
    guard let (byteCount, overflow) = tensor.elementCount?.multipliedReportingOverflow(by: dtype.byteCount), !overflow
    else { throw fail("the shape \(shown()) is too large") }
    guard tensor.end - tensor.start == byteCount else {
      throw fail(
        "shape \(shown()) of \(dtypeName(tensor)) takes \(byteCount) bytes, but \(tensor.end - tensor.start) are given")
    }
  }

  // MARK: Of one tensor

  func entry(_ name: String) -> Entry? {
    // None is as long, and to look for it may take long.
    guard name.utf8.count <= JSONReader.keyLengthLimit else { return nil }
    return places[name].map { entries[Int($0)] }
  }

  /// Nil for more dimensions than a tensor has.
  func shape(_ entry: Entry) -> [Int]? {
    guard Int(entry.rank) <= Layout.maximumRank else { return nil }
    let start = Int(entry.extents)
    return Array(extents[start..<start + Int(entry.rank)])
  }

  /// Nil for a type that no tensor has.
  func dtype(_ entry: Entry) -> DType? { if case .known(let dtype) = entry.type { dtype } else { nil } }

  /// As the file calls it.
  func dtypeName(_ entry: Entry) -> String {
    switch entry.type {
    case .known(let dtype): Safetensors.code(dtype)?.name ?? "\(dtype)"
    case .unknown(let i): unknownTypes[Int(i)]
    }
  }

  // MARK: Parsing

  private mutating func parse(_ text: UnsafeRawBufferPointer) throws(JSONReader.Failure) {
    var reader = JSONReader(text)
    var unknown: [String: UInt32] = [:]
    var hasMetadata = false
    try reader.object(comparesKeys: false) { (reader, name) throws(JSONReader.Failure) in
      guard name == "__metadata__" else {
        guard places.updateValue(0, forKey: name) == nil else {
          throw reader.failure("duplicate key \(shown(name))")
        }
        return entries.append(try entry(name, &unknown, &reader))
      }
      guard !hasMetadata else { throw reader.failure("duplicate key \"__metadata__\"") }
      hasMetadata = true
      try reader.object(comparesKeys: false) { (reader, key) throws(JSONReader.Failure) in
        guard metadata.count < SafetensorsHeader.noteLimit else {
          throw reader.failure("more than \(SafetensorsHeader.noteLimit) notes")
        }
        guard metadata.updateValue(try reader.string(), forKey: key) == nil else {
          throw reader.failure("duplicate key \(shown(key))")
        }
      }
    }
    try reader.end()
  }

  private mutating func entry(
    _ name: String, _ unknown: inout [String: UInt32], _ reader: inout JSONReader
  ) throws(JSONReader.Failure) -> Entry {
    var result = Entry(name: name)
    var (hasType, hasShape, hasOffsets) = (false, false, false)
    try reader.object { (reader, key) throws(JSONReader.Failure) in
      switch key {
      case "dtype":
        hasType = true
        result.type = type(try reader.name(), &unknown)
      case "shape":
        hasShape = true
        try shape(&result, &reader)
      case "data_offsets":
        hasOffsets = true
        var count = 0
        try reader.array { (reader) throws(JSONReader.Failure) in
          guard count < 2 else { throw reader.failure("more than 2 offsets") }
          count += 1
          let offset = try reader.naturalNumber()
          if count == 1 { result.start = offset } else { result.end = offset }
        }
        guard count == 2 else { throw reader.failure("tensor \(shown(name)) has not two offsets") }
      default: try reader.skip()
      }
    }
    for (key, isThere) in [("dtype", hasType), ("shape", hasShape), ("data_offsets", hasOffsets)] where !isThere {
      throw reader.failure("tensor \(shown(name)) has no \(key)")
    }
    return result
  }

  private mutating func type(_ name: String, _ unknown: inout [String: UInt32]) -> Safetensors.TypeCode {
    if let dtype = Safetensors.dtype(name) { return .known(dtype) }
    if let place = unknown[name] { return .unknown(place) }
    unknown[name] = UInt32(unknownTypes.count)
    unknownTypes.append(name)
    return .unknown(UInt32(unknownTypes.count - 1))
  }

  private mutating func shape(_ entry: inout Entry, _ reader: inout JSONReader) throws(JSONReader.Failure) {
    let start = extents.count
    var (rank, count, isTooMany, isEmpty) = (0, 1, false, false)
    try reader.array { (reader) throws(JSONReader.Failure) in
      // More than a tensor here can have: such a one is an error when it is read, not of the whole file.
      guard rank < 1000 else { throw reader.failure("more than 1000 dimensions") }
      rank += 1
      let extent = try reader.naturalNumber()
      if rank <= Layout.maximumRank { extents.append(extent) }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
      (count, isTooMany) = (product, isTooMany || overflow)
      isEmpty = isEmpty || extent == 0
    }
    if rank > Layout.maximumRank { extents.removeSubrange(start...) }
    entry.extents = UInt32(start)
    entry.rank = UInt16(rank)
    entry.elementCount = isTooMany ? nil : isEmpty ? 0 : count
  }
}
