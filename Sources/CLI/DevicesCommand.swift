import Glibc
import PluginHost
import Text

/// `backplane devices [--json]`.
struct DevicesCommand {
  static let help = """
    usage: backplane devices [--json]

    Lists every device, the plugin behind it and its memory, then the plugins that could not be loaded, each with
    the reason.

      --json    the same as one JSON object, for programs

    Exit status: 0; 2 for bad usage, or when there is no device.
    """

  private var asJSON = false

  init(_ arguments: ArraySlice<String>) throws(Failure) {
    for argument in arguments {
      guard argument == "--json" else {
        throw Failure("backplane devices: unknown argument '\(argument)'; the only option is --json")
      }
      asJSON = true
    }
  }

  func run() throws(Failure) -> Int32 {
    let (devices, failures) = Device.all()
    print(asJSON ? DeviceList.json(devices, failures) : DeviceList.text(devices, failures))
    if devices.isEmpty {
      let reason = failures.first.map { ": \($0.message)" } ?? ""
      throw Failure(
        "backplane: no device can be used\(reason); 'backplane explain cpu' tells where plugins were looked for")
    }
    return 0
  }
}

/// The two forms in which devices are listed.
enum DeviceList {
  static func text(_ devices: [DeviceDescription], _ failures: [BackplaneError]) -> String {
    var lines: [String] = []
    for item in devices {
      let isDefault = item.device == Device.ofEnvironment ? " (default)" : ""
      lines.append("\(item.device)\(isDefault)")
      lines.append("  hardware  \(item.name)" + (item.details.isEmpty ? "" : ", \(item.details)"))
      lines.append("  plugin    \(item.plugin.name) \(item.plugin.version), ABI \(abi(item.plugin))")
      lines.append("  file      \(item.plugin.file ?? "linked into the program")")
      lines.append("  memory    \(memory(item))")
    }
    if devices.isEmpty { lines.append("no devices") }
    if !failures.isEmpty {
      lines.append("could not be loaded:")
      lines += failures.map { "  " + $0.message.split(separator: "\n").joined(separator: "\n  ") }
    }
    return lines.joined(separator: "\n")
  }

  /// One object; `README.md` documents its members.
  static func json(_ devices: [DeviceDescription], _ failures: [BackplaneError]) -> String {
    let deviceValues = devices.map { item in
      JSON.object([
        ("device", .string("\(item.device)")),
        ("name", .string(item.name)),
        ("details", .string(item.details)),
        ("memory_total", item.totalMemory > 0 ? .integer(item.totalMemory) : .null),
        ("memory_free", item.totalMemory > 0 ? .integer(item.freeMemory) : .null),
        ("plugin", .string(item.plugin.name)),
        ("plugin_version", .string(item.plugin.version)),
        ("plugin_file", item.plugin.file.map { .string($0) } ?? .null),
        ("abi_version", .string(abi(item.plugin))),
      ])
    }
    let failureValues = failures.map { failure in
      JSON.object([("kind", .string(failure.kind.rawValue)), ("message", .string(failure.message))])
    }
    return JSON.object([
      ("backplane_version", .string(backplaneVersion)),
      ("default_device", .string("\(Device.ofEnvironment)")),
      ("devices", .array(deviceValues)),
      ("failures", .array(failureValues)),
    ]).text(depth: .max)
  }

  private static func abi(_ plugin: Plugin) -> String {
    "\(plugin.abiVersion.major).\(plugin.abiVersion.minor)"
  }

  private static func memory(_ item: DeviceDescription) -> String {
    guard item.totalMemory > 0 else { return "unknown" }
    return "\(size(item.totalMemory)), \(size(item.freeMemory)) free"
  }

  private static func size(_ bytes: Int) -> String {
    let tenths = (bytes * 10) >> 30
    return tenths > 0 ? "\(tenths / 10).\(tenths % 10) GiB" : "\(bytes >> 20) MiB"
  }
}
