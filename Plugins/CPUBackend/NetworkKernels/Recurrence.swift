import BackendAPI
import CPUKernelTypes
import CPULanes

// The slopes of tanh and of the logistic function, from their results.
@inline(__always) private func slope<V: FloatLanes>(_ y: V) -> V { V.fma(y.negated(), y, V(1)) }
@inline(__always) private func logisticSlope<V: FloatLanes>(_ s: V) -> V { V.mul(s, V.sub(V(1), s)) }

// MARK: - Forward

@inline(__always)
private func rnnForward<V: FloatLanes>(
  _: V.Type, _ isReLU: Bool, _ rows: Int, _ units: Int, _ sums: UnsafeRawPointer, _ pitch: Int,
  _ bias: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ yRow: Int
) {
  let size = MemoryLayout<V.Scalar>.stride, zero = V(0)
  for r in 0..<rows {
    var u = 0
    while u < units {
      let count = units &- u, at = y + (r &* yRow &+ u) &* size
      let sum = V.load(sums + (r &* pitch &+ u) &* size)
      let x = V.add(V.add(loadLanes(V.self, at, count), loadLanes(V.self, bias + u &* size, count)), sum)
      storeLanes(isReLU ? V.select(V.less(x, zero), zero, x) : x.tanh(), at, count)
      u &+= V.width
    }
  }
}

@inline(__always)
private func lstmForward<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer, _ bias: UnsafeRawPointer,
  _ gates: UnsafeMutableRawPointer, _ gatesRow: Int, _ before: UnsafeRawPointer, _ beforeRow: Int,
  _ c: UnsafeMutableRawPointer, _ cRow: Int, _ h: UnsafeMutableRawPointer, _ hRow: Int
) {
  let size = MemoryLayout<V.Scalar>.stride, part = hidden &* size
  let b0 = loadLanes(V.self, bias, units), b1 = loadLanes(V.self, bias + part, units)
  let b2 = loadLanes(V.self, bias + 2 &* part, units), b3 = loadLanes(V.self, bias + 3 &* part, units)
  for r in 0..<rows {
    let row = gates + r &* gatesRow &* size, sum = sums + r &* 256
    @inline(__always) func input(_ gate: Int, _ bias: V) -> V {
      V.add(V.add(loadLanes(V.self, row + gate &* part, units), bias), V.load(sum + gate &* 64))
    }
    let i = input(0, b0).sigmoid(), f = input(1, b1).sigmoid(), g = input(2, b2).tanh(), o = input(3, b3).sigmoid()
    let cell = V.fma(f, loadLanes(V.self, before + r &* beforeRow &* size, units), V.mul(i, g))
    storeLanes(i, row, units)
    storeLanes(f, row + part, units)
    storeLanes(g, row + 2 &* part, units)
    storeLanes(o, row + 3 &* part, units)
    storeLanes(cell, c + r &* cRow &* size, units)
    storeLanes(V.mul(o, cell.tanh()), h + r &* hRow &* size, units)
  }
}

@inline(__always)
private func gruForward<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer, _ inputBias: UnsafeRawPointer,
  _ stateBias: UnsafeRawPointer, _ kept: UnsafeMutableRawPointer, _ keptRow: Int, _ before: UnsafeRawPointer,
  _ beforeRow: Int, _ h: UnsafeMutableRawPointer, _ hRow: Int
) {
  let size = MemoryLayout<V.Scalar>.stride, part = hidden &* size
  @inline(__always) func bias(_ gate: Int) -> (V, V) {
    (loadLanes(V.self, inputBias + gate &* part, units), loadLanes(V.self, stateBias + gate &* part, units))
  }
  let (a0, b0) = bias(0), (a1, b1) = bias(1), (a2, b2) = bias(2)
  for r in 0..<rows {
    let row = kept + r &* keptRow &* size, sum = sums + r &* 192
    @inline(__always) func input(_ gate: Int, _ bias: V) -> V {
      V.add(loadLanes(V.self, row + gate &* part, units), bias)
    }
    @inline(__always) func state(_ gate: Int, _ bias: V) -> V { V.add(V.load(sum + gate &* 64), bias) }
    let reset = V.add(input(0, a0), state(0, b0)).sigmoid(), z = V.add(input(1, a1), state(1, b1)).sigmoid()
    let fromState = state(2, b2)
    let n = V.fma(reset, fromState, input(2, a2)).tanh()
    let old = loadLanes(V.self, before + r &* beforeRow &* size, units)
    storeLanes(reset, row, units)
    storeLanes(z, row + part, units)
    storeLanes(n, row + 2 &* part, units)
    storeLanes(fromState, row + 3 &* part, units)
    storeLanes(V.fma(z, old, V.mul(V.sub(V(1), z), n)), h + r &* hRow &* size, units)
  }
}

// MARK: - Backward

@inline(__always)
private func rnnBackward<V: FloatLanes>(
  _: V.Type, _ isReLU: Bool, _ rows: Int, _ units: Int, _ sums: UnsafeRawPointer?, _ pitch: Int,
  _ carried: UnsafeMutableRawPointer, _ carriedRow: Int, _ gy: UnsafeRawPointer, _ gyRow: Int, _ y: UnsafeRawPointer,
  _ yRow: Int, _ g: UnsafeMutableRawPointer, _ gRow: Int
) {
  let size = MemoryLayout<V.Scalar>.stride, zero = V(0)
  for r in 0..<rows {
    var u = 0
    while u < units {
      let count = units &- u
      let through: V
      if let sums {
        through = V.load(sums + (r &* pitch &+ u) &* size)
      } else {
        through = loadLanes(V.self, carried + (r &* carriedRow &+ u) &* size, count)
      }
      let gh = V.add(loadLanes(V.self, gy + (r &* gyRow &+ u) &* size, count), through)
      let result = loadLanes(V.self, y + (r &* yRow &+ u) &* size, count)
      // Where the result is NaN, the gradient goes through.
      let isPositive = V.less(zero, result)
      let gradient =
        isReLU ? V.select(isPositive, gh, V.select(V.ordered(result), zero, gh)) : V.mul(gh, slope(result))
      storeLanes(gradient, g + (r &* gRow &+ u) &* size, count)
      u &+= V.width
    }
  }
}

@inline(__always)
private func lstmBackward<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer?, _ pitch: Int,
  _ carried: UnsafeMutableRawPointer, _ carriedC: UnsafeMutableRawPointer, _ carriedRow: Int, _ gy: UnsafeRawPointer,
  _ gyRow: Int, _ gates: UnsafeRawPointer, _ gatesRow: Int, _ c: UnsafeRawPointer, _ cRow: Int,
  _ before: UnsafeRawPointer, _ beforeRow: Int, _ g: UnsafeMutableRawPointer, _ gRow: Int
) {
  let size = MemoryLayout<V.Scalar>.stride, part = hidden &* size
  for r in 0..<rows {
    var u = 0
    while u < units {
      let count = units &- u
      let through: V
      if let sums {
        through = V.load(sums + (r &* pitch &+ u) &* size)
      } else {
        through = loadLanes(V.self, carried + (r &* carriedRow &+ u) &* size, count)
      }
      let gh = V.add(loadLanes(V.self, gy + (r &* gyRow &+ u) &* size, count), through)
      let row = gates + (r &* gatesRow &+ u) &* size
      let i = loadLanes(V.self, row, count), f = loadLanes(V.self, row + part, count)
      let new = loadLanes(V.self, row + 2 &* part, count), o = loadLanes(V.self, row + 3 &* part, count)
      let cell = loadLanes(V.self, c + (r &* cRow &+ u) &* size, count).tanh()
      let gc = carriedC + (r &* carriedRow &+ u) &* size
      let ofC = V.fma(V.mul(gh, o), slope(cell), loadLanes(V.self, gc, count))
      let old = loadLanes(V.self, before + (r &* beforeRow &+ u) &* size, count)
      let target = g + (r &* gRow &+ u) &* size
      storeLanes(V.mul(V.mul(ofC, new), logisticSlope(i)), target, count)
      storeLanes(V.mul(V.mul(ofC, old), logisticSlope(f)), target + part, count)
      storeLanes(V.mul(V.mul(ofC, i), slope(new)), target + 2 &* part, count)
      storeLanes(V.mul(V.mul(gh, cell), logisticSlope(o)), target + 3 &* part, count)
      storeLanes(V.mul(ofC, f), gc, count)
      u &+= V.width
    }
  }
}

@inline(__always)
private func gruBackward<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ units: Int, _ hidden: Int, _ sums: UnsafeRawPointer?, _ pitch: Int,
  _ carried: UnsafeMutableRawPointer, _ carriedRow: Int, _ gy: UnsafeRawPointer, _ gyRow: Int,
  _ kept: UnsafeRawPointer, _ keptRow: Int, _ before: UnsafeRawPointer, _ beforeRow: Int,
  _ g: UnsafeMutableRawPointer, _ gRow: Int, _ gn: UnsafeMutableRawPointer, _ gnRow: Int
) {
  let size = MemoryLayout<V.Scalar>.stride, part = hidden &* size, one = V(1)
  for r in 0..<rows {
    var u = 0
    while u < units {
      let count = units &- u
      let direct = carried + (r &* carriedRow &+ u) &* size
      var gh = V.add(loadLanes(V.self, gy + (r &* gyRow &+ u) &* size, count), loadLanes(V.self, direct, count))
      if let sums { gh = V.add(gh, V.load(sums + (r &* pitch &+ u) &* size)) }
      let row = kept + (r &* keptRow &+ u) &* size
      let reset = loadLanes(V.self, row, count), z = loadLanes(V.self, row + part, count)
      let n = loadLanes(V.self, row + 2 &* part, count), fromState = loadLanes(V.self, row + 3 &* part, count)
      let old = loadLanes(V.self, before + (r &* beforeRow &+ u) &* size, count)
      let ofN = V.mul(V.mul(gh, V.sub(one, z)), slope(n))
      let target = g + (r &* gRow &+ u) &* size
      storeLanes(V.mul(V.mul(ofN, fromState), logisticSlope(reset)), target, count)
      storeLanes(V.mul(V.mul(gh, V.sub(old, n)), logisticSlope(z)), target + part, count)
      storeLanes(ofN, target + 2 &* part, count)
      storeLanes(V.mul(ofN, reset), gn + (r &* gnRow &+ u) &* size, count)
      storeLanes(V.mul(gh, z), direct, count)
      u &+= V.width
    }
  }
}

// MARK: - Sums

@inline(__always)
private func addRows<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ units: Int, _ out: UnsafeMutableRawPointer, _ outRow: Int, _ a: UnsafeRawPointer,
  _ aRow: Int, _ adds: Bool
) {
  let size = MemoryLayout<V.Scalar>.stride
  for r in 0..<rows {
    var u = 0
    while u < units {
      let at = out + (r &* outRow &+ u) &* size, x = V.load(a + (r &* aRow &+ u) &* size)
      storeLanes(adds ? V.add(loadLanes(V.self, at, units &- u), x) : x, at, units &- u)
      u &+= V.width
    }
  }
}

/// A vector of columns at a time, in two sums; those of 64 rows are sums of their own.
@inline(__always)
private func columnSums<V: FloatLanes>(
  _: V.Type, _ rows: Int, _ columns: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aRow: Int
) {
  let size = MemoryLayout<V.Scalar>.stride
  var u = 0
  while u < columns {
    let count = columns &- u
    var total = V(0), r = 0
    while r < rows {
      let end = min(rows, r &+ 64)
      var (even, odd) = (V(0), V(0))
      while r < end {
        even = V.add(even, loadLanes(V.self, a + (r &* aRow &+ u) &* size, count))
        if r &+ 1 < end { odd = V.add(odd, loadLanes(V.self, a + ((r &+ 1) &* aRow &+ u) &* size, count)) }
        r &+= 2
      }
      total = V.add(total, V.add(even, odd))
      r = end
    }
    storeLanes(total, out + u &* size, count)
    u &+= V.width
  }
}

@inline(__always) private func round<F: HalfFormat>(_: F.Type, _ n: Int, _ a: UnsafeMutableRawPointer) {
  var i = 0
  while i < n {
    let at = a + 4 &* i
    storeLanes(F.widen(F.narrow(loadLanes(F32.self, at, n &- i))), at, n &- i)
    i &+= 16
  }
}

// MARK: - Table

var recurrenceKernels: RecurrenceKernels {
  RecurrenceKernels(
    hasColumns: lanes_have_avx512() == 0, panel: lanes_have_avx512() != 0 ? recurrentPanel : recurrentColumns,
    rnnForward: { type, isReLU, rows, units, sums, pitch, bias, y, yRow in
      if type == BP_FLOAT64 {
        rnnForward(F64.self, isReLU != 0, rows, units, sums, pitch, bias, y, yRow)
      } else {
        rnnForward(F32.self, isReLU != 0, rows, units, sums, pitch, bias, y, yRow)
      }
    },
    lstmForward: { type, rows, units, hidden, sums, bias, gates, gatesRow, before, beforeRow, c, cRow, h, hRow in
      if type == BP_FLOAT64 {
        lstmForward(
          F64.self, rows, units, hidden, sums, bias, gates, gatesRow, before, beforeRow, c, cRow, h, hRow)
      } else {
        lstmForward(
          F32.self, rows, units, hidden, sums, bias, gates, gatesRow, before, beforeRow, c, cRow, h, hRow)
      }
    },
    gruForward: { type, rows, units, hidden, sums, ofInput, ofState, kept, keptRow, before, beforeRow, h, hRow in
      if type == BP_FLOAT64 {
        gruForward(
          F64.self, rows, units, hidden, sums, ofInput, ofState, kept, keptRow, before, beforeRow, h, hRow)
      } else {
        gruForward(
          F32.self, rows, units, hidden, sums, ofInput, ofState, kept, keptRow, before, beforeRow, h, hRow)
      }
    },
    rnnBackward: { type, isReLU, rows, units, sums, pitch, carried, carriedRow, gy, gyRow, y, yRow, g, gRow in
      if type == BP_FLOAT64 {
        rnnBackward(
          F64.self, isReLU != 0, rows, units, sums, pitch, carried, carriedRow, gy, gyRow, y, yRow, g, gRow)
      } else {
        rnnBackward(
          F32.self, isReLU != 0, rows, units, sums, pitch, carried, carriedRow, gy, gyRow, y, yRow, g, gRow)
      }
    },
    lstmBackward: {
      type, rows, units, hidden, sums, pitch, carried, carriedC, carriedRow, gy, gyRow, gates, gatesRow, c, cRow,
      before,
      beforeRow, g, gRow in
      if type == BP_FLOAT64 {
        lstmBackward(
          F64.self, rows, units, hidden, sums, pitch, carried, carriedC, carriedRow, gy, gyRow, gates, gatesRow, c,
          cRow,
          before, beforeRow, g, gRow)
      } else {
        lstmBackward(
          F32.self, rows, units, hidden, sums, pitch, carried, carriedC, carriedRow, gy, gyRow, gates, gatesRow, c,
          cRow,
          before, beforeRow, g, gRow)
      }
    },
    gruBackward: {
      type, rows, units, hidden, sums, pitch, carried, carriedRow, gy, gyRow, kept, keptRow, before, beforeRow, g, gRow,
      gn, gnRow in
      if type == BP_FLOAT64 {
        gruBackward(
          F64.self, rows, units, hidden, sums, pitch, carried, carriedRow, gy, gyRow, kept, keptRow, before, beforeRow,
          g, gRow, gn, gnRow)
      } else {
        gruBackward(
          F32.self, rows, units, hidden, sums, pitch, carried, carriedRow, gy, gyRow, kept, keptRow, before, beforeRow,
          g, gRow, gn, gnRow)
      }
    },
    addRows: { type, rows, units, out, outRow, a, aRow, adds in
      if type == BP_FLOAT64 {
        addRows(F64.self, rows, units, out, outRow, a, aRow, adds != 0)
      } else {
        addRows(F32.self, rows, units, out, outRow, a, aRow, adds != 0)
      }
    },
    columnSums: { type, rows, columns, out, a, aRow in
      if type == BP_FLOAT64 {
        columnSums(F64.self, rows, columns, out, a, aRow)
      } else {
        columnSums(F32.self, rows, columns, out, a, aRow)
      }
    },
    round: { type, n, a in
      if type == BP_FLOAT16 { round(Float16Format.self, n, a) } else { round(BFloat16Format.self, n, a) }
    })
}
