/// What a model consists of: its layers with the shapes of their outputs and their parameters, and sums of these.
///
/// Its description is the table that the package torchinfo prints.
public struct ModelSummary: CustomStringConvertible {
  /// A layer as it was called, or a container that holds some.
  public struct Layer: Sendable {
    /// The name of its class.
    public let className: String
    /// The name under which it is held.
    public let name: String
    /// How many modules it is in.
    public let depth: Int
    /// The number of the layer among those of its depth, from 1.
    public let index: Int
    /// The shape of what went into it last; nil of a container that is not called itself.
    public let inputShape: [Int]?
    /// The shape of what came out of it last; nil of a container that is not called itself.
    public let outputShape: [Int]?
    /// The size of its kernel, if it has one.
    public let kernelSize: [Int]?
    /// The parameters in it, also of the modules within.
    public let parameterCount: Int
    /// Those of them that require gradients.
    public let trainableCount: Int
    /// The multiplications with additions that it computes, as far as they are told by its parameters; 0 of what has
    /// layers within.
    public let multAdds: Int
    /// Whether it is in the table before.
    public let isRecursive: Bool
    /// Whether no module is within.
    public let isLeaf: Bool
    /// The parameters that are not in layers of the table within it.
    public let ownParameterCount: Int
    /// The multiplications with additions of the layers within it.
    let innerMultAdds: Int
  }

  /// A column of the table behind the names of the layers.
  public enum Column: Sendable, CaseIterable {
    /// A shape, as it was last.
    case inputSize, outputSize
    /// The number of parameters, in parentheses where none is trained, and its part of all.
    case numParams, paramsPercent
    /// The size of the kernel, where there is one.
    case kernelSize
    /// The multiplications with additions.
    case multAdds
    /// Whether the parameters are trained: `True`, `False` or `Partial`.
    case trainable
  }

  /// The layers in the order in which they were called, each below what it is in.
  public let layers: [Layer]
  /// The number of all parameters.
  public let totalParams: Int
  /// The number of the parameters that require gradients.
  public let trainableParams: Int
  /// The number of the parameters that do not.
  public var nonTrainableParams: Int { totalParams - trainableParams }
  /// The multiplications with additions of all layers, as far as they are told by their parameters.
  public let totalMultAdds: Int
  /// The bytes of the inputs.
  public let inputBytes: Int
  /// The bytes of the outputs of layers with parameters, twice: for their gradients too.
  public let outputBytes: Int
  /// The bytes of the parameters.
  public let parameterBytes: Int
  /// The bytes of inputs, outputs and parameters.
  public var totalBytes: Int { inputBytes + outputBytes + parameterBytes }

  let hasInput: Bool
  let depth: Int
  let columns: [Column]
  let showsNames: Bool

  /// The table.
  public var description: String { SummaryTable(self).text }
}

/// Calls a model with an input of a shape and tells what it consists of, as the package torchinfo does.
///
/// ```swift
/// print(summary(model, inputSize: [1, 10]))
/// ```
///
/// ```
/// ==========================================================================================
/// Layer (type:depth-idx)                   Output Shape              Param #
/// ==========================================================================================
/// MyNet                                    [1, 1]                    --
/// ├─Linear: 1-1                            [1, 20]                   220
/// ├─ReLU: 1-2                              [1, 20]                   --
/// ├─Linear: 1-3                            [1, 1]                    21
/// ==========================================================================================
/// Total params: 241
/// …
/// ```
///
/// The model is called in evaluation mode and without gradients, and is afterwards as it was. Layers that are called by
/// `forward` and not as functions are not seen. Mult-adds are counted from parameters: what a layer computes without any,
/// as attention does, is not in them.
///
/// - Parameters:
///   - inputSize: The shape of the input, whose elements are 0; without one the model is not called, and the table is of
///     parameters alone.
///   - dtype: The type of the input.
///   - device: Where the input lives; where the model's parameters do, unless told.
///   - depth: How deep the table goes.
///   - columns: What the table tells of each layer.
///   - showsNames: Whether the table has the names under which layers are held.
public func summary(
  _ model: Module, inputSize: [Int]? = nil, dtype: DType = .float32, device: Device? = nil, depth: Int = 3,
  columns: [ModelSummary.Column]? = nil, showsNames: Bool = false
) -> ModelSummary {
  guard let inputSize else {
    return ModelSummary(
      model, [], isCalled: false, depth: depth, columns: columns ?? [.numParams], showsNames: showsNames
    ) { _ in }
  }
  let input = Tensor.zeros(inputSize, dtype: dtype, device: device ?? model.parameters().first?.device)
  return summary(model, inputs: [input], depth: depth, columns: columns, showsNames: showsNames) { _ = model($0[0]) }
}

/// Calls a model with inputs of one's own and tells what it consists of, as with
/// ``summary(_:inputSize:dtype:device:depth:columns:showsNames:)``.
///
/// ```swift
/// print(summary(model, inputs: [x]) { _ = model($0[0]) })
/// ```
///
/// - Parameter forward: Calls the model with the inputs.
public func summary(
  _ model: Module, inputs: [Tensor], depth: Int = 3, columns: [ModelSummary.Column]? = nil, showsNames: Bool = false,
  forward: ([Tensor]) -> Void
) -> ModelSummary {
  ModelSummary(
    model, inputs, isCalled: true, depth: depth, columns: columns ?? [.outputSize, .numParams], showsNames: showsNames,
    forward)
}
