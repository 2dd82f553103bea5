import Backplane
import TestSupport
import Testing

@Suite struct ParameterVectorTests {
  @Test(arguments: testDevices) func thereAndBack(_ device: Device) {
    let model = Sequential(Linear(2, 3, device: device), Linear(3, 1, bias: false, device: device))
    let vector = parametersToVector(model.parameters())
    #expect(vector.shape == [12] && vector.requiresGrad)
    #expect(vector.toArray(Float.self) == model.parameters().flatMap { $0.toArray(Float.self) })
    (vector * vector).sum().backward()
    #expect(areClose(model.parameters()[0].grad!.toArray(), model.parameters()[0].toArray().map { 2 * $0 }))
    let same = model.parameters()
    vectorToParameters(Tensor.arange(12, device: device).to(.float32), model.parameters())
    #expect(model.parameters().flatMap { $0.toArray(Int.self) } == Array(0..<12))
    #expect(zip(same, model.parameters()).allSatisfy { $0 === $1 && $1.requiresGrad && $1.isLeaf })
  }

  @Test func mistakesAreTold() {
    let layer = Linear(3, 3, device: "reference")
    let before = layer.weight.toArray(Float.self)
    #expect(
      errorMessage { vectorToParameters(Tensor.ones([3], device: "reference"), layer.parameters()) }
        == "shape '[3, 3]' is invalid for input of size 3")
    #expect(errorKind { vectorToParameters(Tensor.ones([11], device: "reference"), layer.parameters()) } == .shape)
    #expect(layer.weight.toArray(Float.self) == before)
    #expect(errorMessage { _ = parametersToVector([]) } == "torch.cat(): expected a non-empty list of Tensors")
    #expect(
      errorMessage { _ = parametersToVector([Tensor.ones([1], device: "reference"), Tensor.ones([1], device: "cpu")]) }
        == "Found two parameters on different devices, this is currently not supported.")
  }
}
