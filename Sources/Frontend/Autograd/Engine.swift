/// Walks the graph from results to leaves.
enum Engine {
  /// Runs the gradients of `outputs` back to the leaves.
  ///
  /// - Parameter inputs: Where to stop and what to return; nil to add to the `.grad` of every leaf instead.
  @discardableResult
  static func run(
    _ outputs: [Tensor], _ gradients: [Tensor?], retainGraph: Bool, createGraph: Bool, inputs: [Tensor]?
  ) throws(BackplaneError) -> [Tensor?] {
    var walk = Walk(inputs: inputs)
    for (output, gradient) in zip(outputs, gradients) {
      guard output.requiresGrad else {
        throw BackplaneError(
          .autograd,
          output.context.isInvalid
            ? "backward: the tensor is the result of a failed call"
            : "element 0 of tensors does not require grad and does not have a grad_fn")
      }
      try walk.seed(output, gradient)
    }
    var failure: BackplaneError?
    let body = {
      do throws(BackplaneError) {
        try walk.run(releasing: !retainGraph)
      } catch {
        failure = error
      }
    }
    if createGraph { enableGrad(body) } else { noGrad(body) }
    if let failure { throw failure }
    return inputs.map { walk.results(for: $0) } ?? []
  }
}

/// One run of the engine.
private struct Walk {
  /// Gradients that have arrived so far, for each result of each node.
  private var arrived: [ObjectIdentifier: [Tensor?]] = [:]
  private var leafGradients: [ObjectIdentifier: Tensor] = [:]
  private var leaves: [ObjectIdentifier: AutogradState] = [:]
  private var roots: [Node] = []
  /// What gradients are asked for, or nil to collect in all leaves.
  private let wanted: Wanted?
  /// Gradients of wanted tensors that are no leaves.
  private var captured: [ObjectIdentifier: Tensor] = [:]

  /// The tensors whose gradients are asked for.
  private struct Wanted {
    private(set) var leaves: [ObjectIdentifier: AutogradState] = [:]
    /// By their nodes.
    private(set) var results: [ObjectIdentifier: [AutogradState]] = [:]

    init(_ inputs: [Tensor]) {
      var seen = Set<ObjectIdentifier>()
      for state in inputs.compactMap(\.autograd) where seen.insert(ObjectIdentifier(state)).inserted {
        if let node = state.node {
          results[ObjectIdentifier(node), default: []].append(state)
        } else {
          leaves[ObjectIdentifier(state)] = state
        }
      }
    }

    /// Those of `nodes`, which stand before their operands', that lead to something wanted.
    func leading(among nodes: [Node]) -> Set<ObjectIdentifier> {
      var leading = Set<ObjectIdentifier>()
      for node in nodes.reversed() {
        let leads = node.edges.contains { edge in
          switch edge {
          case .node(let next, _): leading.contains(ObjectIdentifier(next)) || results[ObjectIdentifier(next)] != nil
          case .leaf(let state): leaves[ObjectIdentifier(state)] != nil
          case .none: false
          }
        }
        if leads { leading.insert(ObjectIdentifier(node)) }
      }
      return leading
    }
  }

  init(inputs: [Tensor]?) { wanted = inputs.map(Wanted.init) }

  mutating func seed(_ output: Tensor, _ gradient: Tensor?) throws(BackplaneError) {
    let grad: Tensor
    if let gradient {
      guard gradient.layout.hasSameShape(as: output.layout) else {
        throw BackplaneError(
          .shape,
          "Mismatch in shape: grad_output has a shape of \(gradient.shape) and output has a shape of \(output.shape).")
      }
      grad = gradient
    } else {
      guard output.numel == 1 else {
        throw BackplaneError(.autograd, "grad can be implicitly created only for scalar outputs")
      }
      guard !output.dtype.isComplex else {
        throw BackplaneError(
          .autograd, "grad can be implicitly created only for real scalar outputs but got \(output.dtype)")
      }
      grad = try Ops.full(output.layout, .double(1), output.dtype, on: output.context)
    }
    switch Autograd.edge(output) {
    case .node(let node, let index):
      try arrive(grad, at: node, index)
      roots.append(node)
    case .leaf(let state): try arrive(grad, at: state)
    case .none: break
    }
  }

  private mutating func arrive(_ grad: Tensor, at node: Node, _ index: Int) throws(BackplaneError) {
    let key = ObjectIdentifier(node)
    var slots = arrived[key] ?? Array(repeating: nil, count: node.resultCount)
    arrived[key] = nil
    slots[index] = try sum(slots[index], grad)
    arrived[key] = slots
  }

  private mutating func arrive(_ grad: Tensor, at leaf: AutogradState) throws(BackplaneError) {
    let key = ObjectIdentifier(leaf)
    if let wanted, wanted.leaves[key] == nil { return }
    leafGradients[key] = try sum(leafGradients[key], grad)
    leaves[key] = leaf
  }

  private func sum(_ a: Tensor?, _ b: Tensor) throws(BackplaneError) -> Tensor {
    guard let a else { return b }
    return try Ops.add(a, b)
  }

  /// All nodes that the roots lead to, results before operands.
  private func ordered() -> [Node] {
    var seen = Set<ObjectIdentifier>()
    var nodes: [Node] = []
    var pending = roots
    while let node = pending.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      nodes.append(node)
      for case .node(let next, _) in node.edges { pending.append(next) }
    }
    // An operand's node is older than its result's, so this order is a topological one.
    return nodes.sorted { $0.sequence > $1.sequence }
  }

  mutating func run(releasing: Bool) throws(BackplaneError) {
    let nodes = ordered()
    let leading = wanted?.leading(among: nodes)
    for node in nodes {
      let key = ObjectIdentifier(node)
      guard var grads = arrived.removeValue(forKey: key) else { continue }
      let leads = leading?.contains(key) ?? true
      guard leads || wanted?.results[key] != nil else { continue }
      try observe(node, &grads)
      guard leads else { continue }
      guard let backward = node.backward else {
        throw BackplaneError(
          .autograd,
          "Trying to backward through the graph a second time (or directly access saved tensors after they have "
            + "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
            + "grad(). Specify retainGraph: true if you need to backward through the graph a second time or if you "
            + "need to access saved tensors after calling backward.")
      }
      let operandGrads = try backward(node, grads)
      for (edge, grad) in zip(node.edges, operandGrads) {
        guard let grad else { continue }
        switch edge {
        case .node(let next, let index):
          let key = ObjectIdentifier(next)
          if leading?.contains(key) ?? true || wanted?.results[key] != nil { try arrive(grad, at: next, index) }
        case .leaf(let state): try arrive(grad, at: state)
        case .none: break
        }
      }
      if releasing { node.release() }
    }
    for (key, state) in leaves {
      guard var grad = leafGradients.removeValue(forKey: key) else { continue }
      for hook in state.hooks { grad = hook(grad) ?? grad }
      if wanted == nil {
        try collect(state, grad)
      } else {
        leafGradients[key] = grad
      }
    }
  }

  /// Hooks, retained gradients and wanted results of a node.
  private mutating func observe(_ node: Node, _ grads: inout [Tensor?]) throws(BackplaneError) {
    for (index, hook) in node.hooks {
      if let grad = grads[index] { grads[index] = hook(grad) ?? grad }
    }
    for observer in node.observers {
      guard let state = observer.state.state, let grad = grads[observer.index] else { continue }
      state.grad = try sum(state.grad, grad)
    }
    for state in wanted?.results[ObjectIdentifier(node)] ?? [] {
      if let grad = grads[state.resultIndex] { captured[ObjectIdentifier(state)] = grad }
    }
  }

  private func collect(_ state: AutogradState, _ gradient: consuming Tensor) throws(BackplaneError) {
    var grad = gradient
    if let old = state.grad {
      if Scopes.recordsGradients {
        state.grad = try Ops.add(old, grad)
      } else {
        try Ops.addInPlace(old, grad)
      }
      return
    }
    // A gradient that another leaf holds too, or a broadcast view of something smaller, must not be
    // changed in place by a later backward or by the user.
    let isOwned =
      isKnownUniquelyReferenced(&grad) && grad.ownsStorage() && grad.isContiguous
    state.grad = isOwned ? grad : try Ops.clone(grad)
  }

  func results(for inputs: [Tensor]) -> [Tensor?] {
    inputs.map { input in
      guard let state = input.autograd else { return nil }
      let key = ObjectIdentifier(state)
      return leafGradients[key] ?? captured[key]
    }
  }
}
