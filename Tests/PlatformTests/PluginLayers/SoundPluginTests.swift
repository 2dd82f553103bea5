import Backplane
import Foundation
import TestSupport
import Testing

/// A plugin that keeps the rules is left alone: nothing is found, and results are what they were.
@Suite struct SoundPluginTests {
  @Test func withoutLayersThereAreNone() throws {
    let plugin = try PlantedFault("NONE", for: "plain")
    defer { plugin.remove() }
    #expect(try Plugin.load(plugin.file.path).layers.isEmpty)
    let message = errorMessage { try Plugin.load(plugin.file.path, layers: [.validation]) }
    #expect(message.contains(plugin.file.path) && message.contains("without the layer 'validation'"))
  }

  @Test func nothingIsFound() throws {
    let plugin = try PlantedFault("NONE", for: "sound")
    defer { plugin.remove() }
    let device = try plugin.device([.validation, .trace])
    let a = Tensor([[1.0, 2, 3], [4, 5, 6]], device: device)
    #expect((a.t() + a.t()).toArray(Double.self) == [2, 8, 4, 10, 6, 12])
    #expect((a[0] + a).toArray(Double.self) == [2, 4, 6, 5, 7, 9])
    a.add_(a)
    a[0..., .stride(by: 2)].add_(1)
    #expect(a.toArray(Double.self) == [3, 4, 7, 9, 10, 13])
    #expect(Tensor.empty([0, 3], device: device).numel == 0)
    let values = Tensor([1.0, 2, 3], device: device)
    let indices = Tensor([2, 0], device: device)
    #expect(values.gather(0, indices).toArray(Double.self) == [3, 1])
    // An index out of range is the program's fault, and its error.
    #expect(errorMessage { _ = values.gather(0, Tensor([7], device: device)) }.contains("index"))
    try emptyCache(device)
    #expect(plugin.findings == [])
  }

  /// The plugin is given the buffers of empty tensors, as it is without the layer: it may look them up.
  @Test func emptyTensorsKeepTheirBuffers() throws {
    let plugin = try PlantedFault("NONE", for: "empty")
    defer { plugin.remove() }
    let device = try plugin.device([.validation])
    let none = Tensor.empty([0, 3], device: device)
    let message = errorMessage {
      let sum = none + Tensor.ones([3], device: device) + 1
      sum.add_(none)
      #expect(sum.shape == [0, 3])
      #expect(none.t().contiguous().shape == [3, 0])
      none.fill_(2)
    }
    #expect(message == "(no error)")
    #expect(plugin.findings == [])
  }

  /// Memory that the host cannot see, deferred work, streams.
  @Test func nothingIsFoundWithStreams() throws {
    let file = try CompiledPlugin.makeFolder().appendingPathComponent("libbackplane-deferred.so")
    defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
    try CompiledPlugin.compile("toy.c", ["TOY_NAME=\"test-deferred\""], to: file)
    try Plugin.load(file.path, layers: [.validation])
    let a = Tensor([[1.0, 2, 3], [4, 5, 6]], device: "test-deferred")
    #expect((a * 2 + 1).toArray(Double.self) == [3, 5, 7, 9, 11, 13])
    #expect((a.t() + a.t()).toArray(Double.self) == [2, 8, 4, 10, 6, 12])
    a.add_(a)
    #expect(a.toArray(Double.self) == [2, 4, 6, 8, 10, 12])
    #expect(Validation.findings.filter { $0.plugin == "test-deferred" } == [])
  }

  @Test(arguments: ["cpu", "reference"]) func theDigitsGiveNoFinding(_ device: String) throws {
    let folder = try TemporaryFolder()
    let run = try Program(
      "digits", ["--device", device, "--epochs", "1", "--save", folder.path("weights")],
      environment: ["BACKPLANE_VALIDATE": "1"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("validation of \(device): findings: 0, "), "\(run.errors)")
    #expect(!run.errors.contains("[BP-"))
  }

  @Test func operatorsHaveTheHeadersNames() throws {
    for (id, name) in try OperatorTests.headerOperators() { #expect(headerName(ofOperator: id) == name) }
    #expect(headerName(ofOperator: 99_999) == "operator 99999")
  }
}
