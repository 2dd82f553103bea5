extension Layout {
  /// A random layout of a shape: permuted, with steps and gaps; of an input now and then flipped or broadcast.
  static func scattered(_ shape: [Int], isInput: Bool, _ random: inout RandomSource) -> Layout {
    if random.oneIn(2) { return Layout(contiguous: shape, lead: random.oneIn(3) ? random.int(0...5) : 0) }
    let order = random.oneIn(2) ? Array(shape.indices) : shape.indices.shuffled(using: &random)
    var strides = shape
    var stride = 1
    for axis in order.reversed() {
      if random.oneIn(6) { stride *= 2 }
      strides[axis] = stride
      stride = stride * max(shape[axis], 1) + (random.oneIn(5) ? random.int(1...4) : 0)
      if isInput && random.oneIn(8) { strides[axis] = 0 }
      if isInput && random.oneIn(8) { strides[axis] = -strides[axis] }
    }
    return Layout(shape, strides: strides, lead: random.oneIn(2) ? random.int(0...5) : 0)
  }
}
