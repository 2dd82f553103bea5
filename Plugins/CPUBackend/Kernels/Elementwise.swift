import BackendAPI
import CPUKernelTypes
import CPULanes
import Glibc

// MARK: - Loops over vectors

/// `out[i] = f(a[i], b[i])` over `n` > 0 contiguous elements. An input of step 0 points at a whole
/// vector, which stands for all the elements. The last, partial vector is read before anything is
/// written, so that `out` may be an input.
@inline(__always)
private func vectors<V: FloatLanes>(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ aStep: Int,
  _ b: UnsafeRawPointer, _ bStep: Int, _ f: (V, V) -> V
) {
  let width = V.width
  if n < width {
    let x = aStep == 0 ? V.load(a) : V.loadPartial(a, n)
    let y = bStep == 0 ? V.load(b) : V.loadPartial(b, n)
    f(x, y).storePartial(out, n)
    return
  }
  let size = MemoryLayout<V.Scalar>.stride
  let last = (n &- width) &* size
  let tail = f(
    V.load(a + (aStep == 0 ? 0 : last)), V.load(b + (bStep == 0 ? 0 : last)))
  var (i, p, q) = (0, a, b)
  while i < last {
    f(V.load(p), V.load(q)).store(out + i)
    i &+= 64
    p += aStep
    q += bStep
  }
  tail.store(out + last)
}

@inline(__always)
private func vectors<V: FloatLanes>(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ f: (V) -> V
) {
  let width = V.width
  if n < width {
    f(V.loadPartial(a, n)).storePartial(out, n)
    return
  }
  let last = (n &- width) &* MemoryLayout<V.Scalar>.stride
  let tail = f(V.load(a + last))
  var i = 0
  while i < last {
    f(V.load(a + i)).store(out + i)
    i &+= 64
  }
  tail.store(out + last)
}

// MARK: - Loops over elements

/// `out[i] = f(a[i], b[i])` at any strides; the combinations that occur most are their own loops,
/// which the compiler vectorizes.
@inline(__always)
func elements<A: BitwiseCopyable, R: BitwiseCopyable>(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int,
  _ b: UnsafeRawPointer, _ sb: Int, _ f: (A, A) -> R
) {
  let o = out.assumingMemoryBound(to: R.self)
  let a = a.assumingMemoryBound(to: A.self), b = b.assumingMemoryBound(to: A.self)
  if so == 1 && sa == 1 && sb == 1 {
    for i in 0..<n { o[i] = f(a[i], b[i]) }
  } else if so == 1 && sa == 1 && sb == 0 {
    let y = b[0]
    for i in 0..<n { o[i] = f(a[i], y) }
  } else if so == 1 && sa == 0 && sb == 1 {
    let x = a[0]
    for i in 0..<n { o[i] = f(x, b[i]) }
  } else {
    for i in 0..<n { o[i &* so] = f(a[i &* sa], b[i &* sb]) }
  }
}

@inline(__always)
func elements<A: BitwiseCopyable, R: BitwiseCopyable>(
  _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int, _ f: (A) -> R
) {
  let o = out.assumingMemoryBound(to: R.self)
  let a = a.assumingMemoryBound(to: A.self)
  if so == 1 && sa == 1 {
    for i in 0..<n { o[i] = f(a[i]) }
  } else {
    for i in 0..<n { o[i &* so] = f(a[i &* sa]) }
  }
}

// MARK: - Floats

/// Whether `vectorOperator` has the operator; the others are computed element by element.
@inline(__always) private func hasVectors(_ op: Int32) -> Bool {
  switch op {
  case BP_OP_NEG, BP_OP_ABS, BP_OP_SIGN, BP_OP_FLOOR, BP_OP_CEIL, BP_OP_ROUND, BP_OP_TRUNC, BP_OP_SQRT, BP_OP_RSQRT,
    BP_OP_RECIPROCAL, BP_OP_EXP, BP_OP_EXPM1, BP_OP_LOG, BP_OP_LOG1P, BP_OP_SIN, BP_OP_COS, BP_OP_TANH,
    BP_OP_SIGMOID, BP_OP_ERF, BP_OP_RELU, BP_OP_SILU, BP_OP_GELU, BP_OP_GELU_TANH, BP_OP_ADD, BP_OP_SUB, BP_OP_MUL,
    BP_OP_DIV, BP_OP_MAXIMUM, BP_OP_MINIMUM:
    true
  default: isGradient(op)
  }
}

/// Whether it is a gradient in one pass, of an incoming gradient and an operand or a result.
@inline(__always) private func isGradient(_ op: Int32) -> Bool {
  switch op {
  case BP_OP_GELU_BACKWARD, BP_OP_GELU_TANH_BACKWARD, BP_OP_SILU_BACKWARD, BP_OP_SIGMOID_BACKWARD,
    BP_OP_TANH_BACKWARD, BP_OP_RELU_BACKWARD:
    true
  default: false
  }
}

/// Whether the results are bool.
@inline(__always) private func isComparison(_ op: Int32) -> Bool {
  switch op {
  case BP_OP_EQ, BP_OP_NE, BP_OP_LT, BP_OP_LE, BP_OP_GT, BP_OP_GE: true
  default: false
  }
}

/// Whether there is a second operand.
@inline(__always) private func isBinary(_ op: Int32) -> Bool {
  switch op {
  case BP_OP_ADD, BP_OP_SUB, BP_OP_MUL, BP_OP_DIV, BP_OP_FLOOR_DIVIDE, BP_OP_REMAINDER, BP_OP_FMOD, BP_OP_POW,
    BP_OP_MAXIMUM, BP_OP_MINIMUM, BP_OP_ATAN2:
    true
  default: isComparison(op) || isGradient(op)
  }
}

/// Contiguous operands or whole vectors, as `vectors` takes them.
@inline(__always)
private func vectorOperator<V: FloatLanes>(
  _: V.Type, _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ sa: Int,
  _ b: UnsafeRawPointer, _ sb: Int
) {
  let one = V(1), zero = V(0)
  switch op {
  case BP_OP_NEG: vectors(n, o, a) { (x: V) in x.negated() }
  case BP_OP_ABS: vectors(n, o, a) { (x: V) in x.magnitudes() }
  case BP_OP_SIGN:
    vectors(n, o, a) { (x: V) in
      V.select(V.less(zero, x), one, V.select(V.less(x, zero), V(-1), zero))
    }
  case BP_OP_FLOOR: vectors(n, o, a) { (x: V) in x.floor() }
  case BP_OP_CEIL: vectors(n, o, a) { (x: V) in x.ceil() }
  case BP_OP_ROUND: vectors(n, o, a) { (x: V) in x.rint() }
  case BP_OP_TRUNC: vectors(n, o, a) { (x: V) in x.trunc() }
  case BP_OP_SQRT: vectors(n, o, a) { (x: V) in x.sqrt() }
  case BP_OP_RSQRT: vectors(n, o, a) { (x: V) in V.div(one, x.sqrt()) }
  case BP_OP_RECIPROCAL: vectors(n, o, a) { (x: V) in V.div(one, x) }
  case BP_OP_EXP: vectors(n, o, a) { (x: V) in x.exp() }
  case BP_OP_EXPM1: vectors(n, o, a) { (x: V) in x.expm1() }
  case BP_OP_LOG: vectors(n, o, a) { (x: V) in x.log() }
  case BP_OP_LOG1P: vectors(n, o, a) { (x: V) in x.log1p() }
  case BP_OP_SIN: vectors(n, o, a) { (x: V) in x.sin() }
  case BP_OP_COS: vectors(n, o, a) { (x: V) in x.cos() }
  case BP_OP_TANH: vectors(n, o, a) { (x: V) in x.tanh() }
  case BP_OP_SIGMOID: vectors(n, o, a) { (x: V) in x.sigmoid() }
  case BP_OP_ERF: vectors(n, o, a) { (x: V) in x.erf() }
  case BP_OP_RELU:
    vectors(n, o, a) { (x: V) in V.select(V.less(x, zero), zero, x) }
  case BP_OP_SILU:
    vectors(n, o, a) { (x: V) in
      // exp(-|x|) loses its digits to underflow before the result does; its square root does not.
      let root = V.mul(x.magnitudes(), V(-0.5)).exp()
      let top = V.select(V.less(x, zero), V.mul(V.mul(x, root), root), x)
      return V.div(top, V.add(one, V.mul(root, root)))
    }
  case BP_OP_GELU: vectors(n, o, a) { (x: V) in x.gelu() }
  case BP_OP_GELU_TANH: vectors(n, o, a) { (x: V) in V.mul(x, x.geluArgument().sigmoid()) }
  case BP_OP_GELU_BACKWARD:
    vectors(n, o, a, sa, b, sb) { (g: V, x: V) in
      V.mul(g, V.add(x.normalDistribution(), V.mul(x, x.normalDensity())))
    }
  case BP_OP_GELU_TANH_BACKWARD: vectors(n, o, a, sa, b, sb) { (g: V, x: V) in V.mul(g, x.geluTanhDerivative()) }
  case BP_OP_SILU_BACKWARD: vectors(n, o, a, sa, b, sb) { (g: V, x: V) in x.siluGradient(g) }
  case BP_OP_SIGMOID_BACKWARD: vectors(n, o, a, sa, b, sb) { (g: V, y: V) in V.mul(V.mul(g, y), V.sub(one, y)) }
  case BP_OP_TANH_BACKWARD: vectors(n, o, a, sa, b, sb) { (g: V, y: V) in V.mul(g, V.fma(y.negated(), y, one)) }
  case BP_OP_RELU_BACKWARD:
    vectors(n, o, a, sa, b, sb) { (g: V, y: V) in
      V.select(V.less(zero, y), g, V.select(V.ordered(y), zero, g))
    }
  case BP_OP_ADD: vectors(n, o, a, sa, b, sb) { (x: V, y: V) in V.add(x, y) }
  case BP_OP_SUB: vectors(n, o, a, sa, b, sb) { (x: V, y: V) in V.sub(x, y) }
  case BP_OP_MUL: vectors(n, o, a, sa, b, sb) { (x: V, y: V) in V.mul(x, y) }
  case BP_OP_DIV: vectors(n, o, a, sa, b, sb) { (x: V, y: V) in V.div(x, y) }
  case BP_OP_MAXIMUM: vectors(n, o, a, sa, b, sb) { (x: V, y: V) in V.maximum(x, y) }
  case BP_OP_MINIMUM: vectors(n, o, a, sa, b, sb) { (x: V, y: V) in V.minimum(x, y) }
  default: break
  }
}

/// Comparisons and what the C library computes, at any strides. Results of comparisons are bool,
/// others `T`.
@inline(__always)
private func elementOperator<T: BinaryFloatingPoint & BitwiseCopyable>(
  _: T.Type, _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer,
  _ sa: Int, _ b: UnsafeRawPointer, _ sb: Int
) {
  switch op {
  case BP_OP_EQ: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x == y ? 1 : 0 }
  case BP_OP_NE: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x != y ? 1 : 0 }
  case BP_OP_LT: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x < y ? 1 : 0 }
  case BP_OP_LE: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x <= y ? 1 : 0 }
  case BP_OP_GT: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x > y ? 1 : 0 }
  case BP_OP_GE: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x >= y ? 1 : 0 }
  case BP_OP_FLOOR_DIVIDE:
    elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> T in T(floorDivide(Double(x), Double(y))) }
  case BP_OP_REMAINDER:
    elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> T in T(floorRemainder(Double(x), Double(y))) }
  case BP_OP_FMOD:
    elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> T in T(fmod(Double(x), Double(y))) }
  case BP_OP_POW:
    elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> T in T(pow(Double(x), Double(y))) }
  case BP_OP_ATAN2:
    elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> T in T(atan2(Double(x), Double(y))) }
  default:
    let function = scalarFunction(op)
    elements(n, o, so, a, sa) { (x: T) -> T in T(function(Double(x))) }
  }
}

@inline(never) private func vectors32(
  _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ sa: Int,
  _ b: UnsafeRawPointer, _ sb: Int
) { vectorOperator(F32.self, op, n, o, a, sa, b, sb) }

@inline(never) private func vectors64(
  _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ sa: Int,
  _ b: UnsafeRawPointer, _ sb: Int
) { vectorOperator(F64.self, op, n, o, a, sa, b, sb) }

@inline(never) private func elements32(
  _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int,
  _ b: UnsafeRawPointer, _ sb: Int
) { elementOperator(Float.self, op, n, o, so, a, sa, b, sb) }

@inline(never) private func elements64(
  _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer, _ sa: Int,
  _ b: UnsafeRawPointer, _ sb: Int
) { elementOperator(Double.self, op, n, o, so, a, sa, b, sb) }

/// Any float format at any strides, by blocks where operands must be staged.
@inline(__always)
private func floatElementwise<F: FloatFormat>(
  _: F.Type, _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer,
  _ sa: Int, _ b: UnsafeRawPointer, _ sb: Int,
  _ vectors: (
    Int32, Int, UnsafeMutableRawPointer, UnsafeRawPointer, Int, UnsafeRawPointer, Int
  ) -> Void,
  _ elements: (
    Int32, Int, UnsafeMutableRawPointer, Int, UnsafeRawPointer, Int, UnsafeRawPointer, Int
  ) -> Void
) {
  typealias T = F.Lanes.Scalar
  let isBinary = isBinary(op), isComparison = isComparison(op)
  if F.isDirect && !hasVectors(op) { return elements(op, n, o, so, a, sa, b, sb) }
  if F.isDirect && so == 1 && sa == 1 && (!isBinary || sb == 1) {
    return vectors(op, n, o, a, 64, b, 64)
  }
  // An operand that is one element becomes a vector of it, which is read again and again.
  let aIsOne = isBinary && sa == 0, bIsOne = isBinary && sb == 0
  var aVector = F.Lanes(splat: F.read(a)), bVector = aVector
  if bIsOne { bVector = F.Lanes(splat: F.read(b)) }
  withUnsafeBytes(of: &aVector) { one in
    withUnsafeBytes(of: &bVector) { two in
      let pa = aIsOne ? one.baseAddress.unsafelyUnwrapped : a
      let pb = bIsOne ? two.baseAddress.unsafelyUnwrapped : b
      if F.isDirect && so == 1 && (sa == 1 || aIsOne) && (!isBinary || sb == 1 || bIsOne) {
        return vectors(op, n, o, pa, aIsOne ? 0 : 64, pb, bIsOne ? 0 : 64)
      }
      let stagesA = !aIsOne && !(F.isDirect && sa == 1)
      let stagesB = isBinary && !bIsOne && !(F.isDirect && sb == 1)
      let stagesOut = !isComparison && !(F.isDirect && so == 1)
      withUnsafeTemporaryAllocation(of: T.self, capacity: 3 &* stagingBlock) { blocks in
        let x = blocks.baseAddress.unsafelyUnwrapped, y = x + stagingBlock, z = y + stagingBlock
        var i = 0
        while i < n {
          let count = min(stagingBlock, n &- i)
          let ai = a + i &* sa &* F.size, bi = b + i &* sb &* F.size
          if stagesA { F.stage(count, ai, sa, x) }
          if stagesB { F.stage(count, bi, sb, y) }
          let p = stagesA ? UnsafeRawPointer(x) : aIsOne ? pa : ai
          let q = stagesB ? UnsafeRawPointer(y) : bIsOne ? pb : bi
          if isComparison {
            elements(op, count, o + i &* so, so, p, aIsOne ? 0 : 1, q, bIsOne ? 0 : 1)
          } else {
            let r = stagesOut ? UnsafeMutableRawPointer(z) : o + i &* F.size
            if hasVectors(op) {
              vectors(op, count, r, p, aIsOne ? 0 : 64, q, bIsOne ? 0 : 64)
            } else {
              elements(op, count, r, 1, p, aIsOne ? 0 : 1, q, bIsOne ? 0 : 1)
            }
            if stagesOut { F.unstage(count, z, o + i &* so &* F.size, so) }
          }
          i &+= count
        }
      }
    }
  }
}

let elementwiseFloat32: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  floatElementwise(Float32Format.self, op, n, o, so, a, sa, b, sb, vectors32, elements32)
}
let elementwiseFloat64: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  floatElementwise(Float64Format.self, op, n, o, so, a, sa, b, sb, vectors64, elements64)
}
let elementwiseFloat16: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  floatElementwise(Float16Format.self, op, n, o, so, a, sa, b, sb, vectors32, elements32)
}
let elementwiseBFloat16: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  floatElementwise(BFloat16Format.self, op, n, o, so, a, sa, b, sb, vectors32, elements32)
}

// MARK: - Functions longer than a line

/// The floor of the exact quotient.
@inline(__always) func floorDivide(_ a: Double, _ b: Double) -> Double {
  let quotient = a / b
  if b == 0 { return quotient }
  let floor = quotient.rounded(.down)
  guard a.isFinite else { return .nan }
  guard floor.isFinite else { return floor }
  if b.isInfinite { return a != 0 && (a < 0) != (b < 0) ? -1 : floor }
  // The quotient may have been rounded up to an integer that the exact one does not reach. The
  // division's error is exact in one rounding, and its sign tells.
  let rest = a.addingProduct(-floor, b)
  return floor == quotient && rest != 0 && (rest < 0) != (b < 0) ? floor - 1 : floor
}

/// What floorDivide leaves: the divisor's sign; a zero has the dividend's.
@inline(__always) func floorRemainder(_ a: Double, _ b: Double) -> Double {
  let rest = fmod(a, b)
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
}
