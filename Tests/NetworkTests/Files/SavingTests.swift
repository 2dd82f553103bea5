import Backplane
import Foundation
import TestSupport
import Testing

/// How a file takes its place: whose it is, what it replaces, what is left behind.
@Suite struct SavingTests {
  private let x = Tensor([1.0, 2], device: "reference")

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test(arguments: [0o600, 0o640, 0o666, 0o755]) func theModeIsKept(_ mode: Int) throws {
    let folder = try TemporaryFolder()
    for (name, write) in SavingTests.writers {
      let path = folder.path(name)
      try write(x, path)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      try write(x, path)
      #expect(try self.mode(path) == mode)
    }
  }

  private static let writers: [(String, @Sendable (Tensor, String) throws -> Void)] = [
    ("t.safetensors", { try save(["x": $0], to: $1) }), ("t.npy", { try saveNPY($0, to: $1) }),
    ("t.npz", { try saveNPZ(["x": $0], to: $1) }),
  ]

  /// The umask is the process's, so a process of its own has one.
  @Test func aNewFileFollowsTheUmask() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.npz")
    let shell = "umask 027; '\(Program.folder.path)/fuzz' files --saves '\(path)' | { read a; read b; exit 0; }"
    _ = try Program(at: URL(fileURLWithPath: "/bin/sh"), ["-c", shell])
    #expect(try mode(path) == 0o640)
  }

  @Test(arguments: [1, 240, 241, 250, 255]) func namesOfEveryLength(_ count: Int) throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "n", count: count)
    try save(["x": x], to: folder.path(name))
    try save(["x": x * 2], to: folder.path(name))
    #expect(try load(folder.path(name), device: "reference")["x"]!.toArray(Int.self) == [2, 4])
    #expect(folder.contents == [name])
    let long = folder.path(String(repeating: "n", count: 256))
    #expect(errorMessage { try save(["x": x], to: long) } == "\(long): File name too long")
  }

  @Test func aNameInTheWorkingFolder() throws {
    let name = "backplane-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: name) }
    try saveNPY(x, to: name)
    #expect(try loadNPY(name, device: "reference").toArray(Int.self) == [1, 2])
  }

  @Test func links() throws {
    let folder = try TemporaryFolder()
    func link(_ name: String, _ destination: String) throws {
      try FileManager.default.createSymbolicLink(atPath: folder.path(name), withDestinationPath: destination)
    }
    try FileManager.default.createDirectory(atPath: folder.path("inner"), withIntermediateDirectories: false)
    // To a file that is yet to be made, over another link, into another folder.
    try link("first", "second")
    try link("second", "inner/target")
    try saveNPY(x, to: folder.path("first"))
    #expect(try loadNPY(folder.path("inner/target"), device: "reference").toArray(Int.self) == [1, 2])
    try saveNPY(x * 2, to: folder.path("first"))
    #expect(try loadNPY(folder.path("inner/target"), device: "reference").toArray(Int.self) == [2, 4])
    #expect(folder.contents == ["first", "inner", "second"])
    try link("a", "b")
    try link("b", "a")
    #expect(
      errorMessage { try saveNPY(x, to: folder.path("a")) } == "\(folder.path("a")): Too many levels of symbolic links")
  }

  @Test func placesThatCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    #expect(errorMessage { try saveNPY(x, to: "") }.contains("No such file"))
    let slash = folder.path("new") + "/"
    #expect(errorMessage { try saveNPY(x, to: slash) }.hasPrefix(slash))
    let below = folder.path("file/below")
    try saveNPY(x, to: folder.path("file"))
    #expect(errorMessage { try saveNPY(x, to: below) } == "\(below): Not a directory")
    #expect(errorMessage { try saveNPY(x, to: folder.path("file") + "\0ending") }.contains("NUL"))
    #expect(errorMessage { _ = try loadNPY(folder.path("file") + "\0ending") }.contains("NUL"))
    #expect(errorMessage { try saveNPY(x, to: "/proc/none") }.hasPrefix("/proc/none: "))
    #expect(folder.contents == ["file"])
  }

  /// Root may write everywhere.
  @Test(.enabled(if: geteuid() != 0)) func whatIsReadOnlyStays() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t")
    try saveNPY(x, to: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
    #expect(errorMessage { try saveNPY(x * 2, to: path) } == "\(path): Permission denied")
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.url.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.url.path) }
    let new = folder.path("new")
    #expect(errorMessage { try saveNPY(x, to: new) } == "\(new): Permission denied")
    // A folder that may be written and not be listed.
    try FileManager.default.setAttributes([.posixPermissions: 0o333], ofItemAtPath: folder.url.path)
    try saveNPY(x, to: new)
    #expect(try loadNPY(path, device: "reference").toArray(Int.self) == [1, 2])
  }

  /// No more room than for half of it: the old file stays, and nothing else does.
  @Test(arguments: ["t.safetensors", "t.npz"]) func noRoom(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path(name)
    if name.hasSuffix("npz") { try saveNPZ(["x": x], to: path) } else { try save(["x": x], to: path) }
    let old = try Data(contentsOf: URL(fileURLWithPath: path))
    // In blocks of 512 bytes; the signal that comes with it is ignored, as a disk sends none.
    let shell = "trap '' XFSZ; ulimit -f 200; exec '\(Program.folder.path)/fuzz' files --saves '\(path)'"
    let run = try Program(at: URL(fileURLWithPath: "/bin/sh"), ["-c", shell])
    #expect(run.status == 2 && run.errors.contains("\(path): File too large"), "\(run.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == old)
    #expect(folder.contents == [name])
  }

  /// Left-overs are removed if nobody holds them and they are ours: known by their names.
  @Test func leftOvers() throws {
    let folder = try TemporaryFolder()
    let dead = try folder.write([1, 2, 3], ".backplane-0123456789abcdef.tmp")
    let held = try folder.write([1, 2, 3], ".backplane-fedcba9876543210.tmp")
    let others = [
      ".backplane-0123456789ABCDEF.tmp", ".backplane-123.tmp", ".backplane-0123456789abcdef.tmp.txt",
      "backplane-0123456789abcdef.tmp", "t.1.1.tmp", "t.\(getpid()).1.tmp",
    ]
    for name in others { _ = try folder.write([4], name) }
    try FileManager.default.createDirectory(
      atPath: folder.path(".backplane-00000000000000aa.tmp"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path(".backplane-00000000000000bb.tmp"), withDestinationPath: "t.1.1.tmp")
    let descriptor = open(held, O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    try save(["x": x], to: folder.path("t"))
    let stay = others + [".backplane-00000000000000aa.tmp", ".backplane-00000000000000bb.tmp", "t"]
    #expect(folder.contents == (stay + [".backplane-fedcba9876543210.tmp"]).sorted())
    #expect(!FileManager.default.fileExists(atPath: dead))
    #expect(flock(descriptor, LOCK_UN) == 0)
    try save(["x": x], to: folder.path("t"))
    #expect(folder.contents == stay.sorted())
  }

  /// Killed at any moment of a save, the file is the old one or the new one, whole, and the next save works.
  @Test(arguments: ["t.safetensors", "t.npz"]) func killedAtAnyMoment(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path(name)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<12 {
      let process = Process()
      process.executableURL = Program.folder.appendingPathComponent("fuzz")
      process.arguments = ["files", "--saves", path]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      // Each line comes before a save; the kill hits wherever the save then is.
      var lines = 0
      let wanted = Int.random(in: 1...6, using: &random)
      while lines < wanted {
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { break }
        lines += data.count { $0 == UInt8(ascii: "\n") }
      }
      usleep(UInt32.random(in: 0...4000, using: &random))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)

      if FileManager.default.fileExists(atPath: path) {
        let isArchive = name.hasSuffix("npz")
        let tensors = try isArchive ? loadNPZ(path, device: "reference") : load(path, device: "reference")
        let (a, b) = (try #require(tensors["a"]), try #require(tensors["b"]))
        let round = a.flatten().select(0, 0).item(Int.self)
        #expect(a.shape == [60_000] && a.toArray(Int.self).allSatisfy { $0 == round })
        #expect(b.shape == [30_000] && b.toArray(Int.self).allSatisfy { $0 == round })
        if !isArchive { #expect(try Safetensors(path).metadata["round"] == "\(round)") }
      }
    }
    try saveNPY(x, to: folder.path("next"))
    #expect(folder.contents.filter { $0 != name } == ["next"])
  }
}
