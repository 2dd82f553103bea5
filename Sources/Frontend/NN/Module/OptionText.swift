/// Options of modules as PyTorch prints them.
enum OptionText {
  static func of(_ value: Bool) -> String { value ? "True" : "False" }

  static func of<Value: CustomStringConvertible>(_ value: Value?) -> String { value.map(\.description) ?? "None" }

  /// `(3, 3)`, or `(3,)` of a single number.
  static func tuple(_ values: [Int]) -> String { tuple(values.map(\.description)) }

  /// `(3, None)`, or `(3,)` of a single number.
  static func tuple(_ values: [Int?]) -> String { tuple(values.map { of($0) }) }

  /// As they were given: one number for all dimensions, or a tuple.
  static func extents(_ values: [Int]) -> String { values.count == 1 ? "\(values[0])" : tuple(values) }

  /// As they were given: one number or None for all dimensions, or a tuple.
  static func extents(_ values: [Int?]) -> String { values.count == 1 ? of(values[0]) : tuple(values) }

  private static func tuple(_ values: [String]) -> String {
    values.count == 1 ? "(\(values[0]),)" : "(\(values.joined(separator: ", ")))"
  }
}

extension SpatialExtents {
  /// One extent for each dimension. After an error there are as many too.
  func each(_ dimensions: Int, _ name: String, _ module: String) -> [Int] {
    let given = spatialExtents
    return funnel(or: [Int](repeating: given.first ?? 1, count: dimensions)) { () throws(BackplaneError) in
      try spatial(given, dimensions, name, module)
    }
  }
}
