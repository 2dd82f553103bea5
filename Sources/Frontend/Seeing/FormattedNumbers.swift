import Glibc

extension Double {
  /// The number with so many digits that count and no zeros behind them, as C's `%.3g`.
  func short(_ digits: Int) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let count = withVaList([Int32(min(digits, 17)), self]) {
        vsnprintf(buffer.baseAddress, buffer.count, "%.*g", $0)
      }
      return String(decoding: buffer[..<max(Int(count), 0)].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}

extension Int {
  /// The number in groups of three digits: `12,345`.
  var grouped: String {
    let digits = Array(String(magnitude))
    var result = self < 0 ? "-" : ""
    for (i, digit) in digits.enumerated() {
      if i > 0, (digits.count - i) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }
}
