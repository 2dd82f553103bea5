import BackendAPI

/// The axes over which some operands are walked together, innermost last.
///
/// Built axis by axis, then brought into the order of memory and merged where the operands allow,
/// so that the innermost axis is as long as it can be. Up to four operands; strides count elements.
struct Loop {
  private(set) var rank = 0
  /// The number of elements; 0 if there are none.
  private(set) var count = 1
  private var extents = InlineArray<16, Int>(repeating: 1)
  private var strides = InlineArray<16, SIMD4<Int>>(repeating: SIMD4(repeating: 0))

  @inline(__always)
  mutating func append(_ extent: Int, _ stride: SIMD4<Int>) {
    count = count &* extent
    if extent == 1 { return }
    extents[unchecked: rank] = extent
    strides[unchecked: rank] = stride
    rank &+= 1
  }

  /// Sorts the axes by the size of one operand's strides, and merges those that are one.
  mutating func arrange(by operand: Int) {
    var i = 1
    while i < rank {
      var j = i
      while j > 0 && strides[unchecked: j &- 1][operand].magnitude < strides[unchecked: j][operand].magnitude {
        (extents[unchecked: j], extents[unchecked: j &- 1]) = (
          extents[unchecked: j &- 1], extents[unchecked: j]
        )
        (strides[unchecked: j], strides[unchecked: j &- 1]) = (
          strides[unchecked: j &- 1], strides[unchecked: j]
        )
        j &-= 1
      }
      i &+= 1
    }
    merge()
  }

  /// Merges neighbouring axes that are one; their order stays.
  mutating func merge() {
    var kept = 0
    var i = 1
    while i < rank {
      let inner = strides[unchecked: i] &* SIMD4(repeating: extents[unchecked: i])
      if strides[unchecked: kept] == inner {
        extents[unchecked: kept] = extents[unchecked: kept] &* extents[unchecked: i]
      } else {
        kept &+= 1
        extents[unchecked: kept] = extents[unchecked: i]
      }
      strides[unchecked: kept] = strides[unchecked: i]
      i &+= 1
    }
    rank = min(rank, kept &+ 1)
  }

  @inline(__always) func extent(_ axis: Int) -> Int { extents[unchecked: axis] }
  @inline(__always) func stride(_ axis: Int) -> SIMD4<Int> { strides[unchecked: axis] }

  /// The innermost axis; a single element has one of extent 1.
  @inline(__always) var inner: (extent: Int, stride: SIMD4<Int>) {
    rank == 0 ? (1, SIMD4(repeating: 1)) : (extents[unchecked: rank &- 1], strides[unchecked: rank &- 1])
  }

  /// Takes an axis out, and returns it.
  mutating func remove(_ axis: Int) -> (extent: Int, stride: SIMD4<Int>) {
    let removed = (extents[unchecked: axis], strides[unchecked: axis])
    for i in axis..<(rank - 1) {
      extents[unchecked: i] = extents[unchecked: i + 1]
      strides[unchecked: i] = strides[unchecked: i + 1]
    }
    rank -= 1
    count = count == 0 ? 0 : count / removed.0
    return removed
  }

  /// Where the element of this row-major index lies in each operand.
  @inline(__always) func offset(of index: Int) -> SIMD4<Int> {
    var (rest, offset) = (index, SIMD4<Int>(repeating: 0))
    var axis = rank &- 1
    while axis >= 0 {
      let (quotient, i) = rest.quotientAndRemainder(dividingBy: extents[unchecked: axis])
      offset = offset &+ SIMD4(repeating: i) &* strides[unchecked: axis]
      rest = quotient
      axis &-= 1
    }
    return offset
  }

  /// Calls `body` with offset and length of each run along the innermost axis that lies within the
  /// row-major indices `low ..< high`.
  @inline(__always)
  func runs(_ low: Int, _ high: Int, _ body: (_ offset: SIMD4<Int>, _ n: Int) -> Void) {
    if low >= high { return }
    if rank <= 1 { return body(offset(of: low), high &- low) }
    let extent = inner.extent
    var at = low
    var within = low % extent
    var position = InlineArray<16, Int>(repeating: 0)
    var rest = low
    var axis = rank &- 1
    while axis >= 0 {
      let (quotient, i) = rest.quotientAndRemainder(dividingBy: extents[unchecked: axis])
      position[unchecked: axis] = i
      rest = quotient
      axis &-= 1
    }
    var offset = offset(of: low)
    while true {
      let n = min(extent &- within, high &- at)
      body(offset, n)
      at &+= n
      if at >= high { return }
      // Back to the row's start, then on to the next row.
      offset = offset &- SIMD4(repeating: within) &* strides[unchecked: rank &- 1]
      within = 0
      axis = rank &- 2
      while axis >= 0 {
        position[unchecked: axis] &+= 1
        offset = offset &+ strides[unchecked: axis]
        if position[unchecked: axis] < extents[unchecked: axis] { break }
        offset = offset &- SIMD4(repeating: extents[unchecked: axis]) &* strides[unchecked: axis]
        position[unchecked: axis] = 0
        axis &-= 1
      }
    }
  }

  /// `runs` over all elements, in pieces of at least `least` on the pool.
  @inline(__always)
  func runs(
    _ context: Context, atLeast least: Int, _ body: (_ offset: SIMD4<Int>, _ n: Int) -> Void
  ) {
    let pieces = pieces(context, count, atLeast: least)
    if pieces == 1 { return runs(0, count, body) }
    parallel(context, pieces) { piece in
      let (low, high) = share(count, pieces, piece)
      runs(low, high, body)
    }
  }
}

/// The part of `n` units that is piece `i` of `pieces`, cut at multiples of 64 where there are many.
@inline(__always)
func share(_ n: Int, _ pieces: Int, _ i: Int) -> (low: Int, high: Int) {
  let unit = n >= 64 &* pieces ? 64 : 1
  let each = (n / pieces &+ unit &- 1) / unit &* unit
  return (min(n, i &* each), i == pieces &- 1 ? n : min(n, (i &+ 1) &* each))
}
