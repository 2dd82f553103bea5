/// What may stand between the brackets of `x[…]`.
///
/// | Swift | Python | meaning |
/// |---|---|---|
/// | `x[1]`, `x[-1]` | `x[1]`, `x[-1]` | one element of a dimension, which goes away |
/// | `x[.all]`, `x[0...]` | `x[:]` | the whole dimension |
/// | `x[1 ..< 3]`, `x[1 ..< -1]`, `x[..<2]` | `x[1:3]`, `x[1:-1]`, `x[:2]` | part of a dimension; bounds may count from the back |
/// | `x[.stride(by: 2)]` | `x[::2]` | every second element |
/// | `x[..., 0]` | `x[..., 0]` | all dimensions that are not named |
/// | `x[.newAxis]` | `x[None]` | a new dimension of extent 1 |
/// | `x[mask]` | `x[mask]` | where a bool tensor is true; a copy |
/// | `x[indices]`, `x[[0, 2]]` | `x[indices]` | by a tensor of positions; a copy |
///
/// All but the last two give views. All can be assigned, tensors and numbers: `x[mask] = 0`.
public protocol TensorIndex {
  /// The entry of the index that this stands for.
  var _indexTerm: IndexTerm { get }
}

extension TensorIndex {
  /// Inside the module without the underscore, which keeps the requirement from a program's numbers and arrays.
  var indexTerm: IndexTerm { _indexTerm }
}

/// One entry of an index, in the form that the implementation works with.
public enum IndexTerm {
  /// One position, whose dimension goes away.
  case element(Int)
  /// Part of a dimension, which stays.
  case slice(TensorSlice)
  /// A new dimension of extent 1.
  case newAxis
  /// All dimensions that the other entries do not name.
  case ellipsis
  /// Positions, or where a bool tensor is true.
  case tensor(Tensor)
}

/// Part of a dimension: Python's `start:stop:step`.
public struct TensorSlice: TensorIndex, Sendable {
  let start: Int?
  let end: Int?
  let step: Int

  /// Makes the part from `start` up to `end`, in steps. Both may count from the back; nil is the end of the dimension.
  public init(_ start: Int? = nil, _ end: Int? = nil, step: Int = 1) {
    self.start = start
    self.end = end
    self.step = step
  }

  /// With the last position, which belongs to the part.
  init(_ start: Int?, through last: Int) {
    // −1 is the last of all, and nothing lies behind the greatest integer.
    self.init(start, last == -1 || last == .max ? nil : last + 1)
  }

  public var _indexTerm: IndexTerm { .slice(self) }

  /// The bounds within a dimension, as Python clips them.
  func bounds(_ extent: Int) throws(BackplaneError) -> (start: Int, end: Int) {
    guard step > 0 else { throw BackplaneError(.value, "step must be greater than zero") }
    func place(_ bound: Int) -> Int { min(max(bound < 0 ? bound + extent : bound, 0), extent) }
    let first = place(start ?? 0)
    return (first, max(first, place(end ?? extent)))
  }
}

/// The marks `.newAxis` and `.ellipsis`.
public struct IndexMark: TensorIndex {
  /// The entry of the index that the mark stands for.
  public let _indexTerm: IndexTerm
}

extension TensorIndex where Self == TensorSlice {
  /// The whole dimension.
  public static var all: TensorSlice { TensorSlice() }
  /// Every `step`-th element, from the first on.
  public static func stride(by step: Int) -> TensorSlice { TensorSlice(step: step) }
  /// Every `step`-th element from `start` up to `end`.
  public static func stride(from start: Int?, to end: Int?, by step: Int) -> TensorSlice {
    TensorSlice(start, end, step: step)
  }
}

extension TensorIndex where Self == IndexMark {
  /// A new dimension of extent 1.
  public static var newAxis: IndexMark { IndexMark(_indexTerm: .newAxis) }
  /// All dimensions that are not named, as `...` says too.
  public static var ellipsis: IndexMark { IndexMark(_indexTerm: .ellipsis) }
}

extension Int: TensorIndex { public var _indexTerm: IndexTerm { .element(self) } }
/// A truth adds a dimension: of extent 1 if true, of extent 0 if false.
extension Bool: TensorIndex { public var _indexTerm: IndexTerm { .tensor(Tensor(self)) } }
extension Tensor: TensorIndex { public var _indexTerm: IndexTerm { .tensor(self) } }

extension Array: TensorIndex where Element == Int {
  public var _indexTerm: IndexTerm { .tensor(Tensor(self)) }
}

extension PartialRangeFrom: TensorIndex where Bound == Int {
  public var _indexTerm: IndexTerm { .slice(TensorSlice(lowerBound, nil)) }
}

extension PartialRangeUpTo: TensorIndex where Bound == Int {
  public var _indexTerm: IndexTerm { .slice(TensorSlice(nil, upperBound)) }
}

extension PartialRangeThrough: TensorIndex where Bound == Int {
  public var _indexTerm: IndexTerm { .slice(TensorSlice(nil, through: upperBound)) }
}

// `Range` itself is no TensorIndex: `2 ..< -1` would make one, and trap. These give a slice where an index is
// wanted, and leave all other uses of the operators alone.

/// The part of a dimension from `start` up to `end`, where an index is wanted. Both may count from the back.
@_disfavoredOverload
public func ..< (start: Int, end: Int) -> TensorSlice { TensorSlice(start, end) }

/// The part of a dimension from `start` through `end`, where an index is wanted. Both may count from the back.
@_disfavoredOverload
public func ... (start: Int, end: Int) -> TensorSlice { TensorSlice(start, through: end) }

extension Tensor {
  /// The part of the tensor that an index names; see ``TensorIndex``.
  ///
  /// ```swift
  /// let row = m[1]  // a view: writes to it show in m
  /// m[0..., 0] = row
  /// ```
  public subscript(_ indices: any TensorIndex...) -> Tensor {
    get { get(indices) }
    set { set(indices, newValue) }
  }

  // `...` alone is a function in Swift and no value that a protocol could cover.

  /// The part that `x[..., rest]` names; see ``TensorIndex``.
  public subscript(_ all: UnboundedRange, _ rest: any TensorIndex...) -> Tensor {
    get { get([.ellipsis] + rest) }
    set { set([.ellipsis] + rest, newValue) }
  }

  /// The part that `x[first, ..., rest]` names; see ``TensorIndex``.
  public subscript(_ first: any TensorIndex, _ all: UnboundedRange, _ rest: any TensorIndex...) -> Tensor {
    get { get([first, .ellipsis] + rest) }
    set { set([first, .ellipsis] + rest, newValue) }
  }

  /// The part that `x[first, second, ..., rest]` names; see ``TensorIndex``.
  public subscript(
    _ first: any TensorIndex, _ second: any TensorIndex, _ all: UnboundedRange, _ rest: any TensorIndex...
  ) -> Tensor {
    get { get([first, second, .ellipsis] + rest) }
    set { set([first, second, .ellipsis] + rest, newValue) }
  }

  /// Sets the part of the tensor that an index names to one value.
  public func fill(_ indices: any TensorIndex..., with value: some ScalarConvertible) {
    set(indices, Tensor.full([], value, dtype: dtype, device: device))
  }

  /// Sets the elements that positions name; with `accumulate`, adds to them, also where a position comes twice.
  ///
  /// - Parameters:
  ///   - indices: One entry for each dimension from the first on, as between the brackets of `x[…]`.
  ///   - value: What is written, which broadcasts to the shape of the part.
  @discardableResult
  public func indexPut_(_ indices: [any TensorIndex], _ value: Tensor, accumulate: Bool = false) -> Tensor {
    inPlace { (x) throws(BackplaneError) in
      try Ops.setElements(x, indices.map(\.indexTerm), value, accumulate: accumulate)
    }
  }

  private func get(_ indices: [any TensorIndex]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.elements(self, indices.map(\.indexTerm)) }
  }

  func set(_ indices: [any TensorIndex], _ value: Tensor) {
    funnel(or: ()) { () throws(BackplaneError) in
      try Ops.setElements(self, indices.map(\.indexTerm), value, accumulate: false)
    }
  }
}
