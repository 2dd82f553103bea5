import Backplane
import TestSupport
import Testing

private final class Labelled: Module {
  func forward(x: Tensor) -> Tensor { x }
}

private final class TwoInputs: Module {
  func forward(_ x: Tensor, _ y: Tensor) -> Tensor { x + y }
}

private final class ByHand: Module {
  var weight = Parameter(wrappedValue: Tensor.ones([2]))
  let w = Parameter(wrappedValue: Tensor.ones([1]))
  var buf = Buffer(wrappedValue: Tensor.zeros([3]))
  var optional: Parameter<Tensor>? = Parameter(wrappedValue: Tensor.ones([4]))
  let several = [Parameter(wrappedValue: Tensor.ones([5])), Parameter(wrappedValue: Tensor.ones([6]))]
  let named = ["left": Buffer(wrappedValue: Tensor.ones([7]), persistent: false)]
  let pair = (a: Parameter(wrappedValue: Tensor.ones([8])), Parameter(wrappedValue: Tensor.ones([9])))
  @Parameter var wrapped = Tensor.ones([10])
}

@propertyWrapper private struct Noted<Value> {
  var wrappedValue: Value
  var notes = 0
}

private enum Stage {
  case idle
  case ready(Linear)
}

private final class WrappedByOthers: Module {
  @Noted var layer = Linear(1, 1, bias: false)
  @Noted @Noted var twice: Linear? = Linear(1, 1, bias: false)
  @Noted @Parameter var weight = Tensor.ones([1])
  @Noted var byHand = Parameter(wrappedValue: Tensor.ones([1]))
  @Noted var list = [Linear(1, 1, bias: false)]
  @Noted var count = 3
  let _hidden = Linear(1, 1, bias: false)
  let stage = Stage.ready(Linear(1, 1, bias: false))
  let idle = Stage.idle
}

@Suite struct ModuleMistakeTests {
  @Test func wrappersOfTheProgramKeepTheNamesOfProperties() {
    let names = WrappedByOthers().namedParameters().map(\.name)
    #expect(
      Set(names) == [
        "layer.weight", "twice.weight", "weight", "by_hand", "list.0.weight", "_hidden.weight", "stage.ready.weight",
      ])
    #expect(names.count == 7)
  }

  @Test func aForwardOfAnotherSignatureIsTold() {
    for module in [Labelled(), TwoInputs()] {
      let message = errorMessage { _ = module(Tensor.ones([1])) }
      #expect(message.hasPrefix("Module [\(type(of: module))] is missing the required \"forward\" function"))
      #expect(message.contains("override func forward(_ x: Tensor) -> Tensor"))
      #expect(message.contains("forward(x:)"))
    }
  }

  /// Wrappers written as values keep their names; the compiler's underscore goes.
  @Test func wrappersAsValuesKeepTheirNames() {
    let module = ByHand()
    let names = module.namedParameters().map(\.name)
    #expect(names == ["weight", "w", "optional", "several.0", "several.1", "pair.a", "pair.1", "wrapped"])
    #expect(module.namedBuffers().map(\.name) == ["buf", "named.left"])
    #expect(Set(module.stateDict().keys) == Set(names + ["buf"]))
    #expect(module.parameters().allSatisfy { $0.requiresGrad })
  }
}
