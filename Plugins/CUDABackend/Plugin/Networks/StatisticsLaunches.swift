import BackendAPI
import CUDATypes

// The launches that NORMALIZE, its gradients and NORMALIZE_FROZEN are made of.

/// Items that a thread should have before a long sum is split further.
private let leastRun = 16

extension StatisticsCall {
  // MARK: Sums over slices of any kind

  /// What goes through the elements: x, and of the gradients g.
  private var readPlaces: [Int] { operands[CK_GRADIENT] == nil ? [Int(CK_X)] : [Int(CK_X), Int(CK_GRADIENT)] }

  /// Sums over the axes that are not kept: to the constants, and to the statistics, or the gradients that there are.
  func sums(kept isIncluded: [Bool], constants: UInt64, isFolded: Bool) throws(Failure) {
    var kept = operands.axes(of: x) { isIncluded[$0] }, reduced = operands.axes(of: x) { !isIncluded[$0] }
    if kept.count == 0 { return }
    kept.arrange(by: Int(CK_X))
    reduced.arrange(by: Int(CK_X))
    var p = ck_statistics()
    p.data = operands.addresses
    if constants != 0 { p.data.0 = constants }
    p.count = Int64(reduced.count)
    p.eps = eps
    p.is_uncentered = isUncentered ? 1 : 0
    p.is_folded = isFolded ? 1 : 0
    p.is_fixed =
      (0..<reduced.rank).allSatisfy {
        reduced.stride($0)[Int(CK_MEAN)] == 0 && reduced.stride($0)[Int(CK_SCALE)] == 0
      } ? 1 : 0

    let length = packLength
    let byColumns = isPacked(kept, beside: reduced), byPacks = !byColumns && isPacked(reduced, beside: kept)
    let results = kept.count / (byColumns ? length : 1), n = reduced.count / (byPacks ? length : 1)
    let isColumns =
      byColumns
      || !byPacks && kept.rank > 0 && kept.inner.extent >= 8 && reduced.rank > 0
        && kept.inner.stride[Int(CK_X)].magnitude < reduced.inner.stride[Int(CK_X)].magnitude
    p.kept = kept.wideParameters(packs: byColumns ? length : 1)
    p.reduced = reduced.wideParameters(packs: byPacks ? length : 1)
    p.group = group(results: results, length: n, isColumns: isColumns)

    let tiles = (results + Int(p.group.width) - 1) / Int(p.group.width)
    let segments = max(1, min(queue.device.multiprocessors * 32 / tiles, n / (Int(p.group.height) * leastRun)))
    p.segment = Int64((n + segments - 1) / segments)
    p.segments = p.segment == 0 ? 1 : (Int64(n) + p.segment - 1) / p.segment
    let (kernel, number) =
      byColumns
      ? ("statistics_of_columns", 0) : byPacks ? ("statistics_of_packs", 1) : ("statistics_of_elements", 2)
    let blocks = queue.everyBlock(for: tiles * Int(p.segments), threads: 1)
    if p.segments == 1 { return try launch(kernel, of: "statistics.cu", number, blocks: blocks, &p) }
    // No accumulator has more than seven words of 64 bits.
    try queue.withScratch(56 * kept.count * Int(p.segments)) { scratch throws(Failure) in
      p.partial = scratch
      try launch(kernel, of: "statistics.cu", number, blocks: blocks, &p)
      p.kept = kept.wideParameters()
      p.group = ck_group(length: Int(p.segments), threads: Queue.threads, isColumns: false)
      let tiles = (kept.count + Int(p.group.width) - 1) / Int(p.group.width)
      try launch(
        "statistics_of_partials", of: "statistics.cu", 3, blocks: queue.blocks(for: tiles, threads: 1), &p)
    }
  }

  /// Whether what is read has no gaps along the innermost of some axes, in packs of 16 bytes that begin at multiples.
  private func isPacked(_ axes: WideAxes, beside others: WideAxes) -> Bool {
    let length = packLength
    guard axes.rank > 0, axes.inner.extent % length == 0, axes.count > 0, others.count > 0 else { return false }
    return readPlaces.allSatisfy { place in
      axes.inner.stride[place] == 1 && operands.views[place]!.address % 16 == 0
        && (0..<axes.rank - 1).allSatisfy { axes.stride($0)[place] % length == 0 }
        && (0..<others.rank).allSatisfy { others.stride($0)[place] % length == 0 }
    }
  }

  private func group(results: Int, length: Int, isColumns: Bool) -> ck_group {
    guard isColumns else { return ck_group(length: length, threads: Queue.threads, isColumns: false) }
    // Neighbours of a warp are neighbours in memory, as far as there are so many.
    var width = 1
    while width < 32 && width < results { width *= 2 }
    var height = 1
    while height * 8 < length && height < Queue.threads / width { height *= 2 }
    return ck_group(width: Int32(Queue.threads / height), height: Int32(height), is_columns: 1, reserved: 0)
  }

  // MARK: Elements

  /// Goes through all elements, with the constants at the mean's place, where there are any.
  func spread(constants: UInt64) throws(Failure) {
    var operands = operands
    if constants != 0 { operands.constants = (Int(CK_MEAN), contiguousStrides) }
    var rows = operands.axes(of: x) { _ in true }
    rows.arrange(by: Int(CK_OUT))
    var p = ck_spread()
    p.data = operands.addresses
    if constants != 0 { p.data.3 = constants }
    p.eps = eps
    let inner = rows.rank == 0 ? (extent: 1, stride: SIMD8<Int>(repeating: 0)) : rows.remove(rows.rank - 1)
    let moved = [CK_OUT, CK_X, CK_GRADIENT].map { Int($0) }.filter { operands.views[$0] != nil }
    let length = packLength
    let isPacked =
      inner.extent % length == 0
      && moved.allSatisfy { place in
        inner.stride[place] == 1 && operands.views[place]!.address % 16 == 0
          && (0..<rows.rank).allSatisfy { rows.stride($0)[place] % length == 0 }
      }
    let n = inner.extent / (isPacked ? length : 1)
    p.rows = rows.wideParameters()
    p.length = Int64(n)
    for place in 0..<8 { set(&p.stride, place, Int64(inner.stride[place])) }
    p.is_fixed =
      [CK_MEAN, CK_SCALE, CK_WEIGHT, CK_BIAS].allSatisfy { inner.stride[Int($0)] == 0 } ? 1 : 0
    p.group = ck_group(length: n, threads: Queue.threads, isColumns: false, share: 4)
    p.segment = Int64(Int(p.group.height) * 16)
    p.segments = (Int64(n) + p.segment - 1) / p.segment
    let tiles = (rows.count + Int(p.group.width) - 1) / Int(p.group.width)
    let blocks = queue.everyBlock(for: tiles * Int(p.segments), threads: 1)
    try launch(
      isPacked ? "spread_packs" : "spread_elements", of: "statistics_spread.cu", isPacked ? 4 : 5, blocks: blocks, &p)
  }

  // MARK: Slices that stay in registers

  /// The parts of the axes for slices without gaps: nil where there are some.
  private func slices() -> (slices: WideAxes, reduced: WideAxes)? {
    var places = StatisticsOperands()
    for place in [CK_OUT, CK_X, CK_GRADIENT] { places[place] = operands[place] }
    var elements = places.axes(of: x) { !isKept[$0] }
    elements.arrange(by: Int(CK_X))
    var kept = operands.axes(of: x) { isKept[$0] }, reduced = operands.axes(of: x) { !isKept[$0] }
    kept.arrange(by: Int(CK_X))
    reduced.arrange(by: Int(CK_X))
    let length = packLength
    guard elements.rank == 1, elements.count > 0, elements.count % length == 0, kept.count > 0 else { return nil }
    for place in 0..<3 {
      guard let view = operands.views[place] else { continue }
      guard elements.inner.stride[place] == 1, view.address % 16 == 0 else { return nil }
      for axis in 0..<kept.rank where kept.stride(axis)[place] % length != 0 { return nil }
    }
    return (kept, reduced)
  }

  private func rowParameters(_ slices: WideAxes, _ reduced: WideAxes) -> ck_statistics_rows {
    var p = ck_statistics_rows()
    p.data = operands.addresses
    p.slices = slices.wideParameters()
    p.length = Int64(reduced.count)
    p.eps = eps
    p.is_uncentered = isUncentered ? 1 : 0
    return p
  }

  /// NORMALIZE in one launch, if it can be done.
  func rows() throws(Failure) -> Bool {
    guard let (slices, reduced) = slices() else { return false }
    let n = reduced.count, kept = Int(CK_KEPT_BYTES) / valueSize
    guard n <= kept * Int(CK_LONG_BLOCK) else { return false }
    var p = rowParameters(slices, reduced)
    let (w, b) = (Int(CK_WEIGHT), Int(CK_BIAS)), inner = reduced.inner
    if operands.views[w] == nil || reduced.rank == 1 && inner.stride[w] == 0 && inner.stride[b] == 0 {
      p.run = Int64(n)
    } else if reduced.rank == 1 {
      let isBias = operands.views[b] != nil
      guard inner.stride[w] == 1, !isBias || inner.stride[b] == 1 else { return false }
      for place in isBias ? [w, b] : [w] {
        guard operands.views[place]!.address % UInt64(packLength * valueSize) == 0 else { return false }
        for axis in 0..<slices.rank where slices.stride(axis)[place] % packLength != 0 { return false }
      }
    } else {
      let outer = reduced.stride(0)
      guard reduced.rank == 2, inner.stride[w] == 0, inner.stride[b] == 0, inner.extent % packLength == 0,
        operands.views[b] == nil || outer[b] == outer[w]
      else { return false }
      p.run = Int64(inner.extent)
      p.run_stride = Int64(outer[w])
    }
    // A warp first, which needs no barrier, then as many as it takes.
    var height = 1
    while height * kept < n || height < 32 && height * 8 < n { height *= 2 }
    let threads = max(height, Queue.threads)
    p.group = ck_group(width: Int32(threads / height), height: Int32(height), is_columns: 0, reserved: 0)
    let tiles = (slices.count + threads / height - 1) / (threads / height)
    try launch(
      "normalize_rows", of: "statistics_rows.cu", 6, blocks: queue.everyBlock(for: tiles, threads: 1),
      threads: threads, &p)
    return true
  }

  /// NORMALIZE_BACKWARD in one launch and one for the gradients of weight and bias, if it can be done.
  func gradientRows() throws(Failure) -> Bool {
    guard let (slices, reduced) = slices(), reduced.rank == 1 else { return false }
    let n = reduced.count, packs = n / packLength, w = Int(CK_WEIGHT), inner = reduced.inner
    let isWeighted = operands.views[w] != nil
    if isWeighted {
      guard inner.stride[w] == 1 else { return false }
      for axis in 0..<slices.rank where slices.stride(axis)[w] != 0 { return false }
    }
    // Of 16-bit elements a thread has eight sums for each pack, which is as many as it can have.
    let most = x.size == 2 ? 1 : 2
    guard packs <= most * Int(CK_LONG_BLOCK) else { return false }
    var p = rowParameters(slices, reduced)
    let share = packs > Queue.threads ? most : 1
    var height = 1
    while height * share < packs { height *= 2 }
    let threads = max(height, Queue.threads)
    p.group = ck_group(width: Int32(threads / height), height: Int32(height), is_columns: 0, reserved: 0)
    p.gradient_stride = (Int64(inner.stride[Int(CK_WEIGHT_GRADIENT)]), Int64(inner.stride[Int(CK_BIAS)]))
    let tiles = (slices.count + threads / height - 1) / (threads / height)
    // As many as run at once, each with slices enough to have the next under way.
    let resident = Int(ck_gradient_blocks(Int32(threads), Int32(share), Int32(x.size)))
    let blocks = max(1, min(tiles, queue.device.multiprocessors * resident))
    p.blocks = Int32(blocks)
    let definitions = ["PACKS=\(share)", "THREADS=\(threads)"]
    let number = 7 + 2 * (share - 1) + (threads > Queue.threads ? 4 : 0)
    guard isWeighted else {
      try launch(
        "gradient_rows", of: "statistics_gradient.cu", number, definitions, blocks: blocks, threads: threads, &p)
      return true
    }
    try queue.withScratch(blocks * 2 * n * 8) { scratch throws(Failure) in
      p.partial = scratch
      try launch(
        "gradient_rows", of: "statistics_gradient.cu", number, definitions, blocks: blocks, threads: threads, &p)
      try launch(
        "gradient_columns", of: "statistics_gradient.cu", number + 1, definitions,
        blocks: queue.blocks(for: 2 * n, threads: 32), threads: 1024, &p)
    }
    return true
  }

  /// Starts one of the kernels, which have a number for each operator and type.
  private func launch<Parameters: BitwiseCopyable>(
    _ kernel: String, of file: String, _ number: Int, _ definitions: [String] = [], blocks: Int,
    threads: Int = Queue.threads, _ parameters: inout Parameters
  ) throws(Failure) {
    let type = x.dtype
    try queue.launch(Int(queue.op) << 9 | Int(type) << 5 | number, blocks: blocks, threads: threads, &parameters) {
      let isNamed = file == "statistics.cu" || file == "statistics_spread.cu"
      return (kernel, file, ["DTYPE=\(type)"] + (isNamed ? ["OPERATOR=\(operatorName(queue.op))"] : []) + definitions)
    }
  }
}
