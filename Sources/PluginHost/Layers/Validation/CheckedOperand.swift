import BackendAPI

/// A tensor of a call whose buffer is alive and which lies within it.
struct CheckedOperand {
  let buffer: GuardedBuffer
  let view: bp_tensor
  let isOutput: Bool
  /// "input 1"
  let name: String
  let elementSize: Int
  /// The extents and byte strides of the axes that move, longest stride first; strides made positive.
  private let axes: [(extent: Int, stride: Int)]
  /// The bytes from the first to past the last, in the plugin's offsets.
  let span: Range<Int>

  /// Nil for what has no bytes: immediates and empty tensors.
  static func check(
    _ pointer: UnsafePointer<bp_tensor>?, _ index: Int, isOutput: Bool, of op: bp_op, _ layer: ValidationLayer,
    _ device: Int32
  ) throws(HostFault) -> CheckedOperand? {
    let name = "\(isOutput ? "output" : "input") \(index)"
    func fault(_ obligation: String, _ message: String) -> HostFault {
      HostFault(obligation: obligation, message: "\(name) \(message)")
    }
    guard let pointer else { throw fault("BP-5.5", "is NULL") }
    let view = pointer.pointee
    guard (0...BP_MAX_RANK).contains(view.rank) else { throw fault("BP-4.1", "has rank \(view.rank)") }
    guard view.rank == 0 || (view.shape != nil && view.strides != nil) else {
      throw fault("BP-4.1", "has no shape or no strides")
    }
    guard view.extents.allSatisfy({ $0 >= 0 }) else { throw fault("BP-4.1", "has the shape \(view.extents)") }
    let size = Int(bp_dtype_size(view.dtype))
    guard size > 0 else { throw fault("BP-5.1", "is of the unknown type \(view.dtype)") }
    if view.flags & BP_TENSOR_IMMEDIATE != 0 {
      guard !isOutput else { throw fault("BP-4.6", "is an immediate") }
      guard OperatorFacts.takesImmediates(op.op) else {
        throw fault("BP-4.6", "is an immediate, which \(CallText.name(op.op)) has none of")
      }
      guard view.steps.allSatisfy({ $0 == 0 }) else { throw fault("BP-4.6", "is an immediate with strides") }
      return nil
    }
    let buffer: GuardedBuffer
    do throws(HostFault) { buffer = try layer.buffer(view.buffer, device) } catch {
      throw fault(error.obligation, "is no tensor: \(error.message)")
    }
    guard !view.extents.contains(0) else { return nil }
    if isOutput, zip(view.extents, view.steps).contains(where: { $0 > 1 && $1 == 0 }) {
      throw fault("BP-4.3", "overlaps itself, with the strides \(view.steps)")
    }
    let operand = try CheckedOperand(buffer, view, isOutput: isOutput, name, size)
    if isOutput, !OperatorFacts.takesAnyStrides(op.op),
      zip(view.extents, view.steps).contains(where: { $0 > 1 && $1 < 0 })
    {
      throw fault("BP-4.2", "has the strides \(view.steps)")
    }
    return operand
  }

  private init(
    _ buffer: GuardedBuffer, _ view: bp_tensor, isOutput: Bool, _ name: String, _ size: Int
  ) throws(HostFault) {
    self.buffer = buffer
    self.view = view
    self.isOutput = isOutput
    self.name = name
    elementSize = size
    var axes: [(extent: Int, stride: Int)] = []
    var low = Int(view.byte_offset), high = Int(view.byte_offset)
    let leaves = HostFault(
      obligation: "BP-5.1",
      message: "\(name) with the shape \(view.extents), the strides \(view.steps) and the offset \(view.byte_offset) "
        + "leaves its buffer of \(buffer.bytes) bytes")
    for (extent, step) in zip(view.extents, view.steps) where extent > 1 && step != 0 {
      let (stride, isTooLong) = step.multipliedReportingOverflow(by: size)
      let (reach, isTooFar) = stride.multipliedReportingOverflow(by: extent - 1)
      let (end, isOut) = (reach < 0 ? low : high).addingReportingOverflow(reach)
      guard !isTooLong, !isTooFar, !isOut, stride != .min else { throw leaves }
      if reach < 0 { low = end } else { high = end }
      axes.append((extent, abs(stride)))
    }
    guard low >= 0, high <= buffer.bytes - size else { throw leaves }
    let address = buffer.base.map { Int(bitPattern: $0) + buffer.guardBytes } ?? 0
    guard (address &+ Int(view.byte_offset)) % size == 0 else {
      throw HostFault(
        obligation: "BP-4.4", message: "\(name) at offset \(view.byte_offset) is not aligned to \(size) bytes")
    }
    self.axes = axes.sorted { $0.stride > $1.stride }
    span = low + buffer.guardBytes..<high + size + buffer.guardBytes
  }

  /// The runs of neighbouring bytes that the elements take up, each once.
  func forEachRun(_ body: (Range<Int>) -> Void) {
    var outer = axes
    var length = elementSize
    while let last = outer.last, last.stride == length {
      length *= last.extent
      outer.removeLast()
    }
    var position = [Int](repeating: 0, count: outer.count)
    var start = span.lowerBound
    while true {
      body(start..<start + length)
      var axis = outer.count - 1
      while axis >= 0 {
        position[axis] += 1
        start += outer[axis].stride
        if position[axis] < outer[axis].extent { break }
        start -= outer[axis].stride * outer[axis].extent
        position[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// The index of the element that holds a byte.
  func index(ofByte byte: Int) -> [Int]? {
    let (extents, steps) = (view.extents, view.steps)
    var index = [Int](repeating: 0, count: extents.count)
    while true {
      let offset = zip(index, steps).reduce(0) { $0 + $1.0 * $1.1 } * elementSize
      let start = Int(view.byte_offset) + buffer.guardBytes + offset
      if (start..<start + elementSize).contains(byte) { return index }
      var axis = extents.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < extents[axis] { break }
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return nil }
    }
  }

  /// Whether another operand is the same view [BP-4.3].
  func isSameView(as other: CheckedOperand) -> Bool {
    buffer === other.buffer && view.byte_offset == other.view.byte_offset && view.dtype == other.view.dtype
      && view.extents == other.view.extents
      && zip(view.extents, zip(view.steps, other.view.steps)).allSatisfy { $0 <= 1 || $1.0 == $1.1 }
  }
}
