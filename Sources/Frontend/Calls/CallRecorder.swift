import BackendAPI
import Glibc

/// Writes the operator calls of a running program as a case file, which `conformance replay` runs on any device.
///
/// It is on where `BACKPLANE_RECORD` names a file, which is written when the program ends. What is recorded is what the
/// devices were asked to do, under the names that ``call(_:_:_:)`` knows. Of calls that differ in their values alone only
/// the first few are kept: a training loop repeats itself.
final class CallRecorder: Sendable {
  /// The recorder of this process, if it is on.
  static let shared: CallRecorder? = Environment.record.flatMap { path in
    atexit { CallRecorder.shared?.write() }
    return CallRecorder(path)
  }

  /// Calls of one operator over the same types and layouts that are kept.
  private static let repetitions = 2
  /// Elements of one tensor, and bytes in all, beyond which calls are left out.
  private static let elementLimit = 1 << 20
  private static let byteLimit = 256 << 20

  private struct RecordedTensor {
    let bytes: [UInt8]
    let shape: [Int]
    let dtype: DType
  }

  private struct State {
    var cases: [String] = []
    var tensors: [(name: String, tensor: RecordedTensor)] = []
    var seen: [String: Int] = [:]
    var byteCount = 0
    var leftOut = 0
    var isClosed = false
  }

  private let path: String
  private let state = Lock(State())

  private init(_ path: String) { self.path = path }

  /// Runs a call, and keeps it with what went in and what came out.
  func record(
    _ op: Operator, _ call: bp_op, on context: DeviceContext, _ execute: () throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    let recorded = RecordedCall(op, call)
    guard let recorded, wants(recorded) else { return try execute() }
    // Before the call, for it may write over its own inputs.
    var inputs: [RecordedTensor] = []
    for view in recorded.inputs { inputs.append(try CallRecorder.read(view, on: context)) }
    try execute()
    var outputs: [RecordedTensor] = []
    for view in recorded.outputs { outputs.append(try CallRecorder.read(view, on: context)) }
    state.withLock { state in
      let id = "\(recorded.name)/\(state.cases.count)"
      var keys: [String] = []
      for (kind, tensors) in [("in", inputs), ("out", outputs)] {
        for (i, tensor) in tensors.enumerated() {
          keys.append("\(id)/\(kind)\(i)")
          state.tensors.append((keys.last!, tensor))
          state.byteCount += tensor.bytes.count
        }
      }
      let greatest = outputs.first.map(CallRecorder.greatest) ?? 0
      state.cases.append(
        recorded.json(id, inputs: keys.prefix(inputs.count), outputs: keys.dropFirst(inputs.count), greatest))
    }
  }

  /// Whether there is room for a call, and not enough of its like.
  private func wants(_ call: RecordedCall) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      let count = state.seen[call.key, default: 0]
      state.seen[call.key] = count + 1
      if count >= CallRecorder.repetitions { return false }
      let views = call.inputs + call.outputs
      guard views.allSatisfy({ $0.elementCount <= CallRecorder.elementLimit }), state.byteCount < CallRecorder.byteLimit
      else {
        state.leftOut += 1
        return false
      }
      return true
    }
  }

  /// The elements of a view in row-major order.
  private static func read(_ view: bp_tensor, on context: DeviceContext) throws(BackplaneError) -> RecordedTensor {
    let dtype = DType(rawValue: view.dtype)!, size = dtype.byteCount
    let shape = view.extents, strides = view.steps
    var bytes = [UInt8](repeating: 0, count: view.elementCount * size)
    guard !bytes.isEmpty else { return RecordedTensor(bytes: bytes, shape: shape, dtype: dtype) }
    // One copy of everything between the first and the last byte.
    let place = view.byteSpan
    var span = [UInt8](repeating: 0, count: place.count)
    let copied = span.withUnsafeMutableBytes { target in
      Result { () throws(BackplaneError) in
        try context.copyToHost(
          target.baseAddress!, from: view.buffer, offset: Int(view.byte_offset) + place.lowerBound, count: target.count)
      }
    }
    try copied.get()
    var position = [Int](repeating: 0, count: shape.count)
    var source = -place.lowerBound
    for element in 0..<view.elementCount {
      for byte in 0..<size { bytes[element * size + byte] = span[source + byte] }
      for d in shape.indices.reversed() {
        position[d] += 1
        source += strides[d] * size
        if position[d] < shape[d] { break }
        source -= strides[d] * size * shape[d]
        position[d] = 0
      }
    }
    return RecordedTensor(bytes: bytes, shape: shape, dtype: dtype)
  }

  /// The greatest finite magnitude, which the absolute tolerance of a case is in proportion to.
  private static func greatest(_ tensor: RecordedTensor) -> Double {
    guard tensor.dtype.isFloatingPoint else { return 0 }
    return tensor.bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / tensor.dtype.byteCount).reduce(0) { greatest, i in
        let x = HostElements.load(bytes.baseAddress!, i, tensor.dtype).double.magnitude
        return x.isFinite ? max(greatest, x) : greatest
      }
    }
  }

  /// Writes the file; the program is at its end, so that a failure can only be told.
  private func write() {
    let recorded = state.withLock { state in
      state.isClosed = true
      return (state.cases, state.tensors, state.leftOut)
    }
    do throws(BackplaneError) {
      var tensors: [(key: String, value: Tensor)] = []
      for (name, tensor) in recorded.1 {
        tensors.append((name, try Tensor(hostBytes: tensor.bytes, shape: tensor.shape, dtype: tensor.dtype)))
      }
      try save(
        tensors, to: path,
        metadata: ["format": "backplane-cases/1", "cases": "[\(recorded.0.joined(separator: ",\n"))]"])
      let rest = recorded.2 == 0 ? "" : "; \(recorded.2) calls were too large and are left out"
      Log.write(.info, "\(recorded.0.count) operator calls recorded in \(path)\(rest)")
    } catch {
      Log.write(.error, "the operator calls could not be recorded: \(error.message)")
    }
  }
}
