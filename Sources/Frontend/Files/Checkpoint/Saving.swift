/// Writes tensors by name to a file, in the format that its name tells.
///
/// `.safetensors`, and any ending that is not named here, is the format of that name, which PyTorch and others read too.
/// `.pt`, `.pth`, `.ckpt` and `.bin` are what `torch.save` writes and `torch.load(weights_only=True)` opens, `.npz` is
/// NumPy's. The tensors may be on any device and of any strides. The same tensors give the same bytes. A name that is
/// given twice is an error.
///
/// The file appears under its name only when it is complete and on disk: whatever happens before, what was there stays.
/// Until then it is a file `.backplane-….tmp` of the same folder; that of a program that was killed is removed by the
/// next save there. A file that is replaced keeps its mode, and a link keeps pointing to it.
///
/// ```swift
/// try save(model.stateDict(), to: "model.safetensors", metadata: ["epoch": "20"])
/// ```
///
/// - Parameter metadata: Notes beside the tensors, which safetensors files alone have.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
public func save(
  _ tensors: some Sequence<(key: String, value: Tensor)>, to path: String, metadata: [String: String] = [:]
) throws(BackplaneError) {
  let format = SavedFormat(savingTo: path)
  guard format == .safetensors || metadata.isEmpty else {
    throw .file(path, "only safetensors files have metadata: save a Checkpoint, in which notes are values too")
  }
  switch format {
  case .safetensors: try Safetensors.write(tensors, to: path, metadata: metadata)
  case .pyTorch: try PyTorchFile.write(Checkpoint(tensors), to: path)
  case .npz: try saveNPZ(tensors, to: path)
  case .npy: throw .file(path, "a .npy file holds one tensor, without a name: save(tensor, to:)")
  case .gguf: throw .file(path, "GGUF files are read, and not written")
  }
}

/// Writes nested values to a file, in the format that its name tells.
///
/// `.pt`, `.pth`, `.ckpt` and `.bin` are what `torch.save` writes: `torch.load(weights_only=True)` gives the same
/// values, tensors that share storage share it still, and strides are kept. Of a tensor that is a view the whole
/// storage is written, as PyTorch does: `clone()` it where that is much more. `.safetensors` keeps tensors under dotted
/// names, `model.fc.weight`, and all else as a note beside them, so that ``Checkpoint/init(contentsOf:device:mmap:)``
/// gives the same values and other programs find the tensors. `.npz` holds tensors by name, `.npy` one tensor.
///
/// ```swift
/// let run: Checkpoint = ["model": Checkpoint(model.stateDict()), "epoch": 7]
/// try save(run, to: "run.pt")
/// ```
///
/// The file appears under its name only when it is complete, as with ``save(_:to:metadata:)``.
///
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
public func save(_ value: Checkpoint, to path: String) throws(BackplaneError) {
  switch SavedFormat(savingTo: path) {
  case .safetensors: try Safetensors.write(value, to: path)
  case .pyTorch: try PyTorchFile.write(value, to: path)
  case .npz: try saveNPZ(Checkpoint.named(value, path, "an .npz file holds tensors by name"), to: path)
  case .npy:
    guard let tensor = value.tensor else { throw .file(path, "a .npy file holds one tensor, not \(value.typeName)") }
    try saveNPY(tensor, to: path)
  case .gguf: throw .file(path, "GGUF files are read, and not written")
  }
}

/// Writes one tensor to a file, in the format that its name tells: `.pt` and its like, or `.npy`.
///
/// ```swift
/// try save(x, to: "x.pt")
/// let y = try Checkpoint(contentsOf: "x.pt").tensor
/// ```
///
/// The file appears under its name only when it is complete, as with ``save(_:to:metadata:)``.
///
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
public func save(_ tensor: Tensor, to path: String) throws(BackplaneError) {
  try save(Checkpoint.tensor(tensor), to: path)
}

/// Reads the tensors of a file by name: safetensors, a state dict that `torch.save` wrote, `.npz` or `.gguf`.
///
/// The format is told by the name's ending as in ``save(_:to:metadata:)``; where that says nothing, by how the file
/// begins. Nested values are read with ``Checkpoint/init(contentsOf:device:mmap:)``.
///
/// ```swift
/// try model.load(load("model.safetensors"))
/// ```
///
/// - Parameters:
///   - device: Where the tensors are to live; the default device unless told.
///   - mmap: Whether tensors are the file itself in memory where the device can use that, as with
///     ``Checkpoint/init(contentsOf:device:mmap:)``.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the tensor and the reason:
///   also where one of the tensors has a type that tensors have not. ``Safetensors`` reads the others of such a file.
public func load(_ path: String, device: Device? = nil, mmap: Bool = false) throws(BackplaneError) -> [String: Tensor] {
  switch try SavedFormat(reading: path) {
  case .safetensors: return try Safetensors.tensors(path, device: device, isMapped: mmap)
  case .npz: return try loadNPZ(path, device: device)
  case .gguf: return try GGUF.tensors(path, device: device, isMapped: mmap)
  case .npy: throw .file(path, "a .npy file holds one tensor, without a name: loadNPY(path)")
  case .pyTorch:
    let value = try PyTorchFile.read(path, device: device, isMapped: mmap)
    let what = "it holds nested values, which Checkpoint(contentsOf:) reads"
    let named = try Checkpoint.named(value, path, what)
    return Swift.Dictionary(uniqueKeysWithValues: named.lazy.map { ($0.key, $0.value) })
  }
}

/// Reads nested values of a file: `let run: Checkpoint = try load("run.pt")`.
///
/// All else is as with ``Checkpoint/init(contentsOf:device:mmap:)``.
@_disfavoredOverload
public func load(_ path: String, device: Device? = nil, mmap: Bool = false) throws(BackplaneError) -> Checkpoint {
  try Checkpoint(contentsOf: path, device: device, mmap: mmap)
}

extension Checkpoint {
  /// Reads what a file holds: of `torch.save`, safetensors, `.npz`, `.npy` or, its tensors alone, `.gguf`.
  ///
  /// The format is told by the name's ending as in ``save(_:to:)``; where that says nothing, by how the file begins. Of
  /// a pickle nothing is executed: what is no number, text, container or tensor is an error that names it.
  ///
  /// ```swift
  /// let saved = try Checkpoint(contentsOf: "run.pt", device: "cuda:0")
  /// try model.load(saved["model"])
  /// ```
  ///
  /// - Parameters:
  ///   - device: Where the tensors are to live; the default device unless told. Where they were saved does not matter.
  ///   - mmap: Whether tensors on a device that can use the host's memory, as `cpu` can, are the file itself in memory,
  ///     of which only what is looked at is read. A change of them does not change the file. A program that cuts such a
  ///     file short, rather than replacing it as ``save(_:to:)`` does, ends those that look at it.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file, the place and the reason;
  ///   of kind ``BackplaneError/Kind/outOfMemory`` where the device has no room.
  public init(contentsOf path: String, device: Device? = nil, mmap: Bool = false) throws(BackplaneError) {
    switch try SavedFormat(reading: path) {
    case .safetensors: self = try Safetensors.checkpoint(path, device: device, isMapped: mmap)
    case .pyTorch: self = try PyTorchFile.read(path, device: device, isMapped: mmap)
    case .npy: self = .tensor(try loadNPY(path, device: device))
    case .gguf: self.init(try GGUF.tensors(path, device: device, isMapped: mmap).sorted { $0.key < $1.key })
    case .npz:
      let file = try NPZ(path, isKept: false)
      var tensors = StateDict()
      for name in file.names { tensors[name] = try file.tensor(name, device: device) }
      self.init(tensors)
    }
  }

  /// The tensors by name; throws for anything else, beginning with `reason`.
  fileprivate static func named(_ value: Checkpoint, _ path: String, _ reason: String) throws(BackplaneError)
    -> StateDict
  {
    do throws(BackplaneError) {
      return try value.stateDict()
    } catch {
      throw .file(path, "\(reason): \(error.message)")
    }
  }
}
