// The loops, which the list in Operators.swift fills in with closures: replace these. Operands are contiguous but for
// those of COPY and FILL, since query_op asks for that: the host then copies what is not, and expands broadcasts.
import BackplaneBackend

/// A value as it lies in memory.
protocol Element: BitwiseCopyable {
  associatedtype Value: Comparable
  static var dtype: Int32 { get }
  init(storing value: Value)
  var value: Value { get }
}

extension Float: Element {
  static var dtype: Int32 { BP_FLOAT32 }
  init(storing value: Float) { self = value }
  var value: Float { self }
}

extension Int64: Element {
  static var dtype: Int32 { BP_INT64 }
  init(storing value: Int64) { self = value }
  var value: Int64 { self }
}

/// One byte: 0 or 1 when written, any other nonzero byte is true when read [BP-3.2]. Values are 0 and 1.
struct Boolean: Element {
  static var dtype: Int32 { BP_BOOL }
  private let byte: UInt8
  init(storing value: UInt8) { byte = value }
  var value: UInt8 { byte == 0 ? 0 : 1 }
}

/// The bits of a float32: copied as such, a signaling NaN stays one.
struct Bits: Element {
  static var dtype: Int32 { BP_FLOAT32 }
  let value: UInt32
  init(storing value: UInt32) { self.value = value }
}

/// An operand.
struct View {
  let tensor: bp_tensor
  let shape: [Int]
  let strides: [Int]
  /// Where the first element lies; not asked of the operands of a query, which have no buffers.
  private let immediate: UnsafeMutableRawPointer

  init(_ pointer: UnsafePointer<bp_tensor>) {
    tensor = pointer.pointee
    let rank = max(0, Int(tensor.rank))
    shape = UnsafeBufferPointer(start: tensor.shape, count: rank).map { Int($0) }
    strides = UnsafeBufferPointer(start: tensor.strides, count: rank).map { Int($0) }
    immediate = UnsafeMutableRawPointer(mutating: pointer) + MemoryLayout<bp_tensor>.offset(of: \.immediate)!
  }

  var count: Int { shape.reduce(1, *) }

  /// An immediate is an element with strides of zero [BP-4.6].
  func elements<T: Element>(_ type: T.Type) -> UnsafeMutablePointer<T> {
    if tensor.flags & BP_TENSOR_IMMEDIATE != 0 { return immediate.assumingMemoryBound(to: T.self) }
    return (Buffer.of(tensor.buffer).address + Int(tensor.byte_offset)).assumingMemoryBound(to: T.self)
  }
}

/// Calls the body with the offsets, counted in elements, that two tensors' strides give each index of a shape, in
/// row-major order.
func walk(_ shape: [Int], _ a: [Int], _ b: [Int], _ body: (Int, Int) throws(Failure) -> Void) throws(Failure) {
  var (index, i, j) = ([Int](repeating: 0, count: shape.count), 0, 0)
  for _ in 0..<shape.reduce(1, *) {
    try body(i, j)
    for d in shape.indices.reversed() {
      index[d] += 1
      let isInside = index[d] < shape[d]
      let steps = isInside ? 1 : 1 - shape[d]
      i += steps * a[d]
      j += steps * b[d]
      if isInside { break }
      index[d] = 0
    }
  }
}

func creation<P: BitwiseCopyable, R: Element>(
  _ id: Int32, _ r: R.Type, _ empty: P, _ f: @escaping (P, Int) -> R.Value
) -> Row {
  Row(id, .creation, [R.dtype]) { call throws(Failure) in
    let (out, params) = (call.out.elements(R.self), try call.params(empty))
    for i in 0..<call.out.count { out[i] = R(storing: f(params, i)) }
  }
}

func movement<T: Element, R: Element>(_ id: Int32, _: T.Type, _: R.Type, _ f: @escaping (T.Value) -> R.Value) -> Row {
  Row(id, .movement, [T.dtype, R.dtype]) { call throws(Failure) in
    let (x, out) = (call.inputs[0].elements(T.self), call.out.elements(R.self))
    try walk(call.out.shape, call.inputs[0].strides, call.out.strides) { i, j in out[j] = R(storing: f(x[i].value)) }
  }
}

func unary<T: Element>(_ id: Int32, _: T.Type, _ f: @escaping (T.Value) -> T.Value) -> Row {
  Row(id, .elementwise, [T.dtype, T.dtype]) { call in
    let (x, out) = (call.inputs[0].elements(T.self), call.out.elements(T.self))
    for i in 0..<call.out.count { out[i] = T(storing: f(x[i].value)) }
  }
}

func binary<T: Element, R: Element>(
  _ id: Int32, _: T.Type, to _: R.Type, _ f: @escaping (T.Value, T.Value) -> R.Value
) -> Row {
  Row(id, .elementwise, [T.dtype, T.dtype, R.dtype]) { call in
    let (x, y) = (call.inputs[0].elements(T.self), call.inputs[1].elements(T.self))
    let out = call.out.elements(R.self)
    for i in 0..<call.out.count { out[i] = R(storing: f(x[i].value, y[i].value)) }
  }
}

func binary<T: Element>(_ id: Int32, _ t: T.Type, _ f: @escaping (T.Value, T.Value) -> T.Value) -> Row {
  binary(id, t, to: t, f)
}

func choice<T: Element>(_: T.Type) -> Row {
  Row(BP_OP_WHERE, .elementwise, [BP_BOOL, T.dtype, T.dtype, T.dtype]) { call in
    let condition = call.inputs[0].elements(Boolean.self)
    let (x, y) = (call.inputs[1].elements(T.self), call.inputs[2].elements(T.self))
    let out = call.out.elements(T.self)
    for i in 0..<call.out.count { out[i] = T(storing: condition[i].value != 0 ? x[i].value : y[i].value) }
  }
}

/// An axis is reduced where the output's extent is 1 and the input's is not: a walk over the axes that stay, and at each
/// of its steps one over those that go. A is the accumulator, Double for sums of Float; finish gets it and how many went
/// in.
func reduction<T: Element, A, R: Element>(
  _ id: Int32, _: T.Type, to _: R.Type, from initial: A, _ f: @escaping (A, T.Value) -> A,
  _ finish: @escaping (A, Int) -> R.Value
) -> Row {
  Row(id, .reduction, [T.dtype, R.dtype]) { call throws(Failure) in
    let (view, out) = (call.inputs[0], call.out.elements(R.self))
    let x = view.elements(T.self)
    let going = zip(view.shape, call.out.shape).map { $0 == $1 ? 1 : $0 }
    try walk(call.out.shape, view.strides, call.out.strides) { base, j throws(Failure) in
      var sum = initial
      try walk(going, view.strides, view.strides) { i, _ in sum = f(sum, x[base + i].value) }
      out[j] = R(storing: finish(sum, going.reduce(1, *)))
    }
  }
}

/// isBetter(a, b): whether a, further along the axis, takes the place of b.
func argument<T: Element>(_ id: Int32, _: T.Type, _ isBetter: @escaping (T.Value, T.Value) -> Bool) -> Row {
  Row(id, .argument, [T.dtype, BP_INT64]) { call throws(Failure) in
    let (view, out) = (call.inputs[0], call.out.elements(Int64.self))
    let axis = try call.axis
    let (extent, stride) = (view.shape[axis], view.strides[axis])
    try walk(call.out.shape, view.strides, call.out.strides) { base, j in
      let x = view.elements(T.self) + base
      var best = 0
      for k in 1..<max(extent, 1) where isBetter(x[k * stride].value, x[best * stride].value) { best = k }
      out[j] = Int64(best)
    }
  }
}

/// Row by row, so that the inner loop runs along memory. Your BLAS goes here.
func matmul<T: Element>(_: T.Type, zero: T, _ multiplyAdd: @escaping (T.Value, T.Value, T.Value) -> T.Value) -> Row {
  Row(BP_OP_MATMUL, .product, [T.dtype, T.dtype, T.dtype]) { call in
    let (x, y) = (call.inputs[0].elements(T.self), call.inputs[1].elements(T.self))
    let (shape, out) = (call.out.shape, call.out.elements(T.self))
    let (m, n, depth) = (shape[shape.count - 2], shape[shape.count - 1], call.inputs[0].shape[shape.count - 1])
    for i in 0..<call.out.count { out[i] = zero }
    for row in 0..<call.out.count / max(n, 1) {
      for k in 0..<depth {
        let a = x[row * depth + k].value
        let right = y + (row / m * depth + k) * n
        for j in 0..<n {
          out[row * n + j] = T(storing: multiplyAdd(out[row * n + j].value, a, right[j].value))
        }
      }
    }
  }
}

/// Calls the body for each index with its own place and that of the element it means.
private func forEachIndex(
  of indices: View, into indexed: View, axis: Int, _ body: (Int, Int) -> Void
) throws(Failure) {
  let (index, extent, stride) = (indices.elements(Int64.self), indexed.shape[axis], indexed.strides[axis])
  var strides = indexed.strides
  strides[axis] = 0
  try walk(indices.shape, strides, indices.strides) { base, i throws(Failure) in
    guard index[i] >= 0 && index[i] < extent else {
      throw .invalid("index \(index[i]) is out of range for axis \(axis) of extent \(extent)")
    }
    body(i, base + Int(index[i]) * stride)
  }
}

func gather<T: Element>(_: T.Type) -> Row {
  Row(BP_OP_GATHER, .gather, [T.dtype, BP_INT64, T.dtype]) { call throws(Failure) in
    let (x, out) = (call.inputs[0].elements(T.self), call.out.elements(T.self))
    try forEachIndex(of: call.inputs[1], into: call.inputs[0], axis: try call.axis) { i, j in
      out[i] = T(storing: x[j].value)
    }
  }
}

/// The modes in the header's order: set, add, multiply, maximum, minimum; each of what the output holds and what comes.
func scatter<T: Element>(_: T.Type, _ modes: [(T.Value, T.Value) -> T.Value]) -> Row {
  Row(BP_OP_SCATTER, .scatter, [BP_INT64, T.dtype, T.dtype]) { call throws(Failure) in
    let (source, out) = (call.inputs[1].elements(T.self), call.out.elements(T.self))
    let mode = Int(try call.params(bp_scatter_params()).mode)
    guard modes.indices.contains(mode) else { throw .invalid("SCATTER: there is no mode \(mode)") }
    try forEachIndex(of: call.inputs[0], into: call.out, axis: try call.axis) { i, j in
      out[j] = T(storing: modes[mode](out[j].value, source[i].value))
    }
  }
}
