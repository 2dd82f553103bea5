/// Signal processing, by the names of PyTorch's `torch.signal`.
public enum Signal {
  /// Window functions of `m` points, in float32 or float64. They are symmetric, or with `sym: false` periodic: for spectra.
  ///
  /// ```swift
  /// let w = Signal.Windows.hann(400, sym: false)
  /// ```
  public enum Windows {
    private static func make(
      _ requiresGrad: Bool, _ body: () throws(BackplaneError) -> Tensor
    ) -> Tensor {
      let result = funnel(body)
      return requiresGrad ? result.requiresGrad_() : result
    }

    /// The triangular window, 0 at its ends.
    public static func bartlett(
      _ m: Int, sym: Bool = true, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      make(requiresGrad) { () throws(BackplaneError) in try Ops.bartlett(m, symmetric: sym, dtype, device) }
    }
    /// Blackman's window, 0.42 − 0.5 cos z + 0.08 cos 2z with z from 0 to 2π.
    public static func blackman(
      _ m: Int, sym: Bool = true, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      make(requiresGrad) { () throws(BackplaneError) in
        try Ops.cosineSum("blackman", m, [0.42, 0.5, 0.08], symmetric: sym, dtype, device)
      }
    }
    /// The window of half a wave of the sine.
    public static func cosine(
      _ m: Int, sym: Bool = true, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      make(requiresGrad) { () throws(BackplaneError) in try Ops.cosineWindow(m, symmetric: sym, dtype, device) }
    }
    /// The window exp(−|n − center|/tau); a center of its own only if not symmetric.
    public static func exponential(
      _ m: Int, center: Double? = nil, tau: Double = 1, sym: Bool = true, dtype: DType = .float32,
      device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      make(requiresGrad) { () throws(BackplaneError) in
        try Ops.exponentialWindow(m, center: center, tau: tau, symmetric: sym, dtype, device)
      }
    }
    /// The bell-shaped window exp(−½ (n / std)²) around its middle, `std` in samples.
    public static func gaussian(
      _ m: Int, std: Double = 1, sym: Bool = true, dtype: DType = .float32, device: Device? = nil,
      requiresGrad: Bool = false
    ) -> Tensor {
      make(requiresGrad) { () throws(BackplaneError) in
        try Ops.gaussianWindow(m, std: std, symmetric: sym, dtype, device)
      }
    }
    /// A sum of cosines a₀ − a₁ cos z + a₂ cos 2z − … with z from 0 to 2π.
    public static func generalCosine(
      _ m: Int, a: [Double], sym: Bool = true, dtype: DType = .float32, device: Device? = nil,
      requiresGrad: Bool = false
    ) -> Tensor {
      make(requiresGrad) { () throws(BackplaneError) in
        try Ops.cosineSum("general_cosine", m, a, symmetric: sym, dtype, device)
      }
    }
    /// The window alpha − (1 − alpha) cos z with z from 0 to 2π.
    public static func generalHamming(
      _ m: Int, alpha: Double = 0.54, sym: Bool = true, dtype: DType = .float32, device: Device? = nil,
      requiresGrad: Bool = false
    ) -> Tensor {
      generalCosine(
        m, a: [alpha, 1 - alpha], sym: sym, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }
    /// Hamming's window, 0.54 − 0.46 cos z with z from 0 to 2π.
    public static func hamming(
      _ m: Int, sym: Bool = true, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor { generalHamming(m, sym: sym, dtype: dtype, device: device, requiresGrad: requiresGrad) }
    /// Hann's window, 0.5 − 0.5 cos z with z from 0 to 2π.
    public static func hann(
      _ m: Int, sym: Bool = true, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      generalHamming(m, alpha: 0.5, sym: sym, dtype: dtype, device: device, requiresGrad: requiresGrad)
    }
    /// The window of Kaiser, I₀(β √(1 − z²)) / I₀(β) with z from −1 to 1: the greater `beta`, the narrower.
    public static func kaiser(
      _ m: Int, beta: Double = 12, sym: Bool = true, dtype: DType = .float32, device: Device? = nil,
      requiresGrad: Bool = false
    ) -> Tensor {
      make(requiresGrad) { () throws(BackplaneError) in
        try Ops.kaiser(m, beta: beta, symmetric: sym, dtype, device)
      }
    }
    /// The window of four cosines by Blackman and Harris, after A. Nuttall, "Some windows with very good sidelobe
    /// behavior", 1981.
    public static func nuttall(
      _ m: Int, sym: Bool = true, dtype: DType = .float32, device: Device? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      generalCosine(
        m, a: [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym: sym, dtype: dtype, device: device,
        requiresGrad: requiresGrad)
    }
  }
}

// MARK: - Under their older names, periodic

/// The triangular window of `torch.bartlett_window`, periodic unless told otherwise, in any floating point type.
public func bartlettWindow(
  _ length: Int, periodic: Bool = true, dtype: DType = .float32, device: Device? = nil
) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.bartlettWindow(length, periodic: periodic, dtype, device) }
}
/// Blackman's window of `torch.blackman_window`, periodic unless told otherwise, in any floating point type.
public func blackmanWindow(
  _ length: Int, periodic: Bool = true, dtype: DType = .float32, device: Device? = nil
) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.blackmanWindow(length, periodic: periodic, dtype, device) }
}
/// Hann's window of `torch.hann_window`, periodic unless told otherwise, in any floating point type.
public func hannWindow(
  _ length: Int, periodic: Bool = true, dtype: DType = .float32, device: Device? = nil
) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.hannWindow(length, periodic: periodic, dtype, device) }
}
/// The window alpha − beta cos z of `torch.hamming_window`, periodic unless told otherwise, in any floating point type.
public func hammingWindow(
  _ length: Int, periodic: Bool = true, alpha: Double = 0.54, beta: Double = 0.46, dtype: DType = .float32,
  device: Device? = nil
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try Ops.hammingWindow(length, periodic: periodic, alpha: alpha, beta: beta, dtype, device)
  }
}
/// Kaiser's window of `torch.kaiser_window`, periodic unless told otherwise, in any floating point type.
public func kaiserWindow(
  _ length: Int, periodic: Bool = true, beta: Double = 12, dtype: DType = .float32, device: Device? = nil
) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.kaiserWindow(length, periodic: periodic, beta: beta, dtype, device) }
}
