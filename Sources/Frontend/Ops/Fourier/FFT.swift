/// Discrete Fourier transforms, by the names of PyTorch's `torch.fft`.
///
/// `n` or `s` cut dimensions or continue them by zeros first. `norm` is `"backward"` (the inverse is scaled by 1/n, the
/// default), `"ortho"` (both by 1/√n) or `"forward"`. Real operands become complex; types of 16 bits are an error.
///
/// ```swift
/// let spectrum = FFT.rfft(signal)
/// let power = spectrum.abs().square()
/// ```
public enum FFT {
  /// The transform along a dimension.
  public static func fft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fft(x, n, dim, FourierScaling(norm), inverse: false) }
  }
  /// The inverse of ``fft(_:n:dim:norm:)``.
  public static func ifft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fft(x, n, dim, FourierScaling(norm), inverse: true) }
  }
  /// The first half of a real tensor's transform, n/2 + 1 numbers: the rest are their conjugates.
  public static func rfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.rfft(x, n, dim, FourierScaling(norm)) }
  }
  /// The real tensor of n numbers, by default 2 (m − 1), whose transform begins with the m numbers given.
  public static func irfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.irfft(x, n, dim, FourierScaling(norm)) }
  }
  /// The real transform of a Hermitian tensor, given by its first half.
  public static func hfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.irfft(x, n, dim, FourierScaling(norm), inverse: false) }
  }
  /// The inverse of ``hfft(_:n:dim:norm:)``.
  public static func ihfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.rfft(x, n, dim, FourierScaling(norm), inverse: true, function: "ihfft")
    }
  }

  /// The transform along several dimensions, by default all.
  public static func fftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fftn(x, s, dim, FourierScaling(norm), inverse: false) }
  }
  /// The inverse of ``fftn(_:s:dim:norm:)``.
  public static func ifftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fftn(x, s, dim, FourierScaling(norm), inverse: true) }
  }
  /// The transform along the last two dimensions.
  public static func fft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    fftn(x, s: s, dim: dim, norm: norm)
  }
  /// The inverse of ``fft2(_:s:dim:norm:)``.
  public static func ifft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    ifftn(x, s: s, dim: dim, norm: norm)
  }
  /// The half of a real tensor's transform along several dimensions; the last of them is halved.
  public static func rfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.rfftn(x, s, dim, FourierScaling(norm)) }
  }
  /// The inverse of ``rfftn(_:s:dim:norm:)``.
  public static func irfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.irfftn(x, s, dim, FourierScaling(norm)) }
  }
  /// The half of a real tensor's transform along the last two dimensions; the last of them is halved.
  public static func rfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    rfftn(x, s: s, dim: dim, norm: norm)
  }
  /// The inverse of ``rfft2(_:s:dim:norm:)``.
  public static func irfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    irfftn(x, s: s, dim: dim, norm: norm)
  }

  /// Frequency 0 moved to the middle, along all dimensions or those given.
  public static func fftshift(_ x: Tensor, dim: [Int]? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.fftshift(x, dim, inverse: false) }
  }
  /// The inverse of ``fftshift(_:dim:)``.
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
