import Glibc

/// Where a run took place.
public struct Machine: Sendable {
  /// The model of the first processor, or the architecture where the system does not tell.
  public let cpu: String
  /// Processors that are online.
  public let cores: Int
  /// System, release and architecture, from `uname`; of the release what is not a build's own.
  public let system: String

  public init(cpu: String, cores: Int, system: String) {
    self.cpu = cpu
    self.cores = cores
    self.system = system
  }

  public static let current: Machine = {
    var names = utsname()
    uname(&names)
    let architecture = text(names.machine) ?? ""
    let release = (text(names.release) ?? "").split(separator: ".").prefix(2).joined(separator: ".")
    return Machine(
      cpu: model ?? architecture, cores: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      system: [text(names.sysname) ?? "", release, architecture].joined(separator: " "))
  }()

  private static var model: String? {
    guard let bytes = try? FileBytes.read("/proc/cpuinfo", limit: 16 << 20) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("model name") }),
      let colon = line.firstIndex(of: ":")
    else { return nil }
    return String(line[colon...].dropFirst().drop { $0 == " " })
  }
}
