import BackendAPI
import CPUKernelTypes

private let singlePlans = FourierPlans<Float>()
private let doublePlans = FourierPlans<Double>()

/// FFT: slice by slice, shared out over the pool.
func fourier(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  let out = op.pointee.outputs[0]!, x = op.pointee.inputs[0]!
  guard x.hasShape(of: out) else {
    throw .invalid("FFT: input \(x.shapeText) and output \(out.shapeText) have to be of one shape")
  }
  let params = try parameters(op, bp_fft_params())
  let axis = try axis(op, params.axis, out)
  if out.count == 0 { return }
  if out.dtype == BP_COMPLEX64 {
    // Bluestein's convolution would lose digits in float32.
    let plan = singlePlans.plan(out.extent(axis))
    if plan.isDirect {
      transform(context, plan, Float.self, x, out, axis, params)
    } else {
      transform(context, doublePlans.plan(out.extent(axis)), Float.self, x, out, axis, params)
    }
  } else {
    transform(context, doublePlans.plan(out.extent(axis)), Double.self, x, out, axis, params)
  }
}

/// Every slice: its numbers, of type `Part`, are laid out as two runs of `Real`, transformed, scaled and written.
private func transform<Real: BinaryFloatingPoint & SIMDScalar & BitwiseCopyable, Part: BinaryFloatingPoint>(
  _ context: Context, _ plan: FourierPlan<Real>, _: Part.Type, _ x: View, _ out: View, _ axis: Int,
  _ params: bp_fft_params
) {
  var slices = Loop()
  for other in 0..<out.rank where other != axis {
    slices.append(out.extent(other), SIMD4(out.stride(other), x.stride(other), 0, 0))
  }
  slices.arrange(by: 0)
  let n = plan.n, step = slices.inner.stride
  let source = x.data.assumingMemoryBound(to: Part.self), target = out.data.assumingMemoryBound(to: Part.self)
  let (from, to) = (2 &* x.stride(axis), 2 &* out.stride(axis))
  let scale = Real(params.scale), isInverse = params.inverse != 0
  slices.runs(context, atLeast: max(1, 4096 / n)) { offset, count in
    withUnsafeTemporaryAllocation(of: Real.self, capacity: 2 &* n &+ plan.scratchCount) { memory in
      let re = memory.baseAddress.unsafelyUnwrapped, im = re + n, scratch = im + n
      for i in 0..<count {
        let at = offset &+ SIMD4(repeating: i) &* step
        let a = source + 2 &* at[1], b = target + 2 &* at[0]
        for j in 0..<n {
          re[j] = Real(a[j &* from])
          im[j] = Real(a[j &* from &+ 1])
        }
        // The inverse is the forward transform of the parts exchanged.
        if isInverse { plan.transform(im, re, scratch) } else { plan.transform(re, im, scratch) }
        for j in 0..<n {
          b[j &* to] = Part(re[j] * scale)
          b[j &* to &+ 1] = Part(im[j] * scale)
        }
      }
    }
  }
}
