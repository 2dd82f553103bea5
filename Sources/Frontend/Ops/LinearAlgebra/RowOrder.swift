/// The order of rows that exchanges give, as positions on the device.
struct RowOrder {
  /// Row i of Pᴴ X is row forward[i] of X.
  let forward: Tensor
  /// Row i of P X is row inverse[i] of X.
  let inverse: Tensor

  /// - Parameter pivots: Row i is exchanged with row pivots[i], in turn; for each matrix of a batch.
  init(_ pivots: Tensor, rows: Int) throws(BackplaneError) {
    let exchanges = try Ops.toHost(pivots, Int64.self), k = try Ops.extent(pivots, -1)
    let batch = Array(pivots.layout.shape.dropLast())
    // Of matrices without rows there may be more than could be gone through.
    let count = rows == 0 ? 0 : batch.reduce(1, *)
    var forward: [Int64] = [], inverse: [Int64] = []
    for item in 0..<count {
      var order = (0..<rows).map { Int64($0) }
      for i in 0..<k {
        let other = Int(exchanges[item * k + i])
        guard (0..<rows).contains(other) else {
          throw BackplaneError(
            .value,
            "Pivots given to lu_solve must all be greater or equal to 1 and at most \(rows), but one is \(other &+ 1)")
        }
        order.swapAt(i, other)
      }
      var back = [Int64](repeating: 0, count: rows)
      for (i, row) in order.enumerated() { back[Int(row)] = Int64(i) }
      forward += order
      inverse += back
    }
    self.forward = try Ops.fromHost(forward, batch + [rows], on: pivots.context)
    self.inverse = try Ops.fromHost(inverse, batch + [rows], on: pivots.context)
  }
}

extension Ops {
  /// Rows in another order: row i of the result is row order[i]; the batches broadcast.
  static func permuteRows(_ x: Tensor, _ order: Tensor) throws(BackplaneError) -> Tensor {
    let batch = try broadcast(batchShape(x), Array(order.layout.shape.dropLast()))
    let index = try expand(unsqueeze(order, -1), batch + [extent(x, -2), extent(x, -1)])
    return try gather(expandBatch(x, batch), x.layout.rank < batch.count + 2 ? batch.count : -2, index)
  }
}
