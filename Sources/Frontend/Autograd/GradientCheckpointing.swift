/// A part of a network whose tensors are computed again when their gradients need them.
private final class CheckpointedPart: @unchecked Sendable {
  // Sendable: used by the thread that runs the forward, and later by the one that walks the graph.

  /// What a saved tensor was like.
  private struct Kind: Equatable, CustomStringConvertible {
    let shape: Shape
    let dtype: DType
    let device: Device

    init(_ tensor: Tensor) {
      shape = tensor.shape
      dtype = tensor.dtype
      device = tensor.device
    }

    var description: String { "{'shape': \(shape), 'dtype': \(dtype), 'device': \(device)}" }
  }

  /// A tensor that was computed again, until it is asked for.
  private struct Value {
    let tensor: Tensor
    let version: Int
  }

  private let body: ([Tensor]) -> [Tensor]
  private let inputs: [Saved]
  /// Of the default generator when the part was run.
  private let random: Generator.Position?
  private let autocast: Autocast.Scope?
  private let device: Device?
  private var isRunning = false
  private var kinds: [Kind] = []
  private var values: [Value?] = []

  init(
    _ inputs: [Tensor], preservesRandom: Bool, _ body: @escaping ([Tensor]) -> [Tensor]
  ) throws(BackplaneError) {
    self.inputs = try inputs.map { input throws(BackplaneError) in try Saved(input) }
    self.body = body
    random = preservesRandom ? Generator.default.position : nil
    autocast = Scopes.autocast
    device = Scopes.device
  }

  /// Runs the part for the first time.
  func run(_ inputs: [Tensor]) -> [Tensor] {
    isRunning = true
    defer { isRunning = false }
    return SavedTensorHooks.with({ [self] tensor in
      let index = kinds.count
      kinds.append(Kind(tensor))
      return { () throws(BackplaneError) in try self.value(index) }
    }) { body(inputs) }
  }

  /// A tensor that the part saved.
  private func value(_ index: Int) throws(BackplaneError) -> Tensor {
    guard !isRunning else {
      throw BackplaneError(.autograd, "checkpoint: gradients cannot be computed within the part while it runs")
    }
    if !values.indices.contains(index) || values[index] == nil { try runAgain() }
    guard let value = values[index] else {
      throw BackplaneError(.internal, "checkpoint: a tensor was not computed again")
    }
    // Most are asked for once, and are to be freed then.
    values[index] = nil
    guard value.tensor.storage.version == value.version else {
      throw BackplaneError(
        .autograd,
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
          + "[\(value.tensor.dtype.scalarName)Tensor \(value.tensor.shape)] is at version "
          + "\(value.tensor.storage.version); expected version \(value.version) instead.")
    }
    return value.tensor
  }

  private func runAgain() throws(BackplaneError) {
    let inputs = try inputs.map { input throws(BackplaneError) in try input.unpack() }
    let collected = Collected()
    let now = Generator.default.position
    if let random { Generator.default.position = random }
    defer { if random != nil { Generator.default.position = now } }
    // Casts that the first run kept may be gone with its scope.
    let autocast = autocast.map { Autocast.Scope(entries: $0.entries, cache: CastCache()) }
    Scopes.with(Scopes.$autocast, autocast) {
      Scopes.with(Scopes.$device, device) {
        Scopes.with(Scopes.$isInferring, false) {
          enableGrad {
            SavedTensorHooks.with(collected.add) { _ = body(inputs) }
          }
        }
      }
    }
    try HookResults.checkFailures()
    try check(collected.values)
    values = collected.values
  }

  private func check(_ values: [Value]) throws(BackplaneError) {
    guard values.count == kinds.count else {
      throw BackplaneError(
        .autograd,
        "checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
          + "Number of tensors saved during forward: \(kinds.count)\n"
          + "Number of tensors saved during recomputation: \(values.count).")
    }
    let differing = zip(kinds, values).enumerated().compactMap { i, pair in
      let kind = Kind(pair.1.tensor)
      return kind == pair.0
        ? nil : "tensor at position \(i):\nsaved metadata: \(pair.0)\nrecomputed metadata: \(kind)"
    }
    guard differing.isEmpty else {
      throw BackplaneError(
        .autograd,
        "checkpoint: Recomputed values for the following tensors have different metadata than during the forward "
          + "pass.\n" + differing.joined(separator: "\n"))
    }
  }

  /// The tensors that the second run saves.
  private final class Collected: @unchecked Sendable {
    // Sendable: lives on one thread's stack.

    var values: [Value] = []

    @Sendable func add(_ tensor: Tensor) -> (() throws(BackplaneError) -> Tensor) {
      values.append(Value(tensor: tensor, version: tensor.storage.version))
      return { () throws(BackplaneError) in tensor }
    }
  }
}

/// Computes a part of a network without keeping what its gradients need: `backward()` computes the part again. It takes
/// a third more time, and the memory of one part at a time instead of that of all.
///
/// ```swift
/// var h = x
/// for block in [layer, head] { h = checkpoint(h) { block($0) } }
/// h.sum().backward()
/// ```
///
/// The second run has the first one's random numbers, if they come from the default generator, its `autocast` and
/// default device. It has to compute the same: what the part changes beside its result, such as the running statistics
/// of a batch normalization, is changed twice. The part cannot compute gradients itself. They reach parameters that it
/// uses without being given them; `grad()` and gradients of gradients work too.
///
/// - Parameters:
///   - x: The input.
///   - preserveRngState: Whether the second run has the first one's random numbers.
///   - body: The part.
public func checkpoint(
  _ x: Tensor, preserveRngState: Bool = true, _ body: @escaping (Tensor) -> Tensor
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try Autograd.checkpoint([x], preserveRngState) { [body($0[0])] }[0]
  }
}

/// Computes a part of a network that has two inputs without keeping what its gradients need.
public func checkpoint(
  _ a: Tensor, _ b: Tensor, preserveRngState: Bool = true, _ body: @escaping (Tensor, Tensor) -> Tensor
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try Autograd.checkpoint([a, b], preserveRngState) { [body($0[0], $0[1])] }[0]
  }
}

/// Computes a part of a network that has any number of inputs and outputs without keeping what its gradients need.
///
/// ```swift
/// let outputs = checkpoint([x, y]) { inputs in [inputs[0] + inputs[1], inputs[0].exp()] }
/// ```
public func checkpoint(
  _ inputs: [Tensor], preserveRngState: Bool = true, _ body: @escaping ([Tensor]) -> [Tensor]
) -> [Tensor] {
  funnel(or: Placeholder.tensors()) { () throws(BackplaneError) in
    try Autograd.checkpoint(inputs, preserveRngState, body)
  }
}

/// Computes a chain of modules in segments, of which all but the last keep nothing for their gradients: `backward()`
/// computes them again.
///
/// ```swift
/// let layers = (0..<8).map { _ in Linear(16, 16) }
/// let h = checkpointSequential(layers, 4, x)
/// ```
///
/// - Parameters:
///   - functions: The modules, in order; those of a ``Sequential`` are its `children()`.
///   - segments: How many segments there are.
///   - x: The input.
public func checkpointSequential(
  _ functions: some Sequence<Module>, _ segments: Int, _ x: Tensor, preserveRngState: Bool = true
) -> Tensor {
  checkpointSequential(functions.map { module in { module($0) } }, segments, x, preserveRngState: preserveRngState)
}

/// Computes a chain of functions in segments, of which all but the last keep nothing for their gradients.
public func checkpointSequential(
  _ functions: [(Tensor) -> Tensor], _ segments: Int, _ x: Tensor, preserveRngState: Bool = true
) -> Tensor {
  funnel { () throws(BackplaneError) in
    guard segments > 0, segments <= functions.count else {
      throw BackplaneError(
        .value, "checkpoint_sequential: \(functions.count) functions cannot be split into \(segments) segments")
    }
    let size = functions.count / segments
    var h = x
    for segment in 0..<(segments - 1) {
      let part = functions[segment * size..<(segment + 1) * size]
      h = try Autograd.checkpoint([h], preserveRngState) { [part.reduce($0[0]) { $1($0) }] }[0]
    }
    return functions[(segments - 1) * size..<functions.count].reduce(h) { $1($0) }
  }
}

extension Autograd {
  fileprivate static func checkpoint(
    _ inputs: [Tensor], _ preservesRandom: Bool, _ body: @escaping ([Tensor]) -> [Tensor]
  ) throws(BackplaneError) -> [Tensor] {
    guard Scopes.recordsGradients else { return body(inputs) }
    return try CheckpointedPart(inputs, preservesRandom: preservesRandom, body).run(inputs)
  }
}
