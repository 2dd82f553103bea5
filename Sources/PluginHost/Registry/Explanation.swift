/// Why a device string leads where it does: every path tried, in order, and what came of it.
///
/// ```swift
/// print(explain("cuda:0"))
/// ```
public struct Explanation: Sendable, CustomStringConvertible {
  /// One path and its outcome.
  public struct Step: Sendable {
    public let path: String
    public let outcome: String
  }

  public let device: Device
  /// The plugin that was chosen.
  public let plugin: Plugin?
  /// Whether the device can be used.
  public let isAvailable: Bool
  public let steps: [Step]

  public var description: String {
    var lines = steps.map { "\($0.path)\n    \($0.outcome)" }
    let verdict =
      isAvailable
      ? "\(device) is available: \(plugin?.file ?? "linked into the program")"
      : "\(device) is not available"
    lines.append(verdict)
    return lines.joined(separator: "\n")
  }
}

/// Tells every path tried for a device and why each was taken or turned down. Never fails.
public func explain(_ device: Device) -> Explanation {
  PluginRegistry.shared.explain(device)
}
