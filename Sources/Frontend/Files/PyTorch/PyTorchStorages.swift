/// The elements of tensors in a file that `torch.save` wrote: read when the first tensor asks for them, and shared by all
/// that do.
final class PyTorchStorages {
  /// Where the elements lie in the file, and their checksum where the file has one.
  struct Place {
    let range: Range<Int>
    let checksum: UInt32?
  }

  private let file: InputFile
  private let mapping: MappedFile?
  private let context: DeviceContext
  /// Whether numbers are in the other byte order.
  private let isSwapped: Bool
  private let find: (String) throws(BackplaneError) -> Place?
  private var loaded: [String: (storage: Storage, dtype: DType?)] = [:]
  private var madeBool: [String: Storage] = [:]

  init(
    _ file: InputFile, mapping: MappedFile?, on context: DeviceContext, isSwapped: Bool,
    find: @escaping (String) throws(BackplaneError) -> Place?
  ) {
    (self.file, self.mapping, self.context) = (file, mapping, context)
    (self.isSwapped, self.find) = (isSwapped, find)
  }

  /// The name of a storage: a text, in old files a number too.
  static func key(_ value: PickleValue) -> String? {
    switch value {
    case .string(let key) where key.utf8.count <= 1000: key
    case .int(let number): "\(number)"
    default: nil
    }
  }

  /// The storage of a key.
  ///
  /// - Parameter dtype: The type of its elements; nil where it is bytes of any.
  func storage(
    _ key: String, _ dtype: DType?, count: Int, _ failure: (String) -> BackplaneError
  ) throws(BackplaneError) -> Storage {
    if let known = loaded[key] {
      guard known.dtype == dtype, known.storage.byteCount >= count * (dtype?.byteCount ?? 1) else {
        throw failure("storage \(key) is of two types or sizes")
      }
      return known.storage
    }
    guard let place = try find(key) else { throw failure("there are no data of storage \(key)") }
    let type = dtype ?? .uint8
    let byteCount = count * type.byteCount
    guard byteCount <= place.range.count else {
      throw failure("storage \(key) of \(byteCount) bytes has \(place.range.count) in the file: it is truncated")
    }
    guard !isSwapped || dtype != nil else {
      throw failure("storage \(key) is in the other byte order, and of no type")
    }
    let range = place.range.lowerBound..<place.range.lowerBound + byteCount
    var storage = try mapped(range, type)
    if storage == nil { storage = try read(range, type, place, key, failure) }
    guard let storage else { throw failure("storage \(key) cannot be read") }
    loaded[key] = (storage, dtype)
    return storage
  }

  /// A storage's bytes as bools: in a storage of their own, where some are others than 0 and 1.
  func bools(_ key: String, _ storage: Storage) throws(BackplaneError) -> Storage {
    if let known = madeBool[key] { return known }
    let bytes = Tensor(
      storage: storage, offset: 0, layout: try .contiguous([storage.byteCount]), dtype: .uint8)
    let result = try BackplaneError.naming("\(file.path): storage \(key)") { () throws(BackplaneError) in
      try Transfer.withBytes(of: bytes) { BoolBytes.areNormal($0) } ? storage : Ops.cast(bytes, .bool).storage
    }
    madeBool[key] = result
    return result
  }

  private func mapped(_ range: Range<Int>, _ dtype: DType) throws(BackplaneError) -> Storage? {
    // A storage of bytes is seen as any type.
    let alignment: DType = dtype == .uint8 ? .complex128 : dtype
    guard let mapping, !isSwapped, range.lowerBound % alignment.byteCount == 0 else { return nil }
    return try mapping.storage(range, dtype, on: context)
  }

  private func read(
    _ range: Range<Int>, _ dtype: DType, _ place: Place, _ key: String, _ failure: (String) -> BackplaneError
  ) throws(BackplaneError) -> Storage {
    let layout = try Layout.contiguous([range.count / dtype.byteCount])
    let elements = try BackplaneError.naming("\(file.path): storage \(key)") { () throws(BackplaneError) in
      try Tensor(empty: layout, dtype, on: context)
    }
    var checksum = CRC32()
    try Transfer.fill(elements) { (piece, offset) throws(BackplaneError) in
      try file.read(piece, at: range.lowerBound + offset)
      if place.checksum != nil { checksum.add(UnsafeRawBufferPointer(piece)) }
      if isSwapped { swap(piece, dtype.realType.byteCount) }
    }
    // What lies behind the elements counts too; PyTorch writes nothing there.
    if let expected = place.checksum, range == place.range, checksum.value != expected {
      throw failure("the checksum of storage \(key) is wrong: it is damaged")
    }
    return elements.storage
  }

  private func swap(_ bytes: UnsafeMutableRawBufferPointer, _ width: Int) {
    switch width {
    case 1: break
    case 2: ByteOrder.swap(bytes, UInt16.self)
    case 4: ByteOrder.swap(bytes, UInt32.self)
    default: ByteOrder.swap(bytes, UInt64.self)
    }
  }
}
