extension BackplaneError {
  /// A dimension was named that a tensor of the rank does not have.
  static func dimension(_ dim: Int, rank: Int) -> BackplaneError {
    let bound = max(rank, 1)
    return BackplaneError(
      .index, "Dimension out of range (expected to be in range of [\(-bound), \(bound - 1)], but got \(dim))")
  }

  /// A dimension was named of a tensor that has none.
  static func noDimensions(_ dim: Int) -> BackplaneError {
    BackplaneError(.index, "Dimension specified as \(dim) but tensor has no dimensions")
  }
}

/// A dimension counted from the front, from one that may be counted from the back.
///
/// Of a tensor without dimensions 0 and −1 are taken, as PyTorch does: whoever looks at the extent asks for the rank first.
func normalize(_ dim: Int, rank: Int) throws(BackplaneError) -> Int {
  let bound = max(rank, 1)
  guard dim >= -bound, dim < bound else { throw .dimension(dim, rank: rank) }
  return dim < 0 ? dim + bound : dim
}

/// NumPy's broadcasting of two shapes.
func broadcast(_ a: [Int], _ b: [Int]) throws(BackplaneError) -> [Int] {
  if a == b { return a }
  let rank = max(a.count, b.count)
  var result = [Int](repeating: 1, count: rank)
  for d in (0..<rank).reversed() {
    let x = d >= rank - a.count ? a[d - (rank - a.count)] : 1
    let y = d >= rank - b.count ? b[d - (rank - b.count)] : 1
    guard x == y || x == 1 || y == 1 else {
      throw BackplaneError(
        .shape,
        "The size of tensor a (\(x)) must match the size of tensor b (\(y)) at non-singleton dimension \(d)")
    }
    result[d] = x == 1 ? y : x
  }
  return result
}
