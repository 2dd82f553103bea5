import CPUKernelTypes
import Glibc
import Synchronization

/// Memory that a plan keeps for as long as it lives.
private final class FourierTable<Element: BitwiseCopyable> {
  let start: UnsafeMutablePointer<Element>
  let count: Int

  init(_ elements: [Element]) {
    count = elements.count
    start = .allocate(capacity: max(1, count))
    elements.withUnsafeBufferPointer { if let from = $0.baseAddress { start.update(from: from, count: count) } }
  }

  deinit { start.deallocate() }
}

/// How vectors of lanes go through the passes of one length, a product of small factors.
final class FourierLadder<Real: BinaryFloatingPoint & BitwiseCopyable>: @unchecked Sendable {
  // Sendable: nothing is written after it is made.

  let stages: FourierStages
  private let radices: FourierTable<Int>
  private let order: FourierTable<Int>
  private let factors: FourierTable<Real>

  init(_ n: Int, _ factorization: [Int]) {
    var order = [0]
    for radix in factorization.dropFirst() {
      order = (0..<radix).flatMap { j in order.map { j + radix * $0 } }
    }
    var factors: [Real] = []
    func add(_ j: Int, _ n: Int) {
      let root = fourierAngle(j % n, n)
      factors.append(Real(root.cos))
      factors.append(Real(-root.sin))
    }
    var stride = 1
    for radix in factorization {
      if !FourierStages.isUnrolled(radix) { for j in 0..<radix { add(j, radix) } }
      if stride > 1 { for p in 0..<stride { for j in 1..<radix { add(p * j, radix * stride) } } }
      stride *= radix
    }
    radices = FourierTable(factorization)
    self.order = FourierTable(order)
    self.factors = FourierTable(factors)
    stages = FourierStages(
      n: n, passes: factorization.count, radices: radices.start, order: self.order.start,
      factors: UnsafeRawPointer(self.factors.start))
  }
}

/// How one length is transformed: a plan is made once, and used by any number of threads.
///
/// A length of small prime factors is done in lanes, a transform in each; a longer one as a product n₁ n₂: the columns
/// of its n₁ × n₂ numbers are lanes, then the rows of what they become. A large prime factor takes Bluestein's
/// convolution of a greater length.
final class FourierPlan<Real: BinaryFloatingPoint & BitwiseCopyable>: @unchecked Sendable {
  // Sendable: nothing is written after the plan is made.

  let n: Int
  let width: Int
  /// All of the length in lanes; nil where it is a long product or takes a convolution.
  let whole: FourierLadder<Real>?
  /// Nil where the length is short or has no two factors of at least a vector.
  let halves: Halves?
  let chirp: Chirp?

  /// A length as a product.
  final class Halves {
    let columns: FourierLadder<Real>
    let rows: FourierLadder<Real>
    /// For each group of columns, the factors of its first one.
    fileprivate let common: FourierTable<Real>
    /// The factors of a group's columns against its first one.
    fileprivate let lanes: FourierTable<Real>
    private let width: Int

    fileprivate init(_ columns: [Int], _ rows: [Int], width: Int) {
      let n1 = columns.reduce(1, *), n2 = rows.reduce(1, *), n = n1 * n2
      self.width = width
      self.columns = FourierLadder(n1, columns)
      self.rows = FourierLadder(n2, rows)
      var common: [Real] = [], lanes = [Real](repeating: 0, count: 2 * width * n1)
      common.reserveCapacity(2 * n1 * ((n2 + width - 1) / width))
      for group in 0..<(n2 + width - 1) / width {
        for k in 0..<n1 {
          let root = fourierAngle(k * group * width % n, n)
          common.append(Real(root.cos))
          common.append(Real(-root.sin))
        }
      }
      for k in 0..<n1 {
        for lane in 0..<width {
          let root = fourierAngle(k * lane % n, n)
          lanes[k * 2 * width + lane] = Real(root.cos)
          lanes[k * 2 * width + width + lane] = Real(-root.sin)
        }
      }
      self.common = FourierTable(common)
      self.lanes = FourierTable(lanes)
    }

    var columnGroups: Int { (rows.stages.n + width - 1) / width }
    var rowGroups: Int { (columns.stages.n + width - 1) / width }
    /// From panel to panel, in numbers of `Real`.
    var panelStride: Int { FourierKernels.rows(rows.stages.n, width: width) * 2 * width }

    func twist(_ group: Int) -> FourierTwist {
      FourierTwist(
        common: common.start + group * 2 * columns.stages.n, lanes: lanes.start, panelStride: panelStride)
    }
  }

  /// What Bluestein's algorithm keeps, forward and inverse: complex numbers, for the kernels of products.
  struct Chirp {
    let plan: FourierPlan<Real>
    /// exp(∓πi k²/n), n of them.
    fileprivate let chirps: [FourierTable<Real>]
    /// The transforms of the conjugates, wrapped around, over the convolution's length.
    fileprivate let kernels: [FourierTable<Real>]

    func chirp(inverse: Bool) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(chirps[inverse ? 1 : 0].start) }
    func kernel(inverse: Bool) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(kernels[inverse ? 1 : 0].start) }
  }

  /// The greatest prime factor that is worth a pass of its own.
  private static var greatestRadix: Int { FourierKernels.greatestRadix }
  /// Shorter transforms are done in lanes even where there is only one.
  private static var leastProduct: Int { 64 }
  /// Longer ones, if they are products, are never done in lanes: several of them would not stay in the cache.
  private static var greatestWhole: Int { 4096 }

  /// `transform` does a plan of small factors: it is for the chirp's.
  init(_ n: Int, vectorBytes: Int, _ transform: (FourierPlan<Real>, UnsafeMutablePointer<Real>) -> Void) {
    self.n = n
    width = vectorBytes / MemoryLayout<Real>.size
    guard let factors = Self.smallFactors(n) else {
      whole = nil
      halves = nil
      chirp = Self.makeChirp(n, vectorBytes, transform)
      return
    }
    chirp = nil
    halves = n < Self.leastProduct ? nil : Self.split(factors, width: width)
    whole = halves == nil || n <= Self.greatestWhole ? FourierLadder(n, Self.passes(factors)) : nil
  }

  /// What the plan keeps, about.
  var bytes: Int { MemoryLayout<Real>.size * (2 * n + (chirp.map { 2 * n + 6 * $0.plan.n } ?? 0)) }

  /// The prime factors, or nil if one is large.
  private static func smallFactors(_ n: Int) -> [Int]? {
    var factors: [Int] = [], rest = n, factor = 2
    while factor <= greatestRadix && rest > 1 {
      while rest % factor == 0 {
        factors.append(factor)
        rest /= factor
      }
      factor += 1
    }
    return rest == 1 ? factors : nil
  }

  /// Twos are taken together, to eights and fours; the greatest first, where a pass has no factors.
  private static func passes(_ factors: [Int]) -> [Int] {
    var twos = factors.count { $0 == 2 }
    var result = factors.filter { $0 != 2 }
    while twos > 0 {
      // Four twos are two fours rather than an eight and a two.
      let together = twos == 4 || twos == 2 ? 2 : min(3, twos)
      result.append(1 << together)
      twos -= together
    }
    if result.isEmpty { result = [1] }
    return result.sorted(by: >)
  }

  /// Two products of the factors, as near to each other as they come, both at least a vector.
  private static func split(_ factors: [Int], width: Int) -> Halves? {
    let n = factors.reduce(1, *)
    var products: [Int: [Int]] = [1: []]
    for factor in factors {
      for (product, parts) in products {
        let next = product * factor
        if products[next] == nil && next * next <= n { products[next] = parts + [factor] }
      }
    }
    guard let columns = products.keys.max(), columns >= width else { return nil }
    var rest = factors
    for factor in products[columns]! { rest.remove(at: rest.firstIndex(of: factor)!) }
    return Halves(passes(products[columns]!), passes(rest), width: width)
  }

  private static func makeChirp(
    _ n: Int, _ vectorBytes: Int, _ transform: (FourierPlan<Real>, UnsafeMutablePointer<Real>) -> Void
  ) -> Chirp {
    var length = 1
    while length < 2 * n - 1 { length *= 2 }
    if length / 8 * 5 >= 2 * n - 1 { length = length / 8 * 5 }
    if length / 4 * 3 >= 2 * n - 1 { length = length / 4 * 3 }
    let plan = FourierPlan(length, vectorBytes: vectorBytes, transform)
    // k² modulo 2n, for exp(−πi k²/n) has that period.
    let angles = (0..<n).map { fourierAngle($0 * $0 % (2 * n), 2 * n) }
    let kernel = FourierTable([Real](repeating: 0, count: 2 * length))
    for k in 0..<n {
      for at in k == 0 ? [0] : [k, length - k] {
        kernel.start[2 * at] = Real(angles[k].cos / Double(length))
        kernel.start[2 * at + 1] = Real(angles[k].sin / Double(length))
      }
    }
    transform(plan, kernel.start)
    func conjugate(_ numbers: FourierTable<Real>) -> FourierTable<Real> {
      FourierTable((0..<numbers.count).map { $0 % 2 == 0 ? numbers.start[$0] : -numbers.start[$0] })
    }
    let chirp = FourierTable(angles.flatMap { [Real($0.cos), Real(-$0.sin)] })
    return Chirp(plan: plan, chirps: [chirp, conjugate(chirp)], kernels: [kernel, conjugate(kernel)])
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
