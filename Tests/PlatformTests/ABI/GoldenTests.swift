import BackendAPI
import Foundation
import TestSupport
import Testing

/// The golden file of the ABI, and that its guard lets through what may change and nothing else.
@Suite struct GoldenTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../..").standardizedFileURL
  private static let script = root.appendingPathComponent("scripts/abi-golden")
  private static let header = root.appendingPathComponent("Sources/BackendAPI/include/backplane_backend.h")
  private static let golden = root.appendingPathComponent("Tests/PlatformTests/ABI/abi.txt")

  /// A copy of the golden file, and a header to hold against it.
  private struct Copy {
    let folder: TemporaryFolder
    var golden: URL { folder.url.appendingPathComponent("abi.txt") }
    var header: URL { folder.url.appendingPathComponent("header.h") }

    /// - Parameter edits: Replacements in the repository's header; each must find its text once.
    init(_ edits: [(String, String)], released: Bool = false) throws {
      folder = try TemporaryFolder()
      var text = try String(contentsOf: GoldenTests.header, encoding: .utf8)
      for (old, new) in edits {
        try #require(text.components(separatedBy: old).count == 2, "\(old)")
        text = text.replacingOccurrences(of: old, with: new)
      }
      try text.write(to: header, atomically: true, encoding: .utf8)
      var lines = try String(contentsOf: GoldenTests.golden, encoding: .utf8).components(separatedBy: "\n")
      lines[0] = lines[0].replacingOccurrences(of: "draft", with: "released")
      if !released { lines[0] = lines[0].replacingOccurrences(of: "released", with: "draft") }
      try lines.joined(separator: "\n").write(to: golden, atomically: true, encoding: .utf8)
    }

    func run(_ mode: String) throws -> Program {
      try Program(at: GoldenTests.script, [mode, "--header", header.path, "--golden", golden.path])
    }
  }

  @Test func theHeaderIsTheGoldenFiles() throws {
    let run = try Program(at: GoldenTests.script, ["--check"])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }

  struct Edit: CustomTestStringConvertible, Sendable {
    let old, new: String
    let finding: String
    var testDescription: String { finding }
  }

  static let breaches = [
    Edit(
      old: "  int64_t total_bytes;  /* memory of the device",
      new: "  int64_t inserted;\n  int64_t total_bytes;  /* memory of the device",
      finding: "bp_device_info.total_bytes: moved from offset 8 to 16"),
    Edit(
      old: "  int64_t total_bytes;  /* memory of the device",
      new: "  int64_t inserted;\n  int64_t total_bytes;  /* memory of the device",
      finding: "bp_device_info.inserted: added at offset 8 within the 280 bytes that bp_device_info had"),
    Edit(old: "#define BP_OP_EXP 43", new: "#define BP_OP_EXP 99", finding: "BP_OP_EXP: was 43, now it is 99"),
    Edit(old: "#define BP_LOG_DEBUG 4\n", new: "", finding: "BP_LOG_DEBUG: removed"),
    Edit(
      old: "  char details[128];    /* what else a user wants to read, or empty  */\n", new: "",
      finding: "bp_device_info.details: removed"),
    Edit(
      old: "  int32_t device_count; /* 0 … 4096 */", new: "  uint32_t device_count; /* 0 … 4096 */",
      finding: "bp_plugin.device_count: its type changed from 'int32_t' to 'uint32_t'"),
    Edit(
      old: "void (*free)(void *context, int32_t device, bp_buffer buffer);",
      new: "void (*free)(void *context, bp_buffer buffer);",
      finding: "bp_plugin.free: its type changed from 'void (*)(void *, int32_t, bp_buffer)'"),
    Edit(
      old: "typedef uint64_t bp_stream;", new: "typedef uint32_t bp_stream;",
      finding: "bp_stream: was 8 uint64_t, now it is 4 uint32_t"),
    Edit(
      old: "  char message[488];", new: "  char message[488];\n  int64_t more;",
      finding: "bp_error.more: bp_error never grows"
    ),
    Edit(
      old: "#define BP_OP_COS 48\n", new: "#define BP_OP_COS 48\n#define BP_OP_NOVEL 48\n",
      finding: "BP_OP_NOVEL: its number 48 is that of BP_OP_COS"),
    Edit(
      old: "typedef struct bp_axis_params {",
      new: "typedef struct bp_new_params {\n  int64_t n;\n} bp_new_params;\ntypedef struct bp_axis_params {",
      finding: "bp_new_params: does not begin with uint32_t struct_size [BP-1.2]"),
    Edit(
      old: "BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out, bp_error *err);",
      new: "BP_EXPORT int32_t bp_plugin_open_v1(const bp_host *host, bp_plugin *out);",
      finding: "bp_plugin_open_v1: was int32_t (const bp_host *, bp_plugin *, bp_error *)"),
    Edit(
      old: "static inline void bp_plugin_fill(bp_plugin *out, const bp_plugin *table) {",
      new: "static inline void bp_plugin_fill(bp_plugin *out, bp_plugin *table) {",
      finding: "bp_plugin_fill: was void (bp_plugin *, const bp_plugin *), now it is void (bp_plugin *, bp_plugin *)"),
    Edit(old: "#define BP_ABI_MAJOR 1", new: "#define BP_ABI_MAJOR 2", finding: "BP_ABI_MAJOR: was 1, now it is 2"),
  ]

  @Test(arguments: breaches) func aBreachIsFoundAndNeverTaken(_ edit: Edit) throws {
    let copy = try Copy([(edit.old, edit.new)])
    let before = try Data(contentsOf: copy.golden)
    for mode in ["--check", "--update"] {
      let run = try copy.run(mode)
      #expect(run.status == 1 && run.output.contains("  \(edit.finding)"), "\(run.output)\(run.errors)")
    }
    #expect(try Data(contentsOf: copy.golden) == before)
  }

  static let additions = [
    Edit(
      old: "#define BP_OP_COS 48\n", new: "#define BP_OP_COS 48\n#define BP_OP_NOVEL 53\n",
      finding: "macro BP_OP_NOVEL 53"),
    Edit(
      old: "} bp_memory_info;", new: "  int64_t largest_free_bytes;\n} bp_memory_info;",
      finding: "member bp_memory_info.largest_free_bytes 24 8 int64_t"),
    Edit(
      old: "} bp_plugin;", new: "  int32_t (*reset)(void *context, int32_t device, bp_error *err);\n} bp_plugin;",
      finding: "member bp_plugin.reset 232 8 int32_t (*)(void *, int32_t, bp_error *)"),
    Edit(
      old: "typedef struct bp_axis_params {",
      new: "typedef struct bp_new_params {\n  uint32_t struct_size;\n  int32_t n;\n} bp_new_params;\n"
        + "typedef struct bp_axis_params {",
      finding: "member bp_new_params.n 4 4 int32_t"),
    Edit(
      old: "/* Hands the plugin's table to a host",
      new: "static inline int32_t bp_novel(int32_t a) { return a; }\n\n/* Hands the plugin's table to a host",
      finding: "inline bp_novel int32_t (int32_t)"),
  ]

  @Test(arguments: additions) func anAdditionIsFoundAndTaken(_ edit: Edit) throws {
    let copy = try Copy([(edit.old, edit.new)])
    let found = try copy.run("--check")
    #expect(found.status == 1 && found.output.contains("header: \(edit.finding)"), "\(found.output)\(found.errors)")
    #expect(found.output.contains("--update takes them"))
    let taken = try copy.run("--update")
    #expect(taken.status == 0 && taken.output.contains("added: \(edit.finding)"), "\(taken.output)\(taken.errors)")
    #expect(try copy.run("--check").status == 0)
  }

  @Test(arguments: additions) func anAdditionToAReleasedMinorRaisesIt(_ edit: Edit) throws {
    let minor = Int(BP_ABI_MINOR)
    let refused = try Copy([(edit.old, edit.new)], released: true).run("--update")
    #expect(
      refused.status == 1 && refused.output.contains("BP_ABI_MINOR: minor \(minor) is released"), "\(refused.output)")
    let raised = try Copy(
      [(edit.old, edit.new), ("#define BP_ABI_MINOR \(minor)", "#define BP_ABI_MINOR \(minor + 1)")], released: true)
    #expect(try raised.run("--update").status == 0)
    #expect(try String(contentsOf: raised.golden, encoding: .utf8).hasPrefix("abi 1.\(minor + 1) draft\n"))
  }

  /// Words are not the ABI: comments and the names of parameters may change, and what the header keeps to itself.
  @Test func wordsMayChange() throws {
    let copy = try Copy([
      (
        "void (*free)(void *context, int32_t device, bp_buffer buffer);",
        "void (*free)(void *, int32_t d, bp_buffer b);"
      ),
      ("/* wants all operands row-major", "/* demands all operands row-major"),
      // An inline function of the header's own.
      (
        "/* Hands the plugin's table to a host",
        "static inline void bp_own_(void) {}\n/* Hands the plugin's table to a host"
      ),
    ])
    let run = try copy.run("--check")
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }

  @Test(arguments: [
    "typedef union { int a; } bp_odd;", "typedef struct bp_odd { int a : 3; } bp_odd;", "int odd(void);",
  ])
  func whatTheGuardCannotReadIsNotPassedOver(_ declaration: String) throws {
    let copy = try Copy([("typedef struct bp_axis_params {", "\(declaration)\ntypedef struct bp_axis_params {")])
    #expect(try copy.run("--check").status == 2)
  }

  /// Every version that was ever frozen has grown into today's by additions alone.
  @Test func frozenHeadersHaveOnlyGrown() throws {
    let frozen = GoldenTests.golden.deletingLastPathComponent().appendingPathComponent("Frozen")
    let versions = try FileManager.default.contentsOfDirectory(at: frozen, includingPropertiesForKeys: nil)
    #expect(!versions.isEmpty)
    for version in versions {
      let folder = try TemporaryFolder()
      let golden = folder.url.appendingPathComponent("abi.txt")
      let old = version.appendingPathComponent("backplane_backend.h").path
      #expect(try Program(at: GoldenTests.script, ["--update", "--golden", golden.path, "--header", old]).status == 0)
      let run = try Program(at: GoldenTests.script, ["--update", "--golden", golden.path])
      #expect(run.status == 0, "\(version.lastPathComponent): \(run.output)\(run.errors)")
    }
  }
}
