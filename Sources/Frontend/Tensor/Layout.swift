import BackendAPI
import PluginHost

/// Shape and strides of a view, immutable and shared: an operator's result often has its operand's very layout,
/// which is then compared and passed on by reference.
final class Layout: @unchecked Sendable {
  // Sendable: `elements` is written only while the layout is being made.

  let rank: Int
  /// The number of elements.
  let count: Int
  let isContiguous: Bool
  /// The extents, then the strides; valid while the layout lives.
  let elements: UnsafeMutablePointer<Int>

  private init(_ shape: [Int], _ strides: [Int], count: Int) {
    rank = shape.count
    self.count = count
    elements = .allocate(capacity: max(2 * shape.count, 1))
    for d in shape.indices {
      (elements + d).initialize(to: shape[d])
      (elements + rank + d).initialize(to: strides[d])
    }
    let extents = UnsafeRawPointer(elements).assumingMemoryBound(to: Int64.self)
    isContiguous = count == 0 || isRowMajor(extents, extents + rank, rank: rank)
  }

  deinit { elements.deallocate() }

  /// A layout of the given strides.
  static func strided(_ shape: [Int], _ strides: [Int]) throws(BackplaneError) -> Layout {
    let count = try elementCount(shape)
    return Layout(shape, strides, count: count)
  }

  /// The row-major layout of a shape.
  static func contiguous(_ shape: [Int]) throws(BackplaneError) -> Layout {
    let count = try elementCount(shape)
    return Layout(shape, contiguousStrides(shape), count: count)
  }

  /// Strides that a caller chose, of which those that no element ever takes are held within what views of views may add
  /// and multiply.
  static func bounded(_ strides: [Int], _ shape: [Int]) -> [Int] {
    zip(strides, shape).map { stride, extent in extent > 1 ? stride : Swift.min(stride, Int.max >> 16) }
  }

  static let scalar = Layout([], [], count: 1)
  static let maximumRank = Int(BP_MAX_RANK)

  /// The number of elements of a tensor of this shape; throws where there can be none.
  static func elementCount(_ shape: [Int]) throws(BackplaneError) -> Int {
    guard shape.count <= maximumRank else {
      throw BackplaneError(.shape, "a tensor has at most \(maximumRank) dimensions, not \(shape.count)")
    }
    var count = 1
    for extent in shape {
      guard extent >= 0 else {
        throw BackplaneError(
          .shape, "Trying to create tensor with negative dimension \(extent): \(shape)")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: Swift.max(extent, 1))
      guard !overflow, product <= Int.max / 16 else {
        throw BackplaneError(.shape, "a tensor of shape \(shape) has more elements than memory can hold")
      }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// - Parameter shape: One that ``elementCount(_:)`` takes.
  static func contiguousStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var step = 1
    for d in shape.indices.reversed() {
      strides[d] = step
      step *= Swift.max(shape[d], 1)
    }
    return strides
  }

  /// A tensor of this layout as the ABI sees it; valid while the layout and the buffer live.
  @inline(__always)
  func descriptor(
    _ dtype: DType, buffer: bp_buffer, byteOffset: Int, flags: UInt32 = 0, immediate: (UInt64, UInt64) = (0, 0)
  ) -> bp_tensor {
    let extents = UnsafeRawPointer(elements).assumingMemoryBound(to: Int64.self)
    return bp_tensor(
      struct_size: UInt32(MemoryLayout<bp_tensor>.size), dtype: dtype.rawValue,
      rank: Int32(truncatingIfNeeded: rank), flags: flags, buffer: buffer, byte_offset: Int64(byteOffset),
      shape: extents, strides: extents + rank, immediate: immediate)
  }

  var shape: [Int] { Array(UnsafeBufferPointer(start: elements, count: rank)) }
  var strides: [Int] { Array(UnsafeBufferPointer(start: elements + rank, count: rank)) }

  func hasSameShape(as other: Layout) -> Bool {
    if self === other { return true }
    guard rank == other.rank else { return false }
    for d in 0..<rank where elements[d] != other.elements[d] { return false }
    return true
  }

  /// This layout seen in a larger shape: broadcast dimensions have stride 0.
  ///
  /// The shape must be one that ``broadcast(_:_:)`` gave.
  func broadcast(to shape: [Int]) throws(BackplaneError) -> Layout {
    let lead = shape.count - rank
    var strides = [Int](repeating: 0, count: shape.count)
    for d in 0..<rank where elements[d] == shape[lead + d] { strides[lead + d] = elements[rank + d] }
    return try .strided(shape, strides)
  }
}
