import Backplane
import Foundation
import TestSupport
import Testing

/// What PyTorch gave for one module: its parameters, inputs, outputs and gradients, from the file that
/// `Goldens/sequences.py` writes.
struct SequenceGolden {
  let name: String
  let device: Device
  private let tensors: StateDict

  init(_ name: String, on device: Device) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/sequences.safetensors").path
    self.name = name
    self.device = device
    tensors = StateDict(
      try Backplane.load(path).filter { $0.key.hasPrefix(name + "/") }.map { (key: $0.key, value: $0.value.to(device)) }
    )
    try #require(!tensors.isEmpty)
  }

  /// A tensor by its name within the case.
  subscript(key: String) -> Tensor {
    get throws { try #require(tensors["\(name)/\(key)"], "\(name)/\(key)") }
  }

  /// All whose names begin so, by the rest of their names.
  func all(_ prefix: String) -> [(key: String, value: Tensor)] {
    let prefix = "\(name)/\(prefix)/"
    return tensors.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
  }

  /// An input that is differentiated.
  func input(_ key: String) throws -> Tensor { try self["in/" + key].detach().clone().requiresGrad_() }

  /// Loads the parameters; the names must be exactly the module's.
  func load(_ module: Module) throws {
    module.to(device)
    try module.load(all("state"))
  }

  /// Compares outputs, and the gradients of inputs and parameters.
  func check(_ module: Module, _ inputs: [String: Tensor], _ outputs: [Tensor], tolerance: Double = 1e-5) throws {
    let expected = all("out")
    #expect(outputs.count == expected.count)
    var loss = Tensor.zeros([], device: device)
    for (i, output) in outputs.enumerated() {
      let golden = try self["out/\(i)"]
      #expect(output.shape == golden.shape, "\(name): output \(i)")
      #expect(areClose(output.toArray(), golden.toArray(), tolerance: tolerance), "\(name): output \(i)")
      loss = loss + (output * cotangent(output)).sum()
    }
    loss.backward()
    let parameters = Dictionary(uniqueKeysWithValues: module.namedParameters().map { ($0.name, $0.parameter) })
    for (key, golden) in all("grad/in") {
      let gradient = try #require(inputs[key]?.grad, "\(name): \(key)")
      #expect(areClose(gradient.toArray(), golden.toArray(), tolerance: tolerance), "\(name): gradient of \(key)")
    }
    let gradients = all("grad/state")
    #expect(Set(gradients.map(\.key)) == Set(parameters.keys))
    for (key, golden) in gradients {
      let gradient = try #require(parameters[key]?.grad, "\(name): \(key)")
      #expect(areClose(gradient.toArray(), golden.toArray(), tolerance: tolerance), "\(name): gradient of \(key)")
    }
  }

  /// What the loss of a golden weighs an output with.
  func cotangent(_ x: Tensor) -> Tensor {
    let elements = (0..<x.numel).map { i -> Double in
      let numerator: Int = i * 5 % 7 - 3
      return Double(numerator) / 3
    }
    return Tensor(elements, device: device).reshape(x.shape.extents)
  }
}
