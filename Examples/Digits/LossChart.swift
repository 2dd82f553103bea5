import Glibc

/// A column chart of the loss of every step, on a logarithmic scale.
enum LossChart {
  private static let eighths = Array(" ▁▂▃▄▅▆▇█")
  private static let height = 8

  static func text(_ losses: [Double], width: Int = 60) -> String {
    let columns = means(losses.filter { $0.isFinite && $0 > 0 }, count: width)
    guard let highest = columns.max(), let lowest = columns.min() else { return "" }
    // The lowest column keeps some height, and a flat curve is drawn at the top.
    let top = log10(highest)
    let bottom = min(log10(lowest), top - 0.1) - (top - log10(lowest)) / Double(height)
    let fills = columns.map { (log10($0) - bottom) / (top - bottom) * Double(height) }
    let rows = (0..<height).reversed().map { row in
      let label = row == height - 1 ? number(highest) : row == 0 ? number(lowest) : ""
      let cells = fills.map { eighths[Int((max(0, min(1, $0 - Double(row))) * 8).rounded())] }
      return label.aligned(to: 8) + " ┤" + String(cells)
    }
    let axis = String(repeating: " ", count: 9) + "└" + String(repeating: "─", count: columns.count)
    let last = "\(losses.count)"
    let scale =
      String(repeating: " ", count: 10) + "1" + last.aligned(to: max(last.count + 1, columns.count - 1))
    return (rows + [axis, scale]).joined(separator: "\n")
  }

  /// At most `count` values, each the mean of its share of the curve.
  private static func means(_ values: [Double], count: Int) -> [Double] {
    let columns = min(count, values.count)
    return (0..<columns).map { column in
      let part = values[column * values.count / columns..<(column + 1) * values.count / columns]
      return part.reduce(0, +) / Double(part.count)
    }
  }

  private static func number(_ value: Double) -> String {
    value >= 100 ? fixed(value, 0) : fixed(value, value >= 0.01 ? 3 : 5)
  }
}
