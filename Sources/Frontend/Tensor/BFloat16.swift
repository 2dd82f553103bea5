/// A 16-bit float with the range of `Float` and 8 bits of precision: the upper half of a `Float`.
public struct BFloat16: Hashable, Sendable {
  /// The 16 bits: sign, 8 bits of exponent and 7 of fraction, from the top.
  public var bitPattern: UInt16

  /// Makes the number that these 16 bits stand for.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Rounds a `Float` to the nearest number, ties to even.
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(bits >> 16) | 0x40
    } else {
      bitPattern = UInt16((UInt64(bits) + 0x7FFF + UInt64((bits >> 16) & 1)) >> 16)
    }
  }

  /// Rounds a `Double` to the nearest number, ties to even, in one step.
  ///
  /// The way through `Float` keeps a sticky bit (rounding to odd).
  public init(_ value: Double) {
    var float = Float(value)
    if !value.isNaN, Double(float) != value, float.bitPattern & 1 == 0, float.isFinite {
      // The nearest float is even and not exact: step to the odd neighbour on the value's side.
      let isAbove = Double(float) < value
      float = isAbove ? float.nextUp : float.nextDown
    }
    self.init(float)
  }

  /// The number as a `Float`, which holds it exactly.
  public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}
