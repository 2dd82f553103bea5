import Glibc

/// Compiled modules on disk, by what they were made from. Several processes may use it at once: a file appears whole or
/// not at all, and one that is damaged is made again.
struct ModuleCache {
  /// What compiles: other versions and other devices have other files.
  private let compiler: String
  /// Nil where there is no place for it: then nothing is kept.
  private let folder: String?

  private static let magic: UInt64 = 0x3142_4355_4c50_4b42

  init(compiler: String) {
    self.compiler = compiler
    if let chosen = environment("BACKPLANE_CUDA_CACHE") {
      folder = chosen
    } else if let base = environment("XDG_CACHE_HOME") ?? environment("HOME").map({ "\($0)/.cache" }) {
      folder = "\(base)/backplane/cuda"
    } else {
      folder = nil
    }
  }

  func name(_ file: String, _ definitions: [String]) -> String {
    let key = ([compiler, file] + definitions + [Sources.text(file) ?? "", Sources.everything]).joined(
      separator: "\u{0}")
    let bytes = Array(key.utf8)
    return hexadecimal(checksum(bytes, 0xcbf2_9ce4_8422_2325)) + hexadecimal(checksum(bytes, 0x9e37_79b9_7f4a_7c15))
  }

  /// The module of that name, nil if there is none that is whole.
  func read(_ name: String) -> [UInt8]? {
    guard let folder, let file = fopen("\(folder)/\(name)", "r") else { return nil }
    defer { fclose(file) }
    var head: [UInt64] = [0, 0, 0]
    guard fread(&head, 8, 3, file) == 3, head[0] == ModuleCache.magic, head[1] < 1 << 30 else { return nil }
    var image = [UInt8](repeating: 0, count: Int(head[1]))
    guard fread(&image, 1, image.count, file) == image.count, checksum(image, 0) == head[2] else { return nil }
    return image
  }

  /// Keeps a module. That it cannot be kept costs time, and is no error.
  func write(_ image: [UInt8], _ name: String) {
    guard let folder else { return }
    makeFolders(folder)
    let temporary = "\(folder)/\(name).\(getpid())"
    guard let file = fopen(temporary, "w") else { return }
    let head = [ModuleCache.magic, UInt64(image.count), checksum(image, 0)]
    let isWhole = fwrite(head, 8, 3, file) == 3 && fwrite(image, 1, image.count, file) == image.count
    if fclose(file) != 0 || !isWhole || rename(temporary, "\(folder)/\(name)") != 0 { unlink(temporary) }
  }

  private func makeFolders(_ path: String) {
    var end = path.startIndex
    while let slash = path[path.index(after: end)...].firstIndex(of: "/") {
      mkdir(String(path[..<slash]), 0o755)
      end = slash
    }
    mkdir(path, 0o755)
  }

  /// FNV-1a (Fowler, Noll, Vo), in 64 bits.
  private func checksum(_ bytes: [UInt8], _ seed: UInt64) -> UInt64 {
    bytes.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
