import Backplane
import Glibc

exit(StandardOutput.finish(Demo.run(Array(CommandLine.arguments.dropFirst())), "digits", failure: 1))
