import Backplane
import Glibc

/// The losses of a run: shown as a curve at its end, and written where it was asked for.
struct Record {
  private(set) var losses: [Double] = []
  private let steps: Int
  private let path: String?
  private let writer: SummaryWriter?

  init(_ options: Options, _ name: String) throws {
    steps = options.steps
    path = options.losses
    writer = try options.logs.map { try SummaryWriter(logDir: "\($0)/\(name)") }
  }

  var last: Double { losses.last ?? .nan }

  /// Whether no more steps are wanted.
  var isComplete: Bool { losses.count >= steps }

  mutating func add(_ loss: Double, epoch: Int) throws {
    guard loss.isFinite else {
      throw BackplaneError(.value, "the loss became \(loss) in step \(losses.count + 1), epoch \(epoch + 1)")
    }
    losses.append(loss)
    try writer?.addScalar("loss", loss, losses.count)
  }

  /// Writes what is left, and shows the curve.
  func finish() throws {
    writer?.close()
    if let path {
      guard let file = fopen(path, "w") else {
        throw BackplaneError(.file, "\(path): \(String(cString: strerror(errno)))")
      }
      let isWritten = fputs(losses.map { "\($0)\n" }.joined(), file) >= 0
      guard fclose(file) == 0, isWritten else { throw BackplaneError(.file, "\(path): it could not be written whole") }
    }
    print(History([Curve("loss", losses)]))
  }
}

/// What comes with the examples.
enum Resources {
  /// A folder beside this source, else below the working directory.
  static func folder(_ name: String) -> String {
    let source = #filePath
    let beside = source[..<(source.lastIndex(of: "/") ?? source.startIndex)] + "/" + name
    return access(String(beside), R_OK) == 0 ? String(beside) : "Examples/Networks/" + name
  }

  /// The text that two of the examples learn from: the beginning of "Alice's Adventures in Wonderland", Carroll, 1865.
  static func text() throws -> String {
    let path = folder("Text") + "/alice.txt"
    guard let file = fopen(path, "r") else {
      throw BackplaneError(.file, "\(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Characters and their numbers.
struct Alphabet {
  let characters: [Character]
  private let numbers: [Character: Int]

  init(_ characters: some Sequence<Character>) {
    self.characters = Array(characters)
    numbers = Dictionary(self.characters.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// The characters of a text, sorted.
  init(of text: String) { self.init(Set(text).sorted()) }

  /// Those that the alphabet has.
  func encode(_ text: String) -> [Int] { text.compactMap { numbers[$0] } }
  func decode(_ ids: [Int]) -> String { String(ids.map { characters[$0] }) }
}
