import BackendAPI
import CPUKernelTypes
import CPULanes

let checkIndicesKernel: KernelTable.CheckIndices = { n, index, stride, extent in
  let index = index.assumingMemoryBound(to: Int64.self)
  let extent = UInt64(extent)
  for i in 0..<n where UInt64(bitPattern: index[i &* stride]) >= extent { return i }
  return -1
}

@inline(__always)
private func gather<T: BitwiseCopyable>(
  _: T.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ data: UnsafeRawPointer, _ axis: Int,
  _ sd: Int, _ index: UnsafeRawPointer, _ si: Int, _ extent: Int
) -> Int {
  let o = out.assumingMemoryBound(to: T.self), data = data.assumingMemoryBound(to: T.self)
  let index = index.assumingMemoryBound(to: Int64.self)
  for i in 0..<n {
    let j = index[i &* si]
    if UInt64(bitPattern: j) >= UInt64(extent) { return i }
    o[i &* so] = data[Int(j) &* axis &+ i &* sd]
  }
  return -1
}

let gatherKernel: KernelTable.Gather = { size, n, o, so, data, axis, sd, index, si, extent in
  switch size {
  case 0:
    let wrong = gather(UInt8.self, n, o, so, data, axis, sd, index, si, extent)
    elements(n, o, so, o, so) { (x: UInt8) -> UInt8 in min(x, 1) }
    return wrong
  case 1: return gather(UInt8.self, n, o, so, data, axis, sd, index, si, extent)
  case 2: return gather(UInt16.self, n, o, so, data, axis, sd, index, si, extent)
  case 4: return gather(UInt32.self, n, o, so, data, axis, sd, index, si, extent)
  case 8: return gather(UInt64.self, n, o, so, data, axis, sd, index, si, extent)
  default:
    for i in 0..<n {
      let j = (index + 8 &* i &* si).load(as: Int64.self)
      if UInt64(bitPattern: j) >= UInt64(extent) { return i }
      let x = (data + 16 &* (Int(j) &* axis &+ i &* sd)).loadUnaligned(as: Pair.self)
      (o + 16 &* i &* so).storeBytes(of: x, as: Pair.self)
    }
    return -1
  }
}

@inline(__always)
private func scatter<T: BitwiseCopyable>(
  _: T.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ axis: Int, _ so: Int, _ index: UnsafeRawPointer,
  _ si: Int, _ source: UnsafeRawPointer, _ ss: Int, _ f: (T, T) -> T
) {
  let o = out.assumingMemoryBound(to: T.self), source = source.assumingMemoryBound(to: T.self)
  let index = index.assumingMemoryBound(to: Int64.self)
  for i in 0..<n {
    let target = o + (Int(index[i &* si]) &* axis &+ i &* so)
    target[0] = f(target[0], source[i &* ss])
  }
}

@inline(__always)
private func scatterInteger<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ mode: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ axis: Int, _ so: Int,
  _ index: UnsafeRawPointer, _ si: Int, _ source: UnsafeRawPointer, _ ss: Int
) {
  switch mode {
  case BP_SCATTER_ADD: scatter(T.self, n, o, axis, so, index, si, source, ss) { $0 &+ $1 }
  case BP_SCATTER_MUL: scatter(T.self, n, o, axis, so, index, si, source, ss) { $0 &* $1 }
  case BP_SCATTER_MAX: scatter(T.self, n, o, axis, so, index, si, source, ss) { max($0, $1) }
  default: scatter(T.self, n, o, axis, so, index, si, source, ss) { min($0, $1) }
  }
}

@inline(__always)
private func scatterFloat<T: BitwiseCopyable, X: FloatingPoint>(
  _: T.Type, _ mode: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ axis: Int, _ so: Int,
  _ index: UnsafeRawPointer, _ si: Int, _ source: UnsafeRawPointer, _ ss: Int, _ value: (T) -> X,
  _ stored: (X) -> T
) {
  switch mode {
  case BP_SCATTER_ADD:
    scatter(T.self, n, o, axis, so, index, si, source, ss) { stored(value($0) + value($1)) }
  case BP_SCATTER_MUL:
    scatter(T.self, n, o, axis, so, index, si, source, ss) { stored(value($0) * value($1)) }
  case BP_SCATTER_MAX:
    scatter(T.self, n, o, axis, so, index, si, source, ss) {
      stored(extreme(value($0), value($1), greatest: true))
    }
  default:
    scatter(T.self, n, o, axis, so, index, si, source, ss) {
      stored(extreme(value($0), value($1), greatest: false))
    }
  }
}

@inline(__always)
private func scatterHalf<F: HalfFormat>(
  _: F.Type, _ mode: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ axis: Int, _ so: Int,
  _ index: UnsafeRawPointer, _ si: Int, _ source: UnsafeRawPointer, _ ss: Int
) {
  scatterFloat(
    UInt16.self, mode, n, o, axis, so, index, si, source, ss,
    { F.widen(SIMD16<UInt16>(repeating: $0))[0] }, { F.narrow(F32(repeating: $0))[0] })
}

@inline(__always)
private func scatterComplex<C: ComplexElement>(
  _: C.Type, _ mode: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ axis: Int, _ so: Int,
  _ index: UnsafeRawPointer, _ si: Int, _ source: UnsafeRawPointer, _ ss: Int
) {
  if mode == BP_SCATTER_ADD {
    scatter(C.self, n, o, axis, so, index, si, source, ss) { $0 + $1 }
  } else {
    scatter(C.self, n, o, axis, so, index, si, source, ss) { $0 * $1 }
  }
}

/// Of complex and all other types alike.
@inline(__always)
private func scatterBytes(
  _ size: Int, _ n: Int, _ o: UnsafeMutableRawPointer, _ axis: Int, _ so: Int, _ index: UnsafeRawPointer,
  _ si: Int, _ source: UnsafeRawPointer, _ ss: Int
) {
  switch size {
  case 1: scatter(UInt8.self, n, o, axis, so, index, si, source, ss) { $1 }
  case 2: scatter(UInt16.self, n, o, axis, so, index, si, source, ss) { $1 }
  case 4: scatter(UInt32.self, n, o, axis, so, index, si, source, ss) { $1 }
  case 8: scatter(UInt64.self, n, o, axis, so, index, si, source, ss) { $1 }
  default:
    for i in 0..<n {
      let j = Int((index + 8 &* i &* si).load(as: Int64.self))
      let x = (source + 16 &* i &* ss).loadUnaligned(as: Pair.self)
      (o + 16 &* (j &* axis &+ i &* so)).storeBytes(of: x, as: Pair.self)
    }
  }
}

let scatterKernel: KernelTable.Scatter = { mode, type, n, o, axis, so, index, si, source, ss in
  if mode == BP_SCATTER_SET && type == BP_BOOL {
    return scatter(UInt8.self, n, o, axis, so, index, si, source, ss) { min($1, 1) }
  }
  if mode == BP_SCATTER_SET {
    return scatterBytes(Int(bp_dtype_size(type)), n, o, axis, so, index, si, source, ss)
  }
  switch type {
  case BP_BOOL:
    if mode == BP_SCATTER_ADD || mode == BP_SCATTER_MAX {
      scatter(UInt8.self, n, o, axis, so, index, si, source, ss) { min($0 | $1, 1) }
    } else {
      scatter(UInt8.self, n, o, axis, so, index, si, source, ss) { min($0, 1) & min($1, 1) }
    }
  case BP_UINT8: scatterInteger(UInt8.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_INT8: scatterInteger(Int8.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_INT16: scatterInteger(Int16.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_INT32: scatterInteger(Int32.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_INT64: scatterInteger(Int64.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_FLOAT16: scatterHalf(Float16Format.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_BFLOAT16: scatterHalf(BFloat16Format.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_FLOAT32: scatterFloat(Float.self, mode, n, o, axis, so, index, si, source, ss, { $0 }, { $0 })
  case BP_FLOAT64: scatterFloat(Double.self, mode, n, o, axis, so, index, si, source, ss, { $0 }, { $0 })
  case BP_COMPLEX64: scatterComplex(Complex64.self, mode, n, o, axis, so, index, si, source, ss)
  case BP_COMPLEX128: scatterComplex(Complex128.self, mode, n, o, axis, so, index, si, source, ss)
  default: break
  }
}
