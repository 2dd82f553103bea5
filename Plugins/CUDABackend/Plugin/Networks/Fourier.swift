import BackendAPI
import CUDATypes

/// FFT.
let fourierClaims = [NetworkClaim(BP_OP_FFT, of: BP_TYPES_COMPLEX, run: fourier)]

private func fourier(_ queue: Queue, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let x = op.pointee.inputs[0]!, out = op.pointee.outputs[0]!
  let h = try parameters(op, bp_fft_params())
  guard x.hasShape(of: out) else {
    throw .invalid("FFT: input \(x.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  let axis = try axis(op, h.axis, x), n = x.extent(axis)
  guard n >= 1 else { throw .invalid("FFT: the extent along axis \(axis) of \(x.shapeText) has to be 1 or more") }
  var slices = Axes()
  for other in 0..<x.rank where other != axis {
    slices.append(x.extent(other), SIMD4(out.stride(other), x.stride(other), 0, 0))
  }
  if slices.count == 0 { return }
  slices.merge()
  var p = ck_fourier()
  p.source = x.address
  p.target = out.address
  p.slices = slices.parameters
  p.length = Int64(n)
  p.stride = (Int64(out.stride(axis)), Int64(x.stride(axis)))
  p.scale = h.scale
  p.is_inverse = h.inverse != 0 ? 1 : 0
  p.done = 1
  let factors = factors(of: n)
  p.count = Int32(factors.count)
  for (i, factor) in factors.enumerated() { set(&p.radix, i, Int64(factor)) }
  let count = slices.count
  try queue.withArena { (arena) throws(Failure) in
    p.table = try arena.take(n * out.size)
    try launch(queue, "fourier_table", 0, out.dtype, blocks: queue.blocks(for: n), p)
    if n * out.size <= Int(CK_FOURIER_BYTES) {
      return try launch(
        queue, "fourier_slices", 1, out.dtype, blocks: queue.everyBlock(for: count, threads: 1), p)
    }
    // Each pass goes from one of two copies to the other, of slices without gaps.
    let between = factors.count > 1 ? try arena.take(count * n * out.size) : 0
    let other = factors.count > 2 ? try arena.take(count * n * out.size) : 0
    typealias Place = (address: UInt64, operand: Int?, stride: Int)
    var from: Place = (x.address, 1, x.stride(axis))
    for (i, factor) in factors.enumerated() {
      let isLast = i + 1 == factors.count
      let to: Place = isLast ? (out.address, 0, out.stride(axis)) : (i % 2 == 0 ? between : other, nil, 1)
      p.source = from.address
      p.target = to.address
      p.stride = (Int64(to.stride), Int64(from.stride))
      // Slice after slice, as they are numbered.
      var axes = Axes(), step = n * count
      for axis in 0..<slices.rank {
        let extent = slices.extent(axis), stride = slices.stride(axis)
        step /= extent
        func along(_ place: Place) -> Int { place.operand.map { stride[$0] } ?? step }
        axes.append(extent, SIMD4(along(to), along(from), 0, 0))
      }
      p.slices = axes.parameters
      p.count = Int32(factors.count - i)
      set(&p.radix, 0, Int64(factor))
      let items = count * ([2, 3, 4, 8].contains(factor) ? n / factor : n)
      try launch(queue, "fourier_pass", 2, out.dtype, blocks: queue.everyBlock(for: items, threads: Queue.threads), p)
      p.done *= Int64(factor)
      from = to
    }
  }
}

/// Factors of 2, as many as can be together, and odd primes; an extent of 1 has a factor of 1.
private func factors(of n: Int) -> [Int] {
  var rest = n
  var result: [Int] = []
  for factor in [8, 4, 2, 3] {
    while rest % factor == 0 {
      result.append(factor)
      rest /= factor
    }
  }
  var prime = 5
  while prime * prime <= rest {
    while rest % prime == 0 {
      result.append(prime)
      rest /= prime
    }
    prime += 2
  }
  if rest > 1 || result.isEmpty { result.append(rest) }
  return result
}

private func launch(
  _ queue: Queue, _ kernel: String, _ number: Int, _ dtype: Int32, blocks: Int, _ p: ck_fourier
) throws(Failure) {
  var p = p
  try queue.launch(Int(queue.op) << 9 | Int(dtype) << 5 | number, blocks: blocks, &p) {
    (kernel, "fourier.cu", ["DTYPE=\(dtype)"])
  }
}
