import Glibc

/// Goes through a sequence and shows on standard error how far it has come, as tqdm does: nothing where that is no
/// terminal.
///
/// ```swift
/// let epoch = progress(loader, description: "epoch 1")
/// for (x, y) in epoch {
///   let loss = F.crossEntropy(model(x), y)
///   epoch.setPostfix(["loss": loss.item()])
/// }
/// ```
///
/// ```
/// epoch 1:  37%|███▋      | 173/469 [00:04<00:07, 41.2it/s, loss=0.213]
/// ```
///
/// - Parameters:
///   - total: How many elements there are, where the sequence does not know.
///   - description: What stands in front.
///   - leave: Whether the bar stays when it has come to the end.
public func progress<Source: Sequence>(
  _ sequence: Source, total: Int? = nil, description: String = "", leave: Bool = true
) -> Progress<Source> {
  Progress(
    sequence, ProgressBar(total: total ?? (sequence as? any Collection)?.count, description: description, leave: leave))
}

/// Goes through the batches of a loader and shows on standard error how far it has come, as with
/// ``progress(_:total:description:leave:)-(Source,_,_,_)``.
public func progress<Batch>(
  _ loader: DataLoader<Batch>, total: Int? = nil, description: String = "", leave: Bool = true
) -> Progress<DataLoader<Batch>> {
  Progress(loader, ProgressBar(total: total ?? loader.count, description: description, leave: leave))
}

/// A sequence that shows how far it has come.
public final class Progress<Source: Sequence>: Sequence {
  /// What is shown.
  public let bar: ProgressBar
  private let source: Source

  init(_ source: Source, _ bar: ProgressBar) { (self.source, self.bar) = (source, bar) }

  /// Puts numbers behind the bar, in the order of their names.
  public func setPostfix(_ numbers: [String: Double]) { bar.setPostfix(numbers) }
  /// Puts a text behind the bar.
  public func setPostfix(_ text: String) { bar.setPostfix(text) }
  /// Puts another text in front of the bar.
  public func setDescription(_ text: String) { bar.setDescription(text) }

  public func makeIterator() -> Iterator {
    bar.start()
    return Iterator(source: source.makeIterator(), bar: bar)
  }

  /// Counts the elements that were asked for.
  public struct Iterator: IteratorProtocol {
    fileprivate var source: Source.Iterator
    fileprivate let bar: ProgressBar
    private var isFirst = true

    fileprivate init(source: Source.Iterator, bar: ProgressBar) { (self.source, self.bar) = (source, bar) }

    public mutating func next() -> Source.Element? {
      // What is asked for the next element is done with the last.
      if !isFirst { bar.update() }
      isFirst = false
      guard let element = source.next() else {
        // The element that was not there does not count.
        bar.close()
        return nil
      }
      return element
    }
  }
}
