import Backplane
import Glibc

/// Where the example's files are.
enum DataFolder {
  /// The folder `Data` beside this source, else below the working directory.
  static func find() throws(Failure) -> String {
    let source = #filePath
    let folders = [
      source[..<(source.lastIndex(of: "/") ?? source.startIndex)] + "/Data", "Examples/Digits/Data",
    ]
    for folder in folders where access(folder + "/digits-images-idx3-ubyte", R_OK) == 0 {
      return String(folder)
    }
    throw .input(
      "the digits are neither in \(folders.joined(separator: " nor in ")); --data FOLDER tells where")
  }

  /// Beside the program, or for a program elsewhere the folder for temporary files.
  static var defaultWeights: String {
    let name = "/digits.safetensors"
    if let program = realpath("/proc/self/exe", nil) {
      defer { free(program) }
      let path = String(cString: program)
      let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
      if access(String(folder), W_OK) == 0 { return folder + name }
    }
    return (Environment.variable("TMPDIR") ?? "/tmp") + name
  }
}
