import BackendAPI

/// Tensors of positions: checked, counted from the front, and found from masks.
extension Ops {
  static func requireIndex(_ index: Tensor, _ operation: String) throws(BackplaneError) -> Tensor {
    guard index.dtype == .int64 || index.dtype == .int32 || index.numel == 0 else {
      throw BackplaneError(
        .dtype, "\(operation)(): Expected dtype int32/int64 for index but got \(index.dtype.scalarName)")
    }
    return try cast(index.detach(), .int64)
  }

  /// Runs an operator that reads an index, whose complaint about a position out of range is made the caller's.
  ///
  /// - Parameter error: From the first position that is not in 0 ..< extent, what to throw.
  static func checkingRange(
    _ index: Tensor, _ extent: Int, _ error: (Int) -> BackplaneError,
    _ body: () throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    do throws(BackplaneError) {
      try body()
    } catch let failure {
      if let bad = try toHost(index, Int.self).first(where: { !(0..<extent).contains($0) }) { throw error(bad) }
      throw failure
    }
  }

  static func outOfBounds(_ position: Int, _ dim: Int, _ extent: Int) -> BackplaneError {
    BackplaneError(.index, "index \(position) is out of bounds for dimension \(dim) with size \(extent)")
  }

  /// Positions counted from the front.
  struct Positions {
    var tensor: Tensor
    /// Where the positions are within the range; nil where all of them are known to be.
    var areValid: Tensor?
  }

  /// Positions in 0 ..< extent, from such that may be counted from the back.
  static func wrapped(
    _ index: Tensor, _ extent: Int, _ error: (Int) -> BackplaneError
  ) throws(BackplaneError) -> Positions {
    let index = try cast(index.detach(), .int64)
    guard index.numel > 0 else { return Positions(tensor: index) }
    // Where the host sees the memory, looking at it is cheaper than asking the device; elsewhere nothing is read back.
    if let range = try hostRange(index) {
      if range.lowerBound < -extent { throw error(range.lowerBound) }
      if range.upperBound >= extent { throw error(range.upperBound) }
      if range.lowerBound >= 0 { return Positions(tensor: index) }
      return Positions(tensor: try fromFront(index, extent))
    }
    let positions = try fromFront(index, extent)
    let areValid = try apply(
      .bitwiseAnd, compare(.ge, positions, .int(0)), compare(.lt, positions, .int(Int64(extent))), .bool)
    return Positions(tensor: positions, areValid: areValid)
  }

  private static func fromFront(_ index: Tensor, _ extent: Int) throws(BackplaneError) -> Tensor {
    try select(
      compare(.lt, index, .int(0)), .tensor(add(index, .int(Int64(extent)))), .tensor(index), .int64)
  }

  /// The least and the greatest of int64 elements, where the host can look at them in place.
  private static func hostRange(_ index: Tensor) throws(BackplaneError) -> ClosedRange<Int>? {
    guard try index.storage.block.hostPointer != nil else { return nil }
    let dense = try index.isContiguous ? index : copy(index)
    return try Transfer.withBytes(of: dense) { bytes in
      var low = Int64.max, high = Int64.min
      for position in bytes.bindMemory(to: Int64.self) {
        low = Swift.min(low, position)
        high = Swift.max(high, position)
      }
      return Int(low)...Int(high)
    }
  }

  /// The row-major numbers of the elements that are true.
  ///
  /// How many there are decides the shape of the result, so the host has to learn at least their count.
  static func truePositions(_ mask: Tensor) throws(BackplaneError) -> Tensor {
    let count = mask.numel
    let dense = try contiguous(cast(mask.detach(), .bool))
    let isOnHost = try dense.storage.block.hostPointer != nil
    guard count > 0, !isOnHost, Dispatcher.supports(.cumsum, on: mask.context, .int64, inputs: 1, outputs: 1) else {
      // In memory that the host sees, or without a prefix sum, the mask itself is read.
      return try hostTruePositions(dense)
    }
    let flat = try reshape(dense, [count])
    let numbers = try cast(flat, .int64)
    let running = try empty([count], .int64, on: mask.context)
    try withAxis(0) { (p) throws(BackplaneError) in
      try Dispatcher.unary(.cumsum, on: mask.context, Operand(numbers), to: Operand(running), params: p)
    }
    let total = Int(try item(narrow(running, 0, count - 1, 1)).int64)
    // Each true element writes its number to the place that the sum before it gives, the others to one past the end.
    let places = try select(flat, .tensor(sub(running, .int(1))), .scalar(.int(Int64(total))), .int64)
    let result = try empty([total + 1], .int64, on: mask.context)
    try scatter(
      into: result, 0, places, arithmeticSequence(.int(0), .int(1), count, .int64, on: mask.context), .set)
    return result.view(try .contiguous([total]), offset: 0)
  }

  private static func hostTruePositions(_ mask: Tensor) throws(BackplaneError) -> Tensor {
    let result = try Transfer.withBytes(of: mask) { bytes in
      Result { () throws(BackplaneError) in
        let result = try empty([bytes.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }], .int64, on: mask.context)
        var i = 0
        try Transfer.fill(result) { (piece, _) throws(BackplaneError) in
          let positions = piece.assumingMemoryBound(to: Int64.self)
          var found = 0
          // Written whether it is one or not: whether it is cannot be foretold.
          while found < positions.count {
            positions[found] = Int64(i)
            found &+= bytes[i] == 0 ? 0 : 1
            i &+= 1
          }
        }
        return result
      }
    }
    return try result.get()
  }
}
