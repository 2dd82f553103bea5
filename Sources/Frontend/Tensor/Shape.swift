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

/// Throws where a collection has no such position.
func requirePosition(_ position: Int, of count: Int, in name: String) throws(BackplaneError) {
  guard position >= 0, position < count else {
    throw BackplaneError(.index, "\(name): position \(position) is out of range: there are \(count)")
  }
}
