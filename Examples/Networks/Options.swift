import Backplane

/// What all examples understand.
struct Options {
  static let help = """
    Options:
      --device NAME[:INDEX]  where to compute (default: BACKPLANE_DEVICE, else cpu)
      --epochs N             how long to learn
      --steps N              ends after so many steps, to try something out
      --seed N               the start of all random numbers (default: 1)
      --checkpoint FILE.pt   writes all of the run there after each epoch, and goes on from it where it exists
      --losses FILE          writes the loss of each step, a line each
      --logs FOLDER          writes the losses for TensorBoard
      --help                 this text

    """

  struct UsageError: Error {
    let message: String
  }

  var device: Device?
  var epochs: Int
  var steps = Int.max
  var seed: UInt64 = 1
  var checkpoint: String?
  var losses: String?
  var logs: String?
  var wantsHelp = false

  init(_ arguments: [String], _ example: Example) throws(UsageError) {
    epochs = example.epochs
    var rest = arguments[...]
    func value(_ option: String) throws(UsageError) -> String {
      guard let value = rest.popFirst() else { throw UsageError(message: "\(option) needs a value") }
      return value
    }
    func number<Number: LosslessStringConvertible>(_ option: String) throws(UsageError) -> Number {
      let text = try value(option)
      guard let number = Number(text) else {
        throw UsageError(message: "\(option): '\(text)' is no number that it takes")
      }
      return number
    }
    while let option = rest.popFirst() {
      switch option {
      case "--device": device = Device(try value(option))
      case "--epochs": epochs = try number(option)
      case "--steps": steps = try number(option)
      case "--seed": seed = try number(option)
      case "--checkpoint": checkpoint = try value(option)
      case "--losses": losses = try value(option)
      case "--logs": logs = try value(option)
      case "--help", "-h": wantsHelp = true
      default: throw UsageError(message: "unknown option \(option); --help tells what there is")
      }
    }
    guard steps > 0 else { throw UsageError(message: "--steps must be 1 at least, not \(steps)") }
    guard (1...100_000).contains(epochs) else {
      throw UsageError(message: "--epochs must be from 1 to 100000, not \(epochs)")
    }
  }
}
