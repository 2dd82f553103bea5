import Synchronization

/// What stands in place of a tensor that an operation saved for its gradient.
final class PackedTensor {
  private let unpack: () throws(BackplaneError) -> Tensor
  /// The place in the graph of a saved operand.
  private let state: AutogradState?

  init(_ state: AutogradState?, _ unpack: @escaping () throws(BackplaneError) -> Tensor) {
    self.state = state
    self.unpack = unpack
  }

  /// The tensor, in its place in the graph.
  func tensor() throws(BackplaneError) -> Tensor { try unpack().alias(with: state) }
}

/// What happens to tensors that operations save for their gradients, for the current task.
///
/// A count tells, for one load, that nothing happens to them anywhere.
enum SavedTensorHooks {
  /// From a tensor without a place in the graph, how to get at its value again.
  typealias Pack = @Sendable (Tensor) throws(BackplaneError) -> (() throws(BackplaneError) -> Tensor)

  /// In a type of its own: task-local values of function types whose results throw typed errors end a program that is
  /// built with optimization (Swift 6.3).
  struct Hook: Sendable {
    let pack: Pack
  }

  @TaskLocal static var current: Hook?

  private static let count = Atomic<Int>(0)

  @inline(__always)
  static var areAnywhere: Bool { count.load(ordering: .relaxed) != 0 }

  static func with<Result>(_ pack: Pack?, _ body: () throws -> Result) rethrows -> Result {
    count.add(1, ordering: .relaxed)
    defer { count.subtract(1, ordering: .relaxed) }
    return try $current.withValue(pack.map(Hook.init), operation: body)
  }

  /// What is kept of an operand, or nil where it is kept itself: a leaf that learns is there all along.
  static func pack(_ operand: Tensor) throws(BackplaneError) -> PackedTensor? {
    guard let current else { return nil }
    let state = operand.autograd
    if let state, state.node == nil, state.requiresGrad { return nil }
    return PackedTensor(state, try current.pack(operand.alias()))
  }

  /// What is kept of a result, which has no place in the graph yet.
  static func pack(result: Tensor) -> PackedTensor? {
    guard let current else { return nil }
    do throws(BackplaneError) {
      return PackedTensor(nil, try current.pack(result))
    } catch {
      let failure = error
      return PackedTensor(nil) { () throws(BackplaneError) in throw failure }
    }
  }
}
