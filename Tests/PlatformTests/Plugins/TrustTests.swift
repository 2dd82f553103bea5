import Backplane
import Foundation
import TestSupport
import Testing

/// Code that others than the user can change is not loaded, and a program with more rights than its caller is not told
/// by that caller what to load.
@Suite struct TrustTests {
  /// A sound plugin in a folder within a folder of its own.
  private struct Place {
    let outer: TemporaryFolder
    let name: String
    var folder: String { outer.path("folder") }
    var file: String { folder + "/libbackplane-\(name).so" }

    init(_ name: String) throws {
      self.name = name
      outer = try TemporaryFolder()
      try FileManager.default.createDirectory(atPath: outer.path("folder"), withIntermediateDirectories: true)
      try CompiledPlugin.compile("toy.c", ["TOY_NAME=\"\(name)\""], to: URL(fileURLWithPath: file))
    }

    /// Why it cannot be loaded, or "".
    func refusal() -> String {
      let message = errorMessage { try Plugin.load(file) }
      return message == "(no error)" ? "" : message
    }
  }

  @Test func whatEveryoneCanWriteIsRefused() throws {
    let place = try Place("trust-everyone")
    for path in [place.file, place.folder, place.outer.url.path] {
      #expect(chmod(path, 0o777) == 0)
      #expect(place.refusal().hasPrefix("\(place.file): everyone can write \(path); "), "\(place.refusal())")
      #expect(chmod(path, 0o755) == 0)
    }
    #expect(place.refusal() == "")
  }

  /// As /tmp is: what lies in it is removed by its owner alone.
  @Test func aStickyFolderMayBeEveryones() throws {
    let place = try Place("trust-sticky")
    #expect(chmod(place.outer.url.path, 0o1777) == 0 && chmod(place.folder, 0o1777) == 0)
    #expect(place.refusal() == "")
  }

  /// The user's group, if it has the user's name.
  private static let ownGroup: gid_t? = {
    guard let user = getpwuid(geteuid()), let group = getgrgid(user.pointee.pw_gid) else { return nil }
    return strcmp(user.pointee.pw_name, group.pointee.gr_name) == 0 ? group.pointee.gr_gid : nil
  }()

  /// Under the umask 002 everything is made so.
  @Test(.enabled(if: ownGroup != nil, "the user has no group of one's own")) func theUsersOwnGroupMayWrite() throws {
    let place = try Place("trust-group")
    for path in [place.file, place.folder] {
      #expect(chown(path, geteuid(), try #require(TrustTests.ownGroup)) == 0 && chmod(path, 0o775) == 0)
    }
    #expect(place.refusal() == "")
  }

  @Test(.enabled(if: geteuid() == 0, "only root gives files away"))
  func whatBelongsToSomeoneElseIsRefused() throws {
    let place = try Place("trust-owner")
    for path in [place.file, place.folder] {
      #expect(chown(path, 54321, 0) == 0)
      #expect(place.refusal().hasPrefix("\(place.file): \(path) belongs to user 54321, who is neither root nor"))
      #expect(chown(path, 0, 0) == 0)
    }
    // A link is its owner's choice of a file.
    let link = place.folder + "/link.so"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place.file)
    #expect(lchown(link, 54321, 0) == 0)
    #expect(errorMessage { try Plugin.load(link) }.hasPrefix("\(link): \(link) belongs to user 54321"))
    #expect(place.refusal() == "")
  }

  @Test func explainTellsTheReason() throws {
    let place = try Place("trust-explained")
    let environment = ["BACKPLANE_PLUGIN_PATH": place.folder]
    func explained() throws -> Program { try Program("backplane", ["explain", place.name], environment: environment) }
    #expect(chmod(place.file, 0o666) == 0)
    #expect(
      try explained().output.contains("\(place.file)\n    BACKPLANE_PLUGIN_PATH: everyone can write \(place.file)"))
    #expect(chmod(place.file, 0o644) == 0 && chmod(place.folder, 0o777) == 0)
    let folder = try explained()
    #expect(folder.status == 2)
    #expect(folder.output.contains("\(place.folder)\n    BACKPLANE_PLUGIN_PATH: everyone can write \(place.folder)"))
    let devices = try Program("backplane", ["devices"], environment: environment)
    #expect(devices.status == 2 && devices.errors.contains("everyone can write \(place.folder)"))
    #expect(chmod(place.folder, 0o755) == 0)
    #expect(try explained().status == 0)
    #expect(chmod(place.file, 0o666) == 0)
    for arguments in [["check", place.file], ["--plugin", place.file]] {
      let run = try Program(arguments.count == 2 && arguments[0] == "check" ? "backplane" : "conformance", arguments)
      #expect(run.status == 2 && run.errors.contains("everyone can write \(place.file)"), "\(run.errors)")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root makes a program another user's"))
  func aSetUIDProgramReadsNoVariables() throws {
    let place = try Place("trust-setuid")
    let program = place.outer.path("program")
    try FileManager.default.copyItem(
      atPath: Program.folder.appendingPathComponent("backplane").path, toPath: program)
    let trace = place.outer.path("trace.json")
    let environment = [
      "BACKPLANE_PLUGIN_PATH": place.file, "BACKPLANE_TRACE": trace, "BACKPLANE_DEVICE": place.name,
      "BACKPLANE_LOG": "nonsense",
    ]
    let arguments = ["explain", place.name]
    let plain = try Program(at: URL(fileURLWithPath: program), arguments, environment: environment)
    #expect(plain.status == 0 && plain.errors.contains("BACKPLANE_LOG"))
    #expect(FileManager.default.fileExists(atPath: trace))
    try FileManager.default.removeItem(atPath: trace)
    #expect(chown(program, 54321, 0) == 0 && chmod(program, 0o4755) == 0)
    let run = try Program(at: URL(fileURLWithPath: program), arguments, environment: environment)
    #expect(run.status == 2 && !run.output.contains(place.file) && run.errors.contains("cannot be used"), "\(run)")
    #expect(!run.errors.contains("BACKPLANE_LOG") && !FileManager.default.fileExists(atPath: trace))
  }
}
