import BackendAPI
import CPUKernelTypes

let dropoutClaims = [NetworkClaim(BP_OP_DROPOUT, run: dropout)]

/// DROPOUT: elements in row-major order, whose numbers their random words have.
private func dropout(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, a = op.pointee.inputs[0]!
  let p = try parameters(op, bp_dropout_params())
  guard p.p >= 0 && p.p < 1 else { throw .invalid("DROPOUT: p is \(p.p), and has to be 0 or more and less than 1") }
  guard a.hasShape(of: out) else {
    throw .invalid("DROPOUT: input \(a.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  var loop = Loop()
  for axis in 0..<out.rank { loop.append(out.extent(axis), SIMD4(out.stride(axis), a.stride(axis), 0, 0)) }
  if loop.count == 0 { return }
  loop.merge()
  let kernel = context.pointee.networks.dropout.run, type = out.dtype, size = out.size
  let (o, x) = (out.data, a.data), (so, sa) = (loop.inner.stride[0], loop.inner.stride[1])
  let limit = UInt32((Double(Float(p.p)) * 0x1p24).rounded(.up)), factor = 1 / (1 - p.p)
  let count = loop.count, pieces = pieces(context, count, atLeast: 16384)
  parallel(context, pieces) { piece in
    let (low, high) = share(count, pieces, piece)
    var at = low
    loop.runs(low, high) { offset, n in
      kernel(
        type, at, n, o + offset[0] &* size, so, x + offset[1] &* size, sa, limit, factor, p.seed, p.offset)
      at &+= n
    }
  }
}
