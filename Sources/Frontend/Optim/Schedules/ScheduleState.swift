/// The numbers of a schedule by PyTorch's names, on their way into a state or out of one.
///
/// ```swift
/// final class Warmup: LRScheduler {
///   private var length = 5
///   override func getLr() -> [Double] { baseLrs.map { $0 * Double(min(lastEpoch + 1, length)) / Double(length) } }
///   override func exchange(_ state: inout ScheduleState) throws(BackplaneError) {
///     try super.exchange(&state)
///     try state.integer("length", &length)
///   }
/// }
/// ```
public struct ScheduleState {
  fileprivate enum Direction {
    case write
    /// Reads and looks for what does not fit, without changing anything.
    case check
    case read
  }

  fileprivate struct Value {
    let numbers: [Double]
    let isList: Bool
  }

  fileprivate var direction: Direction
  fileprivate var values: [String: Value] = [:]
  /// The names in the order of writing, or those that have been read.
  fileprivate var names: [String] = []
  private var prefix = ""

  fileprivate init(_ direction: Direction, _ values: [String: Value] = [:]) {
    self.direction = direction
    self.values = values
  }

  /// A number.
  public mutating func number(_ name: String, _ value: inout Double) throws(BackplaneError) {
    if let read = try exchange(name, [value], isList: false, count: 1) { value = read[0] }
  }

  /// A whole number.
  public mutating func integer(_ name: String, _ value: inout Int) throws(BackplaneError) {
    var number = [Double(value)]
    let read = try exchange(name, number, isList: false, count: 1)
    if direction != .write { number = values[prefix + name]!.numbers }
    guard let whole = Int(exactly: number[0]), whole.magnitude <= LRScheduler.greatestEpoch else {
      throw BackplaneError(.state, "\(prefix + name): \(number[0]) is no whole number")
    }
    if read != nil { value = whole }
  }

  /// Several numbers.
  ///
  /// - Parameter count: How many there have to be; nil if their number is part of the state.
  public mutating func numbers(
    _ name: String, _ value: inout [Double], count: Int? = nil
  ) throws(BackplaneError) {
    if let read = try exchange(name, value, isList: true, count: count) { value = read }
  }

  /// Numbers of another schedule, under names that begin with `name`.
  mutating func nested(_ name: String, _ schedule: LRScheduler) throws(BackplaneError) {
    let outer = prefix
    prefix += name + "."
    defer { prefix = outer }
    try schedule.exchange(&self)
  }

  /// The numbers to take over, or nil where none are.
  private mutating func exchange(
    _ name: String, _ numbers: [Double], isList: Bool, count: Int?
  ) throws(BackplaneError) -> [Double]? {
    let key = prefix + name
    names.append(key)
    if direction == .write {
      values[key] = Value(numbers: numbers, isList: isList)
      return nil
    }
    guard let value = values[key] else {
      throw BackplaneError(.state, "Missing key in loaded state dict: \"\(key)\"")
    }
    if let count, value.numbers.count != count {
      throw BackplaneError(
        .state, "size mismatch for \(key): \(value.numbers.count) numbers, but the schedule has \(count)")
    }
    return direction == .read ? value.numbers : nil
  }
}

extension LRScheduler {
  /// What the schedule has to know to go on, by PyTorch's names, as tensors that can be saved.
  ///
  /// The learning rates themselves are the optimizer's: save and load its state too, and load it after the schedule has
  /// been made. Functions, and settings that are words, are not saved.
  ///
  /// ```swift
  /// let schedule = StepLR(optimizer, stepSize: 30)
  /// try save(schedule.stateDict(), to: "schedule.safetensors")
  /// try schedule.load(load("schedule.safetensors"))
  /// ```
  public func stateDict() -> StateDict {
    var result = StateDict()
    funnel(or: ()) { () throws(BackplaneError) in
      guard let context = optimizer.parameterGroups.lazy.flatMap(\.parameters).first?.context else { return }
      let state = try written()
      for name in state.names {
        guard let value = state.values[name] else { continue }
        let shape = value.isList ? [value.numbers.count] : []
        result[name] = try Ops.fromHost(value.numbers, shape, .float64, on: context)
      }
    }
    return result
  }

  private func written() throws(BackplaneError) -> ScheduleState {
    var state = ScheduleState(.write)
    try exchange(&state)
    return state
  }

  /// Takes over what ``stateDict()`` gave for a schedule of the same class, and of an optimizer with as many groups.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/state``, which names what does not fit. The schedule is then
  ///   unchanged.
  public func load(_ stateDict: some Sequence<(key: String, value: Tensor)>) throws(BackplaneError) {
    var values: [String: ScheduleState.Value] = [:]
    for (key, tensor) in stateDict {
      guard tensor.layout.rank <= 1, !tensor.dtype.isComplex else {
        throw BackplaneError(
          .state, "\(key): a tensor of shape \(tensor.shape) and type \(tensor.dtype) is no list of numbers")
      }
      let numbers = try Ops.toHost(tensor.detach(), Double.self)
      values[key] = ScheduleState.Value(numbers: numbers, isList: tensor.layout.rank == 1)
    }
    var check = ScheduleState(.check, values)
    try exchange(&check)
    let known = Set(check.names)
    if let key = values.keys.filter({ !known.contains($0) }).min() { throw .unexpected(key) }

    let before = try written()
    var state = ScheduleState(.read, values)
    try exchange(&state)
    do {
      try self.check()
    } catch {
      var former = ScheduleState(.read, before.values)
      try exchange(&former)
      throw BackplaneError(.state, "the loaded state dict: \(error.message)")
    }
  }
}
