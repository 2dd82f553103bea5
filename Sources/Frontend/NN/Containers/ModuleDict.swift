/// Modules by name, in the order in which they were added.
///
/// ```swift
/// final class Chooser: Module {
///   let choices: ModuleDict = ["conv": Conv2d(10, 10, 3), "pool": MaxPool2d(3)]
///   func callAsFunction(_ x: Tensor, _ choice: String) -> Tensor { choices[choice]!(x) }
/// }
/// Chooser().stateDict().keys  // ["choices.conv.weight", "choices.conv.bias"]
/// ```
public final class ModuleDict: Module, RandomAccessCollection, ExpressibleByDictionaryLiteral {
  private var entries: [(key: String, value: Module)] = []

  /// Makes a dictionary of modules, in the order of the literal.
  public init(_ modules: KeyValuePairs<String, Module> = [:]) {
    super.init()
    update(modules.map { (key: $0.key, value: $0.value) })
  }

  public convenience init(dictionaryLiteral elements: (String, Module)...) {
    self.init()
    update(elements.map { (key: $0.0, value: $0.1) })
  }

  override func members() -> [Member] { entries.map { ($0.key, .module($0.value)) } }

  public var startIndex: Int { 0 }
  public var endIndex: Int { entries.count }

  /// The entry at a position, with its name. One out of range is an error.
  public subscript(position: Int) -> (key: String, value: Module) {
    funnel(or: ("", Module())) { () throws(BackplaneError) in
      try requirePosition(position, of: entries.count, in: "ModuleDict")
      return entries[position]
    }
  }

  /// The module of a name, or nil. A new name is added at the end; assigning nil removes one.
  public subscript(key: String) -> Module? {
    get { entries.first { $0.key == key }?.value ?? (Placeholder.isInUse ? Module() : nil) }
    set {
      funnel(or: ()) { () throws(BackplaneError) in
        try ModuleNames.require(key)
        if let newValue { try ModuleNames.require(newValue, isNotAround: self) }
        let position = entries.firstIndex { $0.key == key }
        switch (position, newValue) {
        case (let position?, let module?): entries[position].value = module
        case (let position?, nil): entries.remove(at: position)
        case (nil, let module?): entries.append((key, module))
        case (nil, nil): break
        }
      }
    }
  }

  /// The names, in order.
  public var keys: [String] { entries.map(\.key) }
  /// The modules, in the order of their names.
  public var values: [Module] { entries.map(\.value) }

  /// Whether there is a module of a name.
  public func contains(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Adds modules, or puts them in the place of those of the same names.
  public func update(_ modules: some Sequence<(key: String, value: Module)>) {
    for (key, value) in Array(modules) { self[key] = value }
  }

  /// Takes the module of a name out. An unknown name is an error.
  @discardableResult
  public func pop(_ key: String) -> Module {
    funnel(or: Module()) { () throws(BackplaneError) in
      guard let position = entries.firstIndex(where: { $0.key == key }) else {
        throw BackplaneError(.index, "'\(key)': there is no module of this name among \(keys)")
      }
      return entries.remove(at: position).value
    }
  }

  /// Takes all modules out.
  public func clear() { entries = [] }
}
