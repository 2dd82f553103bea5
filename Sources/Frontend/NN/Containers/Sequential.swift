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
/// Without modules it gives its input.
public final class Sequential: Module {
  private var layers: [(name: String, module: Module)]

  /// Makes a chain of modules that are named by their positions.
  public init(_ modules: [Module]) {
    layers = modules.enumerated().map { ("\($0)", $1) }
  }

  /// Makes a chain of modules that are named by their positions.
  public convenience init(_ modules: Module...) { self.init(modules) }

  /// Makes a chain of modules with names of their own, in the order of the literal.
  public init(_ modules: KeyValuePairs<String, Module>) {
    layers = []
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in
      for (name, module) in modules {
        guard !name.isEmpty, !name.contains(".") else {
          throw BackplaneError(.value, "module name can't be empty or contain \".\", got: \"\(name)\"")
        }
        guard !layers.contains(where: { $0.name == name }) else {
          throw BackplaneError(.value, "two modules are named \"\(name)\"")
        }
        layers.append((name, module))
      }
    }
  }

  public override func forward(_ x: Tensor) -> Tensor {
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

  /// The number of modules.
  public var count: Int { layers.count }

  /// The module at a position, which counts from the end where it is negative. One out of range is an error.
  public subscript(position: Int) -> Module {
    let index = position < 0 ? position &+ layers.count : position
    return funnel(or: Module()) { () throws(BackplaneError) in
      guard layers.indices.contains(index) else {
        throw BackplaneError(.index, "index \(position) is out of range: Sequential holds \(layers.count) modules")
      }
      return layers[index].module
    }
  }

  /// The module of a name, or nil.
  public subscript(name: String) -> Module? {
    layers.first { $0.name == name }?.module ?? (Placeholder.isInUse ? Module() : nil)
  }

  /// Adds a module at the end, named by its position.
  @discardableResult
  public func append(_ module: Module) -> Self {
    funnel(or: ()) { () throws(BackplaneError) in
      guard !module.modules().contains(where: { $0 === self }) else {
        throw BackplaneError(.value, "a Sequential cannot be a part of itself")
      }
      layers.append(("\(layers.count)", module))
    }
    return self
  }
}
