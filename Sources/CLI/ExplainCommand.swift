import PluginHost

/// `backplane explain DEVICE`.
struct ExplainCommand {
  static let help = """
    usage: backplane explain DEVICE

    Tells every path tried for a device such as cpu or cuda:0, and why each was taken or turned down.

    Exit status: 0; 2 for bad usage, or when the device cannot be used.
    """

  private let device: Device

  init(_ arguments: ArraySlice<String>) throws(Failure) {
    guard let string = arguments.first else {
      throw Failure("backplane explain: DEVICE is missing, for example: backplane explain cuda:0")
    }
    if string.hasPrefix("-") { throw Failure("backplane explain: unknown option '\(string)'") }
    try Program.refuse(arguments.dropFirst(), after: "the device '\(string)'")
    device = Device(string)
  }

  func run() throws(Failure) -> Int32 {
    let explanation = explain(device)
    print(explanation)
    guard explanation.isAvailable else {
      throw Failure("backplane: device '\(device)' cannot be used")
    }
    return 0
  }
}
