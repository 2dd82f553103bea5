import Text

/// Nested values in a safetensors file: the tensors under dotted names, and how all hangs together as a note, in JSON,
/// under the name `backplane.values`.
///
/// In the note `null`, truth values, numbers, texts, arrays and objects stand for themselves, whole numbers without a point
/// and others with one. What JSON has not is an object of one member whose name begins with `$`: `{"$tensor": name}`,
/// `{"$tuple": [...]}`, `{"$ordered": object}`, `{"$pairs": [[key, value], ...]}`, `{"$double": "inf"}`,
/// `{"$complex": [real, imaginary]}`, `{"$bytes": hexadecimal}`, `{"$dtype": name}`; `$parameter` is a `$tensor` that
/// requires gradients.
extension Safetensors {
  private static let noteName = "backplane.values"

  static func write(_ value: Checkpoint, to path: String) throws(BackplaneError) {
    var writer = NoteWriter(path: path)
    let note = try writer.note(value, [])
    // A plain state dict needs no note: other programs write none.
    let isPlain = value.dictionary.map { $0.isOrderedDict && $0.allSatisfy { NoteWriter.isPlain($0.value) } } ?? false
    try write(
      writer.tensors, to: path, metadata: isPlain && writer.hasPlainNames ? [:] : [noteName: note.text(depth: 0)])
  }

  static func checkpoint(_ path: String, device: Device?, isMapped: Bool) throws(BackplaneError) -> Checkpoint {
    let file = try Safetensors(path, isKept: false, isMapped: isMapped)
    guard let note = file.metadata[noteName] else {
      var tensors = StateDict()
      for name in file.names { tensors[name] = try file.tensor(name, device: device) }
      return Checkpoint(tensors)
    }
    let json: JSON
    do throws(JSONReader.Failure) { json = try JSON.read(note) } catch {
      throw .file(path, "the note \(noteName) is damaged: \(error.reason) at byte \(error.offset) of it")
    }
    var reader = NoteReader(file: file, path: path, device: device)
    return try reader.value(json, depth: 0)
  }
}

private struct NoteWriter {
  let path: String
  private(set) var tensors: [(key: String, value: Tensor)] = []
  /// Whether each tensor has the name that it has in the outermost dictionary.
  private(set) var hasPlainNames = true
  private var names = Set<String>()
  private var known: [ObjectIdentifier: String] = [:]

  /// JSON's readers take no deeper text, and a level here may be two there.
  private static let depthLimit = 14

  init(path: String) { self.path = path }

  static func isPlain(_ value: Checkpoint) -> Bool { value.tensor.map { !$0.requiresGrad } ?? false }

  mutating func note(_ value: Checkpoint, _ keys: [String]) throws(BackplaneError) -> JSON {
    guard keys.count <= NoteWriter.depthLimit else {
      throw .file(
        path,
        "\(shown(keys.joined(separator: "."))): values nested more than \(NoteWriter.depthLimit) deep: save them as .pt"
      )
    }
    switch value {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .integer(value)
    case .double(let value):
      // What else is in a NaN is not kept.
      let name = value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
      return value.isFinite ? .number(value) : .object([("$double", .string(name))])
    case .complex(let real, let imaginary):
      return .object([("$complex", .array([try note(.double(real), []), try note(.double(imaginary), [])]))])
    case .string(let value): return .string(value)
    case .bytes(let value): return .object([("$bytes", .string(Hexadecimal.text(value)))])
    case .dtype(let value): return .object([("$dtype", .string("\(value)"))])
    case .tensor(let tensor):
      return .object([(tensor.requiresGrad ? "$parameter" : "$tensor", .string(name(tensor, keys)))])
    case .list(let values): return try array(values, keys)
    case .tuple(let values): return .object([("$tuple", try array(values, keys))])
    case .dictionary(let values):
      let members = try object(values, keys)
      return values.isOrderedDict ? .object([("$ordered", members)]) : members
    }
  }

  private mutating func array(_ values: [Checkpoint], _ keys: [String]) throws(BackplaneError) -> JSON {
    var result: [JSON] = []
    for (i, value) in values.enumerated() { result.append(try note(value, keys + ["\(i)"])) }
    return .array(result)
  }

  private mutating func object(_ values: Checkpoint.Dictionary, _ keys: [String]) throws(BackplaneError) -> JSON {
    var members: [(String, JSON)] = []
    var pairs: [JSON] = []
    var isObject = true
    for (key, value) in values {
      switch key {
      case .string(let name):
        let inner = try note(value, keys + [name])
        members.append((name, inner))
        pairs.append(.array([.string(name), inner]))
        isObject = isObject && !name.hasPrefix("$") && name.utf8.count <= JSONReader.keyLengthLimit
      case .int(let number):
        isObject = false
        pairs.append(.array([.integer(number), try note(value, keys + ["\(number)"])]))
      }
    }
    return isObject ? .object(members) : .object([("$pairs", .array(pairs))])
  }

  /// The name in the file of a tensor that the keys lead to.
  private mutating func name(_ tensor: Tensor, _ keys: [String]) -> String {
    if let name = known[ObjectIdentifier(tensor)], keys.count > 1 { return name }
    let wanted = keys.isEmpty ? "tensor" : keys.joined(separator: ".")
    var name = wanted
    var number = 2
    while name == "__metadata__" || !names.insert(name).inserted {
      name = "\(wanted)#\(number)"
      number += 1
    }
    if name != wanted { hasPlainNames = false }
    known[ObjectIdentifier(tensor)] = name
    tensors.append((name, tensor))
    return name
  }
}

private struct NoteReader {
  let file: Safetensors
  let path: String
  let device: Device?
  private var tensors: [String: Tensor] = [:]

  init(file: Safetensors, path: String, device: Device?) { (self.file, self.path, self.device) = (file, path, device) }

  private func failure(_ reason: String) -> BackplaneError { .file(path, "the note of its values: \(reason)") }

  mutating func value(_ json: JSON, depth: Int) throws(BackplaneError) -> Checkpoint {
    switch json {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .integer(let value): return .int(value)
    case .number(let value): return .double(value)
    case .string(let value): return .string(value)
    case .array(let values): return .list(try list(values, depth))
    case .object(let members):
      guard members.count == 1, members[0].0.hasPrefix("$") else {
        var result = Checkpoint.Dictionary()
        for (name, member) in members { result[name] = try value(member, depth: depth + 1) }
        return .dictionary(result)
      }
      return try special(members[0].0, members[0].1, depth)
    }
  }

  private mutating func list(_ values: [JSON], _ depth: Int) throws(BackplaneError) -> [Checkpoint] {
    var result: [Checkpoint] = []
    for element in values { result.append(try value(element, depth: depth + 1)) }
    return result
  }

  private mutating func special(_ kind: String, _ json: JSON, _ depth: Int) throws(BackplaneError) -> Checkpoint {
    switch (kind, json) {
    case ("$tensor", .string(let name)): return .tensor(try tensor(name, requiresGrad: false))
    case ("$parameter", .string(let name)): return .tensor(try tensor(name, requiresGrad: true))
    case ("$tuple", .array(let values)): return .tuple(try list(values, depth))
    case ("$ordered", .object):
      guard case .dictionary(var result) = try value(json, depth: depth + 1) else { break }
      result.isOrderedDict = true
      return .dictionary(result)
    case ("$pairs", .array(let pairs)):
      var result = Checkpoint.Dictionary()
      for pair in pairs {
        guard case .array(let parts) = pair, parts.count == 2 else { throw failure("a key without a value") }
        switch parts[0] {
        case .string(let name): result[name] = try value(parts[1], depth: depth + 1)
        case .integer(let number): result[.int(number)] = try value(parts[1], depth: depth + 1)
        default: throw failure("a key that is neither text nor a whole number")
        }
      }
      return .dictionary(result)
    case ("$double", .string(let text)):
      if ["inf", "-inf", "nan"].contains(text), let number = Double(text) { return .double(number) }
    case ("$complex", .array(let parts)):
      let numbers = try list(parts, depth).compactMap(\.double)
      if parts.count == 2, numbers.count == 2 { return .complex(numbers[0], numbers[1]) }
    case ("$bytes", .string(let text)):
      if let bytes = Hexadecimal.bytes(text) { return .bytes(bytes) }
    case ("$dtype", .string(let name)):
      if let dtype = DType.allCases.first(where: { $0.description == name }) { return .dtype(dtype) }
    default: break
    }
    throw failure("a value \(shown(kind)) that is unknown")
  }

  private mutating func tensor(_ name: String, requiresGrad: Bool) throws(BackplaneError) -> Tensor {
    guard name.utf8.count <= JSONReader.keyLengthLimit else { throw failure("a name of \(name.utf8.count) bytes") }
    let key = (requiresGrad ? "p" : "t") + name
    if let known = tensors[key] { return known }
    let tensor = try file.tensor(name, device: device)
    if requiresGrad {
      guard tensor.dtype.isFloatingPoint || tensor.dtype.isComplex else {
        throw failure("\(shown(name)): Only Tensors of floating point and complex dtype can require gradients")
      }
      tensor.requiresGrad_(true)
    }
    tensors[key] = tensor
    return tensor
  }
}

/// Bytes as text, two digits each.
private enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var result: [UInt8] = []
    for i in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Character(Unicode.Scalar(digits[i])).hexDigitValue,
        let low = Character(Unicode.Scalar(digits[i + 1])).hexDigitValue
      else { return nil }
      result.append(UInt8(high << 4 | low))
    }
    return result
  }
}
