import Text

/// NumPy's type strings, such as `<f4`: byte order, kind, bytes.
struct NPYType {
  /// The tensor's type.
  let dtype: DType
  /// Whether the bytes of each number are in the other order than the machine's.
  let isSwapped: Bool
  /// How the file has what no tensor has.
  let unsigned: Unsigned?

  /// Unsigned integers become the next larger type that tensors have, which holds all their values; 64 bits that are
  /// too many for int64 are an error.
  enum Unsigned {
    case uint16, uint32, uint64

    var byteCount: Int {
      switch self {
      case .uint16: 2
      case .uint32: 4
      case .uint64: 8
      }
    }
  }

  /// The bytes of an element in the file.
  var byteCount: Int { unsigned?.byteCount ?? dtype.byteCount }

  private static let types: [(code: String, dtype: DType)] = [
    ("b1", .bool), ("u1", .uint8), ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64), ("f2", .float16),
    ("f4", .float32), ("f8", .float64), ("c8", .complex64), ("c16", .complex128),
  ]
  private static let unsignedTypes: [(code: String, unsigned: Unsigned, dtype: DType)] = [
    ("u2", .uint16, .int32), ("u4", .uint32, .int64), ("u8", .uint64, .int64),
  ]

  /// The type string of a type, or nil for one that NumPy has not.
  static func descr(_ dtype: DType) -> String? {
    guard let code = types.first(where: { $0.dtype == dtype })?.code else { return nil }
    return (dtype.byteCount == 1 ? "|" : "<") + code
  }

  /// The type of a type string, or nil for one that no tensor can hold.
  init?(_ descr: String) {
    let order = descr.first.flatMap { "<>=|".contains($0) ? $0 : nil }
    let code = order == nil ? descr[...] : descr.dropFirst()
    if let dtype = NPYType.types.first(where: { $0.code == code })?.dtype {
      (self.dtype, unsigned) = (dtype, nil)
    } else if let type = NPYType.unsignedTypes.first(where: { $0.code == code }) {
      (dtype, unsigned) = (type.dtype, type.unsigned)
    } else {
      return nil
    }
    isSwapped = order == ">" && dtype.byteCount > 1
    if order == "|", dtype.byteCount > 1 { return nil }
  }

  /// What a type string that tensors have not stands for.
  static func explanation(_ descr: String) -> String {
    let code = descr.drop { "<>=|".contains($0) }
    let kind: String? =
      switch (code.first, code.dropFirst()) {
      case ("f", "12"), ("f", "16"): "long double"
      case ("c", "24"), ("c", "32"): "complex long double"
      case ("U", _), ("S", _), ("a", _): "strings"
      case ("O", _): "Python objects, which are not read"
      case ("M", _): "dates"
      case ("m", _): "durations"
      case ("V", _): "raw bytes, as which NumPy writes types that are not its own, bfloat16 among them"
      default: nil
      }
    return "no tensor has the data type '\(shown(descr).dropFirst().dropLast())'" + (kind.map { " (\($0))" } ?? "")
  }
}
