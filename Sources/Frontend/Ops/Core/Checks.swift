/// What operators ask of their operands.
extension Ops {
  /// Refuses what is not of a floating point type.
  static func requireFloating(_ x: Tensor, _ operation: String) throws(BackplaneError) {
    guard x.dtype.isFloatingPoint else {
      throw BackplaneError(.dtype, "\"\(operation)\" not implemented for '\(x.dtype.scalarName)'")
    }
  }

  /// Refuses what does not have so many dimensions.
  static func require(_ x: Tensor, rank: Int, _ operation: String, _ name: String) throws(BackplaneError) {
    guard x.layout.rank == rank else {
      throw BackplaneError(
        .shape, "\(operation): Expected \(name) to be a \(rank)-D tensor, but got \(x.layout.rank)-D")
    }
  }
}
