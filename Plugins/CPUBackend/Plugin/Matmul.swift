import BackendAPI
import CPUKernelTypes
import Glibc

/// A matrix in memory; strides count elements.
struct Matrix {
  var data: UnsafeMutableRawPointer
  var rows: Int
  var columns: Int
  var rowStride: Int
  var columnStride: Int

  var transposed: Matrix {
    Matrix(data: data, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride)
  }

  /// Gives axes of extent 1 the strides of a contiguous matrix, for theirs have no meaning.
  var normalized: Matrix {
    var m = self
    if m.columns == 1 { m.columnStride = m.rows == 1 || m.rowStride != 1 ? 1 : m.rows }
    if m.rows == 1 { m.rowStride = m.columnStride == 1 ? m.columns : 1 }
    return m
  }

  /// As the BLAS takes it: row-major, possibly transposed, with a leading dimension. Nil if it has
  /// to be laid out anew.
  var blas: (trans: Int32, leading: Int32)? {
    if columnStride == 1 && rowStride >= max(1, columns) && rowStride <= Int(Int32.max) {
      return (OpenBLAS.plain, Int32(rowStride))
    }
    if rowStride == 1 && columnStride >= max(1, rows) && columnStride <= Int(Int32.max) {
      return (OpenBLAS.transposed, Int32(columnStride))
    }
    return nil
  }

  func part(rows low: Int, _ high: Int, _ size: Int) -> Matrix {
    var m = self
    m.data += low * rowStride * size
    m.rows = high - low
    return m
  }

  func part(columns low: Int, _ high: Int, _ size: Int) -> Matrix {
    transposed.part(rows: low, high, size).transposed
  }
}

/// MATMUL.
func matmul(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
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
  var batch = Loop()
  for axis in 0..<row {
    guard a.extent(axis) == out.extent(axis) && b.extent(axis) == out.extent(axis) else {
      throw shapes("leading extents have to be equal")
    }
    batch.append(out.extent(axis), SIMD4(out.stride(axis), a.stride(axis), b.stride(axis), 0))
  }
  if batch.count == 0 || m == 0 || n == 0 { return }
  batch.arrange(by: 0)
  let size = out.size
  // With no products to add up the inputs are empty, and have no memory.
  if k == 0 { return zero(context, out) }

  // A batch by one matrix is one product of more rows.
  while batch.rank > 0 && batch.inner.stride[2] == 0
    && (m == 1 || batch.inner.stride[0] == m * out.stride(row) && batch.inner.stride[1] == m * a.stride(row))
    && m > 1
  {
    m *= batch.remove(batch.rank - 1).extent
  }
  let x = Matrix(data: a.data, rows: m, columns: k, rowStride: a.stride(row), columnStride: a.stride(column))
  let y = Matrix(data: b.data, rows: k, columns: n, rowStride: b.stride(row), columnStride: b.stride(column))
  let z = Matrix(
    data: out.data, rows: m, columns: n, rowStride: out.stride(row), columnStride: out.stride(column))
  let product = Product(context: context, type: out.dtype, size: size)
  try product.run(batch, x.normalized, y.normalized, z.normalized)
}

private func zero(_ context: Context, _ out: View) {
  var loop = Loop()
  for axis in 0..<out.rank { loop.append(out.extent(axis), SIMD4(out.stride(axis), 0, 0, 0)) }
  loop.arrange(by: 0)
  let size = out.size, o = out.data, step = loop.inner.stride[0]
  var nothing: (UInt64, UInt64) = (0, 0)
  withUnsafeBytes(of: &nothing) { source in
    loop.runs(0, loop.count) { offset, n in
      context.pointee.kernels.move(size, n, o + offset[0] &* size, step, source.baseAddress.unsafelyUnwrapped, 0)
    }
  }
}

/// Products below this many multiplications are not worth a call of the BLAS.
private let smallProduct = 24 * 24 * 24

/// Below these the tiles of the packed product are mostly empty.
private let leastPackedRows = 4
private let leastPackedColumns = 24

/// What OpenBLAS counts as a small product, where it has kernels for such.
private let smallMultiplications = 1_000_000

/// Multiplications that are worth a thread.
private let sharedProduct = 1 << 20

struct Product {
  let context: Context
  let type: Int32
  let size: Int

  /// What computes a product of this shape.
  private enum Method {
    case kernel
    case packed
    case blas(OpenBLAS)
  }

  private func method(_ m: Int, _ n: Int, _ k: Int) throws(Failure) -> Method {
    let work = amount(m, n, k)
    if !isHalf && (type < BP_FLOAT16 || work <= smallProduct) { return .kernel }
    if (isHalf || type == BP_FLOAT32) && kernels.packedProduct != nil && kernels.packedRange.contains(work)
      && m >= leastPackedRows && n >= leastPackedColumns
    {
      return .packed
    }
    return .blas(try OpenBLAS.library())
  }

  var isHalf: Bool { type == BP_FLOAT16 || type == BP_BFLOAT16 }
  var kernels: KernelTable { context.pointee.kernels }

  /// All matrices of a batch.
  func run(_ batch: Loop, _ a: Matrix, _ b: Matrix, _ c: Matrix) throws(Failure) {
    let work = amount(a.rows, a.columns, b.columns)
    let method = try method(a.rows, b.columns, a.columns)
    var threads = context.pointee.threads
    if case .blas(let library) = method { threads = min(threads, library.limit) }
    let items = batch.count
    try requireWorkSpace(amount(laidOutAnew(method, a, b, c), isHalf ? 4 : size, min(items, threads)), "MATMUL")
    if items == 1 || items < threads && work / 2 >= sharedProduct {
      for i in 0..<items {
        let offset = batch.offset(of: i)
        shared(method, threads, at(a, offset[1]), at(b, offset[2]), at(c, offset[0]))
      }
      return
    }
    let pieces = threads == 1 ? 1 : min(items, pieces(context, amount(items, work), atLeast: sharedProduct / 4))
    parallel(context, pieces) { piece in
      for i in (items &* piece / pieces)..<(items &* (piece &+ 1) / pieces) {
        let offset = batch.offset(of: i)
        single(method, at(a, offset[1]), at(b, offset[2]), at(c, offset[0]))
      }
    }
  }

  /// Bytes of a kernel's vector, or more.
  private static let vectorBytes = 128

  /// Elements of the operands and the result that have to be laid out anew for a product.
  private func laidOutAnew(_ method: Method, _ a: Matrix, _ b: Matrix, _ c: Matrix) -> Int {
    var count = isHalf || (c.columnStride != 1 && c.rowStride != 1) ? c.rows * c.columns : 0
    if case .blas = method {
      for m in [a, b] where isHalf || m.blas == nil { count += m.rows * m.columns }
    } else if isHalf {
      count += a.rows * a.columns + b.rows * b.columns
    }
    // A strip of columns, one vector wide, where they do not lie side by side.
    let strip = b.columnStride == 1 && a.rowStride == 1 ? 0 : amount(a.columns, max(1, Product.vectorBytes / size))
    return count > .max - strip ? .max : count + strip
  }

  private func at(_ m: Matrix, _ offset: Int) -> Matrix {
    var m = m
    m.data += offset &* size
    return m
  }

  /// One product, cut along the longer side of the result.
  private func shared(_ method: Method, _ threads: Int, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    let work = amount(a.rows, a.columns, b.columns)
    let parts = min(threads, work / sharedProduct, max(c.rows, c.columns))
    if parts <= 1 { return single(method, a, b, c) }
    // Parts of whole tiles. Columns rather than rows, for the columns have to be laid out by every part of rows.
    let cutsRows = c.rows >= 2 * c.columns
    parallel(context, parts) { part in
      if cutsRows {
        let (low, high) = share(c.rows, parts, part)
        if low < high { single(method, a.part(rows: low, high, size), b, c.part(rows: low, high, size)) }
      } else {
        let (low, high) = share(c.columns, parts, part)
        if low < high { single(method, a, b.part(columns: low, high, size), c.part(columns: low, high, size)) }
      }
    }
  }

  /// One product on this thread.
  private func single(_ method: Method, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    // The kernels want the result's columns contiguous; its transpose is the product of the others'.
    if c.columnStride != 1 && c.rowStride == 1 {
      return single(method, b.transposed, a.transposed, c.transposed)
    }
    if isHalf { return half(method, a, b, c) }
    if c.columnStride != 1 || c.rowStride < c.columns {
      return withUnsafeTemporaryAllocation(byteCount: c.rows * c.columns * size, alignment: 64) { memory in
        let t = Matrix(
          data: memory.baseAddress!, rows: c.rows, columns: c.columns, rowStride: c.columns, columnStride: 1)
        contiguous(method, a, b, t)
        for r in 0..<c.rows {
          kernels.move(
            size, c.columns, c.data + r * c.rowStride * size, c.columnStride, t.data + r * c.columns * size, 1)
        }
      }
    }
    contiguous(method, a, b, c)
  }

  private func contiguous(_ method: Method, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    switch method {
    case .blas(let library) where max(a.rows, a.columns, b.columns, c.rowStride) <= Int(Int32.max):
      contiguous(library, a, b, c)
    case .packed: kernel(kernels.packedProduct!, a, b, c)
    default: kernel(kernels.matmul, a, b, c)
    }
  }

  private func kernel(_ product: KernelTable.Matmul, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    product(
      type, c.rows, c.columns, a.columns, c.data, c.rowStride, a.data, a.rowStride, a.columnStride, b.data,
      b.rowStride, b.columnStride)
  }

  private func contiguous(_ blas: OpenBLAS, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    if a.blas == nil { return withPacked(a, type) { contiguous(blas, $0, b, c) } }
    if b.blas == nil { return withPacked(b, type) { contiguous(blas, a, $0, c) } }
    if type >= BP_COMPLEX64 { return gemm(blas, a, b, c) }
    if c.columns == 1 && c.rowStride == 1 { return vector(blas, a, b, c) }
    if c.rows == 1 { return vector(blas, b.transposed, a.transposed.normalized, c.transposed.normalized) }
    // Strips of rows for the kernels that pack nothing; they are best at multiples of twelve.
    let strip = smallMultiplications / max(1, b.rows * b.columns) / 12 * 12
    if type == BP_FLOAT32 && blas.hasSmallKernels && strip >= 12 && strip < c.rows && b.columnStride == 1
      && (a.columnStride == 1 || strip >= 24)
    {
      for low in stride(from: 0, to: c.rows, by: strip) {
        let high = min(c.rows, low + strip)
        gemm(blas, a.part(rows: low, high, size), b, c.part(rows: low, high, size))
      }
      return
    }
    gemm(blas, a, b, c)
  }

  private func gemm(_ blas: OpenBLAS, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    let (m, n, k) = (Int32(c.rows), Int32(c.columns), Int32(a.columns))
    let (x, y) = (a.normalized.blas!, b.blas!), order = OpenBLAS.rowMajor, leading = Int32(c.rowStride)
    switch type {
    case BP_FLOAT32:
      blas.sgemm(
        order, x.trans, y.trans, m, n, k, 1, a.data, x.leading, b.data, y.leading, 0, c.data, leading)
    case BP_FLOAT64:
      blas.dgemm(
        order, x.trans, y.trans, m, n, k, 1, a.data, x.leading, b.data, y.leading, 0, c.data, leading)
    case BP_COMPLEX64:
      var (one, zero) = (SIMD2<Float>(1, 0), SIMD2<Float>(0, 0))
      blas.cgemm(
        order, x.trans, y.trans, m, n, k, &one, a.data, x.leading, b.data, y.leading, &zero, c.data, leading)
    default:
      var (one, zero) = (SIMD2<Double>(1, 0), SIMD2<Double>(0, 0))
      blas.zgemm(
        order, x.trans, y.trans, m, n, k, &one, a.data, x.leading, b.data, y.leading, &zero, c.data, leading)
    }
  }

  /// A matrix by a contiguous or evenly spaced vector. What lies in the output beforehand might be
  /// NaN, and not every version of the library keeps that out of a product by beta = 0: it is cleared.
  private func vector(_ blas: OpenBLAS, _ a: Matrix, _ x: Matrix, _ y: Matrix) {
    guard let (trans, leading) = a.blas, x.rowStride > 0, x.rowStride <= Int(Int32.max) else {
      return gemm(blas, a, x, y)
    }
    memset(y.data, 0, y.rows * size)
    let isPlain = trans == OpenBLAS.plain
    let (m, n) = isPlain ? (Int32(a.rows), Int32(a.columns)) : (Int32(a.columns), Int32(a.rows))
    if type == BP_FLOAT32 {
      blas.sgemv(
        OpenBLAS.rowMajor, trans, m, n, 1, a.data, leading, x.data, Int32(x.rowStride), 1, y.data, 1)
    } else {
      blas.dgemv(
        OpenBLAS.rowMajor, trans, m, n, 1, a.data, leading, x.data, Int32(x.rowStride), 1, y.data, 1)
    }
  }

  /// By way of float32 matrices; the result is rounded once.
  private func half(_ method: Method, _ a: Matrix, _ b: Matrix, _ c: Matrix) {
    let float = Product(context: context, type: BP_FLOAT32, size: 4)
    withPacked(a, BP_FLOAT32) { a in
      withPacked(b, BP_FLOAT32) { b in
        withUnsafeTemporaryAllocation(byteCount: c.rows * c.columns * 4, alignment: 64) { memory in
          let t = Matrix(
            data: memory.baseAddress!, rows: c.rows, columns: c.columns, rowStride: c.columns, columnStride: 1)
          float.contiguous(method, a, b, t)
          for r in 0..<c.rows {
            kernels.cast(
              BP_FLOAT32, type, c.columns, c.data + r * c.rowStride * size, c.columnStride,
              t.data + r * c.columns * 4, 1)
          }
        }
      }
    }
  }

  /// A contiguous copy, converted where the type is another. It keeps the order of memory.
  private func withPacked(_ m: Matrix, _ target: Int32, _ body: (Matrix) -> Void) {
    let flips = m.rowStride.magnitude < m.columnStride.magnitude
    let source = flips ? m.transposed : m
    let targetSize = Int(bp_dtype_size(target))
    withUnsafeTemporaryAllocation(byteCount: m.rows * m.columns * targetSize, alignment: 64) { memory in
      let p = Matrix(
        data: memory.baseAddress!, rows: source.rows, columns: source.columns, rowStride: source.columns,
        columnStride: 1)
      for r in 0..<source.rows {
        let from = source.data + r * source.rowStride * size, to = p.data + r * p.columns * targetSize
        if target == type {
          kernels.move(size, p.columns, to, 1, from, source.columnStride)
        } else {
          kernels.cast(type, target, p.columns, to, 1, from, source.columnStride)
        }
      }
      body(flips ? p.transposed : p)
    }
  }
}
