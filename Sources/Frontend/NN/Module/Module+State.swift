extension Module {
  /// The parameters and persistent buffers by name.
  ///
  /// The tensors share storage with the module's and take no part in gradients: clone them to keep
  /// the values of now.
  ///
  /// ```swift
  /// try save(model.stateDict(), to: "model.safetensors")
  /// ```
  public func stateDict() -> StateDict {
    StateDict(stateEntries().lazy.map { (key: $0.key, value: $0.tensor.detach()) })
  }

  /// Copies saved values into the module's parameters and buffers, converting type and device.
  ///
  /// ```swift
  /// try model.load(load("model.safetensors"))
  /// ```
  ///
  /// - Parameters:
  ///   - stateDict: Tensors by name: what ``stateDict()`` or the function `load` gave.
  ///   - strict: Whether the names must be exactly the module's. Shapes must fit in any case.
  /// - Returns: The module's names that `stateDict` lacks, and those it has beyond.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/state`` that lists every missing, unexpected and
  ///   mismatched name. The module is then unchanged.
  @discardableResult
  public func load(
    _ stateDict: some Sequence<(key: String, value: Tensor)>, strict: Bool = true
  ) throws(BackplaneError) -> (missing: [String], unexpected: [String]) {
    let given = StateDict(stateDict)
    var missing: [String] = []
    var mismatches: [String] = []
    var copies: [(source: Tensor, target: Tensor)] = []
    var known = Set<String>()
    for (key, target) in stateEntries() {
      known.insert(key)
      guard let source = given[key] else {
        missing.append(key)
        continue
      }
      if source.shape == target.shape {
        copies.append((source, target))
      } else {
        mismatches.append(
          "size mismatch for \(key): copying a param with shape \(source.shape) from checkpoint, the shape in current "
            + "model is \(target.shape).")
      }
    }
    let unexpected = given.keys.filter { !known.contains($0) }

    var problems: [String] = []
    if strict, !missing.isEmpty { problems.append("Missing key(s) in state_dict: \(quoted(missing)).") }
    if strict, !unexpected.isEmpty {
      problems.append("Unexpected key(s) in state_dict: \(quoted(unexpected)).")
    }
    problems += mismatches
    guard problems.isEmpty else {
      throw BackplaneError(
        .state,
        "Error(s) in loading state_dict for \(type(of: self)):" + problems.map { "\n\t\($0)" }.joined())
    }
    try withoutGradients { () throws(BackplaneError) in
      for (source, target) in copies { try Ops.copy(source, into: target) }
    }
    return (missing, unexpected)
  }

  private func quoted(_ keys: [String]) -> String {
    keys.map { "\"\($0)\"" }.joined(separator: ", ")
  }

  // MARK: Moving

  /// Moves parameters, their gradients and buffers to another device, in place.
  ///
  /// ```swift
  /// let model = Net().to("cuda:0")
  /// ```
  @discardableResult
  public func to(_ device: Device) -> Self {
    replaceTensors { (tensor) throws(BackplaneError) in
      try Ops.move(tensor, to: DeviceContext.of(device))
    }
    return self
  }

  /// Converts floating point and complex parameters, their gradients and buffers to another type, in place.
  @discardableResult
  public func to(_ dtype: DType) -> Self {
    replaceTensors { (tensor) throws(BackplaneError) in
      guard dtype.isFloatingPoint || dtype.isComplex else {
        throw BackplaneError(
          .dtype,
          "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=\(dtype)")
      }
      return try tensor.dtype.isFloatingPoint || tensor.dtype.isComplex ? Ops.cast(tensor, dtype) : tensor
    }
    return self
  }

  /// Moves to another device and converts to another type, in place, as ``to(_:)-(Device)`` and ``to(_:)-(DType)`` do.
  @discardableResult
  public func to(device: Device, dtype: DType? = nil) -> Self {
    if let dtype { to(dtype) }
    return to(device)
  }

  /// Converts floating point and complex parameters, their gradients and buffers to another type, in place.
  @discardableResult
  public func to(dtype: DType) -> Self { to(dtype) }

  /// Moves parameters, their gradients and buffers to the device `cpu`, in place.
  @discardableResult public func cpu() -> Self { to(.processor) }
  /// Moves parameters, their gradients and buffers to the device `cuda`, in place.
  @discardableResult public func cuda() -> Self { to(.cuda) }
  /// Converts floating point and complex parameters, their gradients and buffers to float16, in place.
  @discardableResult public func half() -> Self { to(.float16) }
  /// Converts floating point and complex parameters, their gradients and buffers to bfloat16, in place.
  @discardableResult public func bfloat16() -> Self { to(.bfloat16) }
  /// Converts floating point and complex parameters, their gradients and buffers to float32, in place.
  @discardableResult public func float() -> Self { to(.float32) }
  /// Converts floating point and complex parameters, their gradients and buffers to float64, in place.
  @discardableResult public func double() -> Self { to(.float64) }

  /// Replaces the elements of every tensor, gradients included; of none if one fails.
  private func replaceTensors(_ transform: (Tensor) throws(BackplaneError) -> Tensor) {
    funnel(or: ()) { () throws(BackplaneError) in
      var swaps: [(Tensor, Tensor)] = []
      try withoutGradients { () throws(BackplaneError) in
        for tensor in parameters() + buffers() {
          swaps.append((tensor, try transform(tensor)))
          if let grad = tensor.autograd?.grad { swaps.append((grad, try transform(grad))) }
        }
      }
      for (tensor, replacement) in swaps { tensor.setData(replacement) }
    }
  }
}
