/// The types of elements that are read. Quantized ones stand in blocks, with what scales them.
///
/// The blocks are defined in ggml's ggml-common.h. Numbers are computed in float32, in the order in which ggml does.
enum GGUFType: UInt32 {
  case f32 = 0, f16 = 1, q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7, q8_0 = 8, q4_K = 12, q5_K = 13, q6_K = 14
  case i8 = 24, i16 = 25, i32 = 26, i64 = 27, f64 = 28, bf16 = 30

  /// As ggml calls it.
  static func name(_ raw: UInt32) -> String {
    if let known = GGUFType(rawValue: raw) {
      let text = "\(known)"
      return text.hasSuffix("_K") ? "Q" + text.dropFirst() : text.uppercased()
    }
    let others: [UInt32: String] = [
      9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
      20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
    ]
    return others[raw] ?? "\(raw)"
  }

  /// The type of a tensor of the same elements; nil for what has to be computed.
  var dtype: DType? {
    switch self {
    case .f32: .float32
    case .f16: .float16
    case .bf16: .bfloat16
    case .f64: .float64
    case .i8: .int8
    case .i16: .int16
    case .i32: .int32
    case .i64: .int64
    default: nil
    }
  }

  /// The elements of a block.
  var blockCount: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
    case .q4_K, .q5_K, .q6_K: 256
    default: 1
    }
  }

  /// The bytes of a block.
  var byteCount: Int {
    switch self {
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q4_K: 144
    case .q5_K: 176
    case .q6_K: 210
    default: dtype?.byteCount ?? 1
    }
  }

  /// Makes numbers of whole blocks.
  func decode(_ bytes: UnsafeRawBufferPointer, into numbers: UnsafeMutableBufferPointer<Float>) {
    guard var source = bytes.baseAddress, var target = numbers.baseAddress else { return }
    for _ in 0..<bytes.count / byteCount {
      switch self {
      case .f32: target[0] = source.loadUnaligned(as: Float.self)
      case .f64: target[0] = Float(source.loadUnaligned(as: Double.self))
      case .f16: target[0] = GGUFType.half(source, 0)
      case .bf16: target[0] = Float(bitPattern: UInt32(source.loadUnaligned(as: UInt16.self)) << 16)
      case .i8: target[0] = Float(source.loadUnaligned(as: Int8.self))
      case .i16: target[0] = Float(source.loadUnaligned(as: Int16.self))
      case .i32: target[0] = Float(source.loadUnaligned(as: Int32.self))
      case .i64: target[0] = Float(source.loadUnaligned(as: Int64.self))
      case .q4_0: GGUFType.nibbles(source + 2, into: target, scale: GGUFType.half(source, 0), least: -8)
      case .q4_1: GGUFType.nibbles(source + 4, into: target, scale: GGUFType.half(source, 0), GGUFType.half(source, 2))
      case .q5_0: GGUFType.fives(source + 2, into: target, scale: GGUFType.half(source, 0), least: -16)
      case .q5_1: GGUFType.fives(source + 4, into: target, scale: GGUFType.half(source, 0), GGUFType.half(source, 2))
      case .q8_0:
        let scale = GGUFType.half(source, 0)
        for i in 0..<32 { target[i] = Float(source.loadUnaligned(fromByteOffset: 2 + i, as: Int8.self)) * scale }
      case .q4_K: GGUFType.q4K(source, target)
      case .q5_K: GGUFType.q5K(source, target)
      case .q6_K: GGUFType.q6K(source, target)
      }
      source += byteCount
      target += blockCount
    }
  }

  // MARK: Blocks

  private static func half(_ source: UnsafeRawPointer, _ offset: Int) -> Float {
    Float(Float16(bitPattern: source.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }

  private static func byte(_ source: UnsafeRawPointer, _ offset: Int) -> Int {
    Int(source.load(fromByteOffset: offset, as: UInt8.self))
  }

  /// 32 numbers of four bits: the low halves of 16 bytes, then the high ones.
  private static func nibbles(
    _ source: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>, scale: Float, least: Int = 0,
    _ minimum: Float = 0
  ) {
    for i in 0..<16 {
      target[i] = Float((byte(source, i) & 15) + least) * scale + minimum
      target[i + 16] = Float((byte(source, i) >> 4) + least) * scale + minimum
    }
  }

  /// 32 numbers of five bits: four bytes with the highest bits, then as above.
  private static func fives(
    _ source: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>, scale: Float, least: Int = 0,
    _ minimum: Float = 0
  ) {
    let high = Int(source.loadUnaligned(as: UInt32.self))
    for i in 0..<16 {
      let q = byte(source, 4 + i)
      target[i] = Float((q & 15 | (high >> i & 1) << 4) + least) * scale + minimum
      target[i + 16] = Float((q >> 4 | (high >> (i + 16) & 1) << 4) + least) * scale + minimum
    }
  }

  /// The i-th of eight scales and minima, six bits each in twelve bytes.
  private static func scales(_ source: UnsafeRawPointer, _ i: Int) -> (scale: Float, minimum: Float) {
    if i < 4 { return (Float(byte(source, i) & 63), Float(byte(source, i + 4) & 63)) }
    return (
      Float(byte(source, i + 4) & 15 | (byte(source, i - 4) >> 6) << 4),
      Float(byte(source, i + 4) >> 4 | (byte(source, i) >> 6) << 4)
    )
  }

  private static func q4K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
    let (d, minimum) = (half(source, 0), half(source, 2))
    for part in 0..<8 {
      let scale = scales(source + 4, part)
      let (a, b) = (d * scale.scale, minimum * scale.minimum)
      let shift = part % 2 * 4
      for i in 0..<32 {
        let q = byte(source, 16 + part / 2 * 32 + i) >> shift & 15
        target[part * 32 + i] = a * Float(q) - b
      }
    }
  }

  private static func q5K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
    let (d, minimum) = (half(source, 0), half(source, 2))
    for part in 0..<8 {
      let scale = scales(source + 4, part)
      let (a, b) = (d * scale.scale, minimum * scale.minimum)
      let shift = part % 2 * 4
      for i in 0..<32 {
        let high = byte(source, 16 + i) >> part & 1
        let q = byte(source, 48 + part / 2 * 32 + i) >> shift & 15 | high << 4
        target[part * 32 + i] = a * Float(q) - b
      }
    }
  }

  private static func q6K(_ source: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
    let d = half(source, 208)
    for part in 0..<8 {
      // Of each 128 numbers the first 64 have the low halves of 64 bytes, the others the high ones.
      let (half, quarter) = (part / 4, part % 4)
      for i in 0..<32 {
        let low = byte(source, half * 64 + quarter % 2 * 32 + i) >> (quarter / 2 * 4) & 15
        let high = byte(source, 128 + half * 32 + i) >> (quarter * 2) & 3
        let scale = source.loadUnaligned(fromByteOffset: 192 + half * 8 + quarter * 2 + i / 16, as: Int8.self)
        target[part * 32 + i] = d * Float(scale) * Float((low | high << 4) - 32)
      }
    }
  }
}
