/// Runs code whose misuse of tensors is thrown instead of ending the process.
///
/// Operators such as `a + b` do not throw: outside this function a misuse is a programming error
/// that stops the program with a message. Inside it, the first error is remembered, every
/// result that depends on it is invalid and leaves other tensors untouched, and the error is thrown when
/// `body` returns.
///
/// ```swift
/// let y = try withErrors { model(untrustedInput) }
/// ```
///
/// - Throws: The first ``BackplaneError`` of `body`; where there is none, what `body` itself throws.
@discardableResult
public func withErrors<Result>(_ body: () throws -> Result) throws -> Result {
  let scope = ErrorScope()
  do {
    let result = try ErrorScope.$current.withValue(scope) { try body() }
    if let error = scope.first { throw error }
    return result
  } catch {
    // What `body` throws after a misuse is mostly its consequence.
    throw scope.first ?? error
  }
}

/// Collects the errors of one `withErrors`.
final class ErrorScope: Sendable {
  @TaskLocal static var current: ErrorScope?

  private let storage = Lock<BackplaneError?>(nil)

  var first: BackplaneError? { storage.withLock { $0 } }

  func record(_ error: BackplaneError) {
    storage.withLock { if $0 == nil { $0 = error } }
  }
}

/// The funnel between the throwing internals and the plain spellings: returns the result of `body`;
/// on an error records it in the innermost `withErrors` and returns `placeholder`, or stops the program
/// where there is none.
@inline(__always)
func funnel<Result>(
  or placeholder: @autoclosure () -> Result, _ body: () throws(BackplaneError) -> Result
) -> Result {
  do {
    return try body()
  } catch {
    report(error)
    return placeholder()
  }
}

/// The funnel for operators, whose result after an error is the invalid tensor.
@inline(__always)
func funnel(_ body: () throws(BackplaneError) -> Tensor) -> Tensor {
  do {
    return try body()
  } catch {
    report(error)
    return Tensor.invalid
  }
}

@inline(never)
func report(_ error: BackplaneError) {
  guard let scope = ErrorScope.current else { stop(error.message) }
  scope.record(error)
}
