extension Tensor: CustomStringConvertible {
  /// The elements as PyTorch prints them: `tensor([[2, 4],\n        [4, 6]])`.
  public var description: String {
    if context.isInvalid { return "tensor(invalid)" }
    return funnel(or: "tensor(invalid)") { () throws(BackplaneError) in try TensorPrinter(self).text }
  }
}

/// PyTorch's print format (`torch/_tensor_str.py`): four decimals, aligned, scientific where needed, summarised past
/// a thousand elements, lines of 80 columns.
private struct TensorPrinter {
  private static let precision = 4
  private static let threshold = 1000
  private static let edgeItems = 3
  private static let lineWidth = 80
  private static let prefix = "tensor("

  private let tensor: Tensor
  private let values: [Scalar]
  private let shape: [Int]
  private let isSummarized: Bool
  private var format: NumberFormat
  /// That of the imaginary parts, of a complex tensor.
  private var imaginaryFormat: NumberFormat?

  init(_ tensor: Tensor) throws(BackplaneError) {
    self.tensor = tensor
    shape = tensor.layout.shape
    isSummarized = tensor.numel > TensorPrinter.threshold
    let dense = try tensor.isContiguous ? tensor : Ops.copy(tensor)
    values = try Transfer.withBytes(of: dense) { bytes in
      guard let base = bytes.baseAddress else { return [] }
      return (0..<dense.numel).map { HostElements.load(base, $0, dense.dtype) }
    }
    format = NumberFormat(values: [], isFloatingPoint: false, precision: TensorPrinter.precision)
    let shown = shown(0, 0)
    let isComplex = tensor.dtype.isComplex
    format = NumberFormat(
      values: isComplex ? shown.map { .double($0.double) } : shown,
      isFloatingPoint: isComplex || tensor.dtype.isFloatingPoint, precision: TensorPrinter.precision)
    if isComplex {
      imaginaryFormat = NumberFormat(
        values: shown.map { .double($0.imaginary) }, isFloatingPoint: true, precision: TensorPrinter.precision)
    }
  }

  var text: String {
    let indent = TensorPrinter.prefix.count
    let body = tensor.numel == 0 ? "[]" : block(0, 0, indent)
    return append(suffixes, to: TensorPrinter.prefix + body, indent)
  }

  private var suffixes: [String] {
    var result: [String] = []
    if tensor.device != "cpu" { result.append("device='\(tensor.device)'") }
    if tensor.numel == 0, shape.count != 1 {
      result.append("size=(\(shape.map(String.init).joined(separator: ", ")))")
    }
    let isPlain =
      tensor.dtype == .float32 || tensor.dtype == .complex64
      || (tensor.numel > 0 && (tensor.dtype == .int64 || tensor.dtype == .bool))
    if !isPlain { result.append("dtype=\(tensor.dtype)") }
    if let node = tensor.gradFn {
      result.append("grad_fn=<\(node.name)>")
    } else if tensor.requiresGrad {
      result.append("requires_grad=True")
    }
    return result
  }

  private func append(_ suffixes: [String], to text: String, _ indent: Int) -> String {
    var result = text
    var column = (text.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0) + 2
    for suffix in suffixes {
      if column + suffix.count + 2 > TensorPrinter.lineWidth {
        result += ",\n" + String(repeating: " ", count: indent) + suffix
        column = indent + suffix.count
      } else {
        result += ", " + suffix
        column += suffix.count + 2
      }
    }
    return result + ")"
  }

  /// The positions of a dimension that are shown; nil stands for the dots.
  private func positions(_ d: Int) -> [Int?] {
    let edge = TensorPrinter.edgeItems
    guard isSummarized, shape[d] > 2 * edge else { return Array(0..<shape[d]) }
    return Array(0..<edge) + [nil] + Array(shape[d] - edge..<shape[d])
  }

  private func step(_ d: Int) -> Int { shape[(d + 1)...].reduce(1, *) }

  /// The values that are shown, which set the column width.
  private func shown(_ d: Int, _ offset: Int) -> [Scalar] {
    if values.isEmpty { return [] }
    if d == shape.count { return [values[offset]] }
    return positions(d).compactMap { $0 }.flatMap { shown(d + 1, offset + $0 * step(d)) }
  }

  private func block(_ d: Int, _ offset: Int, _ indent: Int) -> String {
    if d == shape.count { return string(values[offset]) }
    if d == shape.count - 1 { return line(d, offset, indent) }
    let parts = positions(d).map { position in
      position.map { block(d + 1, offset + $0 * step(d), indent + 1) } ?? "..."
    }
    let separator =
      "," + String(repeating: "\n", count: shape.count - d - 1) + String(repeating: " ", count: indent + 1)
    return "[" + parts.joined(separator: separator) + "]"
  }

  private var width: Int { format.width + (imaginaryFormat.map { $0.width + 1 } ?? 0) }

  private func string(_ value: Scalar) -> String {
    guard let imaginaryFormat else { return format.string(value) }
    let imaginary = imaginaryFormat.string(.double(value.imaginary)).drop { $0 == " " }
    return format.string(.double(value.double)) + (imaginary.hasPrefix("-") ? "" : "+") + imaginary + "j"
  }

  private func line(_ d: Int, _ offset: Int, _ indent: Int) -> String {
    let parts = positions(d).map { position in position.map { string(values[offset + $0]) } ?? " ..." }
    let perLine = max(1, (TensorPrinter.lineWidth - indent) / (width + 2))
    let lines = stride(from: 0, to: parts.count, by: perLine).map { start in
      parts[start..<min(start + perLine, parts.count)].joined(separator: ", ")
    }
    return "[" + lines.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
  }
}

/// How the numbers of one tensor are written, so that they line up.
private struct NumberFormat {
  private enum Style { case plain, integral, fixed, scientific }
  private let style: Style
  private let precision: Int
  private(set) var width = 1

  init(values: [Scalar], isFloatingPoint: Bool, precision: Int) {
    self.precision = precision
    guard isFloatingPoint else {
      style = .plain
      for value in values { width = max(width, NumberFormat.plain(value).count) }
      return
    }
    let numbers = values.map(\.double).filter { $0.isFinite && $0 != 0 }
    guard let least = numbers.map(\.magnitude).min(), let greatest = numbers.map(\.magnitude).max() else {
      // PyTorch calls a tensor without such values integral: it prints `0.`, `inf`, `nan`.
      style = .integral
      return
    }
    let isIntegral = values.map(\.double).allSatisfy { !$0.isFinite || $0 == $0.rounded(.up) }
    let isWide = greatest / least > 1000 || greatest > 1e8
    style = isWide || (!isIntegral && least < 1e-4) ? .scientific : isIntegral ? .integral : .fixed
    for number in numbers { width = max(width, string(number).count) }
  }

  func string(_ value: Scalar) -> String {
    let text = style == .plain ? NumberFormat.plain(value) : string(value.double)
    return text.padded(to: width, alignRight: true)
  }

  private func string(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return switch style {
    case .scientific: value.scientific(precision)
    case .integral: value.fixed(0) + "."
    default: value.fixed(precision)
    }
  }

  private static func plain(_ value: Scalar) -> String {
    switch value {
    case .bool(let truth): truth ? "True" : "False"
    default: value.description
    }
  }
}
