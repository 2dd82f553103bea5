/// Sorting from core operators, for devices without the operator.
extension Ops {
  /// Batcher's bitonic network (AFIPS 1968) over values and their places: about ½ (log₂ n)² passes of exchanges.
  /// Places make every two elements different, so that equal values keep their order.
  static func sortingNetwork(
    _ x: Tensor, _ d: Int, descending: Bool
  ) throws(BackplaneError) -> (values: Tensor, indices: Tensor) {
    let operand = x.detach()
    let n = operand.layout.elements[d]
    guard operand.numel > 0, n > 1 else {
      return (try copy(operand), try full(.contiguous(operand.layout.shape), .int(0), .int64, on: x.context))
    }
    let lines = try contiguous(transpose(operand, d, -1))
    let shape = lines.layout.shape
    let rows = lines.numel / n
    var width = 1
    while width < n { width *= 2 }
    var values = try reshape(lines, [rows, n])
    // What fills up to a power of two has places of its own, and comes after all else.
    if width > n {
      values = try cat([values, full(.contiguous([rows, width - n]), .int(0), x.dtype, on: x.context)], 1)
    }
    let counted = try arithmeticSequence(.int(0), .int(1), width, .int64, on: x.context)
    var places = try copy(expand(reshape(counted, [1, width]), [rows, width]))
    var size = 2
    while size <= width {
      var distance = size / 2
      while distance > 0 {
        (values, places) = try exchange(values, places, n, size: size, distance: distance, descending: descending)
        distance /= 2
      }
      size *= 2
    }
    func restored(_ y: Tensor) throws(BackplaneError) -> Tensor {
      try copy(transpose(reshape(copy(narrow(y, 1, 0, n)), shape), d, -1))
    }
    return (try restored(values), try restored(places))
  }

  /// One pass: elements a distance apart change places where they are in the wrong order, blocks of `size` in turn
  /// upward and downward.
  private static func exchange(
    _ values: Tensor, _ places: Tensor, _ n: Int, size: Int, distance: Int, descending: Bool
  ) throws(BackplaneError) -> (Tensor, Tensor) {
    let (rows, width) = (values.layout.elements[0], values.layout.elements[1])
    let shape = [rows, width / (2 * distance), 2, distance]
    func halves(_ y: Tensor) throws(BackplaneError) -> (Tensor, Tensor) {
      let pairs = try reshape(y, shape)
      return (try narrow(pairs, 2, 0, 1), try narrow(pairs, 2, 1, 1))
    }
    let (a, b) = try halves(values)
    let (placeA, placeB) = try halves(places)
    // Whether a pair lies in a block that goes downward.
    let pair = try arithmeticSequence(.int(0), .int(1), width / (2 * distance), .int64, on: values.context)
    let block = try binary(.floorDivide, pair, .int(Int64(size / (2 * distance))))
    let isDownward = try reshape(compare(.ne, binary(.remainder, block, .int(2)), .int(0)), [1, shape[1], 1, 1])
    let isOut = try comesBefore(b, placeB, a, placeA, n, descending: descending)
    let swaps = try compare(.ne, isOut, isDownward)
    func exchanged(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
      try reshape(cat([`where`(swaps, b, a), `where`(swaps, a, b)], 2), [rows, width])
    }
    return (try exchanged(a, b), try exchanged(placeA, placeB))
  }

  /// Whether a stands before b: by value, NaN beyond all else, then by place; places from n on come last.
  private static func comesBefore(
    _ a: Tensor, _ placeA: Tensor, _ b: Tensor, _ placeB: Tensor, _ n: Int, descending: Bool
  ) throws(BackplaneError) -> Tensor {
    func both(_ x: Tensor, _ y: Tensor) throws(BackplaneError) -> Tensor { try apply(.bitwiseAnd, x, y, .bool) }
    func either(_ x: Tensor, _ y: Tensor) throws(BackplaneError) -> Tensor { try apply(.bitwiseOr, x, y, .bool) }
    var isBefore = try compare(descending ? .gt : .lt, a, b)
    var isEqual = try compare(.eq, a, b)
    if a.dtype.isFloatingPoint {
      let (isNaNA, isNaNB) = (try compare(.ne, a, a), try compare(.ne, b, b))
      let (first, second) = descending ? (isNaNA, isNaNB) : (isNaNB, isNaNA)
      isBefore = try either(isBefore, both(first, apply(.bitwiseNot, second)))
      isEqual = try either(isEqual, both(isNaNA, isNaNB))
    }
    let isEarlier = try compare(.lt, placeA, placeB)
    let isFilled = try either(compare(.ge, placeA, .int(Int64(n))), compare(.ge, placeB, .int(Int64(n))))
    let byValue = try either(isBefore, both(isEqual, isEarlier))
    return try `where`(isFilled, isEarlier, byValue)
  }
}
