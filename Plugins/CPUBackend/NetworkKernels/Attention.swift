import BackendAPI
import CPUKernelTypes
import CPULanes

// Attention without its matrix of scores (T. Dao, "FlashAttention-2", 2023): block by block of keys, with the greatest
// score and the sum of the exponentials so far; what came before is rescaled where a greater score comes.

extension AttentionBlocks {
  /// Queries `low ..< high`.
  @inline(__always)
  func forward(_ low: Int, _ high: Int) {
    if high &- low <= Self.few { return forwardRows(low, high) }
    stageIndex()
    let seen = p.isCausal ? min(p.keys, high) : p.keys
    if layout.holdsAllKeys { stage(0, seen) }
    for first in stride(from: low, to: high, by: layout.lanes) {
      let count = min(layout.lanes, high &- first)
      stageQueries(first, count)
      strip(first, count, count > V.width ? 2 : 1, seen)
    }
  }

  @inline(__always)
  private func stage(_ first: Int, _ count: Int) {
    if panelIsInTurn { stagePanels(first, count) } else { stageKeys(first, count) }
  }

  @inline(__always)
  private func strip(_ first: Int, _ count: Int, _ vectors: Int, _ seen: Int) {
    let lanes = layout.lanes, result = at(layout.result), channels = (p.vWidth &+ 3) & ~3
    let changes = at(layout.index) + 2 &* lanes
    let limit = p.isCausal ? min(p.keys, first &+ count) : p.keys
    var (greatest, greatest1) = (V(-.infinity), V(-.infinity))
    var (sum, sum1) = (V(0), V(0))
    for key in stride(from: 0, to: limit, by: AttentionScratch.keyBlock) {
      let keys = min(AttentionScratch.keyBlock, limit &- key)
      if !layout.holdsAllKeys { stage(key, keys) }
      let row = layout.holdsAllKeys ? key : 0
      // A panel has more keys than these queries see where later ones see them.
      let panel = layout.holdsAllKeys ? min(AttentionScratch.keyBlock, seen &- key) : keys
      scores(first, count, vectors, key, keys, row: row, panel: panelIsInTurn ? panel : 0)
      shares(0, keys, channels, isFirst: key == 0, &greatest, &sum)
      if vectors > 1 { shares(1, keys, channels, isFirst: key == 0, &greatest1, &sum1) }
      if p.dropsBelow > 0 {
        factors(first, count, vectors, key, keys)
        let scores = at(layout.scores), factors = at(layout.maskColumns)
        for i in stride(from: 0, to: keys &* lanes, by: V.width) {
          store(V.mul(load(scores + i), load(factors + i)), scores + i)
        }
      }
      if panelIsInTurn {
        V.panelProduct(
          p.vWidth, of: p.vWidth, vectors, keys, valuePanel(row), panel, at(layout.scores), lanes, result, lanes,
          scale: key > 0 ? UnsafePointer(changes) : nil)
      } else {
        V.columnProduct(
          channels, vectors, keys, at(layout.values) + row &* layout.vPitch, layout.vPitch, at(layout.scores), lanes,
          result, lanes, adds: key > 0)
      }
    }
    if limit == 0 { clear(result, channels &* lanes) }
    let logs = at(layout.index) + lanes
    finish(0, channels, greatest, sum, logs)
    if vectors > 1 { finish(1, channels, greatest1, sum1, logs + V.width) }
    V.transpose(lanes, layout.vWidth, at(layout.rows), layout.vPitch, result, lanes)
    for i in 0..<count {
      F.unstage(p.vWidth, at(layout.rows) + i &* layout.vPitch, pointer(p.out, head, first &+ i), p.out.column)
      let l = p.logSums
      let target = batch &* l.batch &+ head &* l.head &+ (first &+ i) &* l.row
      l.data.assumingMemoryBound(to: T.self)[target] = logs[i]
    }
  }

  /// The scores of one vector of queries become exponentials, and what came of earlier keys is brought to their scale.
  @inline(__always)
  private func shares(_ vector: Int, _ keys: Int, _ channels: Int, isFirst: Bool, _ greatest: inout V, _ sum: inout V) {
    let scores = at(layout.scores) + vector &* V.width, lanes = layout.lanes
    // Not NaN, which comes out of the exponentials.
    var top = greatest, top1 = greatest
    var j = 0
    while j &+ 2 <= keys {
      let x = load(scores + j &* lanes), y = load(scores + (j &+ 1) &* lanes)
      top = V.select(V.less(top, x), x, top)
      top1 = V.select(V.less(top1, y), y, top1)
      j &+= 2
    }
    if j < keys {
      let x = load(scores + j &* lanes)
      top = V.select(V.less(top, x), x, top)
    }
    top = V.select(V.less(top, top1), top1, top)
    // Where nothing was seen yet, -inf is not to be taken from -inf.
    let level = V.select(V.less(V(-.infinity), top), top, V(0))
    let change = V.sub(greatest, level).expNonPositive()
    greatest = top
    var total = V(0)
    for j in 0..<keys {
      let x = V.sub(load(scores + j &* lanes), level).expNonPositive()
      store(x, scores + j &* lanes)
      total = V.add(total, x)
    }
    sum = V.fma(sum, change, total)
    if isFirst { return }
    // Panels are multiplied into what was brought to the new scale.
    if panelIsInTurn { return store(change, at(layout.index) + (2 &* lanes &+ vector &* V.width)) }
    let result = at(layout.result) + vector &* V.width
    for c in 0..<channels { store(V.mul(load(result + c &* lanes), change), result + c &* lanes) }
  }

  /// Divides by the sums.
  @inline(__always)
  private func finish(
    _ vector: Int, _ channels: Int, _ greatest: V, _ sum: V, _ logs: UnsafeMutablePointer<T>
  ) {
    let result = at(layout.result) + vector &* V.width, lanes = layout.lanes
    let (factor, log) = quotient(greatest, sum)
    for c in 0..<channels { store(V.mul(load(result + c &* lanes), factor), result + c &* lanes) }
    store(log, logs)
  }

  /// What results are multiplied with, and the logarithm of the sum of the exponentials. Where nothing was seen there is
  /// nothing to divide.
  @inline(__always)
  func quotient(_ greatest: V, _ sum: V) -> (factor: V, log: V) {
    let zero = V(0), one = V(1)
    // A sum of NaN is neither more than nothing nor nothing.
    let isBlind = V.select(V.less(zero, sum), zero, V.select(V.ordered(sum), one, zero))
    let log = V.select(V.less(zero, isBlind), V(-.infinity), V.add(greatest, sum.log()))
    return (V.div(one, V.add(sum, isBlind)), log)
  }
}

@inline(__always)
private func forward<F: FloatFormat>(
  _: F.Type, _ problem: UnsafeRawPointer, _ batch: Int, _ head: Int, _ low: Int, _ high: Int,
  _ scratch: UnsafeMutableRawPointer
) where F.Lanes: AttentionLanes {
  let problem = problem.assumingMemoryBound(to: AttentionProblem.self)
  let layout = AttentionScratch(problem.pointee, size: MemoryLayout<F.Lanes.Scalar>.size, isBackward: false)
  AttentionBlocks<F>(problem, layout, scratch, batch: batch, head: head).forward(low, high)
}

private let forwardKernel: AttentionKernels.Forward = { type, problem, batch, head, low, high, scratch in
  switch type {
  case BP_FLOAT16: forward(Float16Format.self, problem, batch, head, low, high, scratch)
  case BP_BFLOAT16: forward(BFloat16Format.self, problem, batch, head, low, high, scratch)
  case BP_FLOAT32: forward(Float32Format.self, problem, batch, head, low, high, scratch)
  case BP_FLOAT64: forward(Float64Format.self, problem, batch, head, low, high, scratch)
  default: break
  }
}

var attentionKernels: AttentionKernels {
  AttentionKernels(forward: forwardKernel, backward: attentionBackwardKernel, finish: attentionFinishKernel)
}
