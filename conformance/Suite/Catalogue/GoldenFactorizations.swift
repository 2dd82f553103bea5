import BackendAPI

extension Golden {
  /// Factors of small matrices, worked by hand. Vectors are unique up to a factor: the judges look at the definition
  /// for them, and at the values alone here.
  static let factorizations: [Golden] = [DType.float32, .float64].flatMap { type in
    let int = DType.int64, complex: DType = type == .float32 ? .complex64 : .complex128
    let a = Tensor.floats(type, [1, 2, 3, 4], [2, 2])
    let open = Tensor.floats(type, [0, 0, 0, 0], [2, 2])
    let one = Tensor.integers(int, [0], [])
    let root33 = 33.0.squareRoot(), root221 = 221.0.squareRoot()
    return [
      Golden(
        "CHOLESKY", [.floats(type, [1, 2, 2, 5], [2, 2])],
        [.floats(type, [1, 0, 2, 1], [2, 2]), one]),
      Golden("CHOLESKY", [.floats(type, [1, 2, 2, 1], [2, 2])], [open, .integers(int, [2], [])]),
      Golden("LU", [a], [.floats(type, [3, 4, 1.0 / 3, 2.0 / 3], [2, 2]), .integers(int, [1, 1]), one]),
      Golden(
        "SOLVE_TRIANGULAR", [.floats(type, [2, 9, 1, 4], [2, 2]), .floats(type, [2, 9], [2, 1])],
        [.floats(type, [1, 2], [2, 1])], .triangular(upper: false, unit: false)),
      Golden("QR", [.floats(type, [3, 1, 4, 2], [2, 2])], [open, .floats(type, [-5, -2.2, 0, 0.4], [2, 2])]),
      Golden("EIGH", [.floats(type, [2, 7, 1, 2], [2, 2])], [.floats(type, [1, 3]), open, one]),
      Golden(
        "EIG", [a],
        [
          .floats(complex, [(5 - root33) / 2, 0, (5 + root33) / 2, 0], [2]),
          .floats(complex, [0, 0, 0, 0, 0, 0, 0, 0], [2, 2]), one,
        ]),
      // The squares of the singular values are the roots of x² - 30 x + 4.
      Golden(
        "SVD", [a],
        [open, .floats(type, [(15 + root221).squareRoot(), 2 / (15 + root221).squareRoot()]), open, one]),
    ]
  }

  /// The transform of 1, 2, 3, 4, and what an impulse becomes.
  static let transforms: [Golden] = DType.complexes.flatMap { type in
    [
      Golden(
        "FFT", [.floats(type, [1, 0, 2, 0, 3, 0, 4, 0], [4])],
        [.floats(type, [10, 0, -2, 2, -2, 0, -2, -2], [4])], .fft(axis: 0, inverse: false, scale: 1)),
      Golden(
        "FFT", [.floats(type, [0, 0, 1, 0, 0, 0, 0, 0], [4])],
        [.floats(type, [0.25, 0, 0, 0.25, -0.25, 0, 0, -0.25], [4])], .fft(axis: 0, inverse: true, scale: 0.25)),
    ]
  }
}
