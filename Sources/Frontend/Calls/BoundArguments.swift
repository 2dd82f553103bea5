/// The arguments of one call, checked against a signature and in its order, defaults filled in.
struct BoundArguments {
  let signature: OperatorSignature
  private var values: [Argument]

  /// Lays arguments against parameters as Python does: positions first, then names, then defaults.
  init(
    _ signature: OperatorSignature, _ positional: [Argument], _ keywords: [String: Argument]
  ) throws(BackplaneError) {
    let name = signature.shortName, parameters = signature.parameters
    var positional = positional
    let places = parameters.prefix { !$0.isKeywordOnly }.count
    // x.permute(2, 0, 1) is x.permute([2, 0, 1]).
    if places > 0, parameters[places - 1].type.isInts, positional.count >= places,
      positional[(places - 1)...].allSatisfy({ if case .int = $0 { true } else { false } }),
      positional.count > places || !parameters[places - 1].type.takesOneNumber
    {
      positional = positional[..<(places - 1)] + [.list(Array(positional[(places - 1)...]))]
    }
    // block_diag(a, b) is block_diag([a, b]).
    if places > 0, parameters[places - 1].type == .tensors, positional.count >= places,
      positional[(places - 1)...].allSatisfy({ if case .tensor = $0 { true } else { false } })
    {
      positional = positional[..<(places - 1)] + [.list(Array(positional[(places - 1)...]))]
    }
    // broadcast_shapes(a, b) is broadcast_shapes([a, b]).
    if places > 0, parameters[places - 1].type == .anys, positional.count >= places {
      positional = positional[..<(places - 1)] + [.list(Array(positional[(places - 1)...]))]
    }
    guard positional.count <= places else {
      throw BackplaneError(
        .value,
        "\(name)() takes \(places) positional argument\(places == 1 ? "" : "s") but \(positional.count) were given")
    }
    var keywords = keywords
    var missing: [String] = []
    var values: [Argument] = []
    for (i, parameter) in parameters.enumerated() {
      var named = keywords.removeValue(forKey: parameter.name)
      if named == nil, !keywords.isEmpty, let other = signature.nameInNumPy(parameter) {
        named = keywords.removeValue(forKey: other)
      }
      if i < positional.count {
        guard named == nil else {
          throw BackplaneError(.value, "\(name)() got multiple values for argument '\(parameter.name)'")
        }
        values.append(try parameter.check(positional[i], in: name, position: i + 1))
      } else if let named {
        values.append(try parameter.check(named, in: name, position: nil))
      } else if let value = parameter.defaultValue {
        values.append(value)
      } else if parameter.isOptional {
        values.append(.null)
      } else {
        missing.append("\"\(parameter.name)\"")
      }
    }
    if let unknown = keywords.keys.min() {
      throw BackplaneError(.value, "\(name)() got an unexpected keyword argument '\(unknown)'")
    }
    guard missing.isEmpty else {
      throw BackplaneError(
        .value,
        "\(name)() missing \(missing.count) required positional argument\(missing.count == 1 ? "" : "s"): "
          + missing.joined(separator: ", "))
    }
    self.signature = signature
    self.values = values
  }

  /// The value of a parameter; a name that the signature lacks is a mistake in the program.
  subscript(_ name: String) -> Argument {
    guard let i = signature.parameters.firstIndex(where: { $0.name == name }) else {
      stop("\(signature) has no parameter \(name)")
    }
    return values[i]
  }

  /// The same arguments with another value for one of them.
  func replacing(_ name: String, with tensor: Tensor) -> BoundArguments {
    var result = self
    guard let i = signature.parameters.firstIndex(where: { $0.name == name }) else {
      stop("\(signature) has no parameter \(name)")
    }
    result.values[i] = .tensor(tensor)
    return result
  }

  /// The same arguments in the types that `autocast` wants of this operator.
  func autocast() throws(BackplaneError) -> BoundArguments {
    let name = signature.name.split(separator: ".").last.map(String.init) ?? signature.name
    var operands: [Tensor?] = []
    for value in values {
      if case .list(let elements) = value {
        operands += elements.map(\.tensor)
      } else {
        operands.append(value.tensor)
      }
    }
    operands = try Autocast.apply(name, operands)
    var result = self, next = 0
    func taken(_ value: Argument) -> Argument {
      defer { next += 1 }
      return operands[next].map { .tensor($0) } ?? value
    }
    for (i, value) in values.enumerated() {
      if case .list(let elements) = value {
        result.values[i] = .list(Array(elements.map(taken)))
      } else {
        result.values[i] = taken(value)
      }
    }
    return result
  }

  // MARK: Values of one type. The signature has seen to it that they are.

  func tensor(_ name: String) -> Tensor { optionalTensor(name)! }

  func optionalTensor(_ name: String) -> Tensor? {
    if case .tensor(let value) = self[name] { value } else { nil }
  }

  func tensors(_ name: String) -> [Tensor] {
    if case .list(let values) = self[name] { values.compactMap(\.tensor) } else { [] }
  }

  func scalar(_ name: String) -> Scalar { self[name].scalar! }
  func optionalScalar(_ name: String) -> Scalar? { self[name].scalar }
  func int(_ name: String) -> Int { Int(self[name].scalar!.int64) }
  func optionalInt(_ name: String) -> Int? { self[name].scalar.map { Int($0.int64) } }
  func double(_ name: String) -> Double { self[name].scalar!.double }
  func optionalDouble(_ name: String) -> Double? { self[name].scalar?.double }
  func scalars(_ name: String) -> [Scalar] {
    if case .list(let values) = self[name] { values.compactMap(\.scalar) } else { [] }
  }

  func doubles(_ name: String) -> [Double] {
    if case .list(let values) = self[name] { values.compactMap { $0.scalar?.double } } else { [] }
  }

  func optionalDoubles(_ name: String) -> [Double]? {
    if case .list = self[name] { doubles(name) } else { nil }
  }

  func bool(_ name: String) -> Bool { self[name].scalar!.isTrue }

  func ints(_ name: String) -> [Int] { optionalInts(name)! }

  func optionalInts(_ name: String) -> [Int]? {
    if case .list(let values) = self[name] { values.map { Int($0.scalar!.int64) } } else { nil }
  }

  /// The dimensions to reduce: None and an empty list both mean all.
  func reducedDims(_ name: String) -> [Int]? {
    guard let dims = optionalInts(name), !dims.isEmpty else { return nil }
    return dims
  }

  func string(_ name: String) -> String { optionalString(name)! }

  func optionalString(_ name: String) -> String? {
    if case .string(let value) = self[name] { value } else { nil }
  }

  func dtype(_ name: String = "dtype") -> DType? {
    if case .dtype(let value) = self[name] { value } else { nil }
  }

  func device(_ name: String = "device") -> Device? {
    if case .device(let value) = self[name] { value } else { nil }
  }
}

extension ParameterType {
  fileprivate var takesOneNumber: Bool { self == .ints(takesOne: true) }
}

extension OperatorSignature {
  /// The name that NumPy has for a parameter, which PyTorch takes too, except in `nn.functional`.
  fileprivate func nameInNumPy(_ parameter: Parameter) -> String? {
    guard !name.hasPrefix("nn.") else { return nil }
    return switch parameter.name {
    case "dim": "axis"
    case "keepdim": "keepdims"
    default: nil
    }
  }

  /// Whether every default is a value that its parameter takes.
  package func checksDefaults() throws(BackplaneError) -> Bool {
    for parameter in parameters {
      if let value = parameter.defaultValue { _ = try parameter.check(value, in: name, position: nil) }
    }
    return true
  }

  /// As messages name the operator: the last part of its name.
  var shortName: String { name.split(separator: ".").last.map(String.init) ?? name }
}

extension OperatorSignature.Parameter {
  /// The value in the parameter's type, or an error in PyTorch's words.
  func check(_ value: Argument, in name: String, position: Int?) throws(BackplaneError) -> Argument {
    if case .null = value, isOptional { return .null }
    if let value = try converted(value) { return value }
    let place = position.map { " (position \($0))" } ?? ""
    throw BackplaneError(
      .value, "\(name)(): argument '\(self.name)'\(place) must be \(type.name), not \(value.typeName)")
  }

  /// Nil if the value is of another type.
  private func converted(_ value: Argument) throws(BackplaneError) -> Argument? {
    switch type {
    case .any: return value
    case .anys:
      if case .list = value { return value }
    case .tensor:
      if case .tensor = value { return value }
    case .tensors:
      guard case .list(let values) = value else { return nil }
      for case let element in values {
        if case .tensor = element { continue }
        return nil
      }
      return value
    case .scalar: return try number(value)
    case .float:
      guard let value = try number(value), let scalar = value.scalar, scalar.imaginary == 0 else { return nil }
      return .double(scalar.double)
    case .int: return try integer(value)
    case .bool:
      if case .bool = value { return value }
    case .string:
      if case .string = value { return value }
    case .dtype:
      if case .dtype = value { return value }
    case .device:
      if case .device = value { return value }
      if case .string(let text) = value { return .device(Device(text)) }
    case .scalars, .floats:
      return try list(value, number)
    case .ints(let takesOne):
      if takesOne, let one = try integer(value) { return .list([one]) }
      return try list(value, integer)
    }
    return nil
  }

  private func list(
    _ value: Argument, _ convert: (Argument) throws(BackplaneError) -> Argument?
  ) throws(BackplaneError) -> Argument? {
    guard case .list(let values) = value else { return nil }
    var result: [Argument] = []
    for element in values {
      guard let element = try convert(element) else { return nil }
      result.append(element)
    }
    return .list(result)
  }

  /// A number, or a 0-d tensor that stands for one.
  private func number(_ value: Argument) throws(BackplaneError) -> Argument? {
    switch value {
    case .bool, .int, .double, .complex: return value
    case .tensor(let x) where x.layout.rank == 0 && !x.requiresGrad:
      return try Ops.item(x).argument
    default: return nil
    }
  }

  private func integer(_ value: Argument) throws(BackplaneError) -> Argument? {
    switch value {
    case .int: return value
    case .tensor(let x) where x.layout.rank == 0 && x.dtype.isInteger: return try Ops.item(x).argument
    default: return nil
    }
  }
}
