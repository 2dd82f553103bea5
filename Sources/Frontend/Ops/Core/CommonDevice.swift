/// Operands of one call brought to one device.
///
/// A tensor without dimensions on the cpu is a number, as far as devices go: it may meet tensors of any device, and the
/// result lies with them. All others must lie on one device already.
extension Ops {
  static func requireSameDevice(_ tensors: [Tensor]) throws(BackplaneError) {
    guard let first = tensors.first else { return }
    for other in tensors where other.context !== first.context {
      if other.context.isInvalid || first.context.isInvalid {
        throw BackplaneError(.internal, "an operand is the result of a failed call")
      }
      throw BackplaneError(
        .device,
        "Expected all tensors to be on the same device, but found at least two devices, \(first.device) and "
          + "\(other.device)!")
    }
  }

  private static func isHostNumber(_ x: Tensor) -> Bool { x.layout.rank == 0 && x.device.type == Device.processor.type }

  /// The operands on the device of those that are more than a number.
  static func together(_ tensors: [Tensor]) throws(BackplaneError) -> [Tensor] {
    guard let first = tensors.first, tensors.contains(where: { $0.context !== first.context }) else { return tensors }
    let settled = tensors.filter { !isHostNumber($0) }
    try requireSameDevice(settled)
    var result: [Tensor] = []
    for x in tensors { result.append(try carried(x, to: (settled.first ?? first).context)) }
    return result
  }

  static func together(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> (Tensor, Tensor) {
    if a.context === b.context { return (a, b) }
    let pair = try together([a, b])
    return (pair[0], pair[1])
  }

  /// An operand on the device of a tensor that is written to.
  static func near(_ x: Tensor, _ target: Tensor) throws(BackplaneError) -> Tensor {
    if x.context === target.context { return x }
    if !isHostNumber(x) || target.context.isInvalid { try requireSameDevice([target, x]) }
    return try carried(x, to: target.context)
  }

  /// A number of the host on another device, where it arrives inside of a call. Its gradient comes back to it.
  private static func carried(_ x: Tensor, to context: DeviceContext) throws(BackplaneError) -> Tensor {
    if x.context === context { return x }
    let result = try full(.scalar, item(x), x.dtype, on: context)
    if Autograd.records(x) {
      let origin = x.context
      Autograd.record("ToCopyBackward0", [x], result) { g throws(BackplaneError) in [try move(g, to: origin)] }
    }
    return result
  }
}
