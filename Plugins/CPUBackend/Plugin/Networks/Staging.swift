import BackendAPI
import CPUKernelTypes
import Glibc

/// Elements between a tensor of any strides and type, and contiguous memory of another float type.
struct Staging {
  let context: Context

  /// Brings a tensor's elements together, row-major.
  func bring(_ view: View, to target: UnsafeMutableRawPointer, _ type: Int32) {
    walk(view, type) { outside, inside, n, step, size in
      let from = view.data + outside &* view.size, to = target + inside &* size
      if type == view.dtype {
        context.pointee.kernels.move(size, n, to, 1, from, step)
      } else {
        context.pointee.kernels.cast(view.dtype, type, n, to, 1, from, step)
      }
    }
  }

  /// Writes them back, rounded where the tensor's type is narrower.
  func send(_ source: UnsafeRawPointer, _ type: Int32, to view: View) {
    walk(view, type) { outside, inside, n, step, size in
      let to = view.data + outside &* view.size, from = source + inside &* size
      if type == view.dtype {
        context.pointee.kernels.move(size, n, to, step, from, 1)
      } else {
        context.pointee.kernels.cast(type, view.dtype, n, to, step, from, 1)
      }
    }
  }

  private func walk(
    _ view: View, _ type: Int32, _ body: (_ outside: Int, _ inside: Int, _ n: Int, _ step: Int, _ size: Int) -> Void
  ) {
    var loop = Loop(), inside = view.count
    for axis in 0..<view.rank where view.extent(axis) > 0 {
      inside /= view.extent(axis)
      loop.append(view.extent(axis), SIMD4(view.stride(axis), inside, 0, 0))
    }
    if view.count == 0 { return }
    loop.arrange(by: 1)
    let step = loop.inner.stride[0], size = Int(bp_dtype_size(type))
    loop.runs(context, atLeast: 16384) { offset, n in body(offset[0], offset[1], n, step, size) }
  }

  /// Fills a tensor that has no terms with zeros.
  func clear(_ view: View) {
    if view.count == 0 { return }
    var loop = Loop()
    for axis in 0..<view.rank { loop.append(view.extent(axis), SIMD4(view.stride(axis), 0, 0, 0)) }
    loop.arrange(by: 0)
    let size = view.size, step = loop.inner.stride[0], data = view.data
    var nothing: UInt64 = 0
    withUnsafeBytes(of: &nothing) { zero in
      loop.runs(0, loop.count) { offset, n in
        context.pointee.kernels.move(size, n, data + offset[0] &* size, step, zero.baseAddress.unsafelyUnwrapped, 0)
      }
    }
  }
}

/// Work space in one piece, given out part by part. What is asked for is counted first, with the same calls.
struct WorkBlock {
  private let base: UnsafeMutableRawPointer?
  private(set) var bytes = 0

  /// One that only counts.
  init() { base = nil }

  init(_ base: UnsafeMutableRawPointer) { self.base = base }

  /// Room for so many elements, at a multiple of 64 bytes. Not to be touched of one that only counts.
  mutating func take(_ elements: Int, _ size: Int) -> UnsafeMutableRawPointer {
    let start = bytes
    let (all, overflow) = elements.multipliedReportingOverflow(by: size)
    // What overflows is refused as more than there is.
    bytes = overflow || bytes > .max / 2 - max(all, 0) ? .max / 2 : (bytes + all + 63) / 64 * 64
    return base.map { $0 + start } ?? UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
  }
}
