import PluginHost

/// Curves as the text of an SVG picture.
struct SVGPlot {
  private let plot: Plot
  private let title: String
  private let labels: (x: String, y: String)
  private let size: (width: Int, height: Int)
  /// Where the curves are: the picture without what stands around them.
  private let area: (left: Double, top: Double, width: Double, height: Double)

  /// Told apart by those who see no red or green too (Okabe and Ito).
  private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]

  init(_ plot: Plot, title: String, xLabel: String, yLabel: String, width: Int, height: Int) {
    (self.plot, self.title, labels) = (plot, title, (xLabel, yLabel))
    size = (min(max(width, 160), 20_000), min(max(height, 120), 20_000))
    let left = yLabel.isEmpty ? 56.0 : 74.0
    let (top, bottom) = (title.isEmpty ? 14.0 : 36.0, xLabel.isEmpty ? 30.0 : 48.0)
    area = (left, top, Double(size.width) - left - 16, Double(size.height) - top - bottom)
  }

  var text: String {
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(size.width)\" height=\"\(size.height)\" "
        + "viewBox=\"0 0 \(size.width) \(size.height)\" font-family=\"sans-serif\" font-size=\"12\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    ]
    let middle = (area.left + area.width / 2).fixed(1)
    if !title.isEmpty {
      parts.append(
        "<text x=\"\(middle)\" y=\"22\" text-anchor=\"middle\" font-size=\"15\">\(SVGPlot.escaped(title))</text>")
    }
    for tick in plot.y.ticks(5) {
      let y = (area.top + (1 - tick.place) * area.height).fixed(1)
      parts.append(SVGPlot.line(area.left.fixed(1), y, (area.left + area.width).fixed(1), y))
      parts.append(
        "<text x=\"\((area.left - 6).fixed(1))\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(tick.label)</text>")
    }
    let bottom = area.top + area.height
    for tick in plot.x.ticks(8) {
      let x = (area.left + tick.place * area.width).fixed(1)
      parts.append(SVGPlot.line(x, area.top.fixed(1), x, bottom.fixed(1)))
      parts.append("<text x=\"\(x)\" y=\"\((bottom + 17).fixed(1))\" text-anchor=\"middle\">\(tick.label)</text>")
    }
    if !labels.x.isEmpty {
      parts.append(
        "<text x=\"\(middle)\" y=\"\((bottom + 38).fixed(1))\" text-anchor=\"middle\">\(SVGPlot.escaped(labels.x))</text>"
      )
    }
    if !labels.y.isEmpty {
      let y = (area.top + area.height / 2).fixed(1)
      parts.append(
        "<text x=\"16\" y=\"\(y)\" text-anchor=\"middle\" transform=\"rotate(-90 16 \(y))\">"
          + "\(SVGPlot.escaped(labels.y))</text>")
    }
    for (number, curve) in plot.curves.enumerated() {
      let color = SVGPlot.colors[number % SVGPlot.colors.count]
      for piece in plot.pieces(curve) { parts.append(line(piece, color)) }
      let y = area.top + 8 + 16 * Double(number)
      let x = area.left + area.width - 10
      parts.append(
        "<text x=\"\(x.fixed(1))\" y=\"\((y + 8).fixed(1))\" text-anchor=\"end\" fill=\"\(color)\">"
          + "\(SVGPlot.escaped(curve.name))</text>")
    }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  private func line(_ piece: [(x: Double, y: Double)], _ color: String) -> String {
    let points = piece.map { point in
      ((area.left + point.x * area.width).fixed(1), (area.top + (1 - point.y) * area.height).fixed(1))
    }
    if points.count == 1 {
      return "<circle cx=\"\(points[0].0)\" cy=\"\(points[0].1)\" r=\"2\" fill=\"\(color)\"/>"
    }
    let text = points.map { "\($0.0),\($0.1)" }.joined(separator: " ")
    return "<polyline points=\"\(text)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>"
  }

  private static func line(_ x1: String, _ y1: String, _ x2: String, _ y2: String) -> String {
    "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" stroke=\"#e0e0e0\"/>"
  }

  /// A text as XML takes it; control characters, which it does not, are left out.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: if scalar.value >= 0x20 { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }
}
