import Glibc

// Text for people, without Foundation, whose start-up time every program would pay for.

extension Double {
  /// The number with a fixed count of decimals, as C's `%.2f`.
  package func fixed(_ decimals: Int) -> String { formatted("%.*f", decimals) }

  /// The number with an exponent, as C's `%.4e`.
  package func scientific(_ decimals: Int) -> String { formatted("%.*e", decimals) }

  private func formatted(_ format: String, _ decimals: Int) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      let count = withVaList([Int32(decimals), self]) {
        vsnprintf(buffer.baseAddress, buffer.count, format, $0)
      }
      return String(decoding: buffer[..<Int(count)].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}

extension String {
  /// The string filled up with spaces to a width.
  package func padded(to width: Int, alignRight: Bool = false) -> String {
    let fill = String(repeating: " ", count: max(0, width - count))
    return alignRight ? fill + self : self + fill
  }
}

/// A number of bytes as people read it: `20.00 MiB`.
package func formatBytes(_ byteCount: Int) -> String {
  let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
  var value = Double(byteCount)
  var unit = 0
  while value >= 1024, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  return unit == 0 ? "\(byteCount) bytes" : "\(value.fixed(2)) \(units[unit])"
}
