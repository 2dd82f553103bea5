import Text

/// What the dictionary in the header of a `.npy` file says.
struct NPYDictionary {
  /// Nil for a structured array.
  var descr: String?
  var isFortranOrder = false
  var shape: [Int] = []
}

/// Reads the one dictionary that the format has, and no more of Python than it takes: nothing is evaluated.
struct NPYDictionaryReader {
  struct Failure: Error {
    let offset: Int
    let reason: String
  }

  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// The bytes must stay in place while they are read.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func dictionary() throws(Failure) -> NPYDictionary {
    var result = NPYDictionary()
    var found = Set<String>()
    try expect("{")
    while !take("}") {
      let start = position
      let key = try string()
      guard found.insert(key).inserted else { throw Failure(offset: start, reason: "duplicate key \(shown(key))") }
      try expect(":")
      switch key {
      case "descr":
        skipSpace()
        // The rest of a structured type need not be understood to be refused.
        if peek == UInt8(ascii: "[") || peek == UInt8(ascii: "(") || peek == UInt8(ascii: "{") {
          return NPYDictionary()
        }
        result.descr = try string()
      case "fortran_order": result.isFortranOrder = try boolean()
      case "shape": result.shape = try tuple()
      default: throw Failure(offset: start, reason: "unknown key \(shown(key))")
      }
      if !take(",") {
        try expect("}")
        break
      }
    }
    for key in ["descr", "fortran_order", "shape"] where !found.contains(key) {
      throw Failure(offset: position, reason: "no key '\(key)'")
    }
    skipSpace()
    guard position == bytes.count else { throw Failure(offset: position, reason: "text after the end") }
    return result
  }

  private mutating func tuple() throws(Failure) -> [Int] {
    var result: [Int] = []
    try expect("(")
    while !take(")") {
      guard result.count < 1000 else { throw Failure(offset: position, reason: "more than 1000 dimensions") }
      result.append(try naturalNumber())
      if !take(",") {
        // Without a comma, one number in parentheses is that number.
        guard result.count > 1 else { throw Failure(offset: position, reason: "expected ','") }
        try expect(")")
        break
      }
    }
    return result
  }

  private mutating func naturalNumber() throws(Failure) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = peek, byte >= 0x30, byte <= 0x39 {
      let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(Int(byte - 0x30))
      guard !overflow1, !overflow2 else { throw Failure(offset: start, reason: "a number is too large") }
      value = sum
      position += 1
    }
    guard position > start else { throw Failure(offset: start, reason: "expected an extent that is not negative") }
    // Python 2 wrote long integers so.
    if peek == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private mutating func boolean() throws(Failure) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw Failure(offset: position, reason: "expected True or False")
  }

  private mutating func string() throws(Failure) -> String {
    skipSpace()
    let start = position
    guard let quote = peek, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw Failure(offset: start, reason: "expected a string")
    }
    position += 1
    while let byte = peek, byte != quote {
      guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else {
        throw Failure(offset: position, reason: "an unexpected character in a string")
      }
      position += 1
    }
    guard peek != nil else { throw Failure(offset: start, reason: "a string does not end") }
    position += 1
    return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)
  }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    guard take(character) else { throw Failure(offset: position, reason: "expected '\(character)'") }
  }
}
