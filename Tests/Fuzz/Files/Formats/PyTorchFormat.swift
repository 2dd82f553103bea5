import Backplane
import Glibc

struct PyTorchFormat: FileFormat {
  static let name = "pt"

  func make(_ random: inout FileRandom) -> [UInt8] {
    var pickle = Pickle(isOld: random.oneIn(3), random)
    let bytes = pickle.bytes()
    random = pickle.random
    return pickle.isOld ? row(bytes, pickle, &random) : archive(bytes, pickle, &random)
  }

  /// The older layout: pickles one after the other, then the elements.
  private func row(_ value: [UInt8], _ pickle: Pickle, _ random: inout FileRandom) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    bytes += [0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E]
    bytes += value + [0x80, 2, 0x5D, 0x28]
    for key in pickle.counts.indices { bytes += Pickle.text("\(key)") }
    bytes += [0x65, 0x2E]
    for (count, width) in zip(pickle.counts, pickle.widths) {
      bytes.append(random.oneIn(20) ? random.number(near: UInt64(count)) : UInt64(count), as: UInt64.self)
      for _ in 0..<count * width { bytes.append(random.oneIn(3) ? random.byte() : 0) }
    }
    return bytes
  }

  private func archive(_ value: [UInt8], _ pickle: Pickle, _ random: inout FileRandom) -> [UInt8] {
    var members: [(String, [UInt8])] = [("a/data.pkl", value)]
    let order = random.pick(["little", "big", "little", "middle"])
    if random.oneIn(2) { members.append(("a/byteorder", Array(order.utf8))) }
    for (i, (count, width)) in zip(pickle.counts, pickle.widths).enumerated() where !random.oneIn(30) {
      let length = random.oneIn(20) ? random.below(64) : count * width
      members.append(("a/data/\(i)", (0..<length).map { _ in random.oneIn(3) ? random.byte() : 0 }))
    }
    if random.oneIn(40) { members.append(("a/constants.pkl", [])) }
    if random.oneIn(40), let last = members.last { members.append(last) }
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, data) in members {
      let start = bytes.count
      var common: [UInt8] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
      common.append(random.oneIn(60) ? 0 : Deflate.checksum(data), as: UInt32.self)
      common.append(UInt32(data.count), as: UInt32.self)
      common.append(UInt32(data.count), as: UInt32.self)
      common.append(UInt16(name.utf8.count), as: UInt16.self)
      let padding = random.oneIn(2) ? 0 : random.below(64)
      bytes += [0x50, 0x4B, 3, 4] + common
      bytes.append(UInt16(padding), as: UInt16.self)
      bytes += Array(name.utf8) + [UInt8](repeating: 0, count: padding) + data
      directory += [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 12)
      directory.append(UInt32(start), as: UInt32.self)
      directory += Array(name.utf8)
    }
    let start = bytes.count
    bytes += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    bytes.append(UInt16(members.count), as: UInt16.self)
    bytes.append(UInt16(members.count), as: UInt16.self)
    bytes.append(UInt32(directory.count), as: UInt32.self)
    bytes.append(UInt32(start), as: UInt32.self)
    return bytes + [0, 0]
  }

  func read(_ file: FileUnderTest) throws -> String? {
    let value = try Checkpoint(contentsOf: file.path, device: file.device)
    if let problem = try PyTorchFormat.problem(value, file) { return problem }
    guard file.isWritten else { return nil }
    return try PyTorchFormat.rewriting(value, file, PyTorchFormat.isSmall(value) ? [".pt", ".safetensors"] : [".pt"])
  }

  /// Whether there is no tensor that is one element over and over, more often than memory holds.
  private static func isSmall(_ value: Checkpoint) -> Bool {
    switch value {
    case .tensor(let tensor): tensor.numel < 1 << 16
    case .list(let values), .tuple(let values): values.allSatisfy(isSmall)
    case .dictionary(let values): values.allSatisfy { isSmall($0.value) }
    default: true
    }
  }

  static func problem(_ value: Checkpoint, _ file: FileUnderTest) throws -> String? {
    switch value {
    case .tensor(let tensor): return isSmall(value) ? try file.problem(tensor, "a tensor") : nil
    case .list(let values), .tuple(let values):
      for value in values { if let problem = try problem(value, file) { return problem } }
    case .dictionary(let values):
      for (_, value) in values { if let problem = try problem(value, file) { return problem } }
    default: break
    }
    return nil
  }

  /// Writes the value, reads it, and writes it again: both files have to be the same.
  static func rewriting(_ value: Checkpoint, _ file: FileUnderTest, _ endings: [String]) throws -> String? {
    for ending in endings {
      let path = file.target + ending
      defer { unlink(path) }
      do {
        try save(value, to: path)
      } catch {
        // Not every format has every type and depth.
        if ending == ".safetensors" { continue }
        throw error
      }
      let first = contents(path)
      try save(Checkpoint(contentsOf: path, device: file.device), to: path)
      if contents(path) != first { return "it was written as \(ending), and read and written again as another" }
    }
    return nil
  }

  private static func contents(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "re") else { return [] }
    defer { fclose(file) }
    var (result, piece): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = fread(&piece, 1, piece.count, file)
      if count == 0 { return result }
      result += piece[..<count]
    }
  }
}

/// A value that is pickled, with storages to go with it, and lies.
private struct Pickle {
  let isOld: Bool
  var random: FileRandom
  private(set) var counts: [Int] = []
  private(set) var widths: [Int] = []
  private var types: [String] = []
  private var memory = 0

  private static let storageTypes: [(String, Int)] = [
    ("Float", 4), ("Bool", 1), ("Byte", 1), ("Char", 1), ("Short", 2), ("Int", 4), ("Long", 8), ("Half", 2),
    ("BFloat16", 2), ("Double", 8), ("ComplexFloat", 8), ("ComplexDouble", 16), ("Untyped", 1), ("QInt8", 1),
  ]
  private static let globals = [
    "collections\nOrderedDict", "collections\nCounter", "builtins\nset", "builtins\ncomplex", "_codecs\nencode",
    "torch\nSize", "torch\ndevice", "torch\nfloat32", "torch\nuint16", "torch.nn.parameter\nParameter",
    "torch._utils\n_rebuild_parameter", "torch._tensor\n_rebuild_from_type_v2", "torch._utils\n_rebuild_tensor_v3",
    "numpy.core.multiarray\nscalar", "numpy\ndtype", "os\nsystem", "builtins\neval", "torch\nTensor", "\n",
  ]

  init(isOld: Bool, _ random: FileRandom) { (self.isOld, self.random) = (isOld, random) }

  static func text(_ value: String) -> [UInt8] {
    var bytes: [UInt8] = [0x58]
    bytes.append(UInt32(value.utf8.count), as: UInt32.self)
    return bytes + Array(value.utf8)
  }

  mutating func bytes() -> [UInt8] {
    for _ in 0..<random.below(4) {
      let (type, width) = random.pick(random.oneIn(6) ? Pickle.storageTypes : Array(Pickle.storageTypes.prefix(12)))
      types.append(type)
      widths.append(width)
      counts.append(random.below(12))
    }
    var body = random.oneIn(12) ? nonsense() : value(0)
    if random.oneIn(300) {
      body = [UInt8](repeating: random.pick([0x5D, 0x7D, 0x28, 0x4E, 0x8F, 0x29]), count: 900_000)
    }
    if random.oneIn(60) { body = deep() }
    if random.oneIn(60) { body = laughs() }
    return [0x80, random.pick([2, 2, 2, 3, 4, 5, 6])] + body + [0x2E]
  }

  /// Instructions in no order.
  private mutating func nonsense() -> [UInt8] {
    let codes = Array("(.012FIKLMJNRQTUXab]}csudleghijpqrtGCB)".utf8) + [UInt8](0x80...0x98)
    var bytes: [UInt8] = []
    for _ in 0..<random.below(60) {
      if random.oneIn(3) { bytes += value(3) }
      bytes.append(random.pick(codes))
      if random.oneIn(4) { bytes.append(random.byte()) }
    }
    return bytes
  }

  /// Lists in lists.
  private mutating func deep() -> [UInt8] {
    let count = random.pick([10, 199, 201, 5000, 100_000])
    return [UInt8](repeating: 0x5D, count: count) + [UInt8](repeating: 0x61, count: count - 1)
  }

  /// Each list is the last one twice over.
  private mutating func laughs() -> [UInt8] {
    var bytes: [UInt8] = [0x5D, 0x71, 0]
    for i in 1..<UInt8(random.pick([5, 18, 60])) { bytes += [0x28, 0x68, i - 1, 0x68, i - 1, 0x6C, 0x71, i] }
    return bytes + [0x28] + (1..<5).map { _ in 0x30 } + [0x68, 4]
  }

  private mutating func value(_ depth: Int) -> [UInt8] {
    switch random.below(depth > 3 ? 8 : 14) {
    case 0: return [0x4E]
    case 1: return [random.pick([0x88, 0x89])]
    case 2: return [0x4B, random.byte()]
    case 3: return [0x4A] + (0..<4).map { _ in random.byte() }
    case 4: return [0x47] + (0..<8).map { _ in random.byte() }
    case 5: return Pickle.text(random.pick(["", "a", "né", "storage", String(repeating: "long", count: 30)]))
    case 6:
      let bytes = (0..<random.below(12)).map { _ in random.byte() }
      return [0x8A, UInt8(bytes.count)] + bytes
    case 7:
      let bytes = (0..<random.below(12)).map { _ in random.byte() }
      return [0x43, UInt8(bytes.count)] + bytes
    case 8:
      var bytes: [UInt8] = [0x5D, 0x71, 7, 0x28]
      for _ in 0..<random.below(4) { bytes += value(depth + 1) }
      if random.oneIn(30) { bytes += [0x68, 7] }
      return bytes + [0x65]
    case 9:
      var bytes: [UInt8] = [0x28]
      for _ in 0..<random.below(4) { bytes += value(depth + 1) }
      return bytes + [0x74]
    case 10: return Array("c\(random.pick(Pickle.globals))\n".utf8) + value(4) + [0x85, 0x52]
    case 11: return dictionary(depth)
    default: return types.isEmpty ? dictionary(depth) : tensor()
    }
  }

  private mutating func dictionary(_ depth: Int) -> [UInt8] {
    var bytes: [UInt8] = random.oneIn(2) ? [0x7D, 0x28] : Array("ccollections\nOrderedDict\n)R(".utf8)
    for i in 0..<random.below(5) {
      bytes += random.oneIn(10) ? value(4) : Pickle.text(random.pick(["k\(i)", "model", "a.b", "$tensor", ""]))
      bytes += value(depth + 1)
    }
    return bytes + [0x75]
  }

  private mutating func natural(_ number: Int) -> [UInt8] {
    let number = random.oneIn(60) ? random.number(near: UInt64(number)) : UInt64(number)
    if let byte = UInt8(exactly: number) { return [0x4B, byte] }
    var bytes: [UInt8] = [0x8A, 8]
    bytes.append(number, as: UInt64.self)
    return bytes
  }

  private mutating func tensor() -> [UInt8] {
    let key = random.below(types.count)
    let isV3 = types[key] == "Untyped" || random.oneIn(20)
    var bytes = Array("ctorch._utils\n_rebuild_tensor_v\(isV3 ? 3 : 2)\n((".utf8) + Pickle.text("storage")
    bytes += Array("ctorch\n\(types[key])Storage\n".utf8) + Pickle.text("\(key)") + Pickle.text("cpu")
    bytes += natural(counts[key])
    if isOld { bytes += [0x4E] }
    bytes += [0x74, 0x51]
    let count = counts[key]
    let extent = random.below(count + 1)
    bytes += natural(random.below(count - extent + 1))
    switch random.below(3) {
    case 0: bytes += natural(extent) + [0x85] + natural(1) + [0x85]
    case 1: bytes += natural(extent) + natural(2) + [0x86] + natural(1) + natural(0) + [0x86]
    default:
      bytes += natural(1) + natural(extent) + natural(1) + [0x87]
      bytes += natural(count) + natural(1) + natural(5) + [0x87]
    }
    bytes += [random.oneIn(6) ? 0x88 : 0x89] + Array("ccollections\nOrderedDict\n)R".utf8)
    if isV3 { bytes += Array("ctorch\n\(random.pick(["float32", "bool", "uint8", "int64", "bfloat16"]))\n".utf8) }
    return bytes + [0x74, 0x52]
  }
}
