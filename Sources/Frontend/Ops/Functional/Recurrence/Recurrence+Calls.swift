// Recurrent networks by name.

extension OperatorRegistry {
  mutating func addRecurrence() {
    for cell in [RecurrentCell.tanh, .relu, .lstm, .gru] {
      let state = cell == .lstm ? "Tensor[] hx" : "Tensor hx"
      let options = "bool has_biases, int num_layers, float dropout, bool train, bool bidirectional"
      add("\(cell.name)(Tensor data, Tensor batch_sizes, \(state), Tensor[] params, \(options))") { a in
        let (output, end) = try a.network(cell).run(
          packed: a.tensor("data"), a.tensor("batch_sizes"), a.states(cell), a.tensors("params"))
        return ([output] + end).argument
      }
      add("\(cell.name)(Tensor input, \(state), Tensor[] params, \(options), bool batch_first)") { a in
        let (output, end) = try Ops.recurrent(
          a.network(cell), a.tensor("input"), a.states(cell), a.tensors("params"), batchFirst: a.bool("batch_first"))
        return ([output] + end).argument
      }
      add(
        "\(cell.name)_cell(Tensor input, \(state), Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None)"
      ) { a in
        let weights = RecurrentWeights(
          input: a.tensor("w_ih"), hidden: a.tensor("w_hh"), inputBias: a.optionalTensor("b_ih"),
          hiddenBias: a.optionalTensor("b_hh"))
        let next = try Ops.recurrentStep(cell, a.tensor("input"), a.states(cell), weights)
        return cell == .lstm ? next.argument : next[0].argument
      }
    }
  }
}

extension BoundArguments {
  fileprivate func network(_ cell: RecurrentCell) -> RecurrentNetwork {
    RecurrentNetwork(
      cell: cell, layers: int("num_layers"), hasBiases: bool("has_biases"), isBidirectional: bool("bidirectional"),
      dropout: bool("train") ? double("dropout") : 0)
  }

  fileprivate func states(_ cell: RecurrentCell) -> [Tensor] { cell == .lstm ? tensors("hx") : [tensor("hx")] }
}
