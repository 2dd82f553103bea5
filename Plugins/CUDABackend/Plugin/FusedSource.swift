import BackendAPI
import CUDATypes

/// The text of a program's kernels: fusion.cuh tells what it is made of. A step is the function that its operator has
/// in a kernel of its own, applied to elements as they lie in memory, and so rounds as that does.
struct FusedSource {
  let text: String
  /// Of the operands, the outputs first.
  let types: [Int32]
  let outputCount: Int
  let lastOperator: Int32
  /// Elements of a pack.
  let length: Int
  /// Packs, and without packs elements, that a thread has under way at once.
  let packsTogether: Int
  let elementsTogether: Int

  /// Each element that a thread works on at once has a copy of the program's code, and so of its registers.
  private static let mostSteps = 96

  init(_ program: UnsafePointer<bp_fusion_program>, _ operators: OperatorTable) throws(Failure) {
    let inputCount = Int(program.pointee.input_count), outputCount = Int(program.pointee.output_count)
    let steps = (0..<program.pointee.step_count).map { bp_fusion_step_of(program, $0)!.pointee }
    let outputs = (0..<outputCount).map { program.pointee.outputs[$0] }
    let inputTypes = (0..<inputCount).map { program.pointee.input_types[$0] }
    let types = outputs.map { bp_fusion_type(program, $0) } + inputTypes

    var computed: Set<Int32> = []
    var lines: [String] = []
    for (i, step) in steps.enumerated() {
      let known = try FusedSource.claimed(step, program, operators)
      let values = [step.inputs.0, step.inputs.1, step.inputs.2].filter { $0 >= 0 }
      let names = values.map { "v\($0)" }, type = bp_fusion_type(program, values[0])
      let result: String
      switch known.family {
      case .copy where type == step.dtype && type != BP_BOOL: result = names[0]
      case .copy: result = "conversion<\(type), \(step.dtype)>::apply(\(names[0]))"
      case .select: result = "chosen(\(names[0]).bits, \(names[1]), \(names[2]))"
      default:
        computed.insert(type)
        result = "\(FusedSource.namespace(type))::\(known.name)::apply(\(names.joined(separator: ", ")))"
      }
      lines.append("const auto v\(inputCount + i) = \(result);")
    }

    let widest = types.map { Int(bp_dtype_size($0)) }.max()!
    let share = max(1, FusedSource.mostSteps / steps.count)
    var length = 16 / widest
    while length > share { length /= 2 }
    self.types = types
    self.outputCount = outputCount
    self.length = length
    lastOperator = steps.last!.op
    packsTogether = min(Int(ck_packs_together(Int32(inputCount), Int32(length))), max(1, share / length))
    elementsTogether = min(inputCount > 4 ? 2 : 4, share)

    func each(_ operands: Range<Int>, _ line: (Int) -> String) -> String {
      operands.map { "    \(line($0))\n" }.joined()
    }
    let ins = outputCount..<types.count, outs = 0..<outputCount
    func members(_ operands: Range<Int>) -> String {
      operands.map { "  pack_of<\(types[$0]), V> x\($0);\n" }.joined()
    }
    text = """
      #define OPERANDS \(types.count)
      #include "fusion.cuh"

      \(computed.sorted().map(FusedSource.operators).joined())
      template <int V> struct inputs {
      \(members(ins))
        __device__ void read_fixed(const fusion &p) {
      \(each(ins) { "::read_fixed(p.operands[\($0)], x\($0));" })  }
        __device__ void read(const fusion &p, const i64 (&at)[OPERANDS], const inputs<1> &fixed) {
      \(each(ins) { "::read(p.operands[\($0)], at[\($0)], fixed.x\($0), x\($0));" })  }
      };

      template <int V> struct outputs {
      \(members(outs))
        __device__ void compute(const inputs<V> &in, int v) {
      \(each(0..<inputCount) { "const auto v\($0) = in.x\($0 + outputCount).at[v];" })\
      \(each(0..<lines.count) { lines[$0] })\
      \(each(outs) { "x\($0).at[v] = v\(outputs[$0]);" })  }
        __device__ void write(const fusion &p, const i64 (&at)[OPERANDS]) {
      \(each(outs) { "::write(p.operands[\($0)], at[\($0)], x\($0));" })  }
      };

      \(length > 1 ? FusedSource.kernel("packs", length, packsTogether) : "")
      \(FusedSource.kernel("elements", 1, elementsTogether))

      """
  }

  private static func namespace(_ type: Int32) -> String { "of_" + String(cString: bp_dtype_name(type)) }

  private static func operators(_ type: Int32) -> String {
    """
    namespace \(namespace(type)) {
    #define DTYPE \(type)
    #include "operators.cuh"
    #undef DTYPE
    }

    """
  }

  private static func kernel(_ name: String, _ length: Int, _ together: Int) -> String {
    "KERNEL __launch_bounds__(\(Queue.threads)) \(name)(const fusion p) "
      + "{ fused<inputs, outputs, \(length), \(together)>(p); }"
  }

  /// The operator of a step, if it is claimed for the step's types, and its kernel is a function of elements.
  private static func claimed(
    _ step: bp_fusion_step, _ program: UnsafePointer<bp_fusion_program>, _ operators: OperatorTable
  ) throws(Failure) -> Operator {
    guard let known = operators[step.op] else { throw .unsupported("operator \(step.op) is not known") }
    let type = bp_fusion_type(program, step.inputs.0)
    let isClaimed =
      switch known.family {
      case .copy: type == step.dtype || bp_has_type(BP_TYPES_REAL, type) && bp_has_type(BP_TYPES_REAL, step.dtype)
      case .select: bp_has_type(known.types, step.dtype)
      case .unary, .binary, .comparison: bp_has_type(known.types, type)
      default: false
      }
    guard isClaimed else {
      throw .unsupported("\(known.name) of \(String(cString: bp_dtype_name(type))) is not fused")
    }
    return known
  }
}
