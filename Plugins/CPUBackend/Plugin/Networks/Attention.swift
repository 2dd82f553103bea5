import BackendAPI
import CPUKernelTypes

let attentionClaims = [
  NetworkClaim(BP_OP_ATTENTION, run: attention),
  NetworkClaim(BP_OP_ATTENTION_BACKWARD, run: attentionBackward),
]

/// Products of a query's number and a key's that are worth a thread.
private let sharedWork = 1 << 18

/// Queries below which a head is not cut up.
private let leastQueries = 64

private func rounded(_ n: Int, to unit: Int) -> Int { (n + unit - 1) / unit * unit }

/// The operands that both operators have, checked; q is input `first`, and the mask comes last.
private func problem(
  _ op: UnsafePointer<bp_op>, q first: Int, mask: Int
) throws(Failure) -> (problem: AttentionProblem, batches: Int) {
  let p = try parameters(op, bp_attention_params())
  try check { bp_check_flags(op, p.flags, BP_ATTENTION_CAUSAL, $0) }
  let name = operatorName(op.pointee.op)
  guard p.p >= 0 && p.p < 1 else { throw .invalid("\(name): p is \(p.p), and has to be 0 or more and less than 1") }
  let q = op.pointee.inputs[first]!, k = op.pointee.inputs[first + 1]!, v = op.pointee.inputs[first + 2]!
  let given = Int(op.pointee.input_count) > mask ? op.pointee.inputs[mask]! : nil
  func refusal(_ rule: String) -> Failure {
    .invalid("\(name): q \(q.shapeText), k \(k.shapeText), v \(v.shapeText): \(rule)")
  }
  guard q.rank == 4 && k.rank == 4 && v.rank == 4 else { throw refusal("ranks have to be 4") }
  let (batches, heads, queries, width) = (q.extent(0), q.extent(1), q.extent(2), q.extent(3))
  let (keyHeads, keys, vWidth) = (k.extent(1), k.extent(2), v.extent(3))
  guard k.extent(0) == batches && v.extent(0) == batches && v.extent(1) == keyHeads && v.extent(2) == keys else {
    throw refusal("batches, and heads and lengths of k and v, have to be equal")
  }
  guard k.extent(3) == width else { throw refusal("the last extents of q and k have to be equal") }
  guard keyHeads == 0 ? heads == 0 : heads % keyHeads == 0 else {
    throw refusal("the heads of k have to divide those of q")
  }
  if let given {
    guard given.hasShape([batches, heads, queries, keys]) else {
      throw refusal("the mask \(given.shapeText) has to be \([batches, heads, queries, keys])")
    }
  }
  let absent = AttentionOperand(
    data: UnsafeMutableRawPointer(mutating: UnsafeRawPointer(q)), batch: 0, head: 0, row: 0, column: 0)
  var result = AttentionProblem(
    heads: heads, keyHeads: keyHeads, queries: queries, keys: keys, width: width, vWidth: vWidth, absent: absent,
    isCausal: p.flags & BP_ATTENTION_CAUSAL != 0, scale: p.scale, p: p.p, seed: p.seed, offset: p.offset)
  result.q = operand(q, absent)
  result.k = operand(k, absent)
  result.v = operand(v, absent)
  if let given {
    result.mask = operand(given, absent)
    result.maskKind = given.dtype == BP_BOOL ? .bool : .added
  }
  return (result, batches)
}

extension View {
  fileprivate func hasShape(_ shape: [Int]) -> Bool {
    rank == shape.count && shape.indices.allSatisfy { extent($0) == shape[$0] }
  }
}

/// A tensor of rank 4, or of rank 3, which lacks columns; an empty one has no memory.
private func operand(_ view: View, _ absent: AttentionOperand) -> AttentionOperand {
  if view.count == 0 { return absent }
  // Strides of extents of 1 have no meaning.
  func stride(_ axis: Int) -> Int { axis >= view.rank || view.extent(axis) == 1 ? 0 : view.stride(axis) }
  let column = view.rank > 3 && view.extent(3) > 1 ? view.stride(3) : 1
  return AttentionOperand(data: view.data, batch: stride(0), head: stride(1), row: stride(2), column: column)
}

/// ATTENTION: every head's queries are shared out.
private func attention(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  var (problem, batches) = try problem(op, q: 0, mask: 3)
  let out = op.pointee.outputs[0]!, logSums = op.pointee.outputs[1]!
  let rows = [batches, problem.heads, problem.queries]
  guard out.hasShape(rows + [problem.vWidth]) && logSums.hasShape(rows) else {
    throw .invalid(
      "ATTENTION: outputs \(out.shapeText) and \(logSums.shapeText) have to be \(rows + [problem.vWidth]) and \(rows)")
  }
  if logSums.count == 0 { return }
  problem.out = operand(out, problem.q)
  problem.logSums = operand(logSums, problem.q)
  let type = out.dtype, kernel = context.pointee.networks.attention.forward
  let scratch = AttentionScratch(problem, size: computedSize(type), isBackward: false)
  let bytes = scratch.count * computedSize(type), threads = context.pointee.threads
  let heads = batches * problem.heads,
    work = amount(heads, problem.queries, problem.keys, problem.width + problem.vWidth)
  // Queries of a head that has too many of them, or where there are too few heads.
  let wanted = threads == 1 ? 1 : max(1, (4 * threads + heads - 1) / heads)
  let chunk = max(leastQueries, rounded((problem.queries + wanted - 1) / wanted, to: scratch.lanes))
  let chunks = (problem.queries + chunk - 1) / chunk
  let units = heads * chunks
  let pieces = threads == 1 ? 1 : max(1, min(units, 8 * threads, work / sharedWork))
  try requireWorkSpace(amount(bytes, min(pieces, threads)), "ATTENTION")
  withUnsafePointer(to: problem) { problem in
    parallel(context, pieces) { piece in
      withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { memory in
        for unit in (units &* piece / pieces)..<(units &* (piece &+ 1) / pieces) {
          let (head, part) = unit.quotientAndRemainder(dividingBy: chunks)
          let heads = problem.pointee.heads, low = part &* chunk
          kernel(
            type, problem, head / heads, head % heads, low, min(problem.pointee.queries, low &+ chunk),
            memory.baseAddress!)
        }
      }
    }
  }
}

/// ATTENTION_BACKWARD: a head of keys has all queries that read it, in parts where there are few such heads. How many
/// depends on the shapes alone, so that the sums do not depend on the number of threads.
private func attentionBackward(_ context: Context, _ op: UnsafePointer<bp_op>) throws(Failure) {
  var (problem, batches) = try problem(op, q: 1, mask: 6)
  let rows = [batches, problem.heads, problem.queries]
  guard op.pointee.inputs[0]!.hasShape(rows + [problem.vWidth]),
    op.pointee.inputs[4]!.hasShape(rows + [problem.vWidth]),
    op.pointee.inputs[5]!.hasShape(rows)
  else {
    throw .invalid(
      "ATTENTION_BACKWARD: g \(op.pointee.inputs[0]!.shapeText), the result \(op.pointee.inputs[4]!.shapeText) and "
        + "logarithms \(op.pointee.inputs[5]!.shapeText) have to be \(rows + [problem.vWidth]) and \(rows)")
  }
  for i in 0..<3 where !op.pointee.outputs[i]!.hasShape(of: op.pointee.inputs[i + 1]!) {
    throw .invalid("ATTENTION_BACKWARD: output \(i) has to be of the shape of input \(i + 1)")
  }
  let absent = problem.q
  problem.gradient = operand(op.pointee.inputs[0]!, absent)
  problem.out = operand(op.pointee.inputs[4]!, absent)
  problem.logSums = operand(op.pointee.inputs[5]!, absent)
  problem.dq = operand(op.pointee.outputs[0]!, absent)
  problem.dk = operand(op.pointee.outputs[1]!, absent)
  problem.dv = operand(op.pointee.outputs[2]!, absent)
  let keyHeads = batches * problem.keyHeads
  if keyHeads == 0 { return }
  let type = op.pointee.outputs[0]!.dtype, kernels = context.pointee.networks.attention
  let size = computedSize(type), scratch = AttentionScratch(problem, size: size, isBackward: true)
  let queries = problem.heads / problem.keyHeads * problem.queries
  let parts = max(1, min((8 + keyHeads - 1) / keyHeads, queries / 128))
  // Accumulators: rows of keys, then of values.
  let held = rounded(problem.keys, to: 16)
  let dkCount = held * scratch.width, accumulated = held * (scratch.width + scratch.vWidth)
  let work = amount(keyHeads, queries, problem.keys, 2 * (problem.width + problem.vWidth))
  let units = keyHeads * parts, threads = context.pointee.threads
  let pieces = threads == 1 ? 1 : max(1, min(units, 8 * threads, work / sharedWork))
  let own = (scratch.count + (parts == 1 ? accumulated : 0)) * size
  try requireWorkSpace(amount(own, min(pieces, threads)), "ATTENTION_BACKWARD")
  let shared = parts == 1 ? 0 : amount(units, accumulated, size)
  try requireWorkSpace(shared, "ATTENTION_BACKWARD")
  withUnsafePointer(to: problem) { problem in
    let heads = problem.pointee.keyHeads, keys = problem.pointee.keys
    withUnsafeTemporaryAllocation(byteCount: shared, alignment: 64) { shared in
      parallel(context, pieces) { piece in
        withUnsafeTemporaryAllocation(byteCount: own, alignment: 64) { memory in
          for unit in (units &* piece / pieces)..<(units &* (piece &+ 1) / pieces) {
            let (head, part) = unit.quotientAndRemainder(dividingBy: parts)
            let dk =
              parts == 1
              ? memory.baseAddress! + scratch.count &* size : shared.baseAddress! + unit &* accumulated &* size
            let dv = dk + dkCount &* size
            dk.initializeMemory(as: UInt8.self, repeating: 0, count: accumulated &* size)
            let each = rounded((queries &+ parts &- 1) / parts, to: scratch.lanes)
            kernels.backward(
              type, problem, head / heads, head % heads, min(queries, part &* each), min(queries, (part &+ 1) &* each),
              memory.baseAddress!, dk, dv)
            if parts == 1 { kernels.finish(type, problem, head / heads, head % heads, 0, keys, 1, 0, dk, dv) }
          }
        }
      }
      if parts == 1 { return }
      parallel(context, min(keyHeads, pieces)) { piece in
        let pieces = min(keyHeads, pieces)
        for head in (keyHeads &* piece / pieces)..<(keyHeads &* (piece &+ 1) / pieces) {
          let dk = shared.baseAddress! + head &* parts &* accumulated &* size
          kernels.finish(
            type, problem, head / heads, head % heads, 0, keys, parts, accumulated, dk, dk + dkCount &* size)
        }
      }
    }
  }
}
