extension Optimizer {
  /// Settings and memory by name, as tensors, so that a training run can be saved and continued.
  ///
  /// The keys are PyTorch's, flattened: `param_groups.0.lr`, and for the i-th parameter of all groups
  /// `state.i.step`, `state.i.exp_avg` …. The tensors share storage with the optimizer's.
  ///
  /// ```swift
  /// try save(optimizer.stateDict(), to: "optimizer.safetensors")
  /// try optimizer.load(load("optimizer.safetensors"))
  /// ```
  public func stateDict() -> StateDict {
    var result = StateDict()
    funnel(or: ()) { () throws(BackplaneError) in
      var index = 0
      for (number, group) in parameterGroups.enumerated() {
        guard let context = group.parameters.first?.context else { continue }
        for (option, value) in group.options.sorted(by: { $0.key.name < $1.key.name }) {
          result["param_groups.\(number).\(option)"] = try Optimizer.number(value, on: context)
        }
      }
      for parameter in parameterGroups.flatMap(\.parameters) {
        defer { index += 1 }
        let state = self[state: parameter]
        guard state.step > 0 else { continue }
        result["state.\(index).step"] = try Optimizer.number(Double(state.step), on: parameter.context)
        for (name, value) in state.numbers.sorted(by: { $0.key < $1.key }) {
          result["state.\(index).\(name)"] = try Optimizer.number(value, on: parameter.context)
        }
        for (name, tensor) in state.tensors.sorted(by: { $0.key < $1.key }) {
          result["state.\(index).\(name)"] = tensor.detach()
        }
      }
    }
    return result
  }

  /// Takes over settings and memory that ``stateDict()`` gave for an optimizer of the same parameters.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/state``, which names what does not fit. The optimizer is
  ///   then unchanged.
  public func load(_ stateDict: some Sequence<(key: String, value: Tensor)>) throws(BackplaneError) {
    var groups = parameterGroups
    let parameters = groups.flatMap(\.parameters)
    var states = [ParameterState](repeating: ParameterState(), count: parameters.count)
    var given = Set<String>()
    for (key, tensor) in stateDict {
      let parts = key.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, let index = Int(parts[1]), index >= 0, parts[1] == "\(index)" else {
        throw .unexpected(key)
      }
      switch parts[0] {
      case "param_groups":
        guard index < groups.count else {
          throw BackplaneError(
            .state,
            "loaded state dict has a different number of parameter groups: \(key), but the optimizer has "
              + "\(groups.count)")
        }
        let option = ParameterGroup.Option(parts[2])
        guard groups[index].options[option] != nil || ParameterGroup.Option.ofSchedules.contains(option) else {
          throw .unexpected(key)
        }
        groups[index][option] = try Optimizer.number(tensor, key)
        given.insert(key)
      case "state":
        guard index < parameters.count else {
          throw BackplaneError(
            .state,
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: \(key), but "
              + "the optimizer has \(parameters.count) parameters")
        }
        if parts[2] == "step" {
          let step = try Optimizer.number(tensor, key)
          guard step >= 0, step < 0x1p53, step == step.rounded() else {
            throw BackplaneError(.state, "\(key): \(step) is no number of steps")
          }
          states[index].step = Int(step)
        } else {
          switch memory(parts[2], of: parameters[index]) {
          case .number: states[index].numbers[parts[2]] = try Optimizer.number(tensor, key)
          case .tensor(let shape, let dtype):
            states[index].tensors[parts[2]] = try Optimizer.adopt(
              tensor, shape, dtype, on: parameters[index].context, key)
          }
        }
      default: throw .unexpected(key)
      }
    }
    for (number, group) in groups.enumerated() where !group.parameters.isEmpty {
      for option in group.options.keys where !given.contains("param_groups.\(number).\(option)") {
        if ParameterGroup.Option.ofSchedules.union(ParameterGroup.Option.later).contains(option) { continue }
        throw BackplaneError(.state, "Missing key in loaded state dict: \"param_groups.\(number).\(option)\"")
      }
      do throws(BackplaneError) {
        try check(group)
      } catch {
        throw BackplaneError(.state, "param_groups.\(number) of the loaded state dict: \(error.message)")
      }
    }
    parameterGroups = groups
    for (parameter, state) in zip(parameters, states) { self[state: parameter] = state }
  }

  /// A copy on the parameter's device and of the type that is remembered.
  private static func adopt(
    _ tensor: Tensor, _ shape: [Int], _ dtype: DType, on context: DeviceContext, _ key: String
  ) throws(BackplaneError) -> Tensor {
    guard tensor.layout.shape == shape else {
      throw BackplaneError(
        .state,
        "size mismatch for \(key): shape \(tensor.shape), but the optimizer remembers one of shape \(shape)")
    }
    return try withoutGradients { () throws(BackplaneError) in
      let copy = try Ops.empty(shape, dtype, on: context)
      try Ops.copy(tensor.detach(), into: copy)
      return copy
    }
  }

  /// The number that a tensor has to be.
  static func number(_ tensor: Tensor, _ key: String) throws(BackplaneError) -> Double {
    guard tensor.numel == 1, !tensor.dtype.isComplex else {
      throw BackplaneError(.state, "\(key): a tensor of shape \(tensor.shape) and type \(tensor.dtype) is no number")
    }
    return try Ops.item(tensor).double
  }

  /// A number as a tensor that takes no operator of the device, which need not compute in float64.
  static func number(_ value: Double, on context: DeviceContext) throws(BackplaneError) -> Tensor {
    try withUnsafePointer(to: value) { (p) throws(BackplaneError) in
      try Ops.fromHost(UnsafeBufferPointer(start: p, count: 1), [], .float64, on: context)
    }
  }
}

extension ParameterGroup.Option {
  /// What schedules note in groups; a state may have it or not.
  fileprivate static let ofSchedules: Set<Self> = [
    .initialLr, .maxLr, .minLr, .swaLr, .baseMomentum, .maxMomentum,
  ]

  /// What PyTorch takes as not set where a state lacks it.
  fileprivate static let later: Set<Self> = [.maximize, .amsgrad, .decoupledWeightDecay]
}

extension BackplaneError {
  static func unexpected(_ key: String) -> BackplaneError {
    BackplaneError(.state, "Unexpected key in loaded state dict: \"\(key)\"")
  }
}
