/// Where a ``Parameter`` keeps its tensors: apart, so that what computes them can be put there by the property's name.
class AnyParameterSlot {
  /// What computes the property's tensor, or nil.
  final var parametrization: ParametrizationList?

  /// The property's tensor, where it holds exactly one.
  var tensor: Tensor? { nil }

  func replace(_ tensor: Tensor) {}
}

final class ParameterSlot<Value: TensorContainer>: AnyParameterSlot {
  var value: Value

  init(_ value: Value) { self.value = value }

  override var tensor: Tensor? {
    let entries = value._tensorEntries
    return entries.count == 1 && entries[0].key.isEmpty ? entries[0].tensor : nil
  }

  override func replace(_ tensor: Tensor) { value = value._mapTensors { _ in tensor } }

  /// The tensors as the property gives them.
  var current: Value {
    guard let parametrization else { return value }
    let tensor = parametrization.tensor()
    return value._mapTensors { _ in tensor }
  }
}
