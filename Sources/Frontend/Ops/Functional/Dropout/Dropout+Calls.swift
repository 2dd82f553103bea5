// Dropout by name.

extension OperatorRegistry {
  mutating func addDropout() {
    add("nn.functional.dropout(Tensor input, float p=0.5, bool training=True, bool inplace=False)") { a in
      try a.possiblyInPlace { Functional.dropout($0, p: a.double("p"), training: a.bool("training")) }
    }
    typealias Dropout = @Sendable (Tensor, Double, Bool) -> Tensor
    let functions: [(String, String, Dropout)] = [
      ("dropout1d", "True", { Functional.dropout1d($0, p: $1, training: $2) }),
      ("dropout2d", "True", { Functional.dropout2d($0, p: $1, training: $2) }),
      ("dropout3d", "True", { Functional.dropout3d($0, p: $1, training: $2) }),
      ("alpha_dropout", "False", { Functional.alphaDropout($0, p: $1, training: $2) }),
      ("feature_alpha_dropout", "False", { Functional.featureAlphaDropout($0, p: $1, training: $2) }),
    ]
    for (name, training, f) in functions {
      add("nn.functional.\(name)(Tensor input, float p=0.5, bool training=\(training), bool inplace=False)") { a in
        try a.possiblyInPlace { f($0, a.double("p"), a.bool("training")) }
      }
    }
  }
}
