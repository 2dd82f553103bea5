import Backplane
import Glibc

/// The program from its arguments to the last line.
enum Demo {
  /// Returns the exit status.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      let options = try Options(arguments)
      if options.wantsHelp {
        print(Options.help, terminator: "")
      } else {
        try withDevice(options.device ?? Device.default) { try train(options) }
      }
      return 0
    } catch let failure as Failure {
      return complain(failure.message, failure.status)
    } catch let error as BackplaneError {
      // What the user gave was bad, unless a device or Backplane itself broke down.
      let isInput = [.device, .plugin, .file, .unsupported, .value].contains(error.kind)
      return complain(error.message, isInput ? 2 : 1)
    } catch {
      return complain("\(error)", 1)
    }
  }

  private static func train(_ options: Options) throws {
    let plugin = try showDevices()
    let folder = try options.data ?? DataFolder.find()
    let digits = try DigitImages(folder: folder)
    print(
      "\(digits.train.labels.numel) digits of \(digits.rows) × \(digits.columns) pixels for training, "
        + "\(digits.test.labels.numel) for testing")

    let clock = ContinuousClock()
    let start = clock.now
    manualSeed(options.seed)
    let inputs = digits.rows * digits.columns
    let classifier = try withErrors { Classifier(inputs: inputs) }
    let losses = try classifier.train(on: digits.train, options)
    let predictions = try classifier.predict(digits.test.images)
    let labels = try withErrors { digits.test.labels.toArray(Int.self) }
    let accuracy = share(predictions, labels)
    let seconds = (clock.now - start) / .seconds(1)

    if let path = options.losses { try write(losses, to: path) }
    print("\nloss by step, logarithmic:\n" + LossChart.text(losses))
    print(
      "\nsome test digits and what they were taken for:\n" + (try Gallery.text(digits, predictions, labels)))
    let path = options.save ?? DataFolder.defaultWeights
    try save(classifier.model.stateDict(), to: path)
    let restored = try withErrors { Classifier(inputs: inputs) }
    try restored.model.load(load(path))
    let again = share(try restored.predict(digits.test.images), labels)
    guard again == accuracy else {
      throw Failure.result(
        "\(path): with the weights loaded from it the accuracy is \(again), not \(accuracy)")
    }
    print("\nweights saved to \(path), loaded again: the same accuracy")
    print(
      "test accuracy \(fixed(accuracy * 100, 1)) % on \(Device.default) (\(plugin)) in \(fixed(seconds, 1)) s"
    )
  }

  /// Lists the devices and returns the file name of the plugin that will be used.
  private static func showDevices() throws -> String {
    // Fails with the list of known devices if the one asked for is not among them.
    try withErrors { _ = Tensor.zeros([1]) }
    let (devices, failures) = Device.all()
    let width = devices.map { "\($0.device)".count }.max() ?? 0
    print("devices:")
    for item in devices {
      let mark = item.device == Device.default ? "→" : " "
      print("\(mark) \("\(item.device)".padded(to: width))  \(item.name)")
      print("  \("".padded(to: width))  \(file(item.plugin))")
    }
    for failure in failures { print("  not loaded: \(failure.message)") }
    guard let used = devices.first(where: { $0.device == Device.default }) else {
      throw Failure.input("device '\(Device.default)' is not available")
    }
    return String(file(used.plugin).split(separator: "/").last ?? "")
  }

  private static func file(_ plugin: Plugin) -> String { plugin.file ?? "linked into the program" }

  private static func share(_ predictions: [Int], _ labels: [Int]) -> Double {
    Double(zip(predictions, labels).count { $0 == $1 }) / Double(labels.count)
  }

  private static func write(_ losses: [Double], to path: String) throws {
    guard let file = fopen(path, "w") else {
      throw Failure.input("\(path): \(String(cString: strerror(errno)))")
    }
    let isWritten = fputs(losses.map { "\($0)\n" }.joined(), file) >= 0
    let reason = errno
    guard fclose(file) == 0, isWritten else {
      throw Failure.result("\(path): \(String(cString: strerror(isWritten ? errno : reason)))")
    }
  }

  private static func complain(_ message: String, _ status: Int32) -> Int32 {
    fflush(nil)
    let line = "digits: \(message)\n"
    _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
    return status
  }
}
