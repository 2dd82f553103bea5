import Foundation
import TestSupport
import Testing

/// `backplane check`.
@Suite struct CheckTests {
  /// A fault of `damaged.c`, and what has to be said of it.
  struct Fault: Sendable, CustomTestStringConvertible {
    let number: Int
    let name: String
    let obligation: String
    let words: String

    init(_ number: Int, _ name: String, _ obligation: String, _ words: String) {
      (self.number, self.name, self.obligation, self.words) = (number, name, obligation, words)
    }

    var testDescription: String { name }

    static let all = [
      Fault(1, "aborts in open", "BP-1.5", "died of signal 6 (Aborted) in bp_plugin_open_v1"),
      Fault(2, "hangs in open", "BP-10.3", "in bp_plugin_open_v1"),
      Fault(3, "prints in open", "BP-1.7", "standard output holds \"hello from the plugin"),
      Fault(4, "changes the environment", "BP-1.7", "the environment has another FAULTY"),
      Fault(5, "changes the directory", "BP-1.7", "the working directory is now /"),
      Fault(6, "installs a handler", "BP-1.5", "signal 15 has another handler"),
      Fault(7, "segfaults in execute", "BP-1.5", "died of signal 11 (Segmentation fault) in execute"),
      Fault(8, "exits in alloc", "BP-1.5", "ended with status 0 in alloc"),
      Fault(9, "gives no message", "BP-2.2", "no message"),
      Fault(10, "ends no message", "BP-2.2", "that no NUL ends"),
      Fault(11, "is misaligned", "BP-8.2", "is not aligned to"),
      Fault(12, "lies in a query", "BP-5.2", "claimed by query_op, refused by execute"),
      Fault(13, "has no magic", "BP-10.6", "no BP_PLUGIN_MAGIC"),
      Fault(14, "refuses to open", "BP-8.1", "the coprocessor is not plugged in"),
      Fault(17, "dies at exit", "BP-1.5", "after the last case"),
      Fault(18, "crashes when loaded", "BP-1.5", "signal 11 (Segmentation fault) in its initializers"),
      Fault(19, "exports more", "BP-10.4", "(leaked_one, leaked_two, "),
      Fault(20, "lacks a symbol", "BP-10.5", "1 unresolved symbol (nobody_has_this)"),
      Fault(
        22, "speaks in lines", "BP-5.2", "kernel.cl:1: error: no such thing; kernel.cl:2: note: declared here"),
    ]
  }

  @Test(arguments: Fault.all) func everyFaultIsFound(_ fault: Fault) throws {
    let plugin = try CompiledFile.damaged(fault: fault.number, hidesSymbols: fault.number != 19)
    // Only what hangs in open is to run out of its time.
    let seconds = fault.number == 2 ? "1" : "60"
    let check = try Check(plugin, ["--case-seconds", seconds])
    #expect(check.run.status == 1)
    #expect(check.findings(fault.obligation).contains { $0.contains(fault.words) }, "\(check.run.output)")
  }

  @Test func whatHasNoFaultIsSound() throws {
    let reference = Program.folder.appendingPathComponent("libbackplane-reference.so").path
    for check in [try Check(CompiledFile.damaged(fault: 0)), try Check(reference)] {
      #expect(check.run.status == 0, "\(check.run.output)")
      #expect(check.report.verdict == "sound")
      #expect(check.report.obligations.count { $0.verdict == "held" } > 40)
      #expect(check.report.warnings == [])
    }
  }

  /// And no soundness either: nothing was tried.
  @Test func noDevicesIsNoFault() throws {
    let plugin = try CompiledFile.damaged(fault: 15)
    let check = try Check(plugin)
    #expect(check.run.status == 2)
    #expect(check.report.verdict == "nothing to check")
    #expect(check.report.unavailable == "nobody plugged it in")
    #expect(check.report.obligations.allSatisfy { $0.verdict != "broken" })
    let text = try withExtendedLifetime(plugin) { try Program("backplane", ["check", plugin.path]) }
    #expect(text.status == 2 && text.lastLine.hasPrefix("nothing to check: no devices: nobody plugged it in; "))
    #expect(!text.output.contains("sound"))
  }

  /// Who mistypes a path is told so, and no plugin is charged.
  @Test func aPathThatLeadsToNoFile() throws {
    let folder = try TemporaryFolder()
    for (path, words) in [
      (folder.url.path, "a directory"), (folder.path("none.so"), "No such file"), ("/dev/null", "no regular file"),
      (folder.path("none/none.so"), "No such file"), ("/etc/passwd/none.so", "Not a directory"),
    ] {
      for options in [[], ["--json"], ["--verbose"]] {
        let run = try Program("backplane", ["check", path] + options)
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(run.errors.hasPrefix("backplane check: \(path): ") && run.errors.contains(words), "\(run.errors)")
        #expect(!run.errors.contains("BP-"))
      }
    }
  }

  // MARK: - Files

  @Test func uniqueSymbolsAreFound() throws {
    let source = """
      .globl bp_plugin_open_v1
      .type bp_plugin_open_v1, @function
      bp_plugin_open_v1: ret
      .data
      .globl shared_between_plugins
      .type shared_between_plugins, @gnu_unique_object
      shared_between_plugins: .quad 0
      .size shared_between_plugins, 8
      .section .note.GNU-stack,"",@progbits

      """
    let findings = try Check(CompiledFile.assembled(source)).findings("BP-10.4")
    #expect(findings.contains { $0.contains("unique symbol (shared_between_plugins)") }, "\(findings)")
  }

  @Test func textRelocationsAndExecutableStacksAreFound() throws {
    let source = """
      .text
      .globl bp_plugin_open_v1
      .type bp_plugin_open_v1, @function
      bp_plugin_open_v1: movabs $elsewhere, %rax
      ret
      .data
      .globl elsewhere
      elsewhere: .quad 0

      """
    let findings = try Check(CompiledFile.assembled(source, ["-Wl,-z,notext", "-Wl,-z,execstack"])).findings("BP-10.5")
    #expect(findings.contains { $0.contains("text relocations") }, "\(findings)")
    #expect(findings.contains { $0.contains("executable stack") }, "\(findings)")
  }

  @Test func aMissingLibraryIsNamed() throws {
    let library = try CompiledFile.assembled(
      ".globl from_the_other\nfrom_the_other: ret\n", ["-Wl,-soname,libnotthere.so.7"])
    let plugin = try CompiledFile.assembled(
      ".globl bp_plugin_open_v1\nbp_plugin_open_v1: call from_the_other@PLT\nret\n",
      [library.path, "-Wl,-rpath,relative"])
    let check = try Check(plugin)
    #expect(check.findings("BP-10.5").contains { $0.contains("it needs libnotthere.so.7") }, "\(check.run.output)")
    #expect(check.report.warnings.contains { $0.contains("\"relative\"") })
  }

  /// A library of nothing but symbols whose names all are the rest of one string without an end: what it names is the
  /// square of its length.
  @Test(arguments: [1, 6, 15, 29]) func namesWithoutEnd(_ tag: UInt64) throws {
    let folder = try TemporaryFolder()
    let check = try Check(folder.write(CheckTests.library(named: tag), "libbackplane-hostile.so"))
    #expect(check.run.signal == nil && check.run.status == 1)
    #expect(check.findings("BP-10.5").contains { $0.contains("longer than a library's") }, "\(check.run.output)")
  }

  /// Each entry of the dynamic section or of the symbol table names the same long text.
  private static func library(named tag: UInt64) -> [UInt8] {
    func number(_ value: UInt64, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(value >> UInt64(8 * $0) & 0xFF) } }
    #if arch(x86_64)
      let machine: UInt64 = 62
    #else
      let machine: UInt64 = 183
    #endif
    let (symbols, entries, start): (UInt64, UInt64, UInt64) = (tag == 6 ? 6000 : 0, tag == 6 ? 0 : 6000, 64 + 2 * 56)
    let text = [UInt8](repeating: tag == 29 ? 0x3A : 0x78, count: 160_000) + [0]
    let strings = start + symbols * 24
    let hash = strings + UInt64(text.count + 7) & ~7
    var dynamic: [UInt8] = []
    for _ in 0..<entries { dynamic += number(tag, 8) + number(0, 8) }
    for (tag, value) in [(5, strings), (10, UInt64(text.count)), (6, start), (4, hash), (0, 0)] as [(UInt64, UInt64)] {
      dynamic += number(tag, 8) + number(value, 8)
    }
    let end = hash + 8 + UInt64(dynamic.count)
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    bytes += number(3, 2) + number(machine, 2) + number(1, 4) + number(0, 8) + number(64, 8) + number(0, 8)
    bytes += number(0, 4) + [64, 56, 2, 64, 0, 0].flatMap { number($0, 2) }
    for (kind, offset, length) in [(1, 0, end), (2, hash + 8, UInt64(dynamic.count))] as [(UInt64, UInt64, UInt64)] {
      bytes += number(kind, 4) + number(4, 4) + [offset, offset, offset, length, length, 8].flatMap { number($0, 8) }
    }
    for _ in 0..<symbols { bytes += number(0, 4) + [0x12, 0] + number(1, 2) + number(0x1000, 8) + number(8, 8) }
    bytes += text
    bytes += [UInt8](repeating: 0, count: Int(hash) - bytes.count)
    return bytes + number(1, 4) + number(max(symbols, 1), 4) + dynamic
  }

  /// Files that are no plugins, and pieces of one.
  @Test func hostileFilesAreFindings() throws {
    let folder = try TemporaryFolder()
    let plugin = try CompiledFile.damaged(fault: 0)
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: plugin.path)))
    func other(_ place: Int, _ byte: UInt8) -> [UInt8] {
      var bytes = whole
      bytes[place] = byte
      return bytes
    }
    var files: [(bytes: [UInt8], words: String)] = [
      ([], "the file is empty"), (Array("not a library".utf8), "no ELF file"),
      (Array("!<arch>\n".utf8), "a static archive"), (other(4, 1), "32-bit"), (other(5, 2), "big-endian"),
      (other(18, 243), "for another processor"), (other(16, 2), "an executable"), (other(16, 1), "an object file"),
      (other(39, 0xff), "outside"),
    ]
    for length in stride(from: 10, to: whole.count, by: max(whole.count / 12, 1)) {
      files.append((Array(whole[..<length]), "truncated"))
    }
    for (bytes, words) in files {
      let check = try Check(folder.write(bytes, "libbackplane-hostile.so"))
      #expect(check.run.signal == nil)
      #expect(check.run.status == 1)
      #expect(check.findings("BP-10.5").contains { $0.contains(words) }, "\(words): \(check.run.output)")
    }
    let program = Program.folder.appendingPathComponent("backplane").path
    #expect(try Check(program).findings("BP-10.5").contains { $0.contains("an executable") })
  }

  /// Bytes of the headers, and of the tables that they lead to, changed at random.
  @Test func damagedHeadersNeverCrash() throws {
    let folder = try TemporaryFolder()
    let plugin = try CompiledFile.damaged(fault: 1)
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: plugin.path)))
    var state: UInt64 = 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<40 {
      var bytes = whole
      for _ in 0..<20 { bytes[4 + next(min(4096, bytes.count) - 4)] = UInt8(next(256)) }
      let run = try Program("backplane", ["check", folder.write(bytes, "libbackplane-hostile.so")])
      #expect(run.signal == nil && run.status <= 1)
    }
  }

  // MARK: - Obligations

  @Test func theTableIsTheHeaders() throws {
    let header = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Sources/BackendAPI/include/backplane_backend.h")
    let text = try String(contentsOf: header, encoding: .utf8)
    let ids = Set(text.matches(of: /\[(BP-\d+\.\d+)\]/).map { String($0.output.1) })
    let run = try Program("backplane", ["check", "--obligations", "--json"])
    struct Entry: Decodable { let id: String }
    let entries = try JSONDecoder().decode([Entry].self, from: Data(run.output.utf8)).map(\.id)
    #expect(Set(entries) == ids)
    #expect(entries.count == ids.count)
  }

  @Test(arguments: [[], ["a.so", "b.so"], ["--frob"], ["a.so", "--case-seconds", "x"]])
  func badUsageIsStatus2(_ arguments: [String]) throws {
    #expect(try Program("backplane", ["check"] + arguments).status == 2)
  }
}

/// One run of `backplane check --json`.
private struct Check {
  struct Report: Decodable {
    struct Obligation: Decodable {
      let id: String
      let verdict: String
      let findings: [String]?
    }

    let verdict: String
    let unavailable: String?
    let obligations: [Obligation]
    let warnings: [String]
  }

  let run: Program
  let report: Report

  init(_ file: CompiledFile, _ options: [String] = []) throws {
    self = try withExtendedLifetime(file) { try Check(file.path, options) }
  }

  init(_ file: String, _ options: [String] = []) throws {
    run = try Program("backplane", ["check", file, "--json"] + options)
    report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
  }

  func findings(_ id: String) -> [String] { report.obligations.first { $0.id == id }?.findings ?? [] }
}
