import Backplane
import Foundation
import TestSupport
import Testing

/// Functions and lines of compiled programs, which traces name.
@Suite struct ProgramImageTests {
  /// A library whose entry is the function `marked`, and that address.
  private func compile(_ options: [String], _ folder: URL) throws -> (file: URL, address: UInt) {
    let file = folder.appendingPathComponent("lines.so")
    try CompiledPlugin.compile("lines.c", options: options + ["-Wl,-e,marked"], to: file)
    let header = [UInt8](try Data(contentsOf: file).prefix(32))
    return (file, header[24...].reversed().reduce(0) { $0 << 8 | UInt($1) })
  }

  @Test(arguments: ["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gdwarf64"]) func linesAreFound(
    _ option: String
  ) throws {
    let folder = try CompiledPlugin.makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, address) = try compile(option == "-gdwarf64" ? ["-gdwarf-5", option] : [option], folder)
    let image = try #require(ProgramImage.open(file.path))
    #expect(image.functions(at: [address, 1]) == [address: "marked"])
    let lines = image.lines(at: [address, 1])
    let line = try #require(lines[address])
    #expect(lines.count == 1 && line.number == 4)
    // Before version 5 without the folder that it was compiled in.
    #expect(line.file.hasSuffix("Tests/Support/Plugins/Fixtures/lines.c"))
    if option == "-gdwarf-5" || option == "-gdwarf64" { #expect(line.file.hasPrefix("/")) }
  }

  @Test func filesThatSayLess() throws {
    let folder = try CompiledPlugin.makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, address) = try compile(["-g0"], folder)
    let image = try #require(ProgramImage.open(file.path))
    #expect(image.functions(at: [address]) == [address: "marked"] && image.lines(at: [address]).isEmpty)
    let text = folder.appendingPathComponent("text")
    try Data("no program".utf8).write(to: text)
    #expect(ProgramImage.open(text.path) == nil && ProgramImage.open(folder.path) == nil)
    #expect(ProgramImage.open(folder.appendingPathComponent("absent").path) == nil)
  }

  @Test func damagedFilesDoNoHarm() throws {
    let folder = try CompiledPlugin.makeFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, address) = try compile(["-gdwarf-5"], folder)
    let bytes = [UInt8](try Data(contentsOf: file))
    var random = SystemRandomNumberGenerator.seeded(5)
    let damaged = folder.appendingPathComponent("damaged")
    for round in 0..<100 {
      var changed = bytes
      if round % 4 == 0 {
        changed.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      } else {
        for _ in 0..<(round % 40 + 1) {
          // The tables are near the end, the header at the beginning.
          let place =
            Bool.random(using: &random)
            ? Int.random(in: 16..<64, using: &random) : Int.random(in: 0..<bytes.count, using: &random)
          changed[place] = [0, 0xFF, 0x80, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)!
        }
      }
      try Data(changed).write(to: damaged)
      guard let image = ProgramImage.open(damaged.path) else { continue }
      _ = (image.functions(at: [address]), image.lines(at: [address]))
    }
  }
}

extension SystemRandomNumberGenerator {
  /// A generator that gives the same numbers every time (Steele, Lea and Flood, "Fast splittable pseudorandom number
  /// generators").
  fileprivate static func seeded(_ seed: UInt64) -> Seeded { Seeded(state: seed) }

  fileprivate struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
