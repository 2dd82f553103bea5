import BackendAPI
import CPUKernelTypes

/// Plain loops, which the compiler vectorizes for the level.
@inline(__always)
private func integerElementwise<T: FixedWidthInteger & BitwiseCopyable>(
  _: T.Type, _ op: Int32, _ n: Int, _ o: UnsafeMutableRawPointer, _ so: Int, _ a: UnsafeRawPointer,
  _ sa: Int, _ b: UnsafeRawPointer, _ sb: Int
) {
  switch op {
  case BP_OP_NEG: elements(n, o, so, a, sa) { (x: T) in 0 &- x }
  case BP_OP_ABS: elements(n, o, so, a, sa) { (x: T) in x < 0 ? 0 &- x : x }
  case BP_OP_SIGN: elements(n, o, so, a, sa) { (x: T) in x.signum() }
  case BP_OP_BITWISE_NOT: elements(n, o, so, a, sa) { (x: T) in ~x }
  case BP_OP_RELU: elements(n, o, so, a, sa) { (x: T) in max(x, 0) }
  case BP_OP_ADD: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in x &+ y }
  case BP_OP_SUB: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in x &- y }
  case BP_OP_MUL: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in x &* y }
  case BP_OP_FLOOR_DIVIDE: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in floorDivide(x, y) }
  case BP_OP_REMAINDER: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in floorRemainder(x, y) }
  case BP_OP_FMOD: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in remainder(x, y) }
  case BP_OP_POW: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in power(x, y) }
  case BP_OP_MAXIMUM: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in max(x, y) }
  case BP_OP_MINIMUM: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in min(x, y) }
  case BP_OP_BITWISE_AND: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in x & y }
  case BP_OP_BITWISE_OR: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in x | y }
  case BP_OP_BITWISE_XOR: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) in x ^ y }
  case BP_OP_EQ: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x == y ? 1 : 0 }
  case BP_OP_NE: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x != y ? 1 : 0 }
  case BP_OP_LT: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x < y ? 1 : 0 }
  case BP_OP_LE: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x <= y ? 1 : 0 }
  case BP_OP_GT: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x > y ? 1 : 0 }
  case BP_OP_GE: elements(n, o, so, a, sa, b, sb) { (x: T, y: T) -> UInt8 in x >= y ? 1 : 0 }
  default: break
  }
}

let elementwiseUInt8: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  integerElementwise(UInt8.self, op, n, o, so, a, sa, b, sb)
}
let elementwiseInt8: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  integerElementwise(Int8.self, op, n, o, so, a, sa, b, sb)
}
let elementwiseInt16: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  integerElementwise(Int16.self, op, n, o, so, a, sa, b, sb)
}
let elementwiseInt32: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  integerElementwise(Int32.self, op, n, o, so, a, sa, b, sb)
}
let elementwiseInt64: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  integerElementwise(Int64.self, op, n, o, so, a, sa, b, sb)
}

/// Any nonzero byte is true; results are 0 or 1.
let elementwiseBool: KernelTable.Elementwise = { op, n, o, so, a, sa, b, sb in
  typealias B = UInt8
  switch op {
  case BP_OP_BITWISE_NOT: elements(n, o, so, a, sa) { (x: B) -> B in x == 0 ? 1 : 0 }
  case BP_OP_ADD, BP_OP_MAXIMUM, BP_OP_BITWISE_OR:
    elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in x | y != 0 ? 1 : 0 }
  case BP_OP_MUL, BP_OP_MINIMUM, BP_OP_BITWISE_AND:
    elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in min(x, 1) & min(y, 1) }
  case BP_OP_BITWISE_XOR, BP_OP_NE:
    elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in min(x, 1) ^ min(y, 1) }
  case BP_OP_EQ: elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in min(x, 1) == min(y, 1) ? 1 : 0 }
  case BP_OP_LT: elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in min(x, 1) < min(y, 1) ? 1 : 0 }
  case BP_OP_LE: elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in min(x, 1) <= min(y, 1) ? 1 : 0 }
  case BP_OP_GT: elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in min(x, 1) > min(y, 1) ? 1 : 0 }
  case BP_OP_GE: elements(n, o, so, a, sa, b, sb) { (x: B, y: B) -> B in min(x, 1) >= min(y, 1) ? 1 : 0 }
  default: break
  }
}

// MARK: - Integer division and powers, which never trap

@inline(__always) func floorDivide<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  if b == 0 { return 0 }
  if T.isSigned && b == ~0 { return 0 &- a }
  let q = a / b
  return T.isSigned && q &* b != a && (a < 0) != (b < 0) ? q &- 1 : q
}

@inline(__always) func remainder<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  b == 0 || T.isSigned && b == ~0 ? 0 : a % b
}

@inline(__always) func floorRemainder<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
  let rest = remainder(a, b)
  return T.isSigned && rest != 0 && (rest < 0) != (b < 0) ? rest &+ b : rest
}

@inline(__always) func power<T: FixedWidthInteger>(_ base: T, _ exponent: T) -> T {
  if T.isSigned && exponent < 0 {
    if base == 1 { return 1 }
    return base == ~0 ? (exponent & 1 == 0 ? 1 : ~0) : 0
  }
  var (result, square, bits) = (T(1), base, exponent)
  while bits > 0 {
    if bits & 1 == 1 { result = result &* square }
    square = square &* square
    bits = bits &>> 1
  }
  return result
}

// MARK: - Selection

@inline(__always)
private func select<T: BitwiseCopyable>(
  _: T.Type, _ n: Int, _ out: UnsafeMutableRawPointer, _ so: Int, _ condition: UnsafeRawPointer, _ sc: Int,
  _ a: UnsafeRawPointer, _ sa: Int, _ b: UnsafeRawPointer, _ sb: Int
) {
  let o = out.assumingMemoryBound(to: T.self), c = condition.assumingMemoryBound(to: UInt8.self)
  let a = a.assumingMemoryBound(to: T.self), b = b.assumingMemoryBound(to: T.self)
  if so == 1 && sc == 1 && sa == 1 && sb == 1 {
    for i in 0..<n {
      let (x, y) = (a[i], b[i])
      o[i] = c[i] != 0 ? x : y
    }
  } else if so == 1 && sc == 1 && sa == 1 && sb == 0 {
    let y = b[0]
    for i in 0..<n {
      let x = a[i]
      o[i] = c[i] != 0 ? x : y
    }
  } else if so == 1 && sc == 1 && sa == 0 && sb == 1 {
    let x = a[0]
    for i in 0..<n {
      let y = b[i]
      o[i] = c[i] != 0 ? x : y
    }
  } else {
    for i in 0..<n { o[i &* so] = c[i &* sc] != 0 ? a[i &* sa] : b[i &* sb] }
  }
}

let selectBytes: KernelTable.Select = { size, n, o, so, c, sc, a, sa, b, sb in
  switch size {
  case 0:
    for i in 0..<n {
      let x = (c + i &* sc).load(as: UInt8.self) != 0 ? a + i &* sa : b + i &* sb
      (o + i &* so).storeBytes(of: min(x.load(as: UInt8.self), 1), as: UInt8.self)
    }
  case 1: select(UInt8.self, n, o, so, c, sc, a, sa, b, sb)
  case 2: select(UInt16.self, n, o, so, c, sc, a, sa, b, sb)
  case 4: select(UInt32.self, n, o, so, c, sc, a, sa, b, sb)
  case 8: select(UInt64.self, n, o, so, c, sc, a, sa, b, sb)
  default:
    // Aligned to its parts only.
    for i in 0..<n {
      let source = (c + i &* sc).load(as: UInt8.self) != 0 ? a + 16 &* i &* sa : b + 16 &* i &* sb
      (o + 16 &* i &* so).storeBytes(of: source.loadUnaligned(as: Pair.self), as: Pair.self)
    }
  }
}
