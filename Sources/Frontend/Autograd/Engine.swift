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
    for (number, (output, gradient)) in zip(outputs, gradients).enumerated() {
      guard output.requiresGrad else {
        throw BackplaneError(
          .autograd,
          output.context.isInvalid
            ? "backward: the tensor is the result of a failed call"
            : "element \(number) of tensors does not require grad and does not have a grad_fn")
      }
      try walk.seed(output, gradient, number)
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

  /// Whether a result was made from leaves that learn other than `leaves`.
  static func reaches(from output: Tensor, beyond leaves: [Tensor]) -> Bool {
    let known = Set(leaves.compactMap(\.autograd).filter { $0.node == nil }.map(ObjectIdentifier.init))
    var seen = Set<ObjectIdentifier>()
    var pending: [Node] = []
    func isBeyond(_ edge: Node.Edge) -> Bool {
      switch edge {
      case .leaf(let state): return !known.contains(ObjectIdentifier(state))
      case .node(let node, _):
        if seen.insert(ObjectIdentifier(node)).inserted { pending.append(node) }
        return false
      case .none: return false
      }
    }
    if isBeyond(Autograd.edge(output)) { return true }
    while let node = pending.popLast() {
      if node.edges.contains(where: isBeyond) { return true }
    }
    return false
  }

  /// Adds gradients to the `.grad` of leaves, of each once.
  static func collect(_ gradients: [Tensor?], of leaves: [Tensor], createGraph: Bool) throws(BackplaneError) {
    var failure: BackplaneError?
    let body = {
      do throws(BackplaneError) {
        var seen = Set<ObjectIdentifier>()
        for (leaf, gradient) in zip(leaves, gradients) {
          guard let gradient, let state = leaf.autograd, seen.insert(ObjectIdentifier(state)).inserted else { continue }
          try collect(state, gradient)
        }
      } catch {
        failure = error
      }
    }
    if createGraph { enableGrad(body) } else { noGrad(body) }
    if let failure { throw failure }
  }

  /// Adds a gradient to a leaf's, and calls what wants to know.
  fileprivate static func collect(_ state: AutogradState, _ gradient: consuming Tensor) throws(BackplaneError) {
    try add(gradient, to: state)
    guard let hooks = state.hooks else { return }
    for hook in hooks.afterAccumulation.hooks { hook() }
    try HookResults.checkFailures()
  }

  private static func add(_ gradient: consuming Tensor, to state: AutogradState) throws(BackplaneError) {
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
    let isOwned = isKnownUniquelyReferenced(&grad) && grad.ownsStorage() && grad.isContiguous
    state.grad = isOwned ? grad : try Ops.clone(grad)
  }
}

/// One run of the engine.
private struct Walk {
  /// Gradients that have arrived so far, for each result of each node.
  private var arrived: [ObjectIdentifier: [Tensor?]] = [:]
  private var leafGradients: [ObjectIdentifier: Tensor] = [:]
  /// In the order in which their first gradients arrived.
  private var leaves: [AutogradState] = []
  /// How many operands that are yet to be gone through each leaf is that wants to know when its gradient is complete.
  private var uses: [ObjectIdentifier: Int] = [:]
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

  mutating func seed(_ output: Tensor, _ gradient: Tensor?, _ number: Int) throws(BackplaneError) {
    let grad: Tensor
    if let gradient {
      guard gradient.layout.hasSameShape(as: output.layout) else {
        throw BackplaneError(
          .shape,
          "Mismatch in shape: grad_output[\(number)] has a shape of \(gradient.shape) and output[\(number)] has a shape "
            + "of \(output.shape).")
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
    if let sofar = leafGradients[key] {
      leafGradients[key] = try sum(sofar, grad)
    } else {
      leafGradients[key] = grad
      leaves.append(leaf)
    }
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
    if wanted == nil { countUses(in: nodes) }
    let anomaly = Anomaly.isAnywhere ? Anomaly.mode : nil
    for node in nodes {
      try visit(node, leading, anomaly, releasing: releasing)
      if !uses.isEmpty { try settle(operandsOf: node) }
    }
    for state in leaves { try settle(state) }
  }

  private mutating func visit(
    _ node: Node, _ leading: Set<ObjectIdentifier>?, _ anomaly: Anomaly.Mode?, releasing: Bool
  ) throws(BackplaneError) {
    let key = ObjectIdentifier(node)
    guard var grads = arrived.removeValue(forKey: key) else { return }
    let leads = leading?.contains(key) ?? true
    guard leads || wanted?.results[key] != nil else { return }
    if let extras = node.extras { try observe(extras, &grads) }
    for state in wanted?.results[key] ?? [] {
      if let grad = grads[state.resultIndex] { captured[ObjectIdentifier(state)] = grad }
    }
    guard leads else { return }
    let operandGrads =
      if let anomaly { try anomaly.watch(node) { () throws(BackplaneError) in try gradients(node, &grads) } } else {
        try gradients(node, &grads)
      }
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

  /// The gradients of a node's operands, with the node's hooks before and after.
  private func gradients(_ node: Node, _ grads: inout [Tensor?]) throws(BackplaneError) -> [Tensor?] {
    guard let backward = node.backward else {
      throw BackplaneError(
        .autograd,
        "Trying to backward through the graph a second time (or directly access saved tensors after they have "
          + "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
          + "grad(). Specify retainGraph: true if you need to backward through the graph a second time or if you "
          + "need to access saved tensors after calling backward.")
    }
    guard let extras = node.extras else { return try backward(node, grads) }
    for hook in extras.preHooks.hooks {
      grads = try HookResults.checked(hook(grads), for: grads, "a prehook of \(node.name)", "grad_output")
    }
    var operandGrads = try backward(node, grads)
    for hook in extras.hooks.hooks {
      operandGrads = try HookResults.checked(
        hook(operandGrads, grads), for: operandGrads, "a hook of \(node.name)", "grad_input")
    }
    return operandGrads
  }

  /// Hooks and retained gradients of a node's results.
  private func observe(_ extras: NodeExtras, _ grads: inout [Tensor?]) throws(BackplaneError) {
    for (index, hook) in extras.tensorHooks.hooks {
      if let grad = grads[index] { grads[index] = try HookResults.apply(hook, to: grad) }
    }
    for observer in extras.observers {
      guard let state = observer.state.state, let grad = grads[observer.index] else { continue }
      state.grad = try sum(state.grad, grad)
    }
  }

  // MARK: Leaves

  private mutating func countUses(in nodes: [Node]) {
    for node in nodes {
      for case .leaf(let state) in node.edges where state.hooks?.afterAccumulation.isEmpty == false {
        uses[ObjectIdentifier(state), default: 0] += 1
      }
    }
  }

  /// Gives those operands of a node their gradients that want to know, and are not met again.
  private mutating func settle(operandsOf node: Node) throws(BackplaneError) {
    for case .leaf(let state) in node.edges {
      let key = ObjectIdentifier(state)
      guard let count = uses[key] else { continue }
      uses[key] = count == 1 ? nil : count - 1
      if count == 1 { try settle(state) }
    }
  }

  private mutating func settle(_ state: AutogradState) throws(BackplaneError) {
    let key = ObjectIdentifier(state)
    guard var grad = leafGradients.removeValue(forKey: key) else { return }
    for hook in state.hooks?.gradient.hooks ?? [] { grad = try HookResults.apply(hook, to: grad) }
    if wanted == nil {
      try Engine.collect(state, grad)
    } else {
      leafGradients[key] = grad
    }
  }

  func results(for inputs: [Tensor]) -> [Tensor?] {
    inputs.map { input in
      guard let state = input.autograd else { return nil }
      let key = ObjectIdentifier(state)
      return leafGradients[key] ?? captured[key]
    }
  }
}
