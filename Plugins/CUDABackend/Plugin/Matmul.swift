import BackendAPI
import CUDATypes

/// A matrix for each position of the batch; strides count elements.
private struct Matrices {
  var address: UInt64
  var rows: Int
  var columns: Int
  var rowStride: Int
  var columnStride: Int
  /// For each axis of the batch.
  var batchStrides: [Int]

  var transposed: Matrices {
    Matrices(
      address: address, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride,
      batchStrides: batchStrides)
  }

  /// With the strides of a contiguous matrix for axes of extent 1, for theirs have no meaning.
  var normalized: Matrices {
    var m = self
    if m.columns == 1 { m.columnStride = m.rows == 1 || m.rowStride != 1 ? 1 : m.rows }
    if m.rows == 1 { m.rowStride = m.columnStride == 1 ? m.columns : 1 }
    return m
  }

  /// From one matrix of an evenly spaced batch to the next.
  var step: Int { batchStrides.last ?? 0 }

  /// As the BLAS takes it, which counts columns first: what is row-major here is transposed there. Nil where no leading
  /// dimension describes it.
  var blas: (form: Int32, leading: Int32)? {
    if columnStride == 1 && rowStride >= max(1, columns) && rowStride <= Int(Int32.max) {
      return (CUBLAS_PLAIN, Int32(rowStride))
    }
    if rowStride == 1 && columnStride >= max(1, rows) && columnStride <= Int(Int32.max) {
      return (CUBLAS_TRANSPOSED, Int32(columnStride))
    }
    return nil
  }
}

/// Calls of the BLAS for one operator before batches are brought together for a single one.
private let mostCalls = 16

/// MATMUL.
func matmul(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!, b = op.pointee.inputs[1]!
  let rank = out.rank
  func shapes(_ rule: String) -> Failure {
    .invalid("MATMUL: \(a.shapeText) by \(b.shapeText) to \(out.shapeText): \(rule)")
  }
  guard rank >= 2 && a.rank == rank && b.rank == rank else { throw shapes("ranks have to be equal, 2 or more") }
  let (row, column) = (rank - 2, rank - 1)
  var m = out.extent(row)
  let n = out.extent(column), k = a.extent(column)
  guard a.extent(row) == m && b.extent(row) == k && b.extent(column) == n else {
    throw shapes("extents have to be (m, k), (k, n) and (m, n)")
  }
  var batch = Axes()
  for axis in 0..<row {
    guard a.extent(axis) == out.extent(axis) && b.extent(axis) == out.extent(axis) else {
      throw shapes("leading extents have to be equal")
    }
    batch.append(out.extent(axis), SIMD4(out.stride(axis), a.stride(axis), b.stride(axis), 0))
  }
  if batch.count == 0 || m == 0 || n == 0 { return }
  batch.arrange(by: 0)

  // A batch by one matrix is one product of more rows.
  while k > 0 && m > 1 && batch.rank > 0 && batch.inner.stride[2] == 0
    && batch.inner.stride[0] == m * out.stride(row) && batch.inner.stride[1] == m * a.stride(row)
  {
    m *= batch.inner.extent
    batch.remove(batch.rank - 1)
  }
  func matrices(_ tensor: View, _ operand: Int, _ rows: Int, _ columns: Int) -> Matrices {
    Matrices(
      address: tensor.address, rows: rows, columns: columns, rowStride: tensor.stride(row),
      columnStride: tensor.stride(column), batchStrides: (0..<batch.rank).map { batch.stride($0)[operand] }
    ).normalized
  }
  let x = matrices(a, 1, m, k), y = matrices(b, 2, k, n), z = matrices(out, 0, m, n)
  let product = Product(queue: queue, type: out.dtype, size: out.size, extents: (0..<batch.rank).map(batch.extent))
  // With no products to add up, or extents that the BLAS cannot count, the kernel.
  let isBLAS = out.dtype >= BP_FLOAT16 && k > 0 && max(m, n, k, batch.count) <= Int(Int32.max)
  if isBLAS { try product.blas(x, y, z) } else { try product.kernel(x, y, z) }
}

private struct Product {
  let queue: Queue
  let type: Int32
  let size: Int
  /// Of the batch.
  let extents: [Int]

  /// Of the operands, as the kernels walk them: row-major, outermost axis first.
  private func batch(_ operands: [Matrices]) -> Axes {
    var axes = Axes()
    for axis in extents.indices {
      var stride = SIMD4(repeating: 0)
      for (i, operand) in operands.enumerated() { stride[i] = operand.batchStrides[axis] }
      axes.append(extents[axis], stride)
    }
    return axes
  }

  // MARK: The kernel

  func kernel(_ a: Matrices, _ b: Matrices, _ c: Matrices) throws(Failure) {
    var p = ck_product()
    p.a = a.address
    p.b = b.address
    p.out = c.address
    (p.m, p.n, p.k) = (Int64(c.rows), Int64(c.columns), Int64(a.columns))
    p.batch = batch([c, a, b]).parameters
    p.row_stride = (Int64(c.rowStride), Int64(a.rowStride), Int64(b.rowStride))
    p.column_stride = (Int64(c.columnStride), Int64(a.columnStride), Int64(b.columnStride))
    let tile = Int(CK_TILE)
    let tiles = ((c.rows + tile - 1) / tile) * ((c.columns + tile - 1) / tile) * Int(p.batch.count)
    try queue.launch("product", of: "matmul.cu", ["DTYPE=\(type)"], blocks: queue.blocks(for: tiles, threads: 1), p)
  }

  // MARK: cuBLAS

  func blas(_ a: Matrices, _ b: Matrices, _ c: Matrices) throws(Failure) {
    // The transpose of the result is the product of the transposes, in the other order.
    if c.columnStride != 1 && c.rowStride == 1 { return try blas(b.transposed, a.transposed, c.transposed) }
    // One axis of the batch goes into each call. Too many calls, and all are made one axis.
    let isTogether = extents.reduce(1, *) / (extents.max() ?? 1) <= mostCalls
    func isFit(_ m: Matrices) -> Bool {
      m.blas != nil && m.batchStrides.allSatisfy { $0 >= 0 } && (isTogether || isEven(m))
    }
    if !isFit(a) {
      return try withContiguous(a, expands: !isTogether) { packed throws(Failure) in
        try move(from: a, to: packed)
        try blas(packed, b, c)
      }
    }
    if !isFit(b) {
      return try withContiguous(b, expands: !isTogether) { packed throws(Failure) in
        try move(from: b, to: packed)
        try blas(a, packed, c)
      }
    }
    let isRegular = c.columnStride == 1 && c.rowStride >= c.columns && c.rowStride <= Int(Int32.max)
    if !isRegular || !isTogether && !isEven(c) {
      return try withContiguous(c, expands: true) { packed throws(Failure) in
        try blas(a, b, packed)
        try move(from: packed, to: c)
      }
    }
    if !isTogether { return try multiply(a, b, c, extents.reduce(1, *), a.step, b.step, c.step) }
    // The longest axis within the call, the others around it.
    guard let longest = extents.indices.max(by: { extents[$0] < extents[$1] }) else {
      return try multiply(a, b, c, 1, 0, 0, 0)
    }
    var outer = batch([c, a, b])
    outer.remove(longest)
    for i in 0..<outer.count {
      let offset = outer.offset(of: i)
      try multiply(
        at(a, offset[1]), at(b, offset[2]), at(c, offset[0]), extents[longest], a.batchStrides[longest],
        b.batchStrides[longest], c.batchStrides[longest])
    }
  }

  private func at(_ m: Matrices, _ offset: Int) -> Matrices {
    var m = m
    m.address &+= UInt64(bitPattern: Int64(offset * size))
    return m
  }

  /// Whether all axes of the batch are one.
  private func isEven(_ m: Matrices) -> Bool {
    extents.indices.dropLast().allSatisfy { m.batchStrides[$0] == m.batchStrides[$0 + 1] * extents[$0 + 1] }
  }

  /// `count` products, the matrices of each `step` elements after those before.
  private func multiply(
    _ a: Matrices, _ b: Matrices, _ c: Matrices, _ count: Int, _ stepA: Int, _ stepB: Int, _ stepC: Int
  ) throws(Failure) {
    let (m, n, k) = (Int32(c.rows), Int32(c.columns), Int32(a.columns))
    let (x, y) = (a.blas!, b.blas!), leading = Int32(c.rowStride), count = Int32(count)
    let p = UnsafeRawPointer(bitPattern: UInt(a.address)), q = UnsafeRawPointer(bitPattern: UInt(b.address))
    let out = UnsafeMutableRawPointer(bitPattern: UInt(c.address))
    let (s, t, u) = (Int64(stepA), Int64(stepB), Int64(stepC))
    // Columns first, it is the product of the transposes.
    try queue.device.blas().call(queue) { library, handle in
      if type == BP_FLOAT64 {
        var (one, zero) = (1.0, 0.0)
        return library.cublasDgemmStridedBatched(
          handle, y.form, x.form, n, m, k, &one, q?.assumingMemoryBound(to: Double.self), y.leading, t,
          p?.assumingMemoryBound(to: Double.self), x.leading, s, &zero, out?.assumingMemoryBound(to: Double.self),
          leading, u, count)
      }
      var (one, zero) = (Float(1), Float(0))
      if type == BP_FLOAT32 {
        return library.cublasSgemmStridedBatched(
          handle, y.form, x.form, n, m, k, &one, q?.assumingMemoryBound(to: Float.self), y.leading, t,
          p?.assumingMemoryBound(to: Float.self), x.leading, s, &zero, out?.assumingMemoryBound(to: Float.self),
          leading, u, count)
      }
      let half = type == BP_FLOAT16 ? CUBLAS_R_16F : CUBLAS_R_16BF
      if count == 1 {
        return library.cublasGemmEx(
          handle, y.form, x.form, n, m, k, &one, q, half, y.leading, p, half, x.leading, &zero, out, half, leading,
          CUBLAS_COMPUTE_32F, CUBLAS_DEFAULT_ALGORITHM)
      }
      return library.cublasGemmStridedBatchedEx(
        handle, y.form, x.form, n, m, k, &one, q, half, y.leading, t, p, half, x.leading, s, &zero, out, half, leading,
        u, count, CUBLAS_COMPUTE_32F, CUBLAS_DEFAULT_ALGORITHM)
    }
  }

  // MARK: Operands laid out anew

  /// Contiguous matrices in scratch memory, for the extents of these. Those that are the same for an axis of the batch
  /// stay so, unless they are to be expanded.
  private func withContiguous(
    _ m: Matrices, expands: Bool, _ body: (Matrices) throws(Failure) -> Void
  ) throws(Failure) {
    var packed = m
    (packed.rowStride, packed.columnStride) = (m.columns, 1)
    var stride = m.rows * m.columns
    for axis in extents.indices.reversed() {
      let isShared = !expands && m.batchStrides[axis] == 0
      packed.batchStrides[axis] = isShared ? 0 : stride
      if !isShared { stride *= extents[axis] }
    }
    try queue.withScratch(stride * size) { scratch throws(Failure) in
      packed.address = scratch
      try body(packed)
    }
  }

  private func move(from source: Matrices, to target: Matrices) throws(Failure) {
    var axes = Axes()
    for axis in extents.indices where target.batchStrides[axis] != 0 {
      axes.append(extents[axis], SIMD4(target.batchStrides[axis], source.batchStrides[axis], 0, 0))
    }
    axes.append(source.rows, SIMD4(target.rowStride, source.rowStride, 0, 0))
    axes.append(source.columns, SIMD4(target.columnStride, source.columnStride, 0, 0))
    axes.arrange(by: 0)
    var p = ck_movement()
    p.target = target.address
    p.source = source.address
    p.axes = axes.parameters
    try queue.launch("move", of: "matmul.cu", ["DTYPE=\(type)"], blocks: queue.blocks(for: axes.count), p)
  }
}
