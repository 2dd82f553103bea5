import ConformanceSuite
import Foundation
import TestSupport
import Testing

/// A browser that can load a page without a screen.
private enum Browser {
  /// Looked for: chromium, chromium-browser, google-chrome. Firefox prints no DOM.
  static let program: URL? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for name in ["chromium", "chromium-browser", "google-chrome"] {
      for folder in folders {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        guard FileManager.default.isExecutableFile(atPath: file.path) else { continue }
        // Some systems have a program of that name that only says how to install it.
        if (try? Program(at: file, ["--version"]))?.status == 0 { return file }
      }
    }
    return nil
  }()

  static func run(_ arguments: [String], on page: URL, fragment: String = "") throws -> String {
    let program = try #require(program)
    let profile = page.deletingLastPathComponent().appendingPathComponent("profile").path
    let options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(profile)"]
    // A browser that hangs shall not hang the tests.
    let run = try Program(
      at:
        URL(fileURLWithPath: "/usr/bin/env"),
      ["timeout", "100", program.path] + options + arguments + [page.absoluteString + fragment])
    #expect(run.status == 0, "\(run.errors.suffix(500))")
    return run.output
  }

  /// What the page's script says of what it shows.
  static func facts(_ page: URL, _ fragment: String = "") throws -> [String: String] {
    let dom = try run(["--dump-dom"], on: page, fragment: fragment)
    let tag = try #require(dom.components(separatedBy: "<body").dropFirst().first?.components(separatedBy: ">").first)
    var facts: [String: String] = [:]
    for part in tag.components(separatedBy: "data-").dropFirst() {
      let words = part.components(separatedBy: "\"")
      if words.count > 1 { facts[String(words[0].dropLast())] = words[1] }
    }
    return facts
  }
}

/// The page in a real browser, after its script ran.
@Suite(.serialized, .enabled(if: Browser.program != nil, "needs chromium, chromium-browser or google-chrome"))
struct BrowserTests {
  @Test func thePageShowsTheRun() throws {
    try withPage(hostilePlugin: false) { page throws in
      #expect(
        try Browser.facts(page) == ["ready": "true", "rows": "3", "cells": "4", "tiers": "1", "failures": "1"])
    }
  }

  @Test func filterAndSearchWork() throws {
    try withPage(hostilePlugin: false) { page throws in
      let failed = try Browser.facts(page, "#filter=failed")
      #expect(failed["rows"] == "1" && failed["failures"] == "1" && failed["tiers"] == "0")
      let found = try Browser.facts(page, "#filter=failed&search=add")
      #expect(found["rows"] == "1" && found["cells"] == "2" && found["failures"] == "1")
      let none = try Browser.facts(page, "#filter=failed&search=EXP")
      #expect(none["rows"] == "0" && none["cells"] == "0" && none["failures"] == "0")
      #expect(try Browser.facts(page, "#filter=unsupported")["rows"] == "1")
      #expect(try Browser.facts(page, "#search=%3Cb%3E")["rows"] == "0")
    }
  }

  @Test func hostileTextIsShownAsText() throws {
    try withPage(hostilePlugin: true) { page throws in
      let dom = try Browser.run(["--dump-dom"], on: page)
      #expect(dom.contains("data-ready=\"true\""))
      #expect(dom.components(separatedBy: "<script").count == 3)
      #expect(dom.contains("&lt;/script&gt;&lt;script&gt;document.body"))
    }
  }

  @Test func thePageCanBeSeen() throws {
    try withPage(hostilePlugin: false) { page throws in
      let picture = page.deletingLastPathComponent().appendingPathComponent("page.png")
      _ = try Browser.run(["--screenshot=\(picture.path)", "--window-size=1400,1000"], on: page)
      let bytes = try Data(contentsOf: picture)
      #expect(bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
      // Width and height; a blank page of that size packs into less than ten thousand bytes.
      #expect(bytes[16..<24].elementsEqual([0, 0, 0x05, 0x78, 0, 0, 0x03, 0xe8]))
      #expect(bytes.count > 20_000)
    }
  }

  /// ADD fails for float32 and passes for int64, EXP passes, MUL is not supported.
  private func withPage(hostilePlugin: Bool, _ body: (URL) throws -> Void) throws {
    let text = hostilePlugin ? RecordedRun.hostile : "mychip"
    var record = RecordedRun.record(RecordedRun.plugin(name: text), failing: ["n2"], message: text)
    for (name, types, outcome) in [
      ("ADD", "int64", Outcome.passed(worstUlps: nil)), ("EXP", "float32", .passed(worstUlps: 0.5)),
      ("MUL", "complex64", .skipped(text)),
    ] {
      record.add(CaseResult(id: "T2.\(name).\(types).n1", operatorName: name, types: types, outcome: outcome))
    }
    try RecordedRun.withFolder { folder throws in
      try ReportFiles(folder: folder.path).write(record)
      try body(folder.appendingPathComponent("report.html"))
    }
  }
}
