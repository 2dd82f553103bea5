import BackendAPI
import CPUKernelTypes
import CPULanes

// MARK: - Runs of one slice

let gradientSums: StatisticsKernels.GradientSums = {
  type, n, g, gStride, x, stride, mean, scale, weight, weightStride, weightSums, biasSums, sums in
  sums[0] = 0
  sums[1] = 0
  beside(type, n, weight, weightStride, none: 1) { weight in
    readRuns(type, n, g, gStride, x, stride) { g, x, first, count in
      let at = first &* numberSize(type), weight = weight.from(at)
      let weightSums = weightSums.map { $0 + at }, biasSums = biasSums.map { $0 + at }
      if type == BP_FLOAT64 {
        sums64(count, g, x, mean, scale, weight.numbers, weight.number, weightSums, biasSums, sums)
      } else {
        sums32(count, g, x, mean, scale, weight.numbers, weight.number, weightSums, biasSums, sums)
      }
    }
  }
}

let gradientRun: StatisticsKernels.GradientRun = {
  type, n, out, outStride, g, gStride, x, stride, mean, scale, weight, weightStride, shift, slope in
  beside(type, n, weight, weightStride, none: 1) { weight in
    writeRun(type, n, out, outStride, g, gStride, x, stride) { out, g, x, first, count in
      let weight = weight.from(first &* numberSize(type))
      if type == BP_FLOAT64 {
        gradient64(count, out, g, x, mean, scale, weight.numbers, weight.number, shift, slope)
      } else {
        gradient32(count, out, g, x, mean, scale, weight.numbers, weight.number, shift, slope)
      }
    }
  }
}

/// The sums of `f` and of `f` times `d`.
@inline(__always)
private func totals<V: FloatLanes>(
  _: V.Type, _ n: Int, _ sums: UnsafeMutablePointer<Double>, _ f: (Int, Int) -> (V, V)
) {
  let size = MemoryLayout<V.Scalar>.stride, two = 2 &* V.width
  var start = 0
  while n &- start >= two {
    let end = start &+ min(64 &* two, (n &- start) / two &* two)
    var a = V(0), b = V(0), c = V(0), d = V(0)
    while start < end {
      let at = start &* size
      let (h, product) = f(at, V.width), (k, other) = f(at &+ 64, V.width)
      a = V.add(a, h)
      b = V.add(b, k)
      c = V.add(c, product)
      d = V.add(d, other)
      start &+= two
    }
    sums[0] += V.add(a, b).total()
    sums[1] += V.add(c, d).total()
  }
  if start < n {
    var a = V(0), c = V(0)
    vectors(V.self, n &- start) { at, count in
      let (h, product) = f(start &* size &+ at, count)
      a = V.add(a, h)
      c = V.add(c, product)
    }
    sums[0] += a.total()
    sums[1] += c.total()
  }
}

@inline(never)
private func sums32(
  _ n: Int, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ mean: Double, _ scale: Double,
  _ weights: UnsafeRawPointer?, _ weight: Double, _ weightSums: UnsafeMutableRawPointer?,
  _ biasSums: UnsafeMutableRawPointer?, _ sums: UnsafeMutablePointer<Double>
) { runSums(F32.self, n, g, x, mean, scale, weights, weight, weightSums, biasSums, sums) }

@inline(never)
private func sums64(
  _ n: Int, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ mean: Double, _ scale: Double,
  _ weights: UnsafeRawPointer?, _ weight: Double, _ weightSums: UnsafeMutableRawPointer?,
  _ biasSums: UnsafeMutableRawPointer?, _ sums: UnsafeMutablePointer<Double>
) { runSums(F64.self, n, g, x, mean, scale, weights, weight, weightSums, biasSums, sums) }

@inline(__always)
private func runSums<V: FloatLanes>(
  _: V.Type, _ n: Int, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ mean: Double, _ scale: Double,
  _ weights: UnsafeRawPointer?, _ weight: Double, _ weightSums: UnsafeMutableRawPointer?,
  _ biasSums: UnsafeMutableRawPointer?, _ sums: UnsafeMutablePointer<Double>
) {
  let center = V(mean), w = V(weight)
  if let weightSums, let biasSums {
    let scale = V(scale)
    totals(V.self, n, sums) { at, lanes in
      let g = loadLanes(V.self, g + at, lanes), d = V.sub(loadLanes(V.self, x + at, lanes), center)
      storeLanes(V.fma(g, V.mul(d, scale), loadLanes(V.self, weightSums + at, lanes)), weightSums + at, lanes)
      storeLanes(V.add(loadLanes(V.self, biasSums + at, lanes), g), biasSums + at, lanes)
      let h = V.mul(g, weights.map { loadLanes(V.self, $0 + at, lanes) } ?? w)
      return (h, V.mul(h, d))
    }
  } else {
    totals(V.self, n, sums) { at, lanes in
      let h = V.mul(loadLanes(V.self, g + at, lanes), weights.map { loadLanes(V.self, $0 + at, lanes) } ?? w)
      return (h, V.mul(h, V.sub(loadLanes(V.self, x + at, lanes), center)))
    }
  }
}

@inline(never)
private func gradient32(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ mean: Double,
  _ scale: Double, _ weights: UnsafeRawPointer?, _ weight: Double, _ shift: Double, _ slope: Double
) { gradient(F32.self, n, out, g, x, mean, scale, weights, weight, shift, slope) }

@inline(never)
private func gradient64(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ mean: Double,
  _ scale: Double, _ weights: UnsafeRawPointer?, _ weight: Double, _ shift: Double, _ slope: Double
) { gradient(F64.self, n, out, g, x, mean, scale, weights, weight, shift, slope) }

@inline(__always)
private func gradient<V: FloatLanes>(
  _: V.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ mean: Double,
  _ scale: Double, _ weights: UnsafeRawPointer?, _ weight: Double, _ shift: Double, _ slope: Double
) {
  let center = V(mean), factor = V(scale), shift = V(shift), slope = V(slope), w = V(weight)
  vectors(V.self, n) { at, lanes in
    let h = V.mul(loadLanes(V.self, g + at, lanes), weights.map { loadLanes(V.self, $0 + at, lanes) } ?? w)
    let d = V.sub(loadLanes(V.self, x + at, lanes), center)
    storeLanes(V.mul(factor, V.sub(V.sub(h, shift), V.mul(d, slope))), out + at, lanes)
  }
}

// MARK: - Columns

let gradientColumnSums: StatisticsKernels.GradientColumnSums = {
  type, rows, columns, g, gStride, x, rowStride, center, sums, products in
  let size = elementSize(type), width = numberSize(type), isDirect = type == BP_FLOAT32 || type == BP_FLOAT64
  let block = columnsBlock &* columnRowsBlock &* width
  withUnsafeTemporaryAllocation(byteCount: isDirect ? 64 : block, alignment: 64) { memory in
    let other = memory.baseAddress.unsafelyUnwrapped
    columnBlocks(type, rows, columns, x, rowStride) { x, stride, row, height, column, count in
      var p = g + (row &* gStride &+ column) &* size, pStep = gStride &* width
      if !isDirect {
        for i in 0..<height { stage(type, count, p + i &* gStride &* size, 1, other + i &* columnsBlock &* width) }
        (p, pStep) = (UnsafeRawPointer(other), columnsBlock &* width)
      }
      let c = center + column &* width
      if type == BP_FLOAT64 {
        columnSums64(height, count, p, pStep, x, stride &* width, c, sums + column, products + column)
      } else {
        columnSums32(height, count, p, pStep, x, stride &* width, c, sums + column, products + column)
      }
    }
  }
}

@inline(never)
private func columnSums32(
  _ height: Int, _ width: Int, _ g: UnsafeRawPointer, _ gStep: Int, _ x: UnsafeRawPointer, _ step: Int,
  _ center: UnsafeRawPointer, _ sums: UnsafeMutablePointer<Double>, _ products: UnsafeMutablePointer<Double>
) { columnSums(F32.self, height, width, g, gStep, x, step, center, sums, products) }

@inline(never)
private func columnSums64(
  _ height: Int, _ width: Int, _ g: UnsafeRawPointer, _ gStep: Int, _ x: UnsafeRawPointer, _ step: Int,
  _ center: UnsafeRawPointer, _ sums: UnsafeMutablePointer<Double>, _ products: UnsafeMutablePointer<Double>
) { columnSums(F64.self, height, width, g, gStep, x, step, center, sums, products) }

/// Steps are in bytes.
@inline(__always)
private func columnSums<V: FloatLanes>(
  _: V.Type, _ height: Int, _ width: Int, _ g: UnsafeRawPointer, _ gStep: Int, _ x: UnsafeRawPointer, _ step: Int,
  _ center: UnsafeRawPointer, _ sums: UnsafeMutablePointer<Double>, _ products: UnsafeMutablePointer<Double>
) {
  vectors(V.self, width) { at, lanes in
    let first = at / MemoryLayout<V.Scalar>.stride, c = loadLanes(V.self, center + at, lanes)
    var sum = V(0), product = V(0), p = g + at, q = x + at
    for _ in 0..<height {
      let g = loadLanes(V.self, p, lanes)
      sum = V.add(sum, g)
      product = V.fma(g, V.sub(loadLanes(V.self, q, lanes), c), product)
      p += gStep
      q += step
    }
    numbers(sum, lanes) { j, sum in sums[first &+ j] += sum }
    numbers(product, lanes) { j, product in products[first &+ j] += product }
  }
}

let gradientColumns: StatisticsKernels.GradientColumns = {
  type, rows, columns, out, outStride, g, gStride, x, rowStride, center, factor, shift, slope in
  let size = elementSize(type)
  for row in 0..<rows {
    let to = out + row &* outStride &* size, p = g + row &* gStride &* size, q = x + row &* rowStride &* size
    writeRun(type, columns, to, 1, p, 1, q, 1) { out, g, x, first, count in
      let at = first &* numberSize(type)
      let (c, f, s, k) = (center + at, factor + at, shift + at, slope + at)
      if type == BP_FLOAT64 {
        gradientRow64(count, out, g, x, c, f, s, k)
      } else {
        gradientRow32(count, out, g, x, c, f, s, k)
      }
    }
  }
}

@inline(never)
private func gradientRow32(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ center: UnsafeRawPointer,
  _ factor: UnsafeRawPointer, _ shift: UnsafeRawPointer, _ slope: UnsafeRawPointer
) { gradientRow(F32.self, n, out, g, x, center, factor, shift, slope) }

@inline(never)
private func gradientRow64(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer, _ center: UnsafeRawPointer,
  _ factor: UnsafeRawPointer, _ shift: UnsafeRawPointer, _ slope: UnsafeRawPointer
) { gradientRow(F64.self, n, out, g, x, center, factor, shift, slope) }

@inline(__always)
private func gradientRow<V: FloatLanes>(
  _: V.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ g: UnsafeRawPointer, _ x: UnsafeRawPointer,
  _ center: UnsafeRawPointer, _ factor: UnsafeRawPointer, _ shift: UnsafeRawPointer, _ slope: UnsafeRawPointer
) {
  vectors(V.self, n) { at, lanes in
    let d = V.sub(loadLanes(V.self, x + at, lanes), loadLanes(V.self, center + at, lanes))
    let h = V.mul(loadLanes(V.self, g + at, lanes), loadLanes(V.self, factor + at, lanes))
    storeLanes(
      V.sub(V.sub(h, loadLanes(V.self, shift + at, lanes)), V.mul(d, loadLanes(V.self, slope + at, lanes))), out + at,
      lanes)
  }
}
