import Backplane
import TestSupport
import Testing

/// A module that holds others in every way that reflection looks into.
private class Base: Module {
  @Parameter var scale: Tensor
  let inherited: Linear

  init(_ device: Device) {
    scale = Tensor.ones([2], device: device)
    inherited = Linear(2, 2, bias: false, device: device)
  }
}

private struct Pair {
  let a: Module
  let b: Module
}

private final class Everything: Base {
  let array: [Module]
  let dictionary: [String: Linear]
  let nested: [[Linear?]]
  var optional: Module?
  var absent: Linear?
  let pair: Pair
  let tuple: (Module, named: Module)
  @Parameter var weights: [Tensor]
  @Parameter var gates: [String: Tensor]
  @Buffer var mean: Tensor
  @Buffer(persistent: false) var mask: Tensor?
  let plain: Tensor
  let numbers = [Int](repeating: 0, count: 10)
  weak var owner: Module?

  override init(_ device: Device) {
    func linear() -> Linear { Linear(1, 1, bias: false, device: device) }
    array = [linear(), ReLU()]
    dictionary = ["b": linear(), "a": linear()]
    nested = [[linear(), nil], [linear()]]
    optional = linear()
    pair = Pair(a: linear(), b: linear())
    tuple = (linear(), named: linear())
    weights = [Tensor.zeros([1], device: device), Tensor.zeros([1], device: device)]
    gates = ["y": Tensor.zeros([1], device: device), "x": Tensor.zeros([1], device: device)]
    mean = Tensor.zeros([2], device: device)
    plain = Tensor.ones([2], device: device)
    super.init(device)
    mask = Tensor.ones([2], device: device)
  }
}

@Suite struct ModuleTests {
  @Test func reflectionFindsWhatAModuleHolds() {
    let module = Everything("reference")
    module.owner = module
    #expect(
      module.namedParameters().map(\.name) == [
        "scale", "weights.0", "weights.1", "gates.x", "gates.y", "inherited.weight", "array.0.weight",
        "dictionary.a.weight", "dictionary.b.weight", "nested.0.0.weight", "nested.1.0.weight",
        "optional.weight",
        "pair.a.weight", "pair.b.weight", "tuple.0.weight", "tuple.named.weight",
      ])
    #expect(module.namedBuffers().map(\.name) == ["mean", "mask"])
    #expect(module.stateDict().keys.contains("mean"))
    #expect(!module.stateDict().keys.contains("mask"))
    #expect(module.namedChildren().map(\.name).prefix(3) == ["inherited", "array.0", "array.1"])
    #expect(module.modules().first === module)
    #expect(module.parameters().allSatisfy { $0.requiresGrad })
    #expect(!module.plain.requiresGrad)
  }

  @Test func nothingIsCached() {
    let module = Everything("reference")
    module.absent = Linear(1, 1, bias: false, device: "reference")
    module.optional = nil
    let names = module.namedParameters().map(\.name)
    #expect(names.contains("absent.weight") && !names.contains("optional.weight"))
    module.mask = nil
    #expect(module.namedBuffers().map(\.name) == ["mean"])
    module.scale = Tensor.zeros([5], device: "reference")
    #expect(module.parameters()[0].shape == [5] && module.parameters()[0].requiresGrad)
  }

  @Test func tiedTensorsAndSharedModulesCountOnce() {
    let shared = Linear(2, 2, device: "reference")
    let model = Sequential(shared, ReLU(), shared)
    #expect(model.namedParameters().map(\.name) == ["0.weight", "0.bias"])
    #expect(model.stateDict().keys == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(model.modules().count == 3)

    let a = Linear(2, 2, bias: false, device: "reference")
    let b = Linear(2, 2, bias: false, device: "reference")
    b.weight = a.weight
    #expect(Sequential(a, b).parameters().count == 1)
    Sequential(a, b).to(.float64)
    #expect(b.weight.dtype == .float64 && a.weight === b.weight)
  }

  @Test func aComputedTensorBecomesALeaf() {
    let layer = Linear(2, 1, device: "reference")
    layer.weight = layer.weight * 2
    #expect(layer.weight.isLeaf && layer.weight.requiresGrad)
    #expect(errorKind { layer.weight = Tensor([[1, 2]], device: "reference") } == .autograd)
  }

  @Test func modes() {
    let model = Sequential(Linear(2, 2, device: "reference"), Sequential(Dropout()))
    #expect(model.modules().allSatisfy { $0.training })
    model.eval()
    #expect(model.modules().allSatisfy { !$0.training })
    model[1].train()
    #expect(!model.training && model[1].training)
    var order: [String] = []
    model.apply { order.append("\(type(of: $0))") }
    #expect(order == ["Linear", "Dropout", "Sequential", "Sequential"])
  }

  @Test func gradientsAreForgottenOrZeroed() {
    let layer = Linear(2, 1, device: "reference")
    layer(Tensor.ones([1, 2], device: "reference")).sum().backward()
    layer.zeroGrad(setToNil: false)
    #expect(layer.weight.grad?.toArray(Float.self) == [0, 0])
    layer.zeroGrad()
    #expect(layer.weight.grad == nil)
    layer.requiresGrad_(false)
    #expect(layer.parameters().allSatisfy { !$0.requiresGrad })
  }

  @Test(arguments: testDevices) func movingKeepsIdentityGradientsAndValues(_ device: Device) {
    let layer = Linear(2, 1, device: "reference")
    let weight = layer.weight
    layer(Tensor.ones([1, 2], device: "reference")).sum().backward()
    let before = weight.toArray(Float.self)
    layer.to(device)
    #expect(layer.weight === weight && weight.device == device && weight.grad?.device == device)
    #expect(weight.toArray(Float.self) == before && weight.isLeaf && weight.requiresGrad)
    layer.to(.float64)
    #expect(weight.dtype == .float64 && weight.grad?.dtype == .float64 && layer.bias?.dtype == .float64)
    layer(Tensor.ones([1, 2], dtype: .float64, device: device)).sum().backward()
    #expect(weight.grad?.toArray(Double.self) == [2, 2])
  }

  @Test func aFailedMoveChangesNothing() {
    let layer = Linear(2, 1, device: "reference")
    #expect(errorKind { layer.to("nosuch:3") } == .device || errorKind { layer.to("nosuch:3") } == .plugin)
    #expect(layer.parameters().allSatisfy { $0.device == "reference" })
    #expect(
      errorMessage { layer.to(.int64) }
        == "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=int64")
  }

  @Test func description() {
    let model = Sequential([
      "body": Sequential(Linear(4, 2, bias: false, device: "reference"), ReLU()), "drop": Dropout(),
    ])
    #expect(
      model.description == """
        Sequential(
          (body): Sequential(
            (0): Linear(in_features=4, out_features=2, bias=False)
            (1): ReLU()
          )
          (drop): Dropout(p=0.5, inplace=False)
        )
        """)
  }

  @Test func aModuleWithoutForward() {
    #expect(
      errorMessage { _ = Everything("reference")(Tensor.ones([1], device: "reference")) }
        .hasPrefix("Module [Everything] is missing the required \"forward\" function: it does not override forward("))
  }
}
