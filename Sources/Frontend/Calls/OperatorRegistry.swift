/// The operators that can be called by name: their signatures and what they do.
struct OperatorRegistry: Sendable {
  struct Overload: Sendable {
    let signature: OperatorSignature
    let body: @Sendable (BoundArguments) throws -> any OperatorResult
  }

  private(set) var overloads: [String: [Overload]] = [:]

  /// Adds an operator, or another overload of one; overloads are tried in the order in which they were added.
  mutating func add(_ signature: String, _ body: @escaping @Sendable (BoundArguments) throws -> any OperatorResult) {
    let signature = OperatorSignature(signature)
    overloads[signature.name, default: []].append(Overload(signature: signature, body: body))
  }

  static let shared: OperatorRegistry = {
    var registry = OperatorRegistry()
    registry.addCreation()
    registry.addData()
    registry.addUnary()
    registry.addBinary()
    registry.addPointwise()
    registry.addComplex()
    registry.addTypes()
    registry.addSpecial()
    registry.addSampling()
    registry.addCreationLike()
    registry.addComparison()
    registry.addSelection()
    registry.addReduction()
    registry.addProducts()
    registry.addViews()
    registry.addJoining()
    registry.addIndexing()
    registry.addConversion()
    registry.addShapes()
    registry.addRandom()
    registry.addSoftmax()
    registry.addFunctional()
    registry.addSorting()
    registry.addStatistics()
    registry.addProductsAndDiagonals()
    registry.addNorms()
    registry.addSolving()
    registry.addFactorizations()
    registry.addFourier()
    registry.addShortTimeTransforms()
    registry.addRecurrence()
    registry.addMultiHeadAttention()
    registry.addImageSampling()
    registry.addCTCLoss()
    registry.addFactoredSolving()
    registry.addNumerics()
    registry.addBessel()
    registry.addWindows()
    registry.addProperties()
    registry.addSecondNames()
    registry.addInPlaceForms()
    registry.addInPlaceViews()
    return registry
  }()

  /// PyTorch's methods stand under `torch.Tensor.`, most of them beside a function of the same name.
  private func overloads(ofMethod name: String) -> [Overload]? {
    let prefix = "Tensor."
    return name.hasPrefix(prefix) ? overloads[String(name.dropFirst(prefix.count))] : nil
  }

  func call(
    _ name: String, _ arguments: [Argument], _ keywords: [String: Argument]
  ) throws(BackplaneError) -> Argument {
    guard let overloads = overloads[name] ?? overloads(ofMethod: name) else {
      throw BackplaneError(.unknownOperator, "there is no operator '\(name)'")
    }
    var first: BackplaneError?
    for overload in overloads {
      let bound: BoundArguments
      do throws(BackplaneError) {
        bound = try BoundArguments(overload.signature, arguments, keywords)
      } catch {
        // What no overload could take is said as it is; other misfits may suit the next overload.
        if error.kind == .unsupported { throw error }
        first = first ?? error
        continue
      }
      do {
        return try withErrors { try overload.body(bound).argument }
      } catch let error as BackplaneError {
        throw error
      } catch {
        throw BackplaneError(.internal, "\(name): \(error)")
      }
    }
    if overloads.count == 1, let first { throw first }
    let given = arguments.map(\.typeName) + keywords.keys.sorted().map { "\($0)=\(keywords[$0]!.typeName)" }
    throw BackplaneError(
      .value,
      "\(overloads[0].signature.shortName)() received an invalid combination of arguments - got "
        + "(\(given.joined(separator: ", "))), but expected one of:"
        + overloads.map { "\n * \($0.signature.parameterText)" }.joined())
  }
}

/// Calls an operator by PyTorch's name and with its arguments: for bindings, importers and recorded calls.
///
/// ```swift
/// let y = try call("nn.functional.relu", [.tensor(x)]).tensor!
/// let z = try call("sum", [.tensor(x)], ["dim": [0, 1], "keepdim": true]).tensor!
/// ```
///
/// - Parameters:
///   - name: The name under `torch.`: `add`, `linalg.norm`, `nn.functional.relu`; of a method also with its class,
///     `Tensor.add_`. ``operatorNames`` lists them all, ``operatorSignatures(_:)`` tells what one takes.
///   - arguments: By position.
///   - keywords: By name.
/// - Returns: A tensor, a number, or a list of results.
/// - Throws: ``BackplaneError``, of kind ``BackplaneError/Kind/unknownOperator`` if there is none of the name; arguments
///   that do not fit are described in PyTorch's words.
@discardableResult
public func call(
  _ name: String, _ arguments: [Argument] = [], _ keywords: [String: Argument] = [:]
) throws(BackplaneError) -> Argument {
  try OperatorRegistry.shared.call(name, arguments, keywords)
}

/// The names of all operators that ``call(_:_:_:)`` knows, sorted.
public var operatorNames: [String] { OperatorRegistry.shared.overloads.keys.sorted() }

/// The signatures of an operator's overloads; none if the name is not known.
///
/// ```swift
/// operatorSignatures("add")[0].description  // "add(Tensor input, Tensor other, *, Scalar alpha=1)"
/// ```
public func operatorSignatures(_ name: String) -> [OperatorSignature] {
  OperatorRegistry.shared.overloads[name]?.map(\.signature) ?? []
}
