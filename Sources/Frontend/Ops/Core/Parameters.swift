import BackendAPI

/// What operators take beside their operands.
extension Ops {
  /// Passes a parameter struct to a call.
  @inline(__always)
  static func withParams<Params>(
    _ params: inout Params, _ body: (UnsafeRawPointer) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    try withUnsafePointer(to: &params) { (p: UnsafePointer<Params>) throws(BackplaneError) in
      try body(UnsafeRawPointer(p))
    }
  }

  /// Passes the parameters of an operator along one dimension.
  static func withAxis(
    _ axis: Int, _ body: (UnsafeRawPointer) throws(BackplaneError) -> Void
  ) throws(BackplaneError) {
    var params = bp_axis_params(struct_size: UInt32(MemoryLayout<bp_axis_params>.size), axis: Int32(axis))
    try withParams(&params, body)
  }
}
