/// What a parametrization may have: a way back, by which the tensor can be assigned.
///
/// ```swift
/// final class Positive: Module, RightInvertible {
///   override func forward(_ x: Tensor) -> Tensor { x.exp() }
///   func rightInverse(_ y: Tensor) -> Tensor { y.log() }
/// }
/// ```
public protocol RightInvertible: Module {
  /// Something of which `forward` makes the given tensor.
  func rightInverse(_ y: Tensor) -> Tensor
}

/// A parametrization of several tensors.
protocol SeveralOriginals: Module {
  func forward(_ originals: [Tensor]) -> Tensor
  func rightInverses(_ y: Tensor) -> [Tensor]
}

/// The parametrizations of one parameter, in the order in which they are applied, and the tensors that they start from.
///
/// In a state dict these are `parametrizations.weight.original`, or `original0`, `original1` where there are several.
public final class ParametrizationList: Module {
  /// What the parameter is computed from: parameters themselves, which are trained.
  public private(set) var originals: [Tensor]
  private var steps: [Module]

  /// - Throws: ``BackplaneError`` where the results differ in shape or type from the tensor.
  init(_ first: Module, _ tensor: Tensor, unsafe: Bool) throws(BackplaneError) {
    originals = [tensor]
    steps = [first]
    super.init()
    var given: [Tensor] = [tensor]
    try withoutGradients { () throws(BackplaneError) in
      if let several = first as? any SeveralOriginals {
        given = try throwing { several.rightInverses(tensor.detach()) }
      } else if let invertible = first as? any RightInvertible {
        given = [try throwing { invertible.rightInverse(tensor.detach()) }]
      }
    }
    let isTrained = tensor.requiresGrad
    if first is any SeveralOriginals {
      originals = given.map { $0.detach().requiresGrad_(isTrained) }
    }
    guard !unsafe else {
      if !(first is any SeveralOriginals) { set(given[0]) }
      return
    }
    try require(given[0], as: tensor, "right_inverse")
    let saved = tensor.detach().alias()
    set(given[0])
    let result: Tensor
    do throws(BackplaneError) {
      result = try throwing { self.tensor() }
      for (name, a, b) in [
        ("dtype", "torch.\(tensor.dtype)", "torch.\(result.dtype)"),
        ("shape", "\(tensor.shape)", "\(result.shape)"),
      ] where a != b {
        throw BackplaneError(
          .value,
          "Registering a parametrization may not change the \(name) of the tensor, unless `unsafe` flag is enabled.\n"
            + "unparametrized \(name): \(a)\nparametrized \(name): \(b)")
      }
    } catch {
      tensor.setData(saved)
      throw error
    }
  }

  private func require(_ given: Tensor, as tensor: Tensor, _ name: String) throws(BackplaneError) {
    guard given.dtype == tensor.dtype else {
      throw BackplaneError(
        .dtype,
        "The tensor returned by `\(name)` must have the same dtype as the tensor: torch.\(tensor.dtype), but has "
          + "torch.\(given.dtype)")
    }
  }

  /// The original keeps its identity, so that an optimizer that has it goes on with it.
  private func set(_ given: Tensor) {
    if given !== originals[0] { originals[0].setData(given.detach()) }
  }

  /// Adds a parametrization of what the others give.
  func add(_ step: Module, to name: String, unsafe: Bool) throws(BackplaneError) {
    if !unsafe {
      let before = try throwing { self.tensor() }
      let after = try throwing { step(before) }
      for (what, a, b) in [
        ("dtype", "torch.\(before.dtype)", "torch.\(after.dtype)"),
        ("shape", "\(before.shape)", "\(after.shape)"),
      ] where a != b {
        throw BackplaneError(
          .value,
          "Registering a parametrization may not change the \(what) of the tensor, unless the `unsafe` flag is enabled.\n"
            + "module.\(name).\(what): \(a)\nparametrization(module.\(name)).\(what): \(b)")
      }
    }
    steps.append(step)
  }

  /// The parameter, computed anew.
  func tensor() -> Tensor {
    var x = (steps[0] as? any SeveralOriginals)?.forward(originals) ?? steps[0](originals[0])
    for step in steps.dropFirst() { x = step(x) }
    return x
  }

  /// Changes the originals such that the parameter becomes what is given.
  func assign(_ tensor: Tensor?) {
    funnel(or: ()) { () throws(BackplaneError) in
      guard let tensor else {
        throw BackplaneError(
          .value, "a parametrized tensor cannot be replaced by nil: remove its parametrizations first")
      }
      let given = try withoutGradients { () throws(BackplaneError) in try inverses(of: tensor.detach()) }
      for (i, (new, old)) in zip(given, originals).enumerated() where new.dtype != old.dtype {
        let name = originals.count == 1 ? "original" : "original\(i)"
        throw BackplaneError(
          .value,
          "Tensor \(i) returned by `right_inverse` has dtype torch.\(new.dtype) while `\(name)` has dtype "
            + "torch.\(old.dtype)")
      }
      for (new, old) in zip(given, originals) { old.setData(new.detach()) }
    }
  }

  private func inverses(of tensor: Tensor) throws(BackplaneError) -> [Tensor] {
    var x = tensor
    for step in steps.reversed() {
      if let several = step as? any SeveralOriginals { return try throwing { several.rightInverses(x) } }
      guard let invertible = step as? any RightInvertible else {
        throw BackplaneError(.value, "parametrization \(type(of: step)) does not implement right_inverse.")
      }
      x = try throwing { invertible.rightInverse(x) }
    }
    return [x]
  }

  override func members() -> [Member] {
    let tensors: [Member] = originals.enumerated().map {
      (originals.count == 1 ? "original" : "original\($0)", .parameter($1))
    }
    return tensors + steps.enumerated().map { ("\($0)", .module($1)) }
  }
}

/// Calls spellings that report errors, and throws the first.
private func throwing<Result>(_ body: () -> Result) throws(BackplaneError) -> Result {
  do {
    return try withErrors(body)
  } catch {
    throw error as? BackplaneError ?? BackplaneError(.internal, "\(error)")
  }
}
