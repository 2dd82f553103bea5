/// Images as text: darker blocks for higher values.
enum Pictures {
  private static let shades = Array(" ░▒▓█")

  /// An image whose picture is as many characters wide as fit several to a line.
  struct Image {
    let rows: Int
    let columns: Int
    /// Values from 0 to 1, row by row.
    let values: [Float]

    /// Characters are twice as high as wide: small images get two per pixel, large ones one per two pixels.
    private var isSmall: Bool { columns <= 12 }
    var textWidth: Int { isSmall ? columns * 2 : columns }

    var lines: [String] {
      if isSmall {
        return (0..<rows).map { row in
          String((0..<columns * 2).map { Pictures.shade(values[row * columns + $0 / 2]) })
        }
      }
      return stride(from: 0, to: rows, by: 2).map { row in
        String(
          (0..<columns).map { column in
            let upper = values[row * columns + column]
            let lower = row + 1 < rows ? values[(row + 1) * columns + column] : 0
            return Pictures.shade((upper + lower) / 2)
          })
      }
    }
  }

  /// Images side by side with a caption under each.
  static func row(_ images: [(image: Image, caption: String)]) -> String {
    guard let first = images.first?.image else { return "" }
    let all = images.map(\.image.lines)
    var lines = first.lines.indices.map { line in
      all.map { "│" + $0[line] + "│" }.joined(separator: " ")
    }
    lines.append(images.map { " \($0.caption)".padded(to: first.textWidth + 2) }.joined(separator: " "))
    return lines.joined(separator: "\n")
  }

  /// How many such images fit beside one another.
  static func countPerRow(_ image: Image) -> Int {
    max(1, min(6, (Terminal.width + 1) / (image.textWidth + 3)))
  }

  private static func shade(_ value: Float) -> Character {
    let last = shades.count - 1
    return shades[max(0, min(last, Int((value * Float(last)).rounded())))]
  }
}
