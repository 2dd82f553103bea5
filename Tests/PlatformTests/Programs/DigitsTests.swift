import Foundation
import TestSupport
import Testing

/// The `digits` example: it learns, it does so alike on every device, and bad input ends it in good order.
@Suite struct DigitsTests {
  /// Runs the example with its weights in a folder that goes away.
  private func digits(_ arguments: [String], environment: [String: String] = [:]) throws -> Program {
    let folder = try TemporaryFolder()
    return try Program("digits", arguments + ["--save", folder.path("weights")], environment: environment)
  }

  @Test(arguments: [0, 7]) func itLearns(_ seed: Int) throws {
    let run = try digits(["--seed", "\(seed)"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("loaded again: the same accuracy"))
    let words = run.lastLine.split(separator: " ")
    #expect(run.lastLine.hasPrefix("test accuracy ") && run.lastLine.hasSuffix(" s"))
    #expect(run.lastLine.contains(" % on cpu (linked into the program) in "))
    let accuracy = try #require(words.dropFirst(2).first.flatMap { Double($0) })
    #expect(accuracy >= 96)
    #expect(!run.output.contains("\r"), "plain lines where the output is no terminal")
  }

  @Test func devicesAgreeOverTheFirstEpoch() throws {
    let folder = try TemporaryFolder()
    func losses(_ name: String, _ arguments: [String], _ environment: [String: String] = [:]) throws
      -> [Double]
    {
      let path = folder.path(name)
      let run = try digits(["--epochs", "1", "--losses", path] + arguments, environment: environment)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.lastLine.contains(" on \(name) (linked into the program) "))
      return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap {
        Double($0)
      }
    }
    let cpu = try losses("cpu", ["--device", "cpu"])
    let reference = try losses("reference", [], ["BACKPLANE_DEVICE": "reference"])
    #expect(cpu.count == 23)
    #expect(reference.count == 23)
    for (a, b) in zip(cpu, reference) { #expect(abs(a - b) <= 1e-4 * abs(b)) }
  }

  @Test func itReadsFilesNamedAsMNISTs() throws {
    let folder = try TemporaryFolder()
    // Ten images of 6 × 4 pixels: a digit is a row of light, or two.
    var pixels: [UInt8] = []
    for digit in 0..<10 {
      pixels += (0..<24).map { $0 / 4 == digit % 6 || ($0 % 4 == 0 && digit >= 6) ? 255 : 0 }
    }
    for (part, copies) in [("train", 8), ("t10k", 1)] {
      let count = UInt8(copies * 10)
      let images = (0..<copies).flatMap { _ in pixels }
      let labels = (0..<copies).flatMap { _ in [UInt8](0...9) }
      _ = try folder.write(
        [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 6, 0, 0, 0, 4] + images, "\(part)-images-idx3-ubyte")
      _ = try folder.write([0, 0, 8, 1, 0, 0, 0, count] + labels, "\(part)-labels-idx1-ubyte")
    }
    let run = try digits(["--data", folder.url.path, "--epochs", "60", "--batch-size", "20"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("80 digits of 6 × 4 pixels for training, 10 for testing"))
    #expect(run.lastLine.hasPrefix("test accuracy 100.0 %"))
  }

  @Test(
    arguments: [
      (["--device", "nosuch"], "known devices: cpu, reference"), (["--device", "cpu:7"], "cpu:7"),
      (["--device", "cpu:x"], "cpu:x"), (["--device"], "--device"), (["--epochs", "0"], "--epochs"),
      (["--epochs", "many"], "'many'"), (["--batch-size", "-1"], "--batch-size"), (["--lr", "nan"], "--lr"),
      (["--lr", "0"], "--lr"), (["--seed", "-1"], "--seed"), (["--data", ""], "--data"),
      (["--data", "/no/such/folder"], "/no/such/folder"), (["--frob"], "--frob"), (["more"], "more"),
      (["--epochs", "1", "--losses", "/no/such/folder/x"], "/no/such/folder/x"),
      (["--epochs", "1", "--save", "/no/such/folder/x"], "/no/such/folder/x"),
    ] as [([String], String)])
  func badArgumentsAreStatus2(_ arguments: [String], _ named: String) throws {
    let run = try Program("digits", arguments)
    #expect(run.signal == nil)
    #expect(run.status == 2)
    #expect(run.errors.contains(named))
  }

  @Test func theEnvironmentsDeviceMustExist() throws {
    let run = try digits([], environment: ["BACKPLANE_DEVICE": "nosuch"])
    #expect(run.signal == nil)
    #expect(run.status == 2)
    #expect(run.errors.contains("'nosuch'"))
    #expect(run.errors.contains("known devices: cpu, reference"))
  }

  /// Files that are not as they must be: images, labels, what the message must say beside the file's name.
  static let badFiles: [([UInt8], [UInt8], String)] = [
    (Array("GIF89a".utf8), [0, 0, 8, 1, 0, 0, 0, 1, 0], "images"),
    ([], [0, 0, 8, 1, 0, 0, 0, 1, 0], "images"),
    ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2], [0, 0, 8, 1, 0, 0, 0, 1, 0], "images"),
    ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3], [0, 0, 8, 1, 0, 0, 0, 1, 0], "images"),
    (
      [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], [0, 0, 8, 1, 0, 0, 0, 0],
      "images"
    ),
    ([0, 0, 8, 1, 0, 0, 0, 1, 0], [0, 0, 8, 1, 0, 0, 0, 1, 0], "images"),
    ([0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2], [0, 0, 8, 1, 0, 0, 0, 0], "images"),
    ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9], [0, 0, 8, 1, 0, 0, 0, 2, 0, 1], "labels"),
    ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9], [0, 0, 8, 1, 0, 0, 0, 1, 10], "labels"),
    ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9], [0, 0, 8, 1, 0, 0, 0, 1, 1], "images"),
  ]

  @Test(arguments: badFiles) func badFilesAreStatus2(_ images: [UInt8], _ labels: [UInt8], _ named: String)
    throws
  {
    let folder = try TemporaryFolder()
    let files = ["images": "digits-images-idx3-ubyte", "labels": "digits-labels-idx1-ubyte"]
    _ = try folder.write(images, files["images"]!)
    _ = try folder.write(labels, files["labels"]!)
    let run = try digits(["--data", folder.url.path])
    #expect(run.signal == nil)
    #expect(run.status == 2)
    #expect(run.errors.contains(folder.path(files[named]!)))
  }
}
