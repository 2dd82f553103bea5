import Backplane
// stdout is a C global that nothing here replaces.
@preconcurrency import Glibc

/// Saves to one file over and over, until the process is killed: for tests of what a kill leaves behind.
enum SaveLoop {
  static func run(_ path: String, _ device: Device) throws -> Never {
    var round = 0
    while true {
      // Every element and the note are the round: a mixture of two is seen.
      let tensors = [
        "a": Tensor.full([60_000], round, device: device), "b": Tensor.full([30_000], round, device: device),
      ]
      print(round)
      fflush(stdout)
      if path.hasSuffix(".npz") {
        try saveNPZ(tensors, to: path)
      } else {
        try save(tensors, to: path, metadata: ["round": "\(round)"])
      }
      round += 1
    }
  }
}
