import Backplane
import Glibc
import TestSupport
import Testing

@Suite struct AttentionTests {
  /// sin(0), sin(a), sin(2a) …
  private static func waves(_ shape: [Int], _ a: Double, _ device: Device, _ dtype: DType = .float64) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { sin(Double($0) * a) }, dtype: dtype, device: device).reshape(shape)
  }

  /// The numbers are PyTorch's: of the result, of its squares, an element, and of the gradients' squares.
  @Test(arguments: testDevices) func isPyTorchs(_ device: Device) {
    let q = Self.waves([2, 4, 3, 5], 0.7, device).requiresGrad_()
    let k = Self.waves([2, 2, 4, 5], 1.3, device).requiresGrad_()
    let v = Self.waves([2, 2, 4, 2], 0.9, device).requiresGrad_()
    func expect(_ y: Tensor, _ expected: [Double], _ name: Comment) {
      let total = (y * y).sum()
      let gradients = grad([total], [q, k, v]).map { $0!.square().sum().item() }
      #expect(
        areClose([y.sum().item(), total.item(), y[1, 3, 2, 1].item()] + gradients, expected, tolerance: 1e-8), name)
    }
    expect(
      F.scaledDotProductAttention(q, k, v, enableGQA: true),
      [3.693683966, 0.563125535, 0.072900753, 0.006986289, 0.119102141, 2.98797342], "plain")
    expect(
      F.scaledDotProductAttention(q, k, v, isCausal: true, enableGQA: true),
      [9.182560205, 10.904000836, -0.057699735, 0.012413508, 0.244513375, 99.365432584], "causal")
    let sees = Tensor(
      [[true, true, false, true], [false, false, false, false], [false, true, true, false]], device: device)
    expect(
      F.scaledDotProductAttention(q, k, v, attnMask: sees, scale: 1.5, enableGQA: true),
      [0.763589249, 5.014652011, 0.250739813, 0.48467098, 6.69235277, 12.15174981], "a mask of bools")
    expect(
      F.scaledDotProductAttention(q, k, v, attnMask: Self.waves([4, 1, 4], 2.1, device), enableGQA: true),
      [2.524760733, 4.102881704, -0.234331333, 0.042120067, 0.259052475, 12.705997142], "numbers that are added")
  }

  /// From nothing but products and a softmax.
  private static func definition(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ added: Tensor? = nil) -> Tensor {
    var scores = q.matmul(k.transpose(-2, -1)) * (1 / Double(q.shape.last!).squareRoot())
    if let added { scores = scores + added }
    return scores.softmax(-1).matmul(v)
  }

  /// Tensors of other ranks, that broadcast, and whose heads lie within their rows.
  @Test(arguments: testDevices) func takesAnyShape(_ device: Device) {
    let shapes: [([Int], [Int], [Int])] = [
      ([3, 4], [5, 4], [5, 2]), ([2, 3, 4], [2, 5, 4], [2, 5, 2]), ([2, 3, 3, 4], [3, 5, 4], [1, 3, 5, 2]),
      ([2, 1, 2, 3, 4], [1, 3, 2, 5, 4], [2, 3, 2, 5, 2]), ([3, 4], [2, 2, 5, 4], [5, 2]),
    ]
    for (q, k, v) in shapes {
      let inputs = [Self.waves(q, 0.7, device), Self.waves(k, 1.1, device), Self.waves(v, 1.7, device)]
      for input in inputs { input.requiresGrad_() }
      let y = F.scaledDotProductAttention(inputs[0], inputs[1], inputs[2])
      let expected = Self.definition(inputs[0], inputs[1], inputs[2])
      #expect(y.shape == expected.shape)
      #expect(areClose(y.flatten().toArray(), expected.flatten().toArray(), tolerance: 1e-12), "\(q)")
      let weights = Self.waves(Array(y.shape), 2.3, device)
      let (a, b) = (grad([(y * weights).sum()], inputs), grad([(expected * weights).sum()], inputs))
      for (x, z) in zip(a, b) {
        #expect(areClose(x!.flatten().toArray(), z!.flatten().toArray(), tolerance: 1e-12), "\(q)")
      }
    }
  }

  /// The result and the gradients of heads that lie within rows do so too, so that joining them copies nothing.
  @Test(arguments: factorizationDevices) func keepsTheLayout(_ device: Device) {
    let rows = (0..<3).map { Self.waves([2, 7, 3, 4], 0.3 + Double($0), device).requiresGrad_() }
    let heads = rows.map { $0.transpose(1, 2) }
    let y = F.scaledDotProductAttention(heads[0], heads[1], heads[2], isCausal: true)
    #expect(y.shape == [2, 3, 7, 4] && y.transpose(1, 2).isContiguous)
    let apart = F.scaledDotProductAttention(
      heads[0].contiguous(), heads[1].contiguous(), heads[2].contiguous(), isCausal: true)
    #expect(apart.isContiguous && areClose(y.flatten().toArray(), apart.flatten().toArray(), tolerance: 1e-14))
    for (a, b) in zip(grad([y.square().sum()], rows), grad([apart.square().sum()], rows)) {
      #expect(a!.isContiguous && areClose(a!.flatten().toArray(), b!.flatten().toArray(), tolerance: 1e-12))
    }
  }

  /// Nobody sees anything where there is nothing, and nothing comes of no queries.
  @Test(arguments: testDevices) func takesNothing(_ device: Device) {
    let none = Tensor.zeros([2, 0, 4], device: device).requiresGrad_()
    let some = Tensor.ones([2, 3, 4], device: device).requiresGrad_()
    let y = F.scaledDotProductAttention(some, none, none)
    #expect(y.flatten().toArray(Double.self) == [Double](repeating: 0, count: 24))
    y.sum().backward()
    #expect(
      some.grad!.flatten().toArray(Double.self) == [Double](repeating: 0, count: 24) && none.grad!.shape == [2, 0, 4])
    #expect(F.scaledDotProductAttention(none, some, some).shape == [2, 0, 4])
  }

  /// The same shares are dropped on every device, forwards and backwards; the results of two seeds differ.
  @Test(arguments: testDevices) func dropsTheSameEverywhere(_ device: Device) {
    func run(_ device: Device, _ seed: UInt64) -> [[Double]] {
      let inputs = (0..<3).map { Self.waves([2, 2, 9, 4], 0.3 + Double($0), device).requiresGrad_() }
      let generator = Generator(seed: seed)
      _ = Tensor.rand([5], device: device, generator: generator)
      let y = F.scaledDotProductAttention(inputs[0], inputs[1], inputs[2], dropoutP: 0.4, generator: generator)
      // What comes after takes the numbers after.
      let after = Tensor.rand([2], dtype: .float64, device: device, generator: generator)
      return ([y] + grad([y.square().sum()], inputs).map { $0! } + [after]).map { $0.flatten().toArray(Double.self) }
    }
    let (here, there) = (run(device, 3), run("reference", 3))
    for (a, b) in zip(here, there) { #expect(areClose(a, b, tolerance: 1e-12)) }
    #expect(!areClose(run(device, 4)[0], here[0]))
  }

  /// The mean over many masks is what comes without one.
  @Test func dropsOnAverageNothing() {
    let (q, v) = (Self.waves([300, 4, 6], 0.7, "cpu"), Tensor.ones([300, 6, 1], dtype: .float64, device: "cpu"))
    let y = F.scaledDotProductAttention(
      q, q[.all, ..<4].repeat([1, 2, 1])[.all, ..<6], v, dropoutP: 0.25, generator: Generator(seed: 8))
    #expect(abs(y.mean().item() - 1) < 0.03)
    #expect(y.std().item() > 0.05)
  }

  @Test(arguments: testDevices, [DType.float16, .bfloat16]) func roundsOnce(_ device: Device, _ dtype: DType) {
    let wide = (0..<3).map { Self.waves([2, 2, 5, 8], 0.3 + Double($0), device, dtype).to(.float32).requiresGrad_() }
    let narrow = wide.map { $0.detach().to(dtype).requiresGrad_() }
    let (y, z) = (
      F.scaledDotProductAttention(wide[0], wide[1], wide[2], isCausal: true),
      F.scaledDotProductAttention(narrow[0], narrow[1], narrow[2], isCausal: true)
    )
    #expect(z.dtype == dtype)
    let unit = dtype == .float16 ? 0x1p-10 : 0x1p-7
    #expect(areClose(z.to(.float32).flatten().toArray(), y.flatten().toArray(), tolerance: unit))
    let g = Self.waves(Array(y.shape), 1.9, device, dtype)
    for (a, b) in zip(grad([z], narrow, gradOutputs: [g]), grad([y], wide, gradOutputs: [g.to(.float32)])) {
      #expect(a!.dtype == dtype)
      #expect(areClose(a!.to(.float32).flatten().toArray(), b!.flatten().toArray(), tolerance: 4 * unit))
    }
  }

  @Test(arguments: testDevices) func refuses(_ device: Device) {
    let (q, k) = (Tensor.ones([2, 3, 4], device: device), Tensor.ones([2, 5, 4], device: device))
    #expect(
      errorMessage { _ = F.scaledDotProductAttention(q, k.to(.float64), k) }.hasPrefix(
        "Expected query, key, and value to have the same dtype"))
    #expect(
      errorMessage { _ = F.scaledDotProductAttention(q[0, 0], k, k) }.contains(
        "Expected query, key, and value to all be at least 2 dimensional"))
    #expect(errorKind { _ = F.scaledDotProductAttention(q, k[.all, .all, ..<3], k) } == .shape)
    #expect(errorKind { _ = F.scaledDotProductAttention(q, k, k[.all, ..<4]) } == .shape)
    #expect(
      errorKind { _ = F.scaledDotProductAttention(q, k, k, attnMask: Tensor.ones([4, 5], device: device)) } == .shape)
    #expect(
      errorMessage {
        _ = F.scaledDotProductAttention(q, k, k, attnMask: Tensor.ones([3, 5], device: device), isCausal: true)
      } == "scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    #expect(
      errorMessage { _ = F.scaledDotProductAttention(q, k, k, dropoutP: 1.5) }
        == "dropout probability has to be between 0 and 1, but got 1.5")
    #expect(
      errorMessage {
        _ = F.scaledDotProductAttention(
          Tensor.ones([3, 2, 4], device: device), Tensor.ones([2, 2, 4], device: device),
          Tensor.ones([2, 2, 4], device: device), enableGQA: true)
      } == "Number of heads in key and value must divide the number of heads in query, but got 2 and 3")
    // What is saved is checked.
    let x = Tensor.ones([2, 3, 4], device: device).requiresGrad_()
    let key = x * 1
    let y = F.scaledDotProductAttention(x, key, x)
    noGrad { _ = key.add_(1) }
    #expect(errorMessage { y.sum().backward() }.contains("has been modified by an inplace operation"))
  }

  /// Without its shares attention in several heads gives the same.
  @Test(arguments: testDevices) func inSeveralHeads(_ device: Device) throws {
    let (length, batch, width) = (5, 2, 8)
    let x = Self.waves([length, batch, width], 0.7, device)
    let hidden = Tensor.ones([length, length], dtype: .bool, device: device).triu(1)
    let padding = Tensor([[false, false, false, false, true], [false, false, false, false, false]], device: device)
    let weights = [Self.waves([3 * width, width], 0.31, device), Self.waves([width, width], 0.53, device)]
    func run(_ needsWeights: Bool, _ mask: Tensor?, _ padding: Tensor?, isCausal: Bool = false) throws -> [Double] {
      let null = Argument.null
      let arguments: [Argument] =
        [.tensor(x), .tensor(x), .tensor(x), .int(Int64(width)), .int(2), .tensor(weights[0]), null, null, null]
        + [.bool(false), .double(0), .tensor(weights[1]), null, .bool(true), padding.map { .tensor($0) } ?? null]
        + [.bool(needsWeights), mask.map { .tensor($0) } ?? null, .bool(false), null, null, null, null, null]
        + [.bool(true), .bool(isCausal)]
      let results = try call("nn.functional.multi_head_attention_forward", arguments)
      guard case .list(let list) = results, let output = list[0].tensor else { return [] }
      return output.flatten().toArray()
    }
    for (mask, padding) in [(nil, nil), (hidden, nil), (nil, padding), (hidden, padding)] {
      let expected = try run(true, mask, padding)
      #expect(expected.count == length * batch * width)
      #expect(areClose(try run(false, mask, padding), expected, tolerance: 1e-12))
    }
    #expect(areClose(try run(false, hidden, nil, isCausal: true), try run(true, hidden, nil), tolerance: 1e-12))
  }
}
