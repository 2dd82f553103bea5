import BackendAPI
import CUDATypes

/// The extension "backplane.fusion/1": a program becomes a kernel of its own.
nonisolated(unsafe) let fusion: UnsafePointer<bp_fusion> = {
  let table = UnsafeMutablePointer<bp_fusion>.allocate(capacity: 1)
  table.initialize(
    to: bp_fusion(
      struct_size: UInt32(MemoryLayout<bp_fusion>.size), reserved: 0, prepare: prepareProgram, release: releaseProgram,
      execute: executeProgram))
  return UnsafePointer(table)
}()

private let prepareProgram:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafePointer<bp_fusion_program>?, UnsafeMutablePointer<UInt64>?,
    UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, program, handle, err in
    status(err) { () throws(Failure) in
      let backend = Backend.of(context)
      let device = try backend.device(number)
      guard let program, let handle else { throw .invalid("fusion: program and handle must not be NULL") }
      try check { bp_check_fusion(program, $0) }
      guard program.pointee.reduction == 0 else { throw .unsupported("fusion: a reduction is a kernel of its own") }
      let made = try FusedProgram(device, FusedSource(program, backend.operators))
      handle.pointee = UInt64(UInt(bitPattern: Unmanaged.passRetained(made).toOpaque()))
    }
  }

private func prepared(_ handle: UInt64) -> Unmanaged<FusedProgram>? {
  UnsafeRawPointer(bitPattern: UInt(handle)).map { Unmanaged.fromOpaque($0) }
}

private let releaseProgram: @convention(c) (UnsafeMutableRawPointer?, Int32, UInt64) -> Void = { _, _, handle in
  prepared(handle)?.release()
}

private let executeProgram:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, UInt64, UnsafePointer<UnsafePointer<bp_tensor>?>?,
    UnsafePointer<UnsafePointer<bp_tensor>?>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, stream, handle, inputs, outputs, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      let stream = try Stream.of(stream, "fusion")
      guard let program = prepared(handle)?.takeUnretainedValue(), program.device === device else {
        throw .invalid("fusion: \(handle) is no program of device \(number)")
      }
      try program.execute(stream, inputs, outputs)
    }
  }

/// A program that is compiled for a device. Immutable, so that any thread and any stream can execute it.
final class FusedProgram {
  let device: Device
  private let source: FusedSource
  private let module: cu_module
  /// Nil where packs are of one element.
  private let packs: cu_function?
  private let elements: cu_function

  init(_ device: Device, _ source: FusedSource) throws(Failure) {
    let module = try device.modules().module(ofText: source.text, named: "fusion.cu")
    func function(_ kernel: String) throws(Failure) -> cu_function {
      var function: cu_function?
      try device.check(device.driver.cuModuleGetFunction(&function, module, kernel), "fusion: no kernel \(kernel)")
      return function!
    }
    do throws(Failure) {
      packs = source.length > 1 ? try function("packs") : nil
      elements = try function("elements")
    } catch {
      _ = device.driver.cuModuleUnload(module)
      throw error
    }
    (self.device, self.source, self.module) = (device, source, module)
  }

  deinit {
    if (try? device.activate()) != nil { _ = device.driver.cuModuleUnload(module) }
  }

  func execute(
    _ stream: Stream, _ inputs: UnsafePointer<View?>?, _ outputs: UnsafePointer<View?>?
  ) throws(Failure) {
    var operands: [View] = []
    operands.reserveCapacity(source.types.count)
    for (i, type) in source.types.enumerated() {
      let view = i < source.outputCount ? outputs?[i] : inputs?[i - source.outputCount]
      guard let view, view.dtype == type, i >= source.outputCount || !view.isImmediate,
        view.hasShape(of: operands.first ?? view)
      else { throw .invalid("fusion: operands have to be of the program's types and of one shape") }
      operands.append(view)
    }
    // For messages a program is what it ends with.
    let queue = Queue(stream: stream, op: source.lastOperator)
    switch operands.count {
    case ...8: try execute(queue, operands, SIMD8<Int>.self)
    case ...16: try execute(queue, operands, SIMD16<Int>.self)
    default: try execute(queue, operands, SIMD32<Int>.self)
    }
  }

  private func execute<Strides: SIMD & Sendable>(
    _ queue: Queue, _ operands: [View], _: Strides.Type
  ) throws(Failure) where Strides.Scalar == Int {
    var axes = AxesOf<Strides>(operands)
    if axes.count == 0 { return }
    axes.arrange()
    var outer = AxesOf<Strides>()
    while axes.rank > Int(CK_FUSED_RANK) {
      let (extent, stride) = axes.remove(0)
      outer.append(extent, stride)
    }
    for i in 0..<outer.count { try launch(queue, axes, operands, outer.offset(of: i)) }
  }

  private func launch<Strides: SIMD & Sendable>(
    _ queue: Queue, _ axes: AxesOf<Strides>, _ operands: [View], _ offsets: Strides
  ) throws(Failure) where Strides.Scalar == Int {
    let inner = axes.inner
    let addresses = operands.indices.map {
      operands[$0].address &+ UInt64(bitPattern: Int64(offsets[$0] &* operands[$0].size))
    }
    var length = source.length
    if axes.rank != 1 && (axes.rank == 0 || inner.extent % length != 0) { length = 1 }
    for (i, operand) in operands.enumerated() where length > 1 {
      if inner.stride[i] == 1 {
        if addresses[i] % UInt64(length * operand.size) != 0 { length = 1 }
        for axis in 0..<axes.rank - 1 where axes.stride(axis)[i] % length != 0 { length = 1 }
      } else if inner.stride[i] != 0 || i < source.outputCount {
        length = 1
      }
    }

    var parameters = ck_fusion()
    parameters.walk = axes.parameters(packs: length)
    parameters.tail = axes.rank == 1 ? Int64(inner.extent % length) : 0
    for (i, operand) in operands.enumerated() {
      var fused = ck_fused_operand()
      fused.data = addresses[i]
      fused.immediate = operand.pointee.immediate
      fused.is_immediate = operand.isImmediate ? 1 : 0
      let isFixed = i >= source.outputCount && axes.isOneValue(i)
      fused.mode = isFixed ? CK_FIXED : inner.stride[i] == 1 && length > 1 ? CK_PACKS : CK_MOVING
      for axis in 0..<axes.rank {
        let stride = axes.stride(axes.rank - 1 - axis)[i]
        set(&fused.stride, axis, Int64(stride &* (axis == 0 ? length : 1)))
      }
      set(&parameters.operands, i, fused)
    }
    let items = max(Int(parameters.walk.count), Int(parameters.tail))
    let together = length > 1 ? source.packsTogether : source.elementsTogether
    try queue.start(
      length > 1 ? packs! : elements, blocks: queue.everyBlock(for: items, threads: Queue.threads * together),
      threads: Queue.threads, sharedBytes: 0, &parameters)
  }
}
