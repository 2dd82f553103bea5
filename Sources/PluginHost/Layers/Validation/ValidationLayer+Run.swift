import BackendAPI
import Glibc

extension ValidationLayer {
  /// How often operands of the same types are run twice although nothing is wrong, to see whether the plugin reads what
  /// it must not.
  static let probeCount = 2

  /// An operator, or a program of several, on operands that have been checked.
  struct Run {
    let device: Int32
    let stream: bp_stream
    let operands: [CheckedOperand]
    let readsOutputs: Bool
    let isDeterministic: Bool
    /// What is broken where an element is not written, or the plugin refuses what it did before.
    let obligation: String
    /// Whether it is run twice although nothing is wrong; asked once.
    let isProbed: () -> Bool
    let start: (ErrorPointer) -> Int32
    let checkRefusal: (Int32, inout CheckedCall) -> Void
  }

  /// Runs between two looks at the operands and at what lies around them.
  func run(_ run: Run, _ call: inout CheckedCall) throws -> Int32 {
    let snapshot = try Snapshot(run.operands, readsOutputs: run.readsOutputs, self, run.stream)
    if snapshot.isRepeatable { try snapshot.poison(Snapshot.poison.first, self, run.stream) }
    let code = invoke(run, &call)
    let after = try snapshot.read(self, run.stream)
    for damage in snapshot.damage(after) { call.find("BP-4.5", damage) }
    guard code == BP_OK else {
      run.checkRefusal(code, &call)
      return code
    }
    guard snapshot.isRepeatable, call.first == nil else { return code }
    let isSuspicious = snapshot.isSuspicious(after)
    guard run.isProbed() || isSuspicious else { return code }
    return try runAgain(run, snapshot, after, &call)
  }

  /// Runs once more, on another poison, and with other bytes in the guard zones.
  private func runAgain(
    _ run: Run, _ snapshot: Snapshot, _ first: [[UInt8]], _ call: inout CheckedCall
  ) throws -> Int32 {
    try snapshot.poison(Snapshot.poison.second, self, run.stream)
    try snapshot.setGuards(inverted: true, self, run.stream)
    let code = invoke(run, &call)
    let second = try snapshot.read(self, run.stream)
    try snapshot.setGuards(inverted: false, self, run.stream)
    guard code == BP_OK else {
      call.find(run.obligation, "run a second time on the same operands, it fails: \(call.error.text(code))")
      return code
    }
    let unwritten = snapshot.elements(first, second) { first, second, size in
      Snapshot.isPoison(first, size, Snapshot.poison.first) && Snapshot.isPoison(second, size, Snapshot.poison.second)
    }
    for (output, index) in unwritten { call.find(run.obligation, "\(output), element \(index), was not written") }
    guard unwritten.isEmpty, run.isDeterministic else { return code }
    let different = snapshot.elements(first, second) { memcmp($0, $1, $2) != 0 }
    for (output, index) in different {
      call.find(
        "BP-4.5",
        "\(output), element \(index), differs when the operator is run again, with other bytes beyond its operands: "
          + "it reads what is not its own, or is not deterministic as query_op says")
    }
    return code
  }

  /// Executes, and waits.
  private func invoke(_ run: Run, _ call: inout CheckedCall) -> Int32 {
    let code = call.invoke(run.start)
    guard code == BP_OK, !isSynchronous else { return code }
    let finished = call.invoke { synchronize(run.device, run.stream, $0) }
    if finished != BP_OK, call.error.flags & BP_ERROR_FLAG_ASYNC == 0 {
      call.find("BP-9.4", "its fault, reported by stream_synchronize, is not flagged as asynchronous")
    }
    return finished
  }
}
