import Backplane

/// The devices that every test of tensors runs on.
let testDevices: [Device] = ["cpu", "reference"]

/// The message of the error that `body` must throw.
func errorMessage(_ body: () throws -> Void) -> String {
  do {
    try withErrors(body)
    return "(no error)"
  } catch let error as BackplaneError {
    return error.message
  } catch {
    return "(another error: \(error))"
  }
}

/// The kind of the error that `body` must throw.
func errorKind(_ body: () throws -> Void) -> BackplaneError.Kind? {
  do {
    try withErrors(body)
    return nil
  } catch {
    return (error as? BackplaneError)?.kind
  }
}

/// Whether two lists of numbers agree within a relative and absolute tolerance; NaN equals NaN.
func areClose(_ a: [Double], _ b: [Double], tolerance: Double = 1e-5) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      (x.isNaN && y.isNaN) || x == y || abs(x - y) <= tolerance * max(1, abs(y))
    }
}
