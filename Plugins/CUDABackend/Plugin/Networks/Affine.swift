import BackendAPI
import CUDATypes

/// LINEAR.
let affineClaims = [NetworkClaim(BP_OP_LINEAR, run: linear)]

private func linear(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let x = op.pointee.inputs[0]!, weight = op.pointee.inputs[1]!, out = op.pointee.outputs[0]!
  let bias = op.pointee.input_count > 2 ? op.pointee.inputs[2] : nil
  let h = try parameters(op, bp_linear_params())
  guard x.rank == 2, weight.rank == 2, out.rank == 2, x.extent(1) == weight.extent(1), out.extent(0) == x.extent(0),
    out.extent(1) == weight.extent(0), bias.map({ $0.rank == 1 && $0.extent(0) == weight.extent(0) }) ?? true
  else {
    throw .invalid(
      "LINEAR: input \(x.shapeText), weight \(weight.shapeText), bias \(bias?.shapeText ?? "none") and output "
        + "\(out.shapeText) have to be (m, k), (n, k), (n) and (m, n)")
  }
  guard (BP_ACTIVATION_NONE...BP_ACTIVATION_GELU_TANH).contains(h.activation) else {
    throw .unsupported("LINEAR: activation \(h.activation) is not known")
  }
  let m = out.extent(0), n = out.extent(1), type = out.dtype
  if m == 0 || n == 0 { return }
  var call = Affine(queue: queue, out: out, bias: bias, activation: h.activation)
  if x.extent(1) == 0 { return try call.finish(product: nil, of: type) }
  try queue.withArena { (arena) throws(Failure) in
    let a = try arena.matrix(x), b = try arena.matrix(weight).transposed
    let direct = DenseMatrix(out).flatMap { $0.isRegular ? $0 : nil }
    if h.activation == BP_ACTIVATION_NONE && (bias == nil || statisticsType(type) == type) {
      // The bias first, to which the sums are added. Of types of 16 bits cuBLAS may round the sums before that.
      let target: DenseMatrix
      if let direct { target = direct } else { target = DenseMatrix(try arena.result(out), rows: m, columns: n) }
      if bias != nil { try call.finish(product: nil, of: type, to: target) }
      return try queue.multiply(a, b, of: type, to: target, of: type, beta: bias == nil ? 0 : 1)
    }
    // The maximum of a rounded number and 0 is that of the number, rounded.
    let isWide = statisticsType(type) != type && !(h.activation == BP_ACTIVATION_RELU && bias == nil)
    let productType = isWide ? statisticsType(type) : type
    let product: DenseMatrix
    if let direct, !isWide {
      product = direct
    } else {
      product = DenseMatrix(try arena.take(m * n * Int(bp_dtype_size(productType))), rows: m, columns: n)
    }
    try queue.multiply(a, b, of: type, to: product, of: productType)
    try call.finish(product: product, of: productType)
  }
}

private struct Affine {
  let queue: Queue
  let out: View
  let bias: View?
  let activation: Int32

  /// The bias and the function, of a product that lies elsewhere or in place; without one of zeros.
  mutating func finish(product: DenseMatrix?, of productType: Int32, to target: DenseMatrix? = nil) throws(Failure) {
    let m = out.extent(0), n = out.extent(1), type = out.dtype, length = 16 / out.size
    var p = ck_affine()
    p.product = product?.address ?? 0
    p.product_stride = Int64(product?.rowStride ?? 0)
    p.bias = bias?.address ?? 0
    p.bias_stride = Int64(n == 1 ? 0 : bias?.stride(0) ?? 0)
    p.out = target?.address ?? out.address
    p.row_stride = Int64(target?.rowStride ?? (m == 1 ? 0 : out.stride(0)))
    p.column_stride = Int64(target?.columnStride ?? (n == 1 ? 1 : out.stride(1)))
    let productAlignment = UInt64(length) * UInt64(bp_dtype_size(productType))
    let isPacked =
      n % length == 0 && p.column_stride == 1 && p.row_stride % Int64(length) == 0 && p.out % 16 == 0
      && p.product_stride % Int64(length) == 0 && p.product % productAlignment == 0
      && (bias == nil || p.bias_stride == 1 && p.bias % 16 == 0)
    p.rows = Int64(m)
    p.columns = Int64(isPacked ? n / length : n)
    let isWide = productType != type
    let number = (isPacked ? 1 : 0) | (isWide ? 2 : 0) | Int(activation) << 2
    let items = Int(p.rows * p.columns)
    let blocks = queue.everyBlock(for: (items + 1) / 2, threads: Queue.threads)
    let activation = activation
    try queue.launch(Int(queue.op) << 9 | Int(type) << 5 | number, blocks: blocks, &p) {
      (
        isPacked ? "affine_packs" : "affine_elements", "affine.cu",
        ["DTYPE=\(type)", "ACTIVATION=\(activation)", "WIDE=\(isWide ? 1 : 0)"]
      )
    }
  }
}
