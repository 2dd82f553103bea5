extension Module {
  /// Each module from this one down, with its prefix and its members, before those inside it.
  ///
  /// - Parameter repeats: Whether a module that is held in two places is seen in both.
  private func walk(repeats: Bool, _ visit: (String, Module, [Member]) -> Void) {
    var seen = Set<ObjectIdentifier>()
    func walk(_ prefix: String, _ module: Module) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      let members = module.members()
      visit(prefix, module, members)
      for case (let name, .module(let child)) in members { walk(joined(prefix, name), child) }
      // What is left of the set is the way down to here, so that a module that holds its owner ends the walk.
      if repeats { seen.remove(ObjectIdentifier(module)) }
    }
    walk("", self)
  }

  private func tensors(_ select: (MemberKind) -> Tensor?) -> [(String, Tensor)] {
    var seen = Set<ObjectIdentifier>()
    var result: [(String, Tensor)] = []
    walk(repeats: false) { prefix, _, members in
      for member in members {
        guard let tensor = select(member.kind), seen.insert(ObjectIdentifier(tensor)).inserted else {
          continue
        }
        result.append((joined(prefix, member.name), tensor))
      }
    }
    return result
  }

  /// All parameters of this module and those within it, each once, with their names.
  public func namedParameters() -> [(name: String, parameter: Tensor)] {
    tensors { if case .parameter(let tensor) = $0 { tensor } else { nil } }
  }

  /// All parameters of this module and those within it, each once.
  public func parameters() -> [Tensor] { namedParameters().map(\.parameter) }

  /// All buffers of this module and those within it, each once, with their names.
  public func namedBuffers() -> [(name: String, buffer: Tensor)] {
    tensors { if case .buffer(let tensor, _) = $0 { tensor } else { nil } }
  }

  /// All buffers of this module and those within it, each once.
  public func buffers() -> [Tensor] { namedBuffers().map(\.buffer) }

  /// The modules that this one holds itself, each once, with their names.
  public func namedChildren() -> [(name: String, module: Module)] {
    var seen = Set<ObjectIdentifier>()
    var result: [(name: String, module: Module)] = []
    for case (let name, .module(let child)) in members() {
      if seen.insert(ObjectIdentifier(child)).inserted { result.append((name, child)) }
    }
    return result
  }

  /// The modules that this one holds itself, each once.
  public func children() -> [Module] { namedChildren().map(\.module) }

  /// All modules from this one down, each once, with their names. This module's own name is empty.
  public func namedModules() -> [(name: String, module: Module)] {
    var result: [(name: String, module: Module)] = []
    walk(repeats: false) { prefix, module, _ in result.append((prefix, module)) }
    return result
  }

  /// All modules from this one down, each once.
  public func modules() -> [Module] { namedModules().map(\.module) }

  /// Parameters and persistent buffers under every name they have, in PyTorch's order.
  func stateEntries() -> [(key: String, tensor: Tensor)] {
    var result: [(key: String, tensor: Tensor)] = []
    walk(repeats: true) { prefix, _, members in
      for case (let name, .parameter(let tensor)) in members {
        result.append((joined(prefix, name), tensor))
      }
      for case (let name, .buffer(let tensor, persistent: true)) in members {
        result.append((joined(prefix, name), tensor))
      }
    }
    return result
  }
}
