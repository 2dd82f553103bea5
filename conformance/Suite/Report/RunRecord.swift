import Glibc

/// A run as the report files tell it: what was tested, where, with what values, and how every case ended.
public struct RunRecord: Sendable {
  public let plugin: TestedPlugin
  public let machine: Machine
  public let seed: UInt64
  public let selection: Conformance.Selection
  /// When the run started, in UTC: "2026-03-01T12:00:00Z".
  public let started: String
  /// How long it took.
  public var seconds = 0.0
  /// Why the run ended before its last case, or did not begin, where that is so.
  public var interruption: String?
  /// What to type to run a case alone, up to its id.
  private let command: String
  public private(set) var results: [CaseResult] = []

  public init(
    _ plugin: TestedPlugin, on machine: Machine = .current, _ selection: Conformance.Selection,
    seed: UInt64, command: String
  ) {
    self.plugin = plugin
    self.machine = machine
    self.selection = selection
    self.seed = seed
    self.command = command
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var characters = [CChar](repeating: 0, count: 32)
    let count = strftime(&characters, characters.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    started = String(decoding: characters.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  public mutating func add(_ result: CaseResult) { results.append(result) }

  /// The command that runs one case alone.
  public func replay(_ id: String) -> String { "\(command) --case \(id) --seed \(seed)" }

  // MARK: - Counts

  /// How many cases ended in which way; those expected to fail are among the skipped.
  public struct Counts: Sendable {
    public internal(set) var passed = 0
    public internal(set) var failed = 0
    public internal(set) var skipped = 0
    public internal(set) var expectedFailures = 0

    mutating func add(_ result: CaseResult) {
      switch result.outcome {
      case .passed: passed += 1
      case .failed: failed += 1
      case .skipped: skipped += 1
      }
      if result.expectedFindings != nil { expectedFailures += 1 }
    }
  }

  /// The cases of one operator over one combination of types, or of a tier that is not about operators.
  public struct Row: Sendable {
    /// The start of its cases' ids: "T2.ADD.float32", "T1".
    public let name: String
    public let tier: String
    public let operatorName: String?
    public let types: String?
    public fileprivate(set) var counts = Counts()
    public fileprivate(set) var worstUlps: Double?
    /// Why nothing ran, where nothing did.
    public fileprivate(set) var reason: String?
    public fileprivate(set) var results: [CaseResult] = []

    /// The end of a case's id, after the row's name.
    func label(_ result: CaseResult) -> String { String(result.id.dropFirst(name.count + 1)) }

    fileprivate mutating func add(_ result: CaseResult) {
      counts.add(result)
      results.append(result)
      switch result.outcome {
      case .passed(let ulps?), .failed(_, let ulps?): worstUlps = max(worstUlps ?? 0, ulps)
      case .passed(nil), .failed(_, nil): break
      case .skipped(let text): reason = reason ?? text
      }
      if counts.passed + counts.failed > 0 { reason = nil }
    }
  }

  public var totals: Counts {
    var totals = Counts()
    for result in results { totals.add(result) }
    return totals
  }

  /// In the order of the run.
  public var rows: [Row] {
    var rows: [Row] = []
    var places: [String: Int] = [:]
    for result in results {
      let tier = String(result.id.prefix { $0 != "." })
      var row = Row(name: tier, tier: tier, operatorName: nil, types: nil)
      if tier == "T2", let name = result.operatorName, let types = result.types {
        row = Row(name: "\(tier).\(name).\(types)", tier: tier, operatorName: name, types: types)
      }
      let place = places[row.name] ?? rows.count
      if place == rows.count {
        places[row.name] = place
        rows.append(row)
      }
      rows[place].add(result)
    }
    return rows
  }
}

/// The plugin and the device that a run tested.
public struct TestedPlugin: Sendable {
  public let file: String
  /// Of the file, in hexadecimal; nil for a plugin that came from no file.
  public let sha256: String?
  public let name: String
  public let version: String
  /// The version of the ABI that its table is for: "1.0".
  public let abi: String
  /// "cpu:0".
  public let device: String
  /// The device's own name.
  public let deviceName: String

  public init(
    file: String, sha256: String?, name: String, version: String, abi: String, device: String,
    deviceName: String
  ) {
    self.file = file
    self.sha256 = sha256
    self.name = name
    self.version = version
    self.abi = abi
    self.device = device
    self.deviceName = deviceName
  }

  /// A plugin that could not be opened.
  public init(unopened file: String, device: String?) {
    self.init(
      file: file, sha256: (try? FileBytes.read(file, limit: 4 << 30)).map(SHA256.hexadecimal), name: "", version: "",
      abi: "", device: device ?? file, deviceName: "")
  }

  public init(_ device: Device) {
    let bytes = try? FileBytes.read(device.plugin.source, limit: 4 << 30)
    self.init(device, sha256: bytes.map(SHA256.hexadecimal))
  }

  init(_ device: Device, sha256: String?) {
    let table = device.plugin.table
    self.init(
      file: device.plugin.source, sha256: sha256, name: device.plugin.name,
      version: table.version.map { String(cString: $0) } ?? "",
      abi: "\(table.abi_major).\(table.abi_minor)", device: "\(device.plugin.name):\(device.index)",
      deviceName: text(device.info.name) ?? "")
  }
}
