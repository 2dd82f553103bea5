/// What a training run saves: values nested in dictionaries, lists and tuples, as PyTorch's `torch.save` takes them.
///
/// ```swift
/// var run: Checkpoint = ["epoch": 7, "best": 0.93, "classes": ["cat", "dog"]]
/// run["model"] = Checkpoint(model.stateDict())
/// run["optimizer"] = Checkpoint(optimizer)
/// try save(run, to: "run.pt")
///
/// let saved = try Checkpoint(contentsOf: "run.pt")
/// try model.load(saved["model"])
/// try optimizer.load(saved["optimizer"])
/// let epoch = saved["epoch"]?.int ?? 0
/// ```
public enum Checkpoint {
  /// Nothing, Python's `None`.
  case null
  /// True or false.
  case bool(Bool)
  /// A whole number.
  case int(Int)
  /// A floating point number.
  case double(Double)
  /// A complex number as real and imaginary part.
  case complex(Double, Double)
  /// A text.
  case string(String)
  /// Bytes that are no text.
  case bytes([UInt8])
  /// The type of a tensor's elements.
  case dtype(DType)
  /// A tensor.
  case tensor(Tensor)
  /// Values in order.
  case list([Checkpoint])
  /// Values in order, where PyTorch tells a tuple from a list.
  case tuple([Checkpoint])
  /// Values by name or number, in the order in which they were added.
  case dictionary(Dictionary)

  /// Makes a dictionary of tensors by name, such as a module's `stateDict()`.
  public init(_ tensors: some Sequence<(key: String, value: Tensor)>) {
    var dictionary = Dictionary()
    dictionary.isOrderedDict = true
    for (name, tensor) in tensors { dictionary[.string(name)] = .tensor(tensor) }
    self = .dictionary(dictionary)
  }

  // MARK: Parts

  /// The value of a name, or nil where this is no dictionary or has no such name. Assigning adds, replaces or, with
  /// nil, removes; to what is no dictionary an assignment makes one.
  public subscript(name: String) -> Checkpoint? {
    get { self[.string(name)] }
    set { self[.string(name)] = newValue }
  }

  /// The value of a key, or nil where this is no dictionary or has no such key.
  public subscript(key: Key) -> Checkpoint? {
    get { dictionary?[key] }
    set {
      var changed = dictionary ?? Dictionary()
      changed[key] = newValue
      self = .dictionary(changed)
    }
  }

  /// The element of a list or tuple at a position, or the value of a number in a dictionary; nil where there is none.
  public subscript(position: Int) -> Checkpoint? {
    if let dictionary { return dictionary[.int(position)] }
    guard let list, list.indices.contains(position) else { return nil }
    return list[position]
  }

  /// Whether there is nothing, Python's `None`.
  public var isNull: Bool { if case .null = self { true } else { false } }
  /// The truth value, or nil for anything else.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The whole number, or nil for anything else: also a floating point number without a fraction, or a tensor of one
  /// element that is one.
  public var int: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    case .tensor(let tensor): Checkpoint.number(tensor).flatMap { Int(exactly: $0) }
    default: nil
    }
  }
  /// The number, or nil for anything else: also a whole number, or a tensor of one element.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .tensor(let tensor): Checkpoint.number(tensor)
    default: nil
    }
  }
  /// The text, or nil for anything else.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The tensor, or nil for anything else.
  public var tensor: Tensor? { if case .tensor(let value) = self { value } else { nil } }
  /// The elements of a list or tuple, or nil for anything else.
  public var list: [Checkpoint]? {
    switch self {
    case .list(let values), .tuple(let values): values
    default: nil
    }
  }
  /// The dictionary, or nil for anything else.
  public var dictionary: Dictionary? { if case .dictionary(let value) = self { value } else { nil } }

  private static func number(_ tensor: Tensor) -> Double? {
    guard tensor.numel == 1, !tensor.dtype.isComplex else { return nil }
    return try? Ops.item(tensor).double
  }

  /// The tensors by name of a dictionary that holds nothing else.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/state``, which names what is no tensor.
  public func stateDict() throws(BackplaneError) -> StateDict {
    guard let dictionary else {
      throw BackplaneError(.state, "Expected state_dict to be dict-like, got \(typeName).")
    }
    var result = StateDict()
    for (key, value) in dictionary {
      guard case .string(let name) = key, case .tensor(let tensor) = value else {
        throw BackplaneError(
          .state,
          "no state dict: \(Checkpoint.short("\(key)")) is \(value.typeName), where a tensor of a name was expected")
      }
      result[name] = tensor
    }
    return result
  }

  /// A text as errors show it.
  static func short(_ text: String) -> String {
    text.utf8.count <= 200 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))) + "…"
  }

  /// What errors call such a value: Python's name of its type.
  var typeName: String {
    switch self {
    case .null: "None"
    case .bool: "a bool"
    case .int: "an int"
    case .double: "a float"
    case .complex: "a complex number"
    case .string: "a str"
    case .bytes: "bytes"
    case .dtype: "a dtype"
    case .tensor: "a tensor"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dictionary: "a dict"
    }
  }
}

extension Module {
  /// Copies the saved values of a checkpoint's part into the module's parameters and buffers.
  ///
  /// ```swift
  /// let saved = try Checkpoint(contentsOf: "run.pt")
  /// try model.load(saved["model"])
  /// ```
  ///
  /// All else is as with ``load(_:strict:)-(Sequence,_)``; nil, what a subscript gives for a name that is not there, is
  /// an error.
  @discardableResult
  public func load(
    _ checkpoint: Checkpoint?, strict: Bool = true
  ) throws(BackplaneError) -> (missing: [String], unexpected: [String]) {
    guard let checkpoint else {
      throw BackplaneError(
        .state,
        "Error(s) in loading state_dict for \(type(of: self)):\n\tExpected state_dict to be dict-like, got None: the "
          + "checkpoint has no such part.")
    }
    return try load(checkpoint.stateDict(), strict: strict)
  }
}
