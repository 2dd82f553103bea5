import Backplane
import ELF

/// Shared objects, as `backplane check` reads them.
struct ELFFormat: FileFormat {
  static let name = "elf"

  func make(_ random: inout FileRandom) -> [UInt8] {
    var strings: [UInt8] = [0]
    func name(_ text: String) -> UInt64 {
      let place = UInt64(strings.count)
      strings += Array(text.utf8) + [0]
      return place
    }
    let needed = name("libc.so.6")
    let path = name(random.oneIn(8) ? String(repeating: ":", count: 3000) : "$ORIGIN:relative::/tmp")
    let long = name(String(repeating: "x", count: random.oneIn(10) ? 4000 : 20))
    var symbols = [UInt8](repeating: 0, count: 24)
    let count = random.oneIn(20) ? 2000 : random.below(6)
    for i in 0..<count {
      let place = random.oneIn(3) ? long : name("symbol\(i % 10)")
      symbols.append(number: random.oneIn(40) ? random.number(near: place) : place, width: 4)
      symbols += [UInt8(random.pick([0x10, 0x12, 0x22, 0xA1, 0x02])), UInt8(random.below(4))]
      symbols.append(number: random.pick([0, 1, 0xFFF1]), width: 2)
      symbols.append(number: 0x1000, width: 8)
      symbols.append(number: 8, width: 8)
    }

    let (symbolStart, headerCount) = (64 + 3 * 56, 3)
    let stringStart = symbolStart + symbols.count
    let hashStart = (stringStart + strings.count + 7) & ~7
    let hash = self.hash(UInt64(count), &random)
    let dynamicStart = (hashStart + hash.bytes.count + 7) & ~7
    var entries: [(UInt64, UInt64)] = [
      (1, needed), (29, path), (5, UInt64(stringStart)), (10, UInt64(strings.count)), (6, UInt64(symbolStart)),
      (hash.tag, UInt64(hashStart)),
    ]
    if random.oneIn(20) { entries += [(UInt64, UInt64)](repeating: (1, long), count: 500) }
    if random.oneIn(10) { entries.shuffle(using: &random) }
    entries.append((0, 0))
    var dynamic: [UInt8] = []
    for (tag, value) in entries {
      dynamic.append(tag, as: UInt64.self)
      dynamic.append(random.oneIn(30) ? random.number(near: value) : value, as: UInt64.self)
    }
    let end = dynamicStart + dynamic.count

    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    bytes.append(number: 3, width: 2)
    bytes.append(number: ELFImage.hostMachine, width: 2)
    bytes.append(number: 1, width: 4)
    for number in [0, 64, 0] as [UInt64] { bytes.append(number: number, width: 8) }
    bytes.append(number: 0, width: 4)
    for number in [64, 56, UInt64(headerCount), 64, 0, 0] { bytes.append(number: number, width: 2) }
    bytes += segment(1, 0, UInt64(end), &random) + segment(2, UInt64(dynamicStart), UInt64(dynamic.count), &random)
    bytes += segment(0x6474_E551, 0, 0, &random)
    bytes += symbols + strings
    bytes += [UInt8](repeating: 0, count: hashStart - bytes.count) + hash.bytes
    bytes += [UInt8](repeating: 0, count: dynamicStart - bytes.count) + dynamic
    return bytes
  }

  private func segment(_ kind: UInt64, _ start: UInt64, _ length: UInt64, _ random: inout FileRandom) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: kind, width: 4)
    bytes.append(number: 6, width: 4)
    for number in [start, start, start, length, length, 8] {
      bytes.append(random.oneIn(60) ? random.number(near: number) : number, as: UInt64.self)
    }
    return bytes
  }

  /// A table of either kind, which tells how many symbols there are.
  private func hash(_ count: UInt64, _ random: inout FileRandom) -> (tag: UInt64, bytes: [UInt8]) {
    var bytes: [UInt8] = []
    func number(_ value: UInt64) -> UInt64 { random.oneIn(20) ? random.number(near: value) : value }
    if random.oneIn(2) {
      bytes.append(number: 1, width: 4)
      bytes.append(number: number(count + 1), width: 4)
      return (4, bytes)
    }
    for value in [1, 1, 1, 6] as [UInt64] { bytes.append(number: number(value), width: 4) }
    bytes.append(number: 0, width: 8)
    bytes.append(number: number(count == 0 ? 0 : 1), width: 4)
    for i in 0..<count { bytes.append(number: i + 1 == count ? 1 : 2, width: 4) }
    return (0x6FFF_FEF5, bytes)
  }

  func read(_ file: FileUnderTest) throws -> String? {
    do throws(ELFImage.Malformed) {
      let image = try ELFImage(file.bytes)
      let count = image.symbols.count { $0.isExported || $0.isWeak || $0.isUnique }
      return count + image.needed.count <= file.bytes.count ? nil : "it has more than there is"
    } catch {
      throw BackplaneError(.file, "\(file.path): \(error.reason)")
    }
  }
}
