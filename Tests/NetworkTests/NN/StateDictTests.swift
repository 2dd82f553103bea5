import Backplane
import TestSupport
import Testing

@Suite struct StateDictTests {
  private func model(_ device: Device = "reference") -> Sequential {
    Sequential(Linear(2, 3, device: device), Linear(3, 1, device: device))
  }

  @Test(arguments: testDevices) func loadCopiesIntoTheSameTensors(_ device: Device) throws {
    let source = model("reference").to(.float64)
    let target = model(device)
    let weight = (target[0] as! Linear).weight
    let x = Tensor([[1.0, -2]], device: device)
    #expect(source.stateDict().keys == ["0.weight", "0.bias", "1.weight", "1.bias"])
    try target.load(source.stateDict())
    #expect((target[0] as! Linear).weight === weight && weight.dtype == .float32 && weight.requiresGrad)
    #expect(
      areClose(target(x).toArray(), source(x.to("reference").to(.float64)).toArray(), tolerance: 1e-6))
  }

  @Test func theStateSharesStorage() {
    let model = model()
    let state = model.stateDict()
    #expect(state["0.weight"]!.sharesStorage(with: (model[0] as! Linear).weight))
    #expect(state.values.allSatisfy { !$0.requiresGrad })
  }

  @Test func everyProblemIsListed() throws {
    let model = model()
    let before = model.stateDict().values.map { $0.toArray(Float.self) }
    let state: [String: Tensor] = [
      "0.weight": Tensor.zeros([3, 2], device: "reference"),
      "1.weight": Tensor.zeros([2, 3], device: "reference"),
      "x": Tensor.zeros([1], device: "reference"),
    ]
    let error = #expect(throws: BackplaneError.self) { try model.load(state) }
    #expect(error?.kind == .state)
    #expect(
      error?.message == """
        Error(s) in loading state_dict for Sequential:
        \tMissing key(s) in state_dict: "0.bias", "1.bias".
        \tUnexpected key(s) in state_dict: "x".
        \tsize mismatch for 1.weight: copying a param with shape [2, 3] from checkpoint, the shape in current model \
        is [1, 3].
        """)
    #expect(model.stateDict().values.map { $0.toArray(Float.self) } == before)
    // Shapes must fit also where names need not.
    #expect(throws: BackplaneError.self) { try model.load(state, strict: false) }
    let (missing, unexpected) = try model.load(
      ["0.weight": Tensor.zeros([3, 2], device: "reference"), "y": Tensor.zeros([1], device: "reference")]
        as StateDict,
      strict: false)
    #expect(missing == ["0.bias", "1.weight", "1.bias"] && unexpected == ["y"])
    #expect((model[0] as! Linear).weight.toArray(Float.self).allSatisfy { $0 == 0 })
  }

  @Test func orderedDictionary() {
    let a = Tensor(1.0, device: "reference")
    let b = Tensor(2.0, device: "reference")
    var state: StateDict = ["b": a, "a": b]
    #expect(state.keys == ["b", "a"] && state["a"] === b && state["c"] == nil)
    state["b"] = b
    state["c"] = a
    #expect(state.map(\.key) == ["b", "a", "c"] && state[0].value === b)
    state["a"] = nil
    #expect(state.keys == ["b", "c"] && state["c"] === a && state.count == 2)
  }
}
