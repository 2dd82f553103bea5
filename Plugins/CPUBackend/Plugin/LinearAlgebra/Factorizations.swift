import BackendAPI
import CPUKernelTypes
import Glibc

/// Section 6.15 of the header, by LAPACK: matrix by matrix, a batch shared out over the pool.
func factorize(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let call = try FactorizationCall(context, op)
  switch op.pointee.op {
  case BP_OP_CHOLESKY: try call.cholesky()
  case BP_OP_LU: try call.lu()
  case BP_OP_SOLVE_TRIANGULAR: try call.solveTriangular()
  case BP_OP_QR: try call.qr()
  case BP_OP_EIGH: try call.eigh()
  case BP_OP_EIG: try call.eig()
  default: try call.svd()
  }
}

/// One call: its operands, their shapes checked, and the library.
struct FactorizationCall {
  let context: Context
  let op: UnsafePointer<bp_op>
  let name: String
  let type: NumberType
  /// The extents of a matrix of the first input.
  let m: Int
  let n: Int
  let items: Int
  let lapack: LAPACK

  init(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
    self.context = context
    self.op = op
    name = operatorName(op.pointee.op)
    let a = op.pointee.inputs[0]!
    type = NumberType(a.dtype)
    guard a.rank >= 2 else { throw .invalid("\(name): input 0 \(a.shapeText) has fewer than two axes") }
    m = a.extent(a.rank - 2)
    n = a.extent(a.rank - 1)
    guard max(m, n) <= Int(Int32.max) else {
      throw .unsupported("\(name): \(m) by \(n) is beyond the extents that LAPACK takes")
    }
    var items = 1
    for axis in 0..<(a.rank - 2) { items *= a.extent(axis) }
    self.items = items
    lapack = try LAPACK.library(a.dtype)
  }

  var k: Int { min(m, n) }

  func input(_ i: Int) throws(Failure) -> MatrixBatch {
    let view = op.pointee.inputs[i]!
    return try checked(view, [view.extent(max(0, view.rank - 2)), view.extent(max(0, view.rank - 1))], "input \(i)")
  }

  /// An output whose items have the extents given.
  func output(_ i: Int, _ extents: Int...) throws(Failure) -> MatrixBatch {
    try checked(op.pointee.outputs[i]!, extents, "output \(i)")
  }

  private func checked(_ view: View, _ extents: [Int], _ operand: String) throws(Failure) -> MatrixBatch {
    let a = op.pointee.inputs[0]!
    var fits = view.rank == a.rank - 2 + extents.count
    if fits {
      for axis in 0..<(a.rank - 2) where view.extent(axis) != a.extent(axis) { fits = false }
      for (i, extent) in extents.enumerated() where view.extent(a.rank - 2 + i) != extent { fits = false }
    }
    guard fits else {
      throw .invalid("\(name): \(operand) \(view.shapeText) does not fit input 0 \(a.shapeText)")
    }
    return MatrixBatch(view, itemRank: extents.count)
  }

  func requireSquare() throws(Failure) {
    guard m == n else {
      throw .invalid("\(name): input 0 \(op.pointee.inputs[0]!.shapeText) is not of square matrices")
    }
  }

  func forEach(
    work: Int, _ pieces: [Int], _ body: (_ item: Int, _ scratch: inout Scratch) -> Void
  ) throws(Failure) {
    try Scratch.forEach(context, items, limit: lapack.limit, work: work, pieces: pieces, name, body)
  }
}

extension FactorizationCall {
  func cholesky() throws(Failure) {
    try requireSquare()
    let a = try input(0), l = try output(0, n, n), info = try output(1)
    let bytes = n * n * type.size, isInPlace = n > 0 && l.isRowMajor(n, n)
    try forEach(work: n * n * n / 3, isInPlace ? [] : [bytes]) { item, scratch in
      var status: Int32 = 0
      if isInPlace {
        // L, row by row, is the upper factor of the transpose, which LAPACK sees.
        let out = l.data(item), from = a.data(item), row = Int(l.leading(n, n))
        for i in 0..<n {
          let target = out + i * row * type.size
          context.pointee.kernels.move(type.size, i + 1, target, 1, from + i * a.stride(0) * type.size, a.stride(1))
          memset(target + (i + 1) * type.size, 0, (n - 1 - i) * type.size)
        }
        var upper = CChar(UInt8(ascii: "U")), order = Int32(n), leading = l.leading(n, n)
        lapack.potrf(&upper, &order, out, &leading, &status, 1)
      } else if n > 0 {
        let work = scratch.take(bytes)
        a.load(context, item, n, n, to: work)
        // What is above the diagonal is not read, and comes out as zeros.
        for j in 1..<max(1, n) { memset(work + j * n * type.size, 0, j * type.size) }
        var lower = CChar(UInt8(ascii: "L")), order = Int32(n)
        lapack.potrf(&lower, &order, work, &order, &status, 1)
        l.store(context, item, n, n, from: work, leading: n)
      }
      info.store(item, Int64(status))
    }
  }

  func lu() throws(Failure) {
    let a = try input(0), lu = try output(0, m, n), pivots = try output(1, k), info = try output(2)
    let bytes = m * n * type.size
    try forEach(work: m * n * k, [bytes, 4 * k, 8 * k]) { item, scratch in
      var status: Int32 = 0
      if k > 0 {
        let work = scratch.take(bytes), exchanges = scratch.take(4 * k), positions = scratch.take(8 * k)
        a.load(context, item, m, n, to: work)
        var rows = Int32(m), columns = Int32(n)
        lapack.getrf(&rows, &columns, work, &rows, exchanges, &status)
        lu.store(context, item, m, n, from: work, leading: m)
        for i in 0..<k {
          // LAPACK counts from 1.
          let row = Int64(exchanges.load(fromByteOffset: 4 * i, as: Int32.self)) - 1
          positions.storeBytes(of: row, toByteOffset: 8 * i, as: Int64.self)
        }
        pivots.store(context, item, k, from: positions)
      }
      info.store(item, Int64(status))
    }
  }

  func solveTriangular() throws(Failure) {
    try requireSquare()
    let params = try parameters(op, bp_triangular_params())
    let a = try input(0), b = try input(1)
    let columns = b.view.extent(b.view.rank - 1)
    let x = try output(0, n, columns)
    guard b.view.extent(b.view.rank - 2) == n else {
      throw .invalid("\(name): input 1 \(b.view.shapeText) does not fit input 0 \(a.view.shapeText)")
    }
    guard n > 0 && columns > 0 else { return }
    if a.isRowMajor(n, n) && x.isRowMajor(n, columns) {
      return solveTriangular(a, b, x, columns, isUpper: params.upper != 0, hasUnitDiagonal: params.unit_diagonal != 0)
    }
    let (size, right) = (n * n * type.size, n * columns * type.size)
    try forEach(work: n * n * columns, [size, right]) { item, scratch in
      let matrix = scratch.take(size), work = scratch.take(right)
      a.load(context, item, n, n, to: matrix)
      b.load(context, item, n, columns, to: work)
      var side = CChar(UInt8(ascii: "L")), plain = CChar(UInt8(ascii: "N"))
      var triangle = CChar(UInt8(ascii: params.upper != 0 ? "U" : "L"))
      var diagonal = CChar(UInt8(ascii: params.unit_diagonal != 0 ? "U" : "N"))
      var order = Int32(n), count = Int32(columns)
      var one = (0.0, 0.0)
      withUnsafeMutableBytes(of: &one) { one in
        type.store(1, at: one.baseAddress!)
        lapack.trsm(
          &side, &triangle, &plain, &diagonal, &order, &count, one.baseAddress!, matrix, &order, work, &order, 1, 1, 1,
          1)
      }
      x.store(context, item, n, columns, from: work, leading: n)
    }
  }

  /// The same where the matrices lie: LAPACK sees their transposes, XᵀAᵀ = Bᵀ. The columns of B are shared out too.
  private func solveTriangular(
    _ a: MatrixBatch, _ b: MatrixBatch, _ x: MatrixBatch, _ columns: Int, isUpper: Bool, hasUnitDiagonal: Bool
  ) {
    let threads = min(context.pointee.threads, lapack.limit), size = type.size
    let work = max(1, n * n * columns / 50_000)
    let parts = items >= threads ? 1 : max(1, min(threads, columns / 16, work))
    let units = items * parts
    let pieces = parts > 1 ? units : max(1, min(units, 2 * threads, items * work))
    parallel(context, pieces) { piece in
      for unit in (units * piece / pieces)..<(units * (piece + 1) / pieces) {
        let (item, part) = unit.quotientAndRemainder(dividingBy: parts)
        let low = columns * part / parts, high = columns * (part + 1) / parts
        let out = x.data(item) + low * size, from = b.data(item) + low * b.stride(1) * size
        let row = Int(x.leading(n, columns))
        for i in 0..<n {
          context.pointee.kernels.move(
            size, high - low, out + i * row * size, 1, from + i * b.stride(0) * size, b.stride(1))
        }
        var side = CChar(UInt8(ascii: "R")), plain = CChar(UInt8(ascii: "N"))
        var triangle = CChar(UInt8(ascii: isUpper ? "L" : "U"))
        var diagonal = CChar(UInt8(ascii: hasUnitDiagonal ? "U" : "N"))
        var count = Int32(high - low), order = Int32(n)
        var (rowOfA, rowOfX) = (a.leading(n, n), Int32(row))
        var one = (0.0, 0.0)
        withUnsafeMutableBytes(of: &one) { one in
          type.store(1, at: one.baseAddress!)
          lapack.trsm(
            &side, &triangle, &plain, &diagonal, &count, &order, one.baseAddress!, a.data(item), &rowOfA, out, &rowOfX,
            1, 1, 1, 1)
        }
      }
    }
  }

  func qr() throws(Failure) {
    let a = try input(0), out = op.pointee.outputs[0]!
    let width = out.rank >= 1 ? out.extent(out.rank - 1) : -1
    guard width == k || width == m else {
      throw .invalid("QR: output 0 \(out.shapeText) has \(width) columns, not \(k) or \(m)")
    }
    let q = try output(0, m, width), r = try output(1, width, n)
    var rows = Int32(m), columns = Int32(n), count = Int32(k), total = Int32(width), status: Int32 = 0
    var lwork: Int32 = -1
    var workCount = 1
    if k > 0 {
      let first = type.workSize { p in lapack.geqrf(&rows, &columns, p, &rows, p, p, &lwork, &status) }
      let second = type.workSize { p in lapack.orgqr(&rows, &total, &count, p, &rows, p, p, &lwork, &status) }
      workCount = max(first, second)
    }
    let side = max(n, width)
    try forEach(
      work: 2 * m * n * max(1, k),
      [m * side * type.size, m * width * type.size, k * type.size, workCount * type.size, width * n * type.size]
    ) { item, scratch in
      let matrix = scratch.take(m * side * type.size), vectors = scratch.take(m * width * type.size)
      let tau = scratch.take(k * type.size), work = scratch.take(workCount * type.size)
      let upper = scratch.take(width * n * type.size)
      if k == 0 {
        type.identity(m, width, at: vectors)
        q.store(context, item, m, width, from: vectors, leading: m)
        return
      }
      var rows = Int32(m), columns = Int32(n), count = Int32(k), total = Int32(width), status: Int32 = 0
      var lwork = Int32(workCount)
      a.load(context, item, m, n, to: matrix)
      lapack.geqrf(&rows, &columns, matrix, &rows, tau, work, &lwork, &status)
      memset(upper, 0, width * n * type.size)
      for j in 0..<n {
        memcpy(upper + j * width * type.size, matrix + j * m * type.size, min(j + 1, k) * type.size)
      }
      r.store(context, item, width, n, from: upper, leading: width)
      memcpy(vectors, matrix, m * k * type.size)
      lapack.orgqr(&rows, &total, &count, vectors, &rows, tau, work, &lwork, &status)
      q.store(context, item, m, width, from: vectors, leading: m)
    }
  }
}
