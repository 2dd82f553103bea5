/// NumPy's type strings, such as `<f4`: byte order, kind, bytes.
enum NPYType {
  private static let types: [(code: String, dtype: DType)] = [
    ("b1", .bool), ("u1", .uint8), ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64), ("f2", .float16),
    ("f4", .float32), ("f8", .float64), ("c8", .complex64), ("c16", .complex128),
  ]

  /// The type string of a type, or nil for one that NumPy has not.
  static func descr(_ dtype: DType) -> String? {
    guard let code = types.first(where: { $0.dtype == dtype })?.code else { return nil }
    return (dtype.byteCount == 1 ? "|" : "<") + code
  }

  /// The type of a type string and whether its bytes are in the other order, or nil for one that tensors have not.
  static func dtype(_ descr: String) -> (dtype: DType, isSwapped: Bool)? {
    let order = descr.first.flatMap { "<>=|".contains($0) ? $0 : nil }
    let code = order == nil ? descr[...] : descr.dropFirst()
    guard let dtype = types.first(where: { $0.code == code })?.dtype else { return nil }
    guard dtype.byteCount > 1 else { return (dtype, false) }
    return order == "|" ? nil : (dtype, order == ">")
  }

  /// What a type string that tensors have not stands for.
  static func explanation(_ descr: String) -> String {
    let code = descr.drop { "<>=|".contains($0) }
    let kind: String? =
      switch (code.first, code.dropFirst()) {
      case ("u", "2"): "uint16"
      case ("u", "4"): "uint32"
      case ("u", "8"): "uint64"
      case ("f", "12"), ("f", "16"): "long double"
      case ("c", "24"), ("c", "32"): "complex long double"
      case ("U", _), ("S", _), ("a", _): "strings"
      case ("O", _): "Python objects, which are not read"
      case ("M", _): "dates"
      case ("m", _): "durations"
      case ("V", _): "raw bytes, as which NumPy writes types that are not its own, bfloat16 among them"
      default: nil
      }
    return "no tensor has the data type '\(descr)'" + (kind.map { " (\($0))" } ?? "")
  }
}
