import BackendAPI
import CPUKernelTypes
import CPULanes

/// x/2 (1 + erf(x/√2)).
@inline(__always) private func gelu<V: FloatLanes>(_ x: V) -> V {
  let half = V.mul(x, V(0.5))
  return V.fma(half, V.mul(x, V(0.5.squareRoot())).erf(), half)
}

/// x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
@inline(__always) private func geluTanh<V: FloatLanes>(_ x: V) -> V {
  let half = V.mul(x, V(0.5)), factor = V((2 / Double.pi).squareRoot())
  let cubic = V.fma(V.mul(V.mul(x, x), V(0.044715)), x, x)
  return V.mul(half, V.add(V(1), V.mul(factor, cubic).tanh()))
}

@inline(__always)
private func finishRows<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ outRow: Int, _ bias: UnsafeRawPointer?,
  _ f: (V) -> V
) {
  let size = MemoryLayout<V.Scalar>.stride, whole = n / V.width &* V.width
  for r in 0..<rows {
    let row = out + r &* outRow &* size
    var i = 0
    while i < whole {
      var x = V.load(row + i &* size)
      if let bias { x = V.add(x, V.load(bias + i &* size)) }
      f(x).store(row + i &* size)
      i &+= V.width
    }
    if i < n {
      var x = V.loadPartial(row + i &* size, n &- i)
      if let bias { x = V.add(x, V.loadPartial(bias + i &* size, n &- i)) }
      f(x).storePartial(row + i &* size, n &- i)
    }
  }
}

@inline(__always)
private func finish<V: FloatLanes>(
  _: V.Type, _ activation: Int32, _ rows: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ outRow: Int,
  _ bias: UnsafeRawPointer?
) {
  switch activation {
  case BP_ACTIVATION_RELU:
    let zero = V(0)
    finishRows(V.self, rows, n, out, outRow, bias) { V.select(V.less($0, zero), zero, $0) }
  case BP_ACTIVATION_SIGMOID: finishRows(V.self, rows, n, out, outRow, bias) { $0.sigmoid() }
  case BP_ACTIVATION_TANH: finishRows(V.self, rows, n, out, outRow, bias) { $0.tanh() }
  case BP_ACTIVATION_SILU: finishRows(V.self, rows, n, out, outRow, bias) { V.mul($0, $0.sigmoid()) }
  case BP_ACTIVATION_GELU: finishRows(V.self, rows, n, out, outRow, bias) { gelu($0) }
  case BP_ACTIVATION_GELU_TANH: finishRows(V.self, rows, n, out, outRow, bias) { geluTanh($0) }
  default: finishRows(V.self, rows, n, out, outRow, bias) { $0 }
  }
}

var affineKernels: AffineKernels {
  AffineKernels(finish: { activation, type, rows, n, out, outRow, bias in
    if type == BP_FLOAT64 {
      finish(F64.self, activation, rows, n, out, outRow, bias)
    } else {
      finish(F32.self, activation, rows, n, out, outRow, bias)
    }
  })
}
