/// Parameters as one vector, after another in the order given.
///
/// ```swift
/// let vector = parametersToVector(model.parameters())
/// ```
///
/// It takes part in gradients. Parameters on different devices are an error.
public func parametersToVector(_ parameters: some Sequence<Tensor>) -> Tensor {
  funnel { () throws(BackplaneError) in
    let parameters = Array(parameters)
    try requireOneDevice(parameters)
    guard !parameters.isEmpty else {
      throw BackplaneError(.value, "torch.cat(): expected a non-empty list of Tensors")
    }
    return try Ops.cat(parameters.map { $0.reshape([$0.numel]) }, 0)
  }
}

/// Copies a vector's elements into parameters, in the order given.
///
/// ```swift
/// let vector = parametersToVector(model.parameters())
/// vectorToParameters(vector * 0.5, model.parameters())
/// ```
///
/// A vector that is too short is an error, and changes nothing; what it has beyond is not read.
public func vectorToParameters(_ vector: Tensor, _ parameters: some Sequence<Tensor>) {
  funnel(or: ()) { () throws(BackplaneError) in
    let parameters = Array(parameters)
    try requireOneDevice(parameters)
    var start = 0
    var copies: [(source: Tensor, target: Tensor)] = []
    let flat = vector.detach()
    for parameter in parameters {
      let count = Swift.min(parameter.numel, flat.numel - start)
      guard count == parameter.numel, flat.layout.rank == 1 else {
        throw BackplaneError(
          .shape,
          "shape '\(parameter.shape)' is invalid for input of size \(flat.layout.rank == 1 ? count : flat.numel)")
      }
      copies.append((try Ops.reshape(Ops.narrow(flat, 0, start, count), parameter.layout.shape), parameter))
      start += count
    }
    try withoutGradients { () throws(BackplaneError) in
      for (source, target) in copies { try Ops.copy(source, into: target) }
    }
  }
}

private func requireOneDevice(_ parameters: [Tensor]) throws(BackplaneError) {
  guard parameters.allSatisfy({ $0.device == parameters[0].device }) else {
    throw BackplaneError(
      .device, "Found two parameters on different devices, this is currently not supported.")
  }
}
