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
      --device DEVICE   where to run (default: BACKPLANE_DEVICE, else cpu)
      --list            print the names of the workloads
      --help            print this

    Exit status: 0; 1 if a result is wrong; 2 for bad usage or a device that cannot be used.

    """

  static func run(_ arguments: [String]) -> Int32 {
    if arguments == [ProcessStart.argument] { return ProcessStart.child() }
    do {
      let options = try Options(arguments)
      if options.wantsHelp {
        print(help, terminator: "")
      } else if options.wantsList {
        for workload in Workload.all + Workload.accelerator { print(workload.name) }
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
    // The first use of the device tells whether it is there, before anything is measured.
    try withErrors { _ = Tensor.zeros([1], device: options.device) }
    var status: Int32 = 0
    for workload in options.workloads {
      do {
        let seconds = try workload.median(on: options.device)
        let work = Work.table[workload.name].map { ", " + $0.json } ?? ""
        print("{\"workload\": \"\(workload.name)\", \"peer\": \"backplane\", \"seconds\": \(seconds)\(work)}")
        fflush(nil)
      } catch {
        complain("\(workload.name): \(error)")
        status = 1
      }
    }
    return status
  }

  private static func complain(_ message: String) {
    fflush(nil)
    let line = "benchmarks: \(message)\n"
    _ = line.withCString { write(2, $0, strlen($0)) }
  }
}
