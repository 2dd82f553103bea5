import BackendAPI
import Glibc

/// The checks of ``Validation`` for one plugin.
///
/// Buffers, streams and events that the host sees are handles of the layer; the plugin's own are kept behind them.
final class ValidationLayer: TableLayer, @unchecked Sendable {
  // Sendable: the members are constant or behind locks; the table's functions may be called from any thread [BP-1.6].

  struct State {
    var buffers = Handles<GuardedBuffer>(kind: 1)
    var streams = Handles<Stream>(kind: 2)
    var events = Handles<Event>(kind: 3)
    var programs = Handles<PreparedProgram>(kind: 4)
    /// The plugin's first answers, by device and types.
    var answers: [QueryKey: bp_op_info] = [:]
    /// How often an operator was run twice to see what it reads.
    var probes: [QueryKey: Int] = [:]
    var devices: [Int32: DeviceFacts] = [:]
    /// In fatal mode: what a function found that cannot fail.
    var pending: Validation.Finding?
    var callCount = 0
  }

  struct Stream {
    let inner: bp_stream
    let device: Int32
    let marker: CallMarker
  }

  struct Event {
    let inner: bp_event
    let device: Int32
  }

  struct DeviceFacts {
    let alignment: Int
    let hasHostMemory: Bool
    /// The layer's own stream, for what has none: guards of new buffers.
    let stream: bp_stream
  }

  let inner: bp_plugin
  let name: String
  let mode: Validation.Mode
  let state = Lock(State())
  /// One call at a time on each device, so that what changes is known to be the call's doing.
  private let deviceLocks: [CallMarker]
  /// For plugins without streams: whose execute and copies the host serializes.
  let deviceMarkers: [CallMarker]

  var isSynchronous: Bool { inner.stream_create == nil }

  init(_ inner: bp_plugin, _ mode: Validation.Mode, isOfFrontend: Bool) {
    self.inner = inner
    self.mode = mode
    name = inner.name.map { String(cString: $0) } ?? "unnamed plugin"
    let count = max(Int(inner.device_count), 1)
    deviceLocks = (0..<count).map { _ in CallMarker() }
    deviceMarkers = (0..<count).map { _ in CallMarker() }
    if isOfFrontend { ValidationReport.add(self) }
  }

  /// Runs `body` with devices to itself. They are taken in order, so that two copies between two devices do not wait
  /// for one another.
  func withDevices<Result>(_ devices: [Int32], _ body: () -> Result) -> Result {
    let locks = Set(devices).sorted().map { deviceLocks[min(max(Int($0), 0), deviceLocks.count - 1)] }
    for lock in locks { lock.wait() }
    defer { for lock in locks.reversed() { lock.leave() } }
    return body()
  }

  /// What the device says of itself.
  func facts(_ device: Int32) -> DeviceFacts {
    if let known = state.withLock({ $0.devices[device] }) { return known }
    var info = bp_device_info()
    info.struct_size = UInt32(MemoryLayout<bp_device_info>.size)
    var error = bp_error.empty
    let isKnown = inner.device_info(inner.context, device, &info, &error) == BP_OK
    var stream: bp_stream = 0
    if isKnown, let create = inner.stream_create { _ = create(inner.context, device, &stream, &error) }
    let alignment = max(Int(info.alignment), 1)
    let facts = DeviceFacts(
      alignment: alignment & (alignment - 1) == 0 ? alignment : 1,
      hasHostMemory: info.flags & BP_DEVICE_HOST_MEMORY != 0, stream: stream)
    return state.withLock { state in
      if let first = state.devices[device] { return first }
      state.devices[device] = facts
      return facts
    }
  }
}

/// A mutex that tells whether someone else is inside.
final class CallMarker: @unchecked Sendable {
  // Sendable: a mutex is made to be shared.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    // Lives as long as the process, like the layer.
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  /// False where another call is inside; then the caller may wait.
  func enter() -> Bool { pthread_mutex_trylock(mutex) == 0 }
  func wait() { pthread_mutex_lock(mutex) }
  func leave() { pthread_mutex_unlock(mutex) }
}

/// What is told of each validated plugin when the program ends.
enum ValidationReport {
  private static let layers = Lock<[ValidationLayer]>([])

  static func add(_ layer: ValidationLayer) {
    let isFirst = layers.withLock { layers in
      layers.append(layer)
      return layers.count == 1
    }
    if isFirst { atexit { ValidationReport.write() } }
  }

  /// Blocks that the frontend keeps for later, and tensors in global variables, are alive at the end of every
  /// program: what is alive is told, and is no finding.
  private static func write() {
    for layer in layers.withLock({ $0 }) {
      let count = Validation.count(of: layer.name)
      let line = layer.state.withLock { state -> String? in
        guard state.callCount > 0 else { return nil }
        let buffers = state.buffers.objects
        let bytes = formatBytes(buffers.reduce(0) { $0 + $1.bytes })
        return "validation of \(layer.name): findings: \(count), calls: \(state.callCount); alive at the end, the "
          + "frontend's cache included: buffers: \(buffers.count) (\(bytes)), streams: \(state.streams.objects.count), "
          + "events: \(state.events.objects.count)"
      }
      // For whoever asked for validation, whatever the log's level: that it was on is half of the news.
      if let line { _ = "backplane: \(line)\n".withCString { Glibc.write(2, $0, strlen($0)) } }
    }
  }
}
