/// Tensors by name, in the order in which a module or an optimizer gives them.
///
/// ```swift
/// let state = model.stateDict()
/// state["0.weight"]
/// for (name, tensor) in state { print(name, tensor.shape) }
/// try save(state, to: "model.safetensors")
/// ```
public struct StateDict: RandomAccessCollection, ExpressibleByDictionaryLiteral {
  private var entries: [(key: String, value: Tensor)] = []
  private var positions: [String: Int] = [:]

  /// Makes an empty dictionary.
  public init() {}

  /// Makes a dictionary of names and tensors. Of two entries of one key, the later one counts.
  public init(_ entries: some Sequence<(key: String, value: Tensor)>) {
    for (key, value) in entries { self[key] = value }
  }

  public init(dictionaryLiteral elements: (String, Tensor)...) {
    for (key, value) in elements { self[key] = value }
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { entries.count }
  /// The entry at a position, with its name. One out of range is an error.
  public subscript(position: Int) -> (key: String, value: Tensor) {
    funnel(or: ("", .invalid)) { () throws(BackplaneError) in
      try requirePosition(position, of: entries.count, in: "StateDict")
      return entries[position]
    }
  }

  /// The tensor of a name, or nil. A new name is added at the end; assigning nil removes one.
  public subscript(key: String) -> Tensor? {
    // After an error there may be nothing where there would have been something.
    get { positions[key].map { entries[$0].value } ?? (Placeholder.isInUse ? .invalid : nil) }
    set {
      if let position = positions[key] {
        if let newValue {
          entries[position].value = newValue
        } else {
          entries.remove(at: position)
          positions = [:]
          for (position, entry) in entries.enumerated() { positions[entry.key] = position }
        }
      } else if let newValue {
        positions[key] = entries.count
        entries.append((key, newValue))
      }
    }
  }

  /// The names, in order.
  public var keys: [String] { entries.map(\.key) }
  /// The tensors, in the order of their names.
  public var values: [Tensor] { entries.map(\.value) }
}
