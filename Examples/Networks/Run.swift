import Backplane
import Glibc

/// A training run that can be stopped after any epoch, and goes on as if it had not been.
struct Run {
  private let path: String?
  private let model: Module
  private let optimizer: Optimizer
  private let schedule: LRScheduler

  init(_ options: Options, _ model: Module, _ optimizer: Optimizer, _ schedule: LRScheduler) {
    path = options.checkpoint
    (self.model, self.optimizer, self.schedule) = (model, optimizer, schedule)
  }

  /// The first epoch that is left to do; where there is a checkpoint, all is put as it was.
  func start() throws -> Int {
    guard let path, access(path, F_OK) == 0 else { return 0 }
    let saved = try Checkpoint(contentsOf: path)
    guard let schedule = saved["schedule"], let random = saved["random"]?.tensor, let epoch = saved["epoch"]?.int else {
      throw BackplaneError(.file, "\(path): no checkpoint of this example")
    }
    try model.load(saved["model"])
    try optimizer.load(saved["optimizer"])
    try self.schedule.load(schedule.stateDict())
    setRngState(random)
    print("going on from \(path) after epoch \(epoch + 1)")
    return epoch + 1
  }

  func save(after epoch: Int) throws {
    guard let path else { return }
    let run: Checkpoint = [
      "model": Checkpoint(model.stateDict()), "optimizer": Checkpoint(optimizer),
      "schedule": Checkpoint(schedule.stateDict()), "random": .tensor(getRngState()), "epoch": .int(epoch),
    ]
    try Backplane.save(run, to: path)
  }
}
