import Backplane
import TestSupport
import Testing

/// What operations keep for their gradients: each operand only if the gradient of one that wants it looks at it. What is
/// not kept may be changed in between, and its memory is free.
@Suite struct SavedTensorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shape: [Int]
    /// From the operand that learns and its partner, which does not.
    let function: @Sendable (_ h: Tensor, _ partner: Tensor) -> Tensor

    init(_ name: String, _ shape: [Int] = [2, 2], _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor) {
      testDescription = name
      self.shape = shape
      self.function = function
    }
  }

  /// Functions of h whose gradient does not look at h while the partner has none.
  static let cases: [Case] = [
    Case("add") { $0 + $1 }, Case("sub") { $1 - $0 }, Case("mul") { $0 * $1 }, Case("mul from the right") { $1 * $0 },
    Case("div") { $0 / $1 }, Case("mul number") { h, _ in h * 2 }, Case("div number") { h, _ in h / 2 },
    Case("remainder") { $0 % $1 }, Case("fmod") { $0.fmod($1) }, Case("addcmul") { $1.addcmul($0, $1) },
    Case("addcmul first") { $0.addcmul($1, $1) }, Case("addcdiv") { $1.addcdiv($0, $1) },
    Case("lerp") { $0.lerp($1, 0.25) }, Case("lerp by tensor") { $0.lerp($1, $1) }, Case("matmul") { $0.matmul($1) },
    Case("matmul from the right") { $1.matmul($0) }, Case("mm") { $0.mm($1) }, Case("outer") { $0[0].outer($1[0]) },
    Case("bmm", [1, 2, 2]) { $0.bmm($1) }, Case("linear") { F.linear($0, $1) }, Case("dot") { $0[0].dot($1[0]) },
    Case("mv") { $0.mv($1[0]) }, Case("addmm") { $1.addmm($0, $1) }, Case("baddbmm", [1, 2, 2]) { $1.baddbmm($0, $1) },
    Case("einsum") { einsum("ij,jk->ik", $0, $1) }, Case("kron") { $0.kron($1) },
    Case("tensordot") { tensordot($0, $1, dims: 1) },
    Case("where") { Backplane.where($1 .> 1, $0, $1) }, Case("maskedFill") { $0.maskedFill($1 .> 1, 0) },
    Case("conv1d", [1, 2, 2]) { F.conv1d($0, $1) }, Case("conv1d kernel", [1, 2, 2]) { F.conv1d($1, $0) },
    Case("conv2d", [1, 1, 2, 2]) { F.conv2d($0, $1) },
    Case("convTranspose1d", [1, 1, 2]) { F.convTranspose1d($0, $1) },
    Case("embedding") { h, _ in F.embedding(Tensor([0, 1, 1], device: h.device), h) },
    Case("indexSelect") { h, _ in h.indexSelect(0, Tensor([1, 1], device: h.device)) },
    Case("gather") { h, _ in h.gather(0, Tensor([[1, 0]], device: h.device)) },
    Case("index") { h, _ in h[Tensor([1], device: h.device)] },
    Case("scatter") { $1.scatter(0, Tensor([[1, 0]], device: $0.device), $0[0..<1]) },
    Case("scatterAdd") { $0.scatterAdd(0, Tensor([[1, 0]], device: $0.device), $1) },
    Case("scatterReduce sum") { $0.scatterReduce(0, Tensor([[1, 0]], device: $0.device), $1, reduce: .sum) },
    Case("scatterReduce mean") { $0.scatterReduce(0, Tensor([[1, 0]], device: $0.device), $1, reduce: .mean) },
    Case("indexAdd") { $0.indexAdd(0, Tensor([1], device: $0.device), $1[0..<1]) },
    Case("indexCopy") { $1.indexCopy(0, Tensor([1], device: $0.device), $0[0..<1]) },
    Case("copysign sign") { $1.copysign($0) },
    Case("marginRankingLoss") { F.marginRankingLoss($0, $1, $1.sign(), margin: 9) },
    Case("cumsum") { h, _ in h.cumsum(0) },
    Case("sort") { h, _ in h.sort().values }, Case("topk") { h, _ in h.topk(1).values },
    Case("exp, which keeps its result") { h, _ in h.exp() }, Case("tanh") { h, _ in h.tanh() },
    Case("sqrt") { h, _ in h.sqrt() }, Case("sigmoid") { h, _ in h.sigmoid() }, Case("relu") { h, _ in h.relu() },
    Case("rsqrt") { h, _ in h.rsqrt() }, Case("reciprocal") { h, _ in h.reciprocal() },
    Case("softmax") { h, _ in h.softmax(0) }, Case("logSoftmax") { h, _ in h.logSoftmax(0) },
    Case("mean") { h, _ in h.mean() }, Case("sum") { h, _ in h.sum() }, Case("cat") { cat([$0, $1]) },
    Case("floor") { h, _ in h.floor() }, Case("to") { h, _ in h.to(.float32) }, Case("tril") { h, _ in h.tril() },
    Case("cross entropy of the target") { h, p in F.mseLoss(p, h * 0 + p) },
    Case("dropout") { h, _ in F.dropout(h, p: 0.5, generator: Generator(seed: 1)) },
    Case("prelu slope") { h, p in F.linear(h, p, p[0]) },
  ]

  /// Functions whose result is not kept either, so that it may be changed.
  static let results: [Case] = [
    Case("i0") { h, _ in h.i0() }, Case("ndtr") { h, _ in special("ndtr", h) },
    Case("entr") { h, _ in special("entr", h) }, Case("logit") { h, _ in (h / 10).logit() },
    Case("erfinv") { h, _ in (h / 10).erfinv() }, Case("log") { h, _ in h.log() }, Case("sin") { h, _ in h.sin() },
    Case("digamma") { h, _ in h.digamma() }, Case("layerNorm") { h, _ in F.layerNorm(h, [2]) },
    Case("groupNorm", [2, 2, 2]) { h, _ in F.groupNorm(h, 2) }, Case("mul") { $0 * $1 },
    Case("matmul") { $0.matmul($1) }, Case("minimum") { $0.minimum($1) }, Case("clamp") { h, _ in h.clamp(min: 1) },
    Case("abs") { h, _ in h.abs() }, Case("softplus") { h, _ in F.softplus(h) }, Case("gelu") { h, _ in F.gelu(h) },
    Case("pow") { h, _ in h ** 2 }, Case("logsumexp") { h, _ in h.logsumexp(0) }, Case("var") { h, _ in h.var() },
    Case("silu") { h, _ in F.silu(h) }, Case("mse") { F.mseLoss($0, $1, reduction: .none) },
  ]

  private static func special(_ name: String, _ x: Tensor) -> Tensor {
    try! call("special.\(name)", [.tensor(x)]).tensor!
  }

  @Test(arguments: results, testDevices) func resultsThatAreNotKeptMayChange(_ c: Case, _ device: Device) {
    func gradient(changing: Bool) -> [Double] {
      let (w, partner) = Self.operands(c.shape, device)
      let y = c.function(w * 1, partner)
      if changing { y.add_(1) }
      let scale = Tensor(
        (0..<y.numel).map { 1 + Double($0) }, shape: y.shape.extents, dtype: .float64, device: device)
      (y * scale).sum().backward()
      return w.grad?.toArray(Double.self) ?? []
    }
    var changed: [Double] = []
    #expect(errorMessage { changed = gradient(changing: true) } == "(no error)")
    #expect(changed == gradient(changing: false) && changed.contains { $0 != 0 })
  }

  private static func operands(_ shape: [Int], _ device: Device) -> (w: Tensor, partner: Tensor) {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { 0.5 + 0.75 * Double($0) }
    return (
      Tensor(values, shape: shape, dtype: .float64, device: device).requiresGrad_(),
      Tensor(values.map { $0 + 0.7 }, shape: shape, dtype: .float64, device: device)
    )
  }

  @Test(arguments: cases) func whatIsNotKeptMayChange(_ c: Case) {
    for device in testDevices {
      func gradient(changing: Bool) -> [Double] {
        let (w, partner) = Self.operands(c.shape, device)
        let h = w * 1
        let y = c.function(h, partner)
        if changing { h.add_(1) }
        y.sum().backward()
        return w.grad?.toArray(Double.self) ?? []
      }
      var changed: [Double] = []
      #expect(errorMessage { changed = gradient(changing: true) } == "(no error)")
      #expect(changed == gradient(changing: false))
    }
  }

  @Test(arguments: cases, testDevices) func whatIsNotKeptIsFreed(_ c: Case, _ device: Device) {
    let (w, partner) = Self.operands(c.shape, device)
    weak var memory: Tensor?
    func result() -> Tensor {
      let h = w * 1
      memory = h
      return c.function(h, partner)
    }
    let y = result()
    #expect(memory == nil)
    y.sum().backward()
  }

  /// The other way round: what is looked at is kept, and its change is noticed.
  static let keeping: [Case] = [
    Case("mul") { h, _ in h * h }, Case("div by h") { $1 / $0 }, Case("pow") { h, _ in h ** 2 },
    Case("sin") { h, _ in h.sin() }, Case("log") { h, _ in h.log() }, Case("abs") { h, _ in h.abs() },
    Case("maximum") { $0.maximum($1) }, Case("atan2") { $0.atan2($1) }, Case("hypot") { $0.hypot($1) },
    Case("prod") { h, _ in h.prod() }, Case("amax") { h, _ in h.amax([0]) }, Case("clamp") { h, _ in h.clamp(min: 1) },
    Case("logsumexp") { h, _ in h.logsumexp(0) }, Case("norm") { h, _ in Linalg.norm(h) },
  ]

  @Test(arguments: keeping, testDevices) func whatIsKeptMustNotChange(_ c: Case, _ device: Device) {
    let (w, partner) = Self.operands(c.shape, device)
    let h = w * 1
    let y = c.function(h, partner)
    h.add_(1)
    #expect(errorMessage { y.sum().backward() }.contains("modified by an inplace operation"))
  }

  @Test func aPartnerIsKeptForTheOtherAlone() {
    let (w, partner) = Self.operands([2, 2], "cpu")
    let y = w * partner
    partner.add_(1)
    #expect(errorMessage { y.sum().backward() }.contains("modified by an inplace operation"))
    // Both learn: both are kept.
    let (a, b) = (w * 1, partner.requiresGrad_() * 1)
    let z = a * b
    a.add_(1)
    #expect(errorMessage { z.sum().backward() }.contains("modified by an inplace operation"))
  }
}
