/// Complex numbers: their parts, which are views, and what is made of them.
extension Ops {
  // MARK: Views

  /// The real parts, or the imaginary ones, as every second number of the same storage.
  private static func part(_ x: Tensor, imaginary: Bool) throws(BackplaneError) -> Tensor {
    let layout = try Layout.strided(x.layout.shape, x.layout.strides.map { 2 * $0 })
    return Tensor(
      storage: x.storage, offset: 2 * x.storageOffset + (imaginary ? 1 : 0), layout: layout, dtype: x.dtype.realType)
  }

  /// The real part, a view; a real tensor as it is.
  static func real(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else { return x }
    let result = try part(x, imaginary: false)
    result.follow(x)
    if Autograd.records(x) {
      let dtype = x.dtype
      Autograd.record("RealBackward0", [x], result, saves: false) { g throws(BackplaneError) in [try cast(g, dtype)] }
    }
    return result
  }

  /// The imaginary part, a view.
  static func imag(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else {
      throw BackplaneError(.dtype, "imag is not implemented for tensors with non-complex dtypes.")
    }
    let result = try part(x, imaginary: true)
    result.follow(x)
    if Autograd.records(x) {
      Autograd.record("ImagBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try complex(zerosLike(g), g)]
      }
    }
    return result
  }

  /// The parts as a last dimension of extent 2, a view.
  static func viewAsReal(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else {
      throw BackplaneError(.dtype, "view_as_real is only supported for complex tensors")
    }
    let layout = try Layout.strided(x.layout.shape + [2], x.layout.strides.map { 2 * $0 } + [1])
    let result = Tensor(storage: x.storage, offset: 2 * x.storageOffset, layout: layout, dtype: x.dtype.realType)
    result.follow(x)
    if Autograd.records(x) {
      Autograd.record("ViewAsRealBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try viewAsComplex(contiguous(g))]
      }
    }
    return result
  }

  /// A last dimension of extent 2 as the parts of complex numbers, a view.
  static func viewAsComplex(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype == .float32 || x.dtype == .float64 else {
      throw BackplaneError(
        .dtype,
        "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
          + x.dtype.scalarName)
    }
    guard x.layout.rank > 0 else { throw BackplaneError(.shape, "Input tensor must have one or more dimensions") }
    let shape = x.layout.shape, strides = x.layout.strides
    guard shape.last == 2 else { throw BackplaneError(.shape, "Tensor must have a last dimension of size 2") }
    guard strides.last == 1 else {
      throw BackplaneError(.shape, "Tensor must have a last dimension with stride 1")
    }
    guard strides.dropLast().allSatisfy({ $0 % 2 == 0 }) else {
      throw BackplaneError(.shape, "Tensor must have a stride divisible by 2 for all but last dimension")
    }
    guard x.storageOffset % 2 == 0 else {
      throw BackplaneError(.shape, "Tensor must have a storage_offset divisible by 2")
    }
    let layout = try Layout.strided(Array(shape.dropLast()), strides.dropLast().map { $0 / 2 })
    let result = Tensor(
      storage: x.storage, offset: x.storageOffset / 2, layout: layout, dtype: x.dtype.complexType)
    result.follow(x)
    if Autograd.records(x) {
      Autograd.record("ViewAsComplexBackward0", [x], result, saves: false) { g throws(BackplaneError) in
        [try viewAsReal(g)]
      }
    }
    return result
  }

  // MARK: Made of parts

  /// real + i · imaginary.
  static func complex(_ real: Tensor, _ imaginary: Tensor) throws(BackplaneError) -> Tensor {
    guard real.dtype.isFloatingPoint, imaginary.dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype,
        "Expected both inputs to be Half, Float or Double tensors but got \(real.dtype.scalarName) and "
          + imaginary.dtype.scalarName)
    }
    guard real.dtype == imaginary.dtype else {
      throw BackplaneError(
        .dtype,
        "Expected object of scalar type \(real.dtype.scalarName) but got scalar type \(imaginary.dtype.scalarName) for "
          + "second argument")
    }
    guard real.dtype == .float32 || real.dtype == .float64 else {
      throw BackplaneError(.dtype, "complex: there is no complex type of parts of type \(real.dtype)")
    }
    let (real, imaginary) = try together(real, imaginary)
    let shape = try broadcast(real.layout.shape, imaginary.layout.shape)
    let result = try empty(shape, real.dtype.complexType, on: real.context)
    for (source, isImaginary) in [(real, false), (imaginary, true)] {
      let target = try part(result, imaginary: isImaginary)
      try Dispatcher.unary(
        .copy, on: result.context, Operand(source, as: expanded(source, shape)), to: Operand(target))
    }
    if Autograd.records(real, imaginary) {
      let layouts = (real.layout, imaginary.layout)
      Autograd.record("ComplexBackward0", [real, imaginary], result, saves: false) { g throws(BackplaneError) in
        [try sum(Ops.real(g), to: layouts.0), try sum(imag(g), to: layouts.1)]
      }
    }
    return result
  }

  /// The complex number of a modulus and an angle.
  static func polar(_ abs: Tensor, _ angle: Tensor) throws(BackplaneError) -> Tensor {
    guard abs.dtype.isFloatingPoint, angle.dtype.isFloatingPoint else {
      throw BackplaneError(
        .dtype,
        "Expected both inputs to be Half, Float or Double tensors but got \(abs.dtype.scalarName) and "
          + angle.dtype.scalarName)
    }
    guard abs.dtype == angle.dtype else {
      throw BackplaneError(
        .dtype,
        "Expected object of scalar type \(abs.dtype.scalarName) but got scalar type \(angle.dtype.scalarName) for "
          + "second argument")
    }
    return try complex(mul(abs, unary(.cos, angle)), mul(abs, unary(.sin, angle)))
  }

  /// real − i · imaginary; a real tensor as it is.
  @inline(__always)
  static func conj(_ x: Tensor) throws(BackplaneError) -> Tensor { x.dtype.isComplex ? try conjugated(x) : x }

  @inline(never)
  private static func conjugated(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let result = try empty(x.layout.shape, x.dtype, on: x.context)
    try Dispatcher.unary(
      .copy, on: x.context, Operand(part(x, imaginary: false)), to: Operand(part(result, imaginary: false)))
    try Dispatcher.unary(
      .neg, on: x.context, Operand(part(x, imaginary: true)), to: Operand(part(result, imaginary: true)))
    if Autograd.records(x) {
      Autograd.record("ConjBackward0", [x], result, saves: false) { g throws(BackplaneError) in [try conj(g)] }
    }
    return result
  }

  // MARK: Modulus and angle

  /// |x|: of a complex tensor its modulus, which is real.
  static func abs(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else { return try unary(.abs, x) }
    let operand = x.detach()
    let result = try hypot(real(operand), imag(operand))
    if Autograd.records(x) {
      let saved = try Saved(x)
      Autograd.record("AbsBackward0", [x], result) { g throws(BackplaneError) in
        [try mul(g, sgn(saved.unpack()))]
      }
    }
    return result
  }

  /// x / |x|, and 0 of 0; of a real tensor the sign.
  static func sgn(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else { return try sign(x) }
    let modulus = try abs(x)
    let isZero = try compare(.eq, modulus, .int(0))
    let safe = try select(isZero, .scalar(.int(1)), .tensor(modulus), modulus.dtype)
    // By parts: a division of complex numbers would take 0 / ∞ along.
    return try select(isZero, .scalar(.int(0)), .tensor(complex(div(real(x), safe), div(imag(x), safe))), x.dtype)
  }

  /// The angle in the complex plane, in radians; of real numbers 0 or π.
  static func angle(_ x: Tensor) throws(BackplaneError) -> Tensor {
    let operand = x.detach()
    let result: Tensor
    if x.dtype.isComplex {
      result = try binary(.atan2, imag(operand), real(operand))
    } else {
      let y = try floating(operand)
      let turned = try select(compare(.lt, y, .int(0)), .scalar(.double(.pi)), .scalar(.int(0)), y.dtype)
      result = try select(compare(.ne, y, y), .tensor(y), .tensor(turned), y.dtype)
    }
    if Autograd.records(x) {
      let saved = try Saved(x)
      Autograd.record("AngleBackward0", [x], result) { g throws(BackplaneError) in
        let x = try saved.unpack()
        guard x.dtype.isComplex else { return [try zerosLike(g)] }
        let modulus = try abs(x)
        let isZero = try compare(.eq, modulus, .int(0))
        let slope = try mul(div(x, mul(modulus, modulus)), .complex(0, 1))
        return [try select(isZero, .scalar(.int(0)), .tensor(mul(g, slope)), x.dtype)]
      }
    }
    return result
  }

  /// −1, 0 or 1; of bool the tensor itself.
  static func sign(_ x: Tensor) throws(BackplaneError) -> Tensor { try x.dtype == .bool ? clone(x) : unary(.sign, x) }

  /// Whether the imaginary part is zero.
  static func isReal(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.dtype.isComplex else { return try full(x.layout, .bool(true), .bool, on: x.context) }
    return try compare(.eq, imag(x.detach()), .int(0))
  }
}

extension Tensor {
  /// The real part, a view of the same storage; a real tensor itself.
  public var real: Tensor { funnel { () throws(BackplaneError) in try Ops.real(self) } }
  /// The imaginary part, a view of the same storage. Complex tensors only.
  public var imag: Tensor { funnel { () throws(BackplaneError) in try Ops.imag(self) } }
  /// A complex tensor as a real one with a last dimension of extent 2 for the parts, a view.
  public func viewAsReal() -> Tensor { funnel { () throws(BackplaneError) in try Ops.viewAsReal(self) } }
  /// A float tensor whose last dimension has extent 2 as complex numbers, a view.
  public func viewAsComplex() -> Tensor { funnel { () throws(BackplaneError) in try Ops.viewAsComplex(self) } }
  /// The complex conjugate; a real tensor itself.
  public func conj() -> Tensor { funnel { () throws(BackplaneError) in try Ops.conj(self) } }
  /// The complex conjugate in memory of its own, as ``conj()`` gives it here.
  public func conjPhysical() -> Tensor { conj() }
  /// The tensor itself: conjugates are never pending.
  public func resolveConj() -> Tensor { self }
  /// The tensor itself: negations are never pending.
  public func resolveNeg() -> Tensor { self }
  /// The angle in the complex plane, in radians; of real numbers 0 or π.
  public func angle() -> Tensor { funnel { () throws(BackplaneError) in try Ops.angle(self) } }
  /// The direction x / |x| of each number, and 0 of 0: ``sign()`` for complex numbers.
  public func sgn() -> Tensor { funnel { () throws(BackplaneError) in try Ops.sgn(self) } }
  /// Whether each number has no imaginary part.
  public func isreal() -> Tensor { funnel { () throws(BackplaneError) in try Ops.isReal(self) } }
  /// Whether the type is complex.
  public var isComplex: Bool { dtype.isComplex }
  /// Whether the type is a floating point type.
  public var isFloatingPoint: Bool { dtype.isFloatingPoint }
  /// The tensor in complex64; itself if it already is of that type.
  public func cfloat() -> Tensor { to(.complex64) }
  /// The tensor in complex128; itself if it already is of that type.
  public func cdouble() -> Tensor { to(.complex128) }
}

/// The numbers real + i · imaginary, of two tensors of type float32 or float64, which broadcast.
public func complex(_ real: Tensor, _ imaginary: Tensor) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.complex(real, imaginary) }
}

/// The complex numbers abs · (cos angle + i sin angle).
public func polar(_ abs: Tensor, _ angle: Tensor) -> Tensor {
  funnel { () throws(BackplaneError) in try Ops.polar(abs, angle) }
}
