import BackendAPI
import CPUKernelTypes

@inline(__always)
private func integerSequence<T: FixedWidthInteger>(
  _: T.Type, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ start: Int64, _ step: Int64
) {
  let o = out.assumingMemoryBound(to: T.self)
  for i in 0..<n { o[i] = T(truncatingIfNeeded: start &+ Int64(first &+ i) &* step) }
}

/// In float64: the product is rounded before the sum.
@inline(__always)
private func floatSequence<F: FloatFormat>(
  _: F.Type, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ start: Double, _ step: Double,
  _ narrow: (Double) -> F.Lanes.Scalar
) {
  withUnsafeTemporaryAllocation(of: F.Lanes.Scalar.self, capacity: stagingBlock) { block in
    let x = block.baseAddress!
    for b in stride(from: 0, to: n, by: stagingBlock) {
      let count = min(stagingBlock, n &- b)
      for i in 0..<count { x[i] = narrow(start + Double(first &+ b &+ i) * step) }
      F.writeRun(count, x, out + b &* F.size)
    }
  }
}

let arangeElements: KernelTable.Arange = { type, first, n, out, start, step, integerStart, integerStep in
  switch type {
  case BP_UINT8: integerSequence(UInt8.self, first, n, out, integerStart, integerStep)
  case BP_INT8: integerSequence(Int8.self, first, n, out, integerStart, integerStep)
  case BP_INT16: integerSequence(Int16.self, first, n, out, integerStart, integerStep)
  case BP_INT32: integerSequence(Int32.self, first, n, out, integerStart, integerStep)
  case BP_INT64: integerSequence(Int64.self, first, n, out, integerStart, integerStep)
  case BP_FLOAT16: floatSequence(Float16Format.self, first, n, out, start, step, roundedToOdd)
  case BP_BFLOAT16: floatSequence(BFloat16Format.self, first, n, out, start, step, roundedToOdd)
  case BP_FLOAT32: floatSequence(Float32Format.self, first, n, out, start, step) { Float($0) }
  case BP_FLOAT64: floatSequence(Float64Format.self, first, n, out, start, step) { $0 }
  default: break
  }
}
