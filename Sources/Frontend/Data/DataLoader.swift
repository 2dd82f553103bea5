/// Goes through a dataset in batches, as often as asked.
///
/// ```swift
/// let loader = DataLoader(TensorDataset(images, labels), batchSize: 64, shuffle: true)
/// for epoch in 1...10 {
///   for (x, y) in loader { … }
/// }
/// ```
///
/// The last batch is smaller where the items do not come out even, unless `dropLast`. With `shuffle` each
/// pass has an order of its own, drawn from `generator`.
public struct DataLoader<Batch>: Sequence {
  /// The dataset that the batches are taken from.
  public let dataset: any Dataset
  /// The number of items of a batch; the last one may have fewer.
  public let batchSize: Int
  /// Whether each pass has a random order of its own.
  public let shuffle: Bool
  /// Whether a last batch that is not full is left out.
  public let dropLast: Bool
  private let generator: Generator?
  private let fetch: ([Int]) -> Batch

  /// Loads batches as the dataset makes them. A `batchSize` below 1 is an error.
  public init<Source: Dataset>(
    _ dataset: Source, batchSize: Int = 1, shuffle: Bool = false, dropLast: Bool = false,
    generator: Generator? = nil
  ) where Source.Batch == Batch {
    self.init(
      dataset: dataset, batchSize: batchSize, shuffle: shuffle, dropLast: dropLast, generator: generator,
      fetch: { dataset.batch($0) })
  }

  /// Loads batches that `collate` makes of the items. A `batchSize` below 1 is an error.
  public init<Source: Dataset>(
    _ dataset: Source, batchSize: Int = 1, shuffle: Bool = false, dropLast: Bool = false,
    generator: Generator? = nil,
    collate: @escaping ([Source.Item]) -> Batch
  ) {
    self.init(
      dataset: dataset, batchSize: batchSize, shuffle: shuffle, dropLast: dropLast, generator: generator,
      fetch: { collate($0.map { dataset[$0] }) })
  }

  private init(
    dataset: any Dataset, batchSize: Int, shuffle: Bool, dropLast: Bool, generator: Generator?,
    fetch: @escaping ([Int]) -> Batch
  ) {
    self.dataset = dataset
    self.shuffle = shuffle
    self.dropLast = dropLast
    self.generator = generator
    self.fetch = fetch
    self.batchSize = funnel(or: 1) { () throws(BackplaneError) in
      guard batchSize > 0 else {
        throw BackplaneError(
          .value, "batch_size should be a positive integer value, but got batch_size=\(batchSize)")
      }
      return batchSize
    }
  }

  /// The number of batches of one pass.
  public var count: Int {
    let items = dataset.count
    return items / batchSize + (dropLast || items % batchSize == 0 ? 0 : 1)
  }

  /// The number of batches, or 65,536 where there are more: Swift sets room aside for so many at once.
  public var underestimatedCount: Int { Swift.min(count, 1 << 16) }

  public func makeIterator() -> Iterator {
    let items = dataset.count
    return funnel(or: Iterator(items: 0, order: nil, batchSize: batchSize, batchCount: 0, fetch: fetch)) {
      () throws(BackplaneError) in
      guard items >= 0 else { throw BackplaneError(.value, "DataLoader: a dataset of \(items) items") }
      try HostMemory.require(shuffle ? items : Swift.min(batchSize, items), of: Int.self, in: "DataLoader")
      return Iterator(
        items: items, order: shuffle ? (generator ?? .default).permutation(items) : nil, batchSize: batchSize,
        batchCount: count, fetch: fetch)
    }
  }

  /// One pass through the dataset.
  public struct Iterator: IteratorProtocol {
    fileprivate let items: Int
    /// nil for the dataset's own.
    fileprivate let order: [Int]?
    fileprivate let batchSize: Int
    fileprivate let batchCount: Int
    fileprivate let fetch: ([Int]) -> Batch
    private var position = 0

    fileprivate init(
      items: Int, order: [Int]?, batchSize: Int, batchCount: Int, fetch: @escaping ([Int]) -> Batch
    ) {
      self.items = items
      self.order = order
      self.batchSize = batchSize
      self.batchCount = batchCount
      self.fetch = fetch
    }

    public mutating func next() -> Batch? {
      guard position < batchCount else { return nil }
      let start = position * batchSize
      position += 1
      let batch = start..<start + Swift.min(batchSize, items - start)
      return fetch(order.map { Array($0[batch]) } ?? Array(batch))
    }
  }
}
