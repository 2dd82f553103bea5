import Backplane
import TestSupport
import Testing

@Suite struct ContainerTests {
  private func linear(_ i: Int, _ o: Int) -> Linear { Linear(i, o, device: "reference") }

  @Test func sequentialIsACollection() {
    let model = Sequential(linear(2, 3), ReLU())
    #expect(model.map { "\(type(of: $0))" } == ["Linear", "ReLU"] && model.first is Linear && !model.isEmpty)
    model.append(linear(3, 4)).insert(1, Tanh())
    #expect(model.stateDict().keys == ["0.weight", "0.bias", "3.weight", "3.bias"])
    #expect(model.pop(1) is Tanh && model.count == 3)
    model.extend([ReLU(), Flatten()])
    #expect(model.namedChildren().map(\.name) == ["0", "1", "2", "3", "4"])
    model.insert(-1, Sigmoid())
    #expect(model[4] is Sigmoid && model[-1] is Flatten)
    model[4] = Tanh()
    #expect(model[4] is Tanh)
    let features = Sequential(model.prefix(3))
    #expect(features.count == 3 && features[0] === model[0])
    #expect(Sequential(Array(model).dropLast()).count == 5)
    #expect(features(Tensor.zeros([5, 2], device: "reference")).shape == [5, 4])
    var names: [String] = []
    for layer in features { names.append("\(type(of: layer))") }
    #expect(names == ["Linear", "ReLU", "Linear"])
    let both = Sequential(ReLU()) + Sequential(Tanh(), Sigmoid())
    #expect(both.count == 3 && both[2] is Sigmoid && (both * 2).count == 6)
    both += Sequential(Flatten())
    #expect(both[3] is Flatten)
  }

  @Test func sequentialKeepsNamesThatWereGiven() {
    let model = Sequential(["a": ReLU(), "b": Tanh()])
    model.append(Sigmoid())
    #expect(model.namedChildren().map(\.name) == ["a", "b", "2"])
    model.pop(0)
    #expect(model.namedChildren().map(\.name) == ["b", "2"])
    #expect(errorKind { model.append(Flatten()) } == .value)
  }

  @Test func sequentialTellsMistakes() {
    let model = Sequential(ReLU())
    #expect(errorMessage { model.insert(5, Tanh()) } == "Index out of range: 5")
    #expect(errorMessage { _ = model[3] } == "index 3 is out of range: Sequential holds 1 modules")
    #expect(errorKind { model.pop(-2) } == .index && errorKind { model[1] = Tanh() } == .index)
    #expect(errorMessage { _ = model * 0 } == "Non-positive multiplication factor 0 for Sequential")
    #expect(errorMessage { model.insert(0, model) } == "a Sequential cannot be a part of itself")
    #expect(errorKind { model[0] = Sequential(model) } == .value)
    #expect(model.count == 1)
    #expect(errorMessage { _ = Sequential(["a.b": ReLU()]) } == "module name can't contain \".\", got: a.b")
    #expect(errorMessage { _ = Sequential(["": ReLU()]) } == "module name can't be empty string \"\"")
  }

  @Test func moduleDictKeepsItsOrder() {
    let modules: ModuleDict = ["z": linear(1, 2), "a": ReLU()]
    modules["m"] = Linear(2, 2, bias: false, device: "reference")
    #expect(modules.keys == ["z", "a", "m"] && modules.values.count == 3)
    #expect(modules.stateDict().keys == ["z.weight", "z.bias", "m.weight"])
    modules["z"] = Tanh()
    #expect(modules.map(\.key) == ["z", "a", "m"] && modules["z"] is Tanh && modules["q"] == nil)
    #expect(modules.contains("a") && !modules.contains("q"))
    modules["a"] = nil
    modules.update([(key: "q", value: ReLU()), (key: "z", value: ReLU())])
    #expect(modules.keys == ["z", "m", "q"] && modules.pop("m") is Linear && modules.count == 2)
    #expect(
      "\(ModuleDict(["b": ReLU(), "a": Tanh()]))" == "ModuleDict(\n  (b): ReLU()\n  (a): Tanh()\n)")
    #expect(modules[0].key == "z" && errorKind { _ = modules[2] } == .index)
    #expect(errorMessage { modules["a.b"] = ReLU() } == "module name can't contain \".\", got: a.b")
    #expect(errorMessage { modules[""] = ReLU() } == "module name can't be empty string \"\"")
    #expect(errorMessage { modules.pop("nothing") }.hasPrefix("'nothing'"))
    #expect(errorKind { modules["self"] = modules } == .value)
    modules.clear()
    #expect(modules.isEmpty && "\(modules)" == "ModuleDict()")
  }

  @Test func parameterListHoldsLeaves() {
    let list = ParameterList([Tensor.zeros([2, 3], device: "reference")])
    list.append(Tensor.ones([4], device: "reference") * 2).extend([Tensor.ones([], device: "reference")])
    #expect(list.count == 3 && list.allSatisfy { $0.requiresGrad && $0.isLeaf })
    #expect(list.namedParameters().map(\.name) == ["0", "1", "2"] && list[-2].shape == [4])
    let other = Tensor.ones([5], device: "reference")
    list[0] = other
    #expect(list[0] === other && errorKind { _ = list[3] } == .index)
    list[0].sum().backward()
    #expect(list.parameters()[0].grad != nil)
    #expect(
      "\(ParameterList([Tensor.zeros([2, 3]), Tensor.zeros([4])]))"
        == "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2x3]\n"
        + "    (1): Parameter containing: [torch.float32 of size 4]\n)")
    #expect(
      "\(ParameterList([Tensor.zeros([2])]))"
        == "ParameterList(  (0): Parameter containing: [torch.float32 of size 2])")
    #expect("\(ParameterList())" == "ParameterList()")
  }

  @Test func parameterDictKeepsItsOrder() {
    let parameters: ParameterDict = ["b": Tensor.zeros([2, 3]), "a": Tensor.zeros([4])]
    #expect(parameters.keys == ["b", "a"] && parameters.stateDict().keys == ["b", "a"])
    #expect(parameters["b"]!.requiresGrad && parameters["c"] == nil && parameters[1].value.shape == [4])
    #expect(
      "\(parameters)"
        == "ParameterDict(\n    (b): Parameter containing: [torch.FloatTensor of size 2x3]\n"
        + "    (a): Parameter containing: [torch.FloatTensor of size 4]\n)")
    parameters["b"] = nil
    parameters.update([(key: "c", value: Tensor.ones([1]))])
    #expect(parameters.keys == ["a", "c"] && parameters.pop("a").shape == [4] && parameters.contains("c"))
    #expect(errorMessage { parameters["a.b"] = Tensor.ones([1]) } == "parameter name can't contain \".\"")
    #expect(errorKind { parameters.pop("a") } == .index)
    parameters.clear()
    #expect(parameters.isEmpty)
  }

  @Test func listsShowWhatRepeatsOnce() {
    let list = ModuleList([Linear(2, 2), Linear(2, 2), ReLU(), Linear(2, 2)])
    #expect(
      "\(list)"
        == "ModuleList(\n  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n  (2): ReLU()\n"
        + "  (3): Linear(in_features=2, out_features=2, bias=True)\n)")
    #expect(
      "\(Sequential(ModuleList([Sequential(ReLU()), Sequential(ReLU())])))"
        == "Sequential(\n  (0): ModuleList(\n    (0-1): 2 x Sequential(\n      (0): ReLU()\n    )\n  )\n)")
  }

  /// Both names are in the state dict, and the parameter is trained once.
  @Test func tiedWeightsAreOneParameter() throws {
    final class Tied: Module {
      let embedding = Embedding(5, 3, device: "reference")
      let output = Linear(3, 5, bias: false, device: "reference")
      override init() {
        super.init()
        output.weight = embedding.weight
      }
      override func forward(_ x: Tensor) -> Tensor { output(embedding(x)) }
    }
    let model = Tied()
    #expect(model.stateDict().keys == ["embedding.weight", "output.weight"])
    #expect(model.namedParameters().map(\.name) == ["embedding.weight"])
    model(Tensor([1, 2], device: "reference")).sum().backward()
    let optimizer = SGD(model.parameters(), lr: 0.1)
    optimizer.step()
    #expect(model.output.weight === model.embedding.weight)
    model.double()
    #expect(model.output.weight === model.embedding.weight && model.output.weight.dtype == .float64)
    let saved = model.stateDict()
    try Tied().load(saved)
  }
}
