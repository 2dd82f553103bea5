extension OptimizerRegistry {
  mutating func addLBFGS() {
    add(
      "optim.LBFGS(Any params, float lr=1, int max_iter=20, int? max_eval=None, float tolerance_grad=1e-07, "
        + "float tolerance_change=1e-09, int history_size=100, str? line_search_fn=None, *, bool maximize=False)"
    ) { groups, a throws(BackplaneError) in
      var search: LBFGS.LineSearch?
      if let name = a.optionalString("line_search_fn") {
        search = LBFGS.LineSearch(rawValue: name)
        guard search != nil else { throw BackplaneError(.value, "only 'strong_wolfe' is supported") }
      }
      return LBFGS(
        groups, lr: a.double("lr"), maxIter: a.int("max_iter"), maxEval: a.optionalInt("max_eval"),
        toleranceGrad: a.double("tolerance_grad"), toleranceChange: a.double("tolerance_change"),
        historySize: a.int("history_size"), lineSearchFn: search, maximize: a.bool("maximize"))
    }
  }
}
