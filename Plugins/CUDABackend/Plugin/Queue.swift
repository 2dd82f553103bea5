import BackendAPI
import CUDATypes

/// Where an operator's kernels go: a stream, and the operator for messages.
struct Queue {
  let stream: Stream
  let op: Int32

  var device: Device { stream.device }

  /// Threads of a block, unless a kernel wants another number.
  static let threads = 256

  /// Blocks for a loop over `count` items that goes on in steps of the whole grid.
  func blocks(for count: Int, threads: Int = Queue.threads) -> Int {
    max(1, min((count + threads - 1) / threads, device.multiprocessors * 32))
  }

  /// Blocks for a loop over `count` items that seldom goes on: one for every `threads` of them.
  func everyBlock(for count: Int, threads: Int) -> Int {
    max(1, min((count + threads - 1) / threads, Int(Int32.max)))
  }

  /// Starts a kernel of a source file, compiled under definitions such as `DTYPE=9`. It takes one struct by value.
  func launch<Parameters: BitwiseCopyable>(
    _ kernel: String, of file: String, _ definitions: [String] = [], blocks: Int, threads: Int = Queue.threads,
    sharedBytes: Int = 0, _ parameters: Parameters
  ) throws(Failure) {
    let function = try device.modules().function(kernel, of: file, definitions)
    try withUnsafePointer(to: parameters) { (pointer) throws(Failure) in
      try start(function, blocks: blocks, threads: threads, sharedBytes: sharedBytes, pointer)
    }
  }

  /// Starts a kernel that has a number of its own: `names` is asked for its file and definitions but once, since putting
  /// them together takes as long as the launch.
  func launch<Parameters: BitwiseCopyable>(
    _ number: Int, blocks: Int, threads: Int = Queue.threads, _ parameters: UnsafePointer<Parameters>,
    _ names: () -> (kernel: String, file: String, definitions: [String])
  ) throws(Failure) {
    let function = try device.modules().function(number, names)
    try start(function, blocks: blocks, threads: threads, sharedBytes: 0, parameters)
  }

  /// Starts a kernel that is there.
  func start(
    _ function: cu_function, blocks: Int, threads: Int, sharedBytes: Int, _ parameters: UnsafeRawPointer
  ) throws(Failure) {
    stream.lastOperator = op
    // More than every device gives has to be asked for.
    if sharedBytes > 48 << 10 {
      let code = device.driver.cuFuncSetAttribute(
        function, CU_FUNCTION_DYNAMIC_SHARED_BYTES, Int32(sharedBytes))
      try device.check(code, "\(operatorName(op)): \(sharedBytes) bytes of shared memory")
    }
    var argument: UnsafeMutableRawPointer? = UnsafeMutableRawPointer(mutating: parameters)
    let code = device.driver.cuLaunchKernel(
      function, UInt32(blocks), 1, 1, UInt32(threads), 1, 1, UInt32(sharedBytes), stream.handle, &argument, nil)
    try device.check(code, "\(operatorName(op)): launch")
  }

  /// Device memory for the time until `body`'s work is done: it is given back in the stream's order.
  func withScratch(_ bytes: Int, _ body: (UInt64) throws(Failure) -> Void) throws(Failure) {
    var pointer: cu_pointer = 0
    let code = device.driver.cuMemAllocAsync(&pointer, max(bytes, 1), stream.handle)
    if code == CU_OUT_OF_MEMORY {
      throw .outOfMemory("CUDA out of memory. Tried to allocate \(readable(bytes)) for \(operatorName(op)).")
    }
    try device.check(code, "\(operatorName(op)): scratch memory")
    let result = Result { () throws(Failure) in try body(pointer) }
    try device.check(device.driver.cuMemFreeAsync(pointer, stream.handle), "\(operatorName(op)): scratch memory")
    try result.get()
  }
}
