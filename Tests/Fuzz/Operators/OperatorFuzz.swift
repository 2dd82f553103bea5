@preconcurrency import Glibc

/// Calls every operator by name with hostile arguments.
///
/// Whatever a caller passes, an operator gives a result or an error, within the time and memory that the work asks for.
enum OperatorFuzz {
  static let usage = """
    Calls every operator by name with arguments that nobody means well by, each call in a process that may die of it.

      fuzz operators [options]

      --count N       calls in all (default: 200000)
      --seed N        of all that is chosen (default: 1)
      --op NAME       this operator only; with * at its end, all whose names begin so
      --case K        this case of the operator only, and print what it is
      --device NAME   where the tensors are (default: cpu)
      --jobs N        processes at once (default: 1)

    A finding is an end of the process, a call that takes more than \(CallLimits.seconds) s of the processor, or an error that calls
    itself a defect; each is printed with the options that make it again. Exit status: 0 none, 1 some, 2 could not run.
    """

  static func main(_ arguments: [String]) -> Int32 {
    if arguments.first == OperatorWorker.option { return OperatorWorker.main(Array(arguments.dropFirst())) }
    do {
      return try OperatorSupervisor(OperatorFuzzOptions(arguments)).run()
    } catch {
      fputs("fuzz: \(error)\n", stderr)
      return 2
    }
  }
}
