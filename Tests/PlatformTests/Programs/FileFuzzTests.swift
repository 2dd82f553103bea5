import TestSupport
import Testing

/// A few thousand damaged files of every format; `fuzz files --count` reads as many as one likes.
@Suite struct FileFuzzTests {
  @Test(arguments: ["safetensors", "checkpoint", "pt", "gguf", "npy", "npz", "idx", "cases", "elf"])
  func damagedFiles(_ format: String) throws {
    let run = try Program("fuzz", ["files", "--format", format, "--count", "1500", "--seed", "20261127"])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    // Some of them are sound, and some are not: otherwise nothing was tried.
    let words = run.lastLine.split(separator: " ")
    #expect(words.count > 5 && words[0] == "1500", "\(run.lastLine)")
    let refused = try #require(Int(words[4]))
    #expect(refused > 300 && refused < 1480, "\(run.lastLine)")
  }
}
