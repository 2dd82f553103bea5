import BackendAPI
import Backplane

extension DecomposedCall {
  /// A convolution, a transposed one, or a gradient of one that is made of nothing but what is asked for.
  func convolution() throws {
    let operands = (0..<Int(op.input_count)).map { op.inputs[$0]!.pointee } + [op.outputs[0]!.pointee]
    let isForward = op.op == BP_OP_CONVOLUTION, isInput = op.op == BP_OP_CONVOLUTION_INPUT
    let (x, w, y) = isForward ? (0, 1, operands.count - 1) : isInput ? (operands.count - 1, 1, 0) : (0, 2, 1)
    func shape(_ i: Int) -> [Int] { (0..<Int(operands[i].rank)).map { Int(operands[i].shape[$0]) } }
    // Of nothing, a program cannot ask.
    guard !shape(y).dropFirst().contains(0) else { return callOriginal() }
    let geometry = Geometry(params(bp_convolution_params.self), rank: shape(x).count - 2)
    let inputs = try operands.dropLast().map(tensor)
    let bias = inputs.count == 3 ? inputs[2] : nil
    if isForward { return try write(geometry.convolution(inputs[0], inputs[1], bias), 0) }
    if isInput, let padding = geometry.outputPadding(shape(y), shape(w), to: shape(x)) {
      return try write(geometry.transposed(inputs[0], inputs[1], bias, padding), 0)
    }
    guard bias == nil else { return callOriginal() }
    let wanted = Tensor.zeros(shape(operands.count - 1), dtype: inputs[0].dtype, device: device).requiresGrad_()
    let result = geometry.convolution(isInput ? wanted : inputs[0], isInput ? inputs[1] : wanted, nil)
    try write(grad([result], [wanted], gradOutputs: [inputs[isInput ? 0 : 1]])[0]!, 0)
  }

  func callOriginal() {
    var op = op
    _ = plugin.originalExecute(&op, nil)
  }
}

/// The numbers of a convolution.
private struct Geometry {
  let groups: Int
  let stride: [Int]
  let low: [Int]
  let high: [Int]
  let dilation: [Int]

  init(_ params: bp_convolution_params, rank: Int) {
    func list(_ numbers: (Int64, Int64, Int64)) -> [Int] {
      [numbers.0, numbers.1, numbers.2].prefix(rank).map { Int($0) }
    }
    groups = Int(params.groups)
    (stride, low, high) = (list(params.stride), list(params.padding_low), list(params.padding_high))
    dilation = list(params.dilation)
  }

  func convolution(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
    // A convolution has as many zeros on both sides.
    let padding = low == high ? low : low.map { _ in 0 }
    let amounts = zip(low, high).reversed().flatMap { [$0, $1] }
    let x = low == high ? x : F.pad(x, amounts)
    return switch stride.count {
    case 1: F.conv1d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    case 2: F.conv2d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    default: F.conv3d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
  }

  /// With which a transposed convolution has the extents of `x`, if it can have them.
  func outputPadding(_ y: [Int], _ weight: [Int], to x: [Int]) -> [Int]? {
    let result = stride.indices.map { axis in
      let last = y[2 + axis] == 1 ? 0 : (y[2 + axis] - 1) * stride[axis]
      return x[2 + axis] + 2 * low[axis] - last - (weight[2 + axis] - 1) * dilation[axis] - 1
    }
    let fits = stride.indices.allSatisfy { 0 <= result[$0] && result[$0] < max(stride[$0], dilation[$0]) }
    return fits && !x.dropFirst(2).contains(0) ? result : nil
  }

  func transposed(_ y: Tensor, _ weight: Tensor, _ bias: Tensor?, _ outputPadding: [Int]) -> Tensor {
    switch stride.count {
    case 1:
      F.convTranspose1d(
        y, weight, bias, stride: stride, padding: low, outputPadding: outputPadding, groups: groups, dilation: dilation)
    case 2:
      F.convTranspose2d(
        y, weight, bias, stride: stride, padding: low, outputPadding: outputPadding, groups: groups, dilation: dilation)
    default:
      F.convTranspose3d(
        y, weight, bias, stride: stride, padding: low, outputPadding: outputPadding, groups: groups, dilation: dilation)
    }
  }
}
