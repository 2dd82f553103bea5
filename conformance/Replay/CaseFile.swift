import Backplane
import ConformanceSuite
import Text

/// A file of operator calls with their expected results: safetensors whose metadata hold the cases as JSON.
///
/// ```swift
/// let file = try CaseFile("sample.safetensors")
/// for call in file.cases { print(call.id) }
/// ```
public struct CaseFile {
  /// One call and what has to come of it.
  public struct Case {
    /// What is called.
    enum Kind: String {
      case operation, module, optimizer, schedule
    }

    public let id: String
    let kind: Kind
    /// The operator's or class's name under PyTorch's `torch.`.
    public let op: String
    /// 1: what every user meets; 2: common; 3: the rest.
    public let tier: Int
    let arguments: [JSON]
    let keywords: [(String, JSON)]
    let outputs: [JSON]
    let cotangents: [JSON]
    let gradients: [JSON]?
    /// PyTorch's message, where the call has to fail.
    let error: String?
    let relativeTolerance: Double
    let absoluteTolerance: Double
    /// What only cases of this kind have.
    let details: JSON
  }

  public private(set) var cases: [Case]
  let tensors: Safetensors

  static let format = "backplane-cases/1"

  /// - Throws: ``BackplaneError`` of kind `file` that names the file, the case and what is wrong with it.
  public init(_ path: String) throws(BackplaneError) {
    func damaged(_ reason: String) -> BackplaneError { BackplaneError(.file, "\(path): \(reason.onOneLine)") }
    tensors = try Safetensors(path)
    guard let format = tensors.metadata["format"], format.utf8.count <= JSONReader.keyLengthLimit else {
      throw damaged("not a case file: its metadata name no format")
    }
    guard format == CaseFile.format else {
      throw damaged("its format is '\(format)', and this program reads '\(CaseFile.format)'")
    }
    guard let text = tensors.metadata["cases"] else { throw damaged("its metadata hold no cases") }
    let json: JSON
    do throws(JSONReader.Failure) {
      json = try JSON.read(text)
    } catch {
      throw damaged("its cases are \(error)")
    }
    guard let values = json.array else { throw damaged("its cases are no list") }
    var cases: [Case] = []
    var ids = Set<String>()
    for (i, value) in values.enumerated() {
      guard let call = Case(value) else { throw damaged("case \(i) lacks an id, an operator, or arguments") }
      for name in [call.id, call.op] where name.utf8.count > JSONReader.keyLengthLimit {
        throw damaged("case \(i) has a name of \(name.utf8.count) bytes")
      }
      guard ids.insert(call.id).inserted else { throw damaged("the id \(call.id) is there twice") }
      cases.append(call)
    }
    self.cases = cases
  }

  /// Leaves one case, or none if there is none of the id.
  public mutating func select(_ id: String) { cases.removeAll { $0.id != id } }
}

extension CaseFile.Case {
  fileprivate init?(_ json: JSON) {
    guard let kind = json["kind"].map({ $0.string.flatMap(Kind.init) }) ?? .operation, let id = json["id"]?.string,
      let op = json[kind == .operation ? "op" : kind.rawValue]?.string
    else { return nil }
    let arguments = json["args"]?.array
    guard arguments != nil || kind == .optimizer || kind == .schedule else { return nil }
    self.kind = kind
    self.id = id
    self.op = op
    self.arguments = arguments ?? []
    details = json
    tier = json["tier"]?.integer ?? 3
    keywords = json["kwargs"]?.members ?? []
    outputs = json["outputs"]?.array ?? []
    cotangents = json["cotangents"]?.array ?? []
    gradients = json["grads"]?.array
    error = json["error"]?.string
    relativeTolerance = json["rtol"]?.number ?? 0
    absoluteTolerance = json["atol"]?.number ?? 0
  }
}
