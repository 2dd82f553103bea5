import BackendAPI
import CPUKernelTypes

// What begins, joins and ends a reduction. Accumulators are float64 or int64 for sums and products, of
// complex numbers pairs of float64; for extremes the type itself, float32 for half types.

@inline(__always) private func start<T: BitwiseCopyable>(
  _ acc: UnsafeMutableRawPointer, _ count: Int, _ value: T
) {
  acc.assumingMemoryBound(to: T.self).initialize(repeating: value, count: count)
}

@inline(__always) private func startInteger<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ op: Int32, _ acc: UnsafeMutableRawPointer, _ count: Int
) { start(acc, count, op == BP_OP_MAX ? T.min : T.max) }

let reduceStartKernel: KernelTable.ReduceStart = { op, type, count, acc in
  if type >= BP_COMPLEX64 { return startComplex(op, count, acc) }
  let isFloat = type >= BP_FLOAT16, isMaximum = op == BP_OP_MAX
  switch op {
  case BP_OP_SUM, BP_OP_MEAN: start(acc, count, UInt64(0))
  case BP_OP_PROD: isFloat ? start(acc, count, 1.0) : start(acc, count, Int64(1))
  default:
    switch type {
    case BP_BOOL: start(acc, count, isMaximum ? UInt8(0) : 1)
    case BP_UINT8: startInteger(UInt8.self, op, acc, count)
    case BP_INT8: startInteger(Int8.self, op, acc, count)
    case BP_INT16: startInteger(Int16.self, op, acc, count)
    case BP_INT32: startInteger(Int32.self, op, acc, count)
    case BP_INT64: startInteger(Int64.self, op, acc, count)
    case BP_FLOAT64: start(acc, count, isMaximum ? -Double.infinity : .infinity)
    default: start(acc, count, isMaximum ? -Float.infinity : .infinity)
    }
  }
}

@inline(__always) private func combine<T: BitwiseCopyable>(
  _ into: UnsafeMutableRawPointer, _ from: UnsafeRawPointer, _ count: Int, _ f: (T, T) -> T
) { elements(count, into, 1, into, 1, from, 1, f) }

@inline(__always) private func combineInteger<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ op: Int32, _ into: UnsafeMutableRawPointer, _ from: UnsafeRawPointer, _ count: Int
) {
  if op == BP_OP_MAX {
    combine(into, from, count) { (x: T, y: T) in max(x, y) }
  } else {
    combine(into, from, count) { (x: T, y: T) in min(x, y) }
  }
}

@inline(__always) private func combineFloat<T: FloatingPoint & BitwiseCopyable>(
  _: T.Type, _ op: Int32, _ into: UnsafeMutableRawPointer, _ from: UnsafeRawPointer, _ count: Int
) {
  let isMaximum = op == BP_OP_MAX
  combine(into, from, count) { (x: T, y: T) in extreme(x, y, greatest: isMaximum) }
}

let reduceCombineKernel: KernelTable.ReduceCombine = { op, type, count, into, from in
  if type >= BP_COMPLEX64 { return combineComplex(op, count, into, from) }
  let isFloat = type >= BP_FLOAT16
  switch op {
  case BP_OP_SUM, BP_OP_MEAN:
    if isFloat {
      combine(into, from, count) { (x: Double, y: Double) in x + y }
    } else {
      combine(into, from, count) { (x: Int64, y: Int64) in x &+ y }
    }
  case BP_OP_PROD:
    if isFloat {
      combine(into, from, count) { (x: Double, y: Double) in x * y }
    } else {
      combine(into, from, count) { (x: Int64, y: Int64) in x &* y }
    }
  default:
    switch type {
    case BP_BOOL, BP_UINT8: combineInteger(UInt8.self, op, into, from, count)
    case BP_INT8: combineInteger(Int8.self, op, into, from, count)
    case BP_INT16: combineInteger(Int16.self, op, into, from, count)
    case BP_INT32: combineInteger(Int32.self, op, into, from, count)
    case BP_INT64: combineInteger(Int64.self, op, into, from, count)
    case BP_FLOAT64: combineFloat(Double.self, op, into, from, count)
    default: combineFloat(Float.self, op, into, from, count)
    }
  }
}

@inline(__always) private func finishHalf<F: HalfFormat>(
  _: F.Type, _ isWide: Bool, _ count: Int, _ acc: UnsafeRawPointer, _ divisor: Double,
  _ out: UnsafeMutableRawPointer, _ so: Int
) {
  for i in 0..<count {
    let x =
      isWide
      ? roundedToOdd(acc.assumingMemoryBound(to: Double.self)[i] / divisor)
      : acc.assumingMemoryBound(to: Float.self)[i]
    F.write(out + 2 &* i &* so, x)
  }
}

let reduceFinishKernel: KernelTable.ReduceFinish = { op, type, count, acc, reduced, out, so in
  let isWide = op == BP_OP_SUM || op == BP_OP_PROD || op == BP_OP_MEAN
  let divisor = op == BP_OP_MEAN ? Double(reduced) : 1
  switch type {
  case BP_FLOAT16: finishHalf(Float16Format.self, isWide, count, acc, divisor, out, so)
  case BP_BFLOAT16: finishHalf(BFloat16Format.self, isWide, count, acc, divisor, out, so)
  case BP_FLOAT32 where isWide:
    elements(count, out, so, acc, 1) { (x: Double) -> Float in Float(x / divisor) }
  case BP_COMPLEX64: finishComplex(Complex64.self, count, acc, divisor, out, so)
  case BP_COMPLEX128: finishComplex(Complex128.self, count, acc, divisor, out, so)
  case BP_FLOAT64 where isWide: elements(count, out, so, acc, 1) { (x: Double) -> Double in x / divisor }
  default: moveBytes(isWide ? 8 : Int(bp_dtype_size(type)), count, out, so, acc, 1)
  }
}
