import Backplane

/// The devices that every test of tensors runs on: two with every operator, and two with the core operators alone, for
/// which the frontend decomposes the others.
package let testDevices: [Device] = factorizationDevices + coreDevices

/// Those that factorize matrices, for which there is no decomposition [BP-6.1].
package let factorizationDevices: [Device] = ["cpu", "reference"]

/// Those with the core operators alone; the second moreover wants contiguous operands and a workspace.
package let coreDevices: [Device] = [CoreDevice.load("core"), CoreDevice.load("exacting")]

/// One with every operator and one with the core operators alone, for tests that take long.
package let oneOfEachKind: [Device] = ["cpu", coreDevices[0]]

/// Whether an error says that the device lacks a factorization, as those with the core operators alone do.
package func isRefusedFactorization(_ error: any Error, on device: Device) -> Bool {
  guard coreDevices.contains(device), let error = error as? BackplaneError, error.kind == .unsupported else {
    return false
  }
  return ["cholesky", "lu", "solve_triangular", "qr", "eigh", "eig", "svd"].contains {
    error.message.hasPrefix("\($0) of (") && error.message.contains(" is not supported on \(device)")
  }
}

/// The message of the error that `body` must throw.
package func errorMessage(_ body: () throws -> Void) -> String {
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
package func errorKind(_ body: () throws -> Void) -> BackplaneError.Kind? {
  do {
    try withErrors(body)
    return nil
  } catch {
    return (error as? BackplaneError)?.kind
  }
}

/// Whether two lists of numbers agree within a relative and absolute tolerance; NaN equals NaN.
package func areClose(_ a: [Double], _ b: [Double], tolerance: Double = 1e-5) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      (x.isNaN && y.isNaN) || x == y || abs(x - y) <= tolerance * max(1, abs(y))
    }
}
