import Glibc
import Synchronization

/// How one length is transformed: a plan is made once, and used by any number of threads.
///
/// Lengths of small prime factors go through Stockham's algorithm, radix by radix; others through Bluestein's, which
/// makes a convolution of a greater power of two of them.
final class FourierPlan<Real: BinaryFloatingPoint & SIMDScalar & BitwiseCopyable>: @unchecked Sendable {
  // Sendable: nothing is written after the plan is made.

  let n: Int
  private let radices: [Int]
  /// cos and −sin of 2πk/n for k < n.
  private let cosines: [Real]
  private let sines: [Real]
  private let chirp: Chirp?

  /// What Bluestein's algorithm keeps.
  private struct Chirp {
    let plan: FourierPlan<Real>
    /// exp(−πi k²/n).
    let cosines: [Real]
    let sines: [Real]
    /// The transform of the chirp's conjugate, wrapped around, over the convolution's length.
    let kernelReal: [Real]
    let kernelImaginary: [Real]
  }

  /// The greatest prime factor that is worth a pass of its own.
  private static var greatestRadix: Int { 13 }

  init(_ n: Int) {
    self.n = n
    var radices: [Int] = []
    var rest = n
    while rest % 4 == 0 {
      radices.append(4)
      rest /= 4
    }
    var factor = 2
    while factor <= Self.greatestRadix && rest > 1 {
      while rest % factor == 0 {
        radices.append(factor)
        rest /= factor
      }
      factor += 1
    }
    if rest == 1 {
      self.radices = radices
      let angles = (0..<n).map { fourierAngle($0, n) }
      cosines = angles.map { Real($0.cos) }
      sines = angles.map { Real(-$0.sin) }
      chirp = nil
    } else {
      self.radices = []
      cosines = []
      sines = []
      chirp = FourierPlan.makeChirp(n)
    }
  }

  private static func makeChirp(_ n: Int) -> Chirp {
    var length = 1
    while length < 2 * n - 1 { length *= 2 }
    let plan = FourierPlan(length)
    // k² modulo 2n, for exp(−πi k²/n) has that period.
    let angles = (0..<n).map { fourierAngle($0 * $0 % (2 * n), 2 * n) }
    var re = [Real](repeating: 0, count: length), im = re
    for k in 0..<n {
      for at in k == 0 ? [0] : [k, length - k] {
        re[at] = Real(angles[k].cos / Double(length))
        im[at] = Real(angles[k].sin / Double(length))
      }
    }
    var scratch = [Real](repeating: 0, count: plan.scratchCount)
    re.withUnsafeMutableBufferPointer { re in
      im.withUnsafeMutableBufferPointer { im in
        scratch.withUnsafeMutableBufferPointer { scratch in
          plan.transform(re.baseAddress!, im.baseAddress!, scratch.baseAddress!)
        }
      }
    }
    return Chirp(
      plan: plan, cosines: angles.map { Real($0.cos) }, sines: angles.map { Real(-$0.sin) }, kernelReal: re,
      kernelImaginary: im)
  }

  /// Whether the length has no large prime factor.
  var isDirect: Bool { chirp == nil }

  /// How many numbers of scratch memory ``transform`` needs.
  var scratchCount: Int {
    if let chirp { return 2 * chirp.plan.n + chirp.plan.scratchCount }
    return 2 * n
  }

  /// The forward transform of `re` + i `im`, in place. The inverse is that of the parts exchanged.
  func transform(
    _ re: UnsafeMutablePointer<Real>, _ im: UnsafeMutablePointer<Real>, _ scratch: UnsafeMutablePointer<Real>
  ) {
    if let chirp { return transform(by: chirp, re, im, scratch) }
    var source = (re: re, im: im), target = (re: scratch, im: scratch + n)
    cosines.withUnsafeBufferPointer { c in
      sines.withUnsafeBufferPointer { s in
        var length = n, stride = 1
        for radix in radices {
          let pass = StockhamPass(
            n: n, m: length / radix, stride: stride, xr: UnsafePointer(source.re), xi: UnsafePointer(source.im),
            yr: target.re, yi: target.im, cosines: c.baseAddress!, sines: s.baseAddress!)
          switch radix {
          case 2: pass.radix2()
          case 3: pass.radix3()
          case 4: pass.radix4()
          default: pass.radix(radix)
          }
          length /= radix
          stride *= radix
          swap(&source, &target)
        }
      }
    }
    if source.re != re {
      re.update(from: source.re, count: n)
      im.update(from: source.im, count: n)
    }
  }

  private func transform(
    by chirp: Chirp, _ re: UnsafeMutablePointer<Real>, _ im: UnsafeMutablePointer<Real>,
    _ scratch: UnsafeMutablePointer<Real>
  ) {
    let length = chirp.plan.n
    let (a, b, rest) = (scratch, scratch + length, scratch + 2 * length)
    a.update(repeating: 0, count: 2 * length)
    for k in 0..<n {
      let (c, s) = (chirp.cosines[k], chirp.sines[k])
      a[k] = re[k] * c - im[k] * s
      b[k] = re[k] * s + im[k] * c
    }
    chirp.plan.transform(a, b, rest)
    for k in 0..<length {
      let (x, y) = (a[k], b[k])
      a[k] = x * chirp.kernelReal[k] - y * chirp.kernelImaginary[k]
      b[k] = x * chirp.kernelImaginary[k] + y * chirp.kernelReal[k]
    }
    // Back, by the parts exchanged.
    chirp.plan.transform(b, a, rest)
    for k in 0..<n {
      let (c, s) = (chirp.cosines[k], chirp.sines[k])
      re[k] = a[k] * c - b[k] * s
      im[k] = a[k] * s + b[k] * c
    }
  }
}

/// cos and sin of 2πj/n, of an angle within an eighth of a turn.
func fourierAngle(_ j: Int, _ n: Int) -> (cos: Double, sin: Double) {
  let quarter = (8 * j + n) / (2 * n)
  let angle = 2 * Double.pi * Double(4 * j - quarter * n) / Double(4 * n)
  let (c, s) = (cos(angle), sin(angle))
  switch quarter % 4 {
  case 0: return (c, s)
  case 1: return (-s, c)
  case 2: return (-c, -s)
  default: return (s, -c)
  }
}

/// The plans of the lengths that were last made: making one takes longer than a transform.
struct FourierPlans<Real: BinaryFloatingPoint & SIMDScalar & BitwiseCopyable>: ~Copyable, Sendable {
  private static var most: Int { 64 }
  private let plans = Mutex<[Int: FourierPlan<Real>]>([:])

  func plan(_ n: Int) -> FourierPlan<Real> {
    if let plan = plans.withLock({ $0[n] }) { return plan }
    let plan = FourierPlan<Real>(n)
    plans.withLock { plans in
      if plans.count >= Self.most { plans.removeAll() }
      plans[n] = plan
    }
    return plan
  }
}
