import BackendAPI
import CUDATypes

extension Queue {
  /// Device memory, as much as `body` asks for, for the time until its work is done.
  func withArena(_ body: (Arena) throws(Failure) -> Void) throws(Failure) {
    let arena = Arena(self)
    defer { arena.release() }
    try body(arena)
    try arena.copyBack()
  }
}

/// Scratch memory of one operator, and copies of its operands that lie there without gaps.
final class Arena {
  private let queue: Queue
  private var blocks: [cu_pointer] = []
  private var results: [(from: UInt64, dtype: Int32, to: View)] = []

  init(_ queue: Queue) { self.queue = queue }

  func take(_ bytes: Int) throws(Failure) -> UInt64 {
    var pointer: cu_pointer = 0
    let driver = queue.device.driver
    let code = driver.cuMemAllocAsync(&pointer, max(bytes, 1), queue.stream.handle)
    if code == CU_OUT_OF_MEMORY {
      throw .outOfMemory("CUDA out of memory. Tried to allocate \(readable(bytes)) for \(operatorName(queue.op)).")
    }
    try queue.device.check(code, "\(operatorName(queue.op)): scratch memory")
    blocks.append(pointer)
    return pointer
  }

  /// Gives the memory back, in the stream's order.
  func release() {
    for block in blocks { _ = queue.device.driver.cuMemFreeAsync(block, queue.stream.handle) }
    blocks = []
  }

  /// The elements of an input in row-major order without gaps, as another type if it is another.
  func contiguous(_ view: View, as dtype: Int32? = nil) throws(Failure) -> UInt64 {
    let dtype = dtype ?? view.dtype
    if dtype == view.dtype && view.isContiguous { return view.address }
    let address = try take(view.count * Int(bp_dtype_size(dtype)))
    try copy(view, to: address, dtype)
    return address
  }

  /// Where an output's elements are to go in row-major order without gaps; `copyBack` takes them from there.
  func result(_ view: View, as dtype: Int32? = nil) throws(Failure) -> UInt64 {
    let dtype = dtype ?? view.dtype
    if dtype == view.dtype && view.isContiguous { return view.address }
    let address = try take(view.count * Int(bp_dtype_size(dtype)))
    results.append((address, dtype, view))
    return address
  }

  func copyBack() throws(Failure) {
    for (address, dtype, view) in results { try copy(from: address, dtype, to: view) }
    results = []
  }

  /// Copies elements without gaps, of any type, to a view.
  func copy(from address: UInt64, _ dtype: Int32, to view: View) throws(Failure) {
    // Kernels have numbers for each operator: those of copies are COPY's.
    let queue = Queue(stream: queue.stream, op: BP_OP_COPY)
    try withContiguousTensor((0..<view.rank).map(view.extent), at: address, dtype) { (source) throws(Failure) in
      try CUDABackend.copy(queue, from: source, to: view)
    }
  }

  func copy(_ view: View, to address: UInt64, _ dtype: Int32) throws(Failure) {
    // Kernels have numbers for each operator: those of copies are COPY's.
    let queue = Queue(stream: queue.stream, op: BP_OP_COPY)
    try withContiguousTensor((0..<view.rank).map(view.extent), at: address, dtype) { (target) throws(Failure) in
      try CUDABackend.copy(queue, from: view, to: target)
    }
  }
}

/// A tensor without gaps in memory that an operator has for itself.
func withContiguousTensor(
  _ shape: [Int], at address: UInt64, _ dtype: Int32, _ body: (View) throws(Failure) -> Void
) throws(Failure) {
  var strides = [Int64](repeating: 0, count: shape.count), step: Int64 = 1
  for axis in shape.indices.reversed() {
    strides[axis] = step
    step *= Int64(shape[axis])
  }
  let extents = shape.map { Int64($0) }
  let result = extents.withUnsafeBufferPointer { extents in
    strides.withUnsafeBufferPointer { strides in
      var tensor = bp_tensor()
      tensor.struct_size = UInt32(MemoryLayout<bp_tensor>.size)
      tensor.dtype = dtype
      tensor.rank = Int32(shape.count)
      tensor.buffer = address
      tensor.shape = extents.baseAddress
      tensor.strides = strides.baseAddress
      return withUnsafePointer(to: tensor) { pointer in Result { () throws(Failure) in try body(pointer) } }
    }
  }
  try result.get()
}

extension UnsafePointer<bp_tensor> {
  /// Whether the elements lie in row-major order without gaps.
  var isContiguous: Bool {
    var step = 1
    for axis in (0..<rank).reversed() where extent(axis) != 1 {
      if stride(axis) != step { return false }
      step *= extent(axis)
    }
    return true
  }
}
