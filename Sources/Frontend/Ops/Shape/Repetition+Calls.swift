// Repetitions by name.

extension OperatorRegistry {
  mutating func addRepetition() {
    add("repeat(Tensor input, int[] repeats)") { try Ops.repeat($0.tensor("input"), $0.ints("repeats")) }
    add("tile(Tensor input, int[] dims)") { try Ops.tile($0.tensor("input"), $0.ints("dims")) }
    add("repeat_interleave(Tensor input, Tensor repeats, int? dim=None, *, int? output_size=None)") {
      try Ops.repeatInterleave(
        $0.tensor("input"), $0.tensor("repeats"), $0.optionalInt("dim"), outputSize: $0.optionalInt("output_size"))
    }
    add("repeat_interleave(Tensor input, int repeats, int? dim=None, *, int? output_size=None)") {
      try Ops.repeatInterleave($0.tensor("input"), $0.int("repeats"), $0.optionalInt("dim"))
    }
    add("repeat_interleave(Tensor repeats, *, int? output_size=None)") {
      try Ops.repeatedPositions($0.tensor("repeats"), outputSize: $0.optionalInt("output_size"))
    }
  }
}
