import BackendAPI
import Glibc

/// A strided view of memory: what a `bp_tensor` describes, checked.
struct View {
  let dtype: DType
  let shape: [Int]
  var strides: [Int]
  /// Where element (0, 0, …) lies. Not to be touched when the view is empty.
  let base: UnsafeMutableRawPointer
  let isImmediate: Bool

  var rank: Int { shape.count }
  var count: Int { elementCount(shape) }

  /// The offset of each element from `base`, in elements, in row-major order.
  var offsets: [Int] { ReferenceBackend.offsets(shape, strides) }

  /// The real (0) or imaginary (1) parts of a complex view. A real view is its own real part.
  func part(_ index: Int) -> View {
    if dtype.kind != .complex { return self }
    return View(
      dtype: dtype.partType, shape: shape, strides: strides.map { $0 &* 2 },
      base: base + index * dtype.partType.size, isImmediate: isImmediate)
  }
}

/// The product of the extents. Extents beside a 0 may be of any size.
func elementCount(_ shape: [Int]) -> Int {
  shape.contains(0) ? 0 : shape.reduce(1, *)
}

/// The offset of each element of a tensor of this shape and these strides, in row-major order.
func offsets(_ shape: [Int], _ strides: [Int]) -> [Int] {
  if shape.contains(0) { return [] }
  var offsets = [0]
  for (extent, stride) in zip(shape, strides) where extent > 1 {
    var next: [Int] = []
    next.reserveCapacity(offsets.count * extent)
    for offset in offsets {
      for i in 0..<extent { next.append(offset + i * stride) }
    }
    offsets = next
  }
  return offsets
}

/// The strides of a row-major contiguous tensor.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = shape
  var stride = 1
  for axis in shape.indices.reversed() {
    strides[axis] = stride
    stride = stride &* shape[axis]
  }
  return strides
}

/// For each element of a tensor of `shape`, in row-major order: the row-major index of the element
/// of `reduced` that it is reduced into. `reduced` has extent 1 where an axis is reduced.
func groups(of shape: [Int], into reduced: [Int]) -> [Int] {
  offsets(shape, zip(rowMajorStrides(reduced), reduced).map { stride, extent in extent == 1 ? 0 : stride })
}

// MARK: - Elements

extension View {
  /// The elements of a float view, in row-major order. Exact.
  func floats() -> [Double] {
    let offsets = offsets
    switch dtype {
    case .float16:
      let elements = base.assumingMemoryBound(to: Float16.self)
      return offsets.map { Double(elements[$0]) }
    case .bfloat16:
      let elements = base.assumingMemoryBound(to: UInt16.self)
      return offsets.map { double(bfloat16Bits: elements[$0]) }
    case .float32:
      let elements = base.assumingMemoryBound(to: Float.self)
      return offsets.map { Double(elements[$0]) }
    case .float64:
      let elements = base.assumingMemoryBound(to: Double.self)
      return offsets.map { elements[$0] }
    default: fatalError("floats() of \(dtype)")
    }
  }

  /// Writes the elements of a float view, each rounded once.
  func store(_ values: [Double]) {
    let offsets = offsets
    switch dtype {
    case .float16:
      let elements = base.assumingMemoryBound(to: Float16.self)
      for (offset, value) in zip(offsets, values) { elements[offset] = Float16(value) }
    case .bfloat16:
      let elements = base.assumingMemoryBound(to: UInt16.self)
      for (offset, value) in zip(offsets, values) { elements[offset] = bfloat16Bits(value) }
    case .float32:
      let elements = base.assumingMemoryBound(to: Float.self)
      for (offset, value) in zip(offsets, values) { elements[offset] = Float(value) }
    case .float64:
      let elements = base.assumingMemoryBound(to: Double.self)
      for (offset, value) in zip(offsets, values) { elements[offset] = value }
    default: fatalError("store of floats to \(dtype)")
    }
  }

  /// The elements of an integer or bool view, in row-major order; a bool is 0 or 1.
  func integers() -> [Int64] {
    let offsets = offsets
    func load<T: FixedWidthInteger>(_ type: T.Type) -> [Int64] {
      let elements = base.assumingMemoryBound(to: type)
      return offsets.map { Int64(elements[$0]) }
    }
    switch dtype {
    case .bool:
      let elements = base.assumingMemoryBound(to: UInt8.self)
      return offsets.map { elements[$0] != 0 ? 1 : 0 }
    case .uint8: return load(UInt8.self)
    case .int8: return load(Int8.self)
    case .int16: return load(Int16.self)
    case .int32: return load(Int32.self)
    case .int64: return load(Int64.self)
    default: fatalError("integers() of \(dtype)")
    }
  }

  /// Writes the elements of an integer view, wrapped, or of a bool view.
  func store(_ values: [Int64]) {
    let offsets = offsets
    func store<T: FixedWidthInteger>(_ type: T.Type) {
      let elements = base.assumingMemoryBound(to: type)
      for (offset, value) in zip(offsets, values) { elements[offset] = T(truncatingIfNeeded: value) }
    }
    switch dtype {
    case .bool:
      let elements = base.assumingMemoryBound(to: UInt8.self)
      for (offset, value) in zip(offsets, values) { elements[offset] = value != 0 ? 1 : 0 }
    case .uint8: store(UInt8.self)
    case .int8: store(Int8.self)
    case .int16: store(Int16.self)
    case .int32: store(Int32.self)
    case .int64: store(Int64.self)
    default: fatalError("store of integers to \(dtype)")
    }
  }

  /// Writes the elements of a bool view.
  func store(_ values: [Bool]) { store(values.map { $0 ? Int64(1) : 0 }) }
}

/// Moves elements between views of one type, bit for bit (a bool comes out as 0 or 1), from one list
/// of offsets to another.
func move(_ source: View, _ sourceOffsets: [Int], to target: View, _ targetOffsets: [Int]) {
  let size = source.dtype.size
  for (from, to) in zip(sourceOffsets, targetOffsets) {
    if source.dtype == .bool {
      let isTrue = (source.base + from).load(as: UInt8.self) != 0
      (target.base + to).storeBytes(of: isTrue ? 1 : 0, as: UInt8.self)
    } else {
      (target.base + to * size).copyMemory(from: source.base + from * size, byteCount: size)
    }
  }
}

// MARK: - Checking

extension View {
  /// Reads and checks a tensor of an `execute` call; `name` says which in messages.
  init(_ tensor: UnsafePointer<bp_tensor>, dtype: DType, name: String) throws(Failure) {
    let rank = Int(tensor.pointee.rank)
    guard (0...Int(BP_MAX_RANK)).contains(rank) else {
      throw .invalid("\(name) has rank \(rank), not 0 to \(BP_MAX_RANK)")
    }
    guard rank == 0 || (tensor.pointee.shape != nil && tensor.pointee.strides != nil) else {
      throw .invalid("\(name) has rank \(rank) and no shape or strides")
    }
    let shape = (0..<rank).map { Int(tensor.pointee.shape[$0]) }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw .invalid("\(name) has shape \(shape), with a negative extent")
    }
    try checkScratch(shape, name: name)

    if tensor.pointee.flags & BP_TENSOR_IMMEDIATE != 0 {
      let value = UnsafeRawPointer(tensor) + MemoryLayout<bp_tensor>.offset(of: \.immediate)!
      self.init(
        dtype: dtype, shape: shape, strides: Array(repeating: 0, count: rank),
        base: UnsafeMutableRawPointer(mutating: value), isImmediate: true)
      return
    }
    let strides = (0..<rank).map { Int(tensor.pointee.strides[$0]) }
    let base: UnsafeMutableRawPointer
    if shape.contains(0) {
      base = UnsafeMutableRawPointer(mutating: tensor)  // Any address: an empty view has no elements.
    } else {
      base = try elementZero(of: tensor, shape, strides, dtype, name: name)
    }
    self.init(dtype: dtype, shape: shape, strides: strides, base: base, isImmediate: false)
  }
}

/// Turns down a tensor whose elements would not fit the machine, held as 64-bit numbers beside lists of where they come
/// from and go to: Swift's arrays end the program where there is no memory for them.
private func checkScratch(_ shape: [Int], name: String) throws(Failure) {
  if shape.contains(0) { return }
  var bytes = 32
  for extent in shape {
    let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
    guard !overflow && product <= physicalMemory else {
      throw .outOfMemory("\(name) of shape \(shape) has more elements than memory has room for")
    }
    bytes = product
  }
  if bytes <= 1 << 20 { return }
  // Not malloc: a block that nothing uses is one that the optimizer does not ask for.
  guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED
  else {
    throw .outOfMemory("\(name) of shape \(shape): no room for \(bytes) bytes of work space")
  }
  munmap(memory, bytes)
}

/// The address of a view's first element, after checking that all its elements lie in its buffer.
private func elementZero(
  of tensor: UnsafePointer<bp_tensor>, _ shape: [Int], _ strides: [Int], _ dtype: DType, name: String
) throws(Failure) -> UnsafeMutableRawPointer {
  let buffer = try Memory.buffer(tensor.pointee.buffer, for: name)
  let size = Int128(dtype.size)
  var first = Int128(tensor.pointee.byte_offset)
  var last = first
  for (extent, stride) in zip(shape, strides) {
    let span = Int128(extent - 1) * Int128(stride) * size
    if span < 0 { first += span } else { last += span }
  }
  guard first >= 0 && last + size <= Int128(buffer.bytes) else {
    throw .invalid(
      "\(name) reaches bytes \(first) to \(last + size) of a buffer of \(buffer.bytes) bytes")
  }
  let base = buffer.address + Int(tensor.pointee.byte_offset)
  guard Int(bitPattern: base) % dtype.partType.size == 0 else {
    throw .invalid("\(name) is not aligned to its elements' size")
  }
  return base
}
