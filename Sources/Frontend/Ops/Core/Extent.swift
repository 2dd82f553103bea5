extension Ops {
  /// The extent of one dimension, which may be counted from the back. A tensor without dimensions has none.
  static func extent(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Int {
    guard x.layout.rank > 0 else { throw .noDimensions(dim) }
    return x.layout.elements[try normalize(dim, rank: x.layout.rank)]
  }
}
