/// How much there is to do in a workload: what a time is held against, beside the machine's peak.
enum Work {
  /// Multiplications and additions, each counted, of the plain algorithm.
  case operations(Double)
  /// Bytes that have to be read or written, each once.
  case bytes(Double)

  /// The member of a workload's line.
  var json: String {
    switch self {
    case .operations(let count): "\"operations\": \(count)"
    case .bytes(let count): "\"bytes\": \(count)"
    }
  }

  /// A convolution (N, C, …) to (N, O, pixels of the result) with windows of `window` elements, in groups.
  private static func convolution(
    _ n: Int, _ c: Int, _ o: Int, pixels: Int, window: Int, groups: Int = 1, times: Int = 1
  ) -> Work {
    .operations(2 * Double(n * o * pixels) * Double(c / groups * window * times))
  }

  private static func floats(_ count: Int) -> Work { .bytes(Double(4 * count)) }

  /// By the workload's name; workloads of many kinds of work have none.
  static let table: [String: Work] = [
    "add_16M": floats(3 << 24), "add_alloc_16M": floats(3 << 24), "chain_16M": floats(3 << 24),
    "adam_by_hand_16M": floats(7 << 24),
    "gelu_16M": floats(2 << 24), "matmul_64": .operations(2 * 0x1p18), "matmul_256": .operations(2 * 0x1p24),
    "matmul_512": .operations(2 * 0x1p27), "matmul_1024": .operations(2 * 0x1p30),
    "matmul_2048": .operations(2 * 0x1p33), "bmm_64x128": .operations(2 * 0x1p27),
    "conv3x3_32x64x56": convolution(32, 64, 64, pixels: 56 * 56, window: 9),
    "conv3x3_fwd_bwd_32x64x56": convolution(32, 64, 64, pixels: 56 * 56, window: 9, times: 3),
    "conv5x5_32x3x64": convolution(32, 3, 32, pixels: 64 * 64, window: 25),
    "conv3x3_depthwise_32x64x56": convolution(32, 64, 64, pixels: 56 * 56, window: 9, groups: 64),
    "conv1x1_32x64x56": convolution(32, 64, 128, pixels: 56 * 56, window: 1),
    "conv_transpose3x3_s2_8x64x28": convolution(8, 64, 64, pixels: 28 * 28, window: 9),
    "sdpa_8x8x512x64": .operations(4 * Double(64 * 512 * 512) * 64),
    "softmax_4096x1024": floats(2 << 22), "layernorm_4096x1024": floats(2 << 22),
    "batchnorm_32x64x56": floats(2 * 32 * 64 * 56 * 56), "maxpool2_32x64x56": floats(32 * 64 * 56 * 56 * 5 / 4),
    "sum_4M": floats(1 << 22), "sum_dim0_4096x1024": floats(1 << 22), "argmax_dim1_4096x1024": floats(1 << 22),
    "transpose_copy_4096x1024": floats(2 << 22), "topk100_4M": floats(1 << 22), "randn_4M": floats(1 << 22),
    "where_16M": floats(3 << 24), "masked_select_4M": floats(3 << 21), "cat_4x4M": floats(5 << 22),
    "unique_4M_int": floats(1 << 23), "sort_4M": floats(4 << 22), "add_strided_2048": floats(3 << 22),
    "embedding_64K_of_4096x256": floats(65536 * 256), "var_4M": floats(1 << 22), "cumsum_4M": floats(2 << 22),
    // Of 512³: LAPACK Users' Guide, 3rd edition, table 3.13.
    "cholesky_512": .operations(0x1p27 / 3), "solve_512": .operations(0x1p27 * 8 / 3),
    // 5 n log2 n, as FFTW counts.
    "fft_1M": .operations(5 * 20 * 0x1p20), "interpolate_bilinear_x2_8x64x56": floats(8 * 64 * 56 * 56 * 5),
    "cross_entropy_64x1000": floats(64 * 1000), "index_select_64K_of_4096x256": floats(65536 * 256),
  ]
}
