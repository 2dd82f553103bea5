import BackendAPI
import CUDATypes

/// A matrix that cuBLAS can read: its rows or its columns lie without gaps.
struct DenseMatrix {
  var address: UInt64
  var rows: Int
  var columns: Int
  var rowStride: Int
  var columnStride: Int

  /// Rows one after another.
  init(_ address: UInt64, rows: Int, columns: Int) {
    (self.address, self.rows, self.columns) = (address, rows, columns)
    (rowStride, columnStride) = (columns, 1)
  }

  /// The view itself; nil where it is nothing for cuBLAS.
  init?(_ view: View) {
    self.init(view.address, rows: view.extent(0), columns: view.extent(1))
    // Axes of extent 1 have the strides of a matrix without gaps, for theirs have no meaning.
    if columns != 1 { columnStride = view.stride(1) }
    if rows != 1 { rowStride = view.stride(0) }
    if columns == 1 && rows != 1 && rowStride == 1 { columnStride = rows }
    if blas == nil { return nil }
  }

  var transposed: DenseMatrix {
    var m = self
    (m.rows, m.columns, m.rowStride, m.columnStride) = (columns, rows, columnStride, rowStride)
    return m
  }

  /// What is row-major here is transposed for cuBLAS, which counts columns first.
  var blas: (form: Int32, leading: Int32)? {
    if columnStride == 1 && rowStride >= max(1, columns) && rowStride <= Int(Int32.max) {
      return (CUBLAS_PLAIN, Int32(rowStride))
    }
    if rowStride == 1 && columnStride >= max(1, rows) && columnStride <= Int(Int32.max) {
      return (CUBLAS_TRANSPOSED, Int32(columnStride))
    }
    return nil
  }

  /// Whether a product can be written to it.
  var isRegular: Bool { columnStride == 1 && rowStride >= max(1, columns) && rowStride <= Int(Int32.max) }
}

extension Arena {
  /// A matrix for cuBLAS: the view itself, or a copy without gaps.
  func matrix(_ view: View, as dtype: Int32? = nil) throws(Failure) -> DenseMatrix {
    if dtype == nil || dtype == view.dtype, let dense = DenseMatrix(view) { return dense }
    return DenseMatrix(try contiguous(view, as: dtype), rows: view.extent(0), columns: view.extent(1))
  }
}

extension Queue {
  /// out = a*b + beta*out, where beta is 0 or 1. The sums are in the type of statistics, which `out` may have where the
  /// operands are narrower.
  func multiply(
    _ a: DenseMatrix, _ b: DenseMatrix, of type: Int32, to out: DenseMatrix, of outType: Int32, beta: Double = 0
  ) throws(Failure) {
    if out.rows == 0 || out.columns == 0 { return }
    if a.columns == 0 {
      if beta != 0 { return }
      stream.lastOperator = op
      for row in out.rowStride == out.columns ? [0] : Array(0..<out.rows) {
        let size = Int(bp_dtype_size(outType)), rows = out.rowStride == out.columns ? out.rows : 1
        let code = device.driver.cuMemsetD8Async(
          out.address &+ UInt64(row * out.rowStride * size), 0, rows * out.columns * size, stream.handle)
        try device.check(code, "\(operatorName(op)): zeros")
      }
      return
    }
    guard let x = a.blas, let y = b.blas, max(out.rows, out.columns, a.columns) <= Int(Int32.max) else {
      throw .unsupported("\(operatorName(op)): extents of more than 2^31 - 1")
    }
    let (m, n, k) = (Int32(out.rows), Int32(out.columns), Int32(a.columns)), leading = Int32(out.rowStride)
    let p = UnsafeRawPointer(bitPattern: UInt(a.address)), q = UnsafeRawPointer(bitPattern: UInt(b.address))
    let target = UnsafeMutableRawPointer(bitPattern: UInt(out.address))
    // Columns first, it is the product of the transposes.
    try device.blas().call(self) { library, handle in
      if type == BP_FLOAT64 {
        var (one, before) = (1.0, beta)
        return library.cublasDgemmStridedBatched(
          handle, y.form, x.form, n, m, k, &one, q?.assumingMemoryBound(to: Double.self), y.leading, 0,
          p?.assumingMemoryBound(to: Double.self), x.leading, 0, &before,
          target?.assumingMemoryBound(to: Double.self), leading, 0, 1)
      }
      var (one, before) = (Float(1), Float(beta))
      if type == BP_FLOAT32 {
        return library.cublasSgemmStridedBatched(
          handle, y.form, x.form, n, m, k, &one, q?.assumingMemoryBound(to: Float.self), y.leading, 0,
          p?.assumingMemoryBound(to: Float.self), x.leading, 0, &before,
          target?.assumingMemoryBound(to: Float.self), leading, 0, 1)
      }
      let half = type == BP_FLOAT16 ? CUBLAS_R_16F : CUBLAS_R_16BF
      return library.cublasGemmEx(
        handle, y.form, x.form, n, m, k, &one, q, half, y.leading, p, half, x.leading, &before, target,
        outType == type ? half : CUBLAS_R_32F, leading, CUBLAS_COMPUTE_32F, CUBLAS_DEFAULT_ALGORITHM)
    }
  }
}

/// The type of statistics: in which sums of 16-bit types are kept.
func statisticsType(_ dtype: Int32) -> Int32 {
  dtype == BP_FLOAT16 || dtype == BP_BFLOAT16 ? BP_FLOAT32 : dtype
}
