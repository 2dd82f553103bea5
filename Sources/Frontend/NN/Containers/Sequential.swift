/// Modules one after another, each applied to what the one before gave.
///
/// ```swift
/// let model = Sequential(Linear(64, 128), ReLU(), Linear(128, 10))
/// model.stateDict().keys  // ["0.weight", "0.bias", "2.weight", "2.bias"]
///
/// let named = Sequential(["hidden": Linear(64, 128), "act": ReLU(), "out": Linear(128, 10)])
/// named["hidden"]         // Linear(in_features=64, out_features=128, bias=True)
/// ```
///
/// Without modules it gives its input. It is a collection of its modules:
///
/// ```swift
/// let model = Sequential(Linear(64, 128), ReLU())
/// model.append(Linear(128, 10)).insert(2, Dropout())
/// for layer in model { print(layer) }
/// let features = Sequential(model.dropLast())  // of the same modules
/// ```
open class Sequential: Module, RandomAccessCollection {
  private var layers: [(name: String, module: Module)]

  /// Makes a chain of modules that are named by their positions.
  public init(_ modules: [Module]) {
    layers = modules.enumerated().map { ("\($0)", $1) }
  }

  /// Makes a chain of modules that are named by their positions.
  public convenience init(_ modules: Module...) { self.init(modules) }

  /// Makes a chain of modules whose names are known to be right.
  init(named modules: [(name: String, module: Module)]) { layers = modules }

  /// Makes a chain of some of a list's modules, named by their new positions.
  public convenience init(_ modules: ArraySlice<Module>) { self.init(Array(modules)) }

  /// Makes a chain of some of another's modules, named by their new positions.
  public convenience init(_ modules: Slice<Sequential>) { self.init(Array(modules)) }

  /// Makes a chain of modules with names of their own, in the order of the literal.
  public init(_ modules: KeyValuePairs<String, Module>) {
    layers = []
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in
      for (name, module) in modules {
        try ModuleNames.require(name)
        guard !layers.contains(where: { $0.name == name }) else {
          throw BackplaneError(.value, "two modules are named \"\(name)\"")
        }
        layers.append((name, module))
      }
    }
  }

  open override func forward(_ x: Tensor) -> Tensor {
    var (x, i) = (x, 0)
    while i < layers.count {
      let module = layers[i].module
      i += 1
      // A layer and the function that follows it are one operator: nobody else sees what is in between.
      if i < layers.count, let linear = module as? Linear, let activation = Sequential.activation(layers[i].module),
        type(of: linear) == Linear.self, linear.hooks == nil, layers[i].module.hooks == nil
      {
        i += 1
        x = funnel { () throws(BackplaneError) in
          try Ops.linear(x, linear.weight, linear.bias, activation: activation)
        }
      } else {
        x = module(x)
      }
    }
    return x
  }

  private static func activation(_ module: Module) -> LinearActivation? {
    switch module {
    case is ReLU: .relu
    case is Sigmoid: .sigmoid
    case is Tanh: .tanh
    default: nil
    }
  }

  override func members() -> [Member] { layers.map { ($0.name, .module($0.module)) } }

  public var startIndex: Int { 0 }
  public var endIndex: Int { layers.count }

  /// The module at a position, which counts from the end where it is negative. One out of range is an error.
  public subscript(position: Int) -> Module {
    get { funnel(or: Module()) { () throws(BackplaneError) in layers[try index(position)].module } }
    set {
      funnel(or: ()) { () throws(BackplaneError) in
        try ModuleNames.require(newValue, isNotAround: self)
        layers[try index(position)].module = newValue
      }
    }
  }

  /// The module of a name, or nil.
  public subscript(name: String) -> Module? {
    layers.first { $0.name == name }?.module ?? (Placeholder.isInUse ? Module() : nil)
  }

  private func index(_ position: Int) throws(BackplaneError) -> Int {
    let index = position < 0 ? position &+ layers.count : position
    guard layers.indices.contains(index) else {
      throw BackplaneError(.index, "index \(position) is out of range: Sequential holds \(layers.count) modules")
    }
    return index
  }

  // MARK: Changes

  /// Adds a module at the end, named by its position.
  @discardableResult
  public func append(_ module: Module) -> Self { extend([module]) }

  /// Adds modules at the end, named by their positions.
  @discardableResult
  public func extend(_ modules: some Sequence<Module>) -> Self {
    funnel(or: ()) { () throws(BackplaneError) in
      for module in Array(modules) {
        try ModuleNames.require(module, isNotAround: self)
        try add(module, at: layers.count)
      }
    }
    return self
  }

  /// Puts a module before the one at a position, which counts from the end where it is negative.
  ///
  /// Modules that are named by their positions take the names of their new ones.
  @discardableResult
  public func insert(_ index: Int, _ module: Module) -> Self {
    funnel(or: ()) { () throws(BackplaneError) in
      let position = index < 0 ? index &+ layers.count : index
      guard (0...layers.count).contains(position) else {
        throw BackplaneError(.index, "Index out of range: \(index)")
      }
      try ModuleNames.require(module, isNotAround: self)
      try add(module, at: position)
    }
    return self
  }

  /// Takes the module at a position out, by default the last. Modules that are named by their positions take the names of
  /// their new ones.
  @discardableResult
  public func pop(_ index: Int = -1) -> Module {
    funnel(or: Module()) { () throws(BackplaneError) in
      let position = try self.index(index)
      let isNumbered = isNumbered
      let module = layers.remove(at: position).module
      if isNumbered { number() }
      return module
    }
  }

  private var isNumbered: Bool { layers.enumerated().allSatisfy { $1.name == "\($0)" } }

  private func number() {
    for i in layers.indices { layers[i].name = "\(i)" }
  }

  private func add(_ module: Module, at position: Int) throws(BackplaneError) {
    if isNumbered {
      layers.insert(("", module), at: position)
      number()
      return
    }
    let name = "\(position)"
    guard !layers.contains(where: { $0.name == name }) else {
      throw BackplaneError(.value, "two modules are named \"\(name)\"")
    }
    layers.insert((name, module), at: position)
  }

  /// A chain of the modules of two, named by their positions.
  public static func + (a: Sequential, b: Sequential) -> Sequential { Sequential(Array(a) + Array(b)) }

  /// Adds another's modules at the end, named by their positions.
  public static func += (a: Sequential, b: Sequential) { a.extend(b) }

  /// A chain of the modules several times over; they are the same ones each time.
  public static func * (a: Sequential, count: Int) -> Sequential {
    funnel(or: a) { () throws(BackplaneError) in
      guard count > 0 else {
        throw BackplaneError(.value, "Non-positive multiplication factor \(count) for Sequential")
      }
      return Sequential((0..<count).flatMap { _ in Array(a) })
    }
  }
}
