import PluginHost

/// Curves in Braille characters, each of two by four dots.
struct BraillePlot {
  private let plot: Plot
  private let width: Int
  private let height: Int
  private let color: Bool

  /// Of the terminal: blue, red, green, yellow, magenta, cyan.
  private static let colors = [34, 31, 32, 33, 35, 36]

  init(_ plot: Plot, width: Int, height: Int, color: Bool) {
    self.plot = plot
    (self.width, self.height, self.color) = (min(max(width, 20), 1000), min(max(height, 3), 300), color)
  }

  var text: String {
    let labels = labels()
    let margin = labels.map(\.count).max() ?? 0
    let columns = max(width - margin - 2, 4)
    var dots = [UInt8](repeating: 0, count: columns * height)
    var owners = [Int](repeating: 0, count: columns * height)
    for (number, curve) in plot.curves.enumerated() {
      for piece in plot.pieces(curve) {
        var last: (x: Int, y: Int)?
        for point in piece {
          let place = (
            x: Int((point.x * Double(2 * columns - 1)).rounded()),
            y: Int(((1 - point.y) * Double(4 * height - 1)).rounded())
          )
          BraillePlot.line(last ?? place, place) { x, y in
            let cell = y / 4 * columns + x / 2
            dots[cell] |= BraillePlot.dot(x % 2, y % 4)
            owners[cell] = number
          }
          last = place
        }
      }
    }
    var lines: [String] = []
    for row in 0..<height {
      var line = labels[row].padded(to: margin, alignRight: true) + " ┤"
      for column in 0..<columns {
        let cell = row * columns + column
        // From the block of Braille patterns, a bit for each dot; a space where there is none.
        let character = dots[cell] == 0 ? " " : String(UnicodeScalar(0x2800 + UInt32(dots[cell]))!)
        line += color && dots[cell] != 0 ? colored(character, owners[cell]) : character
      }
      lines.append(line)
    }
    return (lines + [axis(margin, columns), legend(margin)]).map(BraillePlot.trimmed).joined(separator: "\n")
  }

  /// Without spaces at the end.
  private static func trimmed(_ line: String) -> String {
    line.lastIndex { $0 != " " }.map { String(line[...$0]) } ?? ""
  }

  private func colored(_ text: String, _ number: Int) -> String {
    "\u{1B}[\(BraillePlot.colors[number % BraillePlot.colors.count])m\(text)\u{1B}[0m"
  }

  /// What stands beside each line.
  private func labels() -> [String] {
    var labels = [String](repeating: "", count: height)
    for tick in plot.y.ticks(max(height / 3, 2)) {
      labels[min(Int(((1 - tick.place) * Double(height - 1)).rounded()), height - 1)] = tick.label
    }
    return labels
  }

  private func axis(_ margin: Int, _ columns: Int) -> String {
    var characters = [Character](repeating: " ", count: columns)
    var free = 0
    for tick in plot.x.ticks(max(columns / 14, 2)) {
      let start = min(Int(tick.place * Double(columns - 1)), max(columns - tick.label.count, 0))
      guard start >= free, start + tick.label.count <= columns else { continue }
      characters.replaceSubrange(start..<start + tick.label.count, with: tick.label)
      free = start + tick.label.count + 1
    }
    return String(repeating: " ", count: margin + 2) + String(characters)
  }

  private func legend(_ margin: Int) -> String {
    let names = plot.curves.enumerated().map { number, curve in
      let last = curve.points.last.map { " \($0.value.short(4))" } ?? ""
      return (color ? colored("━", number) + " " : "") + curve.name + last
    }
    return String(repeating: " ", count: margin + 2) + names.joined(separator: "   ")
  }

  /// The bit of a dot.
  private static func dot(_ x: Int, _ y: Int) -> UInt8 {
    [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]][x][y]
  }

  /// Each dot of a straight line (Bresenham).
  private static func line(_ a: (x: Int, y: Int), _ b: (x: Int, y: Int), _ visit: (Int, Int) -> Void) {
    var (x, y) = a
    let (dx, dy) = (abs(b.x - a.x), -abs(b.y - a.y))
    let (stepX, stepY) = (a.x < b.x ? 1 : -1, a.y < b.y ? 1 : -1)
    var error = dx + dy
    while true {
      visit(x, y)
      if x == b.x, y == b.y { return }
      let twice = 2 * error
      if twice >= dy {
        error += dy
        x += stepX
      }
      if twice <= dx {
        error += dx
        y += stepY
      }
    }
  }
}
