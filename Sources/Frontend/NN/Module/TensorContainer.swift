/// What ``Parameter`` and ``Buffer`` can hold: a tensor, or optionals, arrays and dictionaries of tensors.
public protocol TensorContainer {
  /// The tensors with their keys inside the container: `""` for a tensor itself, `"0"`, `"1"` … in an array.
  var _tensorEntries: [(key: String, tensor: Tensor)] { get }
  /// The container with each tensor replaced.
  func _mapTensors(_ transform: (Tensor) -> Tensor) -> Self
}

extension Tensor: TensorContainer {
  public var _tensorEntries: [(key: String, tensor: Tensor)] { [("", self)] }
  public func _mapTensors(_ transform: (Tensor) -> Tensor) -> Tensor { transform(self) }
}

extension Optional: TensorContainer where Wrapped: TensorContainer {
  public var _tensorEntries: [(key: String, tensor: Tensor)] { self?._tensorEntries ?? [] }
  public func _mapTensors(_ transform: (Tensor) -> Tensor) -> Wrapped? { self?._mapTensors(transform) }
}

extension Array: TensorContainer where Element: TensorContainer {
  public var _tensorEntries: [(key: String, tensor: Tensor)] {
    enumerated().flatMap { index, element in nested(element, "\(index)") }
  }
  public func _mapTensors(_ transform: (Tensor) -> Tensor) -> [Element] { map { $0._mapTensors(transform) } }
}

extension Dictionary: TensorContainer where Key == String, Value: TensorContainer {
  /// In the order of the keys.
  public var _tensorEntries: [(key: String, tensor: Tensor)] {
    sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.flatMap { nested($0.value, $0.key) }
  }
  public func _mapTensors(_ transform: (Tensor) -> Tensor) -> [String: Value] {
    mapValues { $0._mapTensors(transform) }
  }
}

private func nested(_ container: some TensorContainer, _ key: String) -> [(key: String, tensor: Tensor)] {
  container._tensorEntries.map { (joined(key, $0.key), $0.tensor) }
}

/// A key inside a prefix, either of which may be empty.
func joined(_ prefix: String, _ key: String) -> String {
  prefix.isEmpty ? key : key.isEmpty ? prefix : "\(prefix).\(key)"
}
