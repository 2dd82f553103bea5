import BackendAPI
import Glibc

extension Operator {
  static let fft = Operator(BP_OP_FFT, "fft")

  static let fourier: [Operator] = [fft]
}

extension FFT.Norm {
  init(named name: String?) throws(BackplaneError) {
    guard let norm = FFT.Norm(rawValue: name ?? FFT.Norm.backward.rawValue) else {
      throw BackplaneError(.value, "Invalid normalization mode: \"\(name ?? "")\"")
    }
    self = norm
  }

  func scale(_ n: Int, inverse: Bool) -> Double {
    switch self {
    case .ortho: 1 / Double(n).squareRoot()
    case .backward: inverse ? 1 / Double(n) : 1
    case .forward: inverse ? 1 : 1 / Double(n)
    }
  }

  /// As seen from a transform that runs the other way.
  var reversed: FFT.Norm {
    switch self {
    case .ortho: .ortho
    case .backward: .forward
    case .forward: .backward
    }
  }
}

/// Discrete Fourier transforms, in PyTorch's conventions.
extension Ops {
  /// The bare transform of a complex tensor along a dimension. Its adjoint is the transform the other way.
  private static func fourier(_ x: Tensor, _ d: Int, inverse: Bool, scale: Double) throws(BackplaneError) -> Tensor {
    guard Dispatcher.supports(.fft, on: x.context, x.dtype, inputs: 1, outputs: 1) else {
      return try fourierByProduct(x, d, inverse: inverse, scale: scale)
    }
    let result = try empty(x.layout.shape, x.dtype, on: x.context)
    var params = bp_fft_params(
      struct_size: UInt32(MemoryLayout<bp_fft_params>.size), axis: Int32(d), inverse: inverse ? 1 : 0, reserved: 0,
      scale: scale)
    if x.numel > 0 {
      try withParams(&params) { (p) throws(BackplaneError) in
        try Dispatcher.unary(.fft, on: x.context, Operand(x), to: Operand(result), params: p)
      }
    }
    if Autograd.records(x) {
      Autograd.record("FftC2CBackward0", [x], result) { g throws(BackplaneError) in
        [try fourier(g, d, inverse: !inverse, scale: scale)]
      }
    }
    return result
  }

  /// By the matrix of roots of unity, for devices without the operator.
  private static func fourierByProduct(
    _ x: Tensor, _ d: Int, inverse: Bool, scale: Double
  ) throws(BackplaneError) -> Tensor {
    let n = x.layout.elements[d]
    try HostMemory.require(Layout.elementCount([n, n, 2]), of: Double.self, in: "fft")
    var parts: [Double] = []
    for j in 0..<n {
      for k in 0..<n {
        let angle = 2 * Double.pi * Double(j * k % n) / Double(n)
        parts += [scale * cos(angle), scale * (inverse ? sin(angle) : -sin(angle))]
      }
    }
    let roots = try cast(
      viewAsComplex(fromHost(parts, [n, n, 2], x.dtype.realType, on: x.context)), x.dtype)
    return try transpose(matmul(transpose(x, d, -1), roots), d, -1)
  }

  // MARK: Operands

  /// The operand in a type that is transformed.
  private static func spectralOperand(_ x: Tensor, complex isComplex: Bool) throws(BackplaneError) -> Tensor {
    guard x.dtype.byteCount != 2 || !x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "Unsupported dtype \(x.dtype.scalarName)")
    }
    let y = try floating(x)
    return isComplex ? try cast(y, y.dtype.complexType) : y
  }

  /// Cut, or continued by zeros, to `n` elements of a dimension.
  private static func resized(_ x: Tensor, _ d: Int, _ n: Int) throws(BackplaneError) -> Tensor {
    let extent = x.layout.elements[d]
    if extent == n { return x }
    if extent > n { return try narrow(x, d, 0, n) }
    var shape = x.layout.shape
    shape[d] = n - extent
    return try cat([x, zeros(shape, like: x)], d)
  }

  private static func dimension(_ x: Tensor, _ dim: Int) throws(BackplaneError) -> Int {
    guard x.layout.rank > 0 else { throw .noDimensions(dim) }
    return try normalize(dim, rank: x.layout.rank)
  }

  private static func requirePoints(_ n: Int) throws(BackplaneError) {
    guard n >= 1 else { throw BackplaneError(.value, "Invalid number of data points (\(n)) specified") }
  }

  // MARK: One dimension

  static func fft(
    _ x: Tensor, _ n: Int?, _ dim: Int, _ scaling: FFT.Norm, inverse: Bool
  ) throws(BackplaneError) -> Tensor {
    let d = try dimension(x, dim)
    let points = if let n { n } else { try extent(x, d) }
    try requirePoints(points)
    let operand = try resized(spectralOperand(x, complex: true), d, points)
    return try fourier(operand, d, inverse: inverse, scale: scaling.scale(points, inverse: inverse))
  }

  /// Of real numbers, the first half of the spectrum: the rest are conjugates. `inverse` gives conjugates of the half.
  static func rfft(
    _ x: Tensor, _ n: Int?, _ dim: Int, _ scaling: FFT.Norm, inverse: Bool = false, function: String = "rfft"
  ) throws(BackplaneError) -> Tensor {
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\(function) expects a real input tensor, but got \(x.dtype.scalarName)")
    }
    let d = try dimension(x, dim)
    let points = if let n { n } else { try extent(x, d) }
    try requirePoints(points)
    return try narrow(fft(x, points, d, scaling, inverse: inverse), d, 0, points / 2 + 1)
  }

  /// From the first half of a Hermitian spectrum, n real numbers; `inverse` false takes a half of the other direction.
  static func irfft(
    _ x: Tensor, _ n: Int?, _ dim: Int, _ scaling: FFT.Norm, inverse: Bool = true
  ) throws(BackplaneError) -> Tensor {
    let d = try dimension(x, dim)
    let points = if let n { n } else { try 2 * (extent(x, d) - 1) }
    try requirePoints(points)
    let half = try resized(spectralOperand(x, complex: true), d, points / 2 + 1)
    let rest = points - points / 2 - 1
    let spectrum = try rest == 0 ? half : cat([half, conj(reversed(narrow(half, d, 1, rest), d))], d)
    return try real(fourier(spectrum, d, inverse: inverse, scale: scaling.scale(points, inverse: inverse)))
      .contiguousCopy()
  }

  /// Elements of a dimension from the last to the first.
  private static func reversed(_ x: Tensor, _ d: Int) throws(BackplaneError) -> Tensor {
    let n = x.layout.elements[d]
    let order = try arithmeticSequence(.int(Int64(n - 1)), .int(-1), n, .int64, on: x.context)
    return try indexSelect(x, d, order)
  }

  // MARK: Several dimensions

  /// The dimensions to transform and the points of each, from PyTorch's `s` and `dim`.
  ///
  /// - Parameter isHalf: Whether the last dimension holds half a spectrum, whose points then are those of the whole.
  private static func region(
    _ x: Tensor, _ s: [Int]?, _ dims: [Int]?, isHalf: Bool = false
  ) throws(BackplaneError) -> (dims: [Int], points: [Int]) {
    let rank = x.layout.rank
    var result: [Int] = []
    if let dims {
      for dim in dims {
        let d = try dimension(x, dim)
        guard !result.contains(d) else { throw BackplaneError(.value, "FFT dims must be unique") }
        result.append(d)
      }
      if let s, s.count != dims.count {
        throw BackplaneError(
          .value, "When given, dim and shape arguments must have the same length")
      }
    } else if let s {
      guard s.count <= rank else {
        throw BackplaneError(
          .value, "Got shape with \(s.count) values but input tensor only has \(rank) dimensions.")
      }
      result = Array((rank - s.count)..<rank)
    } else {
      result = Array(0..<rank)
    }
    var points = result.map { x.layout.elements[$0] }
    if isHalf, let last = points.last { points[points.count - 1] = 2 * (last - 1) }
    for (i, n) in (s ?? []).enumerated() where n != -1 { points[i] = n }
    for n in points { try requirePoints(n) }
    return (result, points)
  }

  static func fftn(
    _ x: Tensor, _ s: [Int]?, _ dims: [Int]?, _ scaling: FFT.Norm, inverse: Bool
  ) throws(BackplaneError) -> Tensor {
    let (dims, points) = try region(x, s, dims)
    var result = try spectralOperand(x, complex: true)
    for (d, n) in zip(dims, points) { result = try fft(result, n, d, scaling, inverse: inverse) }
    return dims.isEmpty ? try clone(result) : result
  }

  static func rfftn(
    _ x: Tensor, _ s: [Int]?, _ dims: [Int]?, _ scaling: FFT.Norm, inverse: Bool = false,
    function: String = "rfftn"
  ) throws(BackplaneError) -> Tensor {
    guard !x.dtype.isComplex else {
      throw BackplaneError(.dtype, "\(function) expects a real-valued input tensor, but got \(x.dtype.scalarName)")
    }
    let (dims, points) = try region(x, s, dims)
    guard let last = dims.last else {
      throw BackplaneError(.value, "\(function) must transform at least one axis")
    }
    // Cut and continued first, for half a spectrum cannot be.
    var result = x
    for (d, n) in zip(dims, points) { result = try resized(result, d, n) }
    result = try rfft(result, points.last, last, scaling, inverse: inverse, function: function)
    for d in dims.dropLast() { result = try fft(result, nil, d, scaling, inverse: inverse) }
    return result
  }

  static func irfftn(
    _ x: Tensor, _ s: [Int]?, _ dims: [Int]?, _ scaling: FFT.Norm, inverse: Bool = true,
    function: String = "irfftn"
  ) throws(BackplaneError) -> Tensor {
    let (dims, points) = try region(x, s, dims, isHalf: true)
    guard let last = dims.last else {
      throw BackplaneError(.value, "\(function) must transform at least one axis")
    }
    var result = try spectralOperand(x, complex: true)
    for (d, n) in zip(dims, points).dropLast() { result = try fft(result, n, d, scaling, inverse: inverse) }
    return try irfft(result, points.last, last, scaling, inverse: inverse)
  }

  // MARK: Order and frequencies

  /// Turned by half of each dimension, so that frequency 0 is in the middle; or back.
  static func fftshift(_ x: Tensor, _ dims: [Int]?, inverse: Bool) throws(BackplaneError) -> Tensor {
    var result = x
    for dim in dims ?? Array(0..<x.layout.rank) {
      let d = try normalize(dim, rank: x.layout.rank)
      guard x.layout.rank > 0 else { continue }
      let n = try extent(x, d), first = inverse ? n / 2 : n - n / 2
      if first == 0 || first == n { continue }
      result = try cat([narrow(result, d, first, n - first), narrow(result, d, 0, first)], d)
    }
    return result === x ? try clone(x) : result
  }

  /// k / (n d) for the frequencies k of a transform: 0, 1, …, and for a whole spectrum then the negative ones.
  static func frequencies(
    _ n: Int, _ d: Double, half: Bool, _ dtype: DType, _ device: Device?
  ) throws(BackplaneError) -> Tensor {
    guard dtype.isFloatingPoint || dtype.isComplex else {
      throw BackplaneError(
        .dtype, "fftfreq requires a floating point or complex dtype")
    }
    let count = half ? n / 2 + 1 : n
    _ = try Layout.contiguous([count])
    try HostMemory.require(count, of: Double.self, in: half ? "rfftfreq" : "fftfreq")
    // The second half of a whole spectrum counts from below.
    let positive = half ? count : n - n / 2
    let step = 1 / (Double(n) * d)
    let numbers = (0..<count).map { Double($0 < positive ? $0 : $0 - n) * step }
    return try fromHost(numbers, [count], dtype, on: context(device))
  }
}

extension Tensor {
  /// The real part of a spectrum is a view of every second number: a copy of its own is what callers expect.
  fileprivate func contiguousCopy() throws(BackplaneError) -> Tensor { try Ops.contiguous(self) }
}
