import Backplane
import TestSupport
import Testing

/// The types of results are those that PyTorch 2.15 gives: on processors as it was run there, elsewhere as its
/// documentation lists them.
@Suite struct AutocastTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The type that comes of float32 and of bfloat16, on processors; and on other devices.
    let processors: [DType]
    let accelerators: [DType]
    let run: @Sendable (_ x: ([Int]) -> Tensor) -> Tensor

    init(
      _ name: String, _ processors: [DType], _ accelerators: [DType]? = nil,
      _ run: @escaping @Sendable (_ x: ([Int]) -> Tensor) -> Tensor
    ) {
      (testDescription, self.processors) = (name, processors)
      (self.accelerators, self.run) = (accelerators ?? processors, run)
    }
  }

  private static let low: [DType] = [.bfloat16, .bfloat16]
  private static let single: [DType] = [.float32, .float32]
  private static let same: [DType] = [.float32, .bfloat16]

  static let cases: [Case] = [
    Case("linear", low) { F.linear($0([2, 3]), $0([4, 3]), $0([4])) },
    Case("matmul", low) { $0([2, 3]).matmul($0([3, 2])) }, Case("mm", low) { $0([2, 3]).mm($0([3, 2])) },
    Case("mv", same, low) { $0([2, 3]).mv($0([3])) }, Case("dot", same) { $0([3]).dot($0([3])) },
    Case("bmm", low) { $0([1, 2, 3]).bmm($0([1, 3, 2])) },
    Case("addmm", low) { $0([2, 2]).addmm($0([2, 3]), $0([3, 2])) },
    Case("addmv", same, low) { $0([2]).addmv($0([2, 3]), $0([3])) },
    Case("addr", same, low) { $0([2, 3]).addr($0([2]), $0([3])) },
    Case("addbmm", low) { $0([2, 2]).addbmm($0([1, 2, 3]), $0([1, 3, 2])) },
    Case("baddbmm", low) { $0([1, 2, 2]).baddbmm($0([1, 2, 3]), $0([1, 3, 2])) },
    Case("einsum", low) { einsum("ij,jk->ik", $0([2, 3]), $0([3, 2])) },
    Case("multiDot", low) { Linalg.multiDot([$0([2, 3]), $0([3, 2]), $0([2, 2])]) },
    Case("conv2d", low) { F.conv2d($0([1, 1, 3, 3]), $0([1, 1, 2, 2])) },
    Case("convTranspose1d", low) { F.convTranspose1d($0([1, 1, 3]), $0([1, 1, 2])) },
    Case("attention", low) { F.scaledDotProductAttention($0([1, 2, 3]), $0([1, 2, 3]), $0([1, 2, 3])) },
    Case("softmax", same, single) { $0([2, 3]).softmax(1) },
    Case("logSoftmax", same, single) { $0([2, 3]).logSoftmax(1) },
    Case("layerNorm", same, single) { F.layerNorm($0([2, 3]), [3]) },
    Case("groupNorm", same, single) { F.groupNorm($0([2, 4, 3]), 2) },
    Case("batchNorm", same) { F.batchNorm($0([4, 3]), nil, nil, training: true) },
    Case("exp", same, single) { $0([3]).exp() }, Case("log", same, single) { $0([3]).log() },
    Case("tanh", same) { $0([3]).tanh() }, Case("pow", same, single) { $0([3]).pow(2) },
    Case("rsqrt", same, single) { $0([3]).rsqrt() }, Case("sum", same, single) { $0([3]).sum() },
    Case("prod", single) { $0([3]).prod() }, Case("mean", same) { $0([3]).mean() },
    Case("cumsum", same, single) { $0([3]).cumsum(0) }, Case("norm", same, single) { $0([3]).norm() },
    Case("gelu", same) { F.gelu($0([3])) }, Case("softplus", same, single) { F.softplus($0([3])) },
    Case("relu", same) { $0([3]).relu() }, Case("prelu", low) { F.prelu($0([2, 3]), $0([3])) },
    Case("crossEntropy", single) { F.crossEntropy($0([2, 3]), Tensor([0, 1], device: $0([1]).device)) },
    Case("mseLoss", single) { F.mseLoss($0([3]), $0([3])) }, Case("l1Loss", single) { F.l1Loss($0([3]), $0([3])) },
    Case("binaryCrossEntropyWithLogits", single) { F.binaryCrossEntropyWithLogits($0([3]), $0([3])) },
    Case("klDiv", single) { F.klDiv($0([3]), $0([3]), reduction: .sum) },
    Case("smoothL1Loss", single) { F.smoothL1Loss($0([3]), $0([3])) },
    Case("add", same) { $0([3]) + $0([3]) },
    Case("cat", single) { cat([$0([3]), Tensor.ones([3], device: $0([1]).device)]) },
    Case("stack", single) { stack([$0([3]), Tensor.ones([3], device: $0([1]).device)]) },
    Case("addcmul", same) { $0([3]).addcmul($0([3]), $0([3])) },
    Case("linear by name", low) {
      (try? call("nn.functional.linear", [.tensor($0([2, 3])), .tensor($0([4, 3]))]).tensor) ?? $0([1])
    },
    Case("cat by name", single) {
      let one = Tensor.ones([3], device: $0([1]).device)
      return (try? call("cat", [.list([.tensor($0([3])), .tensor(one)])]).tensor) ?? $0([1])
    },
  ]

  @Test(arguments: testDevices, cases) func types(_ device: Device, _ test: Case) {
    let expected = device.type == "cpu" || device.type == "reference" ? test.processors : test.accelerators
    for (given, wanted) in zip([DType.float32, .bfloat16], expected) {
      func operand(_ shape: [Int]) -> Tensor { Tensor.full(shape, 0.5, dtype: given, device: device) }
      #expect(autocast(device, dtype: .bfloat16) { test.run(operand) }.dtype == wanted, "of \(given)")
    }
    // Float64 is left alone, and so is everything outside.
    func wide(_ shape: [Int]) -> Tensor { Tensor.full(shape, 0.5, dtype: .float64, device: device) }
    if !["cat", "stack"].contains(where: test.testDescription.hasPrefix) {
      #expect(autocast(device, dtype: .bfloat16) { test.run(wide) }.dtype == .float64)
    }
    func plain(_ shape: [Int]) -> Tensor { Tensor.full(shape, 0.5, device: device) }
    #expect(test.run(plain).dtype == .float32)
  }

  @Test(arguments: testDevices) func scopes(_ device: Device) {
    let x = Tensor.ones([2, 2], device: device)
    func type() -> DType { x.matmul(x).dtype }
    autocast(device, dtype: .float16) {
      #expect(type() == .float16 && isAutocastEnabled(device))
      autocast(device, enabled: false) {
        #expect(type() == .float32 && !isAutocastEnabled(device))
        autocast(device, dtype: .bfloat16) { #expect(type() == .bfloat16) }
        #expect(type() == .float32)
      }
      // A scope of another type of device leaves this one as it is.
      autocast("another", dtype: .bfloat16) { #expect(type() == .float16) }
      #expect(type() == .float16)
    }
    #expect(type() == .float32 && !isAutocastEnabled(device))
    autocast("another", dtype: .bfloat16) { #expect(type() == .float32) }
    autocast(device) {
      #expect(type() == (device.type == "cpu" || device.type == "reference" ? .bfloat16 : .float16))
    }
    #expect(errorMessage { autocast(device, dtype: .float64) { _ = type() } }.contains("Half or BFloat16"))
  }

  /// Gradients arrive in the parameter's type, as often as the parameter was used, and a parameter that changes is cast
  /// anew.
  @Test(arguments: testDevices) func parameters(_ device: Device) throws {
    let w = Tensor([[1.0, 2], [3, 4]], device: device, requiresGrad: true), x = Tensor.ones([1, 2], device: device)
    let loss = autocast(device, dtype: .bfloat16) {
      // First without a graph: the cast that is kept must not be taken with one.
      noGrad { _ = F.linear(x, w) }
      return (F.linear(x, w) + F.linear(x, w)).sum()
    }
    loss.backward()
    let gradient = try #require(w.grad)
    #expect(gradient.dtype == .float32 && gradient.flatten().toArray(Float.self) == [2, 2, 2, 2])

    autocast(device, dtype: .bfloat16) {
      #expect(F.linear(x, w).flatten().to(.float32).toArray(Float.self) == [3, 7])
      noGrad { w.mul_(2) }
      #expect(F.linear(x, w).flatten().to(.float32).toArray(Float.self) == [6, 14])
    }
  }

  /// The values are those of operands rounded to 16 bits.
  @Test(arguments: testDevices) func values(_ device: Device) {
    let a = Tensor([[1.003_906_25, 1]], device: device), b = Tensor([[1.0], [1]], device: device)
    // 1.00390625 lies halfway between two numbers of bfloat16, and goes to the even one.
    #expect(autocast(device, dtype: .bfloat16) { a.matmul(b) }.item() == 2)
    #expect(a.matmul(b).item() == 2.003_906_25)
  }
}
