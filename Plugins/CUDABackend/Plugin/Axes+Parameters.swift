import BackendAPI
import CUDATypes

// The axes and operands as the kernels take them.

extension AxesOf {
  /// The walk by elements, or by packs of so many along the innermost axis.
  func parameters(packs length: Int = 1) -> ck_walk {
    var walk = ck_walk()
    walk.rank = Int32(rank)
    var total = 1
    for axis in 0..<rank {
      // Innermost first.
      let extent = extent(rank - 1 - axis) / (axis == 0 ? length : 1)
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
      set(&operand.stride, axis, Int64(stride(rank - 1 - axis)[index] &* (axis == 0 ? length : 1)))
    }
    return operand
  }

}

extension Axes {
  /// Outermost first, the strides of all operands together.
  var parameters: ck_axes {
    var result = ck_axes()
    fill(&result.extent, &result.multiplier, &result.shift, &result.stride, packs: 1)
    result.rank = Int32(rank)
    result.count = Int64(count)
    result.is_narrow = count < 1 << 31 ? 1 : 0
    return result
  }
}

extension WideAxes {
  /// Outermost first; by packs of so many along the innermost axis.
  func wideParameters(packs length: Int = 1) -> ck_wide_axes {
    var result = ck_wide_axes()
    fill(&result.extent, &result.multiplier, &result.shift, &result.stride, packs: length)
    result.rank = Int32(rank)
    result.count = Int64(count / length)
    result.is_narrow = count < 1 << 31 ? 1 : 0
    return result
  }
}

extension AxesOf {
  fileprivate func fill<Extents, Multipliers, AllStrides>(
    _ extents: inout Extents, _ multipliers: inout Multipliers, _ shifts: inout Multipliers,
    _ strides: inout AllStrides, packs length: Int
  ) {
    for axis in 0..<rank {
      let isInner = axis == rank - 1
      let extent = extent(axis) / (isInner ? length : 1), divisor = Divisor(extent)
      set(&extents, axis, Int64(extent))
      set(&multipliers, axis, divisor.multiplier)
      set(&shifts, axis, divisor.shift)
      let stride = stride(axis)
      for operand in stride.indices {
        set(&strides, operand * Int(CK_MAX_RANK) + axis, Int64(stride[operand] &* (isInner ? length : 1)))
      }
    }
  }
}

/// Division of numbers below 2^31 as a multiplication and a shift: Granlund and Montgomery, "Division by Invariant
/// Integers using Multiplication", PLDI 1994.
struct Divisor {
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

extension ck_group {
  /// For results of `length` elements each, a block of `threads`. `isColumns` where neighbouring results are neighbours
  /// in memory and a result's elements are not. Each thread has some `share` elements before they are brought together.
  init(length: Int, threads: Int, isColumns: Bool, share: Int = 8) {
    var height = 1
    while height * share < length && height < threads / (isColumns ? 32 : 1) { height *= 2 }
    self.init(
      width: Int32(threads / height), height: Int32(height), is_columns: isColumns ? 1 : 0, reserved: 0)
  }
}

extension ck_divisor {
  init(_ extent: Int) {
    let divisor = Divisor(extent)
    self.init(extent: Int64(extent), multiplier: divisor.multiplier, shift: divisor.shift)
  }
}
