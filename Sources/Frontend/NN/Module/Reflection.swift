/// What a module holds under a name.
typealias Member = (name: String, kind: MemberKind)

enum MemberKind {
  case parameter(Tensor)
  case buffer(Tensor, persistent: Bool)
  case module(Module)
}

/// Finds the members of a module: those of its superclasses first, then its own, in the order of declaration.
enum Reflection {
  static func members(of module: Module) -> [Member] {
    var mirrors: [Mirror] = []
    var next: Mirror? = Mirror(reflecting: module)
    while let mirror = next, mirror.subjectType != Module.self {
      mirrors.append(mirror)
      next = mirror.superclassMirror
    }
    var members: [Member] = []
    for mirror in mirrors.reversed() {
      let names = (mirror.subjectType as? Module.Type)?.keyNames ?? [:]
      collect("", mirror, names, &members)
    }
    if let parametrizations = module.parametrizations {
      members.append(("parametrizations", .module(parametrizations)))
    }
    return members
  }

  /// Where the property of a name, marked ``Parameter``, keeps its tensor; nil where it holds none or several.
  static func slot(_ name: String, of module: Module) -> AnyParameterSlot? {
    var next: Mirror? = Mirror(reflecting: module)
    while let mirror = next, mirror.subjectType != Module.self {
      let names = (mirror.subjectType as? Module.Type)?.keyNames ?? [:]
      for child in mirror.children {
        guard let label = child.label, let holder = child.value as? any ParameterHolder else { continue }
        let property = propertyName(Self.name(label))
        guard names[property] ?? withUnderscores(property) == name else { continue }
        let slot = holder.anySlot
        return slot.tensor == nil ? nil : slot
      }
      next = mirror.superclassMirror
    }
    return nil
  }

  /// - Parameter names: Those that the class gives to its properties.
  private static func collect(
    _ prefix: String, _ mirror: Mirror, _ names: [String: String], _ members: inout [Member]
  ) {
    for (index, child) in mirror.children.enumerated() {
      let label = name(child.label ?? "\(index)")
      let property = propertyName(label)
      if let given = names[property] ?? names[label] {
        // As the compiler would store it, for a wrapper within.
        collect(prefix, label == property ? given : "_" + given, child.value, &members)
      } else {
        collect(prefix, withUnderscores(label), child.value, &members)
      }
    }
  }

  /// A name in camel case as PyTorch writes it: `runningMean` is `running_mean`, `inProjWeight` `in_proj_weight`.
  static func withUnderscores(_ name: String) -> String {
    var result = ""
    var previous: Character = "_"
    let characters = Array(name)
    for (i, character) in characters.enumerated() {
      let startsWord =
        character.isUppercase && previous != "_"
        && (!previous.isUppercase || i + 1 < characters.count && characters[i + 1].isLowercase)
      if startsWord { result += "_" }
      result += character.lowercased()
      previous = character
    }
    return result
  }

  private static func collect(_ prefix: String, _ label: String, _ value: Any, _ members: inout [Member]) {
    if let wrapper = value as? any MemberWrapper {
      wrapper.collect(joined(prefix, propertyName(label)), &members)
    } else if let wrapped = wrappedValue(value, label) {
      // Under a name as the compiler would store it, for a wrapper within.
      let isWrapper = wrapped is any MemberWrapper || wrappedValue(wrapped, label) != nil
      collect(prefix, isWrapper ? label : propertyName(label), wrapped, &members)
    } else if let module = value as? Module {
      members.append((joined(prefix, label), .module(module)))
    } else if let container = value as? any ModuleContainer {
      for (key, element) in container.moduleEntries { collect(joined(prefix, label), key, element, &members) }
    } else {
      // Modules in a struct, tuple or enumeration count too: overlooked, they would silently stay untrained.
      let mirror = Mirror(reflecting: value)
      guard let style = mirror.displayStyle, [.struct, .tuple, .enum].contains(style) else { return }
      collect(joined(prefix, label), mirror, [:], &members)
    }
  }

  /// The name of a wrapped property: the compiler stores `@Parameter var weight` as `_weight`, while
  /// `var weight = Parameter(…)` has its own name.
  private static func propertyName(_ label: String) -> String {
    label.hasPrefix("_") ? String(label.dropFirst()) : label
  }

  /// What a property wrapper of the program's own holds.
  private static func wrappedValue(_ value: Any, _ label: String) -> Any? {
    guard label.hasPrefix("_"), !(value is Module) else { return nil }
    return Mirror(reflecting: value).children.first { $0.label == "wrappedValue" }?.value
  }

  /// The name a programmer gave, where the compiler stores a property under another.
  private static func name(_ label: String) -> String {
    let lazyPrefix = "$__lazy_storage_$_"
    if label.hasPrefix(lazyPrefix) { return String(label.dropFirst(lazyPrefix.count)) }
    // The elements of a tuple without labels.
    return label.hasPrefix(".") ? String(label.dropFirst()) : label
  }
}

private protocol MemberWrapper {
  func collect(_ name: String, _ members: inout [Member])
}

private protocol ParameterHolder {
  var anySlot: AnyParameterSlot { get }
}

extension Parameter: ParameterHolder {
  fileprivate var anySlot: AnyParameterSlot { slot }
}

extension Parameter: MemberWrapper {
  fileprivate func collect(_ name: String, _ members: inout [Member]) {
    // Its place is taken by what it is computed from.
    guard slot.parametrization == nil else { return }
    for (key, tensor) in wrappedValue._tensorEntries {
      members.append((joined(name, key), .parameter(tensor)))
    }
  }
}

extension Buffer: MemberWrapper {
  fileprivate func collect(_ name: String, _ members: inout [Member]) {
    for (key, tensor) in wrappedValue._tensorEntries {
      members.append((joined(name, key), .buffer(tensor, persistent: persistent)))
    }
  }
}

/// Collections that may hold modules at any depth.
private protocol ModuleContainer {
  var moduleEntries: [(String, Any)] { get }
}

extension Optional: ModuleContainer {
  fileprivate var moduleEntries: [(String, Any)] { map { [("", $0)] } ?? [] }
}

extension Array: ModuleContainer {
  fileprivate var moduleEntries: [(String, Any)] {
    // A long array of numbers is not worth a look at each.
    if Element.self is any TensorElement.Type { return [] }
    return enumerated().map { ("\($0)", $1) }
  }
}

extension Dictionary: ModuleContainer {
  fileprivate var moduleEntries: [(String, Any)] {
    if Value.self is any TensorElement.Type { return [] }
    return map { ("\($0)", $1 as Any) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
  }
}
