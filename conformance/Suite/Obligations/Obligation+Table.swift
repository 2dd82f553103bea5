extension Obligation {
  /// All of them, in the header's order. A test compares the ids with the header's.
  public static let all: [Obligation] = conventions + errors + types + tensors + operators + devices + plugins

  private static let host = "it binds the host"

  private static let conventions = [
    Obligation(
      "1.1", "Structs hold fixed-width integers, doubles and pointers, padded to 8 bytes", .cases(["T0.table.size"])),
    Obligation(
      "1.2", "Structs only grow; nothing is read or written past struct_size",
      .cases(["T0.table.size", "T0.growth.*", "T0.device.info"])),
    Obligation("1.3", "Reserved members are written as zero", .cases(["T0.device.info"])),
    Obligation(
      "1.4", "Arguments are borrowed; strings are NUL-terminated UTF-8 and live on",
      .cases(["T0.table.text", "T0.device.info"])),
    Obligation(
      "1.5", "Nothing crosses the boundary but a return: no abort, exit, exception or signal handler", .cases(["T*"])),
    Obligation("1.6", "Any function may be called from any thread", .cases(["T1.threads"])),
    Obligation(
      "1.7", "The process is left as it was: directory, locale, environment, standard output",
      .cases(["T0.open.leaves-no-trace", "T3.process.unchanged"])),
  ]

  private static let errors = [
    Obligation(
      "2.1", "A failing call returns a code and fills bp_error; err may be NULL",
      .cases(["T3.unknown.*", "T1.alloc.negative"])),
    Obligation("2.2", "The message is NUL-terminated and not empty", .cases(["T3.unknown.*", "T1.alloc.negative"])),
    Obligation("2.3", "A failed call has no effect, and the device stays usable", .cases(["T3.*"])),
    Obligation("2.4", "On success bp_error is left alone", .cases(["T0.device.*", "T1.alloc.sizes", "T2.ADD.*"])),
  ]

  private static let types = [
    Obligation("3.1", "float32, int64 and bool are there", .cases(["T2.*.claim"])),
    Obligation("3.2", "A bool is written as 0 or 1, and any nonzero byte is true", .cases(["T2.COPY.*bool*"])),
    Obligation("3.3", "Conversions", .cases(["T2.COPY.*"])),
    Obligation("3.4", "Integer arithmetic wraps", .cases(["T2.ADD.int64.*", "T2.MUL.int64.*"])),
    Obligation("3.5", "Floating point is IEEE 754; subnormals are kept", .cases(["T2.*.float32.special*"])),
  ]

  private static let tensors = [
    Obligation(
      "4.1", "Ranks 0 to 16; an empty tensor's buffer is not touched",
      .cases(["T2.*.empty*", "T2.*.rank16", "T2.*.scalar"])),
    Obligation(
      "4.2", "Any strides: zero, negative, with steps",
      .cases(["T2.*.transposed*", "T2.*.negative*", "T2.*.broadcast*", "T2.*.step2*"])),
    Obligation("4.3", "Inputs and outputs share nothing but in place, where it is claimed", .cases(["T2.*.in-place*"])),
    Obligation("4.4", "Addresses are aligned to the element size, and to no more", .cases(["T2.*.misaligned"])),
    Obligation("4.5", "Every element of the outputs is written, and nothing else", .cases(["T2.*"])),
    Obligation("4.6", "Immediates", .cases(["T2.*.immediate*", "T2.FILL.*"])),
  ]

  private static let operators = [
    Obligation("5.1", "The host passes only what the definitions allow", .none(host)),
    Obligation("5.2", "What query_op claims, execute does", .cases(["T2.*"])),
    Obligation(
      "5.3", "What is not known or not admitted is refused",
      .cases(["T3.unknown.*", "T3.undefined.*", "T3.contradictory.*"])),
    Obligation("5.4", "query_op is pure", .cases(["T2.*.claim"])),
    Obligation("5.5", "Operands are arrays of pointers, none of them NULL", .none(host)),
    Obligation(
      "5.6", "params is the operator's struct; a short one is an older host's",
      .cases(["T2.ARANGE.*", "T2.SUM.*", "T2.SCATTER.*"])),
    Obligation("5.7", "workspace_bytes is enough, and not negative", .cases(["T2.*"])),
    Obligation("5.8", "A claim covers every parameter value that the definition admits", .cases(["T2.SCATTER.*"])),
    Obligation("6.1", "The core operators over the core types are claimed", .cases(["T2.*.claim"])),
    Obligation("6.2", "An operator does what its definition says", .cases(["T2.*", "T3.gather.*", "T3.scatter.*"])),
    Obligation(
      "6.3", "Complex functions take C's principal values",
      .none("check asks for the core types; the whole suite tries it")),
    Obligation("7.1", "One seed gives the same numbers on every device", .cases(["T2.RANDOM_*"])),
    Obligation("7.2", "Uniform numbers", .cases(["T2.RANDOM_UNIFORM.*"])),
    Obligation("7.3", "Random integers", .cases(["T2.RANDOM_INTEGER.*"])),
    Obligation("7.4", "Normal numbers", .cases(["T2.RANDOM_NORMAL.*"])),
  ]

  private static let devices = [
    Obligation("8.1", "Devices are numbered from 0, and one that is missing has a reason", .cases(["T0.device.*"])),
    Obligation("8.2", "alloc: sizes, alignment, no overlap", .cases(["T1.alloc.*"])),
    Obligation("8.3", "Running out of memory is an ordinary error", .cases(["T1.alloc.absurd"])),
    Obligation("8.4", "free takes every buffer once", .cases(["T1.alloc.again"])),
    Obligation("8.5", "Copies count bytes", .cases(["T1.copy.*"])),
    Obligation(
      "8.6", "host_pointer gives the first byte's address; wrap_host makes no copy",
      .cases(["T0.table.host-pointer", "T1.host-pointer", "T1.wrap-host"])),
    Obligation(
      "9.1", "A stream runs its work in order",
      .none("order on one stream is tried by the random chains of the whole suite")),
    Obligation("9.2", "Events", .none("the suite makes no events")),
    Obligation("9.3", "Queries do not block, and report errors", .none("the suite makes no events")),
    Obligation(
      "9.4", "A fault in a stream's work is reported as asynchronous", .none("no fault can be caused by a valid call")),
    Obligation("9.5", "The host synchronizes before it destroys", .none(host)),
    Obligation("9.6", "The functions of streams and events are all there or none", .cases(["T0.table.streams"])),
  ]

  private static let plugins = [
    Obligation("10.1", "Opened once per process, before anything else", .none(host)),
    Obligation("10.2", "A host of another minor version is fine", .none("it takes a host of another version")),
    Obligation("10.3", "Opening is quick", .cases(["T0.open.leaves-no-trace"])),
    Obligation("10.4", "The library exports bp_plugin_open_v1 and nothing else", .lint),
    Obligation("10.5", "The library is complete: no unresolved symbol, text relocation or executable stack", .lint),
    Obligation("10.6", "The table is sound", .cases(["T0.table.*"])),
    Obligation("10.7", "One name, one plugin", .none(host)),
    Obligation("12.1", "Copies between devices", .cases(["T1.copy.peer"])),
    Obligation(
      "12.2", "A fused program gives what its steps give one by one, to the bit",
      .cases(["T2.FUSION.*", "T3.fusion.unclaimed"])),
    Obligation(
      "12.3", "prepare reads the program during the call; a handle lasts until it is released",
      .cases(["T2.FUSION.handles", "T2.FUSION.threads"])),
    Obligation(
      "12.4", "Operands of fused programs: any strides, immediates, in place of an input", .cases(["T2.FUSION.*"])),
    Obligation(
      "12.5", "Programs up to the limits are taken or turned down; beyond them and of no sense they are refused",
      .cases(["T2.FUSION.limits", "T3.fusion.*"])),
    Obligation(
      "12.6", "A reduction at a program's end gives what its operator gives, to the bit; of no sense it is refused",
      .cases(["T2.FUSION.*", "T3.fusion.*"])),
  ]
}
