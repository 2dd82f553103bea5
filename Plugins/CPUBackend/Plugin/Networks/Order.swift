import BackendAPI
import CPUKernelTypes

/// Section 6.18 of the header.
let orderClaims: [NetworkClaim] = [NetworkClaim(BP_OP_TOPK, run: firsts)]

/// TOPK: slices are shared among threads, and long slices cut up.
private func firsts(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let values = op.pointee.outputs[0]!, indices = op.pointee.outputs[1]!, x = op.pointee.inputs[0]!
  let p = try parameters(op, bp_sort_params())
  let axis = try axis(op, p.axis, x)
  guard
    indices.hasShape(of: values) && values.rank == x.rank && values.extent(axis) <= x.extent(axis)
      && (0..<x.rank).allSatisfy({ $0 == axis || values.extent($0) == x.extent($0) })
  else {
    throw .invalid(
      "TOPK: of \(x.shapeText) along axis \(axis) there is no \(values.shapeText) with indices \(indices.shapeText)")
  }
  let slices = slices(op, apartFrom: axis)
  let (n, k) = (x.extent(axis), values.extent(axis))
  if slices.count == 0 || k == 0 { return }
  // A limit that tightens pays where few elements pass it.
  if k > 1024 || n < 16 * k || (n < 4096 && k > 16) { return try writeOrder(context, op, axis, p.descending) }
  let kernels = context.pointee.networks.order, type = values.dtype, size = values.size
  let (o, i, source) = (values.data, indices.data, x.data)
  let (so, sx, si) = (values.stride(axis), x.stride(axis), indices.stride(axis))
  let isWide = size == 8 || n > Int(UInt32.max), entry = isWide ? 16 : 8
  /// Room for entries: where it is used up, those beyond the first k are let go.
  func room(_ n: Int) -> Int { min(n, 2 * k + 64) }

  let threads = context.pointee.threads
  let parts = slices.count < threads ? min(threads, n / (1 << 16)) : 1
  if parts > 1 {
    let length = (n + parts - 1) / parts, capacity = room(length), kept = min(k, length)
    let bytes = amount(2 * entry, capacity, parts) + amount(2 * entry, kept, parts)
    try requireWorkSpace(bytes, "TOPK")
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { scratch in
      let part = scratch.baseAddress.unsafelyUnwrapped, all = part + 2 * entry * capacity * parts
      withUnsafeTemporaryAllocation(of: Int.self, capacity: parts) { counts in
        let counts = counts.baseAddress.unsafelyUnwrapped
        for slice in 0..<slices.count {
          let at = slices.offset(of: slice)
          let elements = source + at[1] * size
          parallel(context, parts) { number in
            let first = number * length, entries = part + 2 * entry * capacity * number
            counts[number] = kernels.scan(
              type, isWide, max(0, min(length, n - first)), k, first, p.descending, elements + first * sx * size, sx,
              entries, entries + entry * capacity, capacity)
          }
          var total = 0
          for number in 0..<parts {
            (all + entry * total).copyMemory(
              from: part + 2 * entry * capacity * number, byteCount: entry * counts[number])
            total += counts[number]
          }
          kernels.finish(isWide, total, k, all, all + entry * kept * parts)
          kernels.write(type, isWide, k, all, o + at[0] * size, so, i + at[2] * 8, si, elements, sx)
        }
      }
    }
    return
  }

  let capacity = room(n), step = slices.inner.stride
  try requireWorkSpace(amount(2 * entry, capacity, min(slices.count, threads)), "TOPK")
  slices.runs(context, atLeast: max(1, 8192 / n)) { offset, count in
    withUnsafeTemporaryAllocation(byteCount: 2 * entry * capacity, alignment: 64) { scratch in
      let entries = scratch.baseAddress.unsafelyUnwrapped, spare = entries + entry * capacity
      for slice in 0..<count {
        let at = offset &+ SIMD4(repeating: slice) &* step
        let elements = source + at[1] &* size
        let found = kernels.scan(type, isWide, n, k, 0, p.descending, elements, sx, entries, spare, capacity)
        kernels.finish(isWide, found, k, entries, spare)
        kernels.write(type, isWide, k, entries, o + at[0] &* size, so, i + at[2] &* 8, si, elements, sx)
      }
    }
  }
}
