/// Tensors whose first dimensions run over the items.
///
/// ```swift
/// let data = TensorDataset(images, labels)   // (N, 64) and (N)
/// let (image, label) = data[0]               // (64) and ()
/// ```
///
/// A batch is one gather per tensor, and lives on the tensor's device.
public struct TensorDataset<Item>: Dataset, Sequence {
  /// The tensors, whose first dimensions have one extent.
  public let tensors: [Tensor]
  public let count: Int
  private let item: ([Tensor]) -> Item

  private init(_ tensors: [Tensor], _ item: @escaping ([Tensor]) -> Item) {
    self.item = item
    var kept: [Tensor] = []
    funnel(or: ()) { () throws(BackplaneError) in
      guard let first = tensors.first else {
        throw BackplaneError(.value, "TensorDataset expects at least one tensor")
      }
      for tensor in tensors {
        guard tensor.dim > 0 else {
          throw BackplaneError(.shape, "TensorDataset: a 0-dim tensor has no items")
        }
        guard tensor.size(0) == first.size(0) else {
          throw BackplaneError(
            .shape, "Size mismatch between tensors: \(tensors.map { "\($0.shape)" }.joined(separator: ", "))")
        }
      }
      kept = tensors
    }
    // After an error there are no items, but as many tensors as `item` takes.
    count = kept.first?.size(0) ?? 0
    self.tensors = kept.isEmpty ? tensors : kept
  }

  public subscript(position: Int) -> Item { item(tensors.map { $0.select(0, position) }) }

  public func batch(_ positions: [Int]) -> Item {
    var indices: [Device: Tensor] = [:]
    return item(
      tensors.map { tensor in
        let index = indices[tensor.device] ?? Tensor(positions, device: tensor.device)
        indices[tensor.device] = index
        return tensor.indexSelect(0, index)
      })
  }
}

extension TensorDataset where Item == Tensor {
  /// Makes a dataset of the entries of a tensor along its first dimension.
  public init(_ x: Tensor) { self.init([x]) { $0[0] } }
}

extension TensorDataset where Item == (Tensor, Tensor) {
  /// Makes a dataset of pairs, such as inputs (N, …) and labels (N). First dimensions that differ are an error.
  public init(_ x: Tensor, _ y: Tensor) { self.init([x, y]) { ($0[0], $0[1]) } }
}

extension TensorDataset where Item == (Tensor, Tensor, Tensor) {
  /// Makes a dataset of triples from three tensors (N, …). First dimensions that differ are an error.
  public init(_ x: Tensor, _ y: Tensor, _ z: Tensor) { self.init([x, y, z]) { ($0[0], $0[1], $0[2]) } }
}

extension TensorDataset where Item == [Tensor] {
  /// Makes a dataset whose items are arrays, from any number of tensors (N, …). First dimensions that differ are an
  /// error.
  public init(_ tensors: [Tensor]) { self.init(tensors) { $0 } }
}
