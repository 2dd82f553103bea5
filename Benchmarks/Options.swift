import Backplane

/// What the command line asks for.
struct Options {
  var workloads = Workload.all
  var device = Device.default
  var wantsHelp = false
  var wantsList = false

  init(_ arguments: [String]) throws(Complaint) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--only": workloads = try Options.workloads(Options.value(argument, &rest))
      case "--device":
        let string = try Options.value(argument, &rest)
        device = string.isEmpty ? Device.default : Device(string)
      case "--accelerator": workloads = Workload.accelerator
      case "--list": wantsList = true
      case "--help", "-h": wantsHelp = true
      default: throw Complaint("unknown argument '\(argument)'; 'benchmarks --help' lists the options")
      }
    }
  }

  private static func value(_ name: String, _ rest: inout ArraySlice<String>) throws(Complaint) -> String {
    guard let value = rest.popFirst() else { throw Complaint("\(name) needs a value") }
    return value
  }

  private static func workloads(_ names: String) throws(Complaint) -> [Workload] {
    var chosen: [Workload] = []
    for name in names.split(separator: ",") {
      guard let workload = (Workload.all + Workload.accelerator).first(where: { $0.name == name }) else {
        throw Complaint("--only: no workload is named '\(name)'; 'benchmarks --list' names them")
      }
      chosen.append(workload)
    }
    guard !chosen.isEmpty else { throw Complaint("--only needs the names of workloads, separated by commas") }
    return chosen
  }
}

/// What a person is told: a bad argument, or a wrong result.
struct Complaint: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
