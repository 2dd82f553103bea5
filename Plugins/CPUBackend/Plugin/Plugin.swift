import BackendAPI
import CPUKernelTypes
import CPUKernelsV1
import CPUKernelsV3
import CPUKernelsV4
import CPULanes
import CPUNetworkKernelsV1
import CPUNetworkKernelsV3
import CPUNetworkKernelsV4
import Glibc

/// What the functions of the plugin's table work with: made once, when the plugin is opened, and
/// handed to every function as its context.
struct Backend {
  let kernels: KernelTable
  let networks: NetworkKernelTable
  let operators: OperatorTable
  let level: Level
  let threads: Int
  let memoryLimit: Int
}

/// A pointer to the one backend of the process.
typealias Context = UnsafePointer<Backend>

/// The instruction-set levels that the kernels are compiled for.
enum Level: Int32 {
  case v1 = 1
  case v3 = 3
  case v4 = 4

  /// As users read it.
  var title: StaticString {
    switch self {
    case .v1: "baseline x86-64"
    case .v3: "AVX2"
    case .v4: "AVX-512"
    }
  }

  var kernels: KernelTable {
    switch self {
    case .v1: CPUKernelsV1.kernelTable()
    case .v3: CPUKernelsV3.kernelTable()
    case .v4: CPUKernelsV4.kernelTable()
    }
  }

  var networks: NetworkKernelTable {
    switch self {
    case .v1: CPUNetworkKernelsV1.networkKernelTable()
    case .v3: CPUNetworkKernelsV3.networkKernelTable()
    case .v4: CPUNetworkKernelsV4.networkKernelTable()
    }
  }

  /// The level asked for by name, or nil.
  init?(name: String) {
    switch name {
    case "v1": self = .v1
    case "v3": self = .v3
    case "v4": self = .v4
    default: return nil
    }
  }
}

/// The value of an environment variable, nil if unset or empty, and in a set-uid program.
func environment(_ name: String) -> String? {
  guard let value = secure_getenv(name), value.pointee != 0 else { return nil }
  return String(cString: value)
}

/// The best level of this processor, or the one that BACKPLANE_CPU_LEVEL asks for.
private func chosenLevel() throws(Failure) -> Level {
  let best = Level(rawValue: lanes_processor_level()) ?? .v1
  guard let name = environment("BACKPLANE_CPU_LEVEL") else { return best }
  guard let level = Level(name: name) else {
    throw .unavailable("BACKPLANE_CPU_LEVEL is '\(name)', and has to be v1, v3 or v4")
  }
  guard level.rawValue <= best.rawValue else {
    throw .unavailable("BACKPLANE_CPU_LEVEL is \(name), but this processor has \(best.title) at most")
  }
  return level
}

/// As many threads as processors this process may run on, or as BACKPLANE_CPU_THREADS says.
private func chosenThreads() throws(Failure) -> Int {
  guard let text = environment("BACKPLANE_CPU_THREADS") else { return Int(system_processors()) }
  guard let threads = Int(text), threads > 0 else {
    throw .unavailable("BACKPLANE_CPU_THREADS is '\(text)', and has to be a number of threads, 1 or more")
  }
  return threads
}

private func bytes(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// The plugin's entry point: as `bp_plugin_open_v1` of its library, and by this name in programs that link it.
@c(backplane_cpu_open)
public func openCPUBackend(
  _ host: UnsafePointer<bp_host>!, _ out: UnsafeMutablePointer<bp_plugin>!,
  _ err: UnsafeMutablePointer<bp_error>!
) -> Int32 {
  status(err) { () throws(Failure) in
    guard let host, let out else { throw .invalid("bp_plugin_open_v1: host and out must not be NULL") }
    guard host.pointee.abi_major == BP_ABI_MAJOR else {
      throw Failure(
        BP_ERROR_ABI_MISMATCH,
        "the plugin speaks ABI \(BP_ABI_MAJOR), the host \(host.pointee.abi_major)")
    }
    let level = try chosenLevel()
    let backend = UnsafeMutablePointer<Backend>.allocate(capacity: 1)
    backend.initialize(
      to: Backend(
        kernels: level.kernels, networks: level.networks, operators: OperatorTable(), level: level,
        threads: try chosenThreads(),
        memoryLimit: memoryLimit()))

    var table = bp_plugin()
    table.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
    table.abi_major = BP_ABI_MAJOR
    table.abi_minor = BP_ABI_MINOR
    table.device_count = 1
    table.magic = BP_PLUGIN_MAGIC
    table.name = bytes("cpu")
    table.version = bytes("0.1.0")
    table.description = bytes("The processor: SIMD kernels, a thread pool and OpenBLAS")
    table.context = UnsafeMutableRawPointer(backend)
    table.device_info = deviceInfo
    table.memory_info = memoryInfo
    table.alloc = allocate
    table.free = release
    table.copy_from_host = copyFromHost
    table.copy_to_host = copyToHost
    table.query_op = queryOperator
    table.execute = executeOperator
    table.host_pointer = hostPointer
    table.wrap_host = wrapHost
    table.get_extension = getExtension
    withUnsafePointer(to: table) { bp_plugin_fill(out, $0) }
  }
}
