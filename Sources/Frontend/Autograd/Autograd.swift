import Synchronization

/// Recording of operations for their gradients.
enum Autograd {
  private static let sequence = Atomic<Int>(0)

  /// Whether an operation on these operands is to be recorded.
  @inline(__always)
  static func records(_ a: Tensor) -> Bool {
    a.autograd != nil && a.requiresGrad && Scopes.recordsGradients
  }

  @inline(__always)
  static func records(_ a: Tensor, _ b: Tensor) -> Bool {
    (a.autograd != nil || b.autograd != nil) && (a.requiresGrad || b.requiresGrad) && Scopes.recordsGradients
  }

  static func records(_ tensors: [Tensor]) -> Bool {
    tensors.contains { $0.requiresGrad } && Scopes.recordsGradients
  }

  static func edge(_ tensor: Tensor) -> Node.Edge {
    guard let state = tensor.autograd else { return .none }
    if let node = state.node { return .node(node, index: state.resultIndex) }
    return state.requiresGrad ? .leaf(state) : .none
  }

  /// PyTorch's name of a function's node: `ExpBackward0`.
  static func nodeName(of function: StaticString) -> String {
    let name = "\(function)"
    return name.prefix(1).uppercased() + name.dropFirst() + "Backward0"
  }

  /// - Parameter saves: Whether the gradient looks at tensors or numbers that the operation kept: a graph without such
  ///   can be walked again after it has been freed.
  static func makeNode(
    _ name: String, _ operands: [Tensor], resultCount: Int = 1, saves: Bool = true, _ backward: @escaping Node.Backward
  ) -> Node {
    let node = Node(
      name, edges: operands.map(edge), resultCount: resultCount,
      sequence: sequence.add(1, ordering: .relaxed).newValue, saves: saves, backward: backward)
    if Anomaly.isAnywhere { Anomaly.note(node) }
    return node
  }

  /// Makes `result` the result of a recorded operation with one result.
  ///
  /// - Parameters:
  ///   - saves: As for ``makeNode(_:_:resultCount:saves:_:)``.
  ///   - gradient: From the gradient of the result, those of `operands`, in their order; nil for none.
  static func record(
    _ name: String, _ operands: [Tensor], _ result: Tensor, saves: Bool = true,
    gradient: @escaping (Tensor) throws(BackplaneError) -> [Tensor?]
  ) {
    let count = operands.count
    let node = makeNode(name, operands, saves: saves) { _, grads throws(BackplaneError) in
      guard let grad = grads[0] else { return Array(repeating: nil, count: count) }
      return try gradient(grad)
    }
    attach(node, to: result)
  }

  /// Makes a tensor that has been changed in place the result of `node`.
  static func attach(_ node: Node, to result: Tensor, index: Int = 0) {
    let state = AutogradState(requiresGrad: true, node: node)
    state.resultIndex = index
    result.autograd = state
  }
}
