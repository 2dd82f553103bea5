/// A stream of random numbers: a seed, and how much of the stream has been used.
///
/// The numbers depend on the seed alone, not on the device or the number of threads: the ABI
/// specifies them to the bit (Philox-4x32-10).
///
/// ```swift
/// let generator = Generator(seed: 7)
/// let x = Tensor.randn([2, 3], generator: generator)
/// ```
public final class Generator: Sendable {
  /// Where in which stream a generator is.
  struct Position: Sendable {
    var seed: UInt64
    var offset: UInt64
  }

  private let state: Lock<Position>

  /// Makes a generator at the beginning of the stream of a seed.
  public init(seed: UInt64) { state = Lock(Position(seed: seed, offset: 0)) }

  /// Makes a generator within the stream of a seed, after so many blocks of four 32-bit words.
  package init(seed: UInt64, offset: UInt64) { state = Lock(Position(seed: seed, offset: offset)) }

  /// The generator of all functions that are not given another; seed 0 until ``manualSeed(_:)``.
  public static let `default` = Generator(seed: 0)

  /// Starts the stream of `seed`.
  public func manualSeed(_ seed: UInt64) {
    state.withLock { $0 = Position(seed: seed, offset: 0) }
  }

  /// Where the generator is, to come back to.
  var position: Position {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  /// The seed whose stream this is.
  public var initialSeed: UInt64 { position.seed }

  /// The generator's state as a tensor of 16 bytes on the host: with it saved, a run goes on as if it had not stopped.
  ///
  /// ```swift
  /// let state = Generator.default.getState()
  /// let a = Tensor.randn([3])
  /// Generator.default.setState(state)
  /// let b = Tensor.randn([3])  // the same numbers as a
  /// ```
  public func getState() -> Tensor {
    let position = position
    return funnel { () throws(BackplaneError) in
      let bytes = [position.seed, position.offset].flatMap { word in
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      }
      return try Tensor(hostBytes: bytes, shape: [16], dtype: .uint8, device: .processor)
    }
  }

  /// Goes back, or on, to where ``getState()`` was called. A tensor that is no state is an error.
  public func setState(_ state: Tensor) {
    funnel(or: ()) { () throws(BackplaneError) in
      guard state.dtype == .uint8 else {
        throw BackplaneError(.dtype, "RNG state must be a torch.ByteTensor, but got a tensor of type \(state.dtype)")
      }
      let bytes = try state.hostBytes()
      guard bytes.count == 16 else {
        throw BackplaneError(.value, "RNG state is wrong size: \(bytes.count) bytes, not 16")
      }
      func word(_ start: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) } }
      position = Position(seed: word(0), offset: word(8))
    }
  }

  /// Takes the next `blocks` blocks of four 32-bit words.
  func take(blocks: Int) -> (seed: UInt64, offset: UInt64) {
    if Scopes.areOpen, let scope = VmapScope.current { return scope.take(blocks, of: self) }
    return next(blocks: blocks)
  }

  /// ``take(blocks:)``, whatever is asked of random numbers here.
  func next(blocks: Int) -> (seed: UInt64, offset: UInt64) {
    state.withLock { state in
      defer { state.offset &+= UInt64(blocks) }
      return (state.seed, state.offset)
    }
  }

  /// A permutation of 0 … count − 1, each as likely as any other.
  ///
  /// - Parameter count: Not negative, and no more than the host's memory holds.
  package func permutation(_ count: Int) -> [Int] {
    let (seed, offset) = take(blocks: 1)
    // One draw of the stream keys a small generator of the host's: a permutation is needed as Swift integers.
    var source = SplitMix64(state: seed ^ (offset &* 0x9E37_79B9_7F4A_7C15))
    var result = Array(0..<count)
    result.shuffle(using: &source)
    return result
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Starts the default generator's stream of `seed`.
public func manualSeed(_ seed: UInt64) { Generator.default.manualSeed(seed) }

/// The state of the default generator, for ``setRngState(_:)``; it is saved with a training run that is to go on later.
public func getRngState() -> Tensor { Generator.default.getState() }

/// Puts the default generator where ``getRngState()`` was called.
public func setRngState(_ state: Tensor) { Generator.default.setState(state) }
