/// The graph's account of tensors that share memory: a change in place of a view is a change of its base, and a change of
/// the base one of all its views.
enum ViewHistory {
  /// Where a view lies among the elements of its base. Where one of the two is complex and the other is not, both are
  /// counted in real numbers.
  private struct Window {
    let layout: Layout
    /// From the base's first element.
    let offset: Int
    let base: Layout
    let isComplexView: Bool
    let isComplexBase: Bool

    init(_ view: Tensor, in base: Tensor) throws(BackplaneError) {
      let isMixed = view.dtype.isComplex != base.dtype.isComplex
      isComplexView = isMixed && view.dtype.isComplex
      isComplexBase = isMixed && base.dtype.isComplex
      layout = try isComplexView ? Self.parts(view.layout) : view.layout
      offset = view.storageOffset * (isComplexView ? 2 : 1) - base.storageOffset * (isComplexBase ? 2 : 1)
      self.base = try isComplexBase ? Self.parts(base.layout) : base.layout
    }

    /// The layout of complex numbers as pairs of real ones.
    private static func parts(_ layout: Layout) throws(BackplaneError) -> Layout {
      try .strided(layout.shape + [2], layout.strides.map { 2 * $0 } + [1])
    }

    private static func parts(_ g: Tensor, _ isComplex: Bool) throws(BackplaneError) -> Tensor {
      try isComplex ? Ops.viewAsReal(Ops.contiguous(g)) : g
    }

    private static func whole(_ g: Tensor, _ isComplex: Bool) throws(BackplaneError) -> Tensor {
      try isComplex ? Ops.viewAsComplex(Ops.contiguous(g)) : g
    }

    /// The elements of a tensor of the base's shape, as they lie in the base's memory.
    private func flattened(_ g: Tensor) throws(BackplaneError) -> Tensor {
      if base.isContiguous { return try Ops.reshape(g, [g.numel]) }
      return try Ops.accumulated(g, span: base.span, base, offset: 0)
    }

    /// The part of a tensor of the base's shape that the view is.
    func part(of g: Tensor) throws(BackplaneError) -> Tensor {
      let flat = try Ops.contiguous(flattened(Self.parts(g, isComplexBase)))
      let part = try Ops.asStrided(flat, layout.shape, layout.strides, offset: flat.storageOffset + offset)
      return try Self.whole(part, isComplexView)
    }

    /// A tensor of the base's shape with `g` where the view is, and zero elsewhere.
    func embedded(_ g: Tensor) throws(BackplaneError) -> Tensor {
      let flat = try Ops.accumulated(Self.parts(g, isComplexView), span: base.span, layout, offset: offset)
      if base.isContiguous { return try Self.whole(Ops.reshape(flat, base.shape), isComplexBase) }
      let result = try Ops.contiguous(Ops.asStrided(flat, base.shape, base.strides, offset: 0))
      return try Self.whole(result, isComplexBase)
    }

    /// A tensor of the base's shape with zero where the view is.
    func cleared(_ g: Tensor) throws(BackplaneError) -> Tensor {
      let flat = try Ops.copy(flattened(Self.parts(g.detach(), isComplexBase)))
      try Ops.fill(flat.view(layout, offset: offset), .int(0))
      let cleared = try Ops.copy(flat.view(base.isContiguous ? .contiguous(base.shape) : base, offset: 0))
      let result = try Self.whole(cleared, isComplexBase)
      if Autograd.records(g) {
        Autograd.record("CopySlices", [g], result, saves: false) { g throws(BackplaneError) in [try self.cleared(g)] }
      }
      return result
    }
  }

  /// Makes the base's history one in which the view's elements come from `state`.
  static func replace(_ view: Tensor, in base: Tensor, with state: AutogradState?) {
    let window = Result { () throws(BackplaneError) in try Window(view, in: base) }
    let change = view.alias(with: state)
    let changed = base.alias()
    Autograd.record("CopySlices", [base, change], changed, saves: false) { g throws(BackplaneError) in
      let window = try window.get()
      return [try window.cleared(g), try window.part(of: g)]
    }
    InPlace.place(base, at: changed.autograd!)
  }

  /// The view's place in the graph, from that of its base.
  static func state(of view: Tensor, in base: Tensor) -> AutogradState {
    let window = Result { () throws(BackplaneError) in try Window(view, in: base) }
    let node = Autograd.makeNode("AsStridedBackward0", [base], saves: false) { _, grads throws(BackplaneError) in
      guard let g = grads[0] else { return [nil] }
      return [try window.get().embedded(g)]
    }
    return AutogradState(requiresGrad: true, node: node)
  }
}
