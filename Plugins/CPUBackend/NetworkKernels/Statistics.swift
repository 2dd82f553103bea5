import BackendAPI
import CPUKernelTypes
import CPULanes

var statisticsKernels: StatisticsKernels {
  StatisticsKernels(
    addMoments: addMoments, spread: spread, normalizeRun: normalizeRun, addColumnMoments: addColumnMoments,
    normalizeColumns: normalizeColumns, gradientSums: gradientSums, gradientRun: gradientRun,
    gradientColumnSums: gradientColumnSums, gradientColumns: gradientColumns, scaleRun: scaleRun)
}

// MARK: - Runs of one slice

/// Elements whose mean is taken at once: they stay in the first-level cache for their deviations.
private let momentsBlock = 4096

private let addMoments: StatisticsKernels.AddMoments = { type, n, x, stride, isCentered, moments in
  let moments = moments.assumingMemoryBound(to: StatisticsKernels.Moments.self), size = numberSize(type)
  readRun(type, n, x, stride) { p, _, count in
    var i = 0
    while i < count {
      let part = min(momentsBlock, count &- i), q = p + i &* size
      if type == BP_FLOAT64 {
        addMoments64(part, q, isCentered, moments)
      } else {
        addMoments32(part, q, isCentered, moments)
      }
      i &+= part
    }
  }
}

@inline(__always)
private func addDense<V: FloatLanes>(
  _: V.Type, _ n: Int, _ p: UnsafeRawPointer, _ isCentered: Bool,
  _ moments: UnsafeMutablePointer<StatisticsKernels.Moments>
) {
  guard isCentered else {
    moments.pointee.power += total(V.self, n) { at, count in
      let x = loadLanes(V.self, p + at, count)
      return V.mul(x, x)
    }
    moments.pointee.count += Double(n)
    return
  }
  let sum = total(V.self, n) { at, count in loadLanes(V.self, p + at, count) }
  let mean = sum / Double(n)
  // What is taken off is the mean as the type has it. The rest of the mean comes off the sum of the squares.
  var center = V(mean)
  let rounded = withUnsafeBytes(of: &center) { V.read($0.baseAddress.unsafelyUnwrapped) }
  let last = ones(V.self, n % V.width == 0 ? V.width : n % V.width)
  var power = total(V.self, n) { at, count in
    var d = V.sub(loadLanes(V.self, p + at, count), center)
    if count < V.width { d = V.mul(d, last) }
    return V.mul(d, d)
  }
  power -= Double(n) * (mean - rounded) * (mean - rounded)
  if power < 0 { power = 0 }
  merge(
    count: Double(n), sum: sum, power: power, &moments.pointee.count, &moments.pointee.sum, &moments.pointee.power)
}

@inline(never)
private func addMoments32(
  _ n: Int, _ p: UnsafeRawPointer, _ isCentered: Bool, _ moments: UnsafeMutablePointer<StatisticsKernels.Moments>
) { addDense(F32.self, n, p, isCentered, moments) }

@inline(never)
private func addMoments64(
  _ n: Int, _ p: UnsafeRawPointer, _ isCentered: Bool, _ moments: UnsafeMutablePointer<StatisticsKernels.Moments>
) { addDense(F64.self, n, p, isCentered, moments) }

/// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
@inline(__always)
private func merge(
  count: Double, sum: Double, power: Double, _ totalCount: inout Double, _ totalSum: inout Double,
  _ totalPower: inout Double
) {
  if totalCount == 0 {
    (totalCount, totalSum, totalPower) = (count, sum, power)
    return
  }
  let apart = sum / count - totalSum / totalCount
  totalPower += power + apart * apart * (count * totalCount / (count + totalCount))
  totalCount += count
  totalSum += sum
}

private let spread: StatisticsKernels.Spread = { type, n, x, stride, mean, unit in
  var (greatest, power) = (0.0, 0.0)
  readRun(type, n, x, stride) { p, _, count in
    for i in 0..<count {
      let x =
        type == BP_FLOAT64
        ? p.load(fromByteOffset: 8 &* i, as: Double.self) : Double(p.load(fromByteOffset: 4 &* i, as: Float.self))
      let deviation = x - mean
      if unit == 0 {
        let magnitude = deviation.magnitude
        if magnitude > greatest || magnitude != magnitude { greatest = magnitude }
      } else {
        power += (deviation / unit) * (deviation / unit)
      }
    }
  }
  return unit == 0 ? greatest : power
}

private let normalizeRun: StatisticsKernels.NormalizeRun = {
  type, n, out, outStride, x, stride, mean, scale, weight, weightStride, bias, biasStride in
  beside(type, n, weight, weightStride, none: 1) { weight in
    beside(type, n, bias, biasStride, none: 0) { bias in
      writeRun(type, n, out, outStride, x, stride, x, stride) { out, x, _, first, count in
        let at = first &* numberSize(type)
        if type == BP_FLOAT64 {
          normalize64(count, out, x, mean, scale, weight.from(at), bias.from(at))
        } else {
          normalize32(count, out, x, mean, scale, weight.from(at), bias.from(at))
        }
      }
    }
  }
}

/// x * factor + addend is a normalization of mean 0 and scale 1.
private let scaleRun: StatisticsKernels.ScaleRun = {
  type, n, out, outStride, x, stride, factor, addend, factorStride in
  normalizeRun(type, n, out, outStride, x, stride, 0, 1, factor, factorStride, addend, factorStride)
}

@inline(__always)
private func normalize<V: FloatLanes>(
  _: V.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ mean: Double, _ scale: Double,
  _ weight: Beside, _ bias: Beside
) {
  let center = V(mean)
  if weight.numbers == nil && bias.numbers == nil {
    let factor = V(scale * weight.number), addend = V(bias.number)
    vectors(V.self, n) { at, count in
      storeLanes(V.fma(V.sub(loadLanes(V.self, x + at, count), center), factor, addend), out + at, count)
    }
    return
  }
  let factor = V(scale), w = V(weight.number), b = V(bias.number)
  vectors(V.self, n) { at, count in
    let z = V.mul(V.sub(loadLanes(V.self, x + at, count), center), factor)
    let w = weight.numbers.map { loadLanes(V.self, $0 + at, count) } ?? w
    let b = bias.numbers.map { loadLanes(V.self, $0 + at, count) } ?? b
    storeLanes(V.fma(z, w, b), out + at, count)
  }
}

@inline(never)
private func normalize32(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ mean: Double, _ scale: Double, _ weight: Beside,
  _ bias: Beside
) { normalize(F32.self, n, out, x, mean, scale, weight, bias) }

@inline(never)
private func normalize64(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ mean: Double, _ scale: Double, _ weight: Beside,
  _ bias: Beside
) { normalize(F64.self, n, out, x, mean, scale, weight, bias) }

// MARK: - Columns

/// Columns that are read at a time, and rows of them: what the first-level cache holds.
let columnsBlock = 64
let columnRowsBlock = 64

/// Blocks of rows of at most `columnsBlock` columns, of numbers that are computed with; `body` is told where the block
/// lies, how far apart its rows are, its first row and column, and how many there are.
@inline(never)
func columnBlocks(
  _ type: Int32, _ rows: Int, _ columns: Int, _ x: UnsafeRawPointer, _ rowStride: Int,
  _ body: (_ p: UnsafeRawPointer, _ stride: Int, _ row: Int, _ rows: Int, _ column: Int, _ columns: Int) -> Void
) {
  let isDirect = type == BP_FLOAT32 || type == BP_FLOAT64
  let size = elementSize(type), width = numberSize(type)
  withUnsafeTemporaryAllocation(
    byteCount: isDirect ? 64 : columnsBlock &* columnRowsBlock &* width, alignment: 64
  ) { memory in
    let block = memory.baseAddress.unsafelyUnwrapped
    var column = 0
    while column < columns {
      let count = min(columnsBlock, columns &- column)
      var row = 0
      while row < rows {
        let height = min(columnRowsBlock, rows &- row)
        let from = x + (row &* rowStride &+ column) &* size
        if isDirect {
          body(from, rowStride, row, height, column, count)
        } else {
          for i in 0..<height {
            stage(type, count, from + i &* rowStride &* size, 1, block + i &* columnsBlock &* width)
          }
          body(block, columnsBlock, row, height, column, count)
        }
        row &+= height
      }
      column &+= count
    }
  }
}

/// The lanes as float64, one after the other.
@inline(__always)
func numbers<V: FloatLanes>(_ v: V, _ count: Int, _ body: (Int, Double) -> Void) {
  var v = v
  withUnsafeBytes(of: &v) { bytes in
    let p = bytes.baseAddress.unsafelyUnwrapped
    for i in 0..<count { body(i, V.read(p + i &* MemoryLayout<V.Scalar>.stride)) }
  }
}

private let addColumnMoments: StatisticsKernels.AddColumnMoments = {
  type, rows, columns, x, rowStride, isCentered, count, sums, powers in
  columnBlocks(type, rows, columns, x, rowStride) { p, stride, row, height, column, width in
    let before = count &+ row, sums = sums + column, powers = powers + column
    if type == BP_FLOAT64 {
      addBlock64(height, width, p, stride, isCentered, before, sums, powers)
    } else {
      addBlock32(height, width, p, stride, isCentered, before, sums, powers)
    }
  }
}

@inline(never)
private func addBlock32(
  _ height: Int, _ width: Int, _ p: UnsafeRawPointer, _ stride: Int, _ isCentered: Bool, _ before: Int,
  _ sums: UnsafeMutablePointer<Double>, _ powers: UnsafeMutablePointer<Double>
) { addBlock(F32.self, height, width, p, stride, isCentered, before, sums, powers) }

@inline(never)
private func addBlock64(
  _ height: Int, _ width: Int, _ p: UnsafeRawPointer, _ stride: Int, _ isCentered: Bool, _ before: Int,
  _ sums: UnsafeMutablePointer<Double>, _ powers: UnsafeMutablePointer<Double>
) { addBlock(F64.self, height, width, p, stride, isCentered, before, sums, powers) }

@inline(__always)
private func addBlock<V: FloatLanes>(
  _: V.Type, _ height: Int, _ width: Int, _ p: UnsafeRawPointer, _ stride: Int, _ isCentered: Bool, _ before: Int,
  _ sums: UnsafeMutablePointer<Double>, _ powers: UnsafeMutablePointer<Double>
) {
  let size = MemoryLayout<V.Scalar>.stride, step = stride &* size, share = 1 / Double(height)
  vectors(V.self, width) { at, lanes in
    let first = at / size
    var sum = V(0), power = V(0), center = V(0)
    if isCentered {
      var even = V(0), i = 0, q = p + at
      while i &+ 1 < height {
        sum = V.add(sum, loadLanes(V.self, q, lanes))
        even = V.add(even, loadLanes(V.self, q + step, lanes))
        q += 2 &* step
        i &+= 2
      }
      if i < height { sum = V.add(sum, loadLanes(V.self, q, lanes)) }
      sum = V.add(sum, even)
      center = V.mul(sum, V(share))
    }
    var even = V(0), i = 0, q = p + at
    while i &+ 1 < height {
      let d = V.sub(loadLanes(V.self, q, lanes), center), e = V.sub(loadLanes(V.self, q + step, lanes), center)
      power = V.fma(d, d, power)
      even = V.fma(e, e, even)
      q += 2 &* step
      i &+= 2
    }
    if i < height {
      let d = V.sub(loadLanes(V.self, q, lanes), center)
      power = V.fma(d, d, power)
    }
    power = V.add(power, even)
    numbers(power, lanes) { j, power in powers[first &+ j] += power }
    if isCentered {
      let count = Double(before), n = Double(height)
      numbers(center, lanes) { j, center in
        if before > 0 {
          let apart = center - sums[first &+ j] / count
          powers[first &+ j] += apart * apart * (n * count / (n + count))
        }
      }
      numbers(sum, lanes) { j, sum in sums[first &+ j] += sum }
    }
  }
}

private let normalizeColumns: StatisticsKernels.NormalizeColumns = {
  type, rows, columns, out, outStride, x, rowStride, center, factor, addend in
  let size = elementSize(type)
  for row in 0..<rows {
    let to = out + row &* outStride &* size, from = x + row &* rowStride &* size
    writeRun(type, columns, to, 1, from, 1, from, 1) { out, x, _, first, count in
      let at = first &* numberSize(type)
      let c = center + at, f = factor + at, a = addend + at
      if type == BP_FLOAT64 { normalizeRow64(count, out, x, c, f, a) } else { normalizeRow32(count, out, x, c, f, a) }
    }
  }
}

@inline(never)
private func normalizeRow32(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ center: UnsafeRawPointer,
  _ factor: UnsafeRawPointer, _ addend: UnsafeRawPointer
) { normalizeRow(F32.self, n, out, x, center, factor, addend) }

@inline(never)
private func normalizeRow64(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ center: UnsafeRawPointer,
  _ factor: UnsafeRawPointer, _ addend: UnsafeRawPointer
) { normalizeRow(F64.self, n, out, x, center, factor, addend) }

@inline(__always)
private func normalizeRow<V: FloatLanes>(
  _: V.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ x: UnsafeRawPointer, _ center: UnsafeRawPointer,
  _ factor: UnsafeRawPointer, _ addend: UnsafeRawPointer
) {
  vectors(V.self, n) { at, count in
    let d = V.sub(loadLanes(V.self, x + at, count), loadLanes(V.self, center + at, count))
    storeLanes(V.fma(d, loadLanes(V.self, factor + at, count), loadLanes(V.self, addend + at, count)), out + at, count)
  }
}
