import Foundation
import TestSupport
import Testing

/// Every example in a comment or a document compiles: blocks of Swift, each as a function, with operands that are what their
/// names say. Blocks that import something are files of their own, which `scripts/package-check` builds.
@Suite struct ExampleTests {
  @Test func everyExampleCompiles() throws {
    let files = Repository().paths.filter { path in
      path.hasSuffix(".swift")
        ? ["Sources/Frontend/", "Sources/PluginHost/"].contains { path.hasPrefix($0) }
        // These articles are run, with what stands above each part.
        : path.hasSuffix(".md") && !["ComingFromPyTorch.md", "TrainingAModel.md"].contains { path.hasSuffix($0) }
    }
    let examples = try files.flatMap { Example.all(in: try Repository.text($0), file: $0) }
      .filter { example in !example.lines.contains { $0.hasPrefix("import ") } }
    #expect(examples.count > 100)
    let program = ExampleTests.operands + examples.enumerated().map { $1.function("example\($0)") }.joined()
    for (file, lines) in try CompilerErrors(in: program).messages {
      for (line, messages) in lines { Issue.record("\(file):\(line): \(messages.joined(separator: "; "))") }
    }
  }

  @Test func mistakesInExamplesAreFound() throws {
    let source = """
      /// Nothing.
      ///
      /// ```swift
      /// x.frobnicate()
      /// ```
      struct Nothing {}
      """
    let examples = Example.all(in: source, file: "Nothing.swift")
    #expect(examples == [Example(file: "Nothing.swift", line: 4, lines: ["x.frobnicate()"])])
    let program = ExampleTests.operands + examples[0].function("example")
    let errors = try CompilerErrors(in: program).messages
    #expect(errors.keys.sorted() == ["Nothing.swift"] && errors["Nothing.swift"]?[4]?.count == 1, "\(errors)")
  }

  private static let operands = """
    import Backplane
    import DLPackABI

    nonisolated(unsafe) let x = Tensor([1.0]), y = x, a = x, b = x, m = x, mask = x, target = x, targets = x, table = x
    nonisolated(unsafe) let images = x, image = x, labels = x, weight = x, bias = x, gain = x, shift = x, theta = x
    nonisolated(unsafe) let prediction = x, logits = x, probabilities = x, scores = x, boxes = x, tokens = x
    nonisolated(unsafe) let queries = x, keys = x, signal = x, untrustedInput = x
    nonisolated(unsafe) let model = Net(), net = model, body = model, head = model, layer = Linear(1, 1)
    nonisolated(unsafe) let data = TensorDataset(x), loader = DataLoader(TensorDataset(x, y)), optimizer = SGD([x])
    let threshold = 0.5, measurements = [0.5]
    final class Net: Module {}

    """
}

/// A block of Swift in a comment, or in a document.
private struct Example: Equatable {
  var file: String
  /// The line of its beginning.
  var line: Int
  var lines: [String]

  static func all(in source: String, file: String) -> [Example] {
    var examples: [Example] = []
    var isExample = false
    for (i, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let code = line.drop { $0 == " " }
      guard file.hasSuffix(".md") || code.hasPrefix("///") else { continue }
      let text = file.hasSuffix(".md") ? line : code.dropFirst(code.hasPrefix("/// ") ? 4 : 3)
      if text.hasPrefix("```") {
        isExample = text == "```swift"
        if isExample { examples.append(Example(file: file, line: i + 2, lines: [])) }
      } else if isExample {
        examples[examples.count - 1].lines.append(String(text))
      }
    }
    return examples
  }

  /// The code as a function of its own. Three dots stand for what the reader does.
  func function(_ name: String) -> String {
    let body = lines.joined(separator: "\n").replacingOccurrences(of: "{ … }", with: "{}")
    return "func \(name)() throws {\n#sourceLocation(file: \"\(file)\", line: \(line))\n\(body)\n#sourceLocation()\n}\n"
  }
}
