import BackendAPI

/// The axes over which operands, as many as a vector of strides has room for, are walked together, outermost first; none has extent 1.
///
/// Built axis by axis, then brought into the order of memory and merged where the operands allow, so that the innermost
/// axis is as long as it can be. Strides count elements.
struct AxesOf<Strides: SIMD & Sendable> where Strides.Scalar == Int {
  private(set) var rank = 0
  /// The number of elements; 0 if there are none.
  private(set) var count = 1
  private var extents = InlineArray<16, Int>(repeating: 1)
  private var strides = InlineArray<16, Strides>(repeating: Strides(repeating: 0))

  /// None, to which axes are added.
  init() {}

  /// The axes of operands of one shape.
  init(_ operands: [View]) {
    for axis in 0..<operands[0].rank {
      var stride = Strides(repeating: 0)
      for (i, operand) in operands.enumerated() { stride[i] = operand.stride(axis) }
      append(operands[0].extent(axis), stride)
    }
  }

  mutating func append(_ extent: Int, _ stride: Strides) {
    count = count &* extent
    if extent == 1 { return }
    extents[rank] = extent
    strides[rank] = stride
    rank += 1
  }

  /// Sorts the axes by the size of one operand's strides, and merges those that are one.
  mutating func arrange(by operand: Int = 0) {
    // In place, for equal strides to stay in order.
    for i in 0..<rank {
      var j = i
      while j > 0 && strides[j - 1][operand].magnitude < strides[j][operand].magnitude {
        extents.swapAt(j, j - 1)
        strides.swapAt(j, j - 1)
        j -= 1
      }
    }
    merge()
  }

  /// Merges axes that are one, and so keeps the order of the elements.
  mutating func merge() {
    if rank == 0 { return }
    var kept = 0
    for i in 1..<max(rank, 1) {
      if strides[kept] == strides[i] &* Strides(repeating: extents[i]) {
        extents[kept] = extents[kept] &* extents[i]
      } else {
        kept += 1
        extents[kept] = extents[i]
      }
      strides[kept] = strides[i]
    }
    rank = kept + 1
  }

  func extent(_ axis: Int) -> Int { extents[axis] }
  func stride(_ axis: Int) -> Strides { strides[axis] }

  /// The innermost axis; a single element has one of extent 1.
  var inner: (extent: Int, stride: Strides) {
    if rank > 0 { return (extents[rank - 1], strides[rank - 1]) }
    var stride = Strides(repeating: 0)
    stride[0] = 1
    return (1, stride)
  }

  /// Whether all strides of an operand are zero: it is one value.
  func isOneValue(_ operand: Int) -> Bool {
    for axis in 0..<rank where strides[axis][operand] != 0 { return false }
    return true
  }

  /// Takes an axis out, and returns it.
  @discardableResult
  mutating func remove(_ axis: Int) -> (extent: Int, stride: Strides) {
    let removed = (extents[axis], strides[axis])
    for i in axis..<(rank - 1) {
      extents[i] = extents[i + 1]
      strides[i] = strides[i + 1]
    }
    rank -= 1
    count = count == 0 ? 0 : count / removed.0
    return removed
  }

  /// Where the element of this row-major index lies in each operand.
  func offset(of index: Int) -> Strides {
    var rest = index
    var offset = Strides(repeating: 0)
    for axis in (0..<rank).reversed() {
      let (quotient, i) = rest.quotientAndRemainder(dividingBy: extents[axis])
      offset &+= Strides(repeating: i) &* strides[axis]
      rest = quotient
    }
    return offset
  }
}

/// Of up to four operands, which is what most operators have.
typealias Axes = AxesOf<SIMD4<Int>>

/// Of up to eight.
typealias WideAxes = AxesOf<SIMD8<Int>>
