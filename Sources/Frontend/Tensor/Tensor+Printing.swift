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
  private static let mostShown = 65536.0
  private static let lineWidth = 80
  private static let prefix = "tensor("

  private let tensor: Tensor
  /// What is shown.
  private let values: [Scalar]
  /// The extents of what is shown, and for each whether dots stand in its middle.
  private let shape: [Int]
  private let isCut: [Bool]
  private var format: NumberFormat
  /// That of the imaginary parts, of a complex tensor.
  private var imaginaryFormat: NumberFormat?

  init(_ tensor: Tensor) throws(BackplaneError) {
    self.tensor = tensor
    let shown = tensor.numel > TensorPrinter.threshold ? try TensorPrinter.edges(of: tensor) : tensor.detach()
    let extents = tensor.layout.shape
    isCut = zip(extents, shown.layout.shape).map { $0 != $1 }
    shape = shown.layout.shape
    let dense = try shown.isContiguous ? shown : Ops.copy(shown)
    values = try Transfer.withBytes(of: dense) { bytes in
      guard let base = bytes.baseAddress else { return [] }
      return (0..<dense.numel).map { HostElements.load(base, $0, dense.dtype) }
    }
    format = NumberFormat(values: [], isFloatingPoint: false, precision: TensorPrinter.precision)
    let isComplex = tensor.dtype.isComplex
    format = NumberFormat(
      values: isComplex ? values.map { .double($0.double) } : values,
      isFloatingPoint: isComplex || tensor.dtype.isFloatingPoint, precision: TensorPrinter.precision)
    if isComplex {
      imaginaryFormat = NumberFormat(
        values: values.map { .double($0.imaginary) }, isFloatingPoint: true, precision: TensorPrinter.precision)
    }
  }

  var text: String {
    let indent = TensorPrinter.prefix.count
    let body = tensor.numel == 0 ? "[]" : block(0, 0, indent)
    return append(suffixes, to: TensorPrinter.prefix + body, indent)
  }

  private var suffixes: [String] {
    var result: [String] = []
    if tensor.device != .processor { result.append("device='\(tensor.device)'") }
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

  /// The elements at the ends of the long dimensions, without looking at the others.
  private static func edges(of tensor: Tensor) throws(BackplaneError) -> Tensor {
    let shape = tensor.layout.shape, strides = tensor.layout.strides
    func isLong(_ extent: Int, _ edge: Int) -> Bool { extent > 2 * edge }
    // Fewer where many dimensions would make of a summary what nobody reads.
    let edge =
      (2...edgeItems).last { edge in
        shape.reduce(1.0) { $0 * Double(Swift.min($1, 2 * edge)) } <= mostShown
          && shape.count + shape.filter { isLong($0, edge) }.count <= Layout.maximumRank
      } ?? 1
    // Both ends of a dimension are two steps of a dimension of their own, which leads from the one to the other.
    var pairs: [Int] = [], pairStrides: [Int] = [], shown: [Int] = []
    for (extent, stride) in zip(shape, strides) {
      shown.append(isLong(extent, edge) ? 2 * edge : extent)
      guard isLong(extent, edge) else {
        pairs.append(extent)
        pairStrides.append(stride)
        continue
      }
      pairs.append(2)
      pairStrides.append((extent - edge) * stride)
      if edge > 1 {
        pairs.append(edge)
        pairStrides.append(stride)
      }
    }
    let view = tensor.view(try .strided(pairs, pairStrides), offset: tensor.storageOffset)
    return try Ops.copy(view).view(.contiguous(shown), offset: 0)
  }

  /// The positions of a dimension that are shown; nil stands for the dots.
  private func positions(_ d: Int) -> [Int?] {
    let middle = shape[d] / 2
    return isCut[d] ? Array(0..<middle) + [nil] + Array(middle..<shape[d]) : Array(0..<shape[d])
  }

  private func step(_ d: Int) -> Int { shape[(d + 1)...].reduce(1, *) }

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
