/// An operation in the graph that `backward()` walks: how gradients of its results become gradients of its
/// operands.
public final class Node: CustomStringConvertible {
  /// From the gradients of the results, nil where none arrived, those of the operands. The node itself is passed
  /// for results it saved, which must not keep it alive.
  typealias Backward = (Node, [Tensor?]) throws(BackplaneError) -> [Tensor?]

  /// Where the gradient of an operand goes.
  enum Edge {
    /// Result `index` of another operation.
    case node(Node, index: Int)
    /// A leaf, which collects it.
    case leaf(AutogradState)
    /// Nowhere: the operand needs no gradient.
    case none
  }

  /// PyTorch's name of the operation, such as `MulBackward0`.
  public let name: String
  /// Grows with every node: an operand's node has a smaller number than its result's.
  let sequence: Int
  private(set) var edges: [Edge]
  let resultCount: Int
  /// Nil once what it saved has been freed.
  private(set) var backward: Backward?
  /// Whether anything was saved for the gradient.
  private let saves: Bool
  /// What few nodes have; nil for all others.
  var extras: NodeExtras?

  /// Sees a gradient, and may give another in its place.
  typealias Hook = (Tensor) -> Tensor?

  init(
    _ name: String, edges: [Edge], resultCount: Int, sequence: Int, saves: Bool, backward: @escaping Backward
  ) {
    self.name = name
    self.edges = edges
    self.resultCount = resultCount
    self.sequence = sequence
    self.saves = saves
    self.backward = backward
  }

  /// The operation of a result that an error left undefined.
  static var invalid: Node {
    Node("Invalid", edges: [], resultCount: 1, sequence: 0, saves: false) { _, _ throws(BackplaneError) in [] }
  }

  /// Lets go of what was saved for the gradient. Where that is nothing, the gradient can be computed again.
  func release() { if saves { backward = nil } }

  public var description: String { "<\(name)>" }

  /// The operations that gave the operands, in PyTorch's sense of `next_functions`.
  public var nextFunctions: [Node?] {
    edges.map { if case .node(let node, _) = $0 { node } else { nil } }
  }

  deinit {
    // A chain of a million operations would otherwise be released a million stack frames deep.
    var pending: [Node] = []
    func take(_ node: Node) {
      node.backward = nil
      for case .node(let next, _) in node.edges { pending.append(next) }
      node.edges = []
    }
    take(self)
    while var node = pending.popLast() {
      if isKnownUniquelyReferenced(&node) { take(node) }
    }
  }
}

/// What a tensor that takes part in gradients carries.
final class AutogradState {
  /// A leaf's own wish; a result's is that it has a node.
  var requiresGrad: Bool
  var grad: Tensor?
  /// The operation that made the tensor; nil for a leaf.
  var node: Node?
  var resultIndex = 0
  var retainsGrad = false
  /// Shares memory with a tensor of another type and place in the graph, which a change could not be traced to.
  var isView = false
  /// A leaf's; a result's are its node's. Nil without any.
  var hooks: LeafHooks?

  init(requiresGrad: Bool, node: Node? = nil) {
    self.requiresGrad = requiresGrad
    self.node = node
  }

  deinit {
    // As in Node: saved tensors and nodes alternate along a long chain, and nodes flatten it.
    node = nil
  }
}
