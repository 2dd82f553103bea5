import Glibc

/// Where a call came from: addresses, whose functions and lines are found out when they are wanted.
struct CallTrace: CustomStringConvertible {
  private static let depth = 64
  private let addresses: [UInt]

  /// The calls that lead here.
  @inline(never)
  init() {
    addresses = withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: CallTrace.depth) { frames in
      let count = Int(returnAddresses(frames.baseAddress!, Int32(CallTrace.depth)))
      return frames[..<max(count, 0)].map { UInt(bitPattern: $0) }
    }
  }

  /// A call in the program's own code, or that of a library between.
  struct Frame {
    let function: String
    /// The file and line, where the program has debugging information.
    let line: (file: String, number: Int)?

    var description: String {
      guard let line else { return "  in \(function)" }
      return "  File \"\(line.file)\", line \(line.number), in \(function)"
    }
  }

  /// The calls, outermost first, without Backplane's own and those of the language's runtime.
  var description: String {
    let frames = self.frames
    return frames.isEmpty
      ? "  (no function of the program is known)" : frames.map(\.description).joined(separator: "\n")
  }

  /// The calls of the program's own functions, outermost first.
  var frames: [Frame] {
    var images: [String: (image: ProgramImage, base: UInt, addresses: [UInt])] = [:]
    var places: [(path: String, address: UInt)?] = []
    for address in addresses {
      // A return address may be that of the next function.
      let call = address &- 1
      var info = AddressInfo()
      guard addressInfo(call, &info) != 0, let name = info.file, let base = info.base else {
        places.append(nil)
        continue
      }
      let path = String(cString: name)
      if images[path] == nil, let image = ProgramImage.open(path) {
        images[path] = (image, image.isRelocated ? UInt(bitPattern: base) : 0, [])
      }
      guard let known = images[path] else {
        places.append(nil)
        continue
      }
      images[path]!.addresses.append(call &- known.base)
      places.append((path, call &- known.base))
    }
    let functions = images.mapValues { $0.image.functions(at: $0.addresses) }
    let own = places.map { place -> (path: String, address: UInt, name: String)? in
      guard let place, let symbol = functions[place.path]?[place.address],
        let name = CallTrace.nameOfProgram(symbol)
      else { return nil }
      return (place.path, place.address, name)
    }
    var wanted: [String: [UInt]] = [:]
    for frame in own.compactMap({ $0 }) { wanted[frame.path, default: []].append(frame.address) }
    let lines = Dictionary(uniqueKeysWithValues: wanted.map { ($0, images[$0]!.image.lines(at: $1)) })
    return own.compactMap { $0 }.reversed().map { Frame(function: $0.name, line: lines[$0.path]?[$0.address]) }
  }

  /// A function's name as it is written in Swift; nil for one of Backplane or of the language.
  static func nameOfProgram(_ symbol: String) -> String? {
    guard symbol.hasPrefix("$s"), let name = demangled(symbol) else { return nil }
    let extended = name.split(separator: "(extension in ").dropFirst().first?.prefix { $0 != ")" }
    let module = extended.map(String.init) ?? moduleName(symbol.dropFirst(2))
    guard let module, !["Backplane", "PluginHost", "Swift", "_Concurrency", "Testing"].contains(module) else {
      return nil
    }
    return name
  }

  /// The module that a mangled name begins with; nil for the language's own.
  private static func moduleName(_ mangled: Substring) -> String? {
    let digits = mangled.prefix { $0.isNumber }
    guard let count = Int(digits), count > 0 else { return nil }
    return String(mangled.dropFirst(digits.count).prefix(count))
  }

  private static func demangled(_ symbol: String) -> String? {
    guard let text = demangle(symbol, symbol.utf8.count, nil, nil, 0) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }
}

// Functions that the headers leave out.

/// Puts the return addresses of the calls that lead here into `buffer`, and returns how many these are.
@_silgen_name("backtrace")
private func returnAddresses(_ buffer: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ count: Int32) -> Int32

/// `Dl_info` of the dynamic loader.
private struct AddressInfo {
  var file: UnsafePointer<CChar>?
  var base: UnsafeMutableRawPointer?
  var symbol: UnsafePointer<CChar>?
  var start: UnsafeMutableRawPointer?
}

/// Finds the file that an address belongs to; 0 where there is none.
@_silgen_name("dladdr")
private func addressInfo(_ address: UInt, _ info: UnsafeMutablePointer<AddressInfo>) -> Int32

/// The runtime's own function; it allocates what it returns.
@_silgen_name("swift_demangle")
private func demangle(
  _ name: UnsafePointer<CChar>, _ length: Int, _ buffer: UnsafeMutablePointer<CChar>?,
  _ size: UnsafeMutablePointer<Int>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?
