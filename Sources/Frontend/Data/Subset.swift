/// Some of the items of a dataset, by position.
public struct Subset<Base: Dataset>: Dataset, Sequence {
  /// The dataset that the items are taken from.
  public let base: Base
  /// The positions of the items in the base, which may repeat.
  public let indices: [Int]

  /// Takes the items at some positions of a dataset.
  ///
  /// ```swift
  /// let validation = Subset(data, Array(800..<data.count))
  /// ```
  public init(_ base: Base, _ indices: [Int]) {
    self.base = base
    self.indices = indices
  }

  public var count: Int { indices.count }
  public subscript(position: Int) -> Base.Item { base[index(position)] }
  public func batch(_ positions: [Int]) -> Base.Batch { base.batch(positions.map(index)) }

  /// The base's position of an item; counted from the end where it is negative.
  private func index(_ position: Int) -> Int {
    // After an error the base is asked for something that it has.
    funnel(or: indices.first ?? 0) { () throws(BackplaneError) in
      let place = position < 0 ? position + indices.count : position
      try requirePosition(place, of: indices.count, in: "Subset")
      return indices[place]
    }
  }
}

/// Divides a dataset at random into parts of the given sizes.
///
/// ```swift
/// let parts = randomSplit(data, [1437, 360], generator: Generator(seed: 1))
/// ```
public func randomSplit<Base: Dataset>(
  _ dataset: Base, _ lengths: [Int], generator: Generator? = nil
) -> [Subset<Base>] {
  funnel(or: lengths.map { Subset(dataset, Placeholder.positions($0, of: dataset.count)) }) {
    () throws(BackplaneError) in
    guard lengths.allSatisfy({ $0 >= 0 }), (try? Sizes.sum(lengths, in: "random_split")) == dataset.count else {
      throw BackplaneError(
        .value,
        "Sum of input lengths does not equal the length of the input dataset! \(lengths) of \(dataset.count)")
    }
    try HostMemory.require(dataset.count, of: Int.self, in: "random_split")
    var rest = (generator ?? .default).permutation(dataset.count)[...]
    return lengths.map { length in
      defer { rest = rest.dropFirst(length) }
      return Subset(dataset, Array(rest.prefix(length)))
    }
  }
}
