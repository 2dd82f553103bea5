import Backplane
import Foundation
import TestSupport
import Testing

/// A variable whose value means nothing is told of, once, and with what it may be.
@Suite struct EnvironmentTests {
  @Test(
    arguments: [
      ("BACKPLANE_LOG", "verbose", "BACKPLANE_LOG is 'verbose', none of error, warning, info and debug"),
      ("BACKPLANE_LOG", "WARNING", "BACKPLANE_LOG is 'WARNING', none of"),
      ("BACKPLANE_FALLBACK", "nope", "BACKPLANE_FALLBACK is 'nope', which is no device that can be used"),
      ("BACKPLANE_FALLBACK", "cpu:3", "BACKPLANE_FALLBACK is 'cpu:3', which is no device that can be used"),
      ("BACKPLANE_FALLBACK", "CPU", "(no device string); it can be one of cpu"),
      ("BACKPLANE_VALIDATE", "maybe", "BACKPLANE_VALIDATE is 'maybe', none of 1, log, fatal and 0"),
      ("BACKPLANE_TRACE", "/no/such/folder/trace", "BACKPLANE_TRACE: /no/such/folder/trace: "),
      ("BACKPLANE_TRACE", "/proc", "BACKPLANE_TRACE: /proc: "),
      ("BACKPLANE_RECORD", "/no/such/folder/calls", "BACKPLANE_RECORD: /no/such/folder/calls: No such file"),
      ("BACKPLANE_RECORD", "/dev/null", "BACKPLANE_RECORD: /dev/null: not a regular file"),
      ("BACKPLANE_PLUGIN_PATH", ":", "BACKPLANE_PLUGIN_PATH is ':'; its empty entries are passed over"),
      ("BACKPLANE_PLUGIN_PATH", "/etc/passwd", "/etc/passwd: not a shared library (named in BACKPLANE"),
      ("BACKPLANE_PLUGIN_PATH", "/dev/null", "/dev/null: not a regular file (named in BACKPLANE_PLUGIN"),
    ] as [(String, String, String)])
  func isToldOfOnce(_ name: String, _ value: String, _ words: String) throws {
    let run = try Program("backplane", ["devices"], environment: [name: value])
    #expect(run.status == 0 && run.output.contains("cpu (default)"))
    #expect(run.errors.components(separatedBy: words).count == 2, "\(run.errors)")
  }

  @Test(arguments: [
    ("BACKPLANE_LOG", "info"), ("BACKPLANE_LOG", ""), ("BACKPLANE_FALLBACK", "reference"), ("BACKPLANE_FALLBACK", ""),
    ("BACKPLANE_VALIDATE", "0"), ("BACKPLANE_TRACE", ""), ("BACKPLANE_RECORD", ""), ("BACKPLANE_PLUGIN_PATH", ""),
  ])
  func whatMeansSomethingIsNot(_ name: String, _ value: String) throws {
    let run = try Program("backplane", ["devices"], environment: [name: value])
    #expect(run.status == 0 && !run.errors.contains("BACKPLANE_"), "\(run.errors)")
  }
}
