/// The extents of a tensor, outermost first. Prints as `[2, 3]`.
///
/// Indices may be negative: `shape[-1]` is the last extent.
public struct Shape: Hashable, Sendable, RandomAccessCollection, ExpressibleByArrayLiteral,
  CustomStringConvertible
{
  /// The extents as an array, outermost first.
  public let extents: [Int]

  /// Makes a shape of extents, outermost first.
  public init(_ extents: [Int]) { self.extents = extents }
  public init(arrayLiteral elements: Int...) { extents = elements }

  public var startIndex: Int { 0 }
  public var endIndex: Int { extents.count }

  /// The extent of one dimension, which may be counted from the back. A dimension that does not exist is an error.
  public subscript(position: Int) -> Int {
    let index = position < 0 ? position + extents.count : position
    return funnel(or: 1) { () throws(BackplaneError) in
      guard extents.indices.contains(index) else { throw .dimension(position, rank: extents.count) }
      return extents[index]
    }
  }

  /// The number of elements of a tensor of this shape. One that no integer holds is an error.
  public var elementCount: Int {
    funnel(or: 0) { () throws(BackplaneError) in
      extents.contains(0) ? 0 : try Sizes.product(extents, in: "elementCount of \(self)")
    }
  }

  /// The shape itself, so that `x.size()` may be written as in PyTorch.
  public func callAsFunction() -> Shape { self }

  public var description: String { "\(extents)" }

  public static func == (a: Shape, b: [Int]) -> Bool { a.extents == b }
}

extension BackplaneError {
  static func dimension(_ dim: Int, rank: Int) -> BackplaneError {
    let bound = max(rank, 1)
    return BackplaneError(
      .index, "Dimension out of range (expected to be in range of [\(-bound), \(bound - 1)], but got \(dim))")
  }
}

extension BackplaneError {
  /// A dimension was named of a tensor that has none.
  static func noDimensions(_ dim: Int) -> BackplaneError {
    BackplaneError(.index, "Dimension specified as \(dim) but tensor has no dimensions")
  }
}

/// Throws where a collection has no such position.
func requirePosition(_ position: Int, of count: Int, in name: String) throws(BackplaneError) {
  guard position >= 0, position < count else {
    throw BackplaneError(.index, "\(name): position \(position) is out of range: there are \(count)")
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
