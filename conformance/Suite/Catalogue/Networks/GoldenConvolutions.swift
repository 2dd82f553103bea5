import BackendAPI

// Small multiples of a quarter: results that every float type holds. The numbers are those of PyTorch 2 in float64:
// torch.nn.functional.conv2d, whose stride is (2, 1), padding (1, 2), dilation (1, 2) and groups 2, and its gradients.
extension Golden {
  static let convolutions: [Golden] = DType.floats.flatMap(convolutions)

  private static func convolutions(_ dtype: DType) -> [Golden] {
    let x: [Double] = [
      0, 0.75, -0.75, -1.25, 0, -1.25, 0.25, -1, 1.5, 0.75, -1.25, -1.5, 0.75, 1.25, 1.5,
      -1.25, -0.25, -1, -0.75, -1, -0.25, -1.5, -0.25, -0.25, -0.5, -1, 0.5, -1.5, 0, 1, 1.5, -1.5, 0, 1.25,
      -0.75, 1.5, -1.5, 1, -1.5, -1.5,
    ]
    let w: [Double] = [
      -0.25, 0.75, 0.5, 0, 1.5, -1, -0.5, -0.75, 1.5, 1.25, 0.25, -0.5, -1.25, 0.75, 0, 0.25,
      0, 0, 1.25, -1.5, -1.5, 0, 1.25, -0.25,
    ]
    let bias: [Double] = [-1, 0, -0.25, -0.75]
    let y: [Double] = [
      -0.25, 1.375, -2.125, -2.875, -1, -5.0625, -3.5625, -1.4375, 1.9375, 2.0625, -2.4375,
      -1.5625, -1.9375, -1.5, -1.5, 0.375, 0.8125, -0.1875, 0.625, -0.9375, -1.25, 1.0625, 0.375, -2.8125, 1.25,
      -0.5625, -0.9375, -0.125, 0.6875, 1.25, -0.25, -0.25, -0.3125, -0.625, -0.3125, -1, 0.125, 0.25, -1.25,
      2.375, 0.875, -1.375, -1.375, 0.5, -2.625, -1, -2.5625, -0.9375, -1.0625, -1.375, 4.875, -3.6875, -1.0625,
      1.4375, -5.0625, -4.5, 3.75, 1.875, -0.375, 2.75,
    ]
    let g: [Double] = [
      0, -0.75, 1.25, -1.25, -1, -0.5, -1, 0.75, -1.5, 1.5, 1.5, 0, -0.75, 0, -0.25, -1, 0.5,
      1.5, 0, 1.25, 0.25, 1, -1.25, 0.25, -1.25, -0.5, -0.5, 1.25, 0.25, -0.75, -0.75, 0.25, 1, -1.5, 1.25,
      -1.5, -0.75, -0.5, 1, -1.25, 0.25, 1.5, -0.75, 0.25, -1.25, 0, 1.5, -1.25, -0.75, -1, 0, -0.25, 0.25,
      -1.25, 1, 0.75, 1.5, -1.5, -1.5, -0.75,
    ]
    let xGradient: [Double] = [
      1.625, -1, 4.3125, -1.375, -3.1875, -0.125, -1.25, 1.875, -0.3125, 0.5625, -2.25,
      -0.9375, -0.375, -1.6875, 1.8125, 1.0625, 0.25, -1.0625, -0.9375, 1.875, 0.25, 1.5, -1.25, -1.3125,
      -0.9375, -0.1875, -3, 2.0625, 3, -2.8125, -0.125, -0.0625, 0, -1.5, 1.1875, -1.875, -3.3125, 1.1875,
      0.1875, 2.4375,
    ]
    let wGradient: [Double] = [
      -1.625, -2.375, -1.1875, 2.25, 3.125, 0.4375, 2, 0.6875, -0.0625, -0.6875,
      -5.0625, -0.3125, 0.125, -0.5, 0.875, -0.5625, 0.375, -0.9375, -3.125, 1.25, 1, 3.9375, -3.1875, -0.25,
    ]
    func numbers(_ values: [Double], _ shape: [Int]) -> Tensor { .floats(dtype, values, shape) }
    let params = bp_convolution_params(
      struct_size: 0, flags: 0, groups: 2, stride: (2, 1, 0), padding_low: (1, 2, 0), padding_high: (1, 2, 0),
      dilation: (1, 2, 0))
    let (xs, ws) = (numbers(x, [1, 2, 4, 5]), numbers(w, [4, 1, 2, 3]))
    let (ys, gs) = (numbers(y, [1, 4, 3, 5]), numbers(g, [1, 4, 3, 5]))
    // Without its bias the result is less by as much.
    let plain = y.indices.map { y[$0] - bias[$0 / 15] }
    return [
      Golden("CONVOLUTION", [xs, ws, numbers(bias, [4])], [ys], .convolution(params)),
      Golden("CONVOLUTION", [xs, ws], [numbers(plain, [1, 4, 3, 5])], .convolution(params)),
      Golden("CONVOLUTION_INPUT", [gs, ws], [numbers(xGradient, [1, 2, 4, 5])], .convolution(params)),
      Golden("CONVOLUTION_WEIGHT", [xs, gs], [numbers(wGradient, [4, 1, 2, 3])], .convolution(params)),
    ] + byHand(dtype)
  }

  private static func byHand(_ dtype: DType) -> [Golden] {
    func numbers(_ values: [Double], _ shape: [Int]) -> Tensor { .floats(dtype, values, shape) }
    func params(stride: Int64 = 1, low: Int64 = 0, high: Int64 = 0) -> Parameters {
      .convolution(
        bp_convolution_params(
          struct_size: 0, flags: 0, groups: 1, stride: (stride, stride, stride), padding_low: (low, low, low),
          padding_high: (high, high, high), dilation: (1, 1, 1)))
    }
    let line = numbers([1, 2, 3, 4, 5], [1, 1, 5]), taps = numbers([1, 4, 16], [1, 1, 3])
    let cube = numbers([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 2, 2, 2])
    return [
      // Not turned round; the zeros before the input alone.
      Golden(
        "CONVOLUTION", "golden-taps", [numbers([1, 0, 2, 0, 0], [1, 1, 5]), taps],
        [numbers([16, 4, 33, 8, 2], [1, 1, 5])], params(low: 2)),
      Golden(
        "CONVOLUTION", "golden-bias", [line, numbers([1, -1, 0, 2], [2, 1, 2]), numbers([0.5, -3], [2])],
        [numbers([-0.5, -0.5, 1, 5], [1, 2, 2])], params(stride: 2)),
      Golden("CONVOLUTION", "golden-3d", [cube, cube], [numbers([204], [1, 1, 1, 1, 1])], params()),
      // torch.nn.functional.conv_transpose1d with padding 1 and output_padding 1.
      Golden(
        "CONVOLUTION_INPUT", "golden-transposed", [numbers([1, 2, 3], [1, 1, 3]), taps, numbers([0.5], [1])],
        [numbers([4.5, 18.5, 8.5, 35.5, 12.5, 48.5], [1, 1, 6])], params(stride: 2, low: 1)),
      Golden(
        "CONVOLUTION_INPUT", "golden-3d", [numbers([2], [1, 1, 1, 1, 1]), cube],
        [numbers([2, 4, 6, 8, 10, 12, 14, 16], [1, 1, 2, 2, 2])], params()),
      Golden(
        "CONVOLUTION_WEIGHT", "golden-taps", [line, numbers([1, 0, 10], [1, 1, 3])],
        [numbers([40, 51, 2], [1, 1, 3])], params(stride: 2, low: 1, high: 1)),
      Golden(
        "CONVOLUTION_WEIGHT", "golden-3d", [cube, numbers([2], [1, 1, 1, 1, 1])],
        [numbers([2, 4, 6, 8, 10, 12, 14, 16], [1, 1, 2, 2, 2])], params()),
    ]
  }
}
