import BackendAPI

/// Whether elements of these extents and strides lie row-major without gaps. The strides of extents of 1 say nothing.
package func isRowMajor(_ shape: UnsafePointer<Int64>?, _ strides: UnsafePointer<Int64>?, rank: Int) -> Bool {
  guard let shape, let strides else { return rank == 0 }
  var step: Int64 = 1
  for d in (0..<rank).reversed() {
    if shape[d] == 0 { return true }
    if shape[d] != 1, strides[d] != step { return false }
    step &*= shape[d]
  }
  return true
}

/// What the view that a plugin is handed says of its elements.
extension bp_tensor {
  package var extents: [Int] { (0..<Int(rank)).map { Int(shape[$0]) } }
  /// The strides in elements.
  package var steps: [Int] { (0..<Int(rank)).map { Int(strides[$0]) } }
  package var elementCount: Int { extents.reduce(1, *) }

  /// Whether the elements lie row-major without gaps. Those of an immediate lie nowhere.
  package var isContiguous: Bool {
    flags & BP_TENSOR_IMMEDIATE == 0 && isRowMajor(shape, strides, rank: Int(rank))
  }

  /// The bytes from the first to past the last of the elements, of which there must be some, counted from
  /// `byte_offset`: a view that runs backwards has some before it.
  package var byteSpan: Range<Int> {
    let size = Int(bp_dtype_size(dtype))
    let reaches = zip(extents, steps).map { ($0 - 1) * $1 * size }
    return reaches.reduce(0) { $0 + min($1, 0) }..<reaches.reduce(size) { $0 + max($1, 0) }
  }
}
