/// Scatter with a fixed order of what meets at one place, for devices that do not have one.
extension Ops {
  /// ``scatter(into:_:_:_:_:)`` by sorting: positions that are equal then stand next to one another, what is to be
  /// written there is combined in their order, and the last of each, which has the result, is written alone.
  static func scatterInOrder(
    into x: Tensor, _ d: Int, _ index: Tensor, _ source: Tensor, _ mode: ScatterMode
  ) throws(BackplaneError) {
    let (positions, order) = try sort(index, d, descending: false)
    let count = positions.layout.elements[d], extent = x.layout.elements[d]
    var values = try gather(expand(source, index.layout.shape), d, order)
    var reach = 1
    // After each round an element holds what up to so many elements before it brought to its place.
    while mode != .set, reach < count {
      let later = try narrow(values, d, reach, count - reach), earlier = try narrow(values, d, 0, count - reach)
      let isSame = try compare(
        .eq, narrow(positions, d, reach, count - reach), narrow(positions, d, 0, count - reach))
      let combined = try select(isSame, .tensor(combine(earlier, later, mode)), .tensor(later), values.dtype)
      values = try cat([narrow(values, d, 0, reach), combined], d)
      reach *= 2
    }
    let present = try gather(x, d, positions)
    if mode != .set { values = try combine(present, values, mode) }
    var shape = positions.layout.shape
    shape[d] = 1
    let end = try full(.contiguous(shape), .bool(true), .bool, on: x.context)
    let isLast = try cat(
      [compare(.ne, narrow(positions, d, 0, count - 1), narrow(positions, d, 1, count - 1)), end], d)
    // All others go to a place of no use, behind the rest.
    let targets = try select(isLast, .tensor(positions), .scalar(.int(Int64(extent))), .int64)
    shape = x.layout.shape
    shape[d] = 1
    let room = try cat([x.detach(), full(.contiguous(shape), .int(0), x.dtype, on: x.context)], d)
    try Determinism.vouching { () throws(BackplaneError) in try scatter(into: room, d, targets, values, .set) }
    try Dispatcher.unary(.copy, on: x.context, Operand(narrow(room, d, 0, extent)), to: Operand(x))
  }

  private static func combine(_ a: Tensor, _ b: Tensor, _ mode: ScatterMode) throws(BackplaneError) -> Tensor {
    switch mode {
    case .add: try add(a, b)
    case .multiply: try mul(a, b)
    case .max: try binary(.maximum, a, b)
    case .min: try binary(.minimum, a, b)
    case .set: b
    }
  }
}
