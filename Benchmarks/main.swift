import Backplane
import Glibc

exit(StandardOutput.finish(Program.run(Array(CommandLine.arguments.dropFirst())), "benchmarks"))
