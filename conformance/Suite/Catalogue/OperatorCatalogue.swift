/// Every operator of the header, and how each is tested.
public enum OperatorCatalogue {
  /// All operators, in the header's order.
  public static let all: [OperatorEntry] =
    creation + random + unary + binary + comparison + selection + reduction + products + indexing
    + normalization + optimizer + activations + onePassActivations + dropout + functions + slices + factorizations
    + fourier
    + affine + convolution + pooling + statistics + attention + crossEntropy + recurrence

  /// The operator of a name, spelled as in the header without `BP_OP_`.
  public static func entry(named name: String) -> OperatorEntry? { all.first { $0.name == name } }
}

/// One operator: what its definition admits, and its cases.
public struct OperatorEntry: Sendable {
  /// Its name in the header, without `BP_OP_`: "ADD".
  public let name: String
  /// Its number in the header.
  public let id: Int32
  /// The section of the header it stands in.
  public let family: Family
  /// Every plugin has it, over the core types that its definition admits.
  public var isCore: Bool { id < 1024 }

  /// The combinations of types that the definition admits.
  package let signatures: [Signature]
  /// The outputs are read and modified, not only written.
  package let readsOutputs: Bool
  /// How far results may be off, of functions of one operand; what that rests on, if it is not OpenCL; and the same of
  /// complex results. Those of other operators are in ``Accuracy/table``.
  let accuracy: Accuracy?
  let basis: String?
  let complexAccuracy: Accuracy?
  let cases: @Sendable (Signature) -> [OperatorCase]
  /// Draws a call of extents up to about `size` for the random cases; nil where ``FuzzGenerator`` makes them.
  let drawn: (@Sendable (_ signature: Signature, _ size: Int, _ random: inout RandomSource) -> Operation)?

  init(
    _ name: String, _ id: Int32, _ family: Family, _ signatures: [Signature], readsOutputs: Bool = false,
    accuracy: Accuracy? = nil, basis: String? = nil, complexAccuracy: Accuracy? = nil,
    drawn: (@Sendable (_ signature: Signature, _ size: Int, _ random: inout RandomSource) -> Operation)? = nil,
    cases: @escaping @Sendable (Signature) -> [OperatorCase]
  ) {
    self.name = name
    self.id = id
    self.family = family
    self.signatures = signatures
    self.readsOutputs = readsOutputs
    self.accuracy = accuracy
    self.basis = basis
    self.complexAccuracy = complexAccuracy
    self.drawn = drawn
    self.cases = cases
  }

  /// Whether its calls come with parameters.
  package var hasParameters: Bool {
    var random = RandomSource(seed: 1, id: name)
    guard let first = signatures.first, let operation = cases(first).first?.build(&random) else { return false }
    if case .none = operation.params { return false }
    return true
  }

  /// The families of section 6 of the header.
  public enum Family: String, Sendable {
    case creation, random, elementwise, reduction, matmul, indexing, normalization, optimizer, sorting, scan
    case factorization, fourier
    case affine, activation, convolution, pooling, statistics, attention, loss, recurrence
  }
}

/// The types of an operator's operands.
package struct Signature: Sendable {
  /// In case ids: "float32", or "float32-int64" for a conversion.
  let label: String
  package let inputs: [DType]
  package let outputs: [DType]

  init(_ label: String, _ inputs: [DType], _ outputs: [DType]) {
    self.label = label
    self.inputs = inputs
    self.outputs = outputs
  }

  /// So many inputs of one type, the output of the same.
  init(_ dtype: DType, inputs: Int = 1) {
    self.init(dtype.name, Array(repeating: dtype, count: inputs), [dtype])
  }

  /// The type that names the signature.
  var dtype: DType { inputs.last ?? outputs[0] }
  /// All types are core types: every plugin has a core operator over them.
  var isCore: Bool { (inputs + outputs).allSatisfy(\.isCore) }
}

/// One case: it builds the same operation each time from the same random source.
struct OperatorCase: Sendable {
  /// The end of the case's id: "transposed-0".
  let label: String
  /// What comes out, where the suite knows it without a reference.
  let golden: [ElementArray]?
  /// In place of the operator's own rule.
  let accuracy: Accuracy?
  let build: @Sendable (inout RandomSource) -> Operation

  init(
    _ label: String, golden: [ElementArray]? = nil, accuracy: Accuracy? = nil,
    build: @escaping @Sendable (inout RandomSource) -> Operation
  ) {
    self.label = label
    self.golden = golden
    self.accuracy = accuracy
    self.build = build
  }
}

/// Operands with values: an operator call, before it has buffers.
struct Operation: Sendable {
  var inputs: [Operand]
  var outputs: [Operand]
  var params: Parameters = .none
  /// The input that is the same view as output 0.
  var sharedInput: Int?

  init(_ inputs: [Operand], _ outputs: [Operand], _ params: Parameters = .none, sharedInput: Int? = nil) {
    self.inputs = inputs
    self.outputs = outputs
    self.params = params
    self.sharedInput = sharedInput
  }
}

/// A tensor of an operation: a layout and the elements in it.
struct Operand: Sendable {
  let dtype: DType
  let layout: Layout
  /// The elements that lie apart, row-major: one for all that a broadcast axis shows. Nil for an
  /// output that is only written.
  let stored: ElementArray?
  let isImmediate: Bool

  init(_ layout: Layout, _ stored: ElementArray) {
    self.dtype = stored.dtype
    self.layout = layout
    self.stored = stored
    isImmediate = false
  }

  /// An output that is only written.
  init(_ dtype: DType, _ layout: Layout) {
    self.dtype = dtype
    self.layout = layout
    stored = nil
    isImmediate = false
  }

  /// An immediate [BP-4.6].
  init(immediate value: ElementArray, shape: [Int]) {
    dtype = value.dtype
    layout = Layout(shape, strides: shape.map { _ in 0 })
    stored = value
    isImmediate = true
  }

  /// Draws the elements of an input.
  init(
    _ dtype: DType, _ layout: Layout, _ values: ValueSet, operand: Int = 0, _ random: inout RandomSource
  ) {
    self.init(layout, values.make(dtype, layout.withoutBroadcast.count, operand, &random))
  }

  /// The elements as the operator sees them, row-major.
  var elements: ElementArray {
    let stored = stored ?? ElementArray(dtype, zeros: layout.count)
    let apart = layout.withoutBroadcast
    if apart.shape == layout.shape { return stored }
    let size = dtype.size
    let indices = Layout.groups(of: layout.shape, into: apart.shape)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(indices.count * size)
    for i in indices { bytes += stored.bytes[i * size..<(i + 1) * size] }
    return ElementArray(dtype, bytes: bytes)
  }
}
