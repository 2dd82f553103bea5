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

  /// Keeps what one thread writes out of the cache lines, fetched in pairs, that others wait for.
  private typealias Gap = InlineArray<16, Int>

  private let gap0 = Gap(repeating: 0)
  /// The job's number and which of its pieces nobody has taken yet.
  private let state = Atomic<UInt64>(0)
  private let gap1 = Gap(repeating: 0)
  /// How many pieces workers have done.
  private let done = Atomic<Int>(0)
  private let gap2 = Gap(repeating: 0)
  /// Whether a job is being run: another caller, or a job within a job, does its work alone.
  private let isBusy = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)

  /// The pieces front ..< back of the job `number` are to be had.
  private struct State {
    var number: UInt32
    var front: UInt16
    var back: UInt16

    @inline(__always) init(_ word: UInt64) {
      number = UInt32(truncatingIfNeeded: word >> 32)
      front = UInt16(truncatingIfNeeded: word >> 16)
      back = UInt16(truncatingIfNeeded: word)
    }

    @inline(__always) init(number: UInt32, front: UInt16, back: UInt16) {
      self.number = number
      self.front = front
      self.back = back
    }

    @inline(__always) var word: UInt64 { UInt64(number) << 32 | UInt64(front) << 16 | UInt64(back) }
    @inline(__always) var hasPieces: Bool { front < back }
  }

  /// Written by the caller between jobs, read by a worker that has taken a piece: the caller waits for it.
  private nonisolated(unsafe) let body: UnsafeMutablePointer<UnsafePointer<(Int) -> Void>?>
  private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private nonisolated(unsafe) let wake: UnsafeMutablePointer<pthread_cond_t>

  private static let shared = ThreadPool()
  private static let hasStarted = Atomic<Bool>(false)

  private init() {
    body = .allocate(capacity: 1)
    body.initialize(to: nil)
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
    guard count <= UInt16.max, isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for i in 0..<count { body(i) }
      return
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        self.body.pointee = pointer
        done.store(0, ordering: .relaxed)
        let number = State(state.load(ordering: .relaxed)).number &+ 1
        // The first piece is the caller's: it begins while the workers come.
        state.store(
          State(number: number, front: 1, back: UInt16(count)).word, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
          pthread_mutex_lock(mutex)
          pthread_cond_broadcast(wake)
          pthread_mutex_unlock(mutex)
        }
        body(0)
        var mine = 1
        while let piece = take(fromFront: true) {
          body(piece)
          mine &+= 1
        }
        var looks = 0
        while done.load(ordering: .acquiring) != count &- mine {
          lanes_pause()
          looks &+= 1
          if looks > ThreadPool.spins { sched_yield() }
        }
      }
    }
    isBusy.store(false, ordering: .releasing)
  }

  /// The caller takes pieces from the front and the workers from the back, so that one operator finds in its cache
  /// what the one before left there.
  @inline(__always) private func take(fromFront: Bool) -> Int? {
    var word = state.load(ordering: .acquiring)
    while true {
      var next = State(word)
      if !next.hasPieces { return nil }
      if fromFront { next.front &+= 1 } else { next.back &-= 1 }
      let (exchanged, original) = state.weakCompareExchange(
        expected: word, desired: next.word, ordering: .acquiringAndReleasing)
      if exchanged { return Int(fromFront ? next.front &- 1 : next.back) }
      word = original
    }
  }

  /// A worker's life.
  private func work() {
    while true {
      var looks = 0
      while looks < ThreadPool.spins {
        var finished = 0
        while let piece = take(fromFront: false) {
          body.pointee.unsafelyUnwrapped.pointee(piece)
          finished &+= 1
        }
        if finished > 0 {
          done.add(finished, ordering: .releasing)
          looks = 0
        } else {
          lanes_pause()
          looks &+= 1
        }
      }
      pthread_mutex_lock(mutex)
      sleepers.add(1, ordering: .sequentiallyConsistent)
      while !State(state.load(ordering: .sequentiallyConsistent)).hasPieces { pthread_cond_wait(wake, mutex) }
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
      pthread_mutex_unlock(mutex)
    }
  }
}
