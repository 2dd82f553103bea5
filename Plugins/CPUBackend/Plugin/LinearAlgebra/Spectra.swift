import BackendAPI
import CPUKernelTypes
import Glibc

// The factorizations that iterate. What is not finite is not given to LAPACK, and said not to converge.

extension FactorizationCall {
  func eigh() throws(Failure) {
    try requireSquare()
    let a = try input(0), values = try output(0, n), vectors = try output(1, n, n), info = try output(2)
    let real = type.realSize
    var job = CChar(UInt8(ascii: "V")), lower = CChar(UInt8(ascii: "L")), order = Int32(n), status: Int32 = 0
    var query: Int32 = -1
    let small = max(1, n)
    // By LAPACK's documentation: of integers 3 + 5n, of reals 1 + 5n + 2n² for complex matrices.
    let integers = 3 + 5 * small, reals = type.isComplex ? 1 + 5 * small + 2 * small * small : 0
    var integerCount = Int32(clamping: integers), realCount = Int32(clamping: reals)
    var count = 1
    if n > 0 {
      // Each of the three sizes is asked for at a place of its own.
      count = type.workSize { p in
        withUnsafeTemporaryAllocation(byteCount: 48, alignment: 16) { memory in
          let rest = memory.baseAddress!
          switch lapack.functions {
          case .real(let syevd, _, _):
            syevd(&job, &lower, &order, rest, &order, rest, p, &query, rest + 32, &query, &status, 1, 1)
          case .complex(let heevd, _, _):
            heevd(
              &job, &lower, &order, rest, &order, rest, p, &query, rest + 16, &query, rest + 32, &query, &status, 1, 1)
          }
        }
      }
    }
    let bytes = n * n * type.size
    try forEach(
      work: 10 * n * n * n, [bytes, n * real, count * type.size, reals * real, integers * 4]
    ) { item, scratch in
      var status: Int32 = 0
      if n > 0 {
        let matrix = scratch.take(bytes), w = scratch.take(n * real), work = scratch.take(count * type.size)
        let realWork = scratch.take(reals * real), integerWork = scratch.take(integers * 4)
        var job = CChar(UInt8(ascii: "V")), lower = CChar(UInt8(ascii: "L")), order = Int32(n)
        var lwork = Int32(clamping: count)
        a.load(context, item, n, n, to: matrix)
        for j in 1..<max(1, n) { memset(matrix + j * n * type.size, 0, j * type.size) }
        if type.isFinite(matrix, n * n) {
          switch lapack.functions {
          case .real(let syevd, _, _):
            syevd(
              &job, &lower, &order, matrix, &order, w, work, &lwork, integerWork, &integerCount, &status, 1, 1)
          case .complex(let heevd, _, _):
            heevd(
              &job, &lower, &order, matrix, &order, w, work, &lwork, realWork, &realCount, integerWork, &integerCount,
              &status, 1, 1)
          }
        } else {
          status = Int32(n)
        }
        values.store(context, item, n, from: w)
        vectors.store(context, item, n, n, from: matrix, leading: n)
      }
      info.store(item, Int64(status))
    }
  }

  func eig() throws(Failure) {
    try requireSquare()
    let a = try input(0), values = try output(0, n), vectors = try output(1, n, n), info = try output(2)
    var none = CChar(UInt8(ascii: "N")), job = CChar(UInt8(ascii: "V")), order = Int32(n), status: Int32 = 0
    var query: Int32 = -1
    var count = 1
    if n > 0 {
      count = type.workSize { p in
        switch lapack.functions {
        case .real(_, let geev, _):
          geev(&none, &job, &order, p, &order, p, p, p, &order, p, &order, p, &query, &status, 1, 1)
        case .complex(_, let geev, _):
          geev(&none, &job, &order, p, &order, p, p, &order, p, &order, p, &query, p, &status, 1, 1)
        }
      }
    }
    let real = type.realSize, bytes = n * n * type.size
    try forEach(
      work: 25 * n * n * n, [bytes, bytes, 2 * n * real, count * type.size, 2 * n * real, 2 * n * n * real]
    ) { item, scratch in
      var status: Int32 = 0
      if n > 0 {
        let matrix = scratch.take(bytes), right = scratch.take(bytes), w = scratch.take(2 * n * real)
        let work = scratch.take(count * type.size), parts = scratch.take(2 * n * real)
        let complexRight = scratch.take(2 * n * n * real)
        var none = CChar(UInt8(ascii: "N")), job = CChar(UInt8(ascii: "V")), order = Int32(n)
        var lwork = Int32(clamping: count)
        a.load(context, item, n, n, to: matrix)
        guard type.isFinite(matrix, n * n) else {
          memset(w, 0, 2 * n * real)
          values.store(context, item, n, from: w)
          info.store(item, Int64(n))
          return
        }
        switch lapack.functions {
        case .real(_, let geev, _):
          geev(
            &none, &job, &order, matrix, &order, parts, parts + n * real, matrix, &order, right, &order, work, &lwork,
            &status, 1, 1)
          if type.isDouble {
            pairs(Double.self, parts, right, w, complexRight)
          } else {
            pairs(Float.self, parts, right, w, complexRight)
          }
          values.store(context, item, n, from: w)
          vectors.store(context, item, n, n, from: complexRight, leading: n)
        case .complex(_, let geev, _):
          geev(
            &none, &job, &order, matrix, &order, w, matrix, &order, right, &order, work, &lwork, parts, &status, 1, 1)
          values.store(context, item, n, from: w)
          vectors.store(context, item, n, n, from: right, leading: n)
        }
      }
      info.store(item, Int64(status))
    }
  }

  /// From LAPACK's form, where two columns are real and imaginary part of a pair's vectors, to complex numbers.
  private func pairs<Real: BinaryFloatingPoint & BitwiseCopyable>(
    _: Real.Type, _ values: UnsafeRawPointer, _ vectors: UnsafeRawPointer, _ w: UnsafeMutableRawPointer,
    _ v: UnsafeMutableRawPointer
  ) {
    let re = values.assumingMemoryBound(to: Real.self), im = re + n
    let columns = vectors.assumingMemoryBound(to: Real.self)
    let w = w.assumingMemoryBound(to: Real.self), v = v.assumingMemoryBound(to: Real.self)
    var j = 0
    while j < n {
      let isPair = im[j] != 0 && j + 1 < n
      for c in 0..<(isPair ? 2 : 1) {
        w[2 * (j + c)] = re[j + c]
        w[2 * (j + c) + 1] = im[j + c]
        for i in 0..<n {
          v[2 * ((j + c) * n + i)] = columns[j * n + i]
          let imaginary = isPair ? columns[(j + 1) * n + i] : 0
          v[2 * ((j + c) * n + i) + 1] = c == 0 ? imaginary : -imaginary
        }
      }
      j += isPair ? 2 : 1
    }
  }

  func svd() throws(Failure) {
    let a = try input(0), out = op.pointee.outputs[0]!, last = op.pointee.outputs[2]!
    guard out.rank >= 2 && last.rank >= 2 else { throw .invalid("SVD: outputs of fewer than two axes") }
    let isFull = out.extent(out.rank - 1) == m && last.extent(last.rank - 2) == n
    let left = isFull ? m : k, right = isFull ? n : k
    let u = try output(0, m, left), s = try output(1, k), vh = try output(2, right, n), info = try output(3)
    let real = type.realSize
    var job = CChar(UInt8(ascii: isFull ? "A" : "S"))
    var rows = Int32(m), columns = Int32(n), rightCount = Int32(max(1, right)), status: Int32 = 0, query: Int32 = -1
    var count = 1
    if k > 0 {
      count = type.workSize { p in
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { memory in
          let rest = memory.baseAddress!
          switch lapack.functions {
          case .real(_, _, let gesdd):
            gesdd(
              &job, &rows, &columns, rest, &rows, rest, rest, &rows, rest, &rightCount, p, &query, rest, &status, 1)
          case .complex(_, _, let gesdd):
            gesdd(
              &job, &rows, &columns, rest, &rows, rest, rest, &rows, rest, &rightCount, p, &query, rest, rest, &status,
              1)
          }
        }
      }
    }
    // By LAPACK's documentation.
    let most = max(m, n)
    let reals = type.isComplex ? max(5 * k * k + 5 * k, 2 * most * k + 2 * k * k + k) + 7 * k : 0
    let sizes = [
      m * n * type.size, m * left * type.size, k * real, right * n * type.size, count * type.size, reals * real, 32 * k,
    ]
    try forEach(work: 10 * m * n * max(1, k), sizes) { item, scratch in
      let matrix = scratch.take(sizes[0]), uWork = scratch.take(sizes[1]), sWork = scratch.take(sizes[2])
      let vWork = scratch.take(sizes[3]), work = scratch.take(sizes[4]), realWork = scratch.take(sizes[5])
      let integerWork = scratch.take(sizes[6])
      var status: Int32 = 0
      type.identity(m, left, at: uWork)
      type.identity(right, n, at: vWork)
      if k > 0 {
        a.load(context, item, m, n, to: matrix)
        var job = CChar(UInt8(ascii: isFull ? "A" : "S")), lwork = Int32(clamping: count)
        var rows = Int32(m), columns = Int32(n), rightCount = Int32(right)
        if type.isFinite(matrix, m * n) {
          switch lapack.functions {
          case .real(_, _, let gesdd):
            gesdd(
              &job, &rows, &columns, matrix, &rows, sWork, uWork, &rows, vWork, &rightCount, work, &lwork, integerWork,
              &status, 1)
          case .complex(_, _, let gesdd):
            gesdd(
              &job, &rows, &columns, matrix, &rows, sWork, uWork, &rows, vWork, &rightCount, work, &lwork, realWork,
              integerWork, &status, 1)
          }
        } else {
          memset(sWork, 0, k * real)
          status = Int32(k)
        }
      }
      u.store(context, item, m, left, from: uWork, leading: m)
      s.store(context, item, k, from: sWork)
      vh.store(context, item, right, n, from: vWork, leading: right)
      info.store(item, Int64(status))
    }
  }
}
