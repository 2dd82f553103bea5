import BackendAPI

/// The kernels of the first of an order at one instruction-set level.
///
/// They work on entries of a key, a number in the order of the elements, and an index, of 8 bytes or, where `isWide`, of
/// 16. `descending` is 1 or 0.
public struct OrderKernels {
  /// Goes through `n` elements, the first of which has index `base`, and leaves the entries of the first `k` of them, or
  /// of all, in `entries` in no order: how many. Both rooms are of `capacity` entries, which is more than `k`, or at least `n`.
  public typealias Scan =
    @convention(c) (
      _ type: Int32, _ isWide: Bool, _ n: Int, _ k: Int, _ base: Int, _ descending: Int32, _ x: UnsafeRawPointer,
      _ stride: Int, _ entries: UnsafeMutableRawPointer, _ spare: UnsafeMutableRawPointer, _ capacity: Int
    ) -> Int
  /// Brings the first `k` of `n` entries to the front, in order.
  public typealias Finish =
    @convention(c) (
      _ isWide: Bool, _ n: Int, _ k: Int, _ entries: UnsafeMutableRawPointer, _ spare: UnsafeMutableRawPointer
    ) -> Void
  /// Writes values and indices of `k` entries.
  public typealias Write =
    @convention(c) (
      _ type: Int32, _ isWide: Bool, _ k: Int, _ entries: UnsafeRawPointer, _ values: UnsafeMutableRawPointer,
      _ valuesStride: Int, _ indices: UnsafeMutableRawPointer, _ indicesStride: Int, _ x: UnsafeRawPointer,
      _ stride: Int
    ) -> Void

  public let scan: Scan
  public let finish: Finish
  public let write: Write

  public init(scan: @escaping Scan, finish: @escaping Finish, write: @escaping Write) {
    (self.scan, self.finish, self.write) = (scan, finish, write)
  }
}
