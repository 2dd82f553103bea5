// 32 threads that load plugins, ask for devices, compute and free at once. The thread sanitizer watches.

import Backplane
import Glibc
import TestedPlugins

let threads = 32
let rounds = 20

func require(_ holds: Bool, _ what: @autoclosure () -> String) {
  guard !holds else { return }
  print("not so: \(what())")
  exit(1)
}

/// What one thread does in one round.
func work(_ thread: Int, _ round: Int) throws {
  // Registering again gives the same plugin.
  try Plugin.register(open_reference)
  try Plugin.register(open_healthy)
  try Plugin.register(open_frozen)
  let device: Device = ["reference", "healthy", "frozen"][(thread + round) % 3]
  require(isAvailable(device), "\(device) is available")
  require(explain(device).isAvailable, "\(device) is explained")
  let a = Tensor(Array(repeating: Double(thread), count: 1 + round * 16), device: device)
  let sum = a + a * 2
  require(sum.toArray(Double.self).allSatisfy { $0 == Double(3 * thread) }, "the sum on \(device)")
  let there = sum.to(["healthy", "frozen", "reference"][(thread + round) % 3])
  require(there.toArray(Double.self).allSatisfy { $0 == Double(3 * thread) }, "the copy from \(device)")
  if device == "reference" {
    let x = Tensor([0.5, 1.0], device: device, requiresGrad: true)
    (x * x).sum().backward()
    require(x.grad!.toArray(Double.self) == [1, 2], "the gradient")
  }
  let failed = (try? withErrors { _ = Tensor([1.0, 2], device: device) + Tensor([1.0, 2, 3], device: device) }) == nil
  require(failed, "shapes that do not fit are an error")
  if round % 5 == 0 { try emptyCache(device) }
  _ = try memorySummary(device)
}

/// A gate that all threads pass together.
nonisolated(unsafe) let gate = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)

/// One thread, from 0.
func run(_ thread: Int) {
  pthread_barrier_wait(gate)
  for round in 0..<rounds {
    do { try work(thread, round) } catch { require(false, "\(error)") }
  }
}

func start(_ thread: Int) -> pthread_t {
  var handle = pthread_t()
  // From 1, since 0 would be no pointer.
  let number = UnsafeMutableRawPointer(bitPattern: thread + 1)
  pthread_create(
    &handle, nil,
    { number in
      run(Int(bitPattern: number) - 1)
      return nil
    }, number)
  return handle
}

@main
enum Program {
  static func main() {
    pthread_barrier_init(gate, nil, UInt32(threads))
    for handle in (0..<threads).map(start) { pthread_join(handle, nil) }
    print("\(threads) threads, \(rounds) rounds each")
  }
}
