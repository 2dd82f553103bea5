import BackendAPI
import Backplane

extension DecomposedCall {
  /// The gradient of a function, from in0 the incoming one and in1 the operand.
  func activationGradient(_ function: (Tensor) -> Tensor) throws {
    let g = try tensor(op.inputs[0]!.pointee), x = try tensor(op.inputs[1]!.pointee).requiresGrad_()
    try write(grad([function(x)], [x], gradOutputs: [g])[0]!, 0)
  }

  /// The first of an order; of bools a program cannot ask.
  func firsts() throws {
    guard op.inputs[0]!.pointee.dtype != BP_BOOL else { return callOriginal() }
    let params = params(bp_sort_params.self)
    let k = Int(op.outputs[0]!.pointee.shape[Int(params.axis)])
    try write(tensor(op.inputs[0]!.pointee).topk(k, Int(params.axis), largest: params.descending == 1))
  }

  /// A pooling, where a program can ask for these windows: as many as there are, rounded down or up.
  func pooling() throws {
    let (input, output) = (op.inputs[0]!.pointee, op.outputs[0]!.pointee)
    let p = params(bp_pool_params.self), rank = Int(input.rank) - 2
    func list(_ numbers: (Int64, Int64, Int64)) -> [Int] {
      [numbers.0, numbers.1, numbers.2].prefix(rank).map { Int($0) }
    }
    let (kernel, stride, dilation) = (list(p.kernel), list(p.stride), list(p.dilation))
    let (low, high) = (list(p.padding_low), list(p.padding_high))
    var modes: Set<Bool> = [false, true]
    var isPossible = low == high && input.shape[1] > 0
    for a in 0..<rank {
      let (extent, wanted) = (Int(input.shape[a + 2]), Int(output.shape[a + 2]))
      let span = dilation[a] * (kernel[a] - 1) + 1, room = extent + 2 * low[a] - span
      if extent == 0 || wanted == 0 || room < 0 || 2 * low[a] > span { isPossible = false }
      guard isPossible else { return callOriginal() }
      var up = (room + stride[a] - 1) / stride[a] + 1
      if (up - 1) * stride[a] >= extent + low[a] { up -= 1 }
      if room / stride[a] + 1 != wanted { modes.remove(false) }
      if up != wanted { modes.remove(true) }
    }
    guard isPossible, let ceil = modes.sorted(by: { !$0 && $1 }).first else { return callOriginal() }
    let x = try tensor(input)
    if op.op == BP_OP_MAX_POOL {
      let (values, indices) =
        switch rank {
        case 1: F.maxPool1dWithIndices(x, kernel, stride: stride, padding: low, dilation: dilation, ceilMode: ceil)
        case 2: F.maxPool2dWithIndices(x, kernel, stride: stride, padding: low, dilation: dilation, ceilMode: ceil)
        default: F.maxPool3dWithIndices(x, kernel, stride: stride, padding: low, dilation: dilation, ceilMode: ceil)
        }
      try write(values, 0)
      if op.output_count > 1 { try write(indices, 1) }
      return
    }
    let counts = p.flags & BP_POOL_COUNT_PADDING != 0, divisor = p.divisor == 0 ? nil : Int(p.divisor)
    if rank == 1 && divisor != nil { return callOriginal() }
    let result =
      switch rank {
      case 1: F.avgPool1d(x, kernel, stride: stride, padding: low, ceilMode: ceil, countIncludePad: counts)
      case 2:
        F.avgPool2d(
          x, kernel, stride: stride, padding: low, ceilMode: ceil, countIncludePad: counts, divisorOverride: divisor)
      default:
        F.avgPool3d(
          x, kernel, stride: stride, padding: low, ceilMode: ceil, countIncludePad: counts, divisorOverride: divisor)
      }
    try write(result, 0)
  }
}
