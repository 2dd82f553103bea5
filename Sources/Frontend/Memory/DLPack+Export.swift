import DLPackABI

extension Tensor {
  /// Shares the tensor's memory with another library of the process, by DLPack.
  ///
  /// Nothing is copied: a change of either shows in both. Whoever gets the pointer owns it and calls its `deleter` once,
  /// from any thread; the memory lives at least until then.
  ///
  /// ```swift
  /// let managed = try x.toDLPack()
  /// let y = try Tensor(dlpack: managed)  // takes the pointer over
  /// ```
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/autograd`` for a tensor that requires a gradient, of kind
  ///   ``BackplaneError/Kind/unsupported`` on a device whose memory is not the host's.
  public func toDLPack() throws(BackplaneError) -> UnsafeMutablePointer<DLManagedTensor> {
    let export = try DLPackExport(self)
    let managed = UnsafeMutablePointer<DLManagedTensor>.allocate(capacity: 1)
    managed.initialize(
      to: DLManagedTensor(dl_tensor: export.tensor, manager_ctx: export.retained()) { managed in
        guard let managed else { return }
        DLPackExport.release(managed.pointee.manager_ctx)
        managed.deallocate()
      })
    return managed
  }

  /// Shares the tensor's memory with another library of the process, by DLPack 1.0, which carries a version and flags.
  ///
  /// All else is as with ``toDLPack()``.
  public func toVersionedDLPack() throws(BackplaneError) -> UnsafeMutablePointer<DLManagedTensorVersioned> {
    let export = try DLPackExport(self)
    let managed = UnsafeMutablePointer<DLManagedTensorVersioned>.allocate(capacity: 1)
    managed.initialize(
      to: DLManagedTensorVersioned(
        version: DLPackVersion(major: 1, minor: 0), manager_ctx: export.retained(),
        deleter: { managed in
          guard let managed else { return }
          DLPackExport.release(managed.pointee.manager_ctx)
          managed.deallocate()
        }, flags: 0, dl_tensor: export.tensor))
    return managed
  }
}

/// What an exported tensor needs until its consumer lets it go.
private final class DLPackExport {
  private let storage: Storage
  private let extents: UnsafeMutablePointer<Int64>
  let tensor: DLTensor

  init(_ x: Tensor) throws(BackplaneError) {
    guard !x.requiresGrad else {
      throw BackplaneError(.autograd, "Can't export tensors that require gradient, use tensor.detach()")
    }
    guard let data = try Transfer.hostPointer(x) else {
      throw BackplaneError(.unsupported, "DLPack: the memory of \(x.device) is not the host's; move the tensor first")
    }
    try x.context.synchronize()
    storage = x.storage
    storage.share()
    let rank = x.layout.rank
    extents = .allocate(capacity: max(2 * rank, 1))
    for d in 0..<rank {
      extents[d] = Int64(x.layout.elements[d])
      // The stride along one element has no meaning; some consumers take it seriously.
      extents[rank + d] = x.layout.elements[d] == 1 ? 1 : Int64(x.layout.elements[rank + d])
    }
    // Some consumers ignore byte_offset, so it is in the address.
    tensor = DLTensor(
      data: data, device: DLDevice(device_type: DLPACK_DEVICE_CPU, device_id: 0), ndim: Int32(rank),
      dtype: x.dtype.dlpack, shape: extents, strides: extents + rank, byte_offset: 0)
  }

  deinit { extents.deallocate() }

  func retained() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

  static func release(_ export: UnsafeMutableRawPointer) {
    Unmanaged<DLPackExport>.fromOpaque(export).release()
  }
}
