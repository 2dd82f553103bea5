/// The classes of optimizers that can be made by name.
struct OptimizerRegistry: Sendable {
  private(set) var classes = ClassRegistry<[ParameterGroup], Optimizer>(of: "optimizer")

  /// Adds a class. The first parameter of its signature stands for the parameters, which do not come as arguments.
  ///
  /// - Parameter signature: What makes one, in PyTorch's notation: `optim.SGD(Any params, float lr=0.001, …)`.
  mutating func add(
    _ signature: String,
    _ make: @escaping @Sendable ([ParameterGroup], BoundArguments) throws(BackplaneError) -> Optimizer
  ) {
    classes.add(signature) { groups, arguments in
      if arguments.signature.parameters.contains(where: { $0.name == "differentiable" }),
        arguments.bool("differentiable")
      {
        throw BackplaneError(
          .unsupported, "\(arguments.signature.shortName): differentiable=True is not supported: steps have no gradient"
        )
      }
      return try make(groups, arguments)
    }
  }

  static let shared: OptimizerRegistry = {
    var registry = OptimizerRegistry()
    registry.addSGD()
    registry.addAdam()
    registry.addAdagrad()
    registry.addRMSprop()
    registry.addNAdam()
    registry.addRAdam()
    registry.addAdadelta()
    registry.addAdamax()
    registry.addASGD()
    registry.addRprop()
    registry.addAdafactor()
    registry.addLBFGS()
    return registry
  }()
}

/// Makes an optimizer of one of PyTorch's classes: for bindings, importers and recorded models.
///
/// ```swift
/// let adamW = try Backplane.optimizer("optim.AdamW", model.parameters(), ["lr": 1e-3, "betas": [0.9, 0.95]])
/// ```
///
/// What PyTorch can be told of how a step is computed, such as `foreach` and `fused`, is taken and has no meaning here.
///
/// - Parameters:
///   - name: The class's name under `torch.`: `optim.SGD`. ``optimizerNames`` lists them all, ``optimizerSignature(_:)``
///     tells what one takes.
///   - parameters: Tensors that are all treated alike, or groups.
///   - keywords: Settings by PyTorch's names.
/// - Throws: ``BackplaneError``, of kind ``BackplaneError/Kind/unknownOperator`` if there is no class of the name;
///   arguments that do not fit are described in PyTorch's words.
public func optimizer<P: Optimizable>(
  _ name: String, _ parameters: [P], _ keywords: [String: Argument] = [:]
) throws(BackplaneError) -> Optimizer {
  try OptimizerRegistry.shared.classes.make(name, of: P._groups(parameters), [.null], keywords)
}

/// The names of all classes that ``optimizer(_:_:_:)`` knows, sorted.
public var optimizerNames: [String] { OptimizerRegistry.shared.classes.names }

/// What makes an optimizer of a class; nil if the name is not known.
///
/// ```swift
/// optimizerSignature("optim.Rprop")!.description  // "optim.Rprop(Any params, float lr=0.01, float[] etas=[0.5, 1.2], …"
/// ```
public func optimizerSignature(_ name: String) -> OperatorSignature? {
  OptimizerRegistry.shared.classes.entries[name]?.signature
}

extension BoundArguments {
  /// The two numbers of a pair.
  func pair(_ name: String) throws(BackplaneError) -> (Double, Double) {
    let values = doubles(name)
    guard values.count == 2 else {
      throw BackplaneError(
        .value, "\(signature.shortName)(): argument '\(name)' must be a tuple of 2 floats, not of \(values.count)")
    }
    return (values[0], values[1])
  }
}
