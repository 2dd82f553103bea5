import BackendAPI
import CPUKernelTypes
import Glibc

/// The matrices of a batch within an operand, and the way between them and LAPACK's column-major ones.
struct MatrixBatch {
  let view: View
  let batchRank: Int

  /// - Parameter rank: How many of the last axes make one item: 2 of matrices, 1 of vectors, 0 of numbers.
  init(_ view: View, itemRank rank: Int) {
    self.view = view
    batchRank = view.rank - rank
  }

  /// Where an item of the batch begins.
  func data(_ item: Int) -> UnsafeMutableRawPointer {
    var rest = item, offset = 0
    for axis in (0..<batchRank).reversed() {
      let (quotient, i) = rest.quotientAndRemainder(dividingBy: view.extent(axis))
      offset += i * view.stride(axis)
      rest = quotient
    }
    return view.data + offset * view.size
  }

  /// The stride of an axis of the items.
  func stride(_ axis: Int) -> Int { view.stride(batchRank + axis) }

  /// Whether LAPACK can take the matrices of so many rows and columns where they lie: row-major, it sees their transposes.
  func isRowMajor(_ rows: Int, _ columns: Int) -> Bool {
    (columns == 1 || stride(1) == 1) && (rows == 1 || (stride(0) >= columns && stride(0) <= Int(Int32.max)))
  }

  /// From row to row of matrices that lie so.
  func leading(_ rows: Int, _ columns: Int) -> Int32 { Int32(rows == 1 ? max(1, columns) : stride(0)) }

  /// Reads a matrix of `rows` by `columns`.
  func load(_ context: Context, _ item: Int, _ rows: Int, _ columns: Int, to work: UnsafeMutableRawPointer) {
    let size = view.size, source = data(item)
    if stride(1) == 1 {
      return context.pointee.kernels.transpose(size, columns, rows, work, rows, source, stride(0))
    }
    for j in 0..<columns {
      context.pointee.kernels.move(size, rows, work + j * rows * size, 1, source + j * stride(1) * size, stride(0))
    }
  }

  /// Writes a matrix of `rows` by `columns`, the columns of which begin `leading` elements apart.
  func store(
    _ context: Context, _ item: Int, _ rows: Int, _ columns: Int, from work: UnsafeRawPointer, leading: Int
  ) {
    let size = view.size, target = data(item)
    if stride(1) == 1 {
      return context.pointee.kernels.transpose(size, rows, columns, target, stride(0), work, leading)
    }
    for j in 0..<columns {
      context.pointee.kernels.move(
        size, rows, target + j * stride(1) * size, stride(0),
        UnsafeMutableRawPointer(mutating: work) + j * leading * size, 1)
    }
  }

  /// Writes a vector.
  func store(_ context: Context, _ item: Int, _ count: Int, from work: UnsafeRawPointer) {
    if count == 0 { return }
    context.pointee.kernels.move(
      view.size, count, data(item), stride(0), UnsafeMutableRawPointer(mutating: work), 1)
  }

  /// Writes one int64.
  func store(_ item: Int, _ value: Int64) { data(item).storeBytes(of: value, as: Int64.self) }
}

/// Memory for one factorization after another, handed out piece by piece.
struct Scratch {
  private let base: UnsafeMutableRawPointer
  private var used = 0

  fileprivate init(_ base: UnsafeMutableRawPointer) { self.base = base }

  /// The next piece, aligned to a cache line.
  mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    defer { used += Scratch.rounded(bytes) }
    return base + used
  }

  static func rounded(_ bytes: Int) -> Int { (max(bytes, 1) + 63) & ~63 }

  /// Runs `body` for each item of a batch, on the pool, with scratch memory of the pieces given.
  ///
  /// - Parameter work: About how many operations one item takes.
  static func forEach(
    _ context: Context, _ items: Int, limit: Int, work: Int, pieces sizes: [Int], _ name: String,
    _ body: (_ item: Int, _ scratch: inout Scratch) -> Void
  ) throws(Failure) {
    if items == 0 { return }
    let most = min(items, limit, context.pointee.threads == 1 ? 1 : 2 * context.pointee.threads)
    let pieces = max(1, min(most, items * max(work, 1) / 50_000))
    var each = 0
    for size in sizes { each += rounded(size) }
    guard let memory = aligned_alloc(64, each * pieces) else {
      throw .outOfMemory("\(name): no room for \(each * pieces) bytes of work space")
    }
    defer { free(memory) }
    parallel(context, pieces) { piece in
      for item in (items &* piece / pieces)..<(items &* (piece &+ 1) / pieces) {
        var scratch = Scratch(memory + piece * each)
        body(item, &scratch)
      }
    }
  }
}

/// What the factorizations know of their number type.
struct NumberType {
  let dtype: Int32
  let size: Int
  let isComplex: Bool
  let isDouble: Bool

  init(_ dtype: Int32) {
    self.dtype = dtype
    size = Int(bp_dtype_size(dtype))
    isComplex = dtype == BP_COMPLEX64 || dtype == BP_COMPLEX128
    isDouble = dtype == BP_FLOAT64 || dtype == BP_COMPLEX128
  }

  /// Bytes of a real number of the precision.
  var realSize: Int { isDouble ? 8 : 4 }

  /// Sets a number to a real value.
  func store(_ value: Double, at p: UnsafeMutableRawPointer) {
    for part in 0..<(isComplex ? 2 : 1) {
      let number = part == 0 ? value : 0
      if isDouble {
        (p + 8 * part).storeBytes(of: number, as: Double.self)
      } else {
        (p + 4 * part).storeBytes(of: Float(number), as: Float.self)
      }
    }
  }

  /// A real number of the precision.
  func real(at p: UnsafeRawPointer) -> Double {
    isDouble ? p.load(as: Double.self) : Double(p.load(as: Float.self))
  }

  /// Whether `count` numbers are all finite. LAPACK's iterations do not promise to end where some are not.
  func isFinite(_ p: UnsafeRawPointer, _ count: Int) -> Bool {
    let n = isComplex ? 2 * count : count
    // Infinity and NaN times zero are NaN.
    if isDouble {
      let x = p.assumingMemoryBound(to: Double.self)
      return (0..<n).reduce(0) { $0 + x[$1] * 0 } == 0
    }
    let x = p.assumingMemoryBound(to: Float.self)
    return (0..<n).reduce(Float(0)) { $0 + x[$1] * 0 } == 0
  }

  /// The size of the best work space, which a query leaves in place of the work space.
  func workSize(_ query: (UnsafeMutableRawPointer) -> Void) -> Int {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { memory in
      let p = memory.baseAddress!
      query(p)
      // A float32 may have been rounded down.
      let value = real(at: p)
      return Int(isDouble ? value : (value * (1 + 0x1p-22)).rounded(.up)) + 1
    }
  }

  /// A unit matrix, column-major.
  func identity(_ rows: Int, _ columns: Int, at p: UnsafeMutableRawPointer) {
    memset(p, 0, rows * columns * size)
    for i in 0..<min(rows, columns) { store(1, at: p + i * (rows + 1) * size) }
  }
}
