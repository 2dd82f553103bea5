/// Marks a stored property of a ``Module`` as trained: it is among `parameters()`, moves with the module, and is saved
/// with it under the property's name.
///
/// ```swift
/// final class Scale: Module {
///   @Parameter var factor: Tensor
///   init(_ count: Int) { factor = Tensor.ones([count]) }
///   override func forward(_ x: Tensor) -> Tensor { x * factor }
/// }
/// ```
///
/// The property is a `Tensor`, or an optional, array or dictionary of tensors, whose keys are then `factors.0`,
/// `factors.1` …. What is assigned is made to require gradients: a leaf itself, of which a second property may
/// be a name too (tied weights); a computed tensor as a new leaf that shares its storage. Set `requiresGrad` to
/// `false` afterwards to freeze it.
///
/// A stored tensor without ``Parameter`` or ``Buffer`` is the module's own business: not moved, saved or trained.
@propertyWrapper
public struct Parameter<Value: TensorContainer> {
  private(set) var slot: ParameterSlot<Value>

  /// Makes what is assigned to the property require gradients.
  public init(wrappedValue: Value) { slot = ParameterSlot(Parameter.trained(wrappedValue)) }

  /// The tensors of the property, all of which are leaves that require gradients. What a parametrization such as
  /// ``weightNorm(_:name:dim:)`` computes is no leaf.
  public var wrappedValue: Value {
    get { slot.current }
    set {
      if let parametrization = slot.parametrization {
        parametrization.assign(newValue._tensorEntries.first?.tensor)
      } else {
        slot = ParameterSlot(Parameter.trained(newValue))
      }
    }
  }

  private static func trained(_ value: Value) -> Value {
    value._mapTensors { ($0.isLeaf ? $0 : $0.detach()).requiresGrad_() }
  }
}

/// Marks a stored property of a ``Module`` as state that is not trained, such as a running mean: it moves with the
/// module and is saved with it.
///
/// ```swift
/// @Buffer var runningMean: Tensor?
/// @Buffer(persistent: false) var mask: Tensor = Tensor.ones([8, 8])
/// ```
///
/// With `persistent: false` it moves but is not part of `stateDict()`.
@propertyWrapper
public struct Buffer<Value: TensorContainer> {
  /// The tensors of the property.
  public var wrappedValue: Value
  let persistent: Bool

  /// Takes what is assigned to the property; with `persistent: false` it is not part of `stateDict()`.
  public init(wrappedValue: Value, persistent: Bool = true) {
    self.wrappedValue = wrappedValue
    self.persistent = persistent
  }

  /// Makes a buffer that holds no tensor yet; with `persistent: false` it is not part of `stateDict()`.
  public init(persistent: Bool) where Value: ExpressibleByNilLiteral {
    self.init(wrappedValue: nil, persistent: persistent)
  }
}
