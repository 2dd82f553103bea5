import BackendAPI
import Glibc

/// The bytes of an operator's operands and around them, before it runs, and whose they are.
struct Snapshot {
  /// Part of one buffer.
  struct Region {
    let buffer: GuardedBuffer
    let range: Range<Int>
    /// For each byte, whose it is.
    var owners: [Owner]
    let before: [UInt8]
  }

  struct Owner: OptionSet {
    let rawValue: UInt8
    static let input = Owner(rawValue: 1)
    /// An input that is the same view as an output.
    static let inputInPlace = Owner(rawValue: 2)
    static let output = Owner(rawValue: 4)
  }

  static let poison: (first: UInt8, second: UInt8) = (0xa7, 0x5c)

  private(set) var regions: [Region] = []
  let operands: [CheckedOperand]
  /// Whether all outputs are written only, so that they can be poisoned and the operator run again.
  let isRepeatable: Bool

  init(_ operands: [CheckedOperand], readsOutputs: Bool, _ layer: ValidationLayer, _ stream: bp_stream) throws {
    self.operands = operands
    let outputs = operands.filter(\.isOutput)
    let inPlace = operands.filter { input in !input.isOutput && outputs.contains { $0.isSameView(as: input) } }
    isRepeatable = !readsOutputs && inPlace.isEmpty
    var buffers: [GuardedBuffer] = []
    for operand in operands where !buffers.contains(where: { $0 === operand.buffer }) { buffers.append(operand.buffer) }
    for buffer in buffers {
      let views = operands.filter { $0.buffer === buffer }
      let spans = views.map { layer.window($0.span, in: buffer) }
      let range = spans.map(\.lowerBound).min()!..<spans.map(\.upperBound).max()!
      var region = Region(
        buffer: buffer, range: range, owners: Array(repeating: [], count: range.count),
        before: try layer.read(buffer, range, stream))
      for view in views where !view.isOutput {
        region.mark(view, outputs.contains { $0.isSameView(as: view) } ? .inputInPlace : .input)
      }
      for view in views where view.isOutput {
        if region.mark(view, .output) {
          throw HostFault(obligation: "BP-4.3", message: "\(view.name) overlaps itself or another operand")
        }
      }
      regions.append(region)
    }
  }

  /// Fills the outputs with a pattern that the operator has to replace.
  func poison(_ value: UInt8, _ layer: ValidationLayer, _ stream: bp_stream) throws(CallFailed) {
    for region in regions where operands.contains(where: { $0.isOutput && $0.buffer === region.buffer }) {
      if let base = region.buffer.base {
        for output in operands where output.isOutput && output.buffer === region.buffer {
          output.forEachRun { memset(base + $0.lowerBound, Int32(value), $0.count) }
        }
        continue
      }
      var bytes = region.before
      bytes.withUnsafeMutableBytes { bytes in
        for output in operands where output.isOutput && output.buffer === region.buffer {
          output.forEachRun {
            memset(bytes.baseAddress! + $0.lowerBound - region.range.lowerBound, Int32(value), $0.count)
          }
        }
      }
      try layer.write(bytes, to: region.buffer, at: region.range.lowerBound, stream)
    }
  }

  /// Sets what is visible of the guard zones to their pattern, or to the opposite of it.
  func setGuards(inverted: Bool, _ layer: ValidationLayer, _ stream: bp_stream) throws(CallFailed) {
    for region in regions {
      for zone in region.buffer.zones {
        let visible = zone.clamped(to: region.range)
        let pattern = GuardedBuffer.pattern(visible)
        try layer.write(
          inverted ? pattern.map { ~$0 } : pattern, to: region.buffer, at: visible.lowerBound, stream)
      }
    }
  }

  func read(_ layer: ValidationLayer, _ stream: bp_stream) throws(CallFailed) -> [[UInt8]] {
    var bytes: [[UInt8]] = []
    for region in regions { bytes.append(try layer.read(region.buffer, region.range, stream)) }
    return bytes
  }

  // MARK: Comparison

  /// The first byte of each region that changed and is no output's.
  func damage(_ after: [[UInt8]]) -> [String] {
    zip(regions, after).compactMap { region, after in
      guard let place = region.firstChange(after) else { return nil }
      let byte = region.range.lowerBound + place
      return "\(describe(byte, region)) was changed from \(region.before[place]) to \(after[place])"
    }
  }

  /// The first element of each output for which `isFaulty` says so, given where its bytes are after each of two runs.
  func elements(
    _ first: [[UInt8]], _ second: [[UInt8]],
    where isFaulty: (_ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ size: Int) -> Bool
  ) -> [(output: String, index: [Int])] {
    operands.filter(\.isOutput).compactMap { output in
      let i = regions.firstIndex { $0.buffer === output.buffer }!
      let start = regions[i].range.lowerBound
      let size = output.elementSize
      var found: Int?
      first[i].withUnsafeBytes { first in
        second[i].withUnsafeBytes { second in
          let (first, second) = (first.baseAddress! - start, second.baseAddress! - start)
          output.forEachRun { run in
            guard found == nil else { return }
            found = stride(from: run.lowerBound, to: run.upperBound, by: size).first {
              isFaulty(first + $0, second + $0, size)
            }
          }
        }
      }
      return found.map { (output.name, output.index(ofByte: $0) ?? []) }
    }
  }

  /// Whether some element still is the first poison.
  func isSuspicious(_ after: [[UInt8]]) -> Bool {
    !elements(after, after) { bytes, _, size in Snapshot.isPoison(bytes, size, Snapshot.poison.first) }.isEmpty
  }

  static func isPoison(_ bytes: UnsafeRawPointer, _ size: Int, _ value: UInt8) -> Bool {
    (0..<size).allSatisfy { bytes.load(fromByteOffset: $0, as: UInt8.self) == value }
  }

  private func describe(_ byte: Int, _ region: Region) -> String {
    let views = operands.filter { $0.buffer === region.buffer }
    if let input = views.first(where: { !$0.isOutput && $0.span.contains(byte) }),
      let index = input.index(ofByte: byte)
    {
      return "\(input.name), element \(index),"
    }
    func distance(_ view: CheckedOperand) -> Int {
      max(view.span.lowerBound - byte, byte - view.span.upperBound + 1, 0)
    }
    // What lies beside an output is more likely its doing.
    let nearest = views.min { (distance($0), $0.isOutput ? 0 : 1) < (distance($1), $1.isOutput ? 0 : 1) }!
    let place =
      byte < nearest.span.lowerBound
      ? "byte \(nearest.span.lowerBound - byte) before \(nearest.name)"
      : byte >= nearest.span.upperBound
        ? "byte \(byte - nearest.span.upperBound + 1) past \(nearest.name)"
        : "byte \(byte - nearest.span.lowerBound) of the span of \(nearest.name), between its elements,"
    return "\(place) (\(region.buffer.place(byte)))"
  }
}

extension Snapshot.Region {
  /// The first byte, counted from the region's start, that changed and is no output's.
  fileprivate func firstChange(_ after: [UInt8]) -> Int? {
    let isEqual = after.withUnsafeBytes { after in
      before.withUnsafeBytes { memcmp(after.baseAddress!, $0.baseAddress!, after.count) == 0 }
    }
    if isEqual { return nil }
    // Without a branch in the loop, so that it runs over many bytes at once.
    let difference = owners.withUnsafeBytes { owners in
      after.withUnsafeBytes { after in
        before.withUnsafeBytes { before in
          var difference: UInt8 = 0
          for i in after.indices {
            let mask: UInt8 = owners[i] & Snapshot.Owner.output.rawValue == 0 ? .max : 0
            difference |= (after[i] ^ before[i]) & mask
          }
          return difference
        }
      }
    }
    guard difference != 0 else { return nil }
    return after.indices.first { after[$0] != before[$0] && !owners[$0].contains(.output) }
  }

  /// Marks a view's elements. True where an output meets what it must not.
  @discardableResult
  fileprivate mutating func mark(_ view: CheckedOperand, _ owner: Snapshot.Owner) -> Bool {
    let start = range.lowerBound
    var met: UInt8 = 0
    owners.withUnsafeMutableBytes { owners in
      view.forEachRun { run in
        let bytes = UnsafeMutableRawBufferPointer(rebasing: owners[run.lowerBound - start..<run.upperBound - start])
        for i in bytes.indices {
          met |= bytes[i]
          bytes[i] |= owner.rawValue
        }
      }
    }
    return !Snapshot.Owner(rawValue: met).isDisjoint(with: [.input, .output])
  }
}
