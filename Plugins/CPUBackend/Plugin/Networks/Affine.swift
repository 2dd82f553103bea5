import BackendAPI
import CPUKernelTypes

/// Section 6.20 of the header.
let affineClaims: [NetworkClaim] = [NetworkClaim(BP_OP_LINEAR, run: linear)]

/// Bytes of the result that are finished while they are still in a cache that the processors share.
private let blockBytes = 4 << 20

private func linear(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let activation = try parameters(op, bp_linear_params()).activation
  guard (BP_ACTIVATION_NONE...BP_ACTIVATION_GELU_TANH).contains(activation) else {
    throw .unsupported("LINEAR: activation \(activation) is not known here")
  }
  let x = op.pointee.inputs[0]!, w = op.pointee.inputs[1]!, out = op.pointee.outputs[0]!
  let bias: View? = op.pointee.input_count > 2 ? op.pointee.inputs[2]! : nil
  guard x.rank == 2, w.rank == 2, out.rank == 2, x.extent(1) == w.extent(1), out.extent(0) == x.extent(0),
    out.extent(1) == w.extent(0), bias == nil || bias!.rank == 1 && bias!.extent(0) == out.extent(1)
  else {
    throw .invalid(
      "LINEAR: \(x.shapeText) by \(w.shapeText)\(bias.map { " with a bias " + $0.shapeText } ?? "") to "
        + "\(out.shapeText): extents have to be (m, k), (n, k), (n) and (m, n)")
  }
  if out.count == 0 { return }
  let (m, k, n) = (out.extent(0), x.extent(1), out.extent(1))
  let staging = Staging(context: context), isHalf = out.size == 2
  let type = isHalf ? BP_FLOAT32 : out.dtype, size = isHalf ? 4 : out.size
  // The result is finished where it lies, if its rows are contiguous.
  let isDirect = !isHalf && (n == 1 || out.stride(1) == 1) && (m == 1 || out.stride(0) >= n)
  func lay(_ scratch: inout WorkBlock) -> (x: Matrix, w: Matrix, out: Matrix, bias: UnsafeMutableRawPointer?) {
    func operand(_ view: View) -> Matrix {
      let rows = view.extent(0)
      if !isHalf { return matrix(view) }
      let data = scratch.take(rows * k, size)
      return Matrix(data: data, rows: rows, columns: k, rowStride: k, columnStride: 1)
    }
    let (a, b) = (operand(x), operand(w))
    let c =
      isDirect
      ? matrix(out)
      : Matrix(data: scratch.take(m * n, size), rows: m, columns: n, rowStride: n, columnStride: 1)
    return (a, b, c, bias.map { _ in scratch.take(n, size) })
  }
  var needed = WorkBlock()
  _ = lay(&needed)
  try requireWorkSpace(needed.bytes, "LINEAR")
  var failure: Failure?
  withUnsafeTemporaryAllocation(byteCount: max(needed.bytes, 64), alignment: 64) { memory in
    var scratch = WorkBlock(memory.baseAddress.unsafelyUnwrapped)
    let (a, b, c, biases) = lay(&scratch)
    if isHalf && k > 0 {
      staging.bring(x, to: a.data, type)
      staging.bring(w, to: b.data, type)
    }
    if let bias, let biases { staging.bring(bias, to: biases, type) }
    let product = Product(context: context, type: type, size: size)
    // Whole tiles of rows, and no fewer than make a product worth its preparation.
    let block = m * n * size <= blockBytes ? m : max(240, blockBytes / (n * size) / 12 * 12)
    for low in stride(from: 0, to: m, by: block) {
      let high = min(m, low + block), rows = c.part(rows: low, high, size)
      do throws(Failure) {
        try product.multiply(a.part(rows: low, high, size), b.transposed, to: rows)
      } catch {
        failure = error
        return
      }
      if activation != BP_ACTIVATION_NONE || biases != nil {
        finish(context, activation, type, size, rows, biases)
      }
    }
    if !isDirect { staging.send(c.data, type, to: out) }
  }
  if let failure { throw failure }
}

/// The bias and the function, over rows shared among threads.
private func finish(
  _ context: Context, _ activation: Int32, _ type: Int32, _ size: Int, _ c: Matrix, _ bias: UnsafeRawPointer?
) {
  let pieces = min(c.rows, pieces(context, c.rows * c.columns, atLeast: activation > BP_ACTIVATION_RELU ? 8192 : 32768))
  let kernel = context.pointee.networks.affine.finish
  parallel(context, pieces) { piece in
    let (low, high) = (c.rows * piece / pieces, c.rows * (piece + 1) / pieces)
    kernel(activation, type, high - low, c.columns, c.data + low * c.rowStride * size, c.rowStride, bias)
  }
}

/// A tensor of rank 2 as a matrix.
func matrix(_ view: View) -> Matrix {
  Matrix(
    data: view.count == 0 ? UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped : view.data,
    rows: view.extent(0), columns: view.extent(1), rowStride: view.stride(0), columnStride: view.stride(1))
}

extension Product {
  /// One product, also of nothing: a sum of no terms is 0. Within a batch of one.
  func multiply(_ a: Matrix, _ b: Matrix, to c: Matrix) throws(Failure) {
    if c.rows == 0 || c.columns == 0 { return }
    if a.columns > 0 { return try run(Loop(), a.normalized, b.normalized, c.normalized) }
    var zero: UInt64 = 0
    withUnsafeBytes(of: &zero) { zero in
      for row in 0..<c.rows {
        context.pointee.kernels.move(
          size, c.columns, c.data + row * c.rowStride * size, c.columnStride, zero.baseAddress.unsafelyUnwrapped, 0)
      }
    }
  }
}
