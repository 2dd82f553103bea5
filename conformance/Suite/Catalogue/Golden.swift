import BackendAPI

/// A result known from elsewhere: what the reference itself is held against.
struct Golden: Sendable {
  /// A small dense tensor, written as numbers.
  struct Tensor: Sendable {
    let dtype: DType
    let shape: [Int]
    let elements: ElementArray

    static func floats(_ dtype: DType, _ values: [Double], _ shape: [Int]? = nil) -> Tensor {
      Tensor(dtype: dtype, shape: shape ?? [values.count], elements: ElementArray(dtype, doubles: values))
    }

    /// Real and imaginary parts in turn.
    static func complexes(_ dtype: DType, _ parts: [Double], _ shape: [Int]? = nil) -> Tensor {
      Tensor(dtype: dtype, shape: shape ?? [parts.count / 2], elements: ElementArray(dtype, doubles: parts))
    }

    static func integers(_ dtype: DType, _ values: [Int64], _ shape: [Int]? = nil) -> Tensor {
      Tensor(dtype: dtype, shape: shape ?? [values.count], elements: ElementArray(dtype, integers: values))
    }

    var layout: Layout { Layout(contiguous: shape) }
  }

  let name: String
  var label: String
  let inputs: [Tensor]
  /// What an operator that modifies its outputs finds in them.
  var initial: [Tensor] = []
  let outputs: [Tensor]
  var params = Parameters.none
  /// In place of the operator's own rule, where the value given is not the operator's exact result.
  var accuracy: Accuracy?

  init(
    _ name: String, _ label: String, _ inputs: [Tensor], initial: [Tensor] = [], _ outputs: [Tensor],
    _ params: Parameters = .none
  ) {
    self.name = name
    self.label = label
    self.inputs = inputs
    self.initial = initial
    self.outputs = outputs
    self.params = params
  }

  init(_ name: String, _ inputs: [Tensor], _ outputs: [Tensor], _ params: Parameters = .none) {
    self.init(name, "golden", inputs, outputs, params)
  }

  func belongs(to entry: OperatorEntry, _ signature: Signature) -> Bool {
    guard entry.name == name, signature.outputs[0] == outputs[0].dtype else { return false }
    // Of those that have outputs to leave out. What repeats its outputs has as many as the call says.
    guard signature.outputs.count == outputs.count || entry.readsOutputs else { return false }
    return inputs.isEmpty || signature.inputs == inputs.map(\.dtype)
  }

  /// The cases that belong to an operator and its types.
  static func cases(_ entry: OperatorEntry, _ signature: Signature) -> [OperatorCase] {
    numbered(table.filter { $0.belongs(to: entry, signature) }).map { golden in
      OperatorCase(golden.label, golden: golden.outputs.map(\.elements), accuracy: golden.accuracy) { _ in
        let outputs = golden.outputs.enumerated().map { i, output in
          golden.initial.isEmpty
            ? Operand(output.dtype, output.layout) : Operand(output.layout, golden.initial[i].elements)
        }
        let isFill = golden.name == "FILL"
        let inputs = golden.inputs.map { input in
          isFill
            ? Operand(immediate: input.elements, shape: golden.outputs[0].shape)
            : Operand(input.layout, input.elements)
        }
        return Operation(inputs, outputs, golden.params)
      }
    }
  }

  /// Labels made unique: ids name one case each.
  private static func numbered(_ goldens: [Golden]) -> [Golden] {
    var seen: [String: Int] = [:]
    return goldens.map { golden in
      var golden = golden
      seen[golden.label, default: 0] += 1
      if let number = seen[golden.label], number > 1 { golden.label += "-\(number)" }
      return golden
    }
  }

  static let table =
    functions + signedZeros + furtherFunctions + complexFunctions + values + factorizations + transforms
    + activations + pooling + convolutions + attention + dropout + affine + recurrent
}
