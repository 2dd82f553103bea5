/// One of several parts of a run, which together are the whole:
///
/// ```swift
/// Conformance.Selection(shard: Shard(1, of: 4))
/// ```
///
/// A case is in the part that its id tells, whatever else is selected: a case that is added or left out moves no other, and
/// each part has cases of every kind.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// From 1 to ``count``.
  public let index: Int
  public let count: Int

  /// - Precondition: `1 <= index <= count`.
  public init(_ index: Int, of count: Int) {
    precondition(index >= 1 && index <= count, "there is no part \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// "2/8"; nil where this is no part.
  public init?(_ text: String) {
    let words = text.split(separator: "/", omittingEmptySubsequences: false)
    guard words.count == 2, let index = Int(words[0]), let count = Int(words[1]), index >= 1, index <= count else {
      return nil
    }
    self.init(index, of: count)
  }

  public var description: String { "\(index)/\(count)" }

  /// Whether the case of this id is in the part.
  public func contains(_ id: String) -> Bool {
    // FNV-1a, and the finalizer of MurmurHash3: the low bits of FNV alone follow the last letters.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
    hash ^= hash >> 33
    return hash % UInt64(count) == UInt64(index - 1)
  }
}
