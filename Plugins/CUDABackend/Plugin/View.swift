import BackendAPI
import CUDATypes

/// A tensor of the ABI.
typealias View = UnsafePointer<bp_tensor>

extension UnsafePointer<bp_tensor> {
  var dtype: Int32 { pointee.dtype }
  var rank: Int { Int(pointee.rank) }
  var isImmediate: Bool { pointee.flags & BP_TENSOR_IMMEDIATE != 0 }
  var size: Int { Int(bp_dtype_size(pointee.dtype)) }

  func extent(_ axis: Int) -> Int { Int(pointee.shape.unsafelyUnwrapped[axis]) }
  func stride(_ axis: Int) -> Int { isImmediate ? 0 : Int(pointee.strides.unsafelyUnwrapped[axis]) }

  /// The device address of the first element; 0 of an immediate.
  var address: UInt64 {
    isImmediate ? 0 : (pointee.buffer & ~Allocations.hostMark) &+ UInt64(bitPattern: pointee.byte_offset)
  }

  var count: Int {
    var n = 1
    for axis in 0..<rank { n *= extent(axis) }
    return n
  }

  func hasShape(of other: View) -> Bool {
    guard rank == other.rank else { return false }
    for axis in 0..<rank where extent(axis) != other.extent(axis) { return false }
    return true
  }

  /// As it appears in messages: [2, 3].
  var shapeText: String { "[" + (0..<rank).map { String(extent($0)) }.joined(separator: ", ") + "]" }
}
