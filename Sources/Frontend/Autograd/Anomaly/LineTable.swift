/// The line number programs of DWARF, versions 2 to 5 ("DWARF Debugging Information Format", section 6.2).
struct LineTable {
  private let bytes: [UInt8]
  private let lineStrings: ByteReader
  private let strings: ByteReader

  init(_ bytes: [UInt8], lineStrings: [UInt8], strings: [UInt8]) {
    self.bytes = bytes
    self.lineStrings = ByteReader(lineStrings)
    self.strings = ByteReader(strings)
  }

  typealias Line = (file: String, number: Int)

  /// The lines of instructions.
  func lines(at addresses: [UInt]) -> [UInt: Line] {
    var found: [UInt: Line] = [:]
    var reader = ByteReader(bytes)
    while reader.position < reader.count, found.count < addresses.count {
      var size = reader.next(4), offsetSize = 4
      if size == 0xFFFF_FFFF { (size, offsetSize) = (reader.next(8), 8) }
      guard size > 0, size <= reader.count - reader.position else { break }
      let end = reader.position + size
      if let unit = Unit(&reader, end, offsetSize, lineStrings, strings) { unit.run(&reader, end, addresses, &found) }
      reader.position = end
    }
    return found
  }
}

/// The program of one file that was compiled.
private struct Unit {
  private struct File {
    var name = ""
    var directory = 0
  }

  private let version: Int
  private let instructionLength: Int
  private let lineBase: Int
  private let lineRange: Int
  private let opcodeBase: Int
  private let operandCounts: [Int]
  private var directories: [String] = []
  private var files: [File] = []

  init?(
    _ reader: inout ByteReader, _ end: Int, _ offsetSize: Int, _ lineStrings: ByteReader, _ strings: ByteReader
  ) {
    version = reader.next(2)
    guard (2...5).contains(version) else { return nil }
    if version == 5 { reader.skip(2) }
    let headerSize = reader.next(offsetSize)
    guard headerSize >= 0, headerSize <= end - reader.position else { return nil }
    let program = reader.position + headerSize
    instructionLength = reader.next(1)
    if version >= 4 { reader.skip(1) }
    reader.skip(1)
    lineBase = Int(Int8(truncatingIfNeeded: reader.next(1)))
    lineRange = reader.next(1)
    opcodeBase = reader.next(1)
    guard lineRange > 0, opcodeBase > 0 else { return nil }
    var counts = [0]
    for _ in 1..<opcodeBase { counts.append(reader.next(1)) }
    operandCounts = counts
    if version == 5 {
      directories = Unit.entries(&reader, program, offsetSize, lineStrings, strings).map(\.name)
      files = Unit.entries(&reader, program, offsetSize, lineStrings, strings)
    } else {
      directories = [""]
      while reader.position < program {
        let name = reader.nextText()
        if name.isEmpty { break }
        directories.append(name)
      }
      files = [File()]
      while reader.position < program {
        let name = reader.nextText()
        if name.isEmpty { break }
        files.append(File(name: name, directory: reader.nextUnsigned()))
        _ = (reader.nextUnsigned(), reader.nextUnsigned())
      }
    }
    reader.position = program
  }

  /// A list of directories or files as version 5 has it, which says of what its entries consist.
  private static func entries(
    _ reader: inout ByteReader, _ end: Int, _ offsetSize: Int, _ lineStrings: ByteReader, _ strings: ByteReader
  ) -> [File] {
    let formats = (0..<reader.next(1)).map { _ in (content: reader.nextUnsigned(), form: reader.nextUnsigned()) }
    let count = reader.nextUnsigned()
    var files: [File] = []
    while files.count < count, !formats.isEmpty, reader.position < end {
      var file = File()
      for format in formats {
        var text = "", number = 0
        switch format.form {
        case 0x08: text = reader.nextText()
        case 0x1F: text = lineStrings.text(at: reader.next(offsetSize))
        case 0x0E: text = strings.text(at: reader.next(offsetSize))
        case 0x0F: number = reader.nextUnsigned()
        case 0x0B: number = reader.next(1)
        case 0x05: number = reader.next(2)
        case 0x06: number = reader.next(4)
        case 0x07: number = reader.next(8)
        case 0x1E: reader.skip(16)
        case 0x09: reader.skip(reader.nextUnsigned())
        default: return files
        }
        if format.content == 1 { file.name = text }
        if format.content == 2 { file.directory = number }
      }
      files.append(file)
    }
    return files
  }

  private func path(_ index: Int) -> String {
    guard files.indices.contains(index) else { return "" }
    let file = files[index]
    guard !file.name.hasPrefix("/"), directories.indices.contains(file.directory) else { return file.name }
    let directory = directories[file.directory]
    if directory.isEmpty { return file.name }
    let isRelative = !directory.hasPrefix("/") && version == 5 && file.directory != 0 && !directories[0].isEmpty
    return (isRelative ? directories[0] + "/" : "") + directory + "/" + file.name
  }

  /// Makes rows of addresses and lines, and looks for those that hold the addresses.
  func run(_ reader: inout ByteReader, _ end: Int, _ addresses: [UInt], _ found: inout [UInt: LineTable.Line]) {
    var address: UInt = 0, file = 1, line = 1
    // The last row that stands for a line: 0 is code that the compiler added.
    var start: UInt?, last = (file: 1, line: 0)

    func row(endsSequence: Bool) {
      if let start, address > start {
        for wanted in addresses where wanted >= start && wanted < address && found[wanted] == nil && last.line > 0 {
          found[wanted] = (path(last.file), last.line)
        }
      }
      start = endsSequence ? nil : address
      if endsSequence {
        last = (1, 0)
      } else if line > 0 {
        last = (file, line)
      }
    }
    func advance(_ operations: Int) { address &+= UInt(bitPattern: operations &* instructionLength) }

    while reader.position < end {
      let opcode = reader.next(1)
      if opcode >= opcodeBase {
        let step = opcode - opcodeBase
        advance(step / lineRange)
        line &+= lineBase + step % lineRange
        row(endsSequence: false)
        continue
      }
      switch opcode {
      case 0:
        let size = reader.nextUnsigned()
        guard size > 0, size <= end - reader.position else { return }
        let next = reader.position + size
        switch reader.next(1) {
        case 1:
          row(endsSequence: true)
          (address, file, line) = (0, 1, 1)
        case 2: address = UInt(bitPattern: reader.next(min(size - 1, 8)))
        default: break
        }
        reader.position = next
      case 1: row(endsSequence: false)
      case 2: advance(reader.nextUnsigned())
      case 3: line &+= reader.nextSigned()
      case 4: file = reader.nextUnsigned()
      case 8: advance((255 - opcodeBase) / lineRange)
      case 9: address &+= UInt(reader.next(2))
      default: for _ in 0..<operandCounts[opcode] { _ = reader.nextUnsigned() }
      }
    }
  }
}
