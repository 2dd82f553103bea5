/// A number that changes with the steps of a training run.
public struct Curve: Sendable {
  /// What it is called.
  public let name: String
  /// The steps and the values at them, in the order in which they were added.
  public private(set) var points: [(step: Double, value: Double)] = []

  /// Makes a curve of values at the steps 0, 1, 2 ….
  public init(_ name: String, _ values: [Double] = []) {
    self.name = name
    for value in values { append(value) }
  }

  /// Adds a value, at the step after the last unless another is given.
  public mutating func append(_ value: Double, step: Double? = nil) {
    points.append((step ?? points.last.map { $0.step + 1 } ?? 0, value))
  }

  /// The values alone.
  public var values: [Double] { points.map(\.value) }
}

/// The curves of a training run: noted as it goes, shown in the terminal and saved as a picture.
///
/// ```swift
/// var history = History()
/// for epoch in 0..<10 {
///   history.append(["train": 1 / Double(epoch + 1), "test": 1.2 / Double(epoch + 1)])
/// }
/// print(history)
/// try history.save(to: "curves.svg", title: "loss")
/// ```
public struct History: Sendable, CustomStringConvertible {
  /// The curves, in the order in which they were first noted.
  public private(set) var curves: [Curve] = []

  /// Makes a history of nothing.
  public init() {}

  /// Makes a history of curves.
  public init(_ curves: [Curve]) { self.curves = curves }

  /// The values of a curve, or nil if there is none of the name.
  public subscript(name: String) -> [Double]? { curves.first { $0.name == name }?.values }

  /// Notes a value, at the step after the curve's last unless another is given.
  public mutating func append(_ name: String, _ value: Double, step: Double? = nil) {
    if let place = curves.firstIndex(where: { $0.name == name }) { return curves[place].append(value, step: step) }
    var curve = Curve(name)
    curve.append(value, step: step)
    curves.append(curve)
  }

  /// Notes several values, new ones in the order of their names.
  public mutating func append(_ values: [String: Double], step: Double? = nil) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) { append(name, value, step: step) }
  }

  // MARK: Pictures

  /// The curves in characters, for a terminal.
  ///
  /// - Parameters:
  ///   - width: How many characters a line has.
  ///   - height: How many lines the curves take.
  ///   - logY: Whether the values stand on a logarithmic scale, which leaves out those that are not above 0.
  ///   - color: Whether each curve is in a color of its own, by the terminal's escape sequences.
  public func text(width: Int = 80, height: Int = 15, logY: Bool = false, color: Bool = false) -> String {
    BraillePlot(Plot(curves, logY: logY), width: width, height: height, color: color).text
  }

  /// The curves as the text of an SVG picture.
  ///
  /// - Parameters:
  ///   - title: What stands above.
  ///   - logY: Whether the values stand on a logarithmic scale, which leaves out those that are not above 0.
  public func svg(
    title: String = "", xLabel: String = "", yLabel: String = "", width: Int = 640, height: Int = 400,
    logY: Bool = false
  ) -> String {
    SVGPlot(
      Plot(curves, logY: logY), title: title, xLabel: xLabel, yLabel: yLabel, width: width, height: height
    ).text
  }

  /// Saves the curves as an SVG picture, which browsers show.
  ///
  /// The file appears under its name only when it is complete, as with `save`.
  ///
  /// - Parameters:
  ///   - title: What stands above.
  ///   - logY: Whether the values stand on a logarithmic scale, which leaves out those that are not above 0.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  public func save(
    to path: String, title: String = "", xLabel: String = "", yLabel: String = "", width: Int = 640, height: Int = 400,
    logY: Bool = false
  ) throws(BackplaneError) {
    let text = Array(svg(title: title, xLabel: xLabel, yLabel: yLabel, width: width, height: height, logY: logY).utf8)
    var file = try AtomicFile(path)
    try text.withUnsafeBytes { (bytes) -> Result<Void, BackplaneError> in
      Result { () throws(BackplaneError) in try file.write(bytes) }
    }.get()
    try file.commit()
  }

  /// The curves in characters, 80 wide.
  public var description: String { text() }
}
