import BackendAPI
import CPUKernelTypes

/// The operands of one execution of a fused program, seen along one order of the elements: that of the first output's
/// memory, or, where the elements are reduced, row by row.
struct FusedOperands {
  /// How an operand's elements lie along that order.
  enum Way {
    /// Side by side.
    case dense
    /// One element for all.
    case one
    /// Run by run.
    case walked(Loop)
  }

  struct Operand {
    let data: UnsafeMutableRawPointer
    let size: Int
    let way: Way
    /// Whether the elements go past the caches, or must not be written before all of a block's have been read.
    var isStaged = false
  }

  private(set) var operands: [Operand] = []
  /// The number of elements.
  let count: Int

  /// - Parameter views: The inputs, then the outputs, all of one shape, of at least one element.
  init(_ views: [View], inputCount: Int, isRowMajor: Bool) {
    let shape = views[isRowMajor ? 0 : inputCount]
    // Axes by the strides of the first output, the longest first; those of one element are left out.
    var axes = (0..<shape.rank).filter { shape.extent($0) != 1 }
    if !isRowMajor { axes.sort { (shape.stride($0).magnitude, $1) > (shape.stride($1).magnitude, $0) } }
    // Neighbours that are one axis in all operands.
    var extents: [Int] = [], strides: [[Int]] = []
    for axis in axes {
      let steps = views.map { $0.stride(axis) }, extent = shape.extent(axis)
      if let last = strides.last, zip(last, steps).allSatisfy({ $0 == $1 * extent }) {
        extents[extents.count - 1] *= extent
        strides[strides.count - 1] = steps
      } else {
        extents.append(extent)
        strides.append(steps)
      }
    }
    count = extents.reduce(1, *)
    for (i, view) in views.enumerated() {
      let own = strides.map { $0[i] }
      var step = 1, isDense = true
      for (extent, stride) in zip(extents, own).reversed() {
        if stride != step { isDense = false }
        step *= extent
      }
      var way = isDense ? Way.dense : .one
      if !isDense, own.contains(where: { $0 != 0 }) {
        var loop = Loop()
        for (extent, stride) in zip(extents, own) { loop.append(extent, SIMD4(stride, 0, 0, 0)) }
        loop.merge()
        way = .walked(loop)
      }
      operands.append(Operand(data: view.data, size: view.size, way: way))
    }
    for i in inputCount..<views.count {
      let output = operands[i]
      let isInput = operands[..<inputCount].contains { $0.data == output.data }
      guard case .dense = output.way else { continue }
      operands[i].isStaged = isInput || count &* output.size >= streamedBytes
    }
  }
}
