import Text

/// A `report.json` read back, as far as comparing needs it.
public struct SavedReport: Sendable {
  public enum Outcome: String, Sendable {
    case passed, failed, skipped
    case expectedFailure = "expected to fail"
  }

  /// One case: its row ("T2.ADD.float32") and how it ended.
  struct Entry {
    let row: String
    let outcome: Outcome
  }

  public let path: String
  /// What was tested, in words.
  public let title: String
  public let seed: String
  public let level: String
  public let plugin: String
  /// In the order of the run.
  let ids: [String]
  let cases: [String: Entry]
  /// Per operator, over all types.
  let worstUlps: [(operatorName: String, ulps: Double)]

  /// Reads a file.
  public init(file path: String) throws(FileError) {
    try self.init(FileBytes.read(path, limit: 256 << 20), path: path)
  }

  public init(_ bytes: [UInt8], path: String) throws(FileError) {
    self.path = path
    let json: JSON
    do throws(JSONReader.Failure) {
      json = try JSON.read(bytes)
    } catch {
      throw FileError(path, "\(error)")
    }
    guard let format = json["format"]?.string, format.utf8.count <= JSONReader.keyLengthLimit else {
      throw FileError(path, "no report: \"format\" is missing")
    }
    guard format == RunRecord.format else {
      throw FileError(path, "the format is \(format); this program reads \(RunRecord.format)")
    }
    func text(_ value: JSON?, _ name: String) throws(FileError) -> String {
      guard let text = value?.string else { throw FileError(path, "\"\(name)\" is no string") }
      guard text.utf8.count <= JSONReader.keyLengthLimit else {
        throw FileError(path, "\"\(name)\" has \(text.utf8.count) bytes")
      }
      return text
    }
    seed = try text(json["seed"], "seed")
    level = try text(json["level"], "level")
    plugin = try text(json["plugin"]?["name"], "plugin.name")
    let version = try text(json["plugin"]?["version"], "plugin.version")
    let hash = json["plugin"]?["sha256"]?.string
    title = "\(plugin) \(version)" + (hash.map { " (sha256 \($0.prefix(12)))" } ?? "")

    guard let rows = json["cases"]?.members else { throw FileError(path, "\"cases\" is no object") }
    var (ids, cases): ([String], [String: Entry]) = ([], [:])
    for (row, outcomes) in rows {
      func add(_ labels: JSON, _ outcome: Outcome) throws(FileError) {
        guard let labels = labels.array else { throw FileError(path, "\"cases\": \(row) holds no list") }
        for label in labels {
          let id = "\(row).\(try text(label, "cases.\(row)"))"
          guard cases.updateValue(Entry(row: row, outcome: outcome), forKey: id) == nil else {
            throw FileError(path, "the case \(id) is there twice")
          }
          ids.append(id)
        }
      }
      guard let outcomes = outcomes.members else { throw FileError(path, "\"cases\": \(row) is no object") }
      for (name, labels) in outcomes {
        switch name {
        case "passed": try add(labels, .passed)
        case "failed": try add(labels, .failed)
        case "expected_failures": try add(labels, .expectedFailure)
        case "skipped":
          guard let reasons = labels.members else {
            throw FileError(path, "\"cases\": \(row).skipped is no object")
          }
          for (_, labels) in reasons { try add(labels, .skipped) }
        default: throw FileError(path, "\"cases\": \(row) has an outcome \(name)")
        }
      }
    }
    (self.ids, self.cases) = (ids, cases)

    guard let table = json["rows"]?.array else { throw FileError(path, "\"rows\" is no list") }
    var worst: [(operatorName: String, ulps: Double)] = []
    for row in table {
      guard let name = row["operator"]?.string, name.utf8.count <= JSONReader.keyLengthLimit,
        let ulps = row["worst_ulp"]?.number
      else { continue }
      if worst.last?.operatorName == name {
        worst[worst.count - 1].ulps = max(worst[worst.count - 1].ulps, ulps)
      } else {
        worst.append((name, ulps))
      }
    }
    worstUlps = worst
  }

  /// How many cases ended so.
  func count(_ outcome: Outcome) -> Int { cases.values.count { $0.outcome == outcome } }
}
