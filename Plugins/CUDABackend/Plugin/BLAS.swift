import CUDATypes

/// cuBLAS with its one handle, which calls take in turn.
final class BLAS: @unchecked Sendable {
  // Sendable: `lock` guards the handle.

  private let functions: cuda_blas
  private let handle: cublas_handle
  private let lock = Lock()

  init(_ functions: cuda_blas) throws(MissingLibrary) {
    self.functions = functions
    var handle: cublas_handle?
    let code = functions.cublasCreate_v2(&handle)
    guard code == 0, let handle else { throw MissingLibrary(message: "cuBLAS cannot start: status \(code)") }
    self.handle = handle
    // Sums of 16-bit products stay in float32 and are rounded once, also where cuBLAS splits them.
    _ = functions.cublasSetMathMode(handle, CUBLAS_MATH_NO_REDUCED_SUMS)
  }

  /// Calls a function of cuBLAS on a stream, with a workspace that no other stream uses.
  func call(_ queue: Queue, _ body: (cuda_blas, cublas_handle) -> cublas_status) throws(Failure) {
    let workspace = queue.stream.workspace()
    let code = lock.with {
      var code = functions.cublasSetStream_v2(handle, queue.stream.handle)
      // Setting the stream takes the workspace away.
      if code == 0, let workspace {
        let pointer = UnsafeMutableRawPointer(bitPattern: UInt(workspace.address))
        code = functions.cublasSetWorkspace_v2(handle, pointer, workspace.bytes)
      }
      return code == 0 ? body(functions, handle) : code
    }
    queue.stream.lastOperator = queue.op
    if code != 0 { throw Failure(1, "\(operatorName(queue.op)): cuBLAS status \(code)") }
  }
}
