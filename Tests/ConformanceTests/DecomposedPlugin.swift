import BackendAPI
import Backplane
import ConformanceSuite

/// A plugin whose extended operators are what the frontend makes of core operators, so that the suite holds these
/// decompositions to what it asks of plugins.
enum DecomposedPlugin {
  /// The extended operators by name, without factorizations, which have no decomposition [BP-6.1], and gradients that are
  /// taken at a result, which come about in a graph alone.
  static let operators = OperatorCatalogue.all.filter { entry in
    !entry.isCore && entry.family != .factorization && !apart.contains(entry.name)
      && (!entry.name.hasSuffix("_BACKWARD") || ofOperands.contains(entry.name))
  }.map(\.name)

  private static let ofOperands = ["GELU_BACKWARD"]

  /// Those of which a call does not stand alone: sums of squares are a part of a norm; recurrent layers give what their
  /// gradients need besides; and both they and affine maps are several operators, which round 16 bits one by one.
  /// The decomposition of MAX_POOL may name another of several -inf in a window that is padded.
  private static let apart: Set<String> = ["SUM_OF_SQUARES", "LINEAR", "RNN", "LSTM", "GRU", "MAX_POOL"]

  /// The frontend's device: the cpu plugin with core operators alone.
  private static let device = Result {
    try Backplane.Plugin.register(openCorePlugin)
    return Backplane.Device("decomposed")
  }

  /// Lets the frontend do the extended operators, on contiguous operands.
  static func plant(_ plugin: DamagedPlugin) {
    plugin.query = { plugin, op, out, error in
      let code = plugin.originalQuery(op, out, error)
      if isExtended(op) { out.pointee.flags |= BP_OP_INFO_CONTIGUOUS }
      return code
    }
    plugin.execute = { plugin, op, error in
      guard isExtended(op) else { return plugin.originalExecute(op, error) }
      do {
        let call = try DecomposedCall(op.pointee, of: plugin, on: device.get())
        try withErrors { try call.run() }
        return BP_OK
      } catch let failure {
        return bp_fail(error, BP_ERROR_INTERNAL, "\(failure)")
      }
    }
  }

  fileprivate static func isExtended(_ op: UnsafePointer<bp_op>) -> Bool { op.pointee.op >= 1024 }
}

private func openCorePlugin(
  _ host: UnsafePointer<bp_host>?, _ out: UnsafeMutablePointer<bp_plugin>?, _ error: UnsafeMutablePointer<bp_error>?
) -> Int32 {
  guard let cpu = try? Plugins.device("cpu"), let out else {
    return bp_fail(error, BP_ERROR_UNAVAILABLE, "there is no cpu plugin")
  }
  let core = DamagedPlugin(cpu.plugin.table)
  core.query = { plugin, op, out, error in
    guard DecomposedPlugin.isExtended(op) else { return plugin.originalQuery(op, out, error) }
    out.pointee.supported = 0
    return BP_OK
  }
  core.table.name = decomposedName
  bp_plugin_fill(out, &core.table)
  return BP_OK
}

private nonisolated(unsafe) let decomposedName = UnsafePointer<CChar>(strdup("decomposed"))
