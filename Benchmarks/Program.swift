import Backplane
import Glibc

/// The `benchmarks` program: measures workloads and checks what they computed.
enum Program {
  static let help = """
    usage: benchmarks [OPTION]...

    Measures Backplane and prints one JSON line per workload: {"workload", "peer", "seconds"},
    the median of repeated runs. Every result is checked against a plain computation.

      --only NAME,...   these workloads alone
      --accelerator     the workloads for a device with memory of its own, such as cuda:0
      --sizes           how time grows: ten workloads, each with 10^3 to 10^8 "elements"
      --memory          instead of "seconds" the "megabytes" that a workload takes, each in a
                        process of its own; nothing is checked
      --device DEVICE   where to run (default: BACKPLANE_DEVICE, else cpu)
      --list            print the names of the workloads; with --sizes, of those
      --help            print this

    Exit status: 0; 1 if a result is wrong; 2 for bad usage or a device that cannot be used.

    """

  static func run(_ arguments: [String]) -> Int32 {
    if arguments == [ProcessStart.argument] { return ProcessStart.child() }
    if arguments.count == 2 && arguments[0] == ResidentMemory.argument {
      let name = arguments[1]
      return attempt(name) { emit(name, "\"megabytes\": \(try ResidentMemory.taken(by: name))") }
    }
    do {
      let options = try Options(arguments)
      if options.wantsHelp {
        print(help, terminator: "")
      } else if options.wantsList {
        let workloads = (Workload.all + Workload.accelerator).map(\.name)
        for name in options.kind == .sizes ? GrowingWorkload.all.map(\.name) : workloads { print(name) }
      } else {
        return try measure(options)
      }
      return 0
    } catch {
      complain("\(error)")
      return 2
    }
  }

  private static func measure(_ options: Options) throws -> Int32 {
    let device = options.device
    // The first use of the device tells whether it is there, before anything is measured.
    try withErrors { _ = Tensor.zeros([1], device: device) }
    switch options.kind {
    case .times, .accelerator: return times(options.workloads, on: device)
    case .sizes: return sizes(options.growing, on: device)
    case .memory: return memory(options.workloads, on: device)
    }
  }

  private static func times(_ workloads: [Workload], on device: Device) -> Int32 {
    var status: Int32 = 0
    for workload in workloads {
      status |= attempt(workload.name) {
        let seconds = try workload.median(on: device)
        let work = Work.table[workload.name].map { ", " + $0.json } ?? ""
        emit(workload.name, "\"seconds\": \(seconds)\(work)")
      }
    }
    return status
  }

  private static func sizes(_ workloads: [GrowingWorkload], on device: Device) -> Int32 {
    var status: Int32 = 0
    for workload in workloads {
      for elements in GrowingWorkload.sizes {
        status |= attempt("\(workload.name), \(elements) elements") {
          let seconds = try workload.ofSize(elements).median(on: device)
          emit(workload.name, "\"elements\": \(elements), \"seconds\": \(seconds)")
        }
      }
    }
    return status
  }

  private static func memory(_ workloads: [Workload], on device: Device) -> Int32 {
    var status: Int32 = 0
    for workload in workloads {
      status |= attempt(workload.name) {
        let child = try ChildProcess([ResidentMemory.argument, workload.name], device: device).run()
        // One that ended by itself has told why.
        if child & 0x7f != 0 { throw Complaint("the process ended with wait status \(child)") }
        if child != 0 { status = 1 }
      }
    }
    return status
  }

  /// The exit status: a workload that fails costs none of the others.
  private static func attempt(_ name: String, _ body: () throws -> Void) -> Int32 {
    do {
      try body()
      return 0
    } catch {
      complain("\(name): \(error)")
      return 1
    }
  }

  private static func emit(_ workload: String, _ members: String) {
    print("{\"workload\": \"\(workload)\", \"peer\": \"backplane\", \(members)}")
    fflush(nil)
  }

  private static func complain(_ message: String) {
    fflush(nil)
    let line = "benchmarks: \(message)\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
  }
}
