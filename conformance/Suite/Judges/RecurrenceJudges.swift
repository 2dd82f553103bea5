import BackendAPI

/// Small errors grow, or die away, over the steps of a recurrent layer, by factors that depend on its weights. But what
/// one step hands to the next is what it wrote: so each step is held against the definition, from what the device wrote
/// for the step before, with a bound on the error of one step.
enum RecurrenceJudges {
  @Sendable static func rnn(_ problem: Judgement.Problem) -> Judgement { judge(problem, .rnn) }
  @Sendable static func lstm(_ problem: Judgement.Problem) -> Judgement { judge(problem, .lstm) }
  @Sendable static func gru(_ problem: Judgement.Problem) -> Judgement { judge(problem, .gru) }

  private static func judge(_ problem: Judgement.Problem, _ cell: RecurrentLayer.Cell) -> Judgement {
    guard case .recurrent(let params) = problem.params else { return Judgement() }
    let dtype = problem.got[0].dtype
    let inputs = problem.inputs.map(\.doubles), got = problem.got.map(\.doubles)
    let shape = problem.inputShapes[0], hidden = problem.inputShapes[1][1], weights = 1 + cell.states
    let hasBiases = inputs.count > weights + 2
    let layer = RecurrentLayer(
      cell: cell, steps: shape[0], batch: shape[1], width: shape[2], hidden: hidden, flags: params.flags,
      x: inputs[0], wi: inputs[weights], wh: inputs[weights + 1], bi: hasBiases ? inputs[weights + 2] : [],
      bh: hasBiases ? inputs[weights + 3] : [], u: dtype == .float64 ? 0x1p-52 : 0x1p-24)

    var judgement = Judgement()
    var states = Array(inputs[1..<weights])
    let count = shape[1] * hidden
    for t in layer.order {
      let (next, kept) = layer.step(t, states)
      let rows = t * count..<(t + 1) * count
      states[0] = Array(got[0][rows])
      if cell == .lstm { states[1] = Array(got[4][rows]) }
      compare(next[0], states[0], "y of step \(t)", dtype, hidden, &judgement)
      if cell == .lstm { compare(next[1], states[1], "c of step \(t)", dtype, hidden, &judgement) }
      if cell.kept > 0 {
        let written = Array(got[1 + cell.states][t * 4 * count..<(t + 1) * 4 * count])
        compare(kept, written, "what is kept of step \(t)", dtype, 4 * hidden, &judgement)
      }
    }
    for (i, state) in states.enumerated() {
      // NaN is like NaN; -0 like 0.
      let isEqual = zip(state, got[1 + i]).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
      judgement.expect(isEqual, "the last \(i == 0 ? "h" : "c") is not what the last step wrote")
    }
    return judgement
  }

  /// Errors in parts of what is allowed: the step's error, and one ulp for the last rounding of either side.
  private static func compare(
    _ expected: [Uncertain], _ got: [Double], _ what: String, _ dtype: DType, _ columns: Int,
    _ judgement: inout Judgement
  ) {
    var (worst, place) = (0.0, 0)
    for (i, (e, g)) in zip(expected, got).enumerated() {
      if e.value.isNaN && g.isNaN || e.value == g { continue }
      let error = abs(e.value - g), allowed = e.error + dtype.format!.ulp(e.value)
      let ratio = error.isFinite ? error / allowed : .infinity
      if ratio > worst { (worst, place) = (ratio, i) }
    }
    let (row, column) = columns == 0 ? (0, 0) : (place / columns, place % columns)
    judgement.expect(
      worst, within: 1,
      "\(what) at [\(row), \(column)]: expected \(expected[place].value), got \(got[place]): the error, by what is allowed,"
    )
  }
}
