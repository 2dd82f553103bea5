/// The one error type of Backplane.
///
/// ```swift
/// do {
///   try withErrors { a + b }
/// } catch let error as BackplaneError where error.kind == .shape {
///   print(error.message)
/// }
/// ```
public struct BackplaneError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong, for programs; ``message`` is for people.
  public enum Kind: String, Sendable {
    /// Shapes do not fit one another or the operation.
    case shape
    /// A data type that the operation does not take.
    case dtype
    /// An index or dimension out of range.
    case index
    /// A value that is not allowed.
    case value
    /// Gradients cannot be computed as asked.
    case autograd
    /// A device string that names nothing, or tensors on different devices.
    case device
    /// A plugin that cannot be found, loaded or trusted.
    case plugin
    /// A name that no operator has.
    case unknownOperator
    /// A device does not have the operation.
    case unsupported
    /// A device ran out of memory. The program can go on.
    case outOfMemory
    /// A device that will not answer again.
    case deviceLost
    /// A file that is missing, damaged or of another format.
    case file
    /// A state dictionary that does not fit a module.
    case state
    /// A defect in a plugin or in Backplane itself.
    case `internal`
  }

  /// What went wrong, for programs.
  public let kind: Kind
  /// What went wrong, for people: names the operation, the shapes, types, devices or files involved.
  public let message: String

  /// Makes an error of a kind, with a message that names what is involved.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public var description: String { message }
}
