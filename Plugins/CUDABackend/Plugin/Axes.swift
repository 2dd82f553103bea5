import CUDATypes

/// The axes over which some operands are walked together, innermost last: built axis by axis, then brought into the
/// order of memory and merged where the operands allow. Up to four operands; strides count elements.
struct Axes {
  private(set) var rank = 0
  /// The number of elements; 0 if there are none.
  private(set) var count = 1
  private var extents = InlineArray<16, Int>(repeating: 1)
  private var strides = InlineArray<16, SIMD4<Int>>(repeating: SIMD4(repeating: 0))

  mutating func append(_ extent: Int, _ stride: SIMD4<Int>) {
    count *= extent
    if extent == 1 { return }
    extents[rank] = extent
    strides[rank] = stride
    rank += 1
  }

  func extent(_ axis: Int) -> Int { extents[axis] }
  func stride(_ axis: Int) -> SIMD4<Int> { strides[axis] }

  /// Sorts the axes by the size of one operand's strides, and merges those that are one.
  mutating func arrange(by operand: Int) {
    // In place, for equal strides to stay in order.
    for i in 0..<rank {
      var j = i
      while j > 0 && strides[j - 1][operand].magnitude < strides[j][operand].magnitude {
        extents.swapAt(j, j - 1)
        strides.swapAt(j, j - 1)
        j -= 1
      }
    }
    var kept = 0
    for i in 1..<max(rank, 1) {
      if strides[kept] == strides[i] &* SIMD4(repeating: extents[i]) {
        extents[kept] *= extents[i]
      } else {
        kept += 1
        extents[kept] = extents[i]
      }
      strides[kept] = strides[i]
    }
    rank = min(rank, kept + 1)
  }

  /// The innermost axis; a single element has one of extent 1.
  var inner: (extent: Int, stride: SIMD4<Int>) {
    rank == 0 ? (1, SIMD4(repeating: 1)) : (extents[rank - 1], strides[rank - 1])
  }

  /// Takes an axis out.
  mutating func remove(at axis: Int) {
    var rest = Axes()
    for i in 0..<rank where i != axis { rest.append(extents[i], strides[i]) }
    self = rest
  }

  /// Where the element of this row-major index lies in each operand.
  func offset(of index: Int) -> SIMD4<Int> {
    var rest = index
    var offset = SIMD4<Int>(repeating: 0)
    for axis in (0..<rank).reversed() {
      let (quotient, i) = rest.quotientAndRemainder(dividingBy: extents[axis])
      offset &+= SIMD4(repeating: i) &* strides[axis]
      rest = quotient
    }
    return offset
  }

  /// As the kernels take it.
  var parameters: ck_axes {
    var result = ck_axes()
    result.rank = Int32(rank)
    result.count = Int64(count)
    result.is_narrow = count < 1 << 31 ? 1 : 0
    withUnsafeMutableBytes(of: &result.extent) { bytes in
      let extent = bytes.bindMemory(to: Int64.self)
      for axis in 0..<rank { extent[axis] = Int64(extents[axis]) }
    }
    if result.is_narrow != 0 && count > 0 {
      withUnsafeMutableBytes(of: &result.multiplier) { multipliers in
        withUnsafeMutableBytes(of: &result.shift) { shifts in
          for axis in 0..<rank {
            // Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994.
            let extent = UInt64(extents[axis])
            let shift = UInt64(64 - (extent - 1).leadingZeroBitCount)
            let multiplier = (((1 << shift) - extent) << 32) / extent + 1
            multipliers.bindMemory(to: UInt32.self)[axis] = UInt32(multiplier)
            shifts.bindMemory(to: UInt32.self)[axis] = UInt32(shift)
          }
        }
      }
    }
    withUnsafeMutableBytes(of: &result.stride) { bytes in
      let stride = bytes.bindMemory(to: Int64.self)
      for axis in 0..<rank {
        for operand in 0..<Int(CK_WALKED) {
          stride[operand * Int(CK_MAX_RANK) + axis] = Int64(strides[axis][operand])
        }
      }
    }
    return result
  }
}

extension ck_group {
  /// For results of `length` elements each, a block of `threads`. `isColumns` where neighbouring results are neighbours
  /// in memory and a result's elements are not.
  init(length: Int, threads: Int, isColumns: Bool) {
    // Some eight elements each before threads are brought together.
    var height = 1
    while height * 8 < length && height < threads / (isColumns ? 32 : 1) { height *= 2 }
    self.init(
      width: Int32(threads / height), height: Int32(height), is_columns: isColumns ? 1 : 0, reserved: 0)
  }
}
