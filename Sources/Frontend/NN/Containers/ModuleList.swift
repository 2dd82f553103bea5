/// Modules in a list, named by their positions.
///
/// ```swift
/// final class Deep: Module {
///   let layers = ModuleList((0 ..< 4).map { _ in Linear(16, 16) })
///   override func forward(_ x: Tensor) -> Tensor { layers.reduce(x) { x, layer in layer(x).relu() } }
/// }
/// Deep().stateDict().keys[0]  // "layers.0.weight"
/// ```
///
/// A plain array of modules does as well; this one can be changed and prints like PyTorch's.
public final class ModuleList: Module, RandomAccessCollection {
  private var elements: [Module]

  /// Makes a list of modules.
  public init(_ modules: some Sequence<Module> = []) { elements = Array(modules) }

  override func members() -> [Member] { elements.enumerated().map { ("\($0)", .module($1)) } }

  public var startIndex: Int { 0 }
  public var endIndex: Int { elements.count }

  /// The module at a position, which counts from the end where it is negative. One out of range is an error.
  public subscript(position: Int) -> Module {
    get { funnel(or: Module()) { () throws(BackplaneError) in elements[try index(position)] } }
    set { funnel(or: ()) { () throws(BackplaneError) in elements[try index(position)] = newValue } }
  }

  /// Adds a module at the end.
  @discardableResult
  public func append(_ module: Module) -> Self {
    elements.append(module)
    return self
  }

  /// Adds modules at the end.
  @discardableResult
  public func extend(_ modules: some Sequence<Module>) -> Self {
    elements += modules
    return self
  }

  /// Puts a module before the one at a position.
  public func insert(_ index: Int, _ module: Module) {
    funnel(or: ()) { () throws(BackplaneError) in
      let position = index < 0 ? Swift.max(0, index &+ count) : Swift.min(index, count)
      elements.insert(module, at: position)
    }
  }

  /// Takes the module at a position out, by default the last.
  @discardableResult
  public func pop(_ index: Int = -1) -> Module {
    funnel(or: Module()) { () throws(BackplaneError) in elements.remove(at: try self.index(index)) }
  }

  private func index(_ position: Int) throws(BackplaneError) -> Int {
    let index = position < 0 ? position &+ count : position
    guard elements.indices.contains(index) else {
      throw BackplaneError(.index, "index \(position) is out of range: ModuleList holds \(count) modules")
    }
    return index
  }
}
