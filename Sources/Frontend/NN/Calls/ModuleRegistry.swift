/// The classes of modules that can be made by name: their signatures, and how their objects are called.
struct ModuleRegistry: Sendable {
  /// How the modules of a class are called.
  struct Forward: Sendable {
    let signature: OperatorSignature
    let call: @Sendable (Module, BoundArguments) throws -> any OperatorResult
  }

  private(set) var classes = ClassRegistry<Void, Module>(of: "module")
  private(set) var forwards: [String: Forward] = [:]
  /// The names by the classes of their modules.
  private(set) var names: [ObjectIdentifier: String] = [:]

  /// Adds a class whose modules take one tensor and give one.
  mutating func add<M: Module>(_ constructor: String, _ make: @escaping @Sendable (BoundArguments) throws -> M) {
    add(constructor, forward: ModuleRegistry.ofOneTensor, make) { module, a in module(a.tensor("input")) }
  }

  /// Adds a class whose modules take something else.
  ///
  /// - Parameters:
  ///   - constructor: What makes one, in PyTorch's notation: `nn.Linear(int in_features, int out_features, …)`.
  ///   - forward: What one takes: `forward(Tensor input, Tensor target)`.
  mutating func add<M: Module>(
    _ constructor: String, forward: String, _ make: @escaping @Sendable (BoundArguments) throws -> M,
    _ call: @escaping @Sendable (M, BoundArguments) throws -> any OperatorResult
  ) {
    let name = classes.add(constructor) { _, arguments in try make(arguments) }
    names[ObjectIdentifier(M.self)] = name
    forwards[name] = Forward(signature: OperatorSignature(forward)) { module, arguments in
      guard let module = module as? M else { stop("\(type(of: module)) is no \(M.self)") }
      return try call(module, arguments)
    }
  }

  static let ofOneTensor = "forward(Tensor input)"
  private static let oneTensor = OperatorSignature(ofOneTensor)

  static let shared: ModuleRegistry = {
    var registry = ModuleRegistry()
    registry.addLinear()
    registry.addRecurrence()
    registry.addAttention()
    registry.addTransformer()
    registry.addBilinear()
    registry.addConvolutions()
    registry.addPools()
    registry.addNorms()
    registry.addEmbeddings()
    registry.addDistances()
    registry.addActivations()
    registry.addLosses()
    registry.addPadding()
    registry.addDropout()
    registry.addShape()
    registry.addUpsampling()
    registry.addPixelShuffles()
    return registry
  }()

  func call(
    _ module: Module, _ arguments: [Argument], _ keywords: [String: Argument]
  ) throws(BackplaneError) -> Argument {
    guard let name = names[ObjectIdentifier(type(of: module))], let forward = forwards[name] else {
      let bound = try BoundArguments(ModuleRegistry.oneTensor, arguments, keywords)
      return try classes.rethrowing("\(type(of: module))") {
        try withErrors { .tensor(module(bound.tensor("input"))) }
      }
    }
    let bound = try BoundArguments(forward.signature, arguments, keywords)
    return try classes.rethrowing(name) { try withErrors { try forward.call(module, bound).argument } }
  }
}

/// Makes a module of one of PyTorch's classes: for bindings, importers and recorded models.
///
/// ```swift
/// let layer = try module("nn.Linear", [64, 128], ["bias": false])
/// let y = try layer.call([.tensor(x)]).tensor!
/// ```
///
/// - Parameters:
///   - name: The class's name under `torch.`: `nn.Linear`, `nn.CrossEntropyLoss`. ``moduleNames`` lists them all,
///     ``moduleSignature(_:)`` tells what one takes.
///   - arguments: By position.
///   - keywords: By name.
/// - Throws: ``BackplaneError``, of kind ``BackplaneError/Kind/unknownOperator`` if there is no class of the name;
///   arguments that do not fit are described in PyTorch's words.
public func module(
  _ name: String, _ arguments: [Argument] = [], _ keywords: [String: Argument] = [:]
) throws(BackplaneError) -> Module {
  try ModuleRegistry.shared.classes.make(name, of: (), arguments, keywords)
}

/// The names of all classes that ``module(_:_:_:)`` knows, sorted.
public var moduleNames: [String] { ModuleRegistry.shared.classes.names }

/// What makes a module of a class, and what the module then takes; nil if the name is not known.
///
/// ```swift
/// moduleSignature("nn.Bilinear")!.forward.description  // "forward(Tensor input1, Tensor input2)"
/// ```
public func moduleSignature(_ name: String) -> (constructor: OperatorSignature, forward: OperatorSignature)? {
  guard let constructor = ModuleRegistry.shared.classes.entries[name]?.signature,
    let forward = ModuleRegistry.shared.forwards[name]?.signature
  else { return nil }
  return (constructor, forward)
}

extension Module {
  /// The module's result for arguments in PyTorch's order and names, as ``call(_:_:_:)`` has it for operators.
  ///
  /// A class that ``module(_:_:_:)`` does not know takes one tensor.
  ///
  /// ```swift
  /// let loss = try module("nn.MSELoss").call([.tensor(y), .tensor(target)]).tensor!
  /// ```
  ///
  /// - Throws: ``BackplaneError``; arguments that do not fit are described in PyTorch's words.
  @discardableResult
  public func call(
    _ arguments: [Argument] = [], _ keywords: [String: Argument] = [:]
  ) throws(BackplaneError) -> Argument {
    try ModuleRegistry.shared.call(self, arguments, keywords)
  }
}
