/// What random numbers are inside a function that `vmap` applies to a batch.
public enum VmapRandomness: Sendable {
  /// Random numbers are an error.
  case error
  /// Each example gets numbers of its own.
  case different
  /// Each example gets the numbers of the first one.
  case same
}

/// The function that applies another one, which is of one example, to each of a batch.
///
/// ```swift
/// let norms = vmap { (row: Tensor) in row.norm() }(Tensor.rand([5, 3]))  // of shape [5]
/// let gradients = vmap(grad { (x: Tensor) in (x ** 3).sum() })(Tensor.rand([5, 3]))
/// ```
///
/// The examples are computed one after another and stacked, so that any function can be batched, with control flow by
/// values too; but it is no faster than a loop. It can be nested, and differentiated.
///
/// - Parameters:
///   - function: Of one example, which lacks the dimension of the batch.
///   - inDims: The dimension of the input along which the examples lie.
///   - outDims: The dimension of the output along which they shall lie.
///   - randomness: What random numbers inside are.
public func vmap(
  _ function: @escaping (Tensor) -> Tensor, inDims: Int = 0, outDims: Int = 0, randomness: VmapRandomness = .error
) -> (Tensor) -> Tensor {
  { x in
    funnel { () throws(BackplaneError) in
      try Vmap.run({ [function($0[0])] }, [x], [inDims], [outDims], randomness)[0]
    }
  }
}

/// The function that applies another one, which is of two tensors of one example, to each of a batch.
///
/// ```swift
/// let products = vmap({ (a: Tensor, b: Tensor) in a.dot(b) })(Tensor.rand([5, 3]), Tensor.rand([5, 3]))
/// let scaled = vmap({ (a: Tensor, b: Tensor) in a * b }, inDims: (0, nil))(Tensor.rand([5, 3]), Tensor.rand([3]))
/// ```
///
/// - Parameters:
///   - function: Of one example.
///   - inDims: The dimensions of the inputs along which the examples lie; nil for one that all have in common.
///   - outDims: The dimension of the output along which they shall lie.
///   - randomness: What random numbers inside are.
public func vmap(
  _ function: @escaping (Tensor, Tensor) -> Tensor, inDims: (Int?, Int?) = (0, 0), outDims: Int = 0,
  randomness: VmapRandomness = .error
) -> (Tensor, Tensor) -> Tensor {
  { a, b in
    funnel { () throws(BackplaneError) in
      try Vmap.run({ [function($0[0], $0[1])] }, [a, b], [inDims.0, inDims.1], [outDims], randomness)[0]
    }
  }
}

/// The function that applies another one, which is of the tensors of one example, to each of a batch.
///
/// ```swift
/// let function = vmap({ (inputs: [Tensor]) in [inputs[0] + inputs[1], inputs[0].sum()] }, inDims: [1, nil])
/// let outputs = function([Tensor.rand([3, 5]), Tensor.rand([3])])
/// ```
///
/// - Parameters:
///   - function: Of one example.
///   - inDims: The dimensions of the inputs along which the examples lie, nil for one that all have in common; by default
///     the first one of each.
///   - outDims: The dimensions of the outputs along which they shall lie; by default the first one of each.
///   - randomness: What random numbers inside are.
public func vmap(
  _ function: @escaping ([Tensor]) -> [Tensor], inDims: [Int?]? = nil, outDims: [Int]? = nil,
  randomness: VmapRandomness = .error
) -> ([Tensor]) -> [Tensor] {
  { inputs in
    funnel(or: Placeholder.tensors()) { () throws(BackplaneError) in
      try Vmap.run(function, inputs, inDims ?? inputs.map { _ in 0 }, outDims, randomness)
    }
  }
}

private enum Vmap {
  static func run(
    _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ inDims: [Int?], _ outDims: [Int]?,
    _ randomness: VmapRandomness
  ) throws(BackplaneError) -> [Tensor] {
    let (dims, size) = try batch(inputs, inDims)
    let scope = VmapScope(randomness)
    var results: [[Tensor]] = []
    // Of no examples the shapes are those of one of zeros.
    for i in 0..<max(size, 1) {
      var example: [Tensor] = []
      for (input, dim) in zip(inputs, dims) {
        guard let dim else {
          example.append(input)
          continue
        }
        if size > 0 {
          example.append(try Ops.select(input, dim, i))
        } else {
          var shape = input.layout.shape
          shape.remove(at: dim)
          example.append(try Ops.full(.contiguous(shape), .int(0), input.dtype, on: input.context))
        }
      }
      results.append(scope.example { function(example) })
      try HookResults.checkFailures()
      guard results[i].count == results[0].count else {
        throw BackplaneError(
          .value, "vmap: the function gave \(results[0].count) tensors for one example, \(results[i].count) for another"
        )
      }
    }
    let places = outDims ?? results[0].map { _ in 0 }
    guard places.count == results[0].count else {
      throw BackplaneError(
        .value,
        "vmap: out_dims is not compatible with the structure of `outputs`: there are \(places.count) dimensions and "
          + "\(results[0].count) outputs")
    }
    return try places.indices.map { output throws(BackplaneError) in
      let stacked = try Ops.stack(results.map { $0[output] }, places[output])
      guard size == 0 else { return stacked }
      let dim = places[output] < 0 ? places[output] + stacked.layout.rank : places[output]
      return try Ops.narrow(stacked, dim, 0, 0)
    }
  }

  /// The dimensions of the batch, counted from the front, and its size.
  private static func batch(
    _ inputs: [Tensor], _ inDims: [Int?]
  ) throws(BackplaneError) -> (dims: [Int?], size: Int) {
    guard inDims.count == inputs.count else {
      throw BackplaneError(
        .value,
        "vmap: in_dims is not compatible with the structure of `inputs`: there are \(inDims.count) dimensions and "
          + "\(inputs.count) inputs")
    }
    var dims: [Int?] = []
    var sizes: [Int] = []
    for (input, dim) in zip(inputs, inDims) {
      guard !input.context.isInvalid else {
        throw BackplaneError(.internal, "vmap: an input is the result of a failed call")
      }
      guard let dim else {
        dims.append(nil)
        continue
      }
      let rank = input.layout.rank
      guard dim >= -rank, dim < rank else {
        throw BackplaneError(
          .index,
          "vmap(in_dims=\(dim), ...)(<inputs>): Got in_dim=\(dim) for some input, but that input is a Tensor of "
            + "dimensionality \(rank) so expected in_dim to satisfy -\(rank) <= in_dim < \(rank).")
      }
      dims.append(dim < 0 ? dim + rank : dim)
      sizes.append(input.layout.shape[dims.last!!])
    }
    guard let size = sizes.first else {
      throw BackplaneError(
        .value, "vmap: at least one input must have a dimension of the batch: all of in_dims are nil")
    }
    guard sizes.allSatisfy({ $0 == size }) else {
      throw BackplaneError(
        .shape,
        "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes \(sizes) for the mapped "
          + "dimension")
    }
    return (dims, size)
  }
}

/// The random numbers of one `vmap`.
final class VmapScope: @unchecked Sendable {
  // Sendable: used by the task that runs the examples.

  @TaskLocal static var current: VmapScope?

  private let randomness: VmapRandomness
  private let outer: VmapScope?
  /// Those of the first example, for the others.
  private var draws: [(seed: UInt64, offset: UInt64)] = []
  private var drawCount = 0

  init(_ randomness: VmapRandomness) {
    self.randomness = randomness
    outer = VmapScope.current
  }

  /// Runs the function for one example.
  func example(_ body: () -> [Tensor]) -> [Tensor] {
    drawCount = 0
    return Scopes.with(VmapScope.$current, self, body)
  }

  /// A piece of a generator's stream.
  func take(_ blocks: Int, of generator: Generator) -> (seed: UInt64, offset: UInt64) {
    if randomness == .error {
      report(
        BackplaneError(
          .value,
          "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
            + "randomness flags on vmap or perform the randomness operation out of vmap"))
    }
    defer { drawCount += 1 }
    if randomness == .same, drawCount < draws.count { return draws[drawCount] }
    let draw = outer?.take(blocks, of: generator) ?? generator.next(blocks: blocks)
    if randomness == .same { draws.append(draw) }
    return draw
  }
}
