import BackendAPI
import CPULanes

/// Elements per block where operands are staged: 16 KB for four blocks of float64, within the
/// first-level cache.
let stagingBlock = 512

/// How a float type lies in memory, and the lanes that compute with it.
///
/// Kernels work on contiguous elements of `Lanes.Scalar`. What is not that, half types and odd
/// strides, is staged: brought into a contiguous block, computed there, and written back.
protocol FloatFormat {
  associatedtype Lanes: FloatLanes
  static var size: Int { get }
  /// Whether contiguous memory can be computed with as it is.
  static var isDirect: Bool { get }
  static func read(_ p: UnsafeRawPointer) -> Lanes.Scalar
  static func write(_ p: UnsafeMutableRawPointer, _ x: Lanes.Scalar)
  /// Reads or writes a contiguous run.
  static func readRun(_ n: Int, _ from: UnsafeRawPointer, _ to: UnsafeMutablePointer<Lanes.Scalar>)
  static func writeRun(_ n: Int, _ from: UnsafePointer<Lanes.Scalar>, _ to: UnsafeMutableRawPointer)
}

extension FloatFormat {
  @inline(__always)
  static func stage(
    _ n: Int, _ from: UnsafeRawPointer, _ stride: Int, _ to: UnsafeMutablePointer<Lanes.Scalar>
  ) {
    if stride == 1 { return readRun(n, from, to) }
    var p = from
    for i in 0..<n {
      to[i] = read(p)
      p += stride * size
    }
  }

  @inline(__always)
  static func unstage(
    _ n: Int, _ from: UnsafePointer<Lanes.Scalar>, _ to: UnsafeMutableRawPointer, _ stride: Int
  ) {
    if stride == 1 { return writeRun(n, from, to) }
    var p = to
    for i in 0..<n {
      write(p, from[i])
      p += stride * size
    }
  }
}

enum Float32Format: FloatFormat {
  typealias Lanes = F32
  @inline(__always) static var size: Int { 4 }
  @inline(__always) static var isDirect: Bool { true }
  @inline(__always) static func read(_ p: UnsafeRawPointer) -> Float { p.load(as: Float.self) }
  @inline(__always) static func write(_ p: UnsafeMutableRawPointer, _ x: Float) {
    p.storeBytes(of: x, as: Float.self)
  }
  @inline(__always) static func readRun(_ n: Int, _ from: UnsafeRawPointer, _ to: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: n * 4)
  }
  @inline(__always) static func writeRun(_ n: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutableRawPointer) {
    to.copyMemory(from: from, byteCount: n * 4)
  }
}

enum Float64Format: FloatFormat {
  typealias Lanes = F64
  @inline(__always) static var size: Int { 8 }
  @inline(__always) static var isDirect: Bool { true }
  @inline(__always) static func read(_ p: UnsafeRawPointer) -> Double { p.load(as: Double.self) }
  @inline(__always) static func write(_ p: UnsafeMutableRawPointer, _ x: Double) {
    p.storeBytes(of: x, as: Double.self)
  }
  @inline(__always) static func readRun(_ n: Int, _ from: UnsafeRawPointer, _ to: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: n * 8)
  }
  @inline(__always) static func writeRun(_ n: Int, _ from: UnsafePointer<Double>, _ to: UnsafeMutableRawPointer) {
    to.copyMemory(from: from, byteCount: n * 8)
  }
}

/// A format of 16 bits, converted sixteen at a time.
protocol HalfFormat: FloatFormat where Lanes == F32 {
  static func widen(_ bits: SIMD16<UInt16>) -> F32
  static func narrow(_ x: F32) -> SIMD16<UInt16>
}

extension HalfFormat {
  @inline(__always) static var size: Int { 2 }
  @inline(__always) static var isDirect: Bool { false }

  @inline(__always) static func read(_ p: UnsafeRawPointer) -> Float {
    widen(SIMD16<UInt16>(repeating: p.load(as: UInt16.self)))[0]
  }

  @inline(__always) static func write(_ p: UnsafeMutableRawPointer, _ x: Float) {
    p.storeBytes(of: narrow(F32(repeating: x))[0], as: UInt16.self)
  }

  @inline(__always)
  static func readRun(_ n: Int, _ from: UnsafeRawPointer, _ to: UnsafeMutablePointer<Float>) {
    var i = 0
    while i &+ 16 <= n {
      let bits = (from + 2 &* i).loadUnaligned(as: SIMD16<UInt16>.self)
      widen(bits).store(UnsafeMutableRawPointer(to + i))
      i &+= 16
    }
    if i < n {
      var bits = SIMD16<UInt16>()
      for j in i..<n { bits[j &- i] = from.load(fromByteOffset: 2 &* j, as: UInt16.self) }
      widen(bits).storePartial(UnsafeMutableRawPointer(to + i), n &- i)
    }
  }

  @inline(__always)
  static func writeRun(_ n: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutableRawPointer) {
    var i = 0
    while i &+ 16 <= n {
      let bits = narrow(F32.load(UnsafeRawPointer(from + i)))
      (to + 2 &* i).storeBytes(of: bits, as: SIMD16<UInt16>.self)
      i &+= 16
    }
    if i < n {
      let bits = narrow(F32.loadPartial(UnsafeRawPointer(from + i), n &- i))
      for j in i..<n { to.storeBytes(of: bits[j &- i], toByteOffset: 2 &* j, as: UInt16.self) }
    }
  }
}

enum Float16Format: HalfFormat {
  @inline(__always) static func widen(_ bits: SIMD16<UInt16>) -> F32 { lanes_from_f16(bits) }
  @inline(__always) static func narrow(_ x: F32) -> SIMD16<UInt16> { lanes_to_f16(x) }
}

enum BFloat16Format: HalfFormat {
  @inline(__always) static func widen(_ bits: SIMD16<UInt16>) -> F32 {
    F32(bits: lanes_widen_u16(bits) &<< 16)
  }

  @inline(__always) static func narrow(_ x: F32) -> SIMD16<UInt16> {
    let bits = x.bits
    let odd = (bits &>> 16) & I32(repeating: 1)
    let rounded = (bits &+ odd &+ I32(repeating: 0x7fff)) &>> 16
    let quiet = (bits &>> 16) | I32(repeating: 0x40)
    return lanes_narrow_i32(quiet.replacing(with: rounded, where: x .== x))
  }
}
