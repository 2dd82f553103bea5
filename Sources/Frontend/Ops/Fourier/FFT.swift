/// Discrete Fourier transforms, by the names of PyTorch's `torch.fft`.
///
/// `n` or `s` cut dimensions or continue them by zeros first. ``Norm`` tells
/// which of a transform and its inverse is scaled. Real operands become complex; types of 16 bits are an error.
///
/// ```swift
/// let spectrum = FFT.rfft(signal)
/// let power = spectrum.abs().square()
/// ```
public enum FFT {
  /// Which of a transform and its inverse is scaled so that they undo one another.
  public enum Norm: String, Sendable {
    /// The inverse is scaled by 1/n.
    case backward
    /// The transform and its inverse are scaled by 1/√n.
    case ortho
    /// The transform is scaled by 1/n.
    case forward
  }

  /// The discrete Fourier transform along a dimension: X[k] = Σ x[j] exp(−2πi jk / n).
  ///
  /// ```swift
  /// FFT.fft(Tensor([1.0, 2, 3, 4]))  // [10, -2+2j, -2, -2-2j]
  /// ```
  public static func fft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fft(x, n, dim, norm, inverse: false) }
  }
  /// The inverse transform along a dimension: x[j] = 1/n Σ X[k] exp(2πi jk / n).
  public static func ifft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fft(x, n, dim, norm, inverse: true) }
  }
  /// The first half of a real tensor's transform along a dimension, n/2 + 1 numbers: the rest are their conjugates.
  public static func rfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.rfft(x, n, dim, norm) }
  }
  /// The real tensor of n numbers, by default 2 (m − 1), whose transform begins with the m numbers given.
  public static func irfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.irfft(x, n, dim, norm) }
  }
  /// The real transform of a Hermitian tensor, given by its first half.
  public static func hfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.irfft(x, n, dim, norm, inverse: false) }
  }
  /// The inverse of ``hfft(_:n:dim:norm:)``: the first half of the transform of a real tensor.
  public static func ihfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.rfft(x, n, dim, norm, inverse: true, function: "ihfft")
    }
  }

  /// The discrete Fourier transform along several dimensions, by default all.
  public static func fftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fftn(x, s, dim, norm, inverse: false) }
  }
  /// The inverse transform along several dimensions, by default all.
  public static func ifftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fftn(x, s, dim, norm, inverse: true) }
  }
  /// The discrete Fourier transform along the last two dimensions, or two others.
  public static func fft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward) -> Tensor {
    fftn(x, s: s, dim: dim, norm: norm)
  }
  /// The inverse transform along the last two dimensions, or two others.
  public static func ifft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward) -> Tensor {
    ifftn(x, s: s, dim: dim, norm: norm)
  }
  /// The half of a real tensor's transform along several dimensions; the last of them is halved.
  public static func rfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.rfftn(x, s, dim, norm) }
  }
  /// The real tensor whose transform along several dimensions ``rfftn(_:s:dim:norm:)`` has halved.
  public static func irfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: Norm = .backward) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.irfftn(x, s, dim, norm) }
  }
  /// The half of a real tensor's transform along the last two dimensions; the last of them is halved.
  public static func rfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward) -> Tensor {
    rfftn(x, s: s, dim: dim, norm: norm)
  }
  /// The real tensor whose transform along two dimensions ``rfft2(_:s:dim:norm:)`` has halved.
  public static func irfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: Norm = .backward) -> Tensor {
    irfftn(x, s: s, dim: dim, norm: norm)
  }

  /// Frequency 0 moved to the middle, along all dimensions or those given.
  public static func fftshift(_ x: Tensor, dim: [Int]? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fftshift(x, dim, inverse: false) }
  }
  /// Frequency 0 moved from the middle to the beginning, along all dimensions or those given.
  public static func ifftshift(_ x: Tensor, dim: [Int]? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fftshift(x, dim, inverse: true) }
  }
  /// The frequencies of a transform of length n over samples at distance d: cycles per unit of d.
  public static func fftfreq(_ n: Int, d: Double = 1, dtype: DType = .float32, device: Device? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.frequencies(n, d, half: false, dtype, device) }
  }
  /// The frequencies of ``rfft(_:n:dim:norm:)`` of length n over samples at distance d: cycles per unit of d, n/2 + 1
  /// of them.
  public static func rfftfreq(_ n: Int, d: Double = 1, dtype: DType = .float32, device: Device? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.frequencies(n, d, half: true, dtype, device) }
  }
}
