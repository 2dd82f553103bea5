import Backplane

/// What the command line asks for.
struct Options {
  /// What is measured; each has an option of its own, and they exclude each other.
  enum Kind: String {
    case times
    case accelerator = "--accelerator"
    case sizes = "--sizes"
    case memory = "--memory"
  }

  private(set) var kind = Kind.times
  private(set) var workloads = Workload.all
  /// With `--sizes`, instead of the workloads.
  private(set) var growing = GrowingWorkload.all
  private(set) var device = Device.default
  private(set) var wantsHelp = false
  private(set) var wantsList = false

  init(_ arguments: [String]) throws(Complaint) {
    var rest = arguments[...]
    var only: String?
    while let argument = rest.popFirst() {
      switch argument {
      case "--only": only = try Options.value(argument, &rest)
      case "--device":
        let string = try Options.value(argument, &rest)
        device = string.isEmpty ? Device.default : Device(string)
      case Kind.accelerator.rawValue, Kind.sizes.rawValue, Kind.memory.rawValue:
        guard kind == .times || kind.rawValue == argument else {
          throw Complaint("\(kind.rawValue) and \(argument) exclude each other")
        }
        kind = Kind(rawValue: argument)!
      case "--list": wantsList = true
      case "--help", "-h": wantsHelp = true
      default: throw Complaint("unknown argument '\(argument)'; 'benchmarks --help' lists the options")
      }
    }
    if kind == .accelerator { workloads = Workload.accelerator }
    guard let only else { return }
    if kind == .sizes {
      growing = try Options.chosen(only, of: growing, \.name, list: "benchmarks --sizes --list")
    } else {
      workloads = try Options.chosen(only, of: Workload.all + Workload.accelerator, \.name, list: "benchmarks --list")
    }
  }

  private static func value(_ name: String, _ rest: inout ArraySlice<String>) throws(Complaint) -> String {
    guard let value = rest.popFirst() else { throw Complaint("\(name) needs a value") }
    return value
  }

  private static func chosen<Choice>(
    _ names: String, of all: [Choice], _ name: (Choice) -> String, list: String
  ) throws(Complaint) -> [Choice] {
    var chosen: [Choice] = []
    for wanted in names.split(separator: ",") {
      guard let choice = all.first(where: { name($0) == wanted }) else {
        throw Complaint("--only: no workload is named '\(wanted)'; '\(list)' names them")
      }
      chosen.append(choice)
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
