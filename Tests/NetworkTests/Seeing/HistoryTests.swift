import Backplane
import Foundation
import TestSupport
import Testing

@Suite struct HistoryTests {
  @Test func noting() {
    var history = History()
    history.append(["train": 1, "test": 2])
    history.append("train", 0.5)
    history.append("test", 1.5, step: 10)
    #expect(history.curves.map(\.name) == ["test", "train"] && history["train"] == [1, 0.5] && history["none"] == nil)
    #expect(history.curves[0].points.map(\.step) == [0, 10] && history.curves[1].points.map(\.step) == [0, 1])
  }

  @Test func inTheTerminal() {
    let history = History([Curve("line", [0, 1, 2, 3]), Curve("flat", [0, 0, 0, 0])])
    #expect(
      history.text(width: 30, height: 5) == """
          ┤                     ⢀⣀⠤⠔⠒⠉
        2 ┤                ⣀⠤⠔⠒⠉⠁
          ┤           ⣀⡠⠔⠊⠉
          ┤     ⢀⣀⠤⠔⠒⠉
        0 ┤⣀⣤⣔⣒⣉⣁⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
           0                2
           line 3   flat 0
        """)
    let colored = history.text(width: 30, height: 5, color: true)
    #expect(colored.contains("\u{1B}[34m") && colored.contains("\u{1B}[31m━\u{1B}[0m flat 0"))
    #expect(History().description.split(separator: "\n").count == 16)
  }

  /// What is no number interrupts a curve; a logarithmic scale leaves out what is not above 0.
  @Test func numbersWithoutAPlace() {
    let history = History([Curve("a", [1, .nan, 100, .infinity, -1, 0, 10])])
    let pieces =
      history.svg().components(separatedBy: "<circle").count + history.svg().components(separatedBy: "<polyline").count
    #expect(pieces == 2 + 3)
    let logarithmic = history.svg(logY: true)
    #expect(logarithmic.components(separatedBy: "<circle").count == 1 + 3)
    for label in [">1<", ">10<", ">100<"] { #expect(logarithmic.contains(label)) }
    for values in [[], [.nan], [1e308, -1e308], [1e-300, 0], [3, 3]] as [[Double]] {
      let curves = History([Curve("x", values)])
      #expect(!curves.svg().contains("nan") && !curves.svg(logY: true).contains("inf") && !curves.text().isEmpty)
    }
  }

  @Test func asAPicture() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("curve.svg")
    let history = History([Curve("a<b", [0, 1])])
    try history.save(to: path, title: "\"x\" & y", xLabel: "step", yLabel: "loss", width: 300, height: 200)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      text.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"200\"")
        && text.hasSuffix("</svg>\n"))
    #expect(
      text.contains(">&quot;x&quot; &amp; y</text>") && text.contains(">a&lt;b</text>") && text.contains(">loss</text>")
    )
    #expect(text.contains("<polyline points=\"74.0,152.0 284.0,36.0\""))
    #expect(errorKind { try history.save(to: folder.path("none/curve.svg")) } == .file)
  }
}
