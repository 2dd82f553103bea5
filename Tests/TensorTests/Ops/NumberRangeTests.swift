import Backplane
import TestSupport
import Testing

/// Numbers that a type does not hold: errors in PyTorch's words where it has them, never other numbers.
@Suite struct NumberRangeTests {
  private func misfit(_ type: String) -> String { "value cannot be converted to type \(type) without overflow" }

  @Test(arguments: testDevices) func integersBeyondTheirType(_ device: Device) {
    let x = Tensor([1, 2], dtype: .int8, device: device), mask = Tensor([true, false], device: device)
    let index = Tensor([0], device: device)
    let bodies: [(String, () throws -> Void)] = [
      ("full", { _ = Tensor.full([1], 300, dtype: .int8, device: device) }),
      ("full_like", { _ = Tensor.fullLike(x, 300) }),
      ("new_full", { _ = x.newFull([1], -129) }), ("fill_", { _ = x.clone().fill_(300) }),
      ("NaN", { _ = x.clone().fill_(Double.nan) }), ("infinity", { _ = x.clone().fill_(-Double.infinity) }),
      ("masked_fill", { _ = x.maskedFill(mask, 128) }), ("index_fill", { _ = x.indexFill(0, index, 300) }),
      ("scatter", { _ = x.scatter(0, index, 300) }), ("scatter_", { _ = x.clone().scatter_(0, index, Double.nan) }),
      ("where", { _ = `where`(mask, x, 300) }), ("where first", { _ = `where`(mask, -300, x) }),
      ("pow", { _ = x ** 300 }), ("index_add", { _ = x.indexAdd(0, index, x[..<1], alpha: 300) }),
      ("linspace", { _ = Tensor.linspace(0, 300, steps: 4, dtype: .int8, device: device) }),
      ("pad", { _ = Functional.pad(x, [1, 1], value: 300) }),
      ("item", { _ = Tensor(300, device: device).item(Int8.self) }),
      ("subscript", { x.clone().fill(0, with: 300) }),
    ]
    for (name, body) in bodies { #expect(errorMessage(body) == misfit("int8_t"), "\(name)") }
    let calls: [(String, [Argument], [String: Argument])] = [
      ("full", [[2], 300], ["dtype": .dtype(.int8)]), ("fill", [.tensor(x), 300], [:]),
      ("fill_", [.tensor(x), 300], [:]),
      ("masked_fill", [.tensor(x), .tensor(mask), 300], [:]), ("scatter", [.tensor(x), 0, .tensor(index), 300], [:]),
      ("masked_fill", [.tensor(x), .tensor(mask), .tensor(Tensor(300, device: device))], [:]),
      ("index_fill", [.tensor(x), 0, .tensor(index), .tensor(Tensor(300, device: device))], [:]),
      ("where", [.tensor(mask), .tensor(x), 300], [:]), ("add", [.tensor(x), .tensor(x)], ["alpha": 300]),
      ("sub", [.tensor(x), .tensor(x)], ["alpha": -300]), ("pow", [.tensor(x), 300], [:]),
      ("addcmul", [.tensor(x), .tensor(x), .tensor(x)], ["value": 300]),
      ("addmm", [.tensor(x[.newAxis, ..<1]), .tensor(x[.newAxis, ..<1]), .tensor(x[.newAxis, ..<1])], ["alpha": 300]),
      ("randperm", [300], ["dtype": .dtype(.int8)]), ("new_full", [.tensor(x), [1], 300], [:]),
    ]
    for (name, arguments, keywords) in calls {
      #expect(errorMessage { try call(name, arguments, keywords) } == misfit("int8_t"), "\(name)")
    }
    #expect(x.toArray(Int.self) == [1, 2])
  }

  @Test(arguments: testDevices) func valuesOfATensor(_ device: Device) {
    func made<Literal: TensorLiteral>(_ literal: Literal, _ dtype: DType) -> String {
      errorMessage { _ = Tensor(literal, dtype: dtype, device: device) }
    }
    #expect(made([1, 300], .int8) == misfit("int8"))
    #expect(made([[1 << 40]], .int32) == misfit("int32"))
    #expect(made(-300, .uint8) == misfit("uint8"))
    #expect(made([Double.nan], .int32) == misfit("int32"))
    #expect(made([Float.infinity], .int64) == misfit("int64"))
    #expect(made([1e30], .int64) == misfit("int64"))
    #expect(made([0x1p63], .int64) == misfit("int64"))
    #expect(made([ComplexFloat(1, 2)], .float32) == misfit("float32"))
    #expect(errorMessage { _ = Tensor([40_000], shape: [1], dtype: .int16, device: device) } == misfit("int16"))
    #expect(errorMessage { _ = Tensor.logspace(0, 10, steps: 3, dtype: .int8, device: device) } == misfit("int8"))
    // Bytes count negative numbers from above, fractions are cut off, and floats have infinities.
    #expect(Tensor([-1, -255, 255], dtype: .uint8, device: device).toArray(Int.self) == [255, 1, 255])
    #expect(errorMessage { _ = Tensor.full([1], -1.0, dtype: .uint8, device: device) }.contains("uint8_t"))
    #expect(Tensor.full([1], -0.0, dtype: .uint8, device: device).toArray(Int.self) == [0])
    #expect(Tensor([1.7, -1.7, 127.9], dtype: .int8, device: device).toArray(Int.self) == [1, -1, 127])
    #expect(Tensor([1e39, 70_000], dtype: .float16, device: device).toArray(Double.self) == [.infinity, .infinity])
    #expect(Tensor([300, 0], dtype: .bool, device: device).toArray(Bool.self) == [true, false])
    #expect(Tensor([Int.max, .min], device: device).toArray(Int.self) == [.max, .min])
  }

  @Test(arguments: testDevices) func numbersBeyondFloats(_ device: Device) {
    let x = Tensor([1.0, 2.0], device: device), half = x.half(), mask = Tensor([true, false], device: device)
    let index = Tensor([0], device: device)
    for (body, type): (() throws -> Void, String) in [
      ({ _ = Tensor.full([1], 1e39, device: device) }, "float"), ({ _ = x.clone().fill_(-1e39) }, "float"),
      ({ _ = half.clone().fill_(1e5) }, "c10::Half"), ({ _ = half.maskedFill(mask, 1e5) }, "c10::Half"),
      ({ _ = x.indexFill(0, index, 1e39) }, "float"), ({ _ = x.scatter(0, index, 1e39) }, "float"),
      ({ _ = `where`(mask, x, 1e39) }, "float"), ({ _ = x.clamp(max: 1e39) }, "float"),
      ({ _ = half.clamp(max: 1e5) }, "c10::Half"),
      ({ _ = Tensor.linspace(0, 1e39, steps: 3, device: device) }, "float"),
      ({ _ = x.histc(bins: 3, min: -1e39, max: 1e39) }, "float"),
      ({ _ = Tensor.full([1], ComplexDouble(1, 2), dtype: .float32, device: device) }, "float"),
    ] { #expect(errorMessage(body) == misfit(type)) }
    #expect(Tensor.full([1], 1e5, dtype: .float16, device: device).item() == .infinity)
    #expect(Tensor.full([1], -Double.infinity, dtype: .float16, device: device).item() == -.infinity)
    #expect((half + 1e5).toArray(Double.self) == [.infinity, .infinity])
    #expect((x .< 1e39).toArray(Bool.self) == [true, true])
  }

  @Test(arguments: testDevices) func whatATypeHoldsIsKept(_ device: Device) {
    let x = Tensor([1, 2], device: device), mask = Tensor([true, false], device: device)
    for value in [Int.max, .min, .max - 1] {
      #expect(Tensor.full([1], value, device: device).item(Int.self) == value)
      #expect(x.maskedFill(mask, value).toArray(Int.self) == [value, 2])
      #expect(x.scatter(0, Tensor([0], device: device), value).toArray(Int.self) == [value, 2])
      #expect(`where`(mask, x, value).toArray(Int.self) == [1, value])
    }
    let bytes = Tensor([1, 2], dtype: .uint8, device: device)
    #expect(bytes.maskedFill(mask, -1).toArray(Int.self) == [255, 2])
    #expect(bytes.clone().fill_(-1).toArray(Int.self) == [255, 255])
    // In arithmetic the number takes the tensor's type, and both wrap; so do sequences.
    #expect((Tensor([1, 2], dtype: .int8, device: device) + 300).toArray(Int.self) == [45, 46])
    #expect(Tensor.arange(0, 300, 100, dtype: .int8, device: device).toArray(Int.self) == [0, 100, -56])
    #expect(errorMessage { _ = Tensor.arange(0, 1e300, 1e299, dtype: .int64, device: device) } == misfit("int64_t"))
  }

  @Test(arguments: testDevices) func boundsThatHoldNothingBack(_ device: Device) {
    let x = Tensor([-100, 100], dtype: .int8, device: device), bytes = Tensor([1, 200], dtype: .uint8, device: device)
    let y = x.clamp(min: -300, max: 300)
    #expect(y.toArray(Int.self) == [-100, 100] && y.dtype == .int8 && !y.sharesStorage(with: x))
    #expect(x.clampMax(300).toArray(Int.self) == [-100, 100])
    #expect(bytes.clamp(min: -1, max: 100).toArray(Int.self) == [1, 100])
    for (body, message): (() throws -> Void, String) in [
      ({ _ = x.clamp(min: 300) }, "Clamp min value 300 is outside the representable range of Char"),
      ({ _ = x.clampMax(-300) }, "Clamp max value -300 is outside the representable range of Char"),
      ({ _ = bytes.clamp(max: -1) }, "Clamp max value -1 is outside the representable range of Byte"),
      (
        { try call("clamp_min", [.tensor(bytes), 300]) },
        "Clamp min value 300 is outside the representable range of Byte"
      ),
    ] { #expect(errorMessage(body) == message) }
  }

  @Test(arguments: testDevices) func comparisonsWithWhatNoElementIs(_ device: Device) throws {
    let x = Tensor([-100, 44, 100], dtype: .int8, device: device)
    func truths(_ y: Tensor) -> [Bool] { y.toArray() }
    // 300 wraps to 44, −212 to 44 too.
    #expect(truths(x .> 300) == [false, false, false] && truths(x .< 300) == [true, true, true])
    #expect(truths(x .== 300) == [false, false, false] && truths(x .!= -212) == [true, true, true])
    #expect(truths(x .>= -212) == [true, true, true] && truths(x .<= -212) == [false, false, false])
    #expect(truths(Tensor([0, 255], dtype: .uint8, device: device) .> -1) == [true, true])
    #expect(truths(Tensor([0, 255], dtype: .uint8, device: device) .== -1) == [false, false])
    #expect(truths(Tensor([0], dtype: .int32, device: device) .< 1 << 40) == [true])
    #expect(truths(x .< 300.5) == [true, true, true] && truths(x .== Double.nan) == [false, false, false])
    func result(_ name: String, _ arguments: [Argument]) throws -> [Int] { try call(name, arguments).tensor!.toArray() }
    #expect(try result("isin", [.tensor(x), 300]) == [0, 0, 0])
    #expect(try result("isin", [300, .tensor(x)]) == [0])
    #expect(try result("isin", [.tensor(x), 44]) == [0, 1, 0])
    #expect(try result("searchsorted", [.tensor(x), 300]) == [3])
    #expect(try result("searchsorted", [.tensor(x), -300]) == [0])
    #expect(try result("bucketize", [43.5, .tensor(x)]) == [1])
    #expect(try result("searchsorted", [.tensor(x), 44]) == [1])
  }

  @Test(arguments: testDevices) func randomNumbersOfAType(_ device: Device) {
    for (body, message): (() throws -> Void, String) in [
      ({ _ = Tensor.randint(0, 129, [2], dtype: .int8, device: device) }, "to - 1 is out of bounds for signed char"),
      ({ _ = Tensor.randint(-1, 2, [2], dtype: .uint8, device: device) }, "from is out of bounds for unsigned char"),
      (
        { _ = Tensor.randintLike(Tensor([1], dtype: .int16, device: device), 0, 1 << 20) },
        "to - 1 is out of bounds for short"
      ),
      ({ try call("randint", [3, [2]], ["dtype": .dtype(.bool)]) }, "to - 1 is out of bounds for bool"),
      (
        { try call("randint_like", [.tensor(Tensor([1], dtype: .int8, device: device)), 300]) },
        "to - 1 is out of bounds for signed char"
      ),
      ({ _ = Tensor.zeros([2], device: device).uniform_(0, 1e39) }, "to is out of bounds for float"),
      (
        { _ = Tensor.zeros([2], dtype: .float16, device: device).uniform_(-1e5, 0) },
        "from is out of bounds for c10::Half"
      ),
      ({ _ = Tensor.zeros([2], device: device).uniform_(-3e38, 3e38) }, "uniform_ expects to-from <= "),
      (
        { _ = Tensor.zeros([2], device: device).bernoulli_(.nan) },
        "bernoulli_ expects p to be in [0, 1], but got p=nan"
      ),
      (
        { _ = Tensor([Float.nan], device: device).bernoulli() },
        "Expected p_in >= 0 && p_in <= 1 to be true, but got false."
      ),
      ({ try call("randperm", [5000], ["dtype": .dtype(.float16)]) }, "n cannot be greater than 2049 for Half type."),
    ] { #expect(errorMessage(body).hasPrefix(message), "\(message)") }
    let bytes = Tensor.randint(0, 256, [1000], dtype: .uint8, device: device, generator: Generator(seed: 1))
    #expect(bytes.dtype == .uint8 && bytes.max().item() > 200)
    #expect(Tensor.randint(.min, .max, [10], device: device).numel == 10)
    let order = try? call("randperm", [100], ["dtype": .dtype(.int8)]).tensor
    #expect(order?.dtype == .int8 && order?.sort(0).values.toArray(Int.self) == Array(0..<100))
  }

  @Test(arguments: testDevices) func numbersOfActivationsAndScalarTensors(_ device: Device) {
    let x = Tensor([1, 0], dtype: .int8, device: device)
    for body in [
      { _ = F.threshold(x, 0, 300) }, { _ = F.threshold(x, -129, 0) }, { _ = F.threshold(x, 0, 1e30) },
      { try call("scalar_tensor", [300], ["dtype": .dtype(.int8)]) },
      { try call("scalar_tensor", [.double(.nan)], ["dtype": .dtype(.int32)]) },
      { try call("scalar_tensor", [.double(1e39)], ["dtype": .dtype(.float32)]) },
    ] as [() throws -> Void] {
      #expect(errorMessage(body).hasSuffix("without overflow"))
    }
    #expect(F.threshold(x, 0, 127).toArray(Int.self) == [1, 127])
  }
}
