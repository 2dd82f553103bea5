/// Sequences of several lengths without padding, as ``RNN``, ``LSTM`` and ``GRU`` take them.
///
/// ```swift
/// let packed = packSequence([Tensor([1, 2, 3]), Tensor([4, 5]), Tensor([6])])
/// packed.data        // tensor([1, 4, 6, 2, 5, 3])
/// packed.batchSizes  // [3, 2, 1]
/// ```
///
/// The sequences stand in the order of their lengths, the longest first, and their elements step by step. Made by
/// ``packPaddedSequence(_:_:batchFirst:enforceSorted:)-(_,[Int],_,_)`` and ``packSequence(_:enforceSorted:)``.
public struct PackedSequence {
  /// The elements of all sequences, those of the first step first: (Σ lengths, …).
  public let data: Tensor
  /// How many sequences have each step.
  public let batchSizes: [Int]
  /// The place that each sequence had before they were sorted by length; nil where they were in that order.
  public let sortedIndices: Tensor?
  /// The place that each sequence has among the sorted ones; nil where they were in that order.
  public let unsortedIndices: Tensor?
  /// The indices of ``sortedIndices`` where they are at hand.
  private let order: [Int]?

  /// Puts sequences together of elements that lie in order already, such as those of another packed sequence after a
  /// function:
  ///
  /// ```swift
  /// let packed = packSequence([Tensor([1.0, 2, 3]), Tensor([4.0])])
  /// let scaled = PackedSequence(packed.data * 2, packed.batchSizes, sortedIndices: packed.sortedIndices)
  /// ```
  ///
  /// - Parameter unsortedIndices: By default the inverse of `sortedIndices`.
  public init(
    _ data: Tensor, _ batchSizes: [Int], sortedIndices: Tensor? = nil, unsortedIndices: Tensor? = nil
  ) {
    self.init(data, batchSizes, sortedIndices, unsortedIndices ?? sortedIndices?.argsort(), order: nil)
  }

  private init(
    _ data: Tensor, _ batchSizes: [Int], _ sortedIndices: Tensor?, _ unsortedIndices: Tensor?, order: [Int]?
  ) {
    self.data = data
    self.batchSizes = batchSizes
    self.sortedIndices = sortedIndices
    self.unsortedIndices = unsortedIndices
    self.order = order
  }

  /// - Parameter order: The former place of each sequence; nil where it was the same.
  fileprivate init(_ data: Tensor, _ batchSizes: [Int], order: [Int]?) throws(BackplaneError) {
    guard let order else {
      self.init(data, batchSizes, nil, nil, order: nil)
      return
    }
    var inverse = order
    for (place, former) in order.enumerated() { inverse[former] = place }
    self.init(
      data, batchSizes, try Ops.indices(order, like: data), try Ops.indices(inverse, like: data), order: order)
  }

  /// The same sequences with other elements in each place.
  func replacing(data: Tensor) -> PackedSequence {
    PackedSequence(data, batchSizes, sortedIndices, unsortedIndices, order: order)
  }

  /// The former place of each sequence.
  fileprivate func places() throws(BackplaneError) -> [Int] {
    let batch = batchSizes.first ?? 0
    if let order { return order }
    guard let sortedIndices else { return Array(0..<batch) }
    let places = try Ops.toHost(sortedIndices, Int.self)
    guard places.count == batch, Set(places).count == batch, places.allSatisfy({ 0..<batch ~= $0 }) else {
      throw BackplaneError(.index, "the sorted indices of a packed sequence are no order of its \(batch) sequences")
    }
    return places
  }

  /// Moves the sequences to another device.
  public func to(_ device: Device) -> PackedSequence {
    PackedSequence(
      data.to(device), batchSizes, sortedIndices?.to(device), unsortedIndices?.to(device), order: order)
  }

  /// Converts the elements to another type.
  public func to(_ dtype: DType) -> PackedSequence { replacing(data: data.to(dtype)) }
}

extension PackedSequence: CustomStringConvertible {
  /// As PyTorch prints it.
  public var description: String {
    func text(_ indices: Tensor?) -> String { indices.map { "\($0)" } ?? "None" }
    return "PackedSequence(data=\(data), batch_sizes=tensor(\(batchSizes)), sorted_indices=\(text(sortedIndices)), "
      + "unsorted_indices=\(text(unsortedIndices)))"
  }
}

/// Packs padded sequences.
///
/// ```swift
/// let padded = Tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]])
/// let packed = packPaddedSequence(padded, [2, 1, 3], batchFirst: true, enforceSorted: false)
/// packed.data        // tensor([4, 1, 3, 5, 2, 6])
/// packed.batchSizes  // [3, 2, 1]
/// ```
///
/// - Parameters:
///   - x: Sequences (T, N, …), or (N, T, …) with `batchFirst`.
///   - lengths: The length of each, from 1 to T.
///   - enforceSorted: Whether lengths must not increase; else the sequences are sorted, and what comes of them is put
///     back into their order.
public func packPaddedSequence(
  _ x: Tensor, _ lengths: [Int], batchFirst: Bool = false, enforceSorted: Bool = true
) -> PackedSequence {
  funnel(or: PackedSequence(.invalid, [])) { () throws(BackplaneError) in
    try packed(x, lengths, batchFirst: batchFirst, enforceSorted: enforceSorted)
  }
}

/// Packs padded sequences whose lengths are in a tensor.
///
/// - Parameters:
///   - x: Sequences (T, N, …), or (N, T, …) with `batchFirst`.
///   - lengths: The length of each, from 1 to T: (N).
///   - enforceSorted: Whether lengths must not increase; else the sequences are sorted, and what comes of them is put
///     back into their order.
public func packPaddedSequence(
  _ x: Tensor, _ lengths: Tensor, batchFirst: Bool = false, enforceSorted: Bool = true
) -> PackedSequence {
  funnel(or: PackedSequence(.invalid, [])) { () throws(BackplaneError) in
    try packed(x, hostLengths(lengths), batchFirst: batchFirst, enforceSorted: enforceSorted)
  }
}

private func packed(
  _ x: Tensor, _ lengths: [Int], batchFirst: Bool, enforceSorted: Bool
) throws(BackplaneError) -> PackedSequence {
  guard x.layout.rank >= 2 else {
    throw BackplaneError(
      .index,
      "packed sequences are made of tensors of at least 2 dimensions: Dimension out of range (expected to be in range of "
        + "[-1, 0], but got 1)")
  }
  guard x.numel > 0 else { throw BackplaneError(.shape, "Cannot pack empty tensors.") }
  let (time, batch) = (x.layout.elements[batchFirst ? 1 : 0], x.layout.elements[batchFirst ? 0 : 1])
  guard lengths.count == batch else {
    throw BackplaneError(
      .shape, "Expected `len(lengths)` to be equal to batch_size, but got \(lengths.count) (batch_size=\(batch))")
  }
  guard lengths.allSatisfy({ $0 > 0 }) else {
    throw BackplaneError(
      .value, "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
  }
  let longest = lengths.max() ?? 0
  guard longest <= time else {
    throw BackplaneError(
      .value, "Expected `lengths` of at most the \(time) steps of the padded sequences, but got \(longest)")
  }
  if enforceSorted {
    guard zip(lengths, lengths.dropFirst()).allSatisfy(>=) else {
      throw BackplaneError(
        .value,
        "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
          + "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do "
          + "not need ONNX exportability.")
    }
  }
  let order =
    enforceSorted
    ? Array(lengths.indices)
    : lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
  let sizes = batchSizes(order.map { lengths[$0] })
  let rows = try Ops.indices(
    steps(sizes, order) { t, b in batchFirst ? b * time + t : t * batch + b }, like: x)
  let flat = try Ops.reshape(x, [time * batch] + x.layout.shape.dropFirst(2))
  return try PackedSequence(Ops.indexSelect(flat, 0, rows), sizes, order: enforceSorted ? nil : order)
}

/// How many sequences have each step, from their lengths, the longest first.
private func batchSizes(_ lengths: [Int]) -> [Int] {
  var sizes: [Int] = []
  for (place, length) in lengths.enumerated().reversed() where length > sizes.count {
    sizes += repeatElement(place + 1, count: length - sizes.count)
  }
  return sizes
}

/// What `position` gives for each step and each sequence that has it, in the order of packed elements.
private func steps(_ sizes: [Int], _ order: [Int], _ position: (_ t: Int, _ b: Int) -> Int) -> [Int] {
  sizes.enumerated().flatMap { t, size in order[..<size].map { position(t, $0) } }
}

/// Pads packed sequences, in the order in which they were packed.
///
/// ```swift
/// let packed = packSequence([Tensor([1, 2]), Tensor([3])])
/// let (padded, lengths) = padPackedSequence(packed, batchFirst: true)
/// padded   // tensor([[1, 2], [3, 0]])
/// lengths  // tensor([2, 1])
/// ```
///
/// - Parameters:
///   - batchFirst: Whether the result is (N, T, …) rather than (T, N, …).
///   - paddingValue: What stands after a sequence's end.
///   - totalLength: T, where it is not the longest sequence's length.
/// - Returns: The sequences, and the length of each, on their device.
public func padPackedSequence(
  _ sequence: PackedSequence, batchFirst: Bool = false, paddingValue: some ScalarConvertible = 0.0,
  totalLength: Int? = nil
) -> (padded: Tensor, lengths: Tensor) {
  funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
    let sizes = sequence.batchSizes, data = sequence.data
    guard data.layout.rank > 0, try Sizes.sum(sizes, in: "pad_packed_sequence") == data.layout.elements[0],
      sizes.allSatisfy({ $0 > 0 }), zip(sizes, sizes.dropFirst()).allSatisfy(>=)
    else {
      throw BackplaneError(
        .shape, "pad_packed_sequence: batch sizes \(sizes) do not fit packed elements of shape \(data.shape)")
    }
    let time = totalLength ?? sizes.count, batch = sizes.first ?? 0
    guard time >= sizes.count else {
      throw BackplaneError(
        .value,
        "Expected total_length to be at least the length of the longest sequence in input, but got total_length=\(time) "
          + "and max sequence length being \(sizes.count)")
    }
    let order = try sequence.places()
    var lengths = [Int](repeating: 0, count: batch)
    for size in sizes { for place in order[..<size] { lengths[place] += 1 } }
    let rows = steps(sizes, order) { t, b in batchFirst ? b * time + t : t * batch + b }
    let padded = try filled(
      data, rows, batchFirst ? [batch, time] : [time, batch], paddingValue.scalar, "pad_packed_sequence")
    return (padded, try Ops.indices(lengths, like: data))
  }
}

/// Rows (K, …) put into a tensor of the extents `lead` and their own, which is a value elsewhere.
private func filled(
  _ source: Tensor, _ rows: [Int], _ lead: [Int], _ value: Scalar, _ name: String
) throws(BackplaneError) -> Tensor {
  let trailing = Array(source.layout.shape.dropFirst())
  let count = try Sizes.multiply(lead[0], lead[1], in: name)
  let base = try Ops.full(.contiguous([count] + trailing), value, source.dtype, on: source.context)
  let result = try rows.isEmpty ? base : Ops.indexCopy(base, 0, Ops.indices(rows, like: source), source)
  return try Ops.reshape(result, lead + trailing)
}

/// The side of a sequence on which padding stands.
public enum PaddingSide: String, Sendable { case left, right }

/// Puts sequences of several lengths into one tensor, padded to the length of the longest.
///
/// ```swift
/// padSequence([Tensor([1, 2]), Tensor([3])], batchFirst: true)                      // tensor([[1, 2], [3, 0]])
/// padSequence([Tensor([1, 2]), Tensor([3])], batchFirst: true, paddingSide: .left)  // tensor([[1, 2], [0, 3]])
/// ```
///
/// - Parameters:
///   - sequences: Tensors (L, …) that differ in L alone; the type is the first one's.
///   - batchFirst: Whether the result is (N, T, …) rather than (T, N, …).
public func padSequence(
  _ sequences: [Tensor], batchFirst: Bool = false, paddingValue: some ScalarConvertible = 0.0,
  paddingSide: PaddingSide = .right
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try padded(sequences, batchFirst: batchFirst, paddingValue.scalar, paddingSide).padded
  }
}

private func padded(
  _ sequences: [Tensor], batchFirst: Bool, _ value: Scalar, _ side: PaddingSide
) throws(BackplaneError) -> (padded: Tensor, lengths: [Int]) {
  let (rows, lengths) = try joined(sequences)
  let time = lengths.max() ?? 0, batch = lengths.count
  var positions: [Int] = []
  positions.reserveCapacity(rows.layout.elements[0])
  for (b, length) in lengths.enumerated() {
    let start = side == .left ? time - length : 0
    for t in start..<start + length { positions.append(batchFirst ? b * time + t : t * batch + b) }
  }
  let lead = batchFirst ? [batch, time] : [time, batch]
  return (try filled(rows, positions, lead, value, "pad_sequence"), lengths)
}

/// All sequences one after the other, and their lengths.
private func joined(_ sequences: [Tensor]) throws(BackplaneError) -> (rows: Tensor, lengths: [Int]) {
  guard let first = sequences.first else {
    throw BackplaneError(.value, "received an empty list of sequences")
  }
  let trailing = first.layout.shape.dropFirst()
  var parts: [Tensor] = []
  for sequence in sequences {
    let shape = sequence.layout.shape
    guard !shape.isEmpty, shape.count == trailing.count + 1 else {
      throw BackplaneError(
        .shape,
        "pad_sequence: expected sequences of at least 1 dimension that differ in the first alone, but got shapes "
          + "\(first.shape) and \(sequence.shape)")
    }
    for (d, (a, b)) in zip(trailing, shape.dropFirst()).enumerated() where a != b {
      throw BackplaneError(
        .shape,
        "The size of tensor a (\(a)) must match the size of tensor b (\(b)) at non-singleton dimension \(d + 1)")
    }
    parts.append(try Ops.cast(sequence, first.dtype))
  }
  return (try parts.count == 1 ? parts[0] : Ops.cat(parts, 0), parts.map { $0.layout.elements[0] })
}

/// Takes the sequences out of a padded tensor: copies, each of its length.
///
/// ```swift
/// unpadSequence(Tensor([[1, 2], [3, 0]]), [2, 1], batchFirst: true)  // [tensor([1, 2]), tensor([3])]
/// ```
public func unpadSequence(_ paddedSequences: Tensor, _ lengths: [Int], batchFirst: Bool = false) -> [Tensor] {
  funnel(or: lengths.map { _ in .invalid }) { () throws(BackplaneError) in
    try unpadded(paddedSequences, lengths, batchFirst: batchFirst)
  }
}

/// Takes the sequences out of a padded tensor, their lengths being in another: copies, each of its length.
public func unpadSequence(_ paddedSequences: Tensor, _ lengths: Tensor, batchFirst: Bool = false) -> [Tensor] {
  funnel(or: []) { () throws(BackplaneError) in
    try unpadded(paddedSequences, hostLengths(lengths), batchFirst: batchFirst)
  }
}

private func unpadded(_ padded: Tensor, _ lengths: [Int], batchFirst: Bool) throws(BackplaneError) -> [Tensor] {
  guard padded.layout.rank >= 2 else {
    throw BackplaneError(
      .shape, "unpad_sequence: expected sequences of at least 2 dimensions, but got \(padded.layout.rank)")
  }
  let batchDim = batchFirst ? 0 : 1
  let (batch, time) = (padded.layout.elements[batchDim], padded.layout.elements[1 - batchDim])
  guard lengths.count == batch else {
    throw BackplaneError(.value, "unpad_sequence: got \(lengths.count) lengths for \(batch) sequences")
  }
  var sequences: [Tensor] = []
  for (b, length) in lengths.enumerated() {
    let sequence = try Ops.select(padded, batchDim, b)
    sequences.append(try Ops.clone(Ops.narrow(sequence, 0, 0, Swift.min(Swift.max(length, 0), time))))
  }
  return sequences
}

/// Packs sequences of several lengths.
///
/// ```swift
/// let packed = packSequence([Tensor([1, 2, 3]), Tensor([4, 5]), Tensor([6])])
/// packed.data        // tensor([1, 4, 6, 2, 5, 3])
/// packed.batchSizes  // [3, 2, 1]
/// ```
///
/// - Parameters:
///   - sequences: Tensors (L, …) that differ in L alone.
///   - enforceSorted: Whether lengths must not increase; else the sequences are sorted, and what comes of them is put
///     back into their order.
public func packSequence(_ sequences: [Tensor], enforceSorted: Bool = true) -> PackedSequence {
  funnel(or: PackedSequence(.invalid, [])) { () throws(BackplaneError) in
    let (x, lengths) = try padded(sequences, batchFirst: true, .int(0), .right)
    return try packed(x, lengths, batchFirst: true, enforceSorted: enforceSorted)
  }
}

/// Takes packed sequences apart, in the order in which they were packed.
///
/// ```swift
/// unpackSequence(packSequence([Tensor([1, 2]), Tensor([3])]))  // [tensor([1, 2]), tensor([3])]
/// ```
public func unpackSequence(_ packedSequences: PackedSequence) -> [Tensor] {
  let (padded, lengths) = padPackedSequence(packedSequences, batchFirst: true)
  return unpadSequence(padded, lengths, batchFirst: true)
}

private func hostLengths(_ lengths: Tensor) throws(BackplaneError) -> [Int] {
  guard lengths.layout.rank == 1, lengths.dtype != .bool, !lengths.dtype.isComplex else {
    throw BackplaneError(
      .shape,
      "'lengths' argument should be a 1D CPU int64 tensor, but got \(lengths.layout.rank)D \(lengths.device) "
        + "\(lengths.dtype.scalarName) tensor")
  }
  return try Ops.toHost(Ops.cast(lengths, .int64), Int.self)
}

extension Ops {
  /// Positions as an int64 tensor on another tensor's device.
  static func indices(_ positions: [Int], like x: Tensor) throws(BackplaneError) -> Tensor {
    try fromHost(positions, [positions.count], .int64, on: x.context)
  }
}
