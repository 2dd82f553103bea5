import Text

/// Reads a pickle, the format in which Python writes its values, of protocols 0 to 5 as far as `torch.save` makes use of
/// them. Nothing is executed: calls are noted with their arguments, and only of functions that ``PickleGlobal`` knows.
///
/// A pickle is a program for a machine with a stack and a memory. Its instructions are told in Python's
/// Lib/pickletools.py.
struct PickleReader {
  private(set) var source: FileBytes
  private(set) var objects: [PickleObject] = []
  private var stack: [PickleValue] = []
  /// Where in the stack what follows a mark begins.
  private var marks: [Int] = []
  private var memory: [UInt32: PickleValue] = [:]
  /// What the values read so far take, about, and may take.
  private var cost = 0
  private let costLimit: Int

  init(_ source: FileBytes) {
    self.source = source
    costLimit = 16 << 20 + 8 * source.fileByteCount
  }

  // MARK: Values

  /// Reads the next pickle of the source.
  mutating func value() throws(BackplaneError) -> PickleValue {
    (stack, marks, memory) = ([], [], [:])
    while true {
      let start = source.offset
      let code = try source.byte()
      if code == UInt8(ascii: ".") {
        guard marks.isEmpty, let result = stack.popLast(), stack.isEmpty else {
          throw source.failure("it ends with a stack that is not of one value", at: start)
        }
        return result
      }
      try step(code, start)
    }
  }

  private mutating func step(_ code: UInt8, _ start: Int) throws(BackplaneError) {
    switch code {
    case 0x80:
      let version = try source.byte()
      guard version <= 5 else { throw source.failure("protocol \(version) is unknown", at: start) }
    case 0x95: _ = try source.number(8)
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "("):
      try spend(8)
      marks.append(stack.count)
    case UInt8(ascii: "0"):
      if stack.count == marks.last { marks.removeLast() } else { _ = try pop(start) }
    case UInt8(ascii: "1"): _ = try popMarked(start)
    case UInt8(ascii: "2"): try push(top(start))
    case UInt8(ascii: "I"), UInt8(ascii: "L"), UInt8(ascii: "F"): try pushText(code, start)
    case UInt8(ascii: "K"): try push(.int(Int(source.byte())))
    case UInt8(ascii: "M"): try push(.int(Int(source.number(2))))
    case UInt8(ascii: "J"): try push(.int(Int(Int32(truncatingIfNeeded: source.number(4)))))
    case 0x8A: try pushLong(UInt64(source.byte()))
    case 0x8B: try pushLong(source.number(4))
    case UInt8(ascii: "G"): try push(.double(Double(bitPattern: source.number(8).byteSwapped)))
    case UInt8(ascii: "X"): try pushString(source.number(4))
    case 0x8C: try pushString(UInt64(source.byte()))
    case 0x8D: try pushString(source.number(8))
    case UInt8(ascii: "U"): try pushOldString(UInt64(source.byte()))
    case UInt8(ascii: "T"): try pushOldString(source.number(4))
    case UInt8(ascii: "C"): try pushBytes(UInt64(source.byte()))
    case UInt8(ascii: "B"): try pushBytes(source.number(4))
    case 0x8E, 0x96: try pushBytes(source.number(8))
    default: try containerStep(code, start)
    }
  }

  private mutating func containerStep(_ code: UInt8, _ start: Int) throws(BackplaneError) {
    switch code {
    case UInt8(ascii: "]"): try make(.list, [])
    case UInt8(ascii: "}"): try make(.dictionary, [])
    case 0x8F: try make(.set, [])
    case UInt8(ascii: ")"): try make(.tuple, [])
    case UInt8(ascii: "l"): try make(.list, popMarked(start))
    case UInt8(ascii: "t"): try make(.tuple, popMarked(start))
    case 0x91: try make(.set, popMarked(start))
    case UInt8(ascii: "d"): try make(.dictionary, pairs(popMarked(start), start))
    case 0x85, 0x86, 0x87: try make(.tuple, pop(Int(code) - 0x84, start))
    case UInt8(ascii: "a"): try add(pop(1, start), to: [.list], start)
    case UInt8(ascii: "e"): try add(popMarked(start), to: [.list], start)
    case 0x90: try add(popMarked(start), to: [.set], start)
    case UInt8(ascii: "s"): try add(pop(2, start), to: [.dictionary, .orderedDictionary], start)
    case UInt8(ascii: "u"): try add(pairs(popMarked(start), start), to: [.dictionary, .orderedDictionary], start)
    case UInt8(ascii: "q"): try memorize(UInt32(source.byte()), start)
    case UInt8(ascii: "r"): try memorize(UInt32(source.number(4)), start)
    case 0x94: try memorize(UInt32(memory.count), start)
    case UInt8(ascii: "p"): try memorize(place(start), start)
    case UInt8(ascii: "h"): try recall(UInt32(source.byte()), start)
    case UInt8(ascii: "j"): try recall(UInt32(source.number(4)), start)
    case UInt8(ascii: "g"): try recall(place(start), start)
    case UInt8(ascii: "c"): try pushGlobal(source.line(), source.line(), start)
    case 0x93:
      guard case .string(let name) = try pop(start), case .string(let module) = try pop(start) else {
        throw source.failure("a global without a name", at: start)
      }
      try pushGlobal(module, name, start)
    case UInt8(ascii: "R"), 0x81: try call(start)
    case UInt8(ascii: "b"): try build(start)
    case UInt8(ascii: "Q"): try pushStorage(start)
    default:
      throw source.failure(
        "Weights only load failed. Unsupported operand \(code): no tensor and no container is written with it",
        at: start)
    }
  }

  // MARK: The stack

  private mutating func spend(_ bytes: Int) throws(BackplaneError) {
    cost += bytes
    guard cost <= costLimit else {
      throw source.failure("more values than a file of its size can mean", at: source.offset)
    }
  }

  private mutating func push(_ value: PickleValue) throws(BackplaneError) {
    // In a stack and in an object's parts, which grow by doubling.
    try spend(3 * MemoryLayout<PickleValue>.stride / 2)
    stack.append(value)
  }

  private func top(_ start: Int) throws(BackplaneError) -> PickleValue {
    guard stack.count > marks.last ?? 0 else { throw source.failure("its stack is empty", at: start) }
    return stack[stack.count - 1]
  }

  private mutating func pop(_ start: Int) throws(BackplaneError) -> PickleValue {
    let value = try top(start)
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int, _ start: Int) throws(BackplaneError) -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw source.failure("its stack is empty", at: start) }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popMarked(_ start: Int) throws(BackplaneError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw source.failure("there is no mark in its stack", at: start) }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func pairs(_ values: [PickleValue], _ start: Int) throws(BackplaneError) -> [PickleValue] {
    guard values.count % 2 == 0 else { throw source.failure("a key without a value", at: start) }
    return values
  }

  private mutating func memorize(_ place: UInt32, _ start: Int) throws(BackplaneError) {
    try spend(2 * MemoryLayout<PickleValue>.stride)
    memory[place] = try top(start)
  }

  private mutating func recall(_ place: UInt32, _ start: Int) throws(BackplaneError) {
    guard let value = memory[place] else { throw source.failure("nothing is memorized as \(place)", at: start) }
    try push(value)
  }

  private mutating func place(_ start: Int) throws(BackplaneError) -> UInt32 {
    guard let place = UInt32(try source.line(20)) else { throw source.failure("no number of a memory", at: start) }
    return place
  }

  // MARK: Numbers and texts

  private mutating func pushText(_ code: UInt8, _ start: Int) throws(BackplaneError) {
    let line = try source.line(400)
    switch (code, line) {
    case (UInt8(ascii: "I"), "00"): return try push(.bool(false))
    case (UInt8(ascii: "I"), "01"): return try push(.bool(true))
    case (UInt8(ascii: "F"), _): if let value = Double(line) { return try push(.double(value)) }
    default:
      if let value = Int(line.hasSuffix("L") ? String(line.dropLast()) : line) { return try push(.int(value)) }
    }
    throw source.failure("\(shown(line)) is no number", at: start)
  }

  private mutating func pushLong(_ count: UInt64) throws(BackplaneError) {
    let bytes = try source.bytes(count)
    let isNegative = (bytes.last ?? 0) >= 0x80
    let sign: UInt8 = isNegative ? 0xFF : 0
    let fits = bytes.count <= 8 || bytes[8...].allSatisfy { $0 == sign } && (bytes[7] >= 0x80) == isNegative
    guard fits else {
      try spend(bytes.count + 32)
      return try push(.long(bytes))
    }
    var value: UInt64 = isNegative ? .max : 0
    for byte in bytes.prefix(8).reversed() { value = value << 8 | UInt64(byte) }
    try push(.int(Int(Int64(bitPattern: value))))
  }

  private mutating func pushString(_ count: UInt64) throws(BackplaneError) {
    let start = source.offset
    guard let text = String(validating: try source.bytes(count), as: UTF8.self) else {
      throw source.failure("a string is not UTF-8", at: start)
    }
    if text.utf8.count > 15 { try spend(text.utf8.count + 32) }
    try push(.string(text))
  }

  /// One of Python 2: a text where it is one, as names are.
  private mutating func pushOldString(_ count: UInt64) throws(BackplaneError) {
    let bytes = try source.bytes(count)
    try spend(bytes.count + 32)
    try push(String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes))
  }

  private mutating func pushBytes(_ count: UInt64) throws(BackplaneError) {
    let bytes = try source.bytes(count)
    try spend(bytes.count + 32)
    try push(.bytes(bytes))
  }

  // MARK: Objects

  private mutating func make(_ kind: PickleObject.Kind, _ parts: [PickleValue]) throws(BackplaneError) {
    try spend(2 * MemoryLayout<PickleObject>.stride + (parts.isEmpty ? 0 : 32))
    objects.append(PickleObject(kind: kind, parts: parts))
    try push(.object(Int32(objects.count - 1)))
  }

  private mutating func add(
    _ parts: [PickleValue], to kinds: [PickleObject.Kind], _ start: Int
  ) throws(BackplaneError) {
    guard case .object(let place) = try top(start), kinds.contains(objects[Int(place)].kind) else {
      throw source.failure("parts of what has none", at: start)
    }
    if objects[Int(place)].parts.isEmpty { try spend(32) }
    // What grows bit by bit is copied into room for twice as much.
    try spend(parts.count * MemoryLayout<PickleValue>.stride / 2)
    objects[Int(place)].parts += parts
  }

  private mutating func pushGlobal(_ module: String, _ name: String, _ start: Int) throws(BackplaneError) {
    switch PickleGlobal.verdict(module, name) {
    case .known(let global): try push(.global(global))
    case .unknownType: throw source.failure("the data type \(module).\(name) is unknown here", at: start)
    case .refused:
      let full = shown("\(module).\(name)").dropFirst().dropLast()
      throw source.failure(
        "Weights only load failed. Unsupported global: GLOBAL \(full) was not an allowed global by default: nothing but "
          + "tensors, numbers, texts and containers of these is loaded, and nothing is executed", at: start)
    }
  }

  private mutating func call(_ start: Int) throws(BackplaneError) {
    let arguments = try pop(start)
    guard case .global(let function) = try pop(start), case .object(let place) = arguments,
      objects[Int(place)].kind == .tuple
    else { throw source.failure("a call of what is no function", at: start) }
    let parts = objects[Int(place)].parts
    guard function == .orderedDictionary else { return try make(.call(function), parts) }
    var entries: [PickleValue] = []
    if let first = parts.first {
      // As Python 2 wrote it: a list of pairs.
      guard case .object(let list) = first, objects[Int(list)].kind == .list else {
        throw source.failure("an OrderedDict of what is no list", at: start)
      }
      try spend(objects[Int(list)].parts.count * 2 * MemoryLayout<PickleValue>.stride)
      for entry in objects[Int(list)].parts {
        guard case .object(let pair) = entry, objects[Int(pair)].parts.count == 2 else {
          throw source.failure("an OrderedDict of what are no pairs", at: start)
        }
        entries += objects[Int(pair)].parts
      }
    }
    try make(.orderedDictionary, entries)
  }

  /// Gives an object what it has beside its parts: nothing of it matters, but for NumPy's types, in the byte order.
  private mutating func build(_ start: Int) throws(BackplaneError) {
    let state = try pop(start)
    guard case .object(let place) = try top(start) else {
      throw source.failure("Can only build Tensor, Parameter, OrderedDict", at: start)
    }
    switch objects[Int(place)].kind {
    case .call(.numpyDType):
      try spend(MemoryLayout<PickleValue>.stride)
      objects[Int(place)].parts.append(state)
    case .orderedDictionary, .call(.rebuildTensor), .call(.rebuildTensorV2), .call(.rebuildTensorV3),
      .call(.rebuildParameter), .call(.rebuildParameterWithState), .call(.rebuildFromType):
      break
    default: throw source.failure("Can only build Tensor, Parameter, OrderedDict", at: start)
    }
  }

  private mutating func pushStorage(_ start: Int) throws(BackplaneError) {
    guard case .object(let place) = try pop(start), objects[Int(place)].kind == .tuple,
      case .string("storage") = objects[Int(place)].parts.first
    else { throw source.failure("Only persistent_load of storage is allowed", at: start) }
    try make(.storage, objects[Int(place)].parts)
  }
}
