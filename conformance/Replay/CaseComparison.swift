import Backplane
import Text

/// Holds what a call gave against what a case expects.
struct CaseComparison {
  let values: CaseValues
  let relativeTolerance: Double
  let absoluteTolerance: Double

  /// What is wrong with the results of a call, or nil.
  func difference(_ results: [Argument], _ expected: [JSON]) throws(BackplaneError) -> String? {
    guard results.count == expected.count else { return "expected \(expected.count) results, got \(results.count)" }
    for (i, result) in results.enumerated() {
      if let wrong = try difference(result, expected[i]) { return results.count == 1 ? wrong : "result \(i): \(wrong)" }
    }
    return nil
  }

  /// What is wrong with one result, or nil.
  func difference(_ result: Argument, _ expected: JSON) throws(BackplaneError) -> String? {
    if case .null = expected { return nil }
    if let like = expected["like"] {
      guard case .tensor(let tensor) = result else { return "expected a tensor, got \(result.kind)" }
      return difference(of: tensor, like["shape"]?.integers ?? [], like["dtype"]?.string ?? "")
    }
    if expected["t"] != nil {
      guard case .tensor(let tensor) = result else { return "expected a tensor, got \(result.kind)" }
      return try difference(tensor, values.tensor(expected))
    }
    return numberDifference(result, expected)
  }

  /// Shape and type alone.
  private func difference(of tensor: Tensor, _ shape: [Int], _ dtype: String) -> String? {
    if Array(tensor.shape) != shape { return "expected shape \(shape), got \(Array(tensor.shape))" }
    return "\(tensor.dtype)" == dtype ? nil : "expected dtype \(dtype), got \(tensor.dtype)"
  }

  func difference(_ got: Tensor, _ expected: Tensor) throws(BackplaneError) -> String? {
    if let wrong = difference(of: got, Array(expected.shape), "\(expected.dtype)") { return wrong }
    let a = Elements(try got.hostBytes(), got.dtype), b = Elements(try expected.hostBytes(), got.dtype)
    var wrong = 0
    var first: String?
    for i in 0..<a.count where !matches(a, b, i) {
      wrong += 1
      if first == nil {
        first = "at \(CaseComparison.position(i, Array(got.shape))) expected \(b.text(i)), got \(a.text(i))"
      }
    }
    return first.map { wrong == 1 ? $0 : "\($0); \(wrong) of \(a.count) elements differ" }
  }

  private func matches(_ a: Elements, _ b: Elements, _ i: Int) -> Bool {
    if !a.dtype.isFloatingPoint && !a.dtype.isComplex { return a.integer(i) == b.integer(i) }
    let parts = a.dtype.isComplex ? 2 : 1
    for part in 0..<parts where !isClose(a.double(parts * i + part), b.double(parts * i + part)) {
      // The two parts of a complex number are one number: its magnitude sets the tolerance.
      guard parts == 2 else { return false }
      let (x, y) = (a.double(2 * i) - b.double(2 * i), a.double(2 * i + 1) - b.double(2 * i + 1))
      let (re, im) = (b.double(2 * i), b.double(2 * i + 1))
      let distance = (x * x + y * y).squareRoot()
      return distance <= absoluteTolerance + relativeTolerance * (re * re + im * im).squareRoot()
    }
    return true
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
    if a.isInfinite || b.isInfinite { return a == b }
    return (a - b).magnitude <= absoluteTolerance + relativeTolerance * b.magnitude
  }

  private func numberDifference(_ result: Argument, _ expected: JSON) -> String? {
    let isEqual: Bool
    switch (result, expected) {
    case (.bool(let a), .bool(let b)): isEqual = a == b
    case (.int(let a), .integer(let b)): isEqual = a == Int64(b)
    case (.int(let a), .number(let b)): isEqual = Double(a) == b
    case (.double(let a), .integer(let b)): isEqual = isClose(a, Double(b))
    case (.double(let a), .number(let b)): isEqual = isClose(a, b)
    case (.double(let a), .object):
      isEqual = expected["float"]?.string.flatMap { Double($0) }.map { isClose(a, $0) } ?? false
    case (.complex(let re, let im), .object):
      let parts = expected["complex"]?.array?.compactMap(\.number) ?? []
      isEqual = parts.count == 2 && isClose(re, parts[0]) && isClose(im, parts[1])
    case (.string(let a), .string(let b)): isEqual = a == b
    default: isEqual = false
    }
    return isEqual ? nil : "expected \(expected.text(depth: 0)), got \(result.kind)"
  }

  private static func position(_ index: Int, _ shape: [Int]) -> String {
    var rest = index
    var position: [Int] = []
    for extent in shape.reversed() {
      position.insert(rest % max(extent, 1), at: 0)
      rest /= max(extent, 1)
    }
    return "\(position)"
  }
}

/// The elements of a tensor in host memory; those of complex types count as two.
private struct Elements {
  let bytes: [UInt8]
  let dtype: DType

  init(_ bytes: [UInt8], _ dtype: DType) {
    self.bytes = bytes
    self.dtype = dtype
  }

  var count: Int { bytes.count / dtype.byteCount }

  func integer(_ i: Int) -> Int64 {
    bytes.withUnsafeBytes { p in
      switch dtype {
      case .bool, .uint8: Int64(p[i])
      case .int8: Int64(Int8(bitPattern: p[i]))
      case .int16: Int64(p.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self))
      case .int32: Int64(p.loadUnaligned(fromByteOffset: 4 * i, as: Int32.self))
      default: p.loadUnaligned(fromByteOffset: 8 * i, as: Int64.self)
      }
    }
  }

  func double(_ i: Int) -> Double {
    bytes.withUnsafeBytes { p in
      switch dtype {
      case .float16: Double(p.loadUnaligned(fromByteOffset: 2 * i, as: Float16.self))
      case .bfloat16: Double(Float(bitPattern: UInt32(p.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)) << 16))
      case .float32, .complex64: Double(p.loadUnaligned(fromByteOffset: 4 * i, as: Float.self))
      default: p.loadUnaligned(fromByteOffset: 8 * i, as: Double.self)
      }
    }
  }

  func text(_ i: Int) -> String {
    if dtype == .bool { return bytes[i] == 0 ? "false" : "true" }
    if dtype.isComplex { return "\(double(2 * i))+\(double(2 * i + 1))i" }
    return dtype.isFloatingPoint ? "\(double(i))" : "\(integer(i))"
  }
}

extension Argument {
  /// The value for a message.
  var kind: String {
    switch self {
    case .null: "nothing"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .complex(let re, let im): "\(re)+\(im)i"
    case .string(let value): "'\(value)'"
    case .dtype(let value): "\(value)"
    case .device(let value): "\(value)"
    case .tensor(let value): "a tensor of shape \(Array(value.shape))"
    case .list(let values): "a list of \(values.count)"
    case .slice: "a slice"
    case .ellipsis: "an ellipsis"
    }
  }
}
