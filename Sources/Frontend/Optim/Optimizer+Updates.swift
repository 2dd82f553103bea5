extension Optimizer {
  /// A parameter with its gradient and state, while a step is being taken.
  struct Update {
    let parameter: Tensor
    let grad: Tensor
    var state: ParameterState

    /// A remembered tensor; zeros at first.
    mutating func tensor(_ name: String) throws(BackplaneError) -> Tensor {
      if let tensor = state.tensors[name] { return tensor }
      let parameter = parameter
      return try tensor(name) { () throws(BackplaneError) in try Ops.zerosLike(parameter) }
    }

    /// A remembered tensor; at first what `make` gives.
    mutating func tensor(
      _ name: String, _ make: () throws(BackplaneError) -> Tensor
    ) throws(BackplaneError) -> Tensor {
      if let tensor = state.tensors[name] { return tensor }
      let made = try make()
      state.tensors[name] = made
      return made
    }

    /// Changes the parameter and what is remembered of it by operators in place, for which complex tensors are pairs of
    /// real numbers and those of 16 bits in float32, to be rounded once.
    ///
    /// - Parameters:
    ///   - names: Of the remembered tensors.
    ///   - step: Takes the parameter, the gradient and the remembered tensors.
    mutating func change(
      _ names: [String], _ step: (Tensor, Tensor, [Tensor]) throws(BackplaneError) -> Void
    ) throws(BackplaneError) {
      var changed = [parameter]
      for name in names { changed.append(try tensor(name)) }
      try Ops.requireSameDevice([grad] + changed)
      var grads = [grad]
      if parameter.dtype.isComplex { (changed, grads) = (try Ops.parts(changed), try Ops.parts(grads)) }
      try Ops.changing(changed, by: grads[0]) { (state, grad) throws(BackplaneError) in
        try step(state[0], grad, Array(state.dropFirst()))
      }
    }
  }

  /// The parameters of a group that have a gradient, in batches that one call to a device can take: of one device, type
  /// and number of steps. Their step is already counted, and their gradient points down.
  func updates(of group: ParameterGroup) throws(BackplaneError) -> [[Update]] {
    struct Key: Hashable {
      let context: ObjectIdentifier
      let dtype: DType
      let step: Int
    }
    var positions: [Key: Int] = [:]
    var batches: [[Update]] = []
    for parameter in group.parameters {
      guard let grad = parameter.autograd?.grad else { continue }
      guard grad.layout.hasSameShape(as: parameter.layout), grad.dtype == parameter.dtype else {
        throw BackplaneError(
          .shape,
          "a parameter of shape \(parameter.shape) and type \(parameter.dtype) has a gradient of shape \(grad.shape) and "
            + "type \(grad.dtype)")
      }
      var state = self[state: parameter]
      state.step = try Sizes.add(state.step, 1, in: "step")
      let key = Key(context: ObjectIdentifier(parameter.context), dtype: parameter.dtype, step: state.step)
      let update = Update(
        parameter: parameter, grad: group.isSet(.maximize) ? try Ops.neg(grad) : grad, state: state)
      if let position = positions[key] {
        batches[position].append(update)
      } else {
        positions[key] = batches.count
        batches.append([update])
      }
    }
    return batches
  }

  /// Remembers the states of a batch whose step has been taken.
  func commit(_ batch: [Update]) {
    for update in batch { self[state: update.parameter] = update.state }
  }

  /// Takes the step of a group by one parameter after the other.
  func updateEach(
    of group: ParameterGroup, _ step: (inout Update) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    for batch in try updates(of: group) {
      for var update in batch {
        try step(&update)
        commit([update])
      }
    }
  }
}
