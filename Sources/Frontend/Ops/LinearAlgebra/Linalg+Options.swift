// What PyTorch takes as strings, and says of others.

extension Linalg {
  /// How much of a QR factorization ``qr(_:mode:)`` gives.
  public enum QRMode: String, Sendable {
    /// A Q with as many columns as R has rows: the lesser extent of the matrix.
    case reduced
    /// A square Q.
    case complete
    /// R alone; Q is empty.
    case r

    init(named name: String) throws(BackplaneError) {
      guard let mode = QRMode(rawValue: name) else {
        throw BackplaneError(
          .value,
          "qr received unrecognized mode '\(name)' but expected one of 'reduced' (default), 'r', or 'complete'")
      }
      self = mode
    }
  }

  /// Which triangle of a Hermitian matrix is read.
  public enum Triangle: String, Sendable {
    /// Diagonal and below.
    case lower = "L"
    /// Diagonal and above.
    case upper = "U"

    init(named name: String) throws(BackplaneError) {
      guard let triangle = Triangle(rawValue: name.uppercased()) else {
        throw BackplaneError(.value, "Expected UPLO argument to be 'L' or 'U', but got \(name)")
      }
      self = triangle
    }
  }

  /// LAPACK's routine for least squares, whose results ``lstsq(_:_:rcond:driver:)`` gives.
  public enum Driver: String, Sendable {
    /// Of a matrix of full rank; neither rank nor singular values are told.
    case gels
    /// By orthogonal factorization with pivoting; neither residuals nor singular values are told.
    case gelsy
    /// By singular values, divide and conquer.
    case gelsd
    /// By singular values.
    case gelss

    init(named name: String?) throws(BackplaneError) {
      guard let driver = Driver(rawValue: name ?? Driver.gelsy.rawValue) else {
        throw BackplaneError(
          .value, "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
      }
      self = driver
    }
  }
}
