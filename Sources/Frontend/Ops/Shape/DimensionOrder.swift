/// Dimensions in another order: views, but for the conjugates.
extension Ops {
  /// Some dimensions moved to other places; the others keep their order.
  static func moveDim(_ x: Tensor, _ source: [Int], _ destination: [Int]) throws(BackplaneError) -> Tensor {
    guard source.count == destination.count else {
      throw BackplaneError(
        .shape,
        "movedim: Invalid source or destination dims: source (\(source) dims) should contain the same number of dims as "
          + "destination (\(destination) dims)")
    }
    let rank = x.layout.rank
    var from: [Int] = [], to: [Int] = []
    for d in source { from.append(try normalize(d, rank: rank)) }
    for d in destination { to.append(try normalize(d, rank: rank)) }
    for (dims, given, name) in [(from, source, "source"), (to, destination, "destination")]
    where Set(dims).count != dims.count {
      throw BackplaneError(.index, "movedim: repeated dim in `\(name)` (\(given))")
    }
    if rank == 0 { return x }
    var order = [Int?](repeating: nil, count: rank)
    for (d, place) in zip(from, to) { order[place] = d }
    var rest = (0..<rank).filter { !from.contains($0) }[...]
    return try permute(x, order.map { $0 ?? rest.removeFirst() })
  }

  /// The transpose of a matrix; a vector or a scalar as it is.
  static func t(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.layout.rank <= 2 else {
      throw BackplaneError(.shape, "t() expects a tensor with <= 2 dimensions, but self is \(x.layout.rank)D")
    }
    return x.layout.rank < 2 ? x : try transpose(x, 0, 1)
  }

  /// All dimensions in reverse order.
  static func reversedDims(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try permute(x, (0..<x.layout.rank).reversed())
  }

  /// The last two dimensions exchanged.
  ///
  /// - Parameter name: As messages say it.
  static func matrixTranspose(_ x: Tensor, _ name: String) throws(BackplaneError) -> Tensor {
    guard x.layout.rank >= 2 else {
      throw BackplaneError(
        .shape, "\(name) is only supported on matrices or batches of matrices. Got \(x.layout.rank)-D tensor.")
    }
    return try transpose(x, -2, -1)
  }

  /// The conjugate transpose of a matrix.
  static func hermitianTranspose(_ x: Tensor) throws(BackplaneError) -> Tensor {
    guard x.layout.rank == 2 || x.layout.rank == 0 else {
      throw BackplaneError(
        .shape, "tensor.H is only supported on matrices (2-D tensors). Got \(x.layout.rank)-D tensor.")
    }
    return try conj(t(x))
  }
}

extension Tensor {
  /// The transpose of a matrix; a vector or a scalar as it is.
  public func t() -> Tensor { funnel { () throws(BackplaneError) in try Ops.t(self) } }
  /// The tensor with all its dimensions in reverse order, as a view.
  public var T: Tensor { funnel { () throws(BackplaneError) in try Ops.reversedDims(self) } }
  /// The transposes of matrices: the last two dimensions exchanged, as a view.
  public var mT: Tensor { funnel { () throws(BackplaneError) in try Ops.matrixTranspose(self, "tensor.mT") } }
  /// The conjugate transpose of a matrix; of a real one a view.
  public var H: Tensor { funnel { () throws(BackplaneError) in try Ops.hermitianTranspose(self) } }
  /// The conjugate transposes of matrices: the last two dimensions exchanged, of complex numbers the conjugates.
  public var mH: Tensor {
    funnel { () throws(BackplaneError) in try Ops.conj(Ops.matrixTranspose(self, "tensor.mH")) }
  }
  /// The conjugate transposes of matrices: the last two dimensions exchanged, of complex numbers the conjugates.
  public func adjoint() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.conj(Ops.matrixTranspose(self, "tensor.adjoint()")) }
  }
  /// Dimensions moved to other places; the others keep their order.
  ///
  /// ```swift
  /// images.movedim(-1, 1)  // [N, H, W, C] as [N, C, H, W]
  /// ```
  public func movedim(_ source: [Int], _ destination: [Int]) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.moveDim(self, source, destination) }
  }
  /// The tensor with one dimension moved to another place; the others keep their order.
  public func movedim(_ source: Int, _ destination: Int) -> Tensor { movedim([source], [destination]) }
  /// The tensor with one dimension moved to another place: ``movedim(_:_:)-(Int,_)`` by NumPy's name.
  public func moveaxis(_ source: Int, _ destination: Int) -> Tensor { movedim([source], [destination]) }
  /// The tensor with dimensions moved to other places: ``movedim(_:_:)-([Int],_)`` by NumPy's name.
  public func moveaxis(_ source: [Int], _ destination: [Int]) -> Tensor { movedim(source, destination) }
  /// The tensor with two dimensions exchanged: ``transpose(_:_:)`` by NumPy's name.
  public func swapaxes(_ axis0: Int, _ axis1: Int) -> Tensor { transpose(axis0, axis1) }
  /// The tensor with two dimensions exchanged: ``transpose(_:_:)`` by another name.
  public func swapdims(_ a: Int, _ b: Int) -> Tensor { transpose(a, b) }
}
