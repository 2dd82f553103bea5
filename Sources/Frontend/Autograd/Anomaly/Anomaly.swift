import Synchronization

/// The mode in which operations note where they were called, and gradients are looked at.
enum Anomaly {
  /// What is done in it.
  struct Mode: Sendable {
    /// Whether gradients are looked at for NaN.
    let checksNaN: Bool
  }

  @TaskLocal private static var ofTask: Mode??

  /// How many scopes are open, and one where it is on for the whole program.
  private static let count = Atomic<Int>(0)
  private static let ofProgram = Lock<Mode?>(nil)

  /// Whether it may be on, for one load.
  @inline(__always)
  static var isAnywhere: Bool { count.load(ordering: .relaxed) != 0 }

  /// What is done in this task, or nil.
  static var mode: Mode? {
    guard isAnywhere else { return nil }
    return ofTask ?? ofProgram.withLock { $0 }
  }

  static func with<Result>(_ mode: Mode?, _ body: () throws -> Result) rethrows -> Result {
    count.add(1, ordering: .relaxed)
    defer { count.subtract(1, ordering: .relaxed) }
    return try $ofTask.withValue(.some(mode), operation: body)
  }

  static func set(_ mode: Mode?) {
    ofProgram.withLock { current in
      if (current == nil) != (mode == nil) { count.add(mode == nil ? -1 : 1, ordering: .relaxed) }
      current = mode
    }
  }

  /// Notes where the operation of a node was called.
  @inline(never)
  static func note(_ node: Node) {
    if mode != nil { node.withExtras { $0.trace = CallTrace() } }
  }
}

extension Anomaly.Mode {
  /// The gradients that `body` computes of a node's operands. Where that fails, or they are not numbers, the error says
  /// where the operation was called.
  func watch(
    _ node: Node, _ body: () throws(BackplaneError) -> [Tensor?]
  ) throws(BackplaneError) -> [Tensor?] {
    let gradients: [Tensor?]
    do throws(BackplaneError) {
      gradients = try body()
    } catch {
      throw BackplaneError(error.kind, "\(error.message)\n\(origin(of: node))")
    }
    guard checksNaN else { return gradients }
    for (i, gradient) in gradients.enumerated() {
      guard let gradient, try hasNaN(gradient) else { continue }
      throw BackplaneError(
        .autograd, "Function '\(node.name)' returned nan values in its \(i)th output.\n\(origin(of: node))")
    }
    return gradients
  }

  private func hasNaN(_ x: Tensor) throws(BackplaneError) -> Bool {
    guard x.dtype.isFloatingPoint || x.dtype.isComplex, x.numel > 0 else { return false }
    return try withoutGradients { () throws(BackplaneError) in
      try Ops.item(Ops.sum(Ops.compare(.ne, x, x), nil, keepDim: false)).double != 0
    }
  }

  private func origin(of node: Node) -> String {
    guard let trace = node.extras?.trace else {
      return "No forward pass information available. Enable detect anomaly during forward pass for more information."
    }
    return "Error detected in \(node.name). Traceback of forward call that caused the error:\n\(trace)"
  }
}

/// Runs code whose operations note where they were called, and in which `backward()` fails where a gradient is NaN, with
/// an error that names the operation and the lines that called it.
///
/// ```swift
/// try withErrors {
///   detectAnomaly {
///     let x = Tensor([0.0], requiresGrad: true)
///     (x.sqrt() * 0).sum().backward()
///   }
/// }
/// // Function 'SqrtBackward0' returned nan values in its 0th output.
/// // Error detected in SqrtBackward0. Traceback of forward call that caused the error:
/// //   File "Sources/App/App.swift", line 4, in closure #1 in closure #1 in main()
/// ```
///
/// Lines are known of programs built with debugging information, as `swift build` does; of others functions are named.
/// It makes programs slow, and is for finding mistakes. `backward()` outside of it does not look at gradients.
///
/// - Parameter checkNan: Whether gradients are looked at; without, only the errors that happen in `backward()` anyway say
///   where the operation was called.
@discardableResult
public func detectAnomaly<Result>(checkNan: Bool = true, _ body: () throws -> Result) rethrows -> Result {
  try Anomaly.with(Anomaly.Mode(checksNaN: checkNan), body)
}

/// Puts the whole program into the mode of ``detectAnomaly(checkNan:_:)``, or out of it.
///
/// ```swift
/// setDetectAnomaly(true)
/// ```
public func setDetectAnomaly(_ mode: Bool, checkNan: Bool = true) {
  Anomaly.set(mode ? Anomaly.Mode(checksNaN: checkNan) : nil)
}

/// Whether operations note where they were called.
public var isAnomalyEnabled: Bool { Anomaly.mode != nil }

/// Whether `backward()` fails where a gradient is NaN.
public var isAnomalyCheckNanEnabled: Bool { Anomaly.mode?.checksNaN ?? false }
