/// Why a device string leads where it does: every path tried, in order, and what came of it.
///
/// ```swift
/// print(explain("cuda:0"))
/// ```
public struct Explanation: Sendable, CustomStringConvertible {
  /// One path and its outcome.
  public struct Step: Sendable {
    /// The file or folder that was tried.
    public let path: String
    /// What came of the path: that it was chosen, or why not.
    public let outcome: String
  }

  /// The device that was asked for.
  public let device: Device
  /// The plugin that was chosen.
  public let plugin: Plugin?
  /// Whether the device can be used.
  public let isAvailable: Bool
  /// The paths that were tried, in order.
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
