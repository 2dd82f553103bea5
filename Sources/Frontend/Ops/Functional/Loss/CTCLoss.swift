/// Connectionist temporal classification: the probability of a sequence of labels, however it is aligned to the frames.
///
/// Graves et al., "Connectionist temporal classification: labelling unsegmented sequence data with recurrent neural
/// networks", ICML 2006. Numbers of equations are of that paper.
private struct CTC {
  let logProbabilities: Tensor
  /// For each item of the batch the frames and labels that count.
  let frames: [Int], labels: [Int]
  /// For each item the labels with blanks around each, in one row of `width`; blanks behind the last.
  let width: Int
  /// The logarithms of the probabilities of those labels: (T, N, width).
  let emissions: Tensor
  /// The classes of the extended labels: (N, width), int64.
  let classes: Tensor
  /// 0 where a label may follow the one two places before, else −∞: (N, width). It is another label, and no blank.
  let skips: Tensor
  /// 0 within an item's extended labels, else −∞.
  let within: Tensor

  init(_ x: Tensor, _ rows: [[Int64]], frames: [Int], blank: Int) throws(BackplaneError) {
    logProbabilities = x
    self.frames = frames
    labels = rows.map(\.count)
    width = 2 * (labels.max() ?? 0) + 1
    let (time, batch) = (x.layout.elements[0], x.layout.elements[1])
    var extended = [Int64](repeating: Int64(blank), count: batch * width)
    var skips = [Double](repeating: -.infinity, count: batch * width), within = skips
    for (n, row) in rows.enumerated() {
      for (i, label) in row.enumerated() {
        extended[n * width + 2 * i + 1] = label
        if i > 0, row[i - 1] != label { skips[n * width + 2 * i + 1] = 0 }
      }
      for s in 0...2 * row.count { within[n * width + s] = 0 }
    }
    classes = try Ops.fromHost(extended, [batch, width], on: x.context)
    self.skips = try Ops.fromHost(skips, [batch, width], x.dtype, on: x.context)
    self.within = try Ops.fromHost(within, [batch, width], x.dtype, on: x.context)
    emissions = try Ops.gather(x, 2, Ops.expand(classes, [time, batch, width]))
  }

  /// log Σ exp of three, −∞ of nothing but −∞.
  private func sum(_ a: Tensor, _ b: Tensor, _ c: Tensor) throws(BackplaneError) -> Tensor {
    let peak = try Ops.binary(.maximum, Ops.binary(.maximum, a, b), c)
    let isNothing = try Ops.compare(.eq, peak, .double(-.infinity))
    let shift = try Ops.select(isNothing, .scalar(.int(0)), .tensor(peak), peak.dtype)
    var total = try Ops.unary(.exp, Ops.sub(a, shift))
    total = try Ops.add(total, Ops.unary(.exp, Ops.sub(b, shift)))
    total = try Ops.add(total, Ops.unary(.exp, Ops.sub(c, shift)))
    return try Ops.add(Ops.unary(.log, total), shift)
  }

  /// Each row moved by `n` places towards its end, or its beginning if negative; −∞ comes in.
  private func moved(_ x: Tensor, _ n: Int) throws(BackplaneError) -> Tensor {
    guard abs(n) < width else { return try Ops.full(x.layout, .double(-.infinity), x.dtype, on: x.context) }
    let kept = try n > 0 ? Ops.narrow(x, 1, 0, width - n) : Ops.narrow(x, 1, -n, width + n)
    return try Ops.constantPad(kept, low: [0, max(n, 0)], high: [0, max(-n, 0)], .double(-.infinity))
  }

  /// 0 at the places that `isThere` names for each item, else −∞: (N, width).
  private func starts(_ isThere: (_ item: Int, _ place: Int) -> Bool) throws(BackplaneError) -> Tensor {
    var values = [Double](repeating: -.infinity, count: frames.count * width)
    for n in frames.indices { for s in 0..<width where isThere(n, s) { values[n * width + s] = 0 } }
    return try Ops.fromHost(values, [frames.count, width], logProbabilities.dtype, on: logProbabilities.context)
  }

  /// The logarithms of α (equations 5 to 8): of the beginnings that end at a frame and label. (T, N, width)
  func forward() throws(BackplaneError) -> Tensor {
    let first = try starts { n, s in s == 0 || (s == 1 && labels[n] > 0) }
    var rows = [try Ops.add(Ops.select(emissions, 0, 0), first)]
    for t in 1..<max(emissions.layout.elements[0], 1) {
      let last = rows[t - 1]
      let ways = try sum(last, moved(last, 1), Ops.add(moved(last, 2), skips))
      rows.append(try Ops.add(Ops.add(ways, Ops.select(emissions, 0, t)), within))
    }
    return try Ops.stack(rows, 0)
  }

  /// The logarithms of β (equations 9 to 11): of the endings that begin at a frame and label. (T, N, width)
  func backward() throws(BackplaneError) -> Tensor {
    let last = try starts { n, s in s == 2 * labels[n] || (s == 2 * labels[n] - 1) }
    let onward = try moved(skips, -2)
    let nothing = try Ops.full(last.layout, .double(-.infinity), last.dtype, on: last.context)
    var next = nothing
    var rows: [Tensor] = []
    for t in (0..<emissions.layout.elements[0]).reversed() {
      let ways = try sum(next, moved(next, -1), Ops.add(moved(next, -2), onward))
      let isEnd = try Ops.fromHost(frames.map { $0 == t + 1 }, [frames.count, 1], on: last.context)
      let begun = try Ops.select(isEnd, .tensor(last), .tensor(ways), last.dtype)
      next = try Ops.add(Ops.add(begun, Ops.select(emissions, 0, t)), within)
      rows.append(next)
    }
    return try Ops.stack(rows.reversed(), 0)
  }

  /// −log p of each item, from α at its last frame.
  func losses(_ alpha: Tensor) throws(BackplaneError) -> Tensor {
    let batch = frames.count
    // Without frames nothing but no labels can have been said.
    let ends = try Ops.fromHost(
      frames.flatMap { frame in [Int64](repeating: Int64(max(frame - 1, 0)), count: width) }, [1, batch, width],
      on: alpha.context)
    let final = try Ops.squeeze(Ops.gather(alpha, 0, ends), 0)
    let places = try starts { n, s in s == 2 * labels[n] || s == 2 * labels[n] - 1 }
    let total = try Ops.neg(Ops.logsumexp(Ops.add(final, places), [1], keepDim: false))
    guard frames.contains(0) else { return total }
    let silent = try Ops.fromHost(
      zip(frames, labels).map { $0 == 0 && $1 > 0 ? Double.infinity : 0 }, [batch], alpha.dtype, on: alpha.context)
    let isSilent = try Ops.fromHost(frames.map { $0 == 0 }, [batch], on: alpha.context)
    return try Ops.where(isSilent, silent, total)
  }

  /// The gradient of the losses with respect to the logarithms of the probabilities, which are taken to be those of a
  /// softmax: exp x − γ, where γ is the share of a class in a frame (equations 14 to 16).
  func gradient(_ alpha: Tensor, _ losses: Tensor) throws(BackplaneError) -> Tensor {
    let x = logProbabilities
    let (time, batch) = (x.layout.elements[0], x.layout.elements[1])
    let beta = try backward()
    let both = try Ops.add(alpha, beta)
    let isPossible = try Ops.compare(.gt, both, .double(-.infinity))
    let logShare = try Ops.add(Ops.sub(both, emissions), Ops.unsqueeze(losses, 1))
    let share = try Ops.select(isPossible, .tensor(Ops.unary(.exp, logShare)), .scalar(.int(0)), x.dtype)
    let none = try Ops.full(x.layout, .int(0), x.dtype, on: x.context)
    let shares = try Ops.scatterAdd(none, 2, Ops.expand(classes, [time, batch, width]), share)
    let slope = try Ops.sub(Ops.unary(.exp, x), shares)
    let counts = (0..<time).flatMap { t in frames.map { t < $0 } }
    let isCounted = try Ops.fromHost(counts, [time, batch, 1], on: x.context)
    return try Ops.select(isCounted, .tensor(slope), .scalar(.int(0)), x.dtype)
  }
}

extension Ops {
  static func ctcLoss(
    _ x: Tensor, _ targets: Tensor, _ frames: [Int], _ lengths: [Int], blank: Int,
    reduction: Functional.Reduction, zeroInfinity: Bool
  ) throws(BackplaneError) -> Tensor {
    guard x.layout.rank == 2 || x.layout.rank == 3 else {
      throw BackplaneError(
        .shape, "ctc_loss: log_probs must be (T, N, C) or (T, C), but it has shape \(x.shape)")
    }
    try requireFloating(x, "ctc_loss")
    let isBatched = x.layout.rank == 3
    let operand = try widened(isBatched ? x : unsqueeze(x, 1))
    let rows = try requireCTC(operand, targets, frames, lengths, blank: blank)
    let ctc = try CTC(operand.detach(), rows, frames: frames, blank: blank)
    let alpha = try ctc.forward()
    let losses = try ctc.losses(alpha)
    var result = losses.detach()
    if Autograd.records(operand) {
      Autograd.record("CtcLossBackward0", [operand], result) { g throws(BackplaneError) in
        let slope = try ctc.gradient(alpha, losses)
        var grad = try mul(slope, reshape(g.detach(), [1, rows.count, 1]))
        if zeroInfinity {
          let isLost = try reshape(compare(.eq, losses, .double(.infinity)), [1, rows.count, 1])
          grad = try select(isLost, .scalar(.int(0)), .tensor(grad), grad.dtype)
        }
        if Autograd.records(g) || (Scopes.recordsGradients && operand.requiresGrad) {
          Autograd.record("CtcLossBackwardBackward0", [operand], grad) { _ throws(BackplaneError) in
            throw BackplaneError(.autograd, "the derivative for '_ctc_loss_backward' is not implemented")
          }
        }
        return [grad]
      }
    }
    if zeroInfinity {
      let isLost = try compare(.eq, result.detach(), .double(.infinity))
      result = try select(isLost, .scalar(.int(0)), .tensor(result), result.dtype)
    }
    if reduction == .mean {
      let weights = try fromHost(
        lengths.map { Double(Swift.max($0, 1)) }, [lengths.count], result.dtype, on: result.context)
      result = try div(result, weights)
    }
    if reduction == .none, !isBatched { result = try squeeze(result, 0) }
    return try cast(reduced(result, reduction), x.dtype)
  }

  /// The labels of each item, checked.
  private static func requireCTC(
    _ x: Tensor, _ targets: Tensor, _ frames: [Int], _ lengths: [Int], blank: Int
  ) throws(BackplaneError) -> [[Int64]] {
    let (time, batch, classes) = (x.layout.elements[0], x.layout.elements[1], x.layout.elements[2])
    guard x.numel > 0 else { throw BackplaneError(.shape, "log_probs tensor must not be empty") }
    guard targets.dtype == .int64 || targets.dtype == .int32 else {
      throw BackplaneError(
        .dtype, "ctc_loss: targets must be of type int64 or int32, but got \(targets.dtype.scalarName)")
    }
    guard blank >= 0, blank < classes else { throw BackplaneError(.value, "blank must be in label range") }
    guard frames.count == batch else { throw BackplaneError(.shape, "input_lengths must be of size batch_size") }
    guard lengths.count == batch else { throw BackplaneError(.shape, "target_lengths must be of size batch_size") }
    for n in 0..<batch {
      guard frames[n] >= 0, frames[n] <= time else {
        throw BackplaneError(
          .value,
          "Expected input_lengths to have value at \(frames[n] < 0 ? "least 0" : "most \(time)"), but got value "
            + "\(frames[n]) (while checking arguments for ctc_loss)")
      }
      guard lengths[n] >= 0 else {
        throw BackplaneError(
          .value,
          "Expected target_lengths to have value at least 0, but got value \(lengths[n]) (while checking "
            + "arguments for ctc_loss)")
      }
    }
    let isPadded = targets.layout.rank == 2
    guard targets.layout.rank == 1 || isPadded else {
      throw BackplaneError(.shape, "ctc_loss: targets must have 1 or 2 dimensions, but their shape is \(targets.shape)")
    }
    let row = isPadded ? targets.layout.elements[1] : 0
    if isPadded {
      guard targets.layout.elements[0] == batch, row >= lengths.max() ?? 0 else {
        throw BackplaneError(
          .shape,
          "Expected tensor to have size at least \(lengths.max() ?? 0) at dimension 1, but got size \(row) for argument "
            + "#2 'targets' (while checking arguments for ctc_loss)")
      }
    } else {
      let total = try Sizes.sum(lengths, in: "ctc_loss")
      guard targets.numel == total else {
        throw BackplaneError(
          .shape,
          "Expected tensor to have size \(total) at dimension 0, but got size \(targets.numel) for argument #2 "
            + "'targets' (while checking arguments for ctc_loss)")
      }
    }
    let all = try toHost(cast(targets, .int64), Int64.self)
    var rows: [[Int64]] = []
    var start = 0
    for n in 0..<batch {
      if isPadded { start = n * row }
      let labels = Array(all[start..<start + lengths[n]])
      if let bad = labels.first(where: { $0 < 0 || $0 >= Int64(classes) }) {
        throw BackplaneError(.index, "ctc_loss: target \(bad) is out of bounds for \(classes) classes")
      }
      rows.append(labels)
      start += lengths[n]
    }
    return rows
  }
}

extension Functional {
  /// The negative log likelihood of sequences of labels under all their alignments to the frames.
  ///
  /// ```swift
  /// let x = logits.logSoftmax(2)  // (T, N, C): frames, batch, classes
  /// let loss = F.ctcLoss(x, targets, inputLengths: [50, 40], targetLengths: [10, 8])
  /// ```
  ///
  /// The gradient takes `logProbabilities` to be what `logSoftmax` gave.
  ///
  /// - Parameters:
  ///   - logProbabilities: (T, N, C), or (T, C) of one sequence.
  ///   - targets: Class indices, a row for each item (N, S), or one after the other.
  ///   - inputLengths: For each item how many frames count, up to T.
  ///   - targetLengths: For each item how many labels it has.
  ///   - blank: The class that stands for no label.
  ///   - reduction: `.mean` divides each loss by the number of labels first.
  ///   - zeroInfinity: Whether sequences that are too long for their frames count as 0, with no gradient, instead of ∞.
  public static func ctcLoss(
    _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
    reduction: Reduction = .mean, zeroInfinity: Bool = false
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.ctcLoss(
        logProbabilities, targets, inputLengths, targetLengths, blank: blank, reduction: reduction,
        zeroInfinity: zeroInfinity)
    }
  }
}
