/// The classes of schedules that can be made by name.
struct ScheduleRegistry: Sendable {
  private(set) var classes = ClassRegistry<Optimizer, LRScheduler>(of: "schedule")

  /// Adds a class. The first parameter of its signature stands for the optimizer, which does not come as an argument.
  ///
  /// - Parameter signature: What makes one, in PyTorch's notation, `StepLR(Any optimizer, int step_size, …)`; a name without
  ///   a point is one of `optim.lr_scheduler`.
  mutating func add(
    _ signature: String,
    _ make: @escaping @Sendable (Optimizer, BoundArguments) throws(BackplaneError) -> LRScheduler
  ) {
    let isQualified = signature.hasPrefix("optim.")
    classes.add(isQualified ? signature : "optim.lr_scheduler." + signature) { try make($0, $1) }
  }

  static let shared: ScheduleRegistry = {
    var registry = ScheduleRegistry()
    registry.addStepSchedules()
    registry.addCosineSchedules()
    registry.addCyclicLR()
    registry.addOneCycleLR()
    registry.addReduceLROnPlateau()
    registry.addSWALR()
    return registry
  }()
}

/// Makes a schedule of one of PyTorch's classes: for bindings, importers and recorded models.
///
/// ```swift
/// let steps = try schedule("optim.lr_scheduler.StepLR", optimizer, [30], ["gamma": 0.5])
/// ```
///
/// Schedules of functions or of other schedules, such as ``LambdaLR`` and ``SequentialLR``, cannot be described by arguments
/// and are made by their classes.
///
/// - Parameters:
///   - name: The class's name under `torch.`. ``scheduleNames`` lists them all, ``scheduleSignature(_:)`` tells what one
///     takes.
///   - optimizer: The optimizer whose learning rates it changes.
///   - arguments: What follows the optimizer, by position.
///   - keywords: By name.
/// - Throws: ``BackplaneError``, of kind ``BackplaneError/Kind/unknownOperator`` if there is no class of the name;
///   arguments that do not fit are described in PyTorch's words.
public func schedule(
  _ name: String, _ optimizer: Optimizer, _ arguments: [Argument] = [], _ keywords: [String: Argument] = [:]
) throws(BackplaneError) -> LRScheduler {
  try ScheduleRegistry.shared.classes.make(name, of: optimizer, [.null] + arguments, keywords)
}

/// The names of all classes that ``schedule(_:_:_:_:)`` knows, sorted.
public var scheduleNames: [String] { ScheduleRegistry.shared.classes.names }

/// What makes a schedule of a class; nil if the name is not known.
///
/// ```swift
/// scheduleSignature("optim.lr_scheduler.ExponentialLR")!.description
/// ```
public func scheduleSignature(_ name: String) -> OperatorSignature? {
  ScheduleRegistry.shared.classes.entries[name]?.signature
}
