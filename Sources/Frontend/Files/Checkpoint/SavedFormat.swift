/// The formats of saved values, of which a file's name tells one.
enum SavedFormat {
  case safetensors, pyTorch, npz, npy, gguf

  /// What a name that ends so is written as; safetensors where the ending is none of these.
  init(savingTo path: String) { self = SavedFormat(ending: path) ?? .safetensors }

  /// By the name, or where that tells nothing, by how the file begins.
  init(reading path: String) throws(BackplaneError) {
    if let known = SavedFormat(ending: path) {
      self = known
      return
    }
    let file = try InputFile(path)
    self = try file.withBytes(0..<Swift.min(file.byteCount, 6)) { SavedFormat(beginning: $0) }
  }

  private init?(ending path: String) {
    // Of the file's own name, whatever the folder is called.
    let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    switch name[dot...].lowercased() {
    case ".safetensors": self = .safetensors
    // The last of these in names such as model_best.pth.tar.
    case ".pt", ".pth", ".ckpt", ".bin": self = .pyTorch
    case ".tar" where name[..<dot].lowercased().hasSuffix(".pth"): self = .pyTorch
    case ".npz": self = .npz
    case ".npy": self = .npy
    case ".gguf": self = .gguf
    default: return nil
    }
  }

  private init(beginning bytes: UnsafeRawBufferPointer) {
    if bytes.starts(with: [0x50, 0x4B, 3, 4]) {
      self = .pyTorch
    } else if bytes.starts(with: Array("GGUF".utf8)) {
      self = .gguf
    } else if bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) {
      self = .npy
    } else if bytes.count > 3, bytes[0] == 0x80, (2...5).contains(bytes[1]),
      bytes[2] == 0x8A && bytes[3] == 10 || bytes[2] == 0x95
    {
      // A pickle of a long number, torch.save's older layout; a length of a safetensors header is never so large.
      self = .pyTorch
    } else {
      self = .safetensors
    }
  }
}
