import Backplane
import Foundation
import TestSupport
import Testing

/// A plugin that was built from the header alone: memory the host cannot see, deferred work, contiguous operands
/// only, nothing in place, few operators.
@Suite(.serialized) struct ThirdPartyTests {
  static let folder = try! CompiledPlugin.makeFolder()
  private static let plugin: Plugin = {
    let file = folder.appendingPathComponent("libbackplane-toy.so")
    try! CompiledPlugin.compile("toy.c", to: file)
    return try! Plugin.load(file.path)
  }()

  init() { _ = ThirdPartyTests.plugin }

  @Test func itsDeviceWorksLikeAnyOther() {
    let a = Tensor([[1.0, 2, 3], [4, 5, 6]], device: "toy")
    #expect(a.device == "toy:0")
    #expect((a + a).toArray(Double.self) == [2, 4, 6, 8, 10, 12])
    #expect((a * 2 + 1).cpu().toArray(Double.self) == [3, 5, 7, 9, 11, 13])
    // Strided and broadcast operands are made contiguous with the plugin's own copy.
    #expect((a.t() + a.t()).toArray(Double.self) == [2, 8, 4, 10, 6, 12])
    #expect((a[0] + a).toArray(Double.self) == [2, 4, 6, 5, 7, 9])
    #expect(a.long().toArray(Int.self) == [1, 2, 3, 4, 5, 6])
    #expect("\(a[0, 0])" == "tensor(1., device='toy:0')")
  }

  @Test func inPlaceIsEmulated() {
    let a = Tensor([1.0, 2, 3, 4], device: "toy")
    a.add_(a)
    a[.stride(by: 2)].mul_(10)
    #expect(a.toArray(Double.self) == [20, 4, 60, 8])
  }

  @Test func whatItLacksIsSaidAndNeverDoneElsewhereSilently() {
    let a = Tensor([1.0], device: "toy")
    #expect(errorKind { _ = a.exp() } == .unsupported)
    #expect(
      errorMessage { _ = a.exp() }
        == "exp of (float32) is not supported on toy:0: the toy adds and multiplies")
  }

  @Test func fallbackIsCountedAndShown() throws {
    setenv("BACKPLANE_FALLBACK", "reference", 1)
    defer { unsetenv("BACKPLANE_FALLBACK") }
    let a = Tensor([[0.0, 1.0]], device: "toy", requiresGrad: true)
    let y = a.t().exp().sum()
    #expect(y.device == "toy:0")
    #expect(areClose([y.item()], [1 + 2.718281828]))
    y.backward()
    #expect(areClose(a.grad!.toArray(), [1, 2.718281828]))
    #expect(try memorySummary("toy").contains("exp → reference"))
  }

  /// A device that lacks ADD, and perhaps COPY too, beside one that has both but takes contiguous operands only and wants
  /// workspace: what comes back is right, and the other device has been asked.
  @Test(arguments: [[], ["TOY_LACKS_COPY"]]) func fallbackServesItsTarget(_ lacks: [String]) throws {
    let name = "poor\(lacks.count)", target = "rich\(lacks.count)"
    for (name, options) in [(name, ["TOY_LACKS=BP_OP_ADD"] + lacks), (target, ["TOY_WORKSPACE=64"])] {
      let file = ThirdPartyTests.folder.appendingPathComponent("libbackplane-\(name).so")
      try CompiledPlugin.compile("toy.c", ["TOY_NAME=\"\(name)\""] + options, to: file)
      try Plugin.load(file.path)
    }
    setenv("BACKPLANE_FALLBACK", target, 1)
    defer { unsetenv("BACKPLANE_FALLBACK") }
    let device = Device(name)
    let a = Tensor([[1.0, 2, 3], [4, 5, 6]], device: device)
    #expect((a + a).toArray(Double.self) == [2, 4, 6, 8, 10, 12])
    #expect((a + 1).toArray(Double.self) == [2, 3, 4, 5, 6, 7])
    let transposed = a.t() + a.t(), row = a[0] + a, mirrored = a.flip([0]) + a
    // Reading needs contiguous elements, which results are.
    #expect(transposed.contiguous().toArray(Double.self) == [2, 8, 4, 10, 6, 12])
    #expect(row.toArray(Double.self) == [2, 4, 6, 5, 7, 9])
    #expect(mirrored.toArray(Double.self) == [5, 7, 9, 5, 7, 9])
    a[0..., .stride(by: 2)].add_(10)
    #expect(a.toArray(Double.self) == [11, 2, 13, 14, 5, 16])
    a.t().add_(1)
    #expect(a.toArray(Double.self) == [12, 3, 14, 15, 6, 17])
    #expect(Tensor.empty([0, 3], device: device).add_(1).numel == 0)
    #expect(try memorySummary(device).contains("add → \(target)"))
    #expect(
      errorMessage { _ = a.exp() }
        == "exp of (float32) is not supported on \(name):0: the toy adds and multiplies; nor on \(target):0, which "
        + "BACKPLANE_FALLBACK names: the toy adds and multiplies")
  }

  @Test func aFallbackThatIsNoDeviceIsNamed() {
    setenv("BACKPLANE_FALLBACK", "nope", 1)
    defer { unsetenv("BACKPLANE_FALLBACK") }
    let message = errorMessage { _ = Tensor([1.0], device: "toy").exp() }
    #expect(message.hasPrefix("exp of (float32) is not supported on toy:0: the toy adds and multiplies; "))
    #expect(message.contains("BACKPLANE_FALLBACK cannot be used: no plugin for device 'nope'"))
  }

  @Test func itRunsOutOfMemoryInItsOwnWords() {
    let message = errorMessage { _ = Tensor.zeros([1 << 20], device: "toy") }
    #expect(message.hasPrefix("toy out of memory. Tried to allocate 4.00 MiB"))
    #expect(message.hasSuffix("the toy has one MiB"))
  }

  @Test func twoPluginsOfOneNameAreAnErrorThatNamesBoth() throws {
    let other = ThirdPartyTests.folder.appendingPathComponent("another-toy.so")
    try CompiledPlugin.compile("toy.c", to: other)
    let message = errorMessage { try Plugin.load(other.path) }
    #expect(message.contains("two plugins are named 'toy'"))
    #expect(message.contains("libbackplane-toy.so") && message.contains("another-toy.so"))
  }
}
