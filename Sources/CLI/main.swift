import Glibc
import PluginHost

exit(StandardOutput.finish(Program.run(Array(CommandLine.arguments.dropFirst())), "backplane"))
