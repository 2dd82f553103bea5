/// Items by position, such as an image with its label.
///
/// ```swift
/// struct Squares: Dataset {
///   let count = 100
///   subscript(position: Int) -> (Tensor, Tensor) {
///     (Tensor(Float(position)), Tensor(Float(position * position)))
///   }
/// }
/// for (x, y) in DataLoader(Squares(), batchSize: 10) { … }  // x and y of shape [10]
/// ```
///
/// A dataset that is a `Sequence` as well, as ``TensorDataset`` and ``Subset`` are, can be gone over item by item; nothing
/// has to be written for it: `struct Squares: Dataset, Sequence`. (In such a type `Generator` is an old name of a sequence's
/// iterator; the source of random numbers is `Backplane.Generator` there.)
///
/// How items become a batch is known for tensors and for pairs, arrays and dictionaries of tensors, which are stacked; a
/// dataset of other items writes ``batch(_:)`` itself, as may one that can fetch many items at once.
public protocol Dataset<Item> {
  /// One element of the dataset, such as a tensor or a pair of tensors.
  associatedtype Item
  /// Many items joined.
  associatedtype Batch

  /// The number of items.
  var count: Int { get }
  /// The item at 0 … count − 1.
  subscript(position: Int) -> Item { get }
  /// The items at several positions, joined.
  func batch(_ positions: [Int]) -> Batch
}

extension Dataset {
  /// The items from the first to the last, for datasets that are sequences.
  public func makeIterator() -> AnyIterator<Item> {
    var positions = (0..<count).makeIterator()
    return AnyIterator { positions.next().map { self[$0] } }
  }
}

extension Dataset where Item == Tensor {
  public func batch(_ positions: [Int]) -> Item { stack(positions.map { self[$0] }) }
}

extension Dataset where Item == (Tensor, Tensor) {
  public func batch(_ positions: [Int]) -> Item {
    let items = positions.map { self[$0] }
    return (stack(items.map(\.0)), stack(items.map(\.1)))
  }
}

extension Dataset where Item == [Tensor] {
  public func batch(_ positions: [Int]) -> Item {
    let items = positions.map { self[$0] }
    let count = items.first?.count ?? 0
    return funnel(or: Placeholder.tensors(count)) { () throws(BackplaneError) in
      guard items.allSatisfy({ $0.count == count }) else {
        throw BackplaneError(.value, "each element in list of batch should be of equal size")
      }
      return (0..<count).map { i in stack(items.map { $0[i] }) }
    }
  }
}

extension Dataset where Item == [String: Tensor] {
  public func batch(_ positions: [Int]) -> Item {
    let items = positions.map { self[$0] }
    let keys = (items.first ?? [:]).keys
    return funnel(or: Dictionary(uniqueKeysWithValues: keys.map { ($0, .invalid) })) { () throws(BackplaneError) in
      var result: Item = [:]
      for key in keys {
        let values = items.compactMap { $0[key] }
        guard values.count == items.count else {
          throw BackplaneError(.value, "an item of the batch has no \"\(key)\", as the first one has")
        }
        result[key] = stack(values)
      }
      return result
    }
  }
}
