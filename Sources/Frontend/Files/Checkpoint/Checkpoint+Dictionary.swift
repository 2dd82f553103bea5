extension Checkpoint {
  /// What a value of a dictionary is found by.
  public enum Key: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, CustomStringConvertible
  {
    /// A name.
    case string(String)
    /// A number, such as a parameter's in the state of an optimizer.
    case int(Int)

    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }

    /// As Python shows it.
    public var description: String {
      switch self {
      case .string(let name): Checkpoint.quoted(name)
      case .int(let number): "\(number)"
      }
    }
  }

  /// Values by name or number, in the order in which they were added.
  public struct Dictionary: RandomAccessCollection {
    private var entries: [(key: Key, value: Checkpoint)] = []
    private var positions: [Key: Int] = [:]
    /// Whether PyTorch has it as an `OrderedDict`, as it has state dicts.
    var isOrderedDict = false

    /// Makes an empty dictionary.
    public init() {}

    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.count }
    /// The entry at a position, with its key. One out of range is an error.
    public subscript(position: Int) -> (key: Key, value: Checkpoint) {
      funnel(or: ("", .null)) { () throws(BackplaneError) in
        try requirePosition(position, of: entries.count, in: "Checkpoint.Dictionary")
        return entries[position]
      }
    }

    /// The value of a key, or nil. A new key is added at the end; assigning nil removes one.
    public subscript(key: Key) -> Checkpoint? {
      get { positions[key].map { entries[$0].value } }
      set {
        guard let position = positions[key] else {
          guard let newValue else { return }
          positions[key] = entries.count
          return entries.append((key, newValue))
        }
        if let newValue {
          entries[position].value = newValue
        } else {
          entries.remove(at: position)
          positions = [:]
          for (position, entry) in entries.enumerated() { positions[entry.key] = position }
        }
      }
    }

    /// The value of a name, or nil. A new name is added at the end; assigning nil removes one.
    public subscript(name: String) -> Checkpoint? {
      get { self[.string(name)] }
      set { self[.string(name)] = newValue }
    }

    /// The keys, in order.
    public var keys: [Key] { entries.map(\.key) }
    /// The values, in the order of their keys.
    public var values: [Checkpoint] { entries.map(\.value) }
  }
}

// MARK: - Literals

extension Checkpoint: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: Checkpoint...) { self = .list(elements) }
  /// Of two values of one key, the later one counts.
  public init(dictionaryLiteral elements: (Key, Checkpoint)...) {
    var dictionary = Dictionary()
    for (key, value) in elements { dictionary[key] = value }
    self = .dictionary(dictionary)
  }
}

// MARK: - Description

extension Checkpoint: CustomStringConvertible {
  /// The values as Python shows them, `{'epoch': 7, 'weight': tensor([1., 2.])}`.
  public var description: String {
    switch self {
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .complex(let real, let imaginary): "(\(real)\(imaginary < 0 ? "" : "+")\(imaginary)j)"
    case .string(let value): Checkpoint.quoted(value)
    case .bytes(let value): "<\(value.count) bytes>"
    case .dtype(let value): "torch.\(value)"
    case .tensor(let value): "\(value)"
    case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
    case .tuple(let values):
      "(\(values.map(\.description).joined(separator: ", "))\(values.count == 1 ? "," : ""))"
    case .dictionary(let values): "{\(values.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
    }
  }

  fileprivate static func quoted(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "'": result += "\\'"
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "'"
  }
}
