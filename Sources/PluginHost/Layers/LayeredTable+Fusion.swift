import BackendAPI

extension LayeredTable {
  static func fusion(of inner: bp_plugin) -> (inner: bp_fusion, wrapped: UnsafePointer<bp_fusion>)? {
    guard let found = inner.get_extension?(inner.context, BP_EXTENSION_FUSION) else { return nil }
    let fusion = found.assumingMemoryBound(to: bp_fusion.self)
    guard Int(fusion.pointee.struct_size) >= MemoryLayout<bp_fusion>.size, fusion.pointee.prepare != nil,
      fusion.pointee.release != nil, fusion.pointee.execute != nil
    else { return nil }
    // Never freed: tables live as long as the process [BP-1.4].
    let wrapped = UnsafeMutablePointer<bp_fusion>.allocate(capacity: 1)
    wrapped.initialize(to: bp_fusion())
    wrapped.pointee.struct_size = UInt32(MemoryLayout<bp_fusion>.size)
    wrapped.pointee.prepare = { context, device, program, handle, err in
      let table = LayeredTable.of(context)
      return table.layer.prepareFusion(table.fusion!.inner, device, program, handle, err)
    }
    wrapped.pointee.release = { context, device, handle in
      let table = LayeredTable.of(context)
      table.layer.releaseFusion(table.fusion!.inner, device, handle)
    }
    wrapped.pointee.execute = { context, device, stream, handle, inputs, outputs, err in
      let table = LayeredTable.of(context)
      let call = FusedCall(stream: stream, handle: handle, inputs: inputs, outputs: outputs)
      return table.layer.executeFusion(table.fusion!.inner, device, call, err)
    }
    return (fusion.pointee, UnsafePointer(wrapped))
  }
}
