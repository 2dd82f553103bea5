import Backplane
import Text

/// Turns what a case file says of values into arguments on the device under test.
struct CaseValues {
  let file: Safetensors
  let device: Device
  /// The tensors marked `requires_grad`, in reading order.
  private(set) var differentiated: [Tensor] = []
  /// Whether the call gets copies of them: what changes its argument in place must not be given a leaf.
  var copiesLeaves = false

  init(_ file: Safetensors, on device: Device) {
    self.file = file
    self.device = device
  }

  mutating func arguments(_ values: [JSON]) throws(BackplaneError) -> [Argument] {
    var result: [Argument] = []
    for value in values { result.append(try argument(value)) }
    return result
  }

  mutating func keywords(_ values: [(String, JSON)]) throws(BackplaneError) -> [String: Argument] {
    var result: [String: Argument] = [:]
    for (name, value) in values {
      // A device that a call names is the one where it was recorded.
      if name == "device", value.string != nil {
        result[name] = .device(device)
      } else {
        result[name] = try argument(value)
      }
    }
    return result
  }

  private mutating func argument(_ value: JSON) throws(BackplaneError) -> Argument {
    switch value {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .integer(let value): return .int(Int64(value))
    case .number(let value): return .double(value)
    case .string(let value): return .string(try name(value))
    case .array(let values): return .list(try arguments(values))
    case .object: break
    }
    if value["t"] != nil {
      let made = try tensor(value)
      if case .bool(true) = value["requires_grad"] {
        made.requiresGrad_()
        differentiated.append(made)
        if copiesLeaves { return .tensor(made.clone()) }
      }
      return .tensor(made)
    }
    if let name = value["float"]?.string, let number = Double(name) { return .double(number) }
    if let parts = value["complex"]?.array, parts.count == 2, let re = parts[0].number, let im = parts[1].number {
      return .complex(re, im)
    }
    if let name = value["dtype"]?.string {
      _ = try self.name(name)
      guard let dtype = DType(named: name) else { throw BackplaneError(.file, "there is no dtype '\(name)'") }
      return .dtype(dtype)
    }
    if value["device"] != nil { return .device(device) }
    if let parts = value["slice"]?.array, parts.count == 3 {
      return .slice(parts[0].integer, parts[1].integer, parts[2].integer)
    }
    if value["ellipsis"] != nil { return .ellipsis }
    let text = value.text(depth: 0)
    throw BackplaneError(
      .file, "a value is none that this program knows: \(text.utf8.count > 200 ? text.prefix(200) + "…" : text)")
  }

  /// A text that is to be compared with others, which one of nothing but accents makes slow.
  private func name(_ text: String) throws(BackplaneError) -> String {
    guard text.utf8.count <= JSONReader.keyLengthLimit else {
      throw BackplaneError(.file, "a value is a text of \(text.utf8.count) bytes")
    }
    return text
  }

  /// The tensor that `{"t": key, …}` describes, on the device.
  func tensor(_ value: JSON) throws(BackplaneError) -> Tensor {
    guard let key = value["t"]?.string else { throw BackplaneError(.file, "a tensor has no key") }
    var result = try file.tensor(key, device: device)
    if case .bool(true) = value["complex"] {
      let shape = Array(result.shape)
      guard result.dtype == .float64, shape.last == 2 else {
        throw BackplaneError(.file, "the tensor \(key) is no complex128 in pairs")
      }
      result = try Tensor(
        hostBytes: result.hostBytes(), shape: Array(shape.dropLast()), dtype: .complex128, device: device)
    }
    if let shape = value["shape"]?.integers, let strides = value["strides"]?.integers {
      let base = result
      let offset = value["offset"]?.integer ?? 0
      do {
        result = try withErrors { base.asStrided(shape, strides, storageOffset: offset) }
      } catch let error as BackplaneError {
        throw error
      } catch {
        throw BackplaneError(.internal, "\(error)")
      }
    }
    return result
  }
}

extension JSON {
  var integers: [Int]? {
    guard let values = array else { return nil }
    let result = values.compactMap(\.integer)
    return result.count == values.count ? result : nil
  }
}
