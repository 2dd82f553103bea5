/// What an error leaves in place of results, made so that the next, correct line can use it.
///
/// Code inside ``withErrors(_:)`` runs on after an error. What it reads then means nothing, but a program that is right
/// but for the error must come to its end: its subscripts, unwrappings and divisions find something.
enum Placeholder {
  /// How many results there are where nothing tells.
  private static let count = 32
  /// How many elements an array has that nobody knows the length of.
  private static let elementCount = 1024

  /// Invalid tensors, as many as were asked for where that is known, and at least one.
  static func tensors(_ asked: Int? = nil) -> [Tensor] {
    Array(repeating: .invalid, count: min(max(asked ?? count, 1), elementCount))
  }

  /// Zeros in place of the elements of a tensor.
  static func elements<Element: TensorElement>(of x: Tensor) -> [Element] {
    let isKnown = !x.context.isInvalid && (try? HostMemory.require(x.numel, of: Element.self, in: "toArray")) != nil
    return Array(repeating: Element(.int(0)), count: isKnown ? x.numel : elementCount)
  }

  /// Positions in a collection of `count` items, as many as were asked for, and at least one where there is one.
  static func positions(_ asked: Int, of count: Int) -> [Int] {
    Array(repeating: 0, count: max(min(max(asked, 1), count, elementCount), 0))
  }

  /// Whether an error has been met, so that something absent is a consequence of it.
  static var isInUse: Bool { ErrorScope.current?.first != nil }
}
