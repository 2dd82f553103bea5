import Dispatch

/// Runs `body` for 0 ..< count, on the pool if there is more than one. The caller takes part.
func parallel(_ context: Context, _ count: Int, _ body: (Int) -> Void) {
  if count == 1 || context.pointee.threads == 1 {
    for i in 0..<count { body(i) }
  } else {
    withoutActuallyEscaping(body) { body in
      let job = Job(body: body)
      DispatchQueue.concurrentPerform(iterations: count) { job.body($0) }
    }
  }
}

/// Work that its author has made fit for several threads: its pieces write to different memory.
private struct Job: @unchecked Sendable {
  let body: (Int) -> Void
}

/// How many pieces to cut `n` units of work into: one if there is too little to share, else a few
/// for each thread.
@inline(__always)
func pieces(_ context: Context, _ n: Int, atLeast least: Int) -> Int {
  let threads = context.pointee.threads
  if threads == 1 || n < 2 &* least { return 1 }
  return min(n / least, 4 &* threads)
}
