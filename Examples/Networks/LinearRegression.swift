import Backplane

extension Example {
  /// A line through points, with nothing but tensors and their gradients.
  static let linearRegression = Example(
    name: "linear-regression", purpose: "A line through noisy points by hand: gradients, a step, again.", epochs: 60
  ) { options in
    let x = Tensor.rand([100, 1]) * 4 - 2
    let y = 3 * x + 1 + 0.3 * Tensor.randn([100, 1])
    var w = Tensor.zeros([1, 1], requiresGrad: true)
    var b = Tensor.zeros([1], requiresGrad: true)

    var record = try Record(options, "linear-regression")
    for epoch in 0..<options.epochs {
      let loss = ((x.matmul(w) + b - y) ** 2).mean()
      loss.backward()
      noGrad {
        w -= 0.1 * w.grad!
        b -= 0.1 * b.grad!
      }
      w.grad = nil
      b.grad = nil
      try record.add(loss.item(), epoch: epoch)
      if record.isComplete { break }
    }
    try record.finish()
    return
      "y = \(rounded(w.item(), 3)) x + \(rounded(b.item(), 3)), of 3 x + 1 and noise, loss \(rounded(record.last, 4))"
  }
}
