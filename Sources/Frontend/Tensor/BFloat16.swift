/// A 16-bit float with the range of `Float` and 8 bits of precision: the upper half of a `Float`.
public struct BFloat16: Hashable, Sendable {
  public var bitPattern: UInt16

  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Rounds to nearest, ties to even.
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(bits >> 16) | 0x40
    } else {
      bitPattern = UInt16((UInt64(bits) + 0x7FFF + UInt64((bits >> 16) & 1)) >> 16)
    }
  }

  /// Rounds once: the way through `Float` keeps a sticky bit (rounding to odd).
  public init(_ value: Double) {
    var float = Float(value)
    if !value.isNaN, Double(float) != value, float.bitPattern & 1 == 0, float.isFinite {
      // The nearest float is even and not exact: step to the odd neighbour on the value's side.
      let isAbove = Double(float) < value
      float = isAbove ? float.nextUp : float.nextDown
    }
    self.init(float)
  }

  public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}
