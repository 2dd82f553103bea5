/// Has a parameter computed by a module from another tensor, which is trained in its place.
///
/// ```swift
/// final class Symmetric: Module {
///   override func forward(_ x: Tensor) -> Tensor { x.triu() + x.triu(1).t() }
/// }
/// let layer = registerParametrization(Linear(3, 3), "weight", Symmetric())
/// layer.weight                 // symmetric
/// layer.stateDict().keys       // ["bias", "parametrizations.weight.original"]
/// ```
///
/// The parameter is computed anew each time it is read. Where there is one already, the module is applied to what it
/// gives. To assign the parameter, the module has to be ``RightInvertible``.
///
/// - Parameters:
///   - name: A property marked ``Parameter`` of one tensor, by its name in a state dict.
///   - unsafe: Whether shape and type of the parameter may change.
/// - Returns: The module itself.
@discardableResult
public func registerParametrization<M: Module>(
  _ module: M, _ name: String, _ parametrization: Module, unsafe: Bool = false
) -> M {
  funnel(or: ()) { () throws(BackplaneError) in
    guard let slot = Reflection.slot(name, of: module),
      let tensor = slot.parametrization == nil ? slot.tensor : .invalid
    else {
      throw BackplaneError(
        .value,
        "Module '\(module)' does not have a parameter, a buffer, or a parametrized element with name '\(name)'")
    }
    parametrization.train(module.training)
    if let list = slot.parametrization {
      try list.add(parametrization, to: name, unsafe: unsafe)
      return
    }
    let list = try ParametrizationList(parametrization, tensor, unsafe: unsafe)
    list.train(module.training)
    slot.parametrization = list
    let parametrizations = module.parametrizations ?? ModuleDict()
    parametrizations[name] = list
    parametrizations.train(module.training)
    module.parametrizations = parametrizations
  }
  return module
}

/// Whether a parameter, or with nil any, is computed by a parametrization.
///
/// ```swift
/// isParametrized(spectralNorm(Linear(3, 4)), "weight")  // true
/// ```
public func isParametrized(_ module: Module, _ name: String? = nil) -> Bool {
  guard let parametrizations = module.parametrizations else { return false }
  return name.map { parametrizations.contains($0) } ?? !parametrizations.isEmpty
}

/// Makes a parameter that was computed an ordinary one again.
///
/// ```swift
/// let layer = weightNorm(Linear(3, 4))
/// removeParametrizations(layer, "weight")  // its weight is what it was computed to be
/// ```
///
/// - Parameter leaveParametrized: Whether its value is what the parametrizations give, and not the original, of which there
///   has to be one alone.
/// - Returns: The module itself.
@discardableResult
public func removeParametrizations<M: Module>(
  _ module: M, _ name: String, leaveParametrized: Bool = true
) -> M {
  funnel(or: ()) { () throws(BackplaneError) in
    guard let slot = Reflection.slot(name, of: module), let list = slot.parametrization else {
      throw BackplaneError(.value, "Module \(module) does not have a parametrization on \(name)")
    }
    guard leaveParametrized || list.originals.count == 1 else {
      throw BackplaneError(
        .value,
        "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence "
          + "of tensors.")
    }
    let original = list.originals[0], isTrained = original.requiresGrad
    if leaveParametrized {
      let value = noGrad { list.tensor() }.detach()
      if list.originals.count == 1 {
        // It keeps its identity, so that an optimizer that has it goes on with it.
        original.setData(value)
        slot.replace(original)
      } else {
        slot.replace(value.clone().requiresGrad_(isTrained))
      }
    } else {
      slot.replace(original)
    }
    slot.parametrization = nil
    module.parametrizations?[name] = nil
    if module.parametrizations?.isEmpty == true { module.parametrizations = nil }
  }
  return module
}

// MARK: Weight normalization

/// Divides a weight into lengths and directions, which are trained in its place: w = g · v / ‖v‖.
///
/// ```swift
/// let layer = weightNorm(Linear(20, 40))
/// layer.stateDict().keys
/// // ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]
/// ```
///
/// Salimans and Kingma, "Weight normalization", NeurIPS 2016.
///
/// - Parameters:
///   - name: A property marked ``Parameter``, by its name in a state dict.
///   - dim: The dimension of which each index has a length of its own; nil for one length of all.
/// - Returns: The module itself. ``removeParametrizations(_:_:leaveParametrized:)`` undoes it.
@discardableResult
public func weightNorm<M: Module>(_ module: M, name: String = "weight", dim: Int? = 0) -> M {
  registerParametrization(module, name, _WeightNorm(dim ?? -1), unsafe: true)
}

final class _WeightNorm: Module, SeveralOriginals {
  private let dim: Int

  /// - Parameter dim: −1 for one length of all.
  init(_ dim: Int) { self.dim = dim }

  func forward(_ originals: [Tensor]) -> Tensor {
    let (g, v) = (originals[0], originals[1])
    return v * (g / lengths(of: v))
  }

  func rightInverses(_ y: Tensor) -> [Tensor] { [lengths(of: y), y] }

  private func lengths(of v: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      if dim == -1 { return try Ops.vectorNorm(v, 2, nil, keepDim: false) }
      let d = try normalize(dim, rank: v.layout.rank)
      let others = (0..<v.layout.rank).filter { $0 != d }
      return try others.isEmpty ? Ops.unary(.abs, v) : Ops.vectorNorm(v, 2, others, keepDim: true)
    }
  }
}

// MARK: Spectral normalization

/// Divides a weight by its greatest singular value, which is found by power iteration, a little at each reading in
/// training.
///
/// ```swift
/// let critic = Sequential(spectralNorm(Linear(64, 64)), ReLU(), spectralNorm(Linear(64, 1)))
/// ```
///
/// Miyato et al., "Spectral normalization for generative adversarial networks", ICLR 2018.
///
/// - Parameters:
///   - name: A property marked ``Parameter``, by its name in a state dict.
///   - nPowerIterations: The iterations at each reading in training.
///   - eps: What norms are at least, so that nothing is divided by zero.
///   - dim: The dimension of outputs; by default 1 of transposed convolutions, else 0.
/// - Returns: The module itself. ``removeParametrizations(_:_:leaveParametrized:)`` undoes it.
@discardableResult
public func spectralNorm<M: Module>(
  _ module: M, name: String = "weight", nPowerIterations: Int = 1, eps: Double = 1e-12, dim: Int? = nil,
  generator: Generator? = nil
) -> M {
  let norm = funnel(or: nil) { () throws(BackplaneError) -> _SpectralNorm? in
    guard let slot = Reflection.slot(name, of: module), let weight = slot.parametrization?.tensor() ?? slot.tensor
    else {
      throw BackplaneError(.value, "Module '\(module)' has no parameter or buffer with name '\(name)'")
    }
    let rank = weight.layout.rank, dim = dim ?? (module is ConvTransposeNd ? 1 : 0)
    guard (-rank..<rank).contains(dim) else {
      throw BackplaneError(
        .index, "Dimension out of range (expected to be in range of [\(-rank), \(rank - 1)] but got \(dim))")
    }
    guard nPowerIterations > 0 else {
      throw BackplaneError(
        .value,
        "Expected n_power_iterations to be positive, but got n_power_iterations=\(nPowerIterations)")
    }
    return _SpectralNorm(weight.detach(), nPowerIterations, dim < 0 ? dim + rank : dim, eps, generator)
  }
  return norm.map { registerParametrization(module, name, $0) } ?? module
}

final class _SpectralNorm: Module {
  private let iterations: Int
  private let dim: Int
  private let eps: Double
  /// The left singular vector of the greatest value, about.
  @Buffer private var u: Tensor?
  /// The right one.
  @Buffer private var v: Tensor?

  override class var keyNames: [String: String] { ["u": "_u", "v": "_v"] }

  init(_ weight: Tensor, _ iterations: Int, _ dim: Int, _ eps: Double, _ generator: Generator?) {
    self.iterations = iterations
    self.dim = dim
    self.eps = eps
    super.init()
    guard weight.layout.rank > 1 else { return }
    let matrix = matrix(weight)
    func direction(_ count: Int) -> Tensor {
      let start = Tensor.randn([count], dtype: weight.dtype, device: weight.device, generator: generator)
      return Functional.normalize(start, dim: 0, eps: eps)
    }
    u = direction(matrix.layout.elements[0])
    v = direction(matrix.layout.elements[1])
    iterate(matrix, 15)
  }

  private func matrix(_ weight: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      let others = (0..<weight.layout.rank).filter { $0 != dim }
      let front = try dim == 0 ? weight : Ops.permute(weight, [dim] + others)
      let columns = others.reduce(1) { $0 * weight.layout.elements[$1] }
      return try Ops.reshape(front, [weight.layout.elements[dim], columns])
    }
  }

  private func iterate(_ matrix: Tensor, _ count: Int) {
    guard let u, let v else { return }
    noGrad {
      let matrix = matrix.detach()
      for _ in 0..<count {
        u.copy_(Functional.normalize(matrix.matmul(v), dim: 0, eps: eps))
        v.copy_(Functional.normalize(matrix.t().matmul(u), dim: 0, eps: eps))
      }
    }
  }

  override func forward(_ weight: Tensor) -> Tensor {
    guard let u, let v else { return Functional.normalize(weight, dim: 0, eps: eps) }
    let matrix = matrix(weight)
    if training { iterate(matrix, iterations) }
    // Copies, so that the next iteration does not change what this gradient needs.
    let (left, right) = (u.clone(), v.clone())
    return weight / left.dot(matrix.matmul(right))
  }
}
