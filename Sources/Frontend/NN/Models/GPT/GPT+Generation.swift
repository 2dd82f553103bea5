/// How the next token is chosen from scores.
private struct TokenChoice {
  let temperature: Double
  let topK: Int?
  let topP: Double?
  let generator: Generator?

  /// One token for each row of scores (N, vocabulary): (N, 1).
  func callAsFunction(_ scores: Tensor) -> Tensor {
    var (sorted, tokens) = (scores.float() / temperature).sort(dim: -1, descending: true)
    if let topK {
      let count = Swift.min(topK, sorted.shape[1])
      (sorted, tokens) = (sorted.narrow(1, 0, count), tokens.narrow(1, 0, count))
    }
    var shares = sorted.softmax(-1)
    if let topP {
      // Those that are needed to come to the sum, the one that reaches it included.
      shares = shares.maskedFill((shares.cumsum(-1) - shares).ge(topP), 0)
    }
    return tokens.gather(1, shares.multinomial(1, generator: generator))
  }
}

extension GPT {
  /// Continues sequences of tokens: by the likeliest token each time, or by tokens drawn from the model's shares.
  ///
  /// ```swift
  /// let gpt = GPT(GPTConfig(vocabSize: 100, nPositions: 64, nEmbd: 32, nLayer: 2, nHead: 4))
  /// let likeliest = gpt.generate(tokens, maxNewTokens: 20)
  /// let drawn = gpt.generate(
  ///   tokens, maxNewTokens: 20, doSample: true, temperature: 0.8, topK: 40, topP: 0.95, generator: Generator(seed: 1))
  /// ```
  ///
  /// Nothing is dropped, and no gradients are recorded.
  ///
  /// - Parameters:
  ///   - ids: Token numbers (N, T) or (T), of which there is one at least.
  ///   - maxNewTokens: How many tokens are added, unless all sequences end before. With T they fit the model's positions.
  ///   - doSample: Whether tokens are drawn.
  ///   - temperature: What scores are divided by before they become shares.
  ///   - topK: Of how many of the likeliest tokens one is drawn.
  ///   - topP: Drawn is one of the likeliest tokens whose shares come to this sum.
  ///   - eosTokenId: A token that ends a sequence; a sequence that has ended goes on with it.
  ///   - useCache: Whether keys and values are kept from token to token.
  ///   - onToken: Sees each step's tokens (N, 1) as they come.
  /// - Returns: The tokens given, and those added: (N, T + new) or (T + new).
  public func generate(
    _ ids: Tensor, maxNewTokens: Int, doSample: Bool = false, temperature: Double = 1, topK: Int? = nil,
    topP: Double? = nil, eosTokenId: Int? = nil, useCache: Bool = true, generator: Generator? = nil,
    onToken: ((Tensor) -> Void)? = nil
  ) -> Tensor {
    let isValid = funnel(or: false) { () throws(BackplaneError) in
      func require(_ holds: Bool, _ message: String) throws(BackplaneError) {
        if !holds { throw BackplaneError(.value, "generate: " + message) }
      }
      try require(
        1...2 ~= ids.layout.rank && ids.layout.elements[ids.layout.rank - 1] > 0,
        "expected token numbers (N, T) or (T) of at least one token, but got \(ids.shape)")
      let length = ids.layout.elements[ids.layout.rank - 1]
      try require(maxNewTokens >= 0, "`max_new_tokens` has to be 0 or more, but is \(maxNewTokens)")
      try require(
        maxNewTokens <= config.nPositions - length,
        "\(length) tokens and \(maxNewTokens) new ones are more than the model's \(config.nPositions) positions")
      try require(
        temperature > 0 && temperature.isFinite,
        "`temperature` has to be a strictly positive float, but is \(temperature)")
      try require(topK ?? 1 > 0, "`top_k` has to be a strictly positive integer, but is \(topK ?? 0)")
      try require(topP.map { $0 > 0 && $0 <= 1 } ?? true, "`top_p` has to be a float > 0 and <= 1, but is \(topP ?? 0)")
      return true
    }
    guard isValid else { return .invalid }
    let modes = modules().map { (module: $0, training: $0.training) }
    eval()
    defer { for (module, training) in modes where module.training != training { module.train(training) } }
    let choice = doSample ? TokenChoice(temperature: temperature, topK: topK, topP: topP, generator: generator) : nil
    return noGrad {
      let isOne = ids.layout.rank == 1
      let cache = useCache ? KeyValueCache() : nil
      var tokens = isOne ? ids.unsqueeze(0) : ids
      var next = tokens
      var hasEnded: Tensor?
      for _ in 0..<maxNewTokens {
        let scores = (cache.map { self(next, cache: $0) } ?? self(tokens)).select(1, -1)
        next = (choice?(scores) ?? scores.argmax(-1, keepDim: true)).to(tokens.dtype)
        if next.context.isInvalid { return .invalid }
        if let eosTokenId {
          if let hasEnded { next = next.maskedFill(hasEnded, eosTokenId) }
          hasEnded = next.eq(eosTokenId)
        }
        tokens = cat([tokens, next], dim: 1)
        onToken?(next)
        if let hasEnded, hasEnded.all().item() != 0 { break }
      }
      return isOne ? tokens.squeeze(0) : tokens
    }
  }
}
