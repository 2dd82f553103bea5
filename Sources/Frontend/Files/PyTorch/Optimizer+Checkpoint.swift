/// Optimizers' states in PyTorch's own form, `{'state': {0: {...}}, 'param_groups': [{..., 'params': [0, 1]}]}`, so that a
/// training run begun there is continued here, and the other way round.
extension Checkpoint {
  /// Makes the state of an optimizer, in the form of PyTorch's `state_dict()`.
  ///
  /// ```swift
  /// try save(["optimizer": Checkpoint(optimizer)], to: "run.pt")
  /// try optimizer.load(Checkpoint(contentsOf: "run.pt")["optimizer"])
  /// ```
  public init(_ optimizer: Optimizer) {
    var parameterCount = 0
    let groups = optimizer.parameterGroups.map { group in
      let indices = parameterCount..<parameterCount + group.parameters.count
      parameterCount = indices.upperBound
      return Checkpoint.dictionary(OptimizerForm.group(group, indices))
    }
    var states = Dictionary()
    for (key, tensor) in optimizer.stateDict() {
      let parts = key.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, parts[0] == "state", let index = Int(parts[1]) else { continue }
      var state = states[.int(index)] ?? [:]
      OptimizerForm.add(tensor, parts[2], to: &state)
      states[.int(index)] = state
    }
    for (key, state) in states { states[key] = OptimizerForm.numbered(state) }
    self = ["state": .dictionary(states), "param_groups": .list(groups)]
  }
}

extension Optimizer {
  /// Takes over what ``Checkpoint/init(_:)-(Optimizer)`` gave, or PyTorch's `optimizer.state_dict()`, for an optimizer of the
  /// same parameters.
  ///
  /// Settings of PyTorch that say how a step is computed, such as `foreach`, do not matter. One that changes the
  /// result, such as `maximize`, and that this optimizer has not, is an error.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/state``, which names what does not fit. The optimizer is
  ///   then unchanged.
  public func load(_ checkpoint: Checkpoint?) throws(BackplaneError) {
    guard let checkpoint else {
      throw BackplaneError(.state, "nothing to load into \(type(of: self)): the checkpoint has no such part")
    }
    guard let groups = checkpoint["param_groups"]?.list else { return try load(checkpoint.stateDict()) }
    var reader = OptimizerForm.Reader(optimizer: self)
    for (number, group) in groups.enumerated() { try reader.read(group, number, of: groups.count) }
    for (key, state) in checkpoint["state"]?.dictionary ?? Checkpoint.Dictionary() { try reader.read(state, of: key) }
    try load(reader.result)
  }
}

private enum OptimizerForm {
  /// Pairs that are two settings here.
  static let pairs = [
    ("betas", "beta1", "beta2"), ("etas", "etaminus", "etaplus"), ("step_sizes", "step_size_min", "step_size_max"),
    ("eps", "eps1", "eps2"),
  ]
  /// Settings that are true or false there.
  static let flags: Set<String> = ["nesterov", "centered", "maximize", "amsgrad", "decoupled_weight_decay"]
  /// Settings that are whole numbers there.
  static let counts: Set<String> = ["max_iter", "max_eval", "history_size"]
  /// L-BFGS keeps numbers as numbers.
  static let plainNumbers: Set<String> = ["n_iter", "func_evals", "t", "H_diag", "prev_loss"]

  static func group(_ group: ParameterGroup, _ indices: Range<Int>) -> Checkpoint.Dictionary {
    var result = Checkpoint.Dictionary()
    for (option, value) in group.options.sorted(by: { $0.key.name < $1.key.name }) {
      let name = option.name
      if let pair = pairs.first(where: { $0.1 == name || $0.2 == name }) {
        // Adafactor has an infinite number for one of the type, where PyTorch has none.
        result[pair.0] = .tuple(
          [pair.1, pair.2].map { group[.init($0)] == -.infinity ? .null : .double(group[.init($0)]) })
      } else if flags.contains(name) {
        result[name] = .bool(value != 0)
      } else if name == "line_search_fn" {
        result[name] = value == 0 ? .null : "strong_wolfe"
      } else if counts.contains(name), let count = Int(exactly: value) {
        result[name] = .int(count)
      } else {
        result[name] = .double(value)
      }
    }
    result["params"] = .list(indices.map { .int($0) })
    return result
  }

  /// Adds what is remembered; what is one of several becomes an element of a list.
  static func add(_ tensor: Tensor, _ name: String, to state: inout Checkpoint) {
    let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let index = Int(parts[1]), index >= 0, index < 1 << 20 else {
      return state[name] = number(tensor, name) ?? .tensor(tensor)
    }
    var list = state[parts[0]]?.list ?? []
    while list.count <= index { list.append(.null) }
    list[index] = .tensor(tensor)
    state[parts[0]] = .list(list)
  }

  /// A number that was remembered, which PyTorch has as a float32 tensor, or L-BFGS as itself.
  private static func number(_ tensor: Tensor, _ name: String) -> Checkpoint? {
    guard tensor.dim == 0, tensor.dtype == .float64, let value = Checkpoint.tensor(tensor).double else { return nil }
    if plainNumbers.contains(name) { return Int(exactly: value).map { .int($0) } ?? .double(value) }
    return .tensor(Tensor(Float(value), dtype: .float32, device: tensor.device))
  }

  /// In L-BFGS's state there is no tensor of a number but those in lists.
  static func numbered(_ state: Checkpoint) -> Checkpoint {
    guard state["n_iter"] != nil else { return state }
    var state = state
    state["step"] = nil
    return state
  }

  /// Makes of PyTorch's form the names and tensors that ``Optimizer/load(_:)-(Sequence)`` takes.
  struct Reader {
    let optimizer: Optimizer
    private(set) var result = StateDict()
    /// The number here of each parameter there.
    private var places: [Int: Int] = [:]
    private var parameterCount = 0

    init(optimizer: Optimizer) { self.optimizer = optimizer }

    private func failure(_ reason: String) -> BackplaneError { BackplaneError(.state, reason) }

    mutating func read(_ group: Checkpoint, _ number: Int, of count: Int) throws(BackplaneError) {
      let groups = optimizer.parameterGroups
      guard count == groups.count else {
        throw failure(
          "loaded state dict has a different number of parameter groups: \(count), but the optimizer has \(groups.count)"
        )
      }
      guard let saved = group.dictionary, let params = saved["params"]?.list else {
        throw failure("param_groups[\(number)] of the loaded state dict has no params")
      }
      let own = groups[number]
      guard params.count == own.parameters.count else {
        throw failure(
          "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
            + "param_groups[\(number)] has \(params.count) parameters, but the optimizer's \(own.parameters.count)")
      }
      for param in params {
        guard case .int(let index) = param, places.updateValue(parameterCount, forKey: index) == nil else {
          throw failure("param_groups[\(number)] of the loaded state dict names a parameter twice, or not by a number")
        }
        parameterCount += 1
      }
      guard let context = own.parameters.first?.context else { return }
      for option in own.options.keys {
        guard let value = try value(option.name, saved, number) else { continue }
        result["param_groups.\(number).\(option)"] = try tensor(value, on: context)
      }
      for name in flags where own.options[.init(name)] == nil && saved[name]?.bool == true {
        // AdamW has it for good.
        if name == "decoupled_weight_decay", optimizer is AdamW { continue }
        throw failure(
          "param_groups[\(number)] of the loaded state dict has \(name)=True, which \(type(of: optimizer)) has not")
      }
    }

    /// A setting as it is saved, or nil where it is not.
    private func value(
      _ name: String, _ saved: Checkpoint.Dictionary, _ number: Int
    ) throws(BackplaneError) -> Double? {
      var value = saved[name]
      for (pair, first, second) in pairs where name == first || name == second {
        value = value ?? saved[pair]?[name == first ? 0 : 1]
      }
      switch value {
      case nil: return nil
      case .null?: return name == "line_search_fn" ? 0 : name == "eps1" ? -.infinity : nil
      case .bool(let flag)?: return flag ? 1 : 0
      case .string("strong_wolfe")? where name == "line_search_fn": return 1
      case let value?:
        guard let number = value.double else {
          throw failure("param_groups[\(number)].\(name) of the loaded state dict is \(value.typeName), and no number")
        }
        return number
      }
    }

    mutating func read(_ state: Checkpoint, of key: Checkpoint.Key) throws(BackplaneError) {
      guard case .int(let index) = key, let place = places[index], let values = state.dictionary else {
        throw failure("Unexpected key in loaded state dict: state[\(key)]")
      }
      let parameters = optimizer.parameterGroups.flatMap(\.parameters)
      let context = parameters[place].context
      for (name, value) in values {
        guard case .string(let name) = name else {
          throw failure("Unexpected key in loaded state dict: state[\(key)][\(name)]")
        }
        let key = "state.\(place).\(name)"
        switch value {
        case .null: continue
        case .tensor(let tensor): result[key] = tensor
        case .list(let list), .tuple(let list):
          for (i, element) in list.enumerated() {
            if let tensor = element.tensor {
              result["\(key).\(i)"] = tensor
            } else {
              result["\(key).\(i)"] = try tensor(number(element, key), on: context)
            }
          }
        default: result[key] = try tensor(number(value, key), on: context)
        }
      }
      // What is remembered counts from the first step on; there L-BFGS counts none.
      if values["step"] == nil, let count = values["n_iter"]?.double {
        result["state.\(place).step"] = try tensor(count, on: context)
      }
    }

    private func number(_ value: Checkpoint, _ key: String) throws(BackplaneError) -> Double {
      guard let number = value.double else {
        throw failure("\(key): \(value.typeName), where a number or tensor was expected")
      }
      return number
    }

    private func tensor(_ value: Double, on context: DeviceContext) throws(BackplaneError) -> Tensor {
      try withUnsafePointer(to: value) { (p) throws(BackplaneError) in
        try Ops.fromHost(UnsafeBufferPointer(start: p, count: 1), [], .float64, on: context)
      }
    }
  }
}
