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
    Node(
      name, edges: operands.map(edge), resultCount: resultCount,
      sequence: sequence.add(1, ordering: .relaxed).newValue, saves: saves, backward: backward)
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

/// A tensor that an operation keeps for its gradient, and checks for change in between.
struct Saved {
  private let tensor: Tensor
  private let version: Int
  private let name: String
  /// For a result of the operation itself: its own node, which must not be kept alive by what it saved.
  private let isResult: Bool

  /// Keeps an operand.
  init(_ operand: Tensor) throws(BackplaneError) {
    guard !operand.isInference else {
      throw BackplaneError(
        .autograd,
        "Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal "
          + "tensor and use it in autograd.")
    }
    if operand.storage.isBeingChanged {
      // The value is about to be written over.
      tensor = try Ops.copy(operand)
      tensor.autograd = operand.autograd
    } else {
      // A view leads to its base, whose later history may lead here: a ring, were it kept as it is.
      tensor = operand.base == nil ? operand : operand.alias(with: operand.autograd)
    }
    version = tensor.storage.version
    name = operand.gradFn?.name ?? ""
    isResult = false
  }

  /// Keeps a result, without the node that will keep this.
  init(result: Tensor) {
    tensor = result.alias()
    version = result.storage.version
    name = ""
    isResult = true
  }

  /// The tensor, if it still is what it was.
  func unpack(_ node: Node? = nil) throws(BackplaneError) -> Tensor {
    guard tensor.storage.version == version else {
      let origin = name.isEmpty ? "" : ", which is output 0 of \(name),"
      throw BackplaneError(
        .autograd,
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
          + "[\(tensor.dtype.scalarName)Tensor \(tensor.shape)]\(origin) is at version "
          + "\(tensor.storage.version); expected version \(version) instead.")
    }
    guard isResult, let node else { return tensor }
    let result = tensor.alias()
    Autograd.attach(node, to: result)
    return result
  }
}
