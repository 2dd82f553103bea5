/// Makes a checkpoint's values of what a pickle holds.
struct PickleDecoder {
  private let objects: [PickleObject]
  private let storages: PyTorchStorages
  private let path: String
  /// What objects became, and of how many values that consists.
  private var decoded: [Int32: (value: Checkpoint, count: Int)] = [:]
  /// The objects that the one in hand is part of.
  private var open = Set<Int32>()
  /// The keys that lead to the value in hand, for errors.
  private var keys: [String] = []
  private var count = 0
  private let countLimit: Int

  private static let depthLimit = 200

  /// - Parameter byteCount: The pickle's: a value that others refer to counts each time, and what it counts to is held
  ///   against this, so that no small file means more values than memory holds.
  init(_ objects: [PickleObject], _ storages: PyTorchStorages, path: String, byteCount: Int) {
    (self.objects, self.storages, self.path) = (objects, storages, path)
    countLimit = 1 << 16 + 8 * byteCount
  }

  private func failure(_ reason: String) -> BackplaneError {
    .file(path, keys.isEmpty ? reason : "\(Checkpoint.short(keys.joined())): \(reason)")
  }

  mutating func value(_ pickled: PickleValue) throws(BackplaneError) -> Checkpoint {
    count += 1
    guard count <= countLimit else { throw failure("more values than a file of its size can mean") }
    switch pickled {
    case .none: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .long(let bytes): throw failure("a whole number of \(bytes.count) bytes is too large")
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    case .bytes(let value): return .bytes(value)
    case .global(.dtype(let dtype)): return .dtype(dtype)
    case .global: throw failure("a class or function is no value that can be loaded")
    case .object(let place): return try object(place)
    }
  }

  private mutating func object(_ place: Int32) throws(BackplaneError) -> Checkpoint {
    if let known = decoded[place] {
      count += known.count
      return known.value
    }
    guard open.insert(place).inserted else { throw failure("it contains itself") }
    guard open.count <= PickleDecoder.depthLimit else {
      throw failure("it is nested more than \(PickleDecoder.depthLimit) deep")
    }
    let before = count
    let value = try parts(objects[Int(place)])
    open.remove(place)
    decoded[place] = (value, count - before)
    return value
  }

  private mutating func parts(_ object: PickleObject) throws(BackplaneError) -> Checkpoint {
    switch object.kind {
    case .list, .set: return .list(try values(object.parts))
    case .tuple: return .tuple(try values(object.parts))
    case .dictionary: return .dictionary(try dictionary(object.parts, isOrdered: false))
    case .orderedDictionary: return .dictionary(try dictionary(object.parts, isOrdered: true))
    case .storage: throw failure("a storage without a tensor is no value that can be loaded")
    case .call(let function): return try call(function, object.parts)
    }
  }

  private mutating func values(_ parts: [PickleValue]) throws(BackplaneError) -> [Checkpoint] {
    var result: [Checkpoint] = []
    result.reserveCapacity(parts.count)
    for (i, part) in parts.enumerated() {
      keys.append("[\(i)]")
      result.append(try value(part))
      keys.removeLast()
    }
    return result
  }

  private mutating func dictionary(
    _ parts: [PickleValue], isOrdered: Bool
  ) throws(BackplaneError) -> Checkpoint.Dictionary {
    var result = Checkpoint.Dictionary()
    result.isOrderedDict = isOrdered
    for i in stride(from: 0, to: parts.count, by: 2) {
      let key: Checkpoint.Key
      switch parts[i] {
      case .string(let name):
        // Texts are equal whatever the order of their accents: to compare long ones takes the square of their length.
        guard name.utf8.count <= 4096 else { throw failure("a key of \(name.utf8.count) bytes") }
        key = .string(name)
      case .int(let number): key = .int(number)
      case .bool(let value): key = .int(value ? 1 : 0)
      default: throw failure("a dictionary's key is neither text nor a whole number")
      }
      keys.append("[\(key)]")
      result[key] = try value(parts[i + 1])
      keys.removeLast()
    }
    return result
  }

  // MARK: Calls

  private mutating func call(_ function: PickleGlobal, _ arguments: [PickleValue]) throws(BackplaneError) -> Checkpoint
  {
    switch function {
    case .rebuildTensor, .rebuildTensorV2, .rebuildTensorV3:
      return .tensor(try tensor(function, arguments))
    case .rebuildParameter, .rebuildParameterWithState, .parameterClass:
      guard let first = arguments.first, case .tensor(let data) = try value(first) else {
        throw failure("a parameter without a tensor")
      }
      let parameter = data.alias()
      var requiresGrad = true
      if arguments.count > 1, case .bool(let flag) = arguments[1] { requiresGrad = flag }
      try set(parameter, requiresGrad: requiresGrad)
      return .tensor(parameter)
    case .rebuildFromType:
      guard arguments.count >= 3, case .global(let inner) = arguments[0], case .object(let place) = arguments[2],
        inner != .rebuildFromType
      else { throw failure("a tensor of an unknown type") }
      return try call(inner, objects[Int(place)].parts)
    case .size, .set, .counter:
      guard let first = arguments.first else { return function == .counter ? [:] : function == .size ? .tuple([]) : [] }
      let inner = try value(first)
      return if function == .size, let list = inner.list { .tuple(list) } else { inner }
    case .device:
      let parts = try values(arguments)
      guard let type = parts.first?.string else { throw failure("a device without a name") }
      return .string(parts.count > 1 ? "\(type):\(parts[1])" : type)
    case .complex:
      let parts = try values(arguments).map(\.double)
      guard parts.count == 2, let real = parts[0], let imaginary = parts[1] else {
        throw failure("a complex number that is not of two numbers")
      }
      return .complex(real, imaginary)
    case .encode, .bytearray: return .bytes(try bytes(arguments))
    case .numpyScalar: return try numpyScalar(arguments)
    case .orderedDictionary, .tensorClass, .dtype, .storage, .numpyDType:
      throw failure("a call of a class is no value that can be loaded")
    }
  }

  /// Bytes as Python 3 writes them for all protocols: a text of characters below 256, which is to be encoded.
  private mutating func bytes(_ arguments: [PickleValue]) throws(BackplaneError) -> [UInt8] {
    switch arguments.first {
    case nil: return []
    case .bytes(let bytes): return bytes
    case .string(let text):
      var result: [UInt8] = []
      for scalar in text.unicodeScalars {
        guard let byte = UInt8(exactly: scalar.value) else { throw failure("a text that is none of bytes") }
        result.append(byte)
      }
      return result
    case .object(let place):
      if case .call(.encode) = objects[Int(place)].kind { return try bytes(objects[Int(place)].parts) }
      throw failure("bytes of something else")
    default: throw failure("bytes of something else")
    }
  }

  private mutating func numpyScalar(_ arguments: [PickleValue]) throws(BackplaneError) -> Checkpoint {
    guard arguments.count == 2, case .object(let place) = arguments[0],
      case .call(.numpyDType) = objects[Int(place)].kind, case .string(let code) = objects[Int(place)].parts.first
    else { throw failure("a NumPy scalar of no type") }
    // What was built: (version, byte order, …).
    if case .object(let state) = objects[Int(place)].parts.last, objects[Int(state)].parts.count > 1,
      case .string(">") = objects[Int(state)].parts[1]
    {
      throw failure("a NumPy scalar in the other byte order")
    }
    let raw = try bytes([arguments[1]])
    func number<Word: FixedWidthInteger>(_: Word.Type) -> Word? {
      guard raw.count == MemoryLayout<Word>.size else { return nil }
      return raw.reversed().reduce(Word(0)) { $0 << 8 | Word(truncatingIfNeeded: $1) }
    }
    let value: Checkpoint? =
      switch code {
      case "f8": number(UInt64.self).map { .double(Double(bitPattern: $0)) }
      case "f4": number(UInt32.self).map { .double(Double(Float(bitPattern: $0))) }
      case "i8": number(Int64.self).map { .int(Int($0)) }
      case "i4": number(Int32.self).map { .int(Int($0)) }
      case "i2": number(Int16.self).map { .int(Int($0)) }
      case "i1": number(Int8.self).map { .int(Int($0)) }
      case "u1": number(UInt8.self).map { .int(Int($0)) }
      case "b1": number(UInt8.self).map { .bool($0 != 0) }
      default: nil
      }
    guard let value else { throw failure("a NumPy scalar of type \(code) and \(raw.count) bytes") }
    return value
  }

  // MARK: Tensors

  private func set(_ tensor: Tensor, requiresGrad: Bool) throws(BackplaneError) {
    guard requiresGrad else { return }
    guard tensor.dtype.isFloatingPoint || tensor.dtype.isComplex else {
      throw failure("Only Tensors of floating point and complex dtype can require gradients")
    }
    tensor.requiresGrad_(true)
  }

  private func naturalNumbers(_ value: PickleValue) throws(BackplaneError) -> [Int] {
    var parts: [PickleValue]?
    if case .object(let place) = value {
      let object = objects[Int(place)]
      if object.kind == .tuple || object.kind == .list { parts = object.parts }
      if object.kind == .call(.size), let first = object.parts.first, case .object(let inner) = first,
        objects[Int(inner)].kind == .tuple
      {
        parts = objects[Int(inner)].parts
      }
    }
    guard let parts, parts.count <= Layout.maximumRank else {
      throw failure("a tensor has at most \(Layout.maximumRank) dimensions, not \(parts?.count ?? 0)")
    }
    var result: [Int] = []
    for part in parts {
      guard case .int(let number) = part, number >= 0 else { throw failure("a size or stride that is no number") }
      result.append(number)
    }
    return result
  }

  private mutating func tensor(_ function: PickleGlobal, _ arguments: [PickleValue]) throws(BackplaneError) -> Tensor {
    guard arguments.count >= 4, case .object(let place) = arguments[0], objects[Int(place)].kind == .storage,
      case .int(var offset) = arguments[1], offset >= 0
    else { throw failure("a tensor without a storage") }
    let stored = try storedElements(objects[Int(place)].parts)
    var dtype = stored.dtype
    if function == .rebuildTensorV3 {
      guard arguments.count > 6, case .global(.dtype(let type)) = arguments[6] else {
        throw failure("a tensor without a type")
      }
      dtype = type
    }
    guard let dtype else { throw failure("a tensor without a type") }
    offset = try Checked.sum(offset, stored.offset) { failure("an offset of \(offset)") }
    let (shape, strides) = (try naturalNumbers(arguments[2]), try naturalNumbers(arguments[3]))
    guard shape.count == strides.count else { throw failure("\(shape.count) sizes and \(strides.count) strides") }
    let layout: Layout
    do throws(BackplaneError) {
      layout = try .strided(shape, Layout.bounded(strides, shape))
    } catch { throw failure("the shape \(shape) is none of a tensor: \(error.message)") }
    var last = 0
    for (extent, stride) in zip(shape, strides) where layout.count > 0 && extent > 1 {
      let (step, overflow) = stride.multipliedReportingOverflow(by: extent - 1)
      last = try Checked.sum(last, overflow ? .max : step) { failure("strides \(strides) are absurd") }
    }
    last = try Checked.sum(last, offset) { failure("an offset of \(offset)") }
    let byteCount = stored.count * (stored.dtype?.byteCount ?? 1)
    guard layout.count == 0 || last < byteCount / dtype.byteCount else {
      throw failure(
        "shape \(shape) with strides \(strides) at \(offset) reaches beyond its storage of "
          + "\(byteCount / dtype.byteCount) elements")
    }
    var storage = try storages.storage(stored.key, stored.dtype, count: stored.count) { failure($0) }
    // Bytes that were no bools as they were read may be others than 0 and 1.
    if dtype == .bool, stored.dtype != .bool { storage = try storages.bools(stored.key, storage) }
    let result = Tensor(storage: storage, offset: layout.count == 0 ? 0 : offset, layout: layout, dtype: dtype)
    if arguments.count > 4, case .bool(let flag) = arguments[4] { try set(result, requiresGrad: flag) }
    return result
  }

  /// What a persistent id tells: ("storage", type, key, location, count), and in the older layout whether the elements are a
  /// part of others (key, offset, count).
  private func storedElements(
    _ parts: [PickleValue]
  ) throws(BackplaneError) -> (key: String, dtype: DType?, count: Int, offset: Int) {
    guard parts.count >= 5, case .global(.storage(let dtype)) = parts[1], let key = PyTorchStorages.key(parts[2]),
      case .int(let count) = parts[4], count >= 0, count < Int.max / 32
    else { throw failure("a storage that is not as PyTorch writes it") }
    var offset = 0
    if parts.count > 5, case .object(let place) = parts[5] {
      let view = objects[Int(place)].parts
      guard view.count == 3, case .int(let start) = view[1], start >= 0 else {
        throw failure("a part of a storage that is not as PyTorch writes it")
      }
      offset = start
    }
    return (key, dtype, count, offset)
  }
}

/// Sums of numbers out of files.
private enum Checked {
  /// Throws for a sum beyond what any storage has.
  static func sum(_ a: Int, _ b: Int, _ failure: () -> BackplaneError) throws(BackplaneError) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    guard !overflow, sum < Int.max / 32 else { throw failure() }
    return sum
  }
}
