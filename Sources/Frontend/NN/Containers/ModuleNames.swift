/// The names of modules within containers.
enum ModuleNames {
  /// Throws where a module cannot have a name.
  static func require(_ name: String) throws(BackplaneError) {
    guard !name.isEmpty else { throw BackplaneError(.value, "module name can't be empty string \"\"") }
    guard !name.contains(".") else {
      throw BackplaneError(.value, "module name can't contain \".\", got: \(name)")
    }
  }

  /// Throws where a container would become a part of itself.
  static func require(_ module: Module, isNotAround container: Module) throws(BackplaneError) {
    guard !module.modules().contains(where: { $0 === container }) else {
      throw BackplaneError(.value, "a \(type(of: container)) cannot be a part of itself")
    }
  }
}
