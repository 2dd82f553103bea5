/// Takes the running statistics of a model's batch normalizations anew, from all inputs that a loader gives.
///
/// ```swift
/// let averaged = AveragedModel(model, into: Net())
/// updateBn(loader, averaged)
/// ```
///
/// The model runs in training mode and without gradients, and is then in the mode that it was in.
public func updateBn<S: Sequence>(_ loader: S, _ model: Module, device: Device? = nil) where S.Element == Tensor {
  let layers = model.modules().compactMap { $0 as? BatchNormNd }
  if layers.isEmpty { return }
  let (momenta, wasTraining) = (layers.map(\.momentum), model.training)
  for layer in layers {
    layer.resetRunningStats()
    layer.momentum = nil
  }
  model.train()
  noGrad {
    for x in loader { _ = model(device.map { x.to(device: $0) } ?? x) }
  }
  for (layer, momentum) in zip(layers, momenta) { layer.momentum = momentum }
  model.train(wasTraining)
}

/// Takes the running statistics of a model's batch normalizations anew, from the first of each pair that a loader gives.
public func updateBn<S: Sequence>(
  _ loader: S, _ model: Module, device: Device? = nil
) where S.Element == (Tensor, Tensor) {
  updateBn(loader.lazy.map { $0.0 }, model, device: device)
}
