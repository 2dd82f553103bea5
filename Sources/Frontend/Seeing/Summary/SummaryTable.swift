import PluginHost

/// The table of a summary, as torchinfo lays it out.
struct SummaryTable {
  private let summary: ModelSummary
  private let nameWidth: Int

  private static let columnWidth = 25

  init(_ summary: ModelSummary) {
    self.summary = summary
    let longest = summary.layers.map { SummaryTable.title($0, summary.showsNames).count + 5 * $0.depth + 1 }.max() ?? 0
    nameWidth = longest >= 40 ? (longest + 4) / 5 * 5 : 40
  }

  var text: String {
    let divider = String(repeating: "=", count: nameWidth + summary.columns.count * SummaryTable.columnWidth)
    var lines = [divider, header, divider]
    lines += summary.layers.filter { $0.depth <= summary.depth }.map(row)
    lines.append(divider)
    lines.append("Total params: \(summary.totalParams.grouped)")
    lines.append("Trainable params: \(summary.trainableParams.grouped)")
    lines.append("Non-trainable params: \(summary.nonTrainableParams.grouped)")
    if summary.hasInput {
      lines.append("Total mult-adds \(SummaryTable.scaled(summary.totalMultAdds))")
      lines.append(divider)
      lines.append("Input size (MB): \(SummaryTable.megabytes(summary.inputBytes))")
      lines.append("Forward/backward pass size (MB): \(SummaryTable.megabytes(summary.outputBytes))")
      lines.append("Params size (MB): \(SummaryTable.megabytes(summary.parameterBytes))")
      lines.append("Estimated Total Size (MB): \(SummaryTable.megabytes(summary.totalBytes))")
    }
    lines.append(divider)
    return lines.joined(separator: "\n")
  }

  private static func megabytes(_ count: Int) -> String { (Double(count) / 1e6).fixed(2) }

  /// In millions, or what is more where there are so many.
  private static func scaled(_ count: Int) -> String {
    let value = Double(count)
    let (unit, scale) = value >= 1e12 ? ("T", 1e12) : value >= 1e9 ? ("G", 1e9) : ("M", 1e6)
    let scaled = value / scale
    if let whole = Int(exactly: scaled) { return "(\(unit)): \(whole.grouped)" }
    let digits = scaled.fixed(2)
    let parts = digits.split(separator: ".")
    return "(\(unit)): \((Int(parts[0]) ?? 0).grouped).\(parts[1])"
  }

  // MARK: Rows

  private static func title(_ layer: ModelSummary.Layer, _ showsNames: Bool) -> String {
    let name = showsNames && !layer.name.isEmpty ? " (\(layer.name))" : ""
    return layer.className + name + (layer.depth > 0 ? ": \(layer.depth)-\(layer.index)" : "")
  }

  private func line(_ name: String, _ cells: [String]) -> String {
    let text = ([name.padded(to: nameWidth)] + cells.map { $0.padded(to: SummaryTable.columnWidth) })
      .joined(separator: " ")
    let end = text.lastIndex { $0 != " " }
    return end.map { String(text[...$0]) } ?? ""
  }

  private var header: String {
    line(
      "Layer (type\(summary.showsNames ? " (var_name)" : ""):depth-idx)",
      summary.columns.map { column in
        switch column {
        case .inputSize: "Input Shape"
        case .outputSize: "Output Shape"
        case .numParams: "Param #"
        case .paramsPercent: "Param %"
        case .kernelSize: "Kernel Shape"
        case .multAdds: "Mult-Adds"
        case .trainable: "Trainable"
        }
      })
  }

  private func row(_ layer: ModelSummary.Layer) -> String {
    let start =
      switch layer.depth {
      case 0: ""
      case 1: "├─"
      default: String(repeating: "│    ", count: layer.depth - 1) + "└─"
      }
    return line(
      start + SummaryTable.title(layer, summary.showsNames), summary.columns.map { cell($0, layer) })
  }

  private func cell(_ column: ModelSummary.Column, _ layer: ModelSummary.Layer) -> String {
    let isWhole = layer.isLeaf || layer.depth == summary.depth
    switch column {
    case .inputSize: return SummaryTable.shown(layer.inputShape)
    case .outputSize: return SummaryTable.shown(layer.outputShape)
    case .kernelSize: return SummaryTable.shown(layer.kernelSize)
    case .numParams:
      if layer.parameterCount == 0 { return "--" }
      if layer.isRecursive { return "(recursive)" }
      guard isWhole else {
        return layer.ownParameterCount > 0 ? layer.ownParameterCount.grouped : "--"
      }
      let count = layer.parameterCount.grouped
      return layer.trainableCount > 0 ? count : "(\(count))"
    case .paramsPercent:
      if layer.isRecursive, summary.totalParams > 0 { return "(recursive)" }
      let count = isWhole ? layer.parameterCount : layer.ownParameterCount
      guard summary.totalParams > 0, count != 0 else { return "     --" }
      let percent = (100 * Double(count) / Double(summary.totalParams)).fixed(2) + "%"
      return String(repeating: " ", count: max(0, 7 - percent.count)) + percent
    case .multAdds:
      let count = layer.isLeaf ? layer.multAdds : layer.depth == summary.depth ? layer.innerMultAdds : 0
      return count > 0 ? count.grouped : "--"
    case .trainable:
      if layer.parameterCount == 0 { return "--" }
      return layer.trainableCount == 0 ? "False" : layer.trainableCount == layer.parameterCount ? "True" : "Partial"
    }
  }

  private static func shown(_ shape: [Int]?) -> String { shape.map { $0.isEmpty ? "--" : "\($0)" } ?? "--" }
}
