import BackendAPI

/// The axes over which the operands of a normalization are walked together, innermost last.
///
/// Brought into the order of x in memory, and merged where all operands allow. Strides count elements.
struct NormalizationAxes {
  /// Where an operand's strides stand.
  enum Slot {
    static let (x, out, g, mean, scale, weight) = (0, 1, 2, 3, 4, 5)
    /// The bias, or where a gradient is added up that is of the weight's shape.
    static let place = 6
    /// Which of the statistics an element belongs to: 0 along an axis that is reduced.
    static let slice = 7
  }

  private(set) var rank = 0
  private var extents = InlineArray<8, Int>(repeating: 1)
  private var strides = InlineArray<8, SIMD8<Int>>(repeating: SIMD8(repeating: 0))
  /// The axis of the tensors; of one that is merged, that of its innermost part.
  private var origins = InlineArray<8, Int>(repeating: 0)

  @inline(__always)
  mutating func append(_ extent: Int, _ stride: SIMD8<Int>, _ origin: Int = 0) {
    if extent == 1 { return }
    extents[unchecked: rank] = extent
    strides[unchecked: rank] = stride
    origins[unchecked: rank] = origin
    rank &+= 1
  }

  @inline(__always) func extent(_ axis: Int) -> Int { extents[unchecked: axis] }
  @inline(__always) func stride(_ axis: Int) -> SIMD8<Int> { strides[unchecked: axis] }

  var count: Int {
    var n = 1
    for axis in 0..<rank { n &*= extents[unchecked: axis] }
    return n
  }

  /// Sorts the axes by the size of x's strides.
  mutating func sort() {
    var i = 1
    while i < rank {
      var j = i
      while j > 0
        && strides[unchecked: j &- 1][Slot.x].magnitude < strides[unchecked: j][Slot.x].magnitude
      {
        swap(j, j &- 1)
        j &-= 1
      }
      i &+= 1
    }
  }

  private mutating func swap(_ i: Int, _ j: Int) {
    (extents[unchecked: i], extents[unchecked: j]) = (extents[unchecked: j], extents[unchecked: i])
    (strides[unchecked: i], strides[unchecked: j]) = (strides[unchecked: j], strides[unchecked: i])
    (origins[unchecked: i], origins[unchecked: j]) = (origins[unchecked: j], origins[unchecked: i])
  }

  /// Numbers the elements of a tensor, in the order of the axes, over those that `isAlong` names; the strides of the
  /// numbering go into a slot. Returns how many there are, and the strides by the tensors' axes.
  mutating func number(
    _ slot: Int, _ isAlong: (_ origin: Int) -> Bool
  ) -> (count: Int, strides: InlineArray<8, Int>) {
    var byOrigin = InlineArray<8, Int>(repeating: 0)
    var stride = 1
    var axis = rank &- 1
    while axis >= 0 {
      let origin = origins[unchecked: axis]
      if isAlong(origin) {
        strides[unchecked: axis][slot] = stride
        byOrigin[unchecked: origin] = stride
        stride &*= extents[unchecked: axis]
      } else {
        strides[unchecked: axis][slot] = 0
      }
      axis &-= 1
    }
    return (stride, byOrigin)
  }

  /// Merges neighbours that are one axis to all operands.
  mutating func merge() {
    var kept = 0, i = 1
    while i < rank {
      let inner = strides[unchecked: i] &* SIMD8(repeating: extents[unchecked: i])
      if strides[unchecked: kept] == inner {
        extents[unchecked: kept] = extents[unchecked: kept] &* extents[unchecked: i]
      } else {
        kept &+= 1
        extents[unchecked: kept] = extents[unchecked: i]
      }
      strides[unchecked: kept] = strides[unchecked: i]
      origins[unchecked: kept] = origins[unchecked: i]
      i &+= 1
    }
    rank = min(rank, kept &+ 1)
  }

  /// Where the element of this row-major index lies in each operand.
  @inline(__always) func offset(of index: Int) -> SIMD8<Int> {
    var (rest, offset) = (index, SIMD8<Int>(repeating: 0))
    var axis = rank &- 1
    while axis > 0 {
      let (quotient, i) = rest.quotientAndRemainder(dividingBy: extents[unchecked: axis])
      offset = offset &+ SIMD8(repeating: i) &* strides[unchecked: axis]
      rest = quotient
      axis &-= 1
    }
    return axis < 0 ? offset : offset &+ SIMD8(repeating: rest) &* strides[unchecked: 0]
  }
}

/// A normalization as its kernels see it: slices, each of so many runs; or columns side by side, each a slice, over rows.
struct NormalizationPlan {
  typealias Slot = NormalizationAxes.Slot

  /// The slices, or the groups of columns.
  private(set) var kept = NormalizationAxes()
  /// The runs of a slice, or the blocks of rows.
  private(set) var reduced = NormalizationAxes()
  /// The elements of a run, or the rows of a block.
  private(set) var inner = (extent: 1, stride: SIMD8<Int>(repeating: 0))
  /// The columns; of extent 0 where the slices are apart.
  private(set) var columns = (extent: 0, stride: SIMD8<Int>(repeating: 0))
  let sliceCount: Int
  let placeCount: Int
  /// The numbering of places by the tensors' axes.
  let places: InlineArray<8, Int>

  var isByColumns: Bool { columns.extent > 0 }
  /// Elements of a slice.
  var length: Int { reduced.count &* inner.extent }

  /// - Parameters:
  ///   - weights: What is broadcast as weights are, if there is any.
  ///   - isNumbered: The places of the weights are numbered, in the slot that else is the bias's.
  init(
    _ x: View, _ out: View, g: View? = nil, statistics: (mean: View, scale: View), weight: View?, bias: View? = nil,
    isNumbered: Bool = false
  ) {
    func stride(_ view: View?, _ axis: Int) -> Int {
      guard let view, view.extent(axis) != 1 else { return 0 }
      return view.stride(axis)
    }
    var axes = NormalizationAxes()
    for axis in 0..<x.rank {
      axes.append(
        x.extent(axis),
        SIMD8(
          x.stride(axis), out.stride(axis), stride(g, axis), stride(statistics.mean, axis),
          stride(statistics.scale, axis), stride(weight, axis), stride(bias, axis), 0), axis)
    }
    axes.sort()
    sliceCount = axes.number(Slot.slice) { statistics.mean.extent($0) != 1 }.count
    if isNumbered, let weight {
      (placeCount, places) = axes.number(Slot.place) { weight.extent($0) != 1 }
    } else {
      (placeCount, places) = (0, InlineArray(repeating: 0))
    }
    axes.merge()
    split(axes, hasGradient: g != nil)
  }

  private mutating func split(_ axes: NormalizationAxes, hasGradient: Bool) {
    let last = axes.rank &- 1
    var innermost = last
    while innermost >= 0 && axes.stride(innermost)[Slot.slice] != 0 { innermost &-= 1 }
    let isByColumns = innermost >= 0 && innermost < last && areColumns(axes, last, hasGradient: hasGradient)
    for axis in 0..<axes.rank {
      if axis == innermost {
        inner = (axes.extent(axis), axes.stride(axis))
      } else if isByColumns && axis == last {
        columns = (axes.extent(axis), axes.stride(axis))
      } else if axes.stride(axis)[Slot.slice] != 0 {
        kept.append(axes.extent(axis), axes.stride(axis))
      } else {
        reduced.append(axes.extent(axis), axes.stride(axis))
      }
    }
  }

  /// Whether the last axis is one of columns side by side, whose weights are the same in all rows.
  private func areColumns(_ axes: NormalizationAxes, _ last: Int, hasGradient: Bool) -> Bool {
    let stride = axes.stride(last)
    guard stride[Slot.x] == 1, stride[Slot.out] == 1, !hasGradient || stride[Slot.g] == 1 else { return false }
    for axis in 0..<last where axes.stride(axis)[Slot.slice] == 0 {
      let stride = axes.stride(axis)
      if stride[Slot.weight] != 0 || stride[Slot.place] != 0 { return false }
    }
    return true
  }
}

extension UnsafePointer<bp_tensor> {
  /// Whether each extent is that of the other tensor, or 1.
  func broadcasts(to other: View) -> Bool {
    guard rank == other.rank else { return false }
    for axis in 0..<rank where extent(axis) != other.extent(axis) && extent(axis) != 1 { return false }
    return true
  }
}
