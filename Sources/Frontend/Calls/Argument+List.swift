extension Argument {
  /// Values in order, which may themselves be lists.
  ///
  /// Lists may be nested as deep as memory allows: nothing that is done with them here calls itself once per level, not
  /// even their end.
  public struct List: RandomAccessCollection, ExpressibleByArrayLiteral {
    private let storage: Storage

    /// Makes a list of values.
    public init(_ values: [Argument]) { storage = Storage(values) }
    public init(arrayLiteral elements: Argument...) { storage = Storage(elements) }

    public var startIndex: Int { 0 }
    public var endIndex: Int { storage.values.count }
    /// The value at a position. One out of range is an error.
    public subscript(position: Int) -> Argument {
      funnel(or: .null) { () throws(BackplaneError) in
        try requirePosition(position, of: storage.values.count, in: "list")
        return storage.values[position]
      }
    }

    private final class Storage {
      fileprivate var values: [Argument]

      init(_ values: [Argument]) { self.values = values }

      deinit {
        // Swift's arrays end a level within the other, and the stack with them.
        var pending = [values]
        values = []
        while var level = pending.popLast() {
          while let value = level.popLast() {
            guard case .list(let inner) = value else { continue }
            var storage = inner.storage
            _ = consume inner
            _ = consume value
            guard isKnownUniquelyReferenced(&storage) else { continue }
            pending.append(storage.values)
            storage.values = []
          }
        }
      }
    }
  }

  /// A list of the values of an array.
  public static func list(_ values: [Argument]) -> Argument { .list(List(values)) }
}

extension Argument {
  /// The tensor, or the first of a list of them; nil for anything else.
  public var tensor: Tensor? {
    var value = self
    while case .list(let values) = value {
      guard let first = values.first else { return nil }
      value = first
    }
    if case .tensor(let tensor) = value { return tensor }
    return nil
  }

  /// All that a result holds, lists within lists opened, in reading order.
  public var flattened: [Argument] {
    var result: [Argument] = []
    visit { if case .value(let value) = $0 { result.append(value) } }
    return result
  }

  fileprivate enum Visit {
    case opening
    case value(Argument)
    case closing
  }

  /// Goes through a value in reading order, as long as `body` wants to.
  fileprivate func visit(while goesOn: () -> Bool = { true }, _ body: (Visit) -> Void) {
    guard case .list(let values) = self else { return body(.value(self)) }
    body(.opening)
    var open: [(list: List, next: Int)] = [(values, 0)]
    while let (list, next) = open.last, goesOn() {
      guard next < list.count else {
        open.removeLast()
        body(.closing)
        continue
      }
      open[open.count - 1].next += 1
      if case .list(let inner) = list[next] {
        body(.opening)
        open.append((inner, 0))
      } else {
        body(.value(list[next]))
      }
    }
  }
}

extension Argument: CustomStringConvertible {
  /// As Python writes it: `[1, [0.5, None]]`. Of very long lists the beginning.
  public var description: String {
    let limit = 1 << 16
    var text = ""
    var isFirst = true
    visit(while: { text.utf8.count < limit }) { step in
      switch step {
      case .closing:
        text += "]"
        isFirst = false
        return
      case .opening:
        text += isFirst ? "[" : ", ["
        isFirst = true
      case .value(let value):
        text += (isFirst ? "" : ", ") + value.plainText
        isFirst = false
      }
    }
    return text.utf8.count < limit ? text : text + "..."
  }

  private var plainText: String {
    switch self {
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .string(let text): "'\(text)'"
    case .dtype(let dtype): "torch.\(dtype)"
    case .device(let device): "\(device)"
    case .tensor(let tensor): "\(tensor)"
    case .slice(let start, let end, let step):
      [start, end, step].map { $0.map(String.init) ?? "" }.joined(separator: ":")
    case .ellipsis: "..."
    case .list: "[]"
    case .int, .double, .complex: "\(scalar!)"
    }
  }
}
