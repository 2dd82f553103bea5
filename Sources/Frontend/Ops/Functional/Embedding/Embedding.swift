/// Rows of a table, looked up by number.
extension Ops {
  private static func requireIndices(_ indices: Tensor, _ operation: String) throws(BackplaneError) {
    guard indices.dtype == .int64 || indices.dtype == .int32 else {
      throw BackplaneError(
        .dtype,
        "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
          + "\(indices.dtype.scalarName) instead (while checking arguments for \(operation))")
    }
  }

  /// The row that is padding, counted from the front.
  private static func row(_ paddingIndex: Int?, _ weight: Tensor) throws(BackplaneError) -> Int? {
    guard let paddingIndex else { return nil }
    let count = weight.layout.elements[0]
    guard (-count..<count).contains(paddingIndex) else {
      throw BackplaneError(.value, "Padding_idx must be within num_embeddings")
    }
    return paddingIndex < 0 ? paddingIndex + count : paddingIndex
  }

  static func embedding(
    _ indices: Tensor, _ weight: Tensor, paddingIndex: Int?, maxNorm: Double?, normType: Double,
    scaleGradByFreq: Bool
  ) throws(BackplaneError) -> Tensor {
    try requireSameDevice([indices, weight])
    guard weight.layout.rank == 2 else { throw BackplaneError(.shape, "'weight' must be 2-D") }
    try requireIndices(indices, "embedding")
    let padding = try row(paddingIndex, weight)
    let flat = try reshape(indices, [indices.numel])
    if let maxNorm { try limitNorms(weight, flat, maxNorm, normType) }
    var rows = try indexSelect(weight, 0, flat)
    if Autograd.records(rows) {
      if scaleGradByFreq { rows = try dividedByFrequency(rows, flat, weight.layout.elements[0]) }
      if let padding {
        // The padding's row is looked up, but never learns.
        let isReal = try unsqueeze(compare(.ne, flat, .int(Int64(padding))), 1)
        rows = try select(
          expand(isReal, rows.layout.shape), .tensor(rows), .tensor(rows.detach()), rows.dtype)
      }
    }
    return try reshape(rows, indices.layout.shape + [weight.layout.elements[1]])
  }

  /// Scales the rows that are looked up, in place, such that their norms do not exceed a bound.
  private static func limitNorms(
    _ weight: Tensor, _ flat: Tensor, _ maxNorm: Double, _ normType: Double
  ) throws(BackplaneError) {
    let table = weight.detach()
    let norms = try vectorNorm(widened(table), normType, [1], keepDim: true)
    let isUsed = try compare(.gt, occurrences(flat, weight.layout.elements[0]), .int(0))
    let isLong = try apply(.bitwiseAnd, compare(.gt, norms, .double(maxNorm)), unsqueeze(isUsed, 1), .bool)
    let scale = try binary(.div, .double(maxNorm), add(norms, .double(1e-7)))
    let factor = try select(isLong, .tensor(scale), .scalar(.int(1)), scale.dtype)
    try copy(cast(mul(widened(table), factor), table.dtype), into: table)
  }

  /// The rows as they are, with gradients divided by how often the row was looked up.
  private static func dividedByFrequency(
    _ rows: Tensor, _ flat: Tensor, _ count: Int
  ) throws(BackplaneError) -> Tensor {
    let times = try unsqueeze(gather(occurrences(flat, count), 0, cast(flat, .int64)), 1)
    let result = rows.alias()
    Autograd.record("EmbeddingBackward0", [rows], result) { g throws(BackplaneError) in
      [try div(g, cast(times, g.dtype))]
    }
    return result
  }

  /// Bags of rows, each summed, averaged, or reduced to the maxima.
  static func embeddingBag(
    _ input: Tensor, _ weight: Tensor, offsets: Tensor?, maxNorm: Double?, normType: Double, scaleGradByFreq: Bool,
    _ mode: Functional.EmbeddingBagMode, sampleWeights: Tensor?, includeLastOffset: Bool, paddingIndex: Int?
  ) throws(BackplaneError) -> Tensor {
    try requireSameDevice([input, weight] + [offsets, sampleWeights].compactMap { $0 })
    guard weight.layout.rank == 2 else {
      throw BackplaneError(.shape, "weight has to be a 2D Tensor, but got Tensor of dimension \(weight.layout.rank)")
    }
    try requireIndices(input, "embedding_bag")
    if let sampleWeights {
      guard sampleWeights.shape == input.shape else {
        throw BackplaneError(
          .shape,
          "embedding_bag: If per_sample_weights (\(sampleWeights.shape)) is not None, then it must have the same shape "
            + "as the input (\(input.shape))")
      }
      guard mode == .sum else {
        throw BackplaneError(
          .value,
          "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            + "mode='\(mode.rawValue)').")
      }
    }
    guard mode != .max || !scaleGradByFreq else {
      throw BackplaneError(.value, "max mode does not support scaling the gradient by the frequency")
    }
    let starts = try bagStarts(input, offsets, includeLastOffset: includeLastOffset)
    let flat = try cast(reshape(input, [input.numel]), .int64)
    if let maxNorm { try limitNorms(weight, flat, maxNorm, normType) }
    var rows = try widened(indexSelect(weight, 0, flat))
    if scaleGradByFreq, Autograd.records(rows) {
      rows = try dividedByFrequency(rows, flat, weight.layout.elements[0])
    }
    if let sampleWeights {
      rows = try mul(rows, reshape(widened(sampleWeights), [input.numel, 1]))
    }
    let padding = try row(paddingIndex, weight)
    let numbers = try padding == nil ? [] : toHost(flat, Int64.self)
    // For each bag its places in the input, without those of the padding.
    let ends = starts.dropFirst() + [input.numel]
    let lengths = zip(starts, ends).map { Swift.max($1 - $0, 0) }
    // For maxima all bags are made as long as the longest.
    let places =
      try mode == .max
      ? Sizes.multiply(lengths.max() ?? 0, lengths.count, in: "embedding_bag") : input.numel
    try HostMemory.require(Sizes.multiply(places, 3, in: "embedding_bag"), of: Int.self, in: "embedding_bag")
    let bags = zip(starts, ends).map { start, end in
      (start..<Swift.max(end, start)).filter { padding == nil || numbers[$0] != Int64(padding!) }
    }
    return try cast(mode == .max ? maxima(rows, bags) : sums(rows, bags, isMean: mode == .mean), weight.dtype)
  }

  private static func bagStarts(
    _ input: Tensor, _ offsets: Tensor?, includeLastOffset: Bool
  ) throws(BackplaneError) -> [Int] {
    switch input.layout.rank {
    case 2:
      guard offsets == nil else {
        throw BackplaneError(
          .value,
          "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences.")
      }
      try HostMemory.require(input.layout.elements[0], of: Int.self, in: "embedding_bag")
      return (0..<input.layout.elements[0]).map { $0 * input.layout.elements[1] }
    case 1:
      guard let offsets, offsets.layout.rank == 1 else {
        throw BackplaneError(.value, "offsets has to be a 1D Tensor\(offsets == nil ? " but got None" : "")")
      }
      try requireIndices(offsets, "embedding_bag")
      var starts = try toHost(cast(offsets, .int64), Int64.self).map { Int($0) }
      if let first = starts.first, first != 0 {
        throw BackplaneError(
          .value,
          "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            + "got \(first)")
      }
      if let wrong = starts.first(where: { $0 < 0 || $0 > input.numel }) {
        throw BackplaneError(
          .value,
          "offsets[-1] can not be greater than input's length(\(input.numel)) but got offsets[-1] of \(wrong)")
      }
      guard zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
        throw BackplaneError(.value, "embedding_bag: offsets have to be in ascending order, but got \(offsets)")
      }
      if includeLastOffset {
        guard !starts.isEmpty else {
          throw BackplaneError(.value, "include_last_offset: number of offset should be at least 1")
        }
        starts.removeLast()
      }
      return starts
    default:
      throw BackplaneError(
        .shape, "input has to be 1D or 2D Tensor, but got Tensor of dimension \(input.layout.rank)")
    }
  }

  private static func sums(_ rows: Tensor, _ bags: [[Int]], isMean: Bool) throws(BackplaneError) -> Tensor {
    let width = rows.layout.elements[1]
    let places = bags.flatMap { $0 }.map(Int64.init)
    let owners = bags.enumerated().flatMap { [Int64](repeating: Int64($0.offset), count: $0.element.count) }
    let taken = try indexSelect(rows, 0, fromHost(places, [places.count], on: rows.context))
    let owner = try fromHost(owners, [owners.count, 1], on: rows.context)
    let zeros = try full(.contiguous([bags.count, width]), .int(0), rows.dtype, on: rows.context)
    let totals = try scatterAdd(zeros, 0, expand(owner, [owners.count, width]), taken)
    guard isMean else { return totals }
    let counts = bags.map { Int64(Swift.max($0.count, 1)) }
    return try div(totals, cast(fromHost(counts, [bags.count, 1], on: rows.context), rows.dtype))
  }

  private static func maxima(_ rows: Tensor, _ bags: [[Int]]) throws(BackplaneError) -> Tensor {
    let width = rows.layout.elements[1]
    let size = bags.map(\.count).max() ?? 0
    guard size > 0 else {
      return try full(.contiguous([bags.count, width]), .int(0), rows.dtype, on: rows.context)
    }
    // Shorter bags repeat their first row, which changes no maximum and, coming later, takes no gradient.
    let places = bags.flatMap { bag in (0..<size).map { Int64($0 < bag.count ? bag[$0] : bag.first ?? 0) } }
    let taken = try reshape(
      indexSelect(rows, 0, fromHost(places, [places.count], on: rows.context)), [bags.count, size, width])
    let (best, _) = try extremeWithIndex(.max, .argmax, taken, 1, keepDim: false)
    let isFilled = try fromHost(bags.map { !$0.isEmpty }, [bags.count, 1], on: rows.context)
    return try gated(best, expand(isFilled, [bags.count, width]))
  }

  static func oneHot(_ x: Tensor, _ classCount: Int) throws(BackplaneError) -> Tensor {
    guard x.dtype == .int64 else {
      throw BackplaneError(.dtype, "one_hot is only applicable to index tensor of type LongTensor.")
    }
    var count = classCount
    if x.numel == 0 {
      guard count > 0 else {
        throw BackplaneError(.value, "Can not infer total number of classes from empty tensor.")
      }
    } else {
      guard try item(extreme(.min, x, nil, keepDim: false)).int64 >= 0 else {
        throw BackplaneError(.value, "Class values must be non-negative.")
      }
      let greatest = Int(try item(extreme(.max, x, nil, keepDim: false)).int64)
      if count == -1 { count = try Sizes.add(greatest, 1, in: "one_hot") }
      guard count >= 1 else { throw BackplaneError(.value, "num_classes should be positive") }
      guard greatest < count else {
        throw BackplaneError(.value, "Class values must be smaller than num_classes.")
      }
    }
    let numbers = try arithmeticSequence(.int(0), .int(1), count, .int64, on: x.context)
    return try cast(compare(.eq, unsqueeze(x, -1), numbers), .int64)
  }
}
