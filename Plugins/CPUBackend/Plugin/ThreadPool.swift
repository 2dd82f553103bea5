import CPULanes
import Glibc
import Synchronization

/// Threads that share the pieces of one job after another.
///
/// A worker that has run out of work looks for more for about a tenth of a millisecond before it sleeps: kernels
/// come in quick succession, and waking a thread takes longer than many of them. The caller never waits for a worker
/// that has not begun: it does all pieces that nobody else takes.
final class ThreadPool: Sendable {
  private static let spins = 2000

  /// The job that may be joined, by number; 0 for none.
  private let open = Atomic<Int>(0)
  /// Workers that have joined, or are looking whether they can.
  private let active = Atomic<Int>(0)
  /// How many pieces have been taken, and how many of them by workers.
  private let taken = Atomic<Int>(0)
  private let takenByWorkers = Atomic<Int>(0)
  /// Whether a job is being run: another caller, or a job within a job, does its work alone.
  private let isBusy = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)

  /// Written by the caller while no job is open and no worker active, read by workers that have joined.
  private struct Job {
    var number = 0
    var count = 0
    var body: UnsafePointer<(Int) -> Void>?
  }
  private nonisolated(unsafe) let job: UnsafeMutablePointer<Job>
  private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private nonisolated(unsafe) let wake: UnsafeMutablePointer<pthread_cond_t>

  private static let shared = ThreadPool()
  private static let hasStarted = Atomic<Bool>(false)

  private init() {
    job = .allocate(capacity: 1)
    job.initialize(to: Job())
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    wake = .allocate(capacity: 1)
    wake.initialize(to: pthread_cond_t())
    pthread_cond_init(wake, nil)
  }

  /// The pool, with its threads: they are made when the first job wants them. One that cannot be made is done without.
  static func start(workers: Int) -> ThreadPool {
    if hasStarted.load(ordering: .relaxed) { return shared }
    guard hasStarted.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    else { return shared }
    // The host's signals are for the host's threads.
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    for _ in 0..<workers {
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { _ in
          ThreadPool.shared.work()
          return nil
        }, nil)
      if code == 0 { pthread_detach(thread) }
    }
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    return shared
  }

  /// Runs `body` for 0 ..< count, with whatever workers join in.
  func run(_ count: Int, _ body: (Int) -> Void) {
    guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      for i in 0..<count { body(i) }
      return
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { body in
        job.pointee.number &+= 1
        job.pointee.count = count
        job.pointee.body = body
        taken.store(0, ordering: .relaxed)
        takenByWorkers.store(0, ordering: .relaxed)
        open.store(job.pointee.number, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
          pthread_mutex_lock(mutex)
          pthread_cond_broadcast(wake)
          pthread_mutex_unlock(mutex)
        }
        takePieces(isWorker: false)
        // Closed before the count is read: a worker that comes now either is counted or finds the job closed.
        open.store(0, ordering: .sequentiallyConsistent)
        var looks = 0
        while active.load(ordering: .sequentiallyConsistent) != 0 {
          lanes_pause()
          looks &+= 1
          if looks > ThreadPool.spins { sched_yield() }
        }
      }
    }
    isBusy.store(false, ordering: .releasing)
  }

  /// The caller takes pieces from the front and the workers from the back, so that one operator finds in its cache
  /// what the one before left there. Together they take no more than there are, and never meet.
  private func takePieces(isWorker: Bool) {
    let count = job.pointee.count, body = job.pointee.body.unsafelyUnwrapped
    var front = 0
    while taken.add(1, ordering: .relaxed).oldValue < count {
      if isWorker {
        body.pointee(count &- 1 &- takenByWorkers.add(1, ordering: .relaxed).oldValue)
      } else {
        body.pointee(front)
        front &+= 1
      }
    }
  }

  /// A worker's life.
  private func work() {
    var last = 0
    while true {
      var looks = 0
      while looks < ThreadPool.spins {
        let number = open.load(ordering: .acquiring)
        if number != 0 && number != last {
          active.add(1, ordering: .sequentiallyConsistent)
          let joined = open.load(ordering: .sequentiallyConsistent)
          if joined != 0 {
            takePieces(isWorker: true)
            last = joined
          }
          active.subtract(1, ordering: .sequentiallyConsistent)
          looks = 0
        } else {
          lanes_pause()
          looks &+= 1
        }
      }
      pthread_mutex_lock(mutex)
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while true {
        let number = open.load(ordering: .sequentiallyConsistent)
        if number != 0 && number != last { break }
        pthread_cond_wait(wake, mutex)
      }
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
      pthread_mutex_unlock(mutex)
    }
  }
}
