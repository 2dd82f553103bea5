/// What ``Parameter`` and ``Buffer`` can hold: a tensor, or optionals, arrays and dictionaries of tensors.
public protocol TensorContainer {
  /// The tensors with their keys inside the container: `""` for a tensor itself, `"0"`, `"1"` … in an array.
  var tensorEntries: [(key: String, tensor: Tensor)] { get }
  /// The container with each tensor replaced.
  func mapTensors(_ transform: (Tensor) -> Tensor) -> Self
}

extension Tensor: TensorContainer {
  public var tensorEntries: [(key: String, tensor: Tensor)] { [("", self)] }
  public func mapTensors(_ transform: (Tensor) -> Tensor) -> Tensor { transform(self) }
}

extension Optional: TensorContainer where Wrapped: TensorContainer {
  public var tensorEntries: [(key: String, tensor: Tensor)] { self?.tensorEntries ?? [] }
  public func mapTensors(_ transform: (Tensor) -> Tensor) -> Wrapped? { self?.mapTensors(transform) }
}

extension Array: TensorContainer where Element: TensorContainer {
  public var tensorEntries: [(key: String, tensor: Tensor)] {
    enumerated().flatMap { index, element in nested(element, "\(index)") }
  }
  public func mapTensors(_ transform: (Tensor) -> Tensor) -> [Element] { map { $0.mapTensors(transform) } }
}

extension Dictionary: TensorContainer where Key == String, Value: TensorContainer {
  /// In the order of the keys.
  public var tensorEntries: [(key: String, tensor: Tensor)] {
    sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.flatMap { nested($0.value, $0.key) }
  }
  public func mapTensors(_ transform: (Tensor) -> Tensor) -> [String: Value] {
    mapValues { $0.mapTensors(transform) }
  }
}

private func nested(_ container: some TensorContainer, _ key: String) -> [(key: String, tensor: Tensor)] {
  container.tensorEntries.map { (joined(key, $0.key), $0.tensor) }
}

/// A key inside a prefix, either of which may be empty.
func joined(_ prefix: String, _ key: String) -> String {
  prefix.isEmpty ? key : key.isEmpty ? prefix : "\(prefix).\(key)"
}
