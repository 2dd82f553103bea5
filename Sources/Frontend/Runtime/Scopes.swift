import Synchronization

/// What `noGrad`, `inferenceMode`, `withDevice` and `autocast` change, for the current task.
///
/// A task-local costs some twenty nanoseconds to read. `count` tells, for one load, that no
/// scope is open anywhere, which is what a small operator usually finds.
enum Scopes {
  @TaskLocal static var gradientsAreRecorded = true
  @TaskLocal static var isInferring = false
  @TaskLocal static var device: Device?
  @TaskLocal static var autocast: Autocast.Scope?

  private static let count = Atomic<Int>(0)

  @inline(__always)
  static var recordsGradients: Bool {
    count.load(ordering: .relaxed) == 0 || gradientsAreRecorded
  }

  /// Whether any scope is open anywhere.
  @inline(__always)
  static var areOpen: Bool { count.load(ordering: .relaxed) != 0 }

  @inline(__always)
  static var infers: Bool {
    count.load(ordering: .relaxed) != 0 && isInferring
  }

  @inline(__always)
  static func with<Value: Sendable, Result>(
    _ local: TaskLocal<Value>, _ value: Value, _ body: () throws -> Result
  ) rethrows -> Result {
    count.add(1, ordering: .relaxed)
    defer { count.subtract(1, ordering: .relaxed) }
    return try local.withValue(value, operation: body)
  }
}

/// Runs code whose results need no gradients.
///
/// ```swift
/// let prediction = noGrad { model(x) }
/// ```
@discardableResult
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Scopes.with(Scopes.$gradientsAreRecorded, false, body)
}

/// Records gradients again inside `noGrad`.
@discardableResult
public func enableGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Scopes.with(Scopes.$gradientsAreRecorded, true, body)
}

/// Runs code without gradients, whose results are moreover barred from being saved for a gradient later.
///
/// ```swift
/// let prediction = inferenceMode { model(x) }
/// ```
@discardableResult
public func inferenceMode<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Scopes.with(Scopes.$gradientsAreRecorded, false) {
    try Scopes.with(Scopes.$isInferring, true, body)
  }
}

/// Makes a device the default one inside `body`.
///
/// ```swift
/// withDevice("cuda:0") { Tensor.zeros([2, 3]) }
/// ```
@discardableResult
public func withDevice<Result>(_ device: Device, _ body: () throws -> Result) rethrows -> Result {
  try Scopes.with(Scopes.$device, device, body)
}

/// Whether operators record what their gradients need.
public var isGradEnabled: Bool { Scopes.recordsGradients }

/// As ``noGrad(_:)``, for code that throws Backplane's errors.
func withoutGradients<Result>(
  _ body: () throws(BackplaneError) -> Result
) throws(BackplaneError) -> Result {
  try noGrad { Swift.Result { () throws(BackplaneError) in try body() } }.get()
}

extension Device {
  /// The device that tensors are made on: the innermost `withDevice`, else `BACKPLANE_DEVICE`, else `cpu`.
  public static var `default`: Device { Scopes.device ?? .ofEnvironment }
}
