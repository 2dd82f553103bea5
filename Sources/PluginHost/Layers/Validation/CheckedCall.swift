import BackendAPI

/// One call through ``ValidationLayer``: what it is called in findings, what the plugin answered, what was found.
struct CheckedCall {
  let layer: ValidationLayer
  let function: String
  let device: Int32
  let subject: Subject?
  private(set) var first: Validation.Finding?
  /// The plugin's last error.
  private(set) var error = bp_error.empty

  /// What is executed or asked about.
  enum Subject {
    case operation(bp_op)
    case program(FusedProgram)
    /// A program with the operands of a call.
    case fused(FusedProgram, bp_op)

    var name: String {
      switch self {
      case .operation(let op): CallText.name(op.op)
      case .program(let program), .fused(let program, _): program.stepNames.joined(separator: ", ")
      }
    }

    /// In words, made where there is something to tell.
    fileprivate var call: String {
      switch self {
      case .operation(let op): CallText.call(op)
      case .program: name
      case .fused(_, let op): "\(name) \(CallText.operands(of: op))"
      }
    }
  }

  /// Calls the plugin, and checks what holds for every function.
  mutating func invoke(_ body: (ErrorPointer) -> Int32) -> Int32 {
    let before = ProcessState()
    var checked = CheckedError()
    let code = body(&checked.error)
    for change in ProcessState().changes(since: before) { find("BP-1.7", change) }
    for breach in checked.breaches(code: code) { find(breach.obligation, breach.message) }
    if code != BP_OK { error = checked.sound(code) }
    return code
  }

  /// Calls a function that cannot fail.
  mutating func invoke(_ body: () -> Void) {
    let before = ProcessState()
    body()
    for change in ProcessState().changes(since: before) { find("BP-1.7", change) }
  }

  /// Fails on the host's account.
  mutating func refuse(_ obligation: String, _ message: String) -> Int32 {
    find(obligation, message, by: .host)
    error = bp_error(BP_ERROR_INVALID_ARGUMENT, first.map { "\($0)" } ?? message)
    return BP_ERROR_INVALID_ARGUMENT
  }

  mutating func fail(_ failure: CallFailed) -> Int32 {
    error = failure.error
    return failure.error.code
  }

  mutating func find(_ obligation: String, _ message: String, by party: Validation.Finding.Party = .plugin) {
    let finding = Validation.Finding(
      obligation: obligation, party: party, plugin: layer.name, device: Int(device), function: function,
      operation: subject?.name, message: subject.map { "\($0.call): \(message)" } ?? message)
    if first == nil { first = finding }
    Validation.add(finding)
  }
}

/// The plugin failed a call of the layer's own.
struct CallFailed: Error {
  let error: bp_error
}

extension ValidationLayer {
  /// Runs a call that can fail, and answers the host.
  ///
  /// - Parameter stream: What the host must serialize; nil where it need not.
  func check(
    _ function: String, _ devices: [Int32], on subject: CheckedCall.Subject? = nil, marker: CallMarker? = nil,
    _ err: ErrorPointer,
    _ body: (inout CheckedCall) -> Int32
  ) -> Int32 {
    var call = CheckedCall(layer: self, function: function, device: devices[0], subject: subject)
    var code = serialized(devices, marker, &call, body)
    if mode == .fatal {
      let pending = state.withLock { state in
        defer { state.pending = nil }
        return state.pending
      }
      if let finding = call.first ?? pending {
        return bp_fail(err, BP_ERROR_INTERNAL, "\(finding)")
      }
    }
    if code != BP_OK, let err {
      let size = err.pointee.struct_size
      err.pointee = call.error
      err.pointee.struct_size = size
      if call.error.code == BP_OK { code = bp_fail(err, BP_ERROR_INTERNAL, "\(function) failed without an error") }
    }
    return code
  }

  /// Runs a call that cannot fail.
  func check(_ function: String, _ device: Int32, _ body: (inout CheckedCall) -> Void) {
    var call = CheckedCall(layer: self, function: function, device: device, subject: nil)
    _ = serialized([device], nil, &call) { call in
      body(&call)
      return BP_OK
    }
    if mode == .fatal, let finding = call.first { state.withLock { $0.pending = $0.pending ?? finding } }
  }

  private func serialized(
    _ devices: [Int32], _ marker: CallMarker?, _ call: inout CheckedCall, _ body: (inout CheckedCall) -> Int32
  ) -> Int32 {
    state.withLock { $0.callCount += 1 }
    if let marker, !marker.enter() {
      call.find(
        "BP-1.6",
        "another thread's call on the same \(isSynchronous ? "device" : "stream") has not returned yet", by: .host)
      marker.wait()
    }
    defer { marker?.leave() }
    return withDevices(devices) { body(&call) }
  }
}
