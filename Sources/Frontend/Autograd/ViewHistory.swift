/// The graph's account of tensors that share memory: a change in place of a view is a change of its base, and a change of
/// the base one of all its views.
enum ViewHistory {
  /// Where a view lies among the elements of its base.
  private struct Window {
    let layout: Layout
    /// From the base's first element.
    let offset: Int
    let base: Layout

    init(_ view: Tensor, in base: Tensor) {
      layout = view.layout
      offset = view.storageOffset - base.storageOffset
      self.base = base.layout
    }

    /// The elements of a tensor of the base's shape, as they lie in the base's memory.
    func flattened(_ g: Tensor) throws(BackplaneError) -> Tensor {
      if base.isContiguous { return try Ops.reshape(g, [g.numel]) }
      return try Ops.accumulated(g, span: base.span, base, offset: 0)
    }

    /// The part of a tensor of the base's shape that the view is.
    func part(of g: Tensor) throws(BackplaneError) -> Tensor {
      let flat = try Ops.contiguous(flattened(g))
      return try Ops.asStrided(flat, layout.shape, layout.strides, offset: flat.storageOffset + offset)
    }

    /// A tensor of the base's shape with `g` where the view is, and zero elsewhere.
    func embedded(_ g: Tensor) throws(BackplaneError) -> Tensor {
      let flat = try Ops.accumulated(g, span: base.span, layout, offset: offset)
      if base.isContiguous { return try Ops.reshape(flat, base.shape) }
      return try Ops.contiguous(Ops.asStrided(flat, base.shape, base.strides, offset: 0))
    }

    /// A tensor of the base's shape with zero where the view is.
    func cleared(_ g: Tensor) throws(BackplaneError) -> Tensor {
      let flat = try Ops.copy(flattened(g.detach()))
      try Ops.fill(flat.view(layout, offset: offset), .int(0))
      let result = try Ops.copy(flat.view(base.isContiguous ? .contiguous(base.shape) : base, offset: 0))
      if Autograd.records(g) {
        Autograd.record("CopySlices", [g], result, saves: false) { g throws(BackplaneError) in [try cleared(g)] }
      }
      return result
    }
  }

  /// Makes the base's history one in which the view's elements come from `state`.
  static func replace(_ view: Tensor, in base: Tensor, with state: AutogradState?) {
    let window = Window(view, in: base)
    let change = view.alias(with: state)
    let changed = base.alias()
    Autograd.record("CopySlices", [base, change], changed, saves: false) { g throws(BackplaneError) in
      [try window.cleared(g), try window.part(of: g)]
    }
    InPlace.place(base, at: changed.autograd!)
  }

  /// The view's place in the graph, from that of its base.
  static func state(of view: Tensor, in base: Tensor) -> AutogradState {
    let window = Window(view, in: base)
    let node = Autograd.makeNode("AsStridedBackward0", [base], saves: false) { _, grads throws(BackplaneError) in
      guard let g = grads[0] else { return [nil] }
      return [try window.embedded(g)]
    }
    return AutogradState(requiresGrad: true, node: node)
  }
}
