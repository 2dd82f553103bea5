import Backplane
// stderr is a C global that nothing here replaces.
@preconcurrency import Glibc
import Isolation

/// Opens damaged files of every format.
///
/// Inputs are made from small files that are sound or lie about themselves, damaged further, and read in child
/// processes: a crash, a hang, memory beyond four times the file and 64 MB, or an error of the wrong kind is a finding.
/// Every input is known by format, seed and number, and can be made again alone.
enum FileFuzz {
  static let help = """
    usage: fuzz files [options]

      --format F     safetensors, checkpoint, pt, gguf, npy, npz, idx, cases, elf or all (default)
      --count N      inputs, over all formats (default 6000)
      --seed S       (default 1)
      --first N      the number of the first input of a format (default 0)
      --device D     (default reference)
      --keep FOLDER  write the inputs of findings to a folder
      --read FILE    instead: read one file of a format
      --saves FILE   instead: save to FILE over and over, and print a line before each time

    Exit status: 0 no finding, 1 findings, 2 could not run.
    """

  static let formats: [any FileFormat.Type] = [
    SafetensorsFormat.self, CheckpointFormat.self, PyTorchFormat.self, GGUFFormat.self, NPYFormat.self, NPZFormat.self,
    IDXFormat.self, CasesFormat.self, ELFFormat.self,
  ]

  static func main(_ arguments: [String]) -> Int32 {
    do {
      let options = try FileFuzzOptions(arguments)
      if let path = options.savesTo { try SaveLoop.run(path, options.device) }
      let chosen = formats.filter { options.format == "all" || $0.name == options.format }
      guard !chosen.isEmpty else { throw FileFuzzOptions.Failure("there is no format \(options.format)\n\(help)") }
      if options.isWorker {
        guard Worker.start() else { throw FileFuzzOptions.Failure("--worker is for this program's own use") }
        try FileFuzzWorker.run(chosen[0], options)
        return 0
      }
      // Before any file, so that a device that is not there is no finding of each of them.
      try withErrors { _ = Tensor.zeros([1], device: options.device) }
      if let path = options.reads { return try FileFuzzWorker.read(chosen[0], path, options) ? 0 : 1 }
      var (findings, refused) = (0, 0)
      for (i, format) in chosen.enumerated() {
        var part = options
        part.count = options.count / chosen.count + (i < options.count % chosen.count ? 1 : 0)
        let result = try run(format, part)
        findings += result.findings
        refused += result.refused
      }
      print(
        "\(options.count) files, seed \(options.seed): \(refused) refused, \(findings) finding\(findings == 1 ? "" : "s")"
      )
      return findings == 0 ? 0 : 1
    } catch {
      fputs("fuzz files: \(error)\n", stderr)
      return 2
    }
  }

  /// Has the inputs of one format read, by as many children as it takes.
  private static func run(
    _ format: any FileFormat.Type, _ options: FileFuzzOptions
  ) throws -> (findings: Int, refused: Int) {
    /// A child's memory grows a little with every input: none lives for ever.
    let inputsPerChild = 20_000
    var next = options.first
    let end = options.first + options.count
    var (findings, refused) = (0, 0)
    while next < end {
      var part = options
      (part.first, part.count) = (next, min(inputsPerChild, end - next))
      let child = try Child(["files"] + part.arguments(format.name) + ["--worker"])
      var reached: Int?
      while let line = child.next(within: 0) {
        if line.count == 3, line[0] == "next" {
          reached = Int(line[1])
          refused += Int(line[2]) ?? 0
        }
        guard line.count == 3, line[0] == "finding", let index = Int(line[1]) else { continue }
        findings += 1
        try tell(format, options, index, line[2])
      }
      let ending = child.wait()
      if let reached {
        next = reached
        continue
      }
      guard let index = ending.place.flatMap({ Int($0) }) else {
        throw FileFuzzOptions.Failure("a child ended before its first input: \(ending.sentence)")
      }
      findings += 1
      try tell(format, options, index, ending.description + (ending.lastWords.isEmpty ? "" : ": \(ending.lastWords)"))
      next = index + 1
    }
    return (findings, refused)
  }

  private static func tell(
    _ format: any FileFormat.Type, _ options: FileFuzzOptions, _ index: Int, _ what: String
  ) throws {
    print("\(format.name) \(index): \(what)")
    print("  again: fuzz files --format \(format.name) --seed \(options.seed) --first \(index) --count 1")
    guard let folder = options.keep else { return }
    mkdir(folder, 0o777)
    let path = "\(folder)/\(format.name)-\(options.seed)-\(index)"
    guard let file = fopen(path, "we") else { throw FileFuzzOptions.Failure("\(path) cannot be written") }
    defer { fclose(file) }
    let bytes = input(format, options.seed, index)
    fwrite(bytes, 1, bytes.count, file)
  }

  private static func input<Format: FileFormat>(_ format: Format.Type, _ seed: UInt64, _ index: Int) -> [UInt8] {
    Format.input(Format(), seed: seed, index: index)
  }
}

struct FileFuzzOptions {
  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  var format = "all"
  var count = 6000
  var seed: UInt64 = 1
  var first = 0
  var device = Device("reference")
  var keep: String?
  var reads: String?
  var savesTo: String?
  var isWorker = false

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    func value(_ option: String) throws -> String {
      guard let value = rest.popFirst() else { throw Failure("\(option) needs a value") }
      return value
    }
    func number(_ option: String) throws -> Int {
      let text = try value(option)
      guard let number = Int(text), number >= 0, number < 1 << 40 else { throw Failure("\(option) is a number") }
      return number
    }
    while let option = rest.popFirst() {
      switch option {
      case "--format": format = try value(option)
      case "--count": count = try number(option)
      case "--seed": seed = UInt64(try number(option))
      case "--first": first = try number(option)
      case "--device": device = Device(try value(option))
      case "--keep": keep = try value(option)
      case "--read": reads = try value(option)
      case "--saves": savesTo = try value(option)
      case "--worker": isWorker = true
      default: throw Failure("unknown option \(option)\n\(FileFuzz.help)")
      }
    }
  }

  /// For a child that reads one format.
  func arguments(_ format: String) -> [String] {
    ["--format", format, "--count", "\(count)", "--seed", "\(seed)", "--first", "\(first)", "--device", "\(device)"]
  }
}
