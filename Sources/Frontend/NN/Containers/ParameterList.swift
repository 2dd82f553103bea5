/// Parameters in a list, named by their positions.
///
/// ```swift
/// final class Sum: Module {
///   let weights = ParameterList((0 ..< 3).map { _ in Tensor.randn([4, 4]) })
///   override func forward(_ x: Tensor) -> Tensor { weights.reduce(x) { x, weight in x + x.matmul(weight) } }
/// }
/// Sum().stateDict().keys  // ["weights.0", "weights.1", "weights.2"]
/// ```
///
/// What is added is made to require gradients, as by ``Parameter``; an array marked so does as well, and this one can be
/// changed and prints like PyTorch's.
public final class ParameterList: Module, RandomAccessCollection {
  @Parameter private var elements: [Tensor]

  /// Makes a list of parameters.
  public init(_ parameters: some Sequence<Tensor> = []) { elements = Array(parameters) }

  override func members() -> [Member] { elements.enumerated().map { ("\($0)", .parameter($1)) } }

  public var startIndex: Int { 0 }
  public var endIndex: Int { elements.count }

  /// The parameter at a position, which counts from the end where it is negative. One out of range is an error.
  public subscript(position: Int) -> Tensor {
    get { funnel { () throws(BackplaneError) in elements[try index(position)] } }
    set { funnel(or: ()) { () throws(BackplaneError) in elements[try index(position)] = newValue } }
  }

  /// Adds a parameter at the end.
  @discardableResult
  public func append(_ parameter: Tensor) -> Self { extend([parameter]) }

  /// Adds parameters at the end.
  @discardableResult
  public func extend(_ parameters: some Sequence<Tensor>) -> Self {
    elements += Array(parameters)
    return self
  }

  private func index(_ position: Int) throws(BackplaneError) -> Int {
    let index = position < 0 ? position &+ elements.count : position
    guard elements.indices.contains(index) else {
      throw BackplaneError(.index, "index \(position) is out of range: ParameterList holds \(count) parameters")
    }
    return index
  }

  public override var extraDescription: String {
    ParameterList.lines(elements.enumerated().map { ("\($0)", $1) }) { "torch.\($0.dtype)" }
  }

  /// What PyTorch prints of parameters, indented as it does.
  static func lines(_ entries: [(key: String, tensor: Tensor)], _ type: (Tensor) -> String) -> String {
    entries.map { key, tensor in
      let size = tensor.layout.shape.map(\.description).joined(separator: "x")
      let device = tensor.device.type == Device.processor.type ? "" : " (\(tensor.device))"
      return "  (\(key)): Parameter containing: [\(type(tensor)) of size \(size)\(device)]"
    }.joined(separator: "\n")
  }
}

/// Parameters by name, in the order in which they were added.
///
/// ```swift
/// let parameters: ParameterDict = ["left": Tensor.randn([5, 10]), "right": Tensor.randn([5, 10])]
/// parameters["left"]!.requiresGrad  // true
/// ```
///
/// What is added is made to require gradients, as by ``Parameter``.
public final class ParameterDict: Module, RandomAccessCollection, ExpressibleByDictionaryLiteral {
  private var names: [String] = []
  @Parameter private var elements: [Tensor] = []

  /// Makes a dictionary of parameters, in the order of the literal.
  public init(_ parameters: KeyValuePairs<String, Tensor> = [:]) {
    super.init()
    update(parameters.map { (key: $0.key, value: $0.value) })
  }

  public convenience init(dictionaryLiteral elements: (String, Tensor)...) {
    self.init()
    update(elements.map { (key: $0.0, value: $0.1) })
  }

  override func members() -> [Member] { zip(names, elements).map { ($0, .parameter($1)) } }

  public var startIndex: Int { 0 }
  public var endIndex: Int { names.count }

  /// The entry at a position, with its name. One out of range is an error.
  public subscript(position: Int) -> (key: String, value: Tensor) {
    funnel(or: ("", .invalid)) { () throws(BackplaneError) in
      try requirePosition(position, of: names.count, in: "ParameterDict")
      return (names[position], elements[position])
    }
  }

  /// The parameter of a name, or nil. A new name is added at the end; assigning nil removes one.
  public subscript(key: String) -> Tensor? {
    get { names.firstIndex(of: key).map { elements[$0] } ?? (Placeholder.isInUse ? .invalid : nil) }
    set {
      funnel(or: ()) { () throws(BackplaneError) in
        guard !key.isEmpty else { throw BackplaneError(.value, "parameter name can't be empty string \"\"") }
        guard !key.contains(".") else { throw BackplaneError(.value, "parameter name can't contain \".\"") }
        let position = names.firstIndex(of: key)
        switch (position, newValue) {
        case (let position?, let tensor?): elements[position] = tensor
        case (let position?, nil):
          names.remove(at: position)
          elements.remove(at: position)
        case (nil, let tensor?):
          names.append(key)
          elements.append(tensor)
        case (nil, nil): break
        }
      }
    }
  }

  /// The names, in order.
  public var keys: [String] { names }
  /// The parameters, in the order of their names.
  public var values: [Tensor] { elements }

  /// Whether there is a parameter of a name.
  public func contains(_ key: String) -> Bool { names.contains(key) }

  /// Adds parameters, or puts them in the place of those of the same names.
  public func update(_ parameters: some Sequence<(key: String, value: Tensor)>) {
    for (key, value) in Array(parameters) { self[key] = value }
  }

  /// Takes the parameter of a name out. An unknown name is an error.
  @discardableResult
  public func pop(_ key: String) -> Tensor {
    funnel { () throws(BackplaneError) in
      guard let position = names.firstIndex(of: key) else {
        throw BackplaneError(.index, "'\(key)': there is no parameter of this name among \(names)")
      }
      names.remove(at: position)
      return elements.remove(at: position)
    }
  }

  /// Takes all parameters out.
  public func clear() {
    names = []
    elements = []
  }

  public override var extraDescription: String {
    ParameterList.lines(Array(zip(names, elements))) { "torch.\($0.dtype.scalarName)Tensor" }
  }
}
