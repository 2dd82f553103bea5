import PluginHost

/// The `backplane` program: what the arguments ask for, and the exit status.
enum Program {
  static let help = """
    usage: backplane COMMAND

      backplane devices [--json]   list every device, the plugin behind it and its memory,
                                   then the plugins that could not be loaded and why
      backplane explain DEVICE     tell every path tried for a device such as cuda:0,
                                   and why each was taken or turned down
      backplane check FILE.so [--json] [--verbose]
                                   tell whether a plugin keeps the obligations of backplane_backend.h;
                                   --obligations lists them and how each is checked
      backplane operators [NAME]   list the operators that can be called by name, and what they take
      backplane new-plugin NAME [--language LANGUAGE] [--output DIR]
                                   write a folder that builds into a complete plugin, to start from,
                                   in c, c++, rust or swift (default: c, and the folder NAME)
      backplane --version          print the version
      backplane --help             print this; COMMAND --help prints what is to know of a command

    Plugins are files named libbackplane-NAME.so. They are looked for in BACKPLANE_PLUGIN_PATH
    (colon-separated files and folders), beside the program, and in lib/backplane of the
    install prefix. BACKPLANE_DEVICE names the default device. BACKPLANE_VALIDATE=1 checks
    every call of a plugin, BACKPLANE_TRACE=FILE writes them down for Perfetto.

    Exit status: 0; 1 when check finds an obligation broken; 2 for bad usage, when no device, or not the
    one asked for, can be used, when check could not check, or where the output cannot be written.

    """

  /// What `COMMAND --help` prints.
  private static let commandHelp = [
    "devices": DevicesCommand.help, "explain": ExplainCommand.help, "check": CheckCommand.help,
    "operators": OperatorsCommand.help, "new-plugin": NewPluginCommand.help,
  ]

  /// Returns the exit status.
  static func run(_ arguments: [String]) -> Int32 {
    let rest = arguments.dropFirst()
    let isAsked = rest.contains("--help") || rest.contains("-h")
    let command = arguments.first == "help" && rest.count == 1 ? rest.first : isAsked ? arguments.first : nil
    if let help = command.flatMap({ commandHelp[$0] }) {
      print(help)
      return 0
    }
    do throws(Failure) {
      switch arguments.first {
      case nil:
        throw Failure(help + "backplane: a command is missing")
      case "devices":
        return try DevicesCommand(arguments.dropFirst()).run()
      case "explain":
        return try ExplainCommand(arguments.dropFirst()).run()
      case "check":
        return try CheckCommand(arguments.dropFirst()).run()
      case "operators":
        return try OperatorsCommand(arguments.dropFirst()).run()
      case "new-plugin":
        return try NewPluginCommand(arguments.dropFirst()).run()
      case "--version", "-V":
        try refuse(arguments.dropFirst(), after: "--version")
        print("backplane \(backplaneVersion)")
      case "--help", "-h", "help":
        try refuse(arguments.dropFirst(), after: "--help")
        print(help, terminator: "")
      case let other?:
        let kind = other.hasPrefix("-") ? "option" : "command"
        throw Failure("backplane: unknown \(kind) '\(other)'; 'backplane --help' lists what there is")
      }
      return 0
    } catch {
      Failure.write(error.message)
      return Failure.status
    }
  }

  static func refuse(_ arguments: ArraySlice<String>, after word: String) throws(Failure) {
    guard let extra = arguments.first else { return }
    throw Failure("backplane: unexpected argument '\(extra)' after \(word)")
  }
}
