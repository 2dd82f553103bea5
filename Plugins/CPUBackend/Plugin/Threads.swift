import CPULanes

/// Runs `body` for 0 ..< count, on the pool if there is more than one. The caller takes part.
func parallel(_ context: Context, _ count: Int, _ body: (Int) -> Void) {
  if count == 1 || context.pointee.threads == 1 {
    for i in 0..<count { body(i) }
  } else {
    ThreadPool.start(workers: context.pointee.threads &- 1).run(count, body)
  }
}

/// How many pieces to cut `n` units of work into: one if there is too little to share, else two
/// for each thread.
@inline(__always)
func pieces(_ context: Context, _ n: Int, atLeast least: Int) -> Int {
  let threads = context.pointee.threads
  if threads == 1 || n < 2 &* least { return 1 }
  return min(n / least, 2 &* threads)
}

/// Bytes of output from which stores go past the caches: it would not stay there, and reading it
/// into them first is a third of an addition's traffic.
let streamedBytes = 32 << 20

/// Fills `n` bytes of output past the caches, on the pool. `body` writes bytes `low ..< high` to the
/// block it is given, at most 16 KB at a multiple of 64.
func streamed(
  _ context: Context, _ n: Int, _ out: UnsafeMutableRawPointer,
  _ body: (_ low: Int, _ high: Int, _ block: UnsafeMutableRawPointer) -> Void
) {
  let size = 16384, pieces = pieces(context, n, atLeast: 1 << 20)
  let stream = context.pointee.kernels.stream
  parallel(context, pieces) { piece in
    withUnsafeTemporaryAllocation(byteCount: size, alignment: 64) { memory in
      let block = memory.baseAddress.unsafelyUnwrapped
      var (low, end) = share(n, pieces, piece)
      while low < end {
        let high = min(end, low &+ size)
        body(low, high, block)
        stream(high &- low, out + low, block)
        low = high
      }
      lanes_stream_fence()
    }
  }
}
