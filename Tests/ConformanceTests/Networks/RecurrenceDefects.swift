import BackendAPI

extension Defect {
  /// An operator over float32 that is called with other parameters.
  static func otherParams<Params: BitwiseCopyable>(
    _ name: String, finding operator: String, _ evidence: String, id: Int32, _ empty: Params,
    _ change: @escaping @Sendable (inout Params) -> Void
  ) -> Defect {
    Defect(name, finding: [`operator`], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == id, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32, let given = op.pointee.params
        else { return plugin.originalExecute(op, error) }
        var params = given.loadUnaligned(as: Params.self)
        change(&params)
        return withUnsafeBytes(of: params) { params in
          var changed = op.pointee
          changed.params = params.baseAddress
          return plugin.originalExecute(&changed, error)
        }
      }
    }
  }

  /// An operator over float32 that finds other elements in an input, which has its own again afterwards.
  static func otherElements(
    _ name: String, finding operator: String, _ evidence: String, id: Int32, input: Int,
    _ change: @escaping @Sendable (_ op: bp_op, _ elements: inout [Float]) -> Void
  ) -> Defect {
    Defect(name, finding: [`operator`], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == id, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32,
          op.pointee.input_count > Int32(input)
        else { return plugin.originalExecute(op, error) }
        let places = plugin.elements(op.pointee.inputs[input]!.pointee)
        let own = places.map { $0.loadUnaligned(as: Float.self) }
        var elements = own
        change(op.pointee, &elements)
        for (place, element) in zip(places, elements) { place.storeBytes(of: element, as: Float.self) }
        let code = plugin.originalExecute(op, error)
        for (place, element) in zip(places, own) { place.storeBytes(of: element, as: Float.self) }
        return code
      }
    }
  }

  /// An operator over float32 whose results are changed.
  static func otherResults(
    _ name: String, finding operator: String, _ evidence: String, id: Int32,
    _ change: @escaping @Sendable (_ op: bp_op, _ outputs: inout [[Float]]) -> Void
  ) -> Defect {
    Defect(name, finding: [`operator`], evidence) { plugin in
      plugin.execute = { plugin, op, error in
        let code = plugin.originalExecute(op, error)
        guard code == BP_OK, op.pointee.op == id, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32 else {
          return code
        }
        let places = (0..<Int(op.pointee.output_count)).map { plugin.elements(op.pointee.outputs[$0]!.pointee) }
        var outputs = places.map { $0.map { $0.loadUnaligned(as: Float.self) } }
        change(op.pointee, &outputs)
        for (places, values) in zip(places, outputs) {
          for (place, value) in zip(places, values) { place.storeBytes(of: value, as: Float.self) }
        }
        return code
      }
    }
  }

  private static func withoutFlag(_ name: String, _ operator: String, _ id: Int32, _ flag: UInt32) -> Defect {
    otherParams(name, finding: `operator`, `operator`, id: id, bp_recurrent_params()) { $0.flags &= ~flag }
  }

  /// An input taken for zeros.
  private static func zeros(_ name: String, _ operator: String, _ id: Int32, input: Int) -> Defect {
    otherElements(name, finding: `operator`, `operator`, id: id, input: input) { _, elements in
      elements = elements.map { _ in 0 }
    }
  }

  static let recurrence: [Defect] = [
    withoutFlag("RNN: the order of steps", "RNN", BP_OP_RNN, BP_RECURRENT_REVERSE),
    withoutFlag("RNN: tanh for ReLU", "RNN", BP_OP_RNN, BP_RECURRENT_RELU),
    zeros("RNN: the state's bias left out", "RNN", BP_OP_RNN, input: 5),
    otherResults("RNN: the last state is that at the end of the sequence", finding: "RNN", "reverse", id: BP_OP_RNN) {
      op, outputs in
      let count = outputs[1].count
      if count > 0 { outputs[1] = Array(outputs[0].suffix(count)) }
    },

    withoutFlag("LSTM: the order of steps", "LSTM", BP_OP_LSTM, BP_RECURRENT_REVERSE),
    zeros("LSTM: the first c", "LSTM", BP_OP_LSTM, input: 2),
    otherResults("LSTM: the last two gates exchanged", finding: "LSTM", "kept", id: BP_OP_LSTM) { op, outputs in
      let hidden = Int(op.inputs[1]!.pointee.shape[1])
      guard hidden > 0 else { return }
      for row in stride(from: 0, to: outputs[3].count, by: 4 * hidden) {
        for j in row + 2 * hidden..<row + 3 * hidden { outputs[3].swapAt(j, j + hidden) }
      }
    },
    otherResults("LSTM: the last h without its tanh", finding: "LSTM", "last h", id: BP_OP_LSTM) { _, outputs in
      outputs[1] = outputs[2]
    },

    withoutFlag("GRU: the order of steps", "GRU", BP_OP_GRU, BP_RECURRENT_REVERSE),
    zeros("GRU: the state's bias left out", "GRU", BP_OP_GRU, input: 5),
    otherElements("GRU: the new gate's biases put together", finding: "GRU", "GRU", id: BP_OP_GRU, input: 5) {
      _, elements in
      // Which the reset gate then does not touch.
      for j in 2 * elements.count / 3..<elements.count { elements[j] = 0 }
    },
    otherResults("GRU: z and 1 - z", finding: "GRU", "kept", id: BP_OP_GRU) { op, outputs in
      let hidden = Int(op.inputs[1]!.pointee.shape[1])
      for i in outputs[2].indices where i / max(hidden, 1) % 4 == 1 { outputs[2][i] = 1 - outputs[2][i] }
    },
  ]

  static let recurrenceGradients: [Defect] = [
    withoutFlag("RNN_BACKWARD: the order of steps", "RNN_BACKWARD", BP_OP_RNN_BACKWARD, BP_RECURRENT_REVERSE),
    withoutFlag(
      "RNN_BACKWARD: the slope of tanh for that of ReLU", "RNN_BACKWARD", BP_OP_RNN_BACKWARD, BP_RECURRENT_RELU),
    zeros("RNN_BACKWARD: the gradient of the last state", "RNN_BACKWARD", BP_OP_RNN_BACKWARD, input: 1),
    zeros("RNN_BACKWARD: the first state", "RNN_BACKWARD", BP_OP_RNN_BACKWARD, input: 3),

    withoutFlag("LSTM_BACKWARD: the order of steps", "LSTM_BACKWARD", BP_OP_LSTM_BACKWARD, BP_RECURRENT_REVERSE),
    zeros("LSTM_BACKWARD: the gradient of the last c", "LSTM_BACKWARD", BP_OP_LSTM_BACKWARD, input: 2),
    zeros("LSTM_BACKWARD: the first c", "LSTM_BACKWARD", BP_OP_LSTM_BACKWARD, input: 5),
    otherResults(
      "LSTM_BACKWARD: the bias's gradient for two", finding: "LSTM_BACKWARD", "out5", id: BP_OP_LSTM_BACKWARD
    ) {
      _, outputs in
      outputs[5] = outputs[5].map { 2 * $0 }
    },

    withoutFlag("GRU_BACKWARD: the order of steps", "GRU_BACKWARD", BP_OP_GRU_BACKWARD, BP_RECURRENT_REVERSE),
    zeros("GRU_BACKWARD: the gradient of the last state", "GRU_BACKWARD", BP_OP_GRU_BACKWARD, input: 1),
    zeros("GRU_BACKWARD: the first state", "GRU_BACKWARD", BP_OP_GRU_BACKWARD, input: 3),
    otherResults("GRU_BACKWARD: one gradient for both biases", finding: "GRU_BACKWARD", "out5", id: BP_OP_GRU_BACKWARD)
    {
      _, outputs in
      outputs[5] = outputs[4]
    },
  ]
}
