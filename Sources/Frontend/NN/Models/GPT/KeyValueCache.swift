/// The keys and values that each layer of a model has computed for the tokens so far, so that the next ones need not
/// compute them again.
///
/// ```swift
/// let gpt = GPT(GPTConfig(vocabSize: 100, nPositions: 64, nEmbd: 32, nLayer: 2, nHead: 4))
/// let cache = KeyValueCache()
/// var logits = gpt(tokens, cache: cache)  // (N, T, vocabulary)
/// let next = logits[0..., -1].argmax(-1, keepDim: true)
/// logits = gpt(next, cache: cache)        // (N, 1, vocabulary)
/// cache.length                            // T + 1
/// ```
///
/// Memory grows by doubling, so that a token costs no copy of all before it. What is held takes no part in gradients.
public final class KeyValueCache {
  private struct Layer {
    /// (N, heads, capacity, features), of which the first `length` steps are filled.
    var keys: Tensor
    var values: Tensor
    var length: Int
  }

  private var layers: [Layer] = []

  /// Makes a cache that holds nothing.
  public init() {}

  /// How many tokens are held.
  public var length: Int { layers.first?.length ?? 0 }

  /// How many tokens a layer has brought.
  func length(ofLayer layer: Int) -> Int { layers.indices.contains(layer) ? layers[layer].length : 0 }

  /// Adds what a layer computed for further tokens, and gives all that the layer has.
  ///
  /// - Parameters:
  ///   - keys: (N, heads, T, features).
  ///   - values: (N, heads, T, features).
  ///   - layer: The layer's number; layers come into a cache in their order.
  /// - Returns: Views of the keys and values of all tokens so far: (N, heads, length, features).
  public func append(_ keys: Tensor, _ values: Tensor, layer: Int) -> (keys: Tensor, values: Tensor) {
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in try appended(keys, values, layer) }
  }

  func appended(
    _ keys: Tensor, _ values: Tensor, _ layer: Int
  ) throws(BackplaneError) -> (keys: Tensor, values: Tensor) {
    try withoutGradients { () throws(BackplaneError) in
      for x in [keys, values] where x.layout.rank != 4 {
        throw BackplaneError(.shape, "KeyValueCache: expected (N, heads, T, features), but got \(x.shape)")
      }
      let added = keys.layout.elements[2]
      guard values.layout.elements[2] == added, 0...layers.count ~= layer else {
        throw BackplaneError(
          .shape,
          "KeyValueCache: \(added) keys and \(values.layout.elements[2]) values for layer \(layer) of \(layers.count)")
      }
      if layer == layers.count {
        layers.append(
          Layer(keys: try room(keys, added), values: try room(values, added), length: 0))
      }
      var held = layers[layer]
      for (own, new) in [(held.keys, keys), (held.values, values)] {
        guard own.layout.elements[0] == new.layout.elements[0], own.layout.elements[1] == new.layout.elements[1],
          own.layout.elements[3] == new.layout.elements[3], own.dtype == new.dtype
        else {
          throw BackplaneError(
            .shape,
            "KeyValueCache: layer \(layer) holds \(own.dtype) \(own.shape), to which \(new.dtype) \(new.shape) cannot be "
              + "added")
        }
      }
      let length = held.length + added
      held.keys = try grown(held.keys, held.length, to: length)
      held.values = try grown(held.values, held.length, to: length)
      try Ops.copy(keys, into: Ops.narrow(held.keys, 2, held.length, added))
      try Ops.copy(values, into: Ops.narrow(held.values, 2, held.length, added))
      held.length = length
      layers[layer] = held
      return (try Ops.narrow(held.keys, 2, 0, length), try Ops.narrow(held.values, 2, 0, length))
    }
  }

  /// Memory for `count` tokens like those of a tensor.
  private func room(_ x: Tensor, _ count: Int) throws(BackplaneError) -> Tensor {
    var shape = x.layout.shape
    shape[2] = Swift.max(count, 16)
    return try Ops.empty(shape, x.dtype, on: x.context)
  }

  private func grown(_ x: Tensor, _ filled: Int, to length: Int) throws(BackplaneError) -> Tensor {
    let capacity = x.layout.elements[2]
    guard length > capacity else { return x }
    let larger = try room(x, Swift.max(length, 2 * capacity))
    try Ops.copy(Ops.narrow(x, 2, 0, filled), into: Ops.narrow(larger, 2, 0, filled))
    return larger
  }

  /// Forgets the tokens after the first `length`.
  public func crop(to length: Int) {
    if length <= 0 { return reset() }
    for i in layers.indices { layers[i].length = Swift.min(layers[i].length, length) }
  }

  /// Forgets everything.
  public func reset() { layers = [] }
}
