import BackendAPI

/// An elementwise operator over types that the plugin claims: what a step may be.
struct FusibleOperator: Sendable {
  let entry: OperatorEntry
  let signature: Signature

  /// Those that the definition calls elementwise, claimed or not.
  static func all(_ level: Conformance.Level) -> [FusibleOperator] {
    OperatorCatalogue.all.filter { entry in
      guard let definition = bp_op_definition_of(entry.id) else { return false }
      return definition.pointee.flags & BP_DEFINITION_ELEMENTWISE != 0 && (level == .full || entry.isCore)
    }.flatMap { entry in
      entry.signatures.filter { level == .full || $0.isCore }.map { FusibleOperator(entry: entry, signature: $0) }
    }
  }

  /// What a program may end in [BP-12.6].
  static func reductions(_ level: Conformance.Level) -> [FusibleOperator] {
    let ids = [BP_OP_SUM, BP_OP_MEAN, BP_OP_MAX, BP_OP_MIN]
    return OperatorCatalogue.all.filter { ids.contains($0.id) }.flatMap { entry in
      entry.signatures.filter { level == .full || $0.isCore }.map { FusibleOperator(entry: entry, signature: $0) }
    }
  }

  func isClaimed(by subject: Subject) throws(PluginError) -> Bool {
    let layout = Layout(contiguous: [2])
    let operation = Operation(
      signature.inputs.map { Operand($0, layout) }, signature.outputs.map { Operand($0, layout) })
    return try subject.capability(of: operation, entry).isSupported
  }
}

/// A random program and its operands, concrete down to the elements, so that shrinking can take a part of what failed.
struct FusionCase: Sendable {
  enum Value: Sendable, Hashable {
    case input(Int)
    case step(Int)
  }

  struct Step: Sendable {
    let fused: FusibleOperator
    var inputs: [Value]

    var dtype: DType { fused.signature.outputs[0] }
  }

  struct Input: Sendable {
    let dtype: DType
    var placement: Placement
    /// Row-major, broadcast axes written out; of an immediate the one value.
    var elements: ElementArray
    var isImmediate = false
    /// An earlier input that is the same view.
    var twin: Int?
  }

  struct Output: Sendable {
    var step: Int
    var placement: Placement
    /// The input that is the same view.
    var sharedInput: Int?
  }

  struct Reduction: Sendable {
    let fused: FusibleOperator
    var step: Int
    /// By axis.
    var isReduced: [Bool]
    var placement: Placement

    var dtype: DType { fused.signature.outputs[0] }
    func shape(of whole: [Int]) -> [Int] { zip(whole, isReduced).map { $1 ? 1 : $0 } }
  }

  var shape: [Int]
  var inputs: [Input] = []
  var steps: [Step] = []
  var outputs: [Output] = []
  var reduction: Reduction?

  var program: FusionProgram {
    func number(_ value: Value) -> Int32 {
      switch value {
      case .input(let i): Int32(i)
      case .step(let i): Int32(inputs.count + i)
      }
    }
    return FusionProgram(
      types: inputs.map(\.dtype.rawValue),
      steps: steps.map { step in
        FusionProgram.Step(op: step.fused.entry.id, inputs: step.inputs.map(number), dtype: step.dtype.rawValue)
      },
      outputs: outputs.map { number(.step($0.step)) },
      reduction: reduction.map { (op: $0.fused.entry.id, value: number(.step($0.step))) })
  }

  func dtype(_ value: Value) -> DType {
    switch value {
    case .input(let i): inputs[i].dtype
    case .step(let i): steps[i].dtype
    }
  }

  /// An input as an operand of an operator.
  func operand(_ input: Input) -> Operand {
    if input.isImmediate { return Operand(immediate: input.elements, shape: shape) }
    let layout = input.placement.layout(shape)
    let apart = Layout(layout.withoutBroadcast.shape, strides: Layout(contiguous: shape).strides)
    return Operand(layout, input.elements.picking(apart.offsets))
  }
}

// MARK: - Parts

extension FusionCase {
  /// Without the steps that no output rests on, and without inputs that nothing reads.
  var withoutDeadParts: FusionCase {
    var used = Set(outputs.map { Value.step($0.step) })
    if let reduction { used.insert(.step(reduction.step)) }
    for i in steps.indices.reversed() where used.contains(.step(i)) { used.formUnion(steps[i].inputs) }
    for output in outputs { if let shared = output.sharedInput { used.insert(.input(shared)) } }
    let keptSteps = steps.indices.filter { used.contains(.step($0)) }
    let keptInputs = inputs.indices.filter { used.contains(.input($0)) }
    var part = self
    func moved(_ value: Value) -> Value {
      switch value {
      case .input(let i): .input(keptInputs.firstIndex(of: i)!)
      case .step(let i): .step(keptSteps.firstIndex(of: i)!)
      }
    }
    part.steps = keptSteps.map { i in
      var step = steps[i]
      step.inputs = step.inputs.map(moved)
      return step
    }
    part.inputs = keptInputs.map { i in
      var input = inputs[i]
      input.twin = input.twin.flatMap { keptInputs.firstIndex(of: $0) }
      return input
    }
    part.outputs = outputs.map { output in
      var output = output
      output.step = keptSteps.firstIndex(of: output.step)!
      output.sharedInput = output.sharedInput.map { keptInputs.firstIndex(of: $0)! }
      return output
    }
    if let reduction { part.reduction!.step = keptSteps.firstIndex(of: reduction.step)! }
    return part
  }

  /// With the value that would be reduced as an output where there is none.
  var withoutReduction: FusionCase {
    var part = self
    part.reduction = nil
    if let reduction, outputs.isEmpty {
      part.outputs = [Output(step: reduction.step, placement: Placement(rank: shape.count))]
    }
    return part.withoutDeadParts
  }

  /// With nothing but the reduction's result, where there is one.
  var withoutOutputs: FusionCase? {
    guard reduction != nil, !outputs.isEmpty else { return nil }
    var part = self
    part.outputs = []
    return part.withoutDeadParts
  }

  /// With one of its outputs.
  func keeping(output: Int) -> FusionCase {
    var part = self
    part.outputs = [outputs[output]]
    part.reduction = nil
    return part.withoutDeadParts
  }

  /// Up to a step, whose result is then the output.
  func ending(with step: Int) -> FusionCase {
    var part = self
    part.outputs = [Output(step: step, placement: Placement(rank: shape.count))]
    part.reduction = nil
    return part.withoutDeadParts
  }

  /// With an input in place of what a step reads of an earlier one, whose results are known.
  func cutting(_ step: Int, _ place: Int, _ results: [ElementArray]) -> FusionCase? {
    guard case .step(let earlier) = steps[step].inputs[place], results.indices.contains(earlier),
      inputs.count < Int(BP_FUSION_INPUTS)
    else { return nil }
    var part = self
    part.steps[step].inputs[place] = .input(inputs.count)
    part.inputs.append(
      Input(
        dtype: steps[earlier].dtype, placement: Placement(rank: shape.count), elements: results[earlier]))
    return part.withoutDeadParts
  }

  /// With every operand row-major in memory of its own.
  var dense: FusionCase {
    var part = self
    for i in inputs.indices { (part.inputs[i].placement, part.inputs[i].twin) = (Placement(rank: shape.count), nil) }
    for i in outputs.indices {
      part.outputs[i] = Output(step: outputs[i].step, placement: Placement(rank: shape.count))
    }
    part.reduction?.placement = Placement(rank: shape.count)
    return part
  }

  /// A part of an axis.
  func slicing(_ axis: Int, _ range: Range<Int>) -> FusionCase {
    var part = self
    part.shape[axis] = range.count
    let whole = Layout(contiguous: shape)
    let places = Layout(part.shape, strides: whole.strides, lead: range.lowerBound * whole.strides[axis]).offsets
    for i in inputs.indices where !inputs[i].isImmediate {
      part.inputs[i].elements = inputs[i].elements.picking(places)
    }
    return part
  }

  /// Without an axis of extent 1.
  func dropping(_ axis: Int) -> FusionCase? {
    guard shape[axis] == 1 else { return nil }
    var part = self
    part.shape.remove(at: axis)
    for i in inputs.indices { part.inputs[i].placement.remove(axis) }
    for i in outputs.indices { part.outputs[i].placement.remove(axis) }
    part.reduction?.placement.remove(axis)
    part.reduction?.isReduced.remove(at: axis)
    return part
  }
}
