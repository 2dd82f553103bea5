import BackendAPI

extension Golden {
  /// Section 6.22, worked by hand and held against PyTorch's.
  static let pooling: [Golden] = {
    let (nan, shape) = (Double.nan, [1, 1, 4, 5])
    let x = Tensor.floats(.float32, [1, 5, 2, 0, 3, 4, -1, 7, 7, 2, 0, nan, 1, 6, -3, 8, 2, 2, 1, 9], shape)
    func params(
      _ kernel: Int64, _ stride: Int64, padding: Int64 = 0, dilation: (Int64, Int64) = (1, 1), flags: UInt32 = 0,
      divisor: Int64 = 0
    ) -> Parameters {
      var p = bp_pool_params()
      (p.kernel, p.stride, p.dilation) = ((kernel, kernel, 0), (stride, stride, 0), (dilation.0, dilation.1, 0))
      (p.padding_low, p.padding_high) = ((padding, padding, 0), (padding, padding, 0))
      (p.flags, p.divisor) = (flags, divisor)
      return .pool(p)
    }
    let maxima: [(String, [Int], [Double], [Int64], Parameters)] = [
      ("golden", [1, 1, 2, 2], [5, 7, nan, 6], [1, 7, 11, 13], params(2, 2)),
      (
        "golden-ceil", [1, 1, 3, 3], [5, 7, 7, nan, nan, 9, 8, 2, 9], [1, 7, 8, 11, 11, 19, 15, 16, 19],
        params(3, 2, padding: 1)
      ),
      ("golden-dilated", [1, 1, 1, 3], [8, 5, 9], [15, 1, 19], params(2, 1, dilation: (3, 2))),
    ]
    let ramp = Tensor.floats(.float32, (1...20).map { Double($0) }, shape)
    let incoming = Tensor.floats(.float32, (1...6).map { 36 * Double($0) }, [1, 1, 2, 3])
    let averages: [(String, [Double], [Double], Parameters)] = [
      (
        "golden-counting", [16 / 9, 33 / 9, 28 / 9, 69 / 9, 13, 87 / 9],
        [4, 12, 8, 20, 12, 20, 48, 28, 64, 36, 16, 36, 20, 44, 24, 16, 36, 20, 44, 24],
        params(3, 2, padding: 1, flags: BP_POOL_COUNT_PADDING)
      ),
      (
        "golden", [4, 5.5, 7, 11.5, 13, 14.5],
        [9, 21, 12, 39, 27, 33, 65, 32, 95, 63, 24, 44, 20, 56, 36, 24, 44, 20, 56, 36], params(3, 2, padding: 1)
      ),
      (
        "golden-divisor", [4, 8.25, 7, 17.25, 29.25, 21.75],
        [9, 27, 18, 45, 27, 45, 108, 63, 144, 81, 36, 81, 45, 99, 54, 36, 81, 45, 99, 54],
        params(3, 2, padding: 1, flags: BP_POOL_COUNT_PADDING, divisor: 4)
      ),
    ]
    let pooled = [1, 1, 3, 3]
    return maxima.flatMap { label, shape, values, places, params in
      let (out, indices) = (Tensor.floats(.float32, values, shape), Tensor.integers(.int64, places, shape))
      return [Golden("MAX_POOL", label, [x], [out, indices], params), Golden("MAX_POOL", label, [x], [out], params)]
    }
      + averages.flatMap { label, values, gradient, params in
        [
          Golden("AVERAGE_POOL", label, [ramp], [.floats(.float32, values, [1, 1, 2, 3])], params),
          Golden("AVERAGE_POOL_BACKWARD", label, [incoming], [.floats(.float32, gradient, shape)], params),
        ]
      } + [
        // The last row of windows reaches one row beyond the padding, which does not count.
        Golden(
          "AVERAGE_POOL", "golden-ceil", [ramp],
          [.floats(.float32, [16 / 9, 33 / 9, 28 / 9, 69 / 9, 13, 87 / 9, 5.5, 9, 6.5], pooled)],
          params(3, 2, padding: 1, flags: BP_POOL_COUNT_PADDING)),
        Golden(
          "MAX_POOL_BACKWARD",
          [
            .floats(.float32, [1, 2, 3, 4, 5, 6, 7, 8, 9], pooled),
            .integers(.int64, [1, 7, 8, 11, 11, 19, 15, 16, 19], pooled),
          ], [.floats(.float32, [0, 1, 0, 0, 0, 0, 0, 2, 3, 0, 0, 9, 0, 0, 0, 7, 8, 0, 0, 15], shape)],
          params(3, 2, padding: 1)),
      ]
  }()
}
