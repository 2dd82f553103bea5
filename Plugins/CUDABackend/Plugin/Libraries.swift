import CUDATypes
import Glibc

// NVIDIA's libraries, opened at run time: the driver, NVRTC, cuBLAS and cuDNN. Each is a table of functions.

/// A library that could not be opened, and what would help.
struct MissingLibrary: Error {
  let message: String
}

enum Libraries {
  /// Opens the first of the files that is there, and fills in a table of function pointers, whose members are in the
  /// order of the names.
  private static func open<Table>(
    _ files: [String], _ table: Table, _ name: (Int32) -> UnsafePointer<CChar>?, _ title: String, _ help: String
  ) throws(MissingLibrary) -> Table {
    var reasons: [String] = []
    for file in files {
      guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
        reasons.append(dlerror().map { String(cString: $0) } ?? file)
        continue
      }
      var table = table
      let count = MemoryLayout<Table>.size / MemoryLayout<UnsafeRawPointer>.size
      for i in 0..<count {
        guard let word = name(Int32(i)), let symbol = dlsym(handle, word) else {
          let missing = name(Int32(i)).map { String(cString: $0) } ?? "?"
          throw MissingLibrary(message: "\(title): \(file) is too old: it has no \(missing)")
        }
        withUnsafeMutableBytes(of: &table) {
          $0.storeBytes(of: symbol, toByteOffset: i * MemoryLayout<UnsafeRawPointer>.size, as: UnsafeRawPointer.self)
        }
      }
      return table
    }
    throw MissingLibrary(message: "\(title): \(reasons.joined(separator: "; ")). \(help)")
  }

  /// Where a library of the toolkit may lie: the loader's path, CUDA_HOME, the usual folder, pip's packages.
  private static func toolkitFiles(_ name: String, _ versions: [String] = ["13", "12"]) -> [String] {
    var folders = [""]
    for variable in ["CUDA_HOME", "CUDA_PATH"] {
      if let home = environment(variable) { folders += ["\(home)/lib64/", "\(home)/lib/"] }
    }
    folders.append("/usr/local/cuda/lib64/")
    folders += packageFolders()
    return folders.flatMap { folder in versions.map { "\(folder)lib\(name).so.\($0)" } }
  }

  /// The folders of NVIDIA's pip packages within the Python environment in use.
  private static func packageFolders() -> [String] {
    guard let root = environment("VIRTUAL_ENV") ?? environment("CONDA_PREFIX") else { return [] }
    return paths("\(root)/lib/python3*/site-packages/nvidia/*/lib").map { "\($0)/" }
  }

  private static func paths(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }

  static func driver() throws(MissingLibrary) -> cuda_driver {
    try open(
      ["libcuda.so.1"], cuda_driver(), cuda_driver_name, "Found no NVIDIA driver",
      "Install the driver of the graphics processor, or run where there is one")
  }

  static func nvrtc() throws(MissingLibrary) -> cuda_nvrtc {
    try open(
      toolkitFiles("nvrtc"), cuda_nvrtc(), cuda_nvrtc_name, "Found no NVRTC, which compiles the kernels",
      "Install the CUDA toolkit, or pip install nvidia-cuda-nvrtc")
  }

  static func blas() throws(MissingLibrary) -> cuda_blas {
    try open(
      toolkitFiles("cublas"), cuda_blas(), cuda_blas_name, "Found no cuBLAS, which computes products",
      "Install the CUDA toolkit, or pip install nvidia-cublas")
  }

  static func dnn() throws(MissingLibrary) -> cuda_dnn {
    try open(
      toolkitFiles("cudnn", ["9"]), cuda_dnn(), cuda_dnn_name, "Found no cuDNN, which computes convolutions",
      "Install cuDNN 9, or pip install nvidia-cudnn-cu13; the plugin's own kernels compute them meanwhile")
  }
}

/// The value of an environment variable, nil if unset or empty, and in a set-uid program: they name libraries, and files
/// that are written.
func environment(_ name: String) -> String? {
  guard let value = read(name), value.pointee != 0 else { return nil }
  return String(cString: value)
}

/// The C library's `secure_getenv`, which its Swift module leaves out.
private let read: @convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>? = {
  guard let symbol = dlsym(nil, "secure_getenv") else { return { _ in nil } }
  return unsafeBitCast(symbol, to: (@convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?).self)
}()
