import Backplane
import Glibc

/// Trains one of the networks, or lists them.
///
///     networks digits-cnn --device cuda:0
@main enum Program {
  static let examples: [Example] = [
    .linearRegression, .digitsCNN, .characterTransformer, .waveLSTM, .customLayerAndLoss, .generation,
  ]

  static func main() {
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  private static func run(_ arguments: [String]) -> Int32 {
    guard let name = arguments.first, !["--help", "-h"].contains(name) else {
      print(help, terminator: "")
      return arguments.isEmpty ? 2 : 0
    }
    guard let example = examples.first(where: { $0.name == name }) else {
      return complain("there is no example '\(name)', but \(examples.map(\.name).joined(separator: ", "))", 2)
    }
    do {
      let options = try Options(Array(arguments.dropFirst()), example)
      if options.wantsHelp {
        print("\(example.purpose)\n\n\(Options.help)", terminator: "")
        return 0
      }
      manualSeed(options.seed)
      let clock = ContinuousClock(), start = clock.now
      let result = try withDevice(options.device ?? Device.default) { try example.run(options) }
      let seconds = (clock.now - start) / .seconds(1)
      print("\(result) on \(options.device ?? Device.default) in \(rounded(seconds, 1)) s")
      return 0
    } catch let error as Options.UsageError {
      return complain(error.message, 2)
    } catch let error as BackplaneError {
      // What the user gave was bad, unless a device or Backplane itself broke down.
      return complain(error.message, [.device, .plugin, .file, .state, .value].contains(error.kind) ? 2 : 1)
    } catch {
      return complain("\(error)", 1)
    }
  }

  private static var help: String {
    let width = examples.map(\.name.count).max() ?? 0
    let lines = examples.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))  \($0.purpose)" }
    return "Networks that learn something in less than two minutes.\n\n  networks EXAMPLE [options]\n\n"
      + lines.joined(separator: "\n") + "\n\n" + Options.help
  }

  private static func complain(_ message: String, _ status: Int32) -> Int32 {
    fflush(nil)
    let line = "networks: \(message)\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
    return status
  }
}

/// A network, what it learns from, and what it is to show.
struct Example: Sendable {
  let name: String
  /// What it shows, in one line.
  let purpose: String
  /// How many passes through the data it makes, unless told otherwise.
  let epochs: Int
  /// Trains, prints what there is to see, and gives the last line.
  let run: @Sendable (Options) throws -> String
}

/// A number with so many digits after the point.
func rounded(_ x: Double, _ digits: Int) -> String {
  guard x.isFinite, x.magnitude < 1e15 else { return "\(x)" }
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let whole = (x.magnitude * scale).rounded()
  var text = "\(Int64(whole))"
  if digits > 0 {
    while text.count <= digits { text = "0" + text }
    text.insert(".", at: text.index(text.endIndex, offsetBy: -digits))
  }
  return x < 0 && whole != 0 ? "-" + text : text
}
