import Backplane
import Foundation
import TestSupport
import Testing

/// Files that are no plugins: each is turned down with its path and the reason.
@Suite struct FaultyFileTests {
  private let folder: URL
  private let file: URL

  init() throws {
    folder = try CompiledPlugin.makeFolder()
    file = folder.appendingPathComponent("libbackplane-file.so")
  }

  private func expectRefusal(_ reason: String, _ location: SourceLocation = #_sourceLocation) {
    let message = errorMessage { try Plugin.load(file.path) }
    #expect(message.hasPrefix(file.path + ": ") && message.contains(reason), "\(message)", sourceLocation: location)
    HealthyDevices.expectToWork(location)
    try? FileManager.default.removeItem(at: folder)
  }

  /// A plugin's bytes.
  private func library() throws -> Data {
    let plugin = try FaultyPlugin("table", [])
    return try withExtendedLifetime(plugin) { try Data(contentsOf: plugin.file) }
  }

  @Test func nothing() { expectRefusal("No such file or directory") }

  @Test func aFolder() throws {
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    expectRefusal("not a regular file")
  }

  @Test func aText() throws {
    try "not a library".write(to: file, atomically: true, encoding: .utf8)
    expectRefusal("not a shared library")
  }

  @Test func anEmptyFile() throws {
    try Data().write(to: file)
    expectRefusal("the file is empty")
  }

  @Test func aDanglingLink() throws {
    try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/no/such/file.so")
    expectRefusal("No such file or directory")
  }

  @Test func aLoopOfLinks() throws {
    let other = folder.appendingPathComponent("other.so")
    try FileManager.default.createSymbolicLink(at: file, withDestinationURL: other)
    try FileManager.default.createSymbolicLink(at: other, withDestinationURL: file)
    expectRefusal("Too many levels of symbolic links")
  }

  /// Whoever opens a FIFO waits for a writer.
  @Test(.timeLimit(.minutes(1))) func aFIFO() throws {
    #expect(mkfifo(file.path, 0o600) == 0)
    expectRefusal("not a regular file")
  }

  @Test func aFileThatMayNotBeRead() throws {
    try library().write(to: file)
    #expect(chmod(file.path, 0) == 0)
    // The superuser may read anything; this thread gives that up for the moment.
    typealias SetUser = @convention(c) (UInt32) -> Int32
    let setUser = unsafeBitCast(try #require(dlsym(dlopen(nil, RTLD_NOW), "setfsuid")), to: SetUser.self)
    let me = UInt32(bitPattern: setUser(65534))
    let message = errorMessage { try Plugin.load(file.path) }
    _ = setUser(me)
    #expect(message == "\(file.path): Permission denied")
    HealthyDevices.expectToWork()
    try? FileManager.default.removeItem(at: folder)
  }

  /// The loader itself would die of a bus error.
  @Test(arguments: [4, 20, 63, 64, 100, 1000, 4000, 8192]) func aTruncatedLibrary(_ size: Int) throws {
    let whole = try library()
    try #require(whole.count > size)
    try whole.prefix(size).write(to: file)
    expectRefusal("cut short: ")
  }

  /// Offsets in the ELF header: the class, the byte order, the type, the machine, the number of segments.
  @Test(
    arguments: [
      ([18: UInt8(183)], "built for another machine (AArch64); this one is x86-64"),
      ([4: 1, 18: 3], "built for another machine (x86, 32 bits); this one is x86-64"),
      ([4: 1], "built for another machine (x86-64, 32 bits)"),
      ([18: 243], "built for another machine (RISC-V)"),
      ([5: 2], "built for a big-endian machine"),
      ([16: 1], "not a shared library"),
      ([56: 0], "not a shared library: it has no segments"),
      ([39: 0x7F], "cut short: its segment table is missing"),
    ] as [([Int: UInt8], String)])
  func aLibraryOfAnotherMachine(_ bytes: [Int: UInt8], _ reason: String) throws {
    var damaged = try library()
    for (offset, byte) in bytes { damaged[offset] = byte }
    try damaged.write(to: file)
    expectRefusal(reason)
  }

  @Test func aLibraryWhoseDependencyIsMissing() throws {
    let dependency = folder.appendingPathComponent("libdependency.so")
    try CompiledPlugin.compile("healthy.c", options: ["-Wl,-soname,libdependency.so"], to: dependency)
    try CompiledPlugin.compile(
      "misbehaving-table.c", options: ["-Wl,--no-as-needed", dependency.path], to: file)
    try FileManager.default.removeItem(at: dependency)
    expectRefusal("libdependency.so: cannot open shared object file: No such file or directory")
  }

  @Test func aLibraryWithAnUnresolvedSymbol() throws {
    try CompiledPlugin.compile("misbehaving-table.c", ["FAULT_UNRESOLVED_SYMBOL"], to: file)
    expectRefusal("undefined symbol: somewhere_else")
  }
}
