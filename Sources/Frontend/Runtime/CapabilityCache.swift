import BackendAPI
import Synchronization

/// What a plugin answered to `query_op`, by operator and operand types, which is all that the answer may
/// depend on [BP-5.4]. Read without a lock on every call.
struct CapabilityCache: @unchecked Sendable {
  // Sendable: the slots are atomics, and live as long as the process, like the device they belong to.

  private static let slotCount = 4096
  private let slots: UnsafeMutablePointer<Atomic<UInt64>>

  struct Answer {
    /// Bits 0 … 7: BP_OP_INFO_* flags; bit 8: supported.
    let bits: UInt64
    var isSupported: Bool { bits & 0x100 != 0 }
    var flags: UInt32 { UInt32(truncatingIfNeeded: bits & 0xFF) }
  }

  init() {
    slots = .allocate(capacity: CapabilityCache.slotCount)
    for i in 0..<CapabilityCache.slotCount { (slots + i).initialize(to: Atomic(0)) }
  }

  /// Operator in 13 bits, then four bits each for the types of four inputs and four outputs, and the number of inputs:
  /// 48 bits. Of more inputs the first three and the last count, which may be a mask: the others' types follow.
  @inline(__always)
  static func key(_ op: bp_op) -> UInt64 {
    var key = UInt64(truncatingIfNeeded: op.op) &+ 1
    let inputs = Int(op.input_count)
    let outputs = Int(op.output_count)
    for i in 0..<min(inputs, 4) {
      key = key << 4 | UInt64(truncatingIfNeeded: op.inputs[i == 3 ? inputs &- 1 : i]!.pointee.dtype)
    }
    for i in 0..<min(outputs, 4) { key = key << 4 | UInt64(truncatingIfNeeded: op.outputs[i]!.pointee.dtype) }
    return key << 3 | UInt64(truncatingIfNeeded: min(inputs, 7))
  }

  /// The key of a call whose operands are all of one type.
  @inline(__always)
  static func key(_ op: Int32, _ dtype: Int32, _ inputs: Int, _ outputs: Int) -> UInt64 {
    var key = UInt64(truncatingIfNeeded: op) &+ 1
    for _ in 0..<(min(inputs, 4) + min(outputs, 4)) { key = key << 4 | UInt64(truncatingIfNeeded: dtype) }
    return key << 3 | UInt64(truncatingIfNeeded: min(inputs, 7))
  }

  /// The key of a call of operands of these types.
  static func key(_ op: Int32, inputs: [DType], outputs: [DType]) -> UInt64 {
    var key = UInt64(truncatingIfNeeded: op) &+ 1
    for i in 0..<min(inputs.count, 4) {
      key = key << 4 | UInt64(truncatingIfNeeded: inputs[i == 3 ? inputs.count &- 1 : i].rawValue)
    }
    for i in 0..<min(outputs.count, 4) { key = key << 4 | UInt64(truncatingIfNeeded: outputs[i].rawValue) }
    return key << 3 | UInt64(truncatingIfNeeded: min(inputs.count, 7))
  }

  @inline(__always)
  func answer(_ key: UInt64) -> Answer? {
    let entry = slots[slot(key)].load(ordering: .relaxed)
    guard entry >> 16 == key, entry != 0 else { return nil }
    return Answer(bits: entry & 0xFFFF)
  }

  func remember(_ key: UInt64, supported: Bool, flags: UInt32) -> Answer {
    let bits = UInt64(flags & 0xFF) | (supported ? 0x100 : 0)
    slots[slot(key)].store(key << 16 | bits, ordering: .relaxed)
    return Answer(bits: bits)
  }

  /// Makes every operator be asked for again.
  func forget() {
    for i in 0..<CapabilityCache.slotCount { slots[i].store(0, ordering: .relaxed) }
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 52)
  }
}
