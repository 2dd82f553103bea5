import BackendAPI
import Text

/// A call of the ABI in the words of ``call(_:_:_:)``: name, arguments, keywords.
struct RecordedCall {
  let name: String
  /// The views to be read before the call, and after it.
  let inputs: [bp_tensor]
  let outputs: [bp_tensor]
  /// Calls of equal keys differ in their values alone.
  let key: String
  private let arguments: [Word]
  private let keywords: [(String, String)]
  private let isRandom: Bool

  /// An argument: one of the inputs, or JSON.
  private enum Word {
    case input(Int)
    case json(String)
  }

  /// Nil for what has no name there: the steps of optimizers, and the inner halves of gradients.
  init?(_ op: Operator, _ call: bp_op) {
    let views = (0..<Int(call.input_count)).map { call.inputs[$0]!.pointee }
    guard call.output_count == 1, let out = call.outputs[0]?.pointee, let dtype = DType(rawValue: out.dtype) else {
      return nil
    }
    var inputs: [bp_tensor] = []
    var arguments: [Word] = []
    for view in views {
      if view.flags & BP_TENSOR_IMMEDIATE != 0 {
        arguments.append(.json(RecordedCall.number(view)))
      } else {
        arguments.append(.input(inputs.count))
        inputs.append(view)
      }
    }
    var name = RecordedCall.names[op.id] ?? "\(op.name)"
    var keywords: [(String, String)] = []
    var isRandom = false
    let asDType = ("dtype", "{\"dtype\": \"\(dtype)\"}")
    switch op.id {
    case BP_OP_COPY:
      name = views[0].dtype == out.dtype ? "clone" : "to"
      if name == "to" { arguments.append(.json(asDType.1)) }
    case BP_OP_FILL:
      name = "full"
      arguments = [.json("\(out.extents)")] + arguments
      keywords = [asDType]
    case BP_OP_MAXIMUM, BP_OP_MINIMUM:
      // PyTorch's take no number.
      if inputs.count == 1 { name = op.id == BP_OP_MAXIMUM ? "clamp_min" : "clamp_max" }
      if case .json = arguments[0] { return nil }
    case BP_OP_SUM, BP_OP_PROD, BP_OP_MEAN, BP_OP_MAX, BP_OP_MIN:
      let dims = (0..<Int(out.rank)).filter { out.extents[$0] == 1 && views[0].extents[$0] != 1 }
      if op.id == BP_OP_MAX || op.id == BP_OP_MIN { name = "a" + name }
      // PyTorch's prod takes one dimension, and an empty list of dimensions means all.
      if dims.isEmpty || op.id == BP_OP_PROD && dims.count != 1 { return nil }
      keywords = [("dim", op.id == BP_OP_PROD ? "\(dims[0])" : "\(dims)"), ("keepdim", "true")]
    case BP_OP_ARGMAX, BP_OP_ARGMIN:
      keywords = [("dim", "\(RecordedCall.axis(call))"), ("keepdim", "true")]
    case BP_OP_SOFTMAX, BP_OP_LOG_SOFTMAX: keywords = [("dim", "\(RecordedCall.axis(call))")]
    case BP_OP_GATHER: arguments.insert(.json("\(RecordedCall.axis(call))"), at: 1)
    case BP_OP_SCATTER:
      let params = call.params.load(as: bp_scatter_params.self)
      guard params.mode == BP_SCATTER_SET || params.mode == BP_SCATTER_ADD else { return nil }
      name = params.mode == BP_SCATTER_ADD ? "scatter_add" : "scatter"
      // What is written into goes in first.
      inputs.insert(out, at: 0)
      arguments = [.input(0), .json("\(params.axis)"), .input(1), .input(2)]
    case BP_OP_RANDOM_UNIFORM, BP_OP_RANDOM_NORMAL:
      arguments = [.json("\(out.extents)")]
      keywords = [asDType]
      isRandom = true
    case BP_OP_RANDOM_INTEGER:
      let params = call.params.load(as: bp_random_params.self)
      arguments = [
        .json("\(params.low)"), .json("\(params.low &+ Int64(bitPattern: params.range))"), .json("\(out.extents)"),
      ]
      keywords = [asDType]
      isRandom = true
    case BP_OP_LINEAR:
      guard call.params.load(as: bp_linear_params.self).activation == BP_ACTIVATION_NONE else { return nil }
      name = "nn.functional.linear"
    case BP_OP_GELU, BP_OP_GELU_TANH:
      name = "nn.functional.gelu"
      if op.id == BP_OP_GELU_TANH { keywords = [("approximate", "\"tanh\"")] }
    default:
      // Operators that came later have params of their own, and no one name.
      if let definition = bp_op_definition_of(op.id), definition.pointee.since_minor >= 2 { return nil }
    }
    let known = operatorSignatures(name)
    guard !known.isEmpty, op.id != BP_OP_ARANGE else { return nil }
    self.name = name
    self.inputs = inputs
    self.arguments = arguments
    self.keywords = keywords
    self.isRandom = isRandom
    outputs = [out]
    key = ([name] + (inputs + [out]).map { "\($0.dtype)\($0.extents)\($0.steps)" }).joined(separator: " ")
  }

  /// The case as the file format has it.
  func json(_ id: String, inputs: ArraySlice<String>, outputs: ArraySlice<String>, _ greatest: Double) -> String {
    let names = Array(inputs), out = self.outputs[0], dtype = DType(rawValue: out.dtype)!
    let words = arguments.map { word in
      switch word {
      case .input(let i): "{\"t\": \(jsonQuoted(names[i]))}"
      case .json(let text): text
      }
    }
    let options = keywords.map { "\(jsonQuoted($0.0)): \($0.1)" }
    let result =
      isRandom
      ? "{\"like\": {\"shape\": \(out.extents), \"dtype\": \"\(dtype)\"}}" : "{\"t\": \(jsonQuoted(outputs.first!))}"
    let tolerance = RecordedCall.tolerance(dtype)
    return """
      {"id": \(jsonQuoted(id)), "op": \(jsonQuoted(name)), "variant": null, "tier": 1, \
      "args": [\(words.joined(separator: ", "))], "kwargs": {\(options.joined(separator: ", "))}, \
      "outputs": [\(result)], "rtol": \(tolerance), "atol": \(tolerance * greatest)}
      """
  }

  /// PyTorch's names of the functions of the tables, by operator.
  private static let names: [Int32: String] = Dictionary(
    uniqueKeysWithValues: UnaryFunction.all.map { ($0.op.id, $0.names[0]) }
      + BinaryFunction.all.map { ($0.op.id, $0.names[0]) })

  /// What two right devices may differ by: sums in another order, functions that are an ulp or two apart.
  private static func tolerance(_ dtype: DType) -> Double {
    switch dtype {
    case .float16: 4e-3
    case .bfloat16: 3e-2
    case .float32: 1e-5
    case .float64: 1e-12
    default: 0
    }
  }

  private static func axis(_ call: bp_op) -> Int32 { call.params.load(as: bp_axis_params.self).axis }

  /// An immediate as JSON.
  private static func number(_ view: bp_tensor) -> String {
    var bits = view.immediate.0
    let scalar = withUnsafeBytes(of: &bits) { HostElements.load($0.baseAddress!, 0, DType(rawValue: view.dtype)!) }
    guard case .double(let value) = scalar else { return "\(scalar)" }
    return value.isFinite ? "\(value)" : "{\"float\": \"\(value)\"}"
  }
}
