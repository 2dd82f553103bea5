import Glibc
import PluginHost

/// Notes numbers, distributions and texts of a training run in a file that TensorBoard shows.
///
/// ```swift
/// let writer = try SummaryWriter(logDir: "runs/first")
/// for step in 0..<100 {
///   try writer.addScalar("loss/train", 1 / Double(step + 1), step)
/// }
/// try writer.addHistogram("weight", model.parameters()[0], 100)
/// ```
///
/// `tensorboard --logdir runs` then shows the runs of a folder. Every event is in the file when its call returns.
public final class SummaryWriter {
  /// The folder of the run.
  public let logDir: String
  /// The file that is written.
  public let path: String

  private var descriptor: Int32
  private let clock: () -> Double

  private static let fileCount = Lock(0)

  /// Makes the folder, and in it a new file whose name is of the time, the machine and the process.
  ///
  /// - Parameters:
  ///   - logDir: The folder of the run; `runs/` and the time unless told.
  ///   - filenameSuffix: What the file's name ends with.
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  public convenience init(logDir: String? = nil, filenameSuffix: String = "") throws(BackplaneError) {
    let time = SummaryWriter.now()
    try self.init(logDir ?? "runs/\(SummaryWriter.timeOfDay(time))", filenameSuffix, SummaryWriter.now)
  }

  package init(_ logDir: String, _ suffix: String, _ clock: @escaping () -> Double) throws(BackplaneError) {
    try BackplaneError.checkPath(logDir + suffix)
    try SummaryWriter.makeFolder(logDir)
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, 255)
    let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let number = SummaryWriter.fileCount.withLock { count in
      defer { count += 1 }
      return count
    }
    let time = clock()
    let file = "\(logDir)/events.out.tfevents.\(Int(time)).\(name).\(getpid()).\(number)\(suffix)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .file(file, systemReason()) }
    (self.logDir, path, self.descriptor, self.clock) = (logDir, file, descriptor, clock)
    var event = ProtobufWriter()
    event.double(1, time)
    event.bytes(3, Array("brain.Event:2".utf8))
    try write(event.bytes)
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  // MARK: Events

  /// Notes a number at a step.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  public func addScalar(_ tag: String, _ value: Double, _ step: Int = 0) throws(BackplaneError) {
    try add(tag, step) { $0.float(2, Float(value)) }
  }

  /// Notes the one number of a tensor at a step.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason; of kind
  ///   ``BackplaneError/Kind/value`` for a tensor of more or fewer elements.
  public func addScalar(_ tag: String, _ value: Tensor, _ step: Int = 0) throws(BackplaneError) {
    try addScalar(tag, Ops.item(value).double, step)
  }

  /// Notes several numbers at a step, each as `tag/name`.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  public func addScalars(_ tag: String, _ values: [String: Double], _ step: Int = 0) throws(BackplaneError) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) { try addScalar("\(tag)/\(name)", value, step) }
  }

  /// Notes how the elements of a tensor are distributed, in TensorBoard's classes.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason; of kind
  ///   ``BackplaneError/Kind/value`` for a tensor without elements, or with one that is no finite number.
  public func addHistogram(_ tag: String, _ values: Tensor, _ step: Int = 0) throws(BackplaneError) {
    guard !values.dtype.isComplex else {
      throw BackplaneError(.dtype, "addHistogram: complex numbers of \(tag) have no order")
    }
    let wide = try withoutGradients { () throws(BackplaneError) in
      try Ops.move(values.detach(), to: DeviceContext.of(.processor))
    }
    let numbers = wide.toArray(Double.self)
    guard !numbers.isEmpty, numbers.allSatisfy(\.isFinite) else {
      throw BackplaneError(
        .value,
        numbers.isEmpty
          ? "The input has no element." : "addHistogram: \(tag) has elements that are infinite or no number")
    }
    let histogram = EventHistogram(numbers)
    try add(tag, step) { $0.bytes(5, histogram.message) }
  }

  /// Notes a text at a step, which may be Markdown.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  public func addText(_ tag: String, _ text: String, _ step: Int = 0) throws(BackplaneError) {
    var plugin = ProtobufWriter()
    plugin.bytes(1, Array("text".utf8))
    var metadata = ProtobufWriter()
    metadata.bytes(1, plugin.bytes)
    // A tensor of one string: type 7, of shape [1].
    var extent = ProtobufWriter()
    extent.integer(1, 1)
    var shape = ProtobufWriter()
    shape.bytes(2, extent.bytes)
    var tensor = ProtobufWriter()
    tensor.integer(1, 7)
    tensor.bytes(2, shape.bytes)
    tensor.bytes(8, Array(text.utf8))
    try add(tag + "/text_summary", step) {
      $0.bytes(9, metadata.bytes)
      $0.bytes(8, tensor.bytes)
    }
  }

  /// Sees to it that all is on disk.
  ///
  /// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/file``, which names the file and the reason.
  public func flush() throws(BackplaneError) {
    guard descriptor >= 0 else { return }
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else { throw .file(path, systemReason()) }
  }

  /// Ends the file; a second call does nothing.
  public func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  // MARK: Records

  private func add(_ tag: String, _ step: Int, _ value: (inout ProtobufWriter) -> Void) throws(BackplaneError) {
    var inner = ProtobufWriter()
    inner.bytes(1, Array(tag.utf8))
    value(&inner)
    var summary = ProtobufWriter()
    summary.bytes(1, inner.bytes)
    var event = ProtobufWriter()
    event.double(1, clock())
    event.integer(2, step)
    event.bytes(5, summary.bytes)
    try write(event.bytes)
  }

  private func write(_ event: [UInt8]) throws(BackplaneError) {
    guard descriptor >= 0 else { throw .file(path, "it is closed") }
    let record = EventRecord.bytes(event)
    var written = 0
    while written < record.count {
      let count = record[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .file(path, systemReason())
      }
      written += count
    }
  }

  // MARK: Time and place

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// `Nov27_19-45-00`, as PyTorch names folders.
  private static func timeOfDay(_ time: Double) -> String {
    var seconds = time_t(time)
    var parts = tm()
    localtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, "%b%d_%H-%M-%S", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Makes a folder and those that it is in.
  private static func makeFolder(_ path: String) throws(BackplaneError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part + "/"
      if mkdir(made, 0o777) != 0, errno != EEXIST { throw .file(path, systemReason()) }
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw .file(path, systemReason()) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .file(path, "it is not a directory") }
  }
}
