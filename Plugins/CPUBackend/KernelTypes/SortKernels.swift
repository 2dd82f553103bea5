/// The keys of a slice that is put in order. Keys are unsigned numbers in the order of the elements, the first in order
/// the least; only the bits in which they differ are looked at.
public struct SortKeys {
  public let type: Int32
  public let isDescending: Bool
  /// Whether entries, a key and an index, take 16 bytes, else 8.
  public let isWide: Bool
  /// One of the keys.
  public let base: UInt64
  /// The lowest bit in which keys differ, and how many there are from it to the highest.
  public let low: Int, bits: Int
  /// How many of the highest of these bits make the first digit.
  public let digitBits: Int

  /// Of `n` keys, from a set bit for each in which some differ.
  @inlinable @inline(__always)
  public init(_ type: Int32, _ isDescending: Bool, base: UInt64, differences: UInt64, n: Int) {
    (self.type, self.isDescending, self.base) = (type, isDescending, base)
    low = differences == 0 ? 0 : differences.trailingZeroBitCount
    bits = differences == 0 ? 0 : 64 &- differences.leadingZeroBitCount &- low
    isWide = bits > 32 || n > Int(UInt32.max)
    digitBits = min(bits, SortKeys.greatestDigitBits)
  }

  /// As many buckets as the caches can be written to at once.
  public static var greatestDigitBits: Int { 11 }
  public var entrySize: Int { isWide ? 16 : 8 }
}

/// Putting slices in order. Strides are in elements; `x` is where the slice begins, and `keys` points to `SortKeys`.
public struct SortKernels {
  /// A set bit for each in which the keys of the elements `first ..< last` differ from that of element 0, which is left
  /// in `base`.
  public typealias Differences =
    @convention(c) (
      _ type: Int32, _ descending: Int32, _ first: Int, _ last: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ base: UnsafeMutablePointer<UInt64>
    ) -> UInt64
  /// Adds to the counts of the first digits those of the elements `first ..< last`.
  public typealias Count =
    @convention(c) (
      _ keys: UnsafeRawPointer, _ first: Int, _ last: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ counts: UnsafeMutablePointer<Int>
    ) -> Void
  /// Puts the entries of the elements `first ..< last` whose first digit is at most `greatest` into their buckets: each
  /// to the place of its digit, which moves on.
  public typealias Distribute =
    @convention(c) (
      _ keys: UnsafeRawPointer, _ first: Int, _ last: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ greatest: Int, _ places: UnsafeMutablePointer<Int>, _ entries: UnsafeMutableRawPointer
    ) -> Void
  /// Puts `n` entries in order and writes the elements and indices of the first `k`. `spare` has room for `n` entries.
  public typealias Finish =
    @convention(c) (
      _ keys: UnsafeRawPointer, _ n: Int, _ k: Int, _ entries: UnsafeMutableRawPointer,
      _ spare: UnsafeMutableRawPointer, _ values: UnsafeMutableRawPointer, _ valuesStride: Int,
      _ indices: UnsafeMutableRawPointer, _ indicesStride: Int, _ x: UnsafeRawPointer, _ stride: Int
    ) -> Void
  /// The first `k` in order of `n` > 0 elements. `scratch` has room for `n` elements and 2n entries of the size that
  /// the type needs.
  public typealias Slice =
    @convention(c) (
      _ type: Int32, _ descending: Int32, _ n: Int, _ k: Int, _ values: UnsafeMutableRawPointer, _ valuesStride: Int,
      _ indices: UnsafeMutableRawPointer, _ indicesStride: Int, _ x: UnsafeRawPointer, _ stride: Int,
      _ scratch: UnsafeMutableRawPointer
    ) -> Void

  public let differences: Differences
  public let count: Count
  public let distribute: Distribute
  public let finish: Finish
  public let slice: Slice

  public init(
    differences: @escaping Differences, count: @escaping Count, distribute: @escaping Distribute,
    finish: @escaping Finish, slice: @escaping Slice
  ) {
    (self.differences, self.count, self.distribute) = (differences, count, distribute)
    (self.finish, self.slice) = (finish, slice)
  }
}
