import Backplane

/// What the command line asks for.
struct Options {
  static let help = """
    usage: digits [OPTION]...

    Trains a small neural network to read handwritten digits and shows how well it does.

      --device DEVICE   where to train: cpu, reference, cuda:0, ... (default: BACKPLANE_DEVICE, else cpu)
      --data FOLDER     IDX files: the digits that come with this example, or MNIST's four files
      --epochs N        passes over the training images (default: 40)
      --batch-size N    images per step (default: 64)
      --lr X            learning rate of Adam (default: 0.003)
      --seed N          seed of the weights and of the order of the images (default: 0)
      --save FILE       where to save the weights, as safetensors (default: beside the program)
      --losses FILE     write the loss of every step to FILE, one number per line
      --help            print this

    Exit status: 0; 1 if something goes wrong on the way; 2 for bad usage, files or devices.

    """

  var device: Device?
  var data: String?
  var epochs = 40
  var batchSize = 64
  var learningRate = 0.003
  var seed: UInt64 = 0
  var save: String?
  var losses: String?
  var wantsHelp = false

  init(_ arguments: [String]) throws(Failure) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      func value() throws(Failure) -> String {
        if parts.count == 2 { return String(parts[1]) }
        guard let next = rest.popFirst() else { throw .usage("\(name) needs a value") }
        return next
      }
      switch name {
      case "--device":
        let string = try value()
        device = string.isEmpty ? nil : Device(string)
      case "--data": data = try Options.path(name, value())
      case "--epochs": epochs = try Options.count(name, value())
      case "--batch-size": batchSize = try Options.count(name, value())
      case "--lr": learningRate = try Options.positive(name, value())
      case "--seed": seed = try Options.seed(name, value())
      case "--save": save = try Options.path(name, value())
      case "--losses": losses = try Options.path(name, value())
      case "--help", "-h": wantsHelp = true
      default: throw .usage("unknown argument '\(argument)'")
      }
    }
  }

  private static func path(_ name: String, _ text: String) throws(Failure) -> String {
    guard !text.isEmpty else { throw .usage("\(name) needs a path, not an empty string") }
    return text
  }

  private static func count(_ name: String, _ text: String) throws(Failure) -> Int {
    guard let number = Int(text), (1...1_000_000).contains(number) else {
      throw .usage("\(name) needs a whole number from 1 to 1000000, not '\(text)'")
    }
    return number
  }

  private static func positive(_ name: String, _ text: String) throws(Failure) -> Double {
    guard let number = Double(text), number.isFinite, number > 0 else {
      throw .usage("\(name) needs a positive number, not '\(text)'")
    }
    return number
  }

  private static func seed(_ name: String, _ text: String) throws(Failure) -> UInt64 {
    guard let number = UInt64(text) else {
      throw .usage("\(name) needs a whole number from 0 to \(UInt64.max), not '\(text)'")
    }
    return number
  }
}
