// Parts of numbers, divisors, powers, derivatives and histograms by name.

extension OperatorRegistry {
  mutating func addNumerics() {
    addTwo(["nextafter"], .init(Ops.nextAfter))
    addTwo(["ldexp"], .init(Ops.ldexp))
    addTwo(["gcd"], .init(Ops.gcd))
    addTwo(["lcm"], .init(Ops.lcm))
    addTwo(["special.zeta"], inPlace: false, .init(wrapping: Ops.zeta))
    add("frexp(Tensor input)") { a in
      let (mantissa, exponent) = try Ops.frexp(a.tensor("input"))
      return [mantissa, exponent]
    }
    add("vander(Tensor x, int? N=None, bool increasing=False)") {
      try Ops.vander($0.tensor("x"), $0.optionalInt("N"), increasing: $0.bool("increasing"))
    }
    add("linalg.vander(Tensor x, *, int? N=None)") { try Ops.linalgVander($0.tensor("x"), $0.optionalInt("N")) }
    addGradient()
    add("unravel_index(Tensor indices, int[1] shape)") {
      try Ops.unravelIndex($0.tensor("indices"), $0.ints("shape"))
    }
    add("broadcast_shapes(Any[] shapes)") { try Ops.broadcastShapes(OperatorRegistry.shapes($0["shapes"])) }
    add("constant_pad_nd(Tensor input, int[] pad, Scalar value=0)") {
      try Ops.constantPadNd($0.tensor("input"), $0.ints("pad"), $0.scalar("value"))
    }
    add("scalar_tensor(Scalar s, *, \(OperatorRegistry.options))") {
      let value = $0.scalar("s"), dtype = $0.dtype() ?? .float32
      try value.requireFits(dtype, roundingToInfinity: dtype.byteCount == 2)
      return OperatorRegistry.finish(try Ops.full(.scalar, value, dtype, on: Ops.context($0.device())), $0)
    }
    addHistograms()
  }

  private mutating func addGradient() {
    let options = "int[1]? dim=None, int edge_order=1"
    func add(_ spacing: String, _ spacings: @escaping @Sendable (BoundArguments) -> Ops.Spacings) {
      self.add("gradient(Tensor input, *, \(spacing), \(options))") {
        try Ops.numericalGradient(
          $0.tensor("input"), spacings($0), $0.optionalInts("dim"), edgeOrder: $0.int("edge_order"))
      }
    }
    add("Scalar? spacing=None") { .one($0.optionalScalar("spacing") ?? .int(1)) }
    add("Scalar[] spacing") { .distances($0.scalars("spacing")) }
    add("Tensor[] spacing") { .coordinates($0.tensors("spacing")) }
  }

  private mutating func addHistograms() {
    let weights = "Tensor? weight=None, bool density=False"
    func add(_ bins: String, _ range: String, _ make: @escaping @Sendable (BoundArguments) -> Ops.Bins) {
      self.add("histogram(Tensor input, \(bins) bins, *, \(range)\(weights))") { a in
        let (hist, edges) = try Ops.histogram(
          a.tensor("input"), make(a), range: range.isEmpty ? nil : a.optionalDoubles("range"),
          weight: a.optionalTensor("weight"), density: a.bool("density"))
        return [hist, edges]
      }
    }
    add("Tensor", "") { .edges($0.tensor("bins")) }
    add("int", "float[]? range=None, ") { .count($0.int("bins")) }
    func addGrid(_ bins: String, _ make: @escaping @Sendable (BoundArguments) -> [Ops.Bins]) {
      self.add("histogramdd(Tensor input, \(bins) bins, float[]? range=None, \(weights))") { a in
        let (hist, edges) = try Ops.histogramDD(
          a.tensor("input"), make(a), range: a.optionalDoubles("range"), weight: a.optionalTensor("weight"),
          density: a.bool("density"))
        return Argument.list([.tensor(hist), edges.argument])
      }
    }
    addGrid("int") { a in
      // As many as there are coordinates.
      let x = a.tensor("input")
      return [Ops.Bins](repeating: .count(a.int("bins")), count: x.layout.rank == 0 ? 0 : x.size(-1))
    }
    addGrid("int[]") { $0.ints("bins").map { .count($0) } }
    addGrid("Tensor[]") { $0.tensors("bins").map { .edges($0) } }
  }

  /// Shapes, of which a number stands for one of one dimension.
  private static func shapes(_ value: Argument) throws(BackplaneError) -> [[Int]] {
    func misfit(_ value: Argument) -> BackplaneError {
      BackplaneError(.value, "broadcast_shapes: a shape is a number or a list of them, not \(value.typeName)")
    }
    guard case .list(let shapes) = value else { throw misfit(value) }
    var result: [[Int]] = []
    for shape in shapes {
      var extents: [Int] = []
      let numbers: Argument.List = if case .list(let numbers) = shape { numbers } else { [shape] }
      for extent in numbers {
        guard case .int(let extent) = extent else { throw misfit(extent) }
        extents.append(Int(extent))
      }
      result.append(extents)
    }
    return result
  }
}

extension BoundArguments {
  fileprivate func scalars(_ name: String) -> [Scalar] {
    if case .list(let values) = self[name] { values.compactMap(\.scalar) } else { [] }
  }

  fileprivate func optionalDoubles(_ name: String) -> [Double]? {
    if case .list = self[name] { doubles(name) } else { nil }
  }
}
