import BackendAPI

/// A plugin's table with some of its functions replaced: each call goes through this object, which
/// the table carries as its context, to the original or to what was planted.
final class DamagedPlugin {
  typealias Execute = (DamagedPlugin, UnsafePointer<bp_op>, UnsafeMutablePointer<bp_error>?) -> Int32
  typealias Query = (
    DamagedPlugin, UnsafePointer<bp_op>, UnsafeMutablePointer<bp_op_info>, UnsafeMutablePointer<bp_error>?
  ) -> Int32
  typealias Alloc = (
    DamagedPlugin, Int64, Int64, UnsafeMutablePointer<bp_buffer>, UnsafeMutablePointer<bp_error>?
  ) -> Int32

  let original: bp_plugin
  var table: bp_plugin
  var execute: Execute = { $0.originalExecute($1, $2) }
  var query: Query = { $0.originalQuery($1, $2, $3) }
  var alloc: Alloc = { $0.originalAlloc($1, $2, $3, $4) }
  /// Hears of each buffer that the host writes.
  var written: (bp_buffer) -> Void = { _ in }
  /// Calls of execute so far.
  var calls = 0
  /// Where the extension is offered.
  var fusion: DamagedFusion?

  init(_ original: bp_plugin) {
    self.original = original
    table = original
    // Retained for ever, as a plugin is never unloaded.
    table.context = Unmanaged.passRetained(self).toOpaque()
    table.get_extension = nil
    table.device_info = { context, device, out, error in
      let original = DamagedPlugin.at(context).original
      return original.device_info(original.context, device, out, error)
    }
    table.memory_info = { context, device, out, error in
      let original = DamagedPlugin.at(context).original
      return original.memory_info(original.context, device, out, error)
    }
    table.alloc = { context, _, _, bytes, alignment, out, error in
      let plugin = DamagedPlugin.at(context)
      return plugin.alloc(plugin, bytes, alignment, out!, error)
    }
    table.free = { context, device, buffer in
      let original = DamagedPlugin.at(context).original
      original.free(original.context, device, buffer)
    }
    table.copy_from_host = { context, device, stream, target, offset, source, bytes, error in
      let original = DamagedPlugin.at(context).original
      DamagedPlugin.at(context).written(target)
      return original.copy_from_host(original.context, device, stream, target, offset, source, bytes, error)
    }
    table.copy_to_host = { context, device, stream, target, source, offset, bytes, error in
      let original = DamagedPlugin.at(context).original
      return original.copy_to_host(original.context, device, stream, target, source, offset, bytes, error)
    }
    table.query_op = { context, _, op, out, error in
      let plugin = DamagedPlugin.at(context)
      return plugin.query(plugin, op!, out!, error)
    }
    table.execute = { context, _, _, op, error in
      let plugin = DamagedPlugin.at(context)
      plugin.calls += 1
      return plugin.execute(plugin, op!, error)
    }
    table.host_pointer = { context, device, buffer, out, error in
      let original = DamagedPlugin.at(context).original
      return original.host_pointer(original.context, device, buffer, out, error)
    }
    table.wrap_host = { context, device, memory, bytes, out, error in
      let original = DamagedPlugin.at(context).original
      return original.wrap_host(original.context, device, memory, bytes, out, error)
    }
  }

  static func at(_ context: UnsafeMutableRawPointer?) -> DamagedPlugin {
    Unmanaged<DamagedPlugin>.fromOpaque(context!).takeUnretainedValue()
  }

  func originalExecute(_ op: UnsafePointer<bp_op>, _ error: UnsafeMutablePointer<bp_error>?) -> Int32 {
    original.execute(original.context, 0, 0, op, error)
  }

  func originalQuery(
    _ op: UnsafePointer<bp_op>, _ out: UnsafeMutablePointer<bp_op_info>,
    _ error: UnsafeMutablePointer<bp_error>?
  ) -> Int32 {
    original.query_op(original.context, 0, op, out, error)
  }

  func originalAlloc(
    _ bytes: Int64, _ alignment: Int64, _ out: UnsafeMutablePointer<bp_buffer>,
    _ error: UnsafeMutablePointer<bp_error>?
  ) -> Int32 {
    original.alloc(original.context, 0, BP_MEMORY_DEVICE, bytes, alignment, out, error)
  }

  static func operands(_ op: UnsafePointer<bp_op>) -> [bp_tensor] {
    (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0]!.pointee }
      + (0..<Int(op.pointee.output_count)).map { op.pointee.outputs[$0]!.pointee }
  }

  static func isContiguous(_ tensor: bp_tensor) -> Bool {
    let axes = 0..<Int(tensor.rank)
    // Of an empty tensor no stride has a meaning.
    if axes.contains(where: { tensor.shape[$0] == 0 }) { return tensor.flags & BP_TENSOR_IMMEDIATE == 0 }
    var expected: Int64 = 1
    for axis in axes.reversed() {
      if tensor.shape[axis] > 1 && tensor.strides[axis] != expected { return false }
      expected *= tensor.shape[axis]
    }
    return tensor.flags & BP_TENSOR_IMMEDIATE == 0
  }

  /// The addresses of a tensor's elements, row-major.
  func elements(_ tensor: bp_tensor) -> [UnsafeMutableRawPointer] {
    let (shape, strides) = (
      (0..<Int(tensor.rank)).map { Int(tensor.shape[$0]) },
      (0..<Int(tensor.rank)).map { Int(tensor.strides[$0]) }
    )
    if shape.contains(0) { return [] }
    var base: UnsafeMutableRawPointer?
    _ = original.host_pointer(original.context, 0, tensor.buffer, &base, nil)
    var offsets = [Int(tensor.byte_offset)]
    let size = Int(bp_dtype_size(tensor.dtype))
    for (extent, stride) in zip(shape, strides) {
      offsets = offsets.flatMap { offset in (0..<extent).map { offset + $0 * stride * size } }
    }
    return offsets.map { base! + $0 }
  }

  /// Calls the original, then changes the elements of out0.
  func changingOutput(
    _ op: UnsafePointer<bp_op>, _ error: UnsafeMutablePointer<bp_error>?,
    _ change: ([UnsafeMutableRawPointer]) -> Void
  ) -> Int32 {
    let code = originalExecute(op, error)
    if code == BP_OK { change(elements(op.pointee.outputs[0]!.pointee)) }
    return code
  }

  /// Calls the original with a changed copy of an input.
  func changingInput(
    _ index: Int, _ op: UnsafePointer<bp_op>, _ error: UnsafeMutablePointer<bp_error>?,
    _ change: (inout bp_tensor) -> Void
  ) -> Int32 {
    var tensor = op.pointee.inputs[index]!.pointee
    change(&tensor)
    var inputs = (0..<Int(op.pointee.input_count)).map { op.pointee.inputs[$0] }
    return withUnsafePointer(to: tensor) { tensor in
      inputs[index] = tensor
      return inputs.withUnsafeBufferPointer { inputs in
        var changed = op.pointee
        changed.inputs = inputs.baseAddress
        return originalExecute(&changed, error)
      }
    }
  }

  /// Calls the original with a changed copy of the params.
  func changingParams<Params: BitwiseCopyable>(
    _ type: Params.Type, _ op: UnsafePointer<bp_op>, _ error: UnsafeMutablePointer<bp_error>?,
    _ change: (inout Params) -> Void
  ) -> Int32 {
    guard let pointer = op.pointee.params else { return originalExecute(op, error) }
    // A short struct stays as it is.
    guard Int(pointer.loadUnaligned(as: UInt32.self)) >= MemoryLayout<Params>.size else {
      return originalExecute(op, error)
    }
    var params = pointer.loadUnaligned(as: Params.self)
    change(&params)
    return withUnsafePointer(to: params) { params in
      var changed = op.pointee
      changed.params = UnsafeRawPointer(params)
      return originalExecute(&changed, error)
    }
  }
}
