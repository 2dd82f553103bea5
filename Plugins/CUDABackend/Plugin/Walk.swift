import BackendAPI
import CUDATypes

/// The axes over which up to four operands are walked together, outermost first; none has extent 1.
///
/// Built axis by axis, then brought into the order of memory and merged where the operands allow, so that the innermost
/// axis is as long as it can be. Strides count elements.
struct Walk {
  private(set) var rank = 0
  /// The number of elements; 0 if there are none.
  private(set) var count = 1
  private var extents = InlineArray<16, Int>(repeating: 1)
  private var strides = InlineArray<16, SIMD4<Int>>(repeating: SIMD4(repeating: 0))

  /// The axes of operands of one shape.
  init(_ operands: [View]) {
    for axis in 0..<operands[0].rank {
      var stride = SIMD4(repeating: 0)
      for (i, operand) in operands.enumerated() { stride[i] = operand.stride(axis) }
      append(operands[0].extent(axis), stride)
    }
  }

  private mutating func append(_ extent: Int, _ stride: SIMD4<Int>) {
    count = count &* extent
    if extent == 1 { return }
    extents[rank] = extent
    strides[rank] = stride
    rank += 1
  }

  /// Sorts the axes by the size of the first operand's strides, and merges those that are one.
  mutating func arrange() {
    for i in 0..<rank {
      var j = i
      while j > 0 && strides[j - 1][0].magnitude < strides[j][0].magnitude {
        (extents[j], extents[j - 1]) = (extents[j - 1], extents[j])
        (strides[j], strides[j - 1]) = (strides[j - 1], strides[j])
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
      if strides[kept] == strides[i] &* SIMD4(repeating: extents[i]) {
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
  func stride(_ axis: Int) -> SIMD4<Int> { strides[axis] }

  /// The innermost axis; a single element has one of extent 1.
  var inner: (extent: Int, stride: SIMD4<Int>) {
    rank == 0 ? (1, SIMD4(1, 0, 0, 0)) : (extents[rank - 1], strides[rank - 1])
  }

  /// Whether all strides of an operand are zero: it is one value.
  func isOneValue(_ operand: Int) -> Bool {
    for axis in 0..<rank where strides[axis][operand] != 0 { return false }
    return true
  }

  /// Takes an axis out, and returns it.
  mutating func remove(_ axis: Int) -> (extent: Int, stride: SIMD4<Int>) {
    let removed = (extents[axis], strides[axis])
    for i in axis..<(rank - 1) {
      extents[i] = extents[i + 1]
      strides[i] = strides[i + 1]
    }
    rank -= 1
    count = count == 0 ? 0 : count / removed.0
    return removed
  }

  // MARK: What kernels read

  /// The walk by elements, or by packs of so many along the innermost axis.
  func parameters(packs length: Int = 1) -> ck_walk {
    var walk = ck_walk()
    walk.rank = Int32(rank)
    var total = 1
    for axis in 0..<rank {
      // Innermost first.
      let extent = extents[rank - 1 - axis] / (axis == 0 ? length : 1)
      let divisor = Divisor(extent)
      set(&walk.extent, axis, Int64(extent))
      set(&walk.multiplier, axis, divisor.multiplier)
      set(&walk.shift, axis, divisor.shift)
      total = total &* extent
    }
    walk.count = Int64(rank == 0 ? 1 / length : total)
    walk.is_narrow = total < 1 << 31 ? 1 : 0
    return walk
  }

  /// One of the operands; by packs, its innermost stride is that of a pack.
  func operand(_ index: Int, _ view: View, packs length: Int = 1) -> ck_operand {
    var operand = ck_operand()
    operand.data = view.address
    operand.immediate = view.pointee.immediate
    operand.is_immediate = view.isImmediate ? 1 : 0
    for axis in 0..<rank {
      set(&operand.stride, axis, Int64(strides[rank - 1 - axis][index] &* (axis == 0 ? length : 1)))
    }
    return operand
  }
}

/// Division of numbers below 2^31 as a multiplication and a shift: Granlund and Montgomery, "Division by Invariant
/// Integers using Multiplication", PLDI 1994.
private struct Divisor {
  var multiplier: UInt32 = 0
  var shift: UInt32 = 0

  init(_ divisor: Int) {
    // Greater divisors are not divided by in 32 bits.
    guard divisor > 0, divisor < 1 << 31 else { return }
    while 1 << shift < divisor { shift += 1 }
    multiplier = UInt32(truncatingIfNeeded: ((1 << 32) * ((1 << Int(shift)) - divisor)) / divisor + 1)
  }
}

/// Sets an element of an array of C, which is a tuple here.
func set<Tuple, Element: BitwiseCopyable>(_ tuple: inout Tuple, _ index: Int, _ value: Element) {
  withUnsafeMutableBytes(of: &tuple) {
    $0.storeBytes(of: value, toByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
  }
}
