// stderr is a C global that nothing here replaces.
@preconcurrency import Glibc

// `fuzz operators …` calls operators with arguments that nobody means well by; `fuzz files …` opens damaged files.
let arguments = Array(CommandLine.arguments.dropFirst(2))
switch CommandLine.arguments.dropFirst().first {
case "operators": exit(OperatorFuzz.main(arguments))
case "files": exit(FileFuzz.main(arguments))
default:
  fputs("usage: fuzz operators|files [--count N] [--seed N] …\n", stderr)
  exit(2)
}
