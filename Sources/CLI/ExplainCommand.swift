import Backplane

/// `backplane explain DEVICE`.
struct ExplainCommand {
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
