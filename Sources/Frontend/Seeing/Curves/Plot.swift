import Glibc

/// Curves with their axes: what is common to pictures and terminals.
struct Plot {
  /// A scale from the least to the greatest number that is to be seen.
  struct Axis {
    let low: Double
    let high: Double
    let isLogarithmic: Bool

    init(_ numbers: [Double], isLogarithmic: Bool = false) {
      self.isLogarithmic = isLogarithmic
      let shown = numbers.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }.map { isLogarithmic ? log10($0) : $0 }
      var (low, high) = (shown.min() ?? 0, shown.max() ?? 1)
      // Numbers beyond what differences can be taken of are shown as far as that goes.
      (low, high) = (max(low, -1e300), min(high, 1e300))
      if low == high {
        let margin = low == 0 ? 1 : abs(low) * 0.1
        (low, high) = (low - margin, high + margin)
      }
      (self.low, self.high) = (low, high)
    }

    /// Where a number is, from 0 to 1; nil for what has no place.
    func place(_ number: Double) -> Double? {
      guard number.isFinite, !isLogarithmic || number > 0 else { return nil }
      let value = isLogarithmic ? log10(number) : number
      return min(max((value - low) / (high - low), 0), 1)
    }

    /// Round numbers along the axis, about so many, with their places.
    func ticks(_ count: Int) -> [(place: Double, label: String)] {
      let rough = (high - low) / Double(max(count, 1))
      let power = pow(10, floor(log10(rough)))
      var step = (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10) * power
      if isLogarithmic { step = max(step.rounded(.up), 1) }
      var result: [(place: Double, label: String)] = []
      let first = ceil(low / step - 1e-9)
      for i in 0..<(4 * max(count, 1)) {
        // A product, not a sum of steps: 0 stays 0.
        let value = (first + Double(i)) * step
        guard value <= high + step * 1e-9 else { break }
        // Beyond what numbers reach, the power stands for itself.
        let label =
          !isLogarithmic
          ? (value == 0 ? 0 : value).short(4)
          : abs(value) < 300 ? pow(10, value).short(4) : "1e\(Int(value))"
        result.append(((value - low) / (high - low), label))
      }
      return result
    }
  }

  let curves: [Curve]
  let x: Axis
  let y: Axis

  init(_ curves: [Curve], logY: Bool) {
    self.curves = curves
    x = Axis(curves.flatMap { $0.points.map(\.step) })
    y = Axis(curves.flatMap { $0.points.map(\.value) }, isLogarithmic: logY)
  }

  /// The points of a curve from 0 to 1, in pieces without gaps: what has no place interrupts it.
  func pieces(_ curve: Curve) -> [[(x: Double, y: Double)]] {
    var result: [[(x: Double, y: Double)]] = [[]]
    for point in curve.points {
      if let x = x.place(point.step), let y = y.place(point.value) {
        result[result.count - 1].append((x, y))
      } else if !result[result.count - 1].isEmpty {
        result.append([])
      }
    }
    return result.filter { !$0.isEmpty }
  }
}
