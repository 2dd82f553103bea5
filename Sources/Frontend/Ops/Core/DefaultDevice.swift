extension Ops {
  /// The device of a name, or without one the default device.
  static func context(_ device: Device?) throws(BackplaneError) -> DeviceContext {
    if let device { return try DeviceContext.of(device) }
    return try DefaultDevice.context()
  }
}

/// The device of tensors that are made without one. Looking it up by name at each tensor would cost more than a
/// small tensor does, so the environment is read once.
///
/// Only a device that was found is kept: a plugin may yet be loaded or registered by the program.
private enum DefaultDevice {
  private static let found = Lock<DeviceContext?>(nil)

  static func context() throws(BackplaneError) -> DeviceContext {
    if let device = Scopes.device { return try DeviceContext.of(device) }
    if let context = found.withLock({ $0 }) { return context }
    let context = try DeviceContext.of(Device.default)
    found.withLock { $0 = context }
    return context
  }
}
