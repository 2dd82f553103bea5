import CPUKernelTypes
import CPULanes

/// Half of 64 bytes where a register has no more.
var fourierVectorBytes: Int { lanes_have_avx512() != 0 ? 64 : 32 }

let fourierKernel: FourierKernels.Transform = { isDouble, lanes, task, memory in
  if lanes_have_avx512() != 0 {
    if isDouble {
      FourierLanes<SIMD8<Double>>(task, memory).run(lanes)
    } else {
      FourierLanes<SIMD16<Float>>(task, memory).run(lanes)
    }
  } else if isDouble {
    FourierLanes<SIMD4<Double>>(task, memory).run(lanes)
  } else {
    FourierLanes<EightSingles>(task, memory).run(lanes)
  }
}

/// Transforms of one length, one in each lane of vectors: read, done pass by pass, and written.
private struct FourierLanes<V: FourierVector> {
  typealias Scalar = V.Scalar

  let stages: FourierStages
  let source: FourierOperand
  let target: FourierOperand
  let twist: FourierTwist?
  let scale: V
  let terms: UnsafeMutablePointer<Scalar>
  /// What passes write, and the rows of operands that they cannot reach.
  let work: UnsafeMutablePointer<Scalar>
  let rows: UnsafeMutablePointer<Scalar>

  static var row: Int { 2 &* V.width }

  @inline(__always) init(_ task: UnsafePointer<FourierTask>, _ memory: UnsafeMutableRawPointer) {
    stages = task.pointee.stages
    source = task.pointee.source
    target = task.pointee.target
    twist = task.pointee.twist
    scale = V(splat: Scalar(task.pointee.scale))
    terms = memory.assumingMemoryBound(to: Scalar.self)
    work = terms + FourierKernels.termVectors &* V.width
    rows = work + FourierKernels.rows(stages.n, width: V.width) &* Self.row
  }

  @inline(__always) func run(_ lanes: Int) {
    let isFull = lanes == V.width
    let isGathered = !source.isSplit && !(isFull && source.laneStride == 1)
    let isScattered = !target.isSplit && !(isFull && target.laneStride == 1)
    if isGathered { gather(lanes) }
    let last = stages.passes &- 1
    var stride = 1, factors = UnsafePointer(stages.factors.assumingMemoryBound(to: Scalar.self))
    for i in 0..<stages.passes {
      let radix = stages.radices[i]
      let roots = factors
      if !FourierStages.isUnrolled(radix) { factors += 2 &* radix }
      let from = i > 0 || isGathered ? nil : UnsafePointer(source.data.assumingMemoryBound(to: Scalar.self))
      let to = i < last || isScattered || twist != nil ? nil : target.data.assumingMemoryBound(to: Scalar.self)
      @inline(__always) func pass<First: FourierEnd, Last: FourierEnd>(_: First.Type, _: Last.Type) {
        FourierPass<V, First, Last>(
          radix: radix, stride: stride, blocks: stages.n / (radix &* stride),
          source: First.isEnd ? from ?? UnsafePointer(rows) : UnsafePointer(work),
          sourceRow: from == nil || source.isSplit ? Self.row : 2 &* source.rowStride,
          sourceIsSplit: from == nil || source.isSplit, sourceIsExchanged: source.isExchanged, order: stages.order,
          target: Last.isEnd ? to ?? rows : work,
          targetRow: to == nil || target.isSplit ? Self.row : 2 &* target.rowStride,
          targetIsSplit: to == nil || target.isSplit, targetIsExchanged: target.isExchanged, scale: scale,
          common: twist?.common.assumingMemoryBound(to: Scalar.self),
          lanes: twist?.lanes.assumingMemoryBound(to: Scalar.self) ?? UnsafePointer(work), roots: roots,
          factors: factors, terms: terms
        ).run()
      }
      switch (i == 0, i == last) {
      case (true, true): pass(AtEnd.self, AtEnd.self)
      case (true, false): pass(AtEnd.self, WithinPasses.self)
      case (false, true): pass(WithinPasses.self, AtEnd.self)
      case (false, false): pass(WithinPasses.self, WithinPasses.self)
      }
      if i > 0 { factors += 2 &* stride &* (radix &- 1) }
      stride &*= radix
    }
    if let twist { turn(twist) } else if isScattered { scatter(lanes) }
  }

  /// Lays the source out as rows of lanes. Lanes that are not there are zero: subnormal numbers would take long.
  @inline(__always) private func gather(_ lanes: Int) {
    let x = UnsafePointer(source.data.assumingMemoryBound(to: Scalar.self)), width = V.width
    let exchanged = source.isExchanged ? 1 : 0
    if lanes < width { rows.update(repeating: 0, count: stages.n &* Self.row) }
    var from = 0
    if source.rowStride == 1 {
      while from &+ width <= stages.n {
        for lane in 0..<lanes {
          let p = x + 2 &* (from &+ lane &* source.laneStride)
          let a = V.load(p), b = V.load(p + width)
          V.evens(a, b).store(terms + lane &* Self.row)
          V.odds(a, b).store(terms + (lane &* Self.row &+ width))
        }
        let to = rows + from &* Self.row
        V.transpose(terms + exchanged &* width, Self.row, to, Self.row)
        V.transpose(terms + (1 &- exchanged) &* width, Self.row, to + width, Self.row)
        from &+= width
      }
    }
    for row in from..<stages.n {
      let p = x + 2 &* row &* source.rowStride, to = rows + row &* Self.row
      for lane in 0..<lanes {
        let at = p + 2 &* lane &* source.laneStride
        to[lane] = at[exchanged]
        to[width &+ lane] = at[1 &- exchanged]
      }
    }
  }

  /// Writes rows of lanes to the target.
  @inline(__always) private func scatter(_ lanes: Int) {
    let y = target.data.assumingMemoryBound(to: Scalar.self), width = V.width
    let exchanged = target.isExchanged ? 1 : 0
    var from = 0
    if target.rowStride == 1 {
      while from &+ width <= stages.n {
        let at = UnsafePointer(rows + from &* Self.row)
        V.transpose(at, Self.row, terms + exchanged &* width, Self.row)
        V.transpose(at + width, Self.row, terms + (1 &- exchanged) &* width, Self.row)
        for lane in 0..<lanes {
          let p = y + 2 &* (from &+ lane &* target.laneStride)
          let a = V.load(terms + lane &* Self.row), b = V.load(terms + (lane &* Self.row &+ width))
          V.zipLow(a, b).store(p)
          V.zipHigh(a, b).store(p + width)
        }
        from &+= width
      }
    }
    for row in from..<stages.n {
      let p = y + 2 &* row &* target.rowStride, at = rows + row &* Self.row
      for lane in 0..<lanes {
        let to = p + 2 &* lane &* target.laneStride
        to[exchanged] = at[lane]
        to[1 &- exchanged] = at[width &+ lane]
      }
    }
  }

  /// Writes rows as lanes of panels, and zero as lanes beyond the last row.
  @inline(__always) private func turn(_ twist: FourierTwist) {
    let width = V.width
    var row = 0, panel = target.data.assumingMemoryBound(to: Scalar.self)
    let padding = FourierKernels.rows(stages.n, width: width) &- stages.n
    (rows + stages.n &* Self.row).update(repeating: 0, count: padding &* Self.row)
    while row < stages.n {
      let at = UnsafePointer(rows + row &* Self.row)
      V.transpose(at, Self.row, panel, Self.row)
      V.transpose(at + width, Self.row, panel + width, Self.row)
      panel += twist.panelStride
      row &+= width
    }
  }
}
