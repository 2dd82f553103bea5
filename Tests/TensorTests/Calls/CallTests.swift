import Backplane
import Testing

/// Operators called by name.
@Suite struct CallTests {
  private let x = Tensor([[1.0, -2.0], [3.0, -4.0]])

  private func message(_ body: () throws(BackplaneError) -> Argument) -> String {
    do throws(BackplaneError) {
      _ = try body()
      return "no error"
    } catch {
      return error.message
    }
  }

  @Test func positionsNamesAndDefaults() throws {
    #expect(try call("add", [.tensor(x), .tensor(x)], ["alpha": 2]).tensor!.toArray() == [3, -6, 9, -12.0])
    #expect(try call("add", [.tensor(x)], ["other": 1]).tensor!.toArray() == [2, -1, 4, -3.0])
    #expect(try call("sum", [.tensor(x)]).tensor!.item() == -2)
    #expect(try call("sum", [.tensor(x), 0, true]).tensor!.toArray() == [4, -6.0])
    #expect(try call("sum", [.tensor(x)], ["dim": [0, 1], "keepdim": true]).tensor!.shape == [1, 1])
    #expect(try call("nn.functional.relu", [.tensor(x)]).tensor!.toArray() == [1, 0, 3, 0.0])
    // Sizes one by one are a list of them.
    #expect(try call("view", [.tensor(x), 4, 1]).tensor!.shape == [4, 1])
    #expect(try call("zeros", [[2, 3]], ["dtype": .dtype(.int64)]).tensor!.dtype == .int64)
  }

  @Test func overloadsAreTakenByType() throws {
    #expect(try call("max", [.tensor(x)]).tensor!.item() == 3)
    let pair = try call("max", [.tensor(x), 1]).flattened
    #expect(pair.count == 2 && pair[1].tensor!.toArray() == [0, 0])
    #expect(try call("max", [.tensor(x), .tensor(x.neg())]).tensor!.toArray() == [1, 2, 3, 4.0])
    #expect(try call("arange", [3]).tensor!.toArray() == [0, 1, 2])
    #expect(try call("arange", [1], ["end": 7, "step": 3]).tensor!.toArray() == [1, 4])
  }

  @Test func indexing() throws {
    let y = Tensor.arange(24).reshape(2, 3, 4)
    func shape(_ index: Argument) throws -> Shape { try call("__getitem__", [.tensor(y), index]).tensor!.shape }
    #expect(try shape(0) == [3, 4])
    #expect(try shape([.slice(nil, nil, nil), .slice(0, 3, 2)]) == [2, 2, 4])
    #expect(try shape([.ellipsis, nil, 1]) == [2, 3, 1])
    #expect(try shape([[0, 1, 0], 1]) == [3, 4])
    #expect(try shape([[true, false]]) == [1, 3, 4])
    // A list of numbers is a tensor of them, as in Python.
    #expect(try shape([1, 0, 1]) == [3, 3, 4])
    #expect(try shape([1, 0, .ellipsis]) == [4])
  }

  @Test func gradientsFlow() throws {
    x.requiresGrad_()
    try call("mul", [.tensor(x), .tensor(x)]).tensor!.sum().backward()
    #expect(x.grad!.toArray() == [2, -4, 6, -8.0])
  }

  /// PyTorch's words.
  @Test func argumentsThatDoNotFit() {
    #expect(
      message { () throws(BackplaneError) in try call("relu", []) }
        == "relu() missing 1 required positional argument: \"input\"")
    #expect(
      message { () throws(BackplaneError) in try call("relu", [.tensor(x), 1]) }
        == "relu() takes 1 positional argument but 2 were given")
    #expect(
      message { () throws(BackplaneError) in try call("relu", [.tensor(x)], ["slope": 1]) }
        == "relu() got an unexpected keyword argument 'slope'")
    #expect(
      message { () throws(BackplaneError) in try call("relu", [.tensor(x)], ["input": .tensor(x)]) }
        == "relu() got multiple values for argument 'input'")
    #expect(
      message { () throws(BackplaneError) in try call("relu", ["x"]) }
        == "relu(): argument 'input' (position 1) must be Tensor, not str")
    #expect(
      message { () throws(BackplaneError) in try call("sum", [.tensor(x)], ["keepdim": 3]) }
        == "sum(): argument 'keepdim' must be bool, not int")
    #expect(
      message { () throws(BackplaneError) in try call("add", [.tensor(x), "two"]) }.hasPrefix(
        "add() received an invalid combination of arguments - got (Tensor, str), but expected one of:\n"
          + " * (Tensor input, Tensor other, *, Scalar alpha=1)"))
  }

  @Test func misuseIsThrown() {
    #expect(throws: BackplaneError.self) { try call("matmul", [.tensor(x), .tensor(Tensor([1.0, 2, 3]))]) }
    do throws(BackplaneError) {
      try call("no.such_operator", [])
      Issue.record("no error")
    } catch {
      #expect(error.kind == .unknownOperator && error.message == "there is no operator 'no.such_operator'")
    }
  }

  /// Every signature can be read again from its own text, and its defaults are of its parameters' types.
  @Test func signatures() throws {
    #expect(operatorNames.count > 150)
    #expect(operatorSignatures("add")[0].description == "add(Tensor input, Tensor other, *, Scalar alpha=1)")
    for name in operatorNames {
      for signature in operatorSignatures(name) {
        #expect(signature.name == name)
        #expect(try signature.checksDefaults(), "\(signature)")
      }
    }
  }
}
