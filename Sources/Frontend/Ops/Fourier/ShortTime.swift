/// Fourier transforms of the windows that slide over a signal, and the way back.
///
/// Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE TASSP 32, 1984.
struct ShortTimeTransform {
  /// The points of each transform.
  let points: Int
  let hop: Int
  /// The window's own length; it stands in the middle of a frame.
  let length: Int
  let window: Tensor?
  let isNormalized: Bool
  let name: String

  init(
    _ points: Int, hop: Int?, length: Int?, _ window: Tensor?, isNormalized: Bool, _ name: String
  ) throws(BackplaneError) {
    self.points = points
    self.hop = hop ?? points / 4
    self.length = length ?? points
    self.window = window
    self.isNormalized = isNormalized
    self.name = name
    guard points > 0 else { throw BackplaneError(.value, "\(name): expected 0 < n_fft, but got n_fft=\(points)") }
    guard self.hop > 0 else {
      throw BackplaneError(.value, "\(name): expected hop_length > 0, but got hop_length=\(self.hop)")
    }
    guard self.length > 0, self.length <= points else {
      throw BackplaneError(
        .value, "\(name): expected 0 < win_length <= n_fft, but got win_length=\(self.length)")
    }
    if let window, window.layout.shape != [self.length] {
      throw BackplaneError(
        .shape,
        "\(name): expected a 1D window tensor of size equal to win_length=\(self.length), but got window with size "
          + "\(window.shape)")
    }
  }

  private var scaling: FFT.Norm { isNormalized ? .ortho : .backward }
  private var margin: Int { (points - length) / 2 }

  /// The window in the middle of a frame; ones where there is none.
  private func frameWindow(like x: Tensor) throws(BackplaneError) -> Tensor {
    let own = if let window { window } else { try Ops.full(.contiguous([length]), .int(1), x.dtype, on: x.context) }
    try Ops.requireSameDevice([x, own])
    return try Ops.constantPad(own, low: [margin], high: [points - length - margin])
  }

  /// The spectra of the frames of a signal (L) or (B, L): (frequencies, frames), with the batch before.
  func forward(
    _ x: Tensor, center: Bool, padMode: Functional.PaddingMode, isOneSided: Bool?, alignsToWindow: Bool
  ) throws(BackplaneError) -> Tensor {
    guard (1...2).contains(x.layout.rank) else {
      throw BackplaneError(.shape, "\(name): expected a 1D or 2D tensor, but got \(x.shape)")
    }
    guard x.dtype.isFloatingPoint || x.dtype.isComplex else {
      throw BackplaneError(
        .dtype, "\(name): expected a tensor of floating point or complex values, but got \(x.dtype.scalarName)")
    }
    let isComplex = x.dtype.isComplex || window?.dtype.isComplex ?? false
    guard !(isComplex && isOneSided == true) else {
      throw BackplaneError(.value, "Cannot have onesided output if window or input is complex")
    }
    var signal = try x.layout.rank == 1 ? Ops.unsqueeze(x, 0) : x
    if center { signal = try padded(signal, padMode) }
    let extent = signal.layout.elements[1]
    let count: Int
    if alignsToWindow {
      guard length <= extent else {
        throw BackplaneError(.value, "\(name): expected 0 < win_length <= \(extent), but got win_length=\(length)")
      }
      count = 1 + (extent - length) / hop
      let reach = try Sizes.add(Sizes.multiply(count - 1, hop, in: name), points, in: name)
      signal = try Ops.constantPad(signal, low: [0, margin], high: [0, Swift.max(0, reach - extent - margin)])
    } else {
      guard points <= extent else {
        throw BackplaneError(.value, "\(name): expected 0 < n_fft < \(extent), but got n_fft=\(points)")
      }
      count = 1 + (extent - points) / hop
    }
    // A step beyond the signal is never taken.
    let step = count == 1 ? 1 : hop
    let frames = try Ops.windows(signal, 1, Windows(size: points, stride: step, dilation: 1, count: count))
    let weighted = try Ops.mul(frames, frameWindow(like: x))
    let spectra =
      try isOneSided ?? !isComplex
      ? Ops.rfft(weighted, points, -1, scaling) : Ops.fft(weighted, points, -1, scaling, inverse: false)
    let result = try Ops.transpose(spectra, 1, 2)
    return try x.layout.rank == 1 ? Ops.squeeze(result, 0) : result
  }

  private func padded(_ x: Tensor, _ mode: Functional.PaddingMode) throws(BackplaneError) -> Tensor {
    let side = points / 2
    guard mode != .constant else { return try Ops.constantPad(x, low: [0, side], high: [0, side]) }
    return try Ops.squeeze(Ops.repeatingPad(Ops.unsqueeze(x, 0), [side, side], mode), 0)
  }

  /// The signal of spectra (frequencies, frames), with a batch before: the least-squares estimate.
  func inverse(
    _ spectra: Tensor, center: Bool, isOneSided: Bool?, samples: Int?, isComplex: Bool
  ) throws(BackplaneError) -> Tensor {
    guard spectra.dtype.isComplex else {
      throw BackplaneError(
        .dtype,
        "istft requires a complex-valued input tensor matching the output from stft with return_complex=True.")
    }
    let rank = spectra.layout.rank
    guard rank == 2 || rank == 3, spectra.numel > 0 else {
      throw BackplaneError(
        .shape, "\(name): expected a non-empty tensor with 2 or 3 dimensions, but got \(spectra.shape)")
    }
    let frequencies = spectra.layout.elements[rank - 2], count = spectra.layout.elements[rank - 1]
    let isOneSided = isOneSided ?? (frequencies != points)
    let expected = isOneSided ? points / 2 + 1 : points
    guard frequencies == expected else {
      throw BackplaneError(
        .shape,
        "\(name): expected the frequency dimension (3rd to the last) of the input tensor to match "
          + "\(isOneSided ? "n_fft / 2 + 1" : "n_fft") when onesided=\(isOneSided ? "True" : "False"), but got "
          + "\(frequencies)")
    }
    guard hop <= length else { throw BackplaneError(.value, "\(name): expected 0 < hop_length <= win_length") }
    let isComplexWindow = window?.dtype.isComplex ?? false
    guard !(isOneSided && (isComplex || isComplexWindow)) else {
      throw BackplaneError(.value, "Cannot have onesided output if window or input is complex")
    }
    if let samples, samples <= 0 {
      throw BackplaneError(.value, "\(name): expected length > 0, but got length=\(samples)")
    }
    let batched = try rank == 2 ? Ops.unsqueeze(spectra, 0) : spectra
    let columns = try Ops.transpose(batched, 1, 2)
    let frames: Tensor
    if isComplex {
      frames = try Ops.fft(columns, points, -1, scaling, inverse: true)
    } else {
      frames = try Ops.irfft(Ops.narrow(columns, -1, 0, points / 2 + 1), points, -1, scaling)
    }
    let shape = try frameWindow(like: isComplexWindow || !isComplex ? frames : Ops.real(frames))
    let extent = try Sizes.add(points, Sizes.multiply(hop, count - 1, in: name), in: name)
    let windows = Windows(size: points, stride: hop, dilation: 1, count: count)
    let sum = try Ops.overlapAdd(Ops.mul(frames, shape), 1, windows, extent: extent)
    let squares = try Ops.expand(Ops.mul(shape, shape), [1, count, points])
    let weight = try Ops.overlapAdd(squares, 1, windows, extent: extent)
    let start = center ? points / 2 : 0
    let end =
      try samples.map { n throws(BackplaneError) in try Sizes.add(start, n, in: name) }
      ?? (center ? extent - points / 2 : extent)
    let kept = Swift.max(0, Swift.min(end, extent) - start)
    guard kept > 0 else {
      throw BackplaneError(.value, "\(name): nothing is left of \(count) frames of n_fft=\(points) points")
    }
    let part = try Ops.narrow(sum, 1, start, kept), divisor = try Ops.narrow(weight, 1, start, kept)
    let least = try Ops.item(Ops.extreme(.min, Ops.abs(divisor.detach()), nil, keepDim: false)).double
    guard least > 1e-11 else { throw BackplaneError(.value, "\(name): window overlap add min: \(least)") }
    var result = try Ops.div(part, divisor)
    if end > extent { result = try Ops.constantPad(result, low: [0, 0], high: [0, end - Swift.max(extent, start)]) }
    return try rank == 2 ? Ops.squeeze(result, 0) : result
  }
}

extension Tensor {
  /// The spectra of the windows that slide over a signal (L) or (B, L): (frequencies, frames), with the batch before.
  ///
  /// ```swift
  /// let s = x.stft(400, hopLength: 160, window: hannWindow(400))
  /// ```
  ///
  /// - Parameters:
  ///   - nFFT: The points of each transform.
  ///   - hopLength: From window to window, in elements; by default a quarter of `nFFT`.
  ///   - winLength: The length of the window, which stands in the middle of `nFFT` points; by default as many.
  ///   - window: What the elements are multiplied with; by default ones.
  ///   - center: Whether the signal is padded so that frame t is centred at element t · hopLength.
  ///   - padMode: How.
  ///   - normalized: Whether the spectra are divided by √nFFT.
  ///   - onesided: Whether the frequencies end at the half, as suffices for real signals; by default for these.
  public func stft(
    _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
    padMode: Functional.PaddingMode = .reflect, normalized: Bool = false, onesided: Bool? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try ShortTimeTransform(
        nFFT, hop: hopLength, length: winLength, window, isNormalized: normalized, "stft"
      ).forward(self, center: center, padMode: padMode, isOneSided: onesided, alignsToWindow: false)
    }
  }

  /// The signal whose ``stft(_:hopLength:winLength:window:center:padMode:normalized:onesided:)`` this is, or comes nearest.
  ///
  /// - Parameters:
  ///   - onesided: Whether the frequencies end at the half; by default where there are not `nFFT` of them.
  ///   - length: How many elements to give; by default as many as the frames cover.
  ///   - returnComplex: Whether the signal is complex.
  public func istft(
    _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
    normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil, returnComplex: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try ShortTimeTransform(
        nFFT, hop: hopLength, length: winLength, window, isNormalized: normalized, "istft"
      ).inverse(
        self, center: center, isOneSided: onesided, samples: length, isComplex: returnComplex)
    }
  }
}
