/// A strided layout: where in a span of elements each element of a tensor lies.
public struct Layout: Sendable, Equatable {
  public let shape: [Int]
  public let strides: [Int]
  /// Elements left unused before the first one used.
  let lead: Int

  init(_ shape: [Int], strides: [Int], lead: Int = 0) {
    self.shape = shape
    self.strides = strides
    self.lead = lead
  }

  /// Row-major, without gaps.
  init(contiguous shape: [Int], lead: Int = 0) {
    var strides = shape
    var stride = 1
    for axis in shape.indices.reversed() {
      strides[axis] = stride
      stride *= max(shape[axis], 1)
    }
    self.init(shape, strides: strides, lead: lead)
  }

  var rank: Int { shape.count }
  var isEmpty: Bool { shape.contains(0) }
  var count: Int { shape.reduce(1, *) }

  /// The axes whose stride has a meaning [BP-4.2].
  private var movingAxes: [(extent: Int, stride: Int)] {
    isEmpty ? [] : zip(shape, strides).filter { $0.0 > 1 }.map { ($0.0, $0.1) }
  }

  /// Elements of memory from the unused lead to the last element used.
  var span: Int {
    isEmpty ? lead : lead + movingAxes.reduce(1) { $0 + ($1.extent - 1) * abs($1.stride) }
  }

  /// Where element (0, 0, …) lies in the span.
  var origin: Int { movingAxes.reduce(lead) { $1.stride < 0 ? $0 - ($1.extent - 1) * $1.stride : $0 } }

  var isContiguous: Bool {
    if isEmpty { return true }
    var expected = 1
    for (extent, stride) in movingAxes.reversed() {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }

  /// The place in the span of each element, in row-major order.
  var offsets: [Int] {
    if isEmpty { return [] }
    var offsets = [origin]
    for (extent, stride) in movingAxes {
      var next: [Int] = []
      next.reserveCapacity(offsets.count * extent)
      for offset in offsets {
        for i in 0..<extent { next.append(offset + i * stride) }
      }
      offsets = next
    }
    return offsets
  }

  /// The same layout with every broadcast axis at extent 1: its elements lie apart.
  var withoutBroadcast: Layout {
    let shape = zip(self.shape, strides).map { extent, stride in stride == 0 && extent > 1 ? 1 : extent }
    return Layout(shape, strides: strides, lead: lead)
  }

  /// The coordinates of the element with a row-major index.
  func coordinates(_ index: Int) -> [Int] {
    var rest = index
    var result = shape
    for axis in shape.indices.reversed() {
      result[axis] = rest % max(shape[axis], 1)
      rest /= max(shape[axis], 1)
    }
    return result
  }

  /// For each element of `shape`, in row-major order, the row-major index in `reduced` of the one it
  /// falls into; `reduced` has extent 1 along the axes that fall together.
  static func groups(of shape: [Int], into reduced: [Int]) -> [Int] {
    let target = Layout(contiguous: reduced)
    let strides = zip(target.strides, reduced).map { stride, extent in extent == 1 ? 0 : stride }
    return Layout(shape, strides: strides).offsets
  }

  /// "[7, 5]", and its strides where they are not those of a contiguous tensor.
  var description: String { isContiguous ? "\(shape)" : "\(shape) strides \(strides)" }
}
