// Dropout by name.

extension OperatorRegistry {
  mutating func addDropout() {
    add("nn.functional.dropout(Tensor input, float p=0.5, bool training=True, bool inplace=False)") { a in
      try a.possiblyInPlace { x throws(BackplaneError) in
        try Ops.dropout(x, p: a.double("p"), training: a.bool("training"), nil)
      }
    }
    typealias Dropout = @Sendable (Tensor, Double, Bool, Generator?) throws(BackplaneError) -> Tensor
    let functions: [(String, String, Dropout)] = [
      ("dropout1d", "True", Ops.dropout1d(_:p:training:_:)),
      ("dropout2d", "True", Ops.dropout2d(_:p:training:_:)),
      ("dropout3d", "True", Ops.dropout3d(_:p:training:_:)),
      ("alpha_dropout", "False", Ops.alphaDropout(_:p:training:_:)),
      ("feature_alpha_dropout", "False", Ops.featureAlphaDropout(_:p:training:_:)),
    ]
    for (name, training, f) in functions {
      add("nn.functional.\(name)(Tensor input, float p=0.5, bool training=\(training), bool inplace=False)") { a in
        try a.possiblyInPlace { x throws(BackplaneError) in
          try f(x, a.double("p"), a.bool("training"), nil)
        }
      }
    }
  }
}
