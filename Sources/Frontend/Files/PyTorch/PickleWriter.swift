/// Writes values as a pickle of protocol 2, in the instructions that `torch.load(weights_only=True)` takes.
struct PickleWriter {
  private(set) var bytes: [UInt8] = [0x80, 2]
  /// The storages of the tensors, in the order of their numbers.
  private(set) var storages: [Elements] = []
  /// What a storage's number is.
  private var numbers: [ObjectIdentifier: Int] = [:]
  /// The types of the tensors that are to be written, by storage.
  private let dtypes: [ObjectIdentifier: DType?]
  /// What was written once and is referred to from then on, and the place of that.
  private var memory: [[UInt8]: Int] = [:]
  private var tensors: [ObjectIdentifier: Int] = [:]
  private var memoryCount = 0

  /// The memory of some tensors. The type is nil where they differ in it.
  struct Elements {
    let storage: Storage
    let dtype: DType?

    var count: Int { storage.byteCount / (dtype?.byteCount ?? 1) }
  }

  /// The whole pickle of a value.
  init(_ value: Checkpoint) throws(BackplaneError) {
    var dtypes: [ObjectIdentifier: DType?] = [:]
    PickleWriter.collect(value, &dtypes)
    self.dtypes = dtypes
    try write(value)
    put(".")
  }

  private static func collect(_ value: Checkpoint, _ dtypes: inout [ObjectIdentifier: DType?]) {
    switch value {
    case .tensor(let tensor):
      let storage = ObjectIdentifier(tensor.storage)
      if let known = dtypes[storage], known != tensor.dtype {
        dtypes.updateValue(nil, forKey: storage)
      } else {
        dtypes[storage] = tensor.dtype
      }
    case .list(let values), .tuple(let values): for value in values { collect(value, &dtypes) }
    case .dictionary(let values): for (_, value) in values { collect(value, &dtypes) }
    default: break
    }
  }

  // MARK: Bytes

  private mutating func put(_ code: Unicode.Scalar) { bytes.append(UInt8(ascii: code)) }

  private mutating func put<Word: FixedWidthInteger>(_ word: Word) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Writes what is always the same once, and a reference to it from then on.
  private mutating func once(_ text: [UInt8]) {
    if let place = memory[text] { return recall(place) }
    bytes += text
    memory[text] = memorize()
  }

  private mutating func memorize() -> Int {
    defer { memoryCount += 1 }
    if memoryCount < 256 {
      put("q")
      bytes.append(UInt8(memoryCount))
    } else {
      put("r")
      put(UInt32(truncatingIfNeeded: memoryCount))
    }
    return memoryCount
  }

  private mutating func recall(_ place: Int) {
    if place < 256 {
      put("h")
      bytes.append(UInt8(place))
    } else {
      put("j")
      put(UInt32(truncatingIfNeeded: place))
    }
  }

  private mutating func global(_ module: String, _ name: String) { once(Array("c\(module)\n\(name)\n".utf8)) }

  // MARK: Values

  private mutating func write(_ value: Checkpoint) throws(BackplaneError) {
    switch value {
    case .null: put("N")
    case .bool(let value): bytes.append(value ? 0x88 : 0x89)
    case .int(let value): write(value)
    case .double(let value): write(value)
    case .complex(let real, let imaginary):
      global("builtins", "complex")
      write(real)
      write(imaginary)
      bytes.append(0x86)
      put("R")
    case .string(let value): try write(value)
    case .bytes(let value): try write(value)
    case .dtype(let value): global("torch", "\(value)")
    case .tensor(let value): try write(value)
    case .list(let values):
      put("]")
      guard !values.isEmpty else { return }
      put("(")
      for value in values { try write(value) }
      put("e")
    case .tuple(let values): try tuple(values)
    case .dictionary(let values):
      if values.isOrderedDict { emptyOrderedDict() } else { put("}") }
      guard !values.isEmpty else { return }
      put("(")
      for (key, value) in values {
        switch key {
        case .string(let name): try write(name)
        case .int(let number): write(number)
        }
        try write(value)
      }
      put("u")
    }
  }

  private mutating func emptyOrderedDict() {
    global("collections", "OrderedDict")
    put(")")
    put("R")
  }

  private mutating func tuple(_ values: [Checkpoint]) throws(BackplaneError) {
    if values.count > 3 { put("(") }
    for value in values { try write(value) }
    switch values.count {
    case 0: put(")")
    case 1...3: bytes.append(0x84 + UInt8(values.count))
    default: put("t")
    }
  }

  private mutating func write(_ value: Int) {
    if let byte = UInt8(exactly: value) {
      put("K")
      bytes.append(byte)
    } else if let word = UInt16(exactly: value) {
      put("M")
      put(word)
    } else if let word = Int32(exactly: value) {
      put("J")
      put(word)
    } else {
      bytes += [0x8A, 8]
      put(value)
    }
  }

  private mutating func write(_ value: Double) {
    put("G")
    put(value.bitPattern.byteSwapped)
  }

  private mutating func write(_ value: String) throws(BackplaneError) {
    let text = Array(value.utf8)
    guard let count = UInt32(exactly: text.count) else { throw BackplaneError(.file, "a text of \(text.count) bytes") }
    let whole = [UInt8(ascii: "X")] + withUnsafeBytes(of: count.littleEndian) { Array($0) } + text
    if text.count <= 100 { once(whole) } else { bytes += whole }
  }

  /// As Python does in this protocol: as a text of characters below 256, which is to be encoded.
  private mutating func write(_ value: [UInt8]) throws(BackplaneError) {
    global("_codecs", "encode")
    var text = String.UnicodeScalarView()
    for byte in value { text.append(Unicode.Scalar(byte)) }
    try write(String(text))
    try write("latin1")
    bytes.append(0x86)
    put("R")
  }

  // MARK: Tensors

  private mutating func write(_ tensor: Tensor) throws(BackplaneError) {
    if let place = tensors[ObjectIdentifier(tensor)] { return recall(place) }
    // Tensors of several types in one storage are told each one's type.
    let dtype = dtypes[ObjectIdentifier(tensor.storage)] ?? nil
    global("torch._utils", dtype == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
    put("(")
    try storage(of: tensor, dtype)
    write(tensor.storageOffset)
    try tuple(tensor.layout.shape.map { .int($0) })
    try tuple(tensor.layout.strides.map { .int($0) })
    bytes.append(tensor.requiresGrad ? 0x88 : 0x89)
    emptyOrderedDict()
    if dtype == nil { global("torch", "\(tensor.dtype)") }
    put("t")
    put("R")
    tensors[ObjectIdentifier(tensor)] = memorize()
  }

  private mutating func storage(of tensor: Tensor, _ dtype: DType?) throws(BackplaneError) {
    let elements = Elements(storage: tensor.storage, dtype: dtype)
    let number = numbers[ObjectIdentifier(tensor.storage)] ?? storages.count
    if number == storages.count {
      numbers[ObjectIdentifier(tensor.storage)] = number
      storages.append(elements)
    }
    put("(")
    try write("storage")
    if let dtype { global("torch", PickleGlobal.storageName(dtype)) } else { global("torch.storage", "UntypedStorage") }
    try write("\(number)")
    // Wherever it is here: another program need not have that device.
    try write("\(Device.processor)")
    write(elements.count)
    put("t")
    put("Q")
  }
}

extension PyTorchFile {
  /// Writes values so that `torch.load(weights_only=True)` gives the same.
  static func write(_ value: Checkpoint, to path: String) throws(BackplaneError) {
    let pickle = try BackplaneError.naming(path) { () throws(BackplaneError) in try PickleWriter(value) }
    var writer = try ZipWriter(path)
    // The folder's name is PyTorch's where it does not know the file's. Elements begin where a processor likes them, so
    // that they can be mapped.
    try member("data.pkl", pickle.bytes, &writer)
    try member("byteorder", Array("little".utf8), &writer)
    for (number, elements) in pickle.storages.enumerated() {
      let byteCount = elements.count * (elements.dtype?.byteCount ?? 1)
      try writer.begin(
        "archive/data/\(number)", byteCount: byteCount, isDeflated: false, alignment: PyTorchFile.alignment)
      let dtype = elements.dtype ?? .uint8
      let whole = Tensor(
        storage: elements.storage, offset: 0, layout: try .contiguous([elements.count]), dtype: dtype)
      try Transfer.drain(whole) { (bytes) throws(BackplaneError) in try writer.add(bytes) }
      try writer.end()
    }
    try member("version", Array("3\n".utf8), &writer)
    try writer.commit()
  }

  private static let alignment = 64

  private static func member(_ name: String, _ bytes: [UInt8], _ writer: inout ZipWriter) throws(BackplaneError) {
    try writer.begin("archive/" + name, byteCount: bytes.count, isDeflated: false, alignment: alignment)
    try bytes.withUnsafeBytes { (bytes) -> Result<Void, BackplaneError> in
      Result { () throws(BackplaneError) in try writer.add(bytes) }
    }.get()
    try writer.end()
  }
}
