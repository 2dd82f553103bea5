import Backplane
import TestSupport
import Testing

/// Changes in place and the graph: with gradients as the operator that makes a new tensor, without them as if nothing
/// were there to see.
@Suite struct InPlaceTests {
  struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (Tensor) -> Void

    init(_ name: String, _ apply: @escaping @Sendable (Tensor) -> Void) {
      testDescription = name
      self.apply = apply
    }
  }

  private static func other(_ x: Tensor) -> Tensor { Tensor([0.5, 2, 0.75], dtype: x.dtype, device: x.device) }
  private static func index(_ x: Tensor) -> Tensor { Tensor([0, 2], device: x.device) }
  private static func part(_ x: Tensor) -> Tensor { Tensor([0.1, 0.2], dtype: x.dtype, device: x.device) }
  private static func mask(_ x: Tensor) -> Tensor { Tensor([true, false, true], device: x.device) }

  private static let functions = UnaryMethod.all.filter { $0.name != "bitwise_not" }.compactMap { method in
    method.inPlace.map { inPlace in Change("\(method.name)_") { _ = inPlace($0) } }
  }

  /// Every method that changes numbers in place.
  static let changes: [Change] =
    functions + [
      Change("sgn_") { $0.sgn_() },
      Change("frac_") { $0.frac_() }, Change("sinc_") { $0.sinc_() }, Change("i0_") { $0.i0_() },
      Change("square_") { $0.square_() }, Change("logicalNot_") { $0.logicalNot_() },
      Change("deg2rad_") { $0.deg2rad_() }, Change("rad2deg_") { $0.rad2deg_() }, Change("logit_") { $0.logit_() },
      Change("nanToNum_") { $0.nanToNum_() }, Change("maskedFill_") { $0.maskedFill_(mask($0), 3) },
      Change("floorDivide_") { $0.floorDivide_(other($0)) }, Change("floorDivide_ number") { $0.floorDivide_(2) },
      Change("remainder_") { $0.remainder_(other($0)) }, Change("remainder_ number") { $0.remainder_(2) },
      Change("fmod_") { $0.fmod_(other($0)) }, Change("fmod_ number") { $0.fmod_(2) },
      Change("atan2_") { $0.atan2_(other($0)) }, Change("hypot_") { $0.hypot_(other($0)) },
      Change("copysign_") { $0.copysign_(other($0)) }, Change("xlogy_") { $0.xlogy_(other($0)) },
      Change("heaviside_") { $0.heaviside_(other($0)) }, Change("logicalAnd_") { $0.logicalAnd_(other($0)) },
      Change("logicalOr_") { $0.logicalOr_(other($0)) }, Change("logicalXor_") { $0.logicalXor_(other($0)) },
      Change("lerp_") { $0.lerp_(other($0), 0.25) }, Change("addcmul_") { $0.addcmul_(other($0), other($0)) },
      Change("addcdiv_") { $0.addcdiv_(other($0), other($0)) }, Change("clamp_") { $0.clamp_(min: 0.3, max: 0.6) },
      Change("indexAdd_") { $0.indexAdd_(0, index($0), part($0)) },
      Change("indexCopy_") { $0.indexCopy_(0, index($0), part($0)) },
      Change("indexFill_") { $0.indexFill_(0, index($0), 2) },
      Change("put_") { $0.put_(index($0), part($0)) }, Change("bernoulli_") { $0.bernoulli_() },
      Change("exponential_") { $0.exponential_() }, Change("cauchy_") { $0.cauchy_() },
      Change("logNormal_") { $0.logNormal_() }, Change("geometric_") { $0.geometric_(0.5) },
      Change("uniform_") { $0.uniform_() }, Change("normal_") { $0.normal_() },
      Change("scatter_") { $0.scatter_(0, index($0), part($0)) },
      Change("scatter_ number") { $0.scatter_(0, index($0), 2) },
      Change("scatterAdd_") { $0.scatterAdd_(0, index($0), part($0)) },
      Change("scatterReduce_") { $0.scatterReduce_(0, index($0), part($0), reduce: .prod) },
      Change("maskedScatter_") { $0.maskedScatter_(mask($0), part($0)) }, Change("copy_") { $0.copy_(other($0)) },
      Change("fill_") { $0.fill_(2) }, Change("zero_") { $0.zero_() }, Change("add_") { $0.add_(other($0)) },
      Change("add_ number") { $0.add_(2) }, Change("sub_") { $0.sub_(other($0), alpha: 2) },
      Change("sub_ number") { $0.sub_(2) }, Change("mul_") { $0.mul_(other($0)) }, Change("mul_ number") { $0.mul_(2) },
      Change("div_") { $0.div_(other($0)) }, Change("div_ number") { $0.div_(2) },
      Change("pow_") { $0.pow_(other($0)) },
      Change("pow_ number") { $0.pow_(2) }, Change("indexPut_") { $0.indexPut_([index($0)], part($0)) },
      Change("subscript of tensors") { $0[index($0)] = part($0) },
      Change("subscript of slices") { $0[1...] = part($0) },
      Change("view of a slice") { $0[0..<2].clamp_(min: 0.3) },
      Change("+=") { x in
        var x = x
        x += 1
      },
    ]

  @Test(arguments: changes) func aLeafGoesOnLearning(_ change: Change) {
    for device in testDevices {
      let w = Tensor([0.25, 0.5, 0.75], device: device, requiresGrad: true)
      (w * 2).sum().backward()
      noGrad { change.apply(w) }
      #expect(w.requiresGrad && w.isLeaf)
      #expect(w.grad?.toArray(Double.self) == [2, 2, 2])
      (w * 3).sum().backward()
      #expect(w.grad?.toArray(Double.self) == [5, 5, 5])
    }
  }

  @Test(arguments: changes) func aResultKeepsItsHistory(_ change: Change) {
    for device in testDevices {
      let w = Tensor([0.25, 0.5, 0.75], device: device, requiresGrad: true)
      let h = w * 2
      let squares = h * h
      noGrad { change.apply(h) }
      #expect(h.requiresGrad && h.gradFn?.name == "MulBackward0")
      h.sum().backward()
      #expect(w.grad?.toArray(Double.self) == [2, 2, 2])
      // What was saved is gone all the same.
      #expect(errorMessage { squares.sum().backward() }.contains("modified by an inplace operation"))
    }
  }

  @Test(arguments: changes) func aTensorWithoutHistoryKeepsItsGradient(_ change: Change) {
    let x = Tensor([0.25, 0.5, 0.75])
    x.grad = Tensor([1.0, 2, 3])
    change.apply(x)
    #expect(x.isLeaf && !x.requiresGrad)
    #expect(x.grad?.toArray(Double.self) == [1, 2, 3])
  }

  // MARK: With gradients

  /// Every operator that has both forms and takes the arguments that can be made from its signature.
  static let pairs: [OperatorSignature] = operatorNames.filter { $0.hasSuffix("_") && !$0.hasPrefix("_") }.flatMap {
    name in
    operatorSignatures(name).filter { signature in
      !signature.description.contains("generator") && !signature.name.contains("dropout")
        && !signature.name.contains("rrelu")
        && (try? call(made(signature), [.tensor(operand("cpu"))] + arguments(signature, "cpu", grads: false)))?.tensor?
          .shape == [3]
    }
  }

  /// The name of the form that makes a new tensor.
  private static func made(_ signature: OperatorSignature) -> String {
    let name = String(signature.name.dropLast())
    return operatorSignatures(name).isEmpty ? "nn.functional.\(name)" : name
  }

  private static func operand(_ device: Device) -> Tensor {
    Tensor([1.25, 1.5, 1.75], dtype: .float64, device: device)
  }

  private static func arguments(_ signature: OperatorSignature, _ device: Device, grads: Bool) -> [Argument] {
    let text = signature.description
    let inner = text[text.index(after: text.firstIndex(of: "(")!)..<text.lastIndex(of: ")")!]
    let required = inner.split(separator: ", ").dropFirst().filter { !$0.contains("=") && $0 != "*" }
    return required.map { parameter in
      switch parameter {
      case "Tensor mask": .tensor(Tensor([true, false, true], device: device))
      case "Tensor index": .tensor(Tensor([2, 0, 1], device: device))
      case "Tensor value": .tensor(Tensor(1.5, dtype: .float64, device: device).requiresGrad_(grads))
      case _ where parameter.hasPrefix("Tensor"):
        .tensor(Tensor([0.5, 2, 0.75], dtype: .float64, device: device).requiresGrad_(grads))
      case _ where parameter.hasPrefix("Scalar"): .double(1.5)
      case "int dim": 0
      case _ where parameter.hasPrefix("int"): 1
      case _ where parameter.hasPrefix("str"): "prod"
      default: .double(0.5)
      }
    }
  }

  @Test func mostOperatorsAreAmongThese() { #expect(Set(Self.pairs.map(\.name)).count > 90) }

  @Test(arguments: pairs.indices) func bothFormsHaveTheSameGradients(_ number: Int) throws {
    let signature = Self.pairs[number]
    let runs: [(Device, Bool)] =
      [("cpu", true), ("reference", true), (coreDevices[0], true), ("cpu", false), (coreDevices[0], false)]
    for (device, targetLearns) in runs {
      func gradients(inPlace: Bool) throws -> (value: Tensor, grads: [[Double]?]) {
        let w = Self.operand(device).requiresGrad_(targetLearns)
        let x = targetLearns ? w * 1 : w.clone()
        let others = Self.arguments(signature, device, grads: true)
        let name = inPlace ? signature.name : Self.made(signature)
        let y = try call(name, [.tensor(x)] + others).tensor!
        let learners = ([w] + others.compactMap(\.tensor)).filter(\.requiresGrad)
        let scale = Tensor([1.0, 10, 100], dtype: .float64, device: device)
        guard y.requiresGrad else { return (y, learners.map { _ in nil }) }
        let value = (y * scale).sum()
        let grads = grad([value], learners, allowUnused: true)
        return (y, grads.map { $0?.toArray(Double.self) })
      }
      let made = try gradients(inPlace: false), changed = try gradients(inPlace: true)
      #expect(areClose(made.value.toArray(Double.self), changed.value.toArray(Double.self), tolerance: 1e-12))
      for (a, b) in zip(made.grads, changed.grads) {
        let none = [Double](repeating: 0, count: a?.count ?? b?.count ?? 0)
        #expect(areClose(a ?? none, b ?? none, tolerance: 1e-12), "\(signature)")
      }
    }
  }

  @Test(arguments: testDevices) func aPartnerLearnsFromWhatWasThere(_ device: Device) {
    // The old values of z are what the gradients of its partners need; z itself has none.
    let w = Tensor([2.0, 3], device: device, requiresGrad: true)
    for (z, expected) in [
      (Tensor([5.0, 7], device: device).mul_(w), [5.0, 7]),
      (Tensor([5.0, 7], device: device).lerp_(w, 0.5), [0.5, 0.5]),
      (Tensor([4.0, 9], device: device).atan2_(w), [-4.0 / 20, -9.0 / 90]),
      (Tensor([1.0, 1], device: device).addcmul_(Tensor([5.0, 7], device: device), w), [5.0, 7.0]),
    ] as [(Tensor, [Double])] {
      w.grad = nil
      z.sum().backward()
      #expect(areClose(w.grad!.toArray(Double.self), expected))
    }
  }

  @Test(arguments: testDevices) func aTensorMayMeetItself(_ device: Device) {
    func leaf() -> Tensor { Tensor([[1.0, 2], [3, 4]], dtype: .float64, device: device).requiresGrad_() }
    func check(_ expected: [Double], _ change: (Tensor) -> Void, line: Int = #line) {
      let a = leaf()
      let s = a * 1
      change(s)
      (s * Tensor([[1.0, 10], [100, 1000]], dtype: .float64, device: device)).sum().backward()
      #expect(a.grad?.toArray(Double.self) == expected, "line \(line)")
    }
    check([2, 110, 110, 2000]) { $0.add_($0.t()) }
    check([2, 40, 600, 8000]) { $0.mul_($0) }
    check([2, 330, 220, 8000]) { $0.mul_($0.t()) }
    check([1, 100, 10, 1000]) { $0.copy_($0.t()) }
    check([1, 10, 100, 1000]) { $0.copy_($0) }
    check([101, 1010, 0, 0]) { $0[1] = $0[0] }
    check([0, 0, 101, 1010]) { $0[0].copy_($0[1]) }
    check([1, 0, 100, 1010]) { $0[0, 1] = $0[1, 1] }
    check([101, 1010, 0, 0]) { $0[Tensor([1], device: device)] = $0[0..<1] }
    check([101, 1010, 100, 1000]) { $0[1].add_($0[0]) }
    check([301, 4010, 100, 2000]) { $0[1].mul_($0[0]) }
    check([101, 1010, 0, 0]) { x in
      // By a view of a view, of the elements' own type and by another.
      let view = x.view([4])[2...]
      view.copy_(x.view([4])[..<2].to(.float32))
    }
  }

  @Test(arguments: testDevices) func theExampleOfAFlatTensor(_ device: Device) {
    let a = Tensor([1.0, 2, 3, 4], device: device, requiresGrad: true)
    var s = a * 1
    s[1] = s[0]
    s.sum().backward()
    #expect(a.grad?.toArray(Double.self) == [2, 0, 1, 1])
    a.grad = nil
    s = a * 1
    s[2...] = s[..<2]
    s.sum().backward()
    #expect(a.grad?.toArray(Double.self) == [2, 2, 0, 0])
    a.grad = nil
    // Windows that lie over one another.
    s = a * 1
    s[1...] = s[..<3]
    #expect(s.toArray(Double.self) == [1, 1, 2, 3])
    (s * Tensor([1.0, 10, 100, 1000], device: device)).sum().backward()
    #expect(a.grad?.toArray(Double.self) == [11, 100, 1000, 0])
  }

  @Test func fromAnotherDevice() {
    let a = Tensor([1.0, 2, 3], device: "reference", requiresGrad: true)
    let target = Tensor.zeros([3], dtype: .float64, device: "cpu")
    target[1...].copy_((a * 2)[..<2])
    (target * Tensor([1.0, 10, 100], dtype: .float64, device: "cpu")).sum().backward()
    #expect(a.grad?.toArray(Double.self) == [20, 200, 0])
  }

  @Test func integersTakeNoGradient() {
    let a = Tensor([1.5, 2.5], requiresGrad: true)
    let counts = Tensor([0, 0])
    counts.copy_(a)
    counts[Tensor([0])] = a[..<1]
    #expect(!counts.requiresGrad && counts.toArray(Int64.self) == [1, 2])
  }

  @Test func whatIsKeptStaysWithTheTensorAndHooksWithItsPast() {
    // PyTorch's numbers.
    let a = Tensor([1.0, -2], requiresGrad: true)
    let x = a * 2
    x.retainGrad()
    var seen: [[Double]] = []
    x.registerHook {
      seen.append($0.toArray(Double.self))
      return nil
    }
    x.mul_(3)
    (x * 5).sum().backward()
    #expect(x.grad?.toArray(Double.self) == [5, 5])
    #expect(a.grad?.toArray(Double.self) == [30, 30])
    #expect(seen == [[15, 15]])
  }

  @Test func statementsMayDropTheirResults() {
    // Compiles without a warning, which would be an error.
    let x = Tensor.zeros([2]), y = Tensor.ones([2])
    noGrad { x.copy_(y) }
    enableGrad { x.add_(y) }
    inferenceMode { x.mul_(2) }
    withDevice("reference") { x.sub_(1) }
    #expect(x.toArray(Double.self) == [3, 3])
  }
}
