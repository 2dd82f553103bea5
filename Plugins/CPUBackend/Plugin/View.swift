import BackendAPI

/// A tensor of the ABI.
typealias View = UnsafePointer<bp_tensor>

extension UnsafePointer<bp_tensor> {
  @inline(__always) var dtype: Int32 { pointee.dtype }
  @inline(__always) var rank: Int { Int(pointee.rank) }
  @inline(__always) var isImmediate: Bool { pointee.flags & BP_TENSOR_IMMEDIATE != 0 }
  @inline(__always) var size: Int { Int(bp_dtype_size(pointee.dtype)) }

  @inline(__always) func extent(_ axis: Int) -> Int { Int(pointee.shape.unsafelyUnwrapped[axis]) }
  @inline(__always) func stride(_ axis: Int) -> Int {
    isImmediate ? 0 : Int(pointee.strides.unsafelyUnwrapped[axis])
  }

  /// Where the first element lies. Only of a tensor that is not empty.
  @inline(__always) var data: UnsafeMutableRawPointer {
    if isImmediate {
      return UnsafeMutableRawPointer(mutating: self) + MemoryLayout<bp_tensor>.offset(of: \.immediate)!
    }
    return UnsafeMutableRawPointer(bitPattern: Int(truncatingIfNeeded: pointee.buffer & ~(1 << 63)))
      .unsafelyUnwrapped + Int(pointee.byte_offset)
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

  var isContiguous: Bool {
    var n = 1
    for axis in (0..<rank).reversed() {
      if extent(axis) != 1 && stride(axis) != n { return false }
      n *= extent(axis)
    }
    return true
  }

  /// As it appears in messages: [2, 3].
  var shapeText: String { "[" + (0..<rank).map { String(extent($0)) }.joined(separator: ", ") + "]" }
}
