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
    registry.addCreationLike()
    registry.addData()
    registry.addVandermonde()
    registry.addWindows()
    registry.addUnary()
    registry.addBinary()
    registry.addPointwise()
    registry.addComplex()
    registry.addSpecial()
    registry.addComparison()
    registry.addSelection()
    registry.addFloatingPointParts()
    registry.addCommonDivisors()
    registry.addZeta()
    registry.addBessel()
    registry.addTypes()
    registry.addConversion()
    registry.addBroadcasting()
    registry.addProperties()
    registry.addViews()
    registry.addShapes()
    registry.addJoining()
    registry.addDimensionOrder()
    registry.addRepetition()
    registry.addRegionReplacement()
    registry.addReduction()
    registry.addScans()
    registry.addOrderStatistics()
    registry.addDifferences()
    registry.addCounting()
    registry.addHistograms()
    registry.addIndexing()
    registry.addSearch()
    registry.addSorting()
    registry.addRandom()
    registry.addSampling()
    registry.addMatmul()
    registry.addProducts()
    registry.addDiagonals()
    registry.addCovariance()
    registry.addNorms()
    registry.addSolving()
    registry.addFactorizations()
    registry.addFactorizationInfo()
    registry.addMatrixFunctions()
    registry.addHouseholder()
    registry.addLowRank()
    registry.addFourier()
    registry.addShortTimeTransforms()
    registry.addActivations()
    registry.addSoftmax()
    registry.addConvolution()
    registry.addFolding()
    registry.addPooling()
    registry.addUnpooling()
    registry.addNormalizations()
    registry.addLosses()
    registry.addCTCLoss()
    registry.addDistances()
    registry.addLinear()
    registry.addEmbedding()
    registry.addAttention()
    registry.addDropout()
    registry.addPadding()
    registry.addInterpolation()
    registry.addImageSampling()
    registry.addPixelShuffles()
    registry.addBoxSuppression()
    registry.addRecurrence()
    registry.addInPlaceViews()
    // These look at what is there.
    registry.addViewCopies()
    registry.addSecondNames()
    registry.addInPlaceForms()
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
      var bound: BoundArguments
      do throws(BackplaneError) {
        bound = try BoundArguments(overload.signature, arguments, keywords)
      } catch {
        // What no overload could take is said as it is; other misfits may suit the next overload.
        if error.kind == .unsupported { throw error }
        first = first ?? error
        continue
      }
      do {
        if Scopes.areOpen { bound = try bound.autocast() }
        let arguments = bound
        return try withErrors { try overload.body(arguments).argument }
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
