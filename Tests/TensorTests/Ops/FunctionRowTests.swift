import Backplane
import Foundation
import TestSupport
import Testing

/// What is to be had of every elementwise function with a row in the frontend's tables: a row, once it is there, is tested
/// without a further entry but that of its methods.
@Suite struct FunctionRowTests {
  @Test func everyRowHasItsMethods() {
    #expect(UnaryFunction.all.map { $0.names[0] }.sorted() == UnaryMethod.all.map(\.name).sorted())
    #expect(BinaryFunction.all.map { $0.names[0] }.sorted() == BinaryMethod.all.map(\.name).sorted())
    for method in UnaryMethod.all {
      guard let row = method.row else { continue }
      #expect(Set(method.functions.keys) == Set(row.names.filter { $0.contains(".") }), "\(method.name)")
      #expect((method.inPlace != nil) == row.names.contains { !$0.contains(".") }, "\(method.name)_")
    }
    for method in BinaryMethod.all {
      guard let row = method.row else { continue }
      #expect((method.inPlace != nil) == row.hasInPlaceForm, "\(method.name)_")
    }
  }

  // MARK: Methods, names, and forms in place

  static let dtypes: [DType] = [
    .float32, .float64, .float16, .bfloat16, .int64, .uint8, .bool, .complex64,
  ]

  private func operand(_ dtype: DType, _ device: Device, reversed: Bool = false) -> Tensor {
    let values =
      dtype.isFloatingPoint || dtype.isComplex ? [-2.5, -0.75, 0, 0.25, 0.5, 1.5, 9, .infinity, .nan] : [2, 1, 7, 3]
    return Tensor(reversed ? values.reversed() : values, dtype: .float64, device: device).to(dtype)
  }

  /// A result as text, or the error in its place.
  private func outcome(_ body: () throws -> Tensor) -> String {
    do {
      return try withErrors {
        let y = try body(), numbers = y.isComplex ? y.viewAsReal() : y
        return "\(y.dtype) \(y.shape) \(numbers.to(.float64).toArray(Double.self))"
      }
    } catch let error as BackplaneError {
      return error.message
    } catch {
      return "\(error)"
    }
  }

  private func named(_ name: String, _ arguments: [Tensor]) throws -> Tensor {
    try call(name, arguments.map(Argument.tensor)).tensor!
  }

  @Test(arguments: UnaryMethod.all, testDevices) func namesDoWhatMethodsDo(_ method: UnaryMethod, _ device: Device)
    throws
  {
    let row = try #require(method.row)
    for dtype in FunctionRowTests.dtypes {
      let x = operand(dtype, device)
      let expected = outcome { method.method(x) }
      for name in row.names { #expect(outcome { try named(name, [x]) } == expected, "\(name) of \(dtype)") }
      for (name, function) in method.functions { #expect(outcome { function(x) } == expected, "\(name) of \(dtype)") }
      guard let inPlace = method.inPlace else { continue }
      let changed = outcome { inPlace(x.clone()) }
      for name in row.names where !name.contains(".") {
        #expect(outcome { try named("\(name)_", [x.clone()]) } == changed, "\(name)_ of \(dtype)")
      }
      // A change in place keeps the type; where the function does so too, it gives the same.
      if expected.hasPrefix("\(dtype) ") { #expect(changed == expected, "\(method.name)_ of \(dtype)") }
    }
  }

  @Test(arguments: UnaryMethod.all, testDevices)
  func formsInPlaceChangeTheTensor(_ method: UnaryMethod, _ device: Device) throws {
    let row = try #require(method.row)
    let dtype: DType = method.name == "bitwise_not" ? .int64 : .float32
    let expected = outcome { method.method(operand(dtype, device)) }
    var changes = row.names.filter { !$0.contains(".") }.map { name in { x in _ = try named("\(name)_", [x]) } }
    if let inPlace = method.inPlace { changes.append { x in _ = inPlace(x) } }
    for name in row.names where operatorSignatures(name).contains(where: { $0.description.contains("inplace") }) {
      changes.append { x in _ = try call(name, [.tensor(x)], ["inplace": true]) }
    }
    for change in changes {
      let x = operand(dtype, device)
      try withErrors { try change(x) }
      #expect(outcome { x } == expected)
    }
    #expect(!changes.isEmpty)
  }

  @Test(arguments: BinaryMethod.all, testDevices)
  func namesOfTwoDoWhatMethodsDo(_ method: BinaryMethod, _ device: Device) throws {
    let row = try #require(method.row)
    for dtype in FunctionRowTests.dtypes {
      let x = operand(dtype, device), y = operand(dtype, device, reversed: true)
      let expected = outcome { method.method(x, y) }
      for name in row.names { #expect(outcome { try named(name, [x, y]) } == expected, "\(name) of \(dtype)") }
      if let ofNumber = method.ofNumber {
        let expected = outcome { ofNumber(x, 2) }
        for name in row.names {
          #expect(
            outcome { try call(name, [.tensor(x), 2.0]).tensor! } == expected, "\(name) of \(dtype) and a number")
        }
      }
      guard let inPlace = method.inPlace else { continue }
      let changed = outcome { inPlace(x.clone(), y) }
      for name in row.names {
        #expect(outcome { try named("\(name)_", [x.clone(), y]) } == changed, "\(name)_ of \(dtype)")
      }
      if expected.hasPrefix("\(dtype) ") { #expect(changed == expected, "\(method.name)_ of \(dtype)") }
    }
  }

  // MARK: Gradients

  /// Parts of the line without the singular points of common functions; a function is tested on those where it is finite.
  private static let intervals: [ClosedRange<Double>] = [-0.85...(-0.1), 0.1...0.85, 1.1...1.5, 2.1...3.9]

  private func points(_ row: UnaryFunction, _ device: Device) -> [Tensor] {
    FunctionRowTests.intervals.compactMap { interval in
      let values = [0.03, 0.29, 0.52, 0.71, 0.98].map {
        interval.lowerBound + $0 * (interval.upperBound - interval.lowerBound)
      }
      let x = Tensor(values, dtype: .float64, device: device)
      let y = try? withErrors { try named(row.names[0], [x]) }
      return y?.isfinite().all().item(Bool.self) == true ? x.requiresGrad_() : nil
    }
  }

  /// Of bits there are none.
  static let smooth = UnaryFunction.all.filter { $0.op.name.description != "bitwise_not" }.map { $0.names[0] }

  @Test(arguments: smooth, testDevices) func firstDerivatives(_ name: String, _ device: Device) throws {
    let row = try #require(UnaryFunction.all.first { $0.names[0] == name })
    let points = points(row, device)
    #expect(!points.isEmpty, "\(name) is finite nowhere")
    for x in points {
      try gradcheck({ try! self.named(name, $0) }, [x])
      #expect(try named(name, [x]).gradFn?.name.hasSuffix("Backward0") == true)
    }
  }

  @Test(arguments: smooth) func secondDerivatives(_ name: String) throws {
    let row = try #require(UnaryFunction.all.first { $0.names[0] == name })
    for x in points(row, "cpu") {
      // The gradient as a function of the operand, which is added because of gradients that do not depend on it.
      try gradcheck(
        { inputs in
          let output = try! self.named(name, inputs).square().sum()
          return grad([output], inputs, createGraph: true)[0]! + inputs[0]
        }, [x])
    }
  }
}
