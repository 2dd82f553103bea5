import BackendAPI
import CPUKernelTypes
import CPULanes

// The gradient computes the shares again, block by block, from the scores and the logarithms of their sums.

extension AttentionBlocks {
  /// Queries `low ..< high` of this head; the gradients of k and v are added to `dk` and `dv`.
  @inline(__always)
  func backward(_ low: Int, _ high: Int, _ dk: UnsafeMutablePointer<T>, _ dv: UnsafeMutablePointer<T>) {
    stageIndex()
    if layout.holdsAllKeys { stageKeys(0, p.isCausal ? min(p.keys, high) : p.keys) }
    for first in stride(from: low, to: high, by: layout.lanes) {
      let count = min(layout.lanes, high &- first)
      stageQueries(first, count)
      stageGradients(first, count)
      backwardStrip(first, count, count > V.width ? 2 : 1, dk, dv)
    }
  }

  /// The incoming gradients as rows and transposed; the sums of their products with the results, and the logarithms.
  @inline(__always)
  private func stageGradients(_ first: Int, _ count: Int) {
    let lanes = layout.lanes, gradientRows = at(layout.gradientRows), g = at(layout.gradientColumns)
    rows(p.gradient, head, first, count, all: lanes, p.vWidth, gradientRows, layout.vPitch)
    V.transpose(layout.vWidth, lanes, g, lanes, gradientRows, layout.vPitch)
    let resultRows = at(layout.maskRows)
    let o = at(layout.resultColumns)
    for c in stride(from: 0, to: layout.vWidth, by: 64) {
      // A part of the columns at a time: as many as there is room for.
      let width = min(64, layout.vWidth &- c), real = min(64, p.vWidth &- c)
      for i in 0..<lanes {
        let row = resultRows + i &* 64
        if i < count && real > 0 {
          let from = pointer(p.out, head, first &+ i) + c &* p.out.column &* F.size
          F.stage(real, from, p.out.column, row)
          if real < width { clear(row + real, width &- real) }
        } else {
          clear(row, width)
        }
      }
      V.transpose(width, lanes, o + c &* lanes, lanes, resultRows, 64)
    }
    let sums = at(layout.index) + lanes, logs = sums + lanes
    for vector in 0..<2 {
      var sum = V(0)
      for c in 0..<p.vWidth {
        let place = c &* lanes &+ vector &* V.width
        sum = V.fma(load(g + place), load(o + place), sum)
      }
      store(sum, sums + vector &* V.width)
      store(V(.infinity), logs + vector &* V.width)
    }
    let l = p.logSums
    let from = l.data.assumingMemoryBound(to: T.self) + (batch &* l.batch &+ head &* l.head &+ first &* l.row)
    for i in 0..<count { logs[i] = from[i &* l.row] }
    // A query that saw nothing has no shares, and neither have lanes without one: exp(x - inf) is 0.
    for vector in 0..<2 {
      let x = load(logs + vector &* V.width)
      let isBlind = V.select(V.less(V(-.infinity), x), V(0), V.select(V.ordered(x), V(1), V(0)))
      store(V.select(V.less(V(0), isBlind), V(.infinity), x), logs + vector &* V.width)
    }
  }

  @inline(__always)
  private func backwardStrip(
    _ first: Int, _ count: Int, _ vectors: Int, _ dk: UnsafeMutablePointer<T>, _ dv: UnsafeMutablePointer<T>
  ) {
    let lanes = layout.lanes, result = at(layout.result), columns = (p.width &+ 3) & ~3, depth = vectors &* V.width
    let limit = p.isCausal ? min(p.keys, first &+ count) : p.keys
    let shares = at(layout.scores), gradients = at(layout.gradients)
    for key in stride(from: 0, to: limit, by: AttentionScratch.keyBlock) {
      let keys = min(AttentionScratch.keyBlock, limit &- key), wholeKeys = (keys &+ 3) & ~3
      if !layout.holdsAllKeys { stageKeys(key, keys) }
      let row = layout.holdsAllKeys ? key : 0
      scores(first, count, vectors, key, keys, row: row)
      V.rowProduct(
        wholeKeys, vectors, p.vWidth, at(layout.values) + row &* layout.vPitch, layout.vPitch,
        at(layout.gradientColumns), lanes, gradients, lanes, adds: false)
      if p.dropsBelow > 0 { factors(first, count, vectors, key, keys) }
      scoreGradients(0, keys)
      if vectors > 1 { scoreGradients(1, keys) }
      // Rows that only fill up a tile are those of keys that nothing is to be added to.
      clear(shares + keys &* lanes, (wholeKeys &- keys) &* lanes)
      clear(gradients + keys &* lanes, (wholeKeys &- keys) &* lanes)
      V.rowProduct(
        wholeKeys, layout.vWidth / V.width, depth, shares, lanes, at(layout.gradientRows), layout.vPitch,
        dv + key &* layout.vWidth, layout.vWidth, adds: true)
      V.rowProduct(
        wholeKeys, layout.width / V.width, depth, gradients, lanes, at(layout.rows), layout.pitch,
        dk + key &* layout.width, layout.width, adds: true)
      V.columnProduct(
        columns, vectors, keys, at(layout.keys) + row &* layout.pitch, layout.pitch, gradients, lanes, result, lanes,
        adds: key > 0)
    }
    if limit == 0 { clear(result, columns &* lanes) }
    let scale = V(p.scale)
    for i in stride(from: 0, to: columns &* lanes, by: V.width) { store(V.mul(load(result + i), scale), result + i) }
    V.transpose(lanes, layout.width, at(layout.rows), layout.pitch, result, lanes)
    for i in 0..<count {
      F.unstage(p.width, at(layout.rows) + i &* layout.pitch, pointer(p.dq, head, first &+ i), p.dq.column)
    }
  }

  /// Scores become kept shares, and the gradients of shares those of scores.
  @inline(__always)
  private func scoreGradients(_ vector: Int, _ keys: Int) {
    let lanes = layout.lanes, place = vector &* V.width
    let shares = at(layout.scores) + place, gradients = at(layout.gradients) + place
    let factors = at(layout.maskColumns) + place
    let sum = load(at(layout.index) + (lanes &+ place)), log = load(at(layout.index) + (2 &* lanes &+ place))
    if p.dropsBelow > 0 {
      for j in stride(from: 0, to: keys &* lanes, by: lanes) {
        let share = V.sub(load(shares + j), log).exp(), factor = load(factors + j)
        store(V.mul(share, factor), shares + j)
        store(V.mul(share, V.sub(V.mul(load(gradients + j), factor), sum)), gradients + j)
      }
    } else {
      for j in stride(from: 0, to: keys &* lanes, by: lanes) {
        let share = V.sub(load(shares + j), log).exp()
        store(share, shares + j)
        store(V.mul(share, V.sub(load(gradients + j), sum)), gradients + j)
      }
    }
  }

  /// Writes the gradients of keys.
  @inline(__always)
  func finish(
    _ low: Int, _ high: Int, _ parts: Int, _ step: Int, _ dk: UnsafeMutablePointer<T>, _ dv: UnsafeMutablePointer<T>
  ) {
    for j in low..<high {
      add(dk + j &* layout.width, layout.width, parts, step)
      add(dv + j &* layout.vWidth, layout.vWidth, parts, step)
      F.unstage(p.width, dk + j &* layout.width, pointer(p.dk, head, j), p.dk.column)
      F.unstage(p.vWidth, dv + j &* layout.vWidth, pointer(p.dv, head, j), p.dv.column)
    }
  }

  @inline(__always)
  private func add(_ row: UnsafeMutablePointer<T>, _ width: Int, _ parts: Int, _ step: Int) {
    for part in 1..<max(1, parts) {
      for c in stride(from: 0, to: width, by: V.width) {
        store(V.add(load(row + c), load(row + (part &* step &+ c))), row + c)
      }
    }
  }
}

@inline(__always)
private func backward<F: FloatFormat>(
  _: F.Type, _ problem: UnsafeRawPointer, _ batch: Int, _ keyHead: Int, _ low: Int, _ high: Int,
  _ scratch: UnsafeMutableRawPointer, _ dk: UnsafeMutableRawPointer, _ dv: UnsafeMutableRawPointer
) where F.Lanes: AttentionLanes {
  typealias T = F.Lanes.Scalar
  let problem = problem.assumingMemoryBound(to: AttentionProblem.self)
  let layout = AttentionScratch(problem.pointee, size: MemoryLayout<T>.size, isBackward: true)
  let queries = problem.pointee.queries, group = problem.pointee.heads / problem.pointee.keyHeads
  for head in 0..<group {
    let (first, last) = (max(low, head &* queries), min(high, (head &+ 1) &* queries))
    if first >= last { continue }
    AttentionBlocks<F>(problem, layout, scratch, batch: batch, head: keyHead &* group &+ head).backward(
      first &- head &* queries, last &- head &* queries, dk.assumingMemoryBound(to: T.self),
      dv.assumingMemoryBound(to: T.self))
  }
}

let attentionBackwardKernel: AttentionKernels.Backward = { type, problem, batch, head, low, high, scratch, dk, dv in
  switch type {
  case BP_FLOAT16: backward(Float16Format.self, problem, batch, head, low, high, scratch, dk, dv)
  case BP_BFLOAT16: backward(BFloat16Format.self, problem, batch, head, low, high, scratch, dk, dv)
  case BP_FLOAT32: backward(Float32Format.self, problem, batch, head, low, high, scratch, dk, dv)
  case BP_FLOAT64: backward(Float64Format.self, problem, batch, head, low, high, scratch, dk, dv)
  default: break
  }
}

@inline(__always)
private func finish<F: FloatFormat>(
  _: F.Type, _ problem: UnsafeRawPointer, _ batch: Int, _ keyHead: Int, _ low: Int, _ high: Int, _ parts: Int,
  _ step: Int, _ dk: UnsafeMutableRawPointer, _ dv: UnsafeMutableRawPointer
) where F.Lanes: AttentionLanes {
  typealias T = F.Lanes.Scalar
  let problem = problem.assumingMemoryBound(to: AttentionProblem.self)
  let layout = AttentionScratch(problem.pointee, size: MemoryLayout<T>.size, isBackward: true)
  AttentionBlocks<F>(problem, layout, dk, batch: batch, head: keyHead).finish(
    low, high, parts, step, dk.assumingMemoryBound(to: T.self), dv.assumingMemoryBound(to: T.self))
}

let attentionFinishKernel: AttentionKernels.Finish = { type, problem, batch, head, low, high, parts, step, dk, dv in
  switch type {
  case BP_FLOAT16: finish(Float16Format.self, problem, batch, head, low, high, parts, step, dk, dv)
  case BP_BFLOAT16: finish(BFloat16Format.self, problem, batch, head, low, high, parts, step, dk, dv)
  case BP_FLOAT32: finish(Float32Format.self, problem, batch, head, low, high, parts, step, dk, dv)
  case BP_FLOAT64: finish(Float64Format.self, problem, batch, head, low, high, parts, step, dk, dv)
  default: break
  }
}
