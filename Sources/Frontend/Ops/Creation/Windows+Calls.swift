// Windows by name.

extension OperatorRegistry {
  mutating func addWindows() {
    typealias Window = @Sendable (BoundArguments, Int, Bool, DType, Device?) throws -> Tensor
    let options =
      "bool sym=True, ScalarType? dtype=None, Any? layout=None, Device? device=None, bool? requires_grad=False"
    func add(_ name: String, _ parameters: String = "", _ make: @escaping Window) {
      self.add("signal.windows.\(name)(int M, *, \(parameters)\(options))") {
        try OperatorRegistry.finish(
          make($0, $0.int("M"), $0.bool("sym"), $0.dtype() ?? .float32, $0.device()), $0)
      }
    }
    add("bartlett") { try Ops.bartlett($1, symmetric: $2, $3, $4) }
    add("blackman") { try Ops.cosineSum("blackman", $1, [0.42, 0.5, 0.08], symmetric: $2, $3, $4) }
    add("cosine") { try Ops.cosineWindow($1, symmetric: $2, $3, $4) }
    add("exponential", "float? center=None, float tau=1.0, ") {
      try Ops.exponentialWindow(
        $1, center: $0.optionalDouble("center"), tau: $0.double("tau"), symmetric: $2, $3, $4)
    }
    add("gaussian", "float std=1.0, ") { try Ops.gaussianWindow($1, std: $0.double("std"), symmetric: $2, $3, $4) }
    add("general_cosine", "float[] a, ") {
      try Ops.cosineSum("general_cosine", $1, $0.doubles("a"), symmetric: $2, $3, $4)
    }
    add("general_hamming", "float alpha=0.54, ") { a, m, sym, dtype, device in
      let alpha = a.double("alpha")
      return try Ops.cosineSum("general_cosine", m, [alpha, 1 - alpha], symmetric: sym, dtype, device)
    }
    add("hamming") { try Ops.cosineSum("general_cosine", $1, [0.54, 0.46], symmetric: $2, $3, $4) }
    add("hann") { try Ops.cosineSum("general_cosine", $1, [0.5, 0.5], symmetric: $2, $3, $4) }
    add("kaiser", "float beta=12.0, ") { try Ops.kaiser($1, beta: $0.double("beta"), symmetric: $2, $3, $4) }
    add("nuttall") {
      try Ops.cosineSum("general_cosine", $1, [0.3635819, 0.4891775, 0.1365995, 0.0106411], symmetric: $2, $3, $4)
    }
    addOlderWindows()
  }

  private mutating func addOlderWindows() {
    func add(
      _ name: String, _ parameters: String = "",
      _ make: @escaping @Sendable (BoundArguments, Int, Bool, DType, Device?) throws -> Tensor
    ) {
      self.add("\(name)(int window_length, bool periodic=True, \(parameters)*, \(OperatorRegistry.options))") {
        try OperatorRegistry.finish(
          make($0, $0.int("window_length"), $0.bool("periodic"), $0.dtype() ?? .float32, $0.device()), $0)
      }
    }
    add("bartlett_window") { try Ops.bartlettWindow($1, periodic: $2, $3, $4) }
    add("blackman_window") { try Ops.blackmanWindow($1, periodic: $2, $3, $4) }
    add("hann_window") { try Ops.hannWindow($1, periodic: $2, $3, $4) }
    add("hamming_window", "float alpha=0.54, float beta=0.46, ") {
      try Ops.hammingWindow($1, periodic: $2, alpha: $0.double("alpha"), beta: $0.double("beta"), $3, $4)
    }
    add("kaiser_window", "float beta=12.0, ") {
      try Ops.kaiserWindow($1, periodic: $2, beta: $0.double("beta"), $3, $4)
    }
  }
}
