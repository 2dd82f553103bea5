import BackendAPI
import Synchronization

/// Whether operators must give the same bits for the same operands.
enum Determinism {
  private enum Mode: Int {
    case off, strict, warning
  }

  private static let state = Atomic<Int>(0)
  /// What was warned of.
  private static let warned = Lock<Set<String>>([])
  /// A call whose result is the same, although its operator does not promise that for all operands.
  @TaskLocal static var isVouched = false

  private static var mode: Mode { Mode(rawValue: state.load(ordering: .relaxed)) ?? .off }

  @inline(__always)
  static var isOn: Bool { state.load(ordering: .relaxed) != 0 }
  static var onlyWarns: Bool { mode == .warning }

  static func set(_ isOn: Bool, onlyWarns: Bool) {
    state.store((!isOn ? Mode.off : onlyWarns ? .warning : .strict).rawValue, ordering: .relaxed)
  }

  static func vouching(for body: () throws(BackplaneError) -> Void) throws(BackplaneError) {
    try $isVouched.withValue(true) { Result { () throws(BackplaneError) in try body() } }.get()
  }

  /// Throws, or warns, for an operator that a device does not promise the same results of.
  @inline(never)
  static func check(_ op: Operator, on context: DeviceContext) throws(BackplaneError) {
    let mode = mode
    guard mode != .off, !isVouched else { return }
    let what = "\(op.name) on \(context.device) does not have a deterministic implementation, but you set "
    guard mode == .warning else {
      throw BackplaneError(
        .unsupported,
        what
          + "'useDeterministicAlgorithms(true)'. You can turn off determinism just for this operation, or you can use "
          + "the 'warnOnly: true' option, if that's acceptable for your application.")
    }
    if warned.withLock({ $0.insert(what).inserted }) {
      Log.write(.warning, what + "'useDeterministicAlgorithms(true, warnOnly: true)'.")
    }
  }
}

extension Dispatcher {
  /// Asks whether a device promises the same results of an operator for operands of these types.
  static func isDeterministic(
    _ op: Operator, on context: DeviceContext, inputs: [DType], outputs: [DType]
  ) -> Bool {
    let views = (inputs + outputs).map { Layout.scalar.descriptor($0, buffer: 0, byteOffset: 0) }
    let answer = try? withCall(op, Array(views[..<inputs.count]), Array(views[inputs.count...]), nil) {
      (call) throws(BackplaneError) in try capability(op, call, on: context)
    }
    return answer.map { $0.flags & BP_OP_INFO_DETERMINISTIC != 0 } ?? true
  }
}

/// Makes every operator give the same bits for the same operands on the same device, from run to run.
///
/// ```swift
/// useDeterministicAlgorithms(true)
/// ```
///
/// Plugins say of each operator whether it is deterministic. All operators of `cpu` and `reference` are. Where one is
/// not, as sums by positions on `cuda` (`scatterAdd`, `indexAdd`, gradients of embeddings and of indexing), another way
/// is taken that is, by sorting, which takes more time; an operator for which there is none is an error, or with
/// `warnOnly` a warning. With one seed, a program that does the same steps then comes to the same results:
/// ``manualSeed(_:)``.
///
/// - Parameters:
///   - mode: Whether operators have to be deterministic.
///   - warnOnly: Whether one that is not is a warning instead of an error.
public func useDeterministicAlgorithms(_ mode: Bool, warnOnly: Bool = false) {
  Determinism.set(mode, onlyWarns: warnOnly)
}

/// Whether ``useDeterministicAlgorithms(_:warnOnly:)`` is on.
public var areDeterministicAlgorithmsEnabled: Bool { Determinism.isOn }

/// Whether an operator that is not deterministic is a warning instead of an error.
public var isDeterministicAlgorithmsWarnOnlyEnabled: Bool { Determinism.onlyWarns }
