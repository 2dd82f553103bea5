import BackendAPI
import Glibc

// Further optimizer steps: of each line of the header's formula the error of its operands, carried through, and its own
// roundings. Hyperparameters are rounded once to the working type.
extension Conditioning {
  /// A sum of n squares: a rounding more than a sum's.
  @Sendable static func sumOfSquares(_ problem: Problem) -> Bounds {
    var bounds = Bounds(errors: [], scales: [])
    for x in problem.inputs {
      let scale = x.doubles.reduce(0) { $0 + $1 * $1 }
      bounds.errors.append([(depth(Double(x.count), x.dtype) + 1) * problem.unit * scale])
      bounds.scales.append([scale])
    }
    return bounds
  }

  private static func decayed(_ gradient: Double, _ p: Double, _ decay: Double, _ u: Double) -> Uncertain {
    let term = decay * p
    return Uncertain(gradient + term, term == 0 ? 0 : u * (2 * abs(term) + abs(gradient + term)))
  }

  /// The root of a number that is at least 0: the root's error is the number's by the root, or at most the root of it.
  private static func root(_ x: Uncertain, _ u: Double) -> Uncertain {
    let root = max(x.value, 0).squareRoot()
    let error = root > 0 ? min(x.error / root, x.error.squareRoot()) : x.error.squareRoot()
    return Uncertain(root, error + u * root)
  }

  /// g / d, of a d that is not 0.
  private static func quotient(_ g: Uncertain, _ d: Uncertain, _ u: Double) -> Uncertain {
    let value = abs(g.value / d.value)
    return Uncertain(g.value / d.value, (g.error + value * d.error) / max(d.value - d.error, d.value / 2) + u * value)
  }

  private static func zeroBounds(_ problem: Problem) -> Bounds {
    Bounds(
      errors: problem.expected.map { $0.doubles.map { _ in 0 } },
      scales: problem.expected.map { $0.doubles.map(abs) })
  }

  @Sendable static func rmspropStep(_ problem: Problem) -> Bounds {
    guard case .rmsprop(let h) = problem.params else { return Bounds(errors: [], scales: []) }
    let (n, u) = (problem.inputs.count, problem.unit)
    let (hasMomentum, isCentered) = (h.momentum != 0, h.centered != 0)
    let rows = problem.expected.count / n
    var bounds = zeroBounds(problem)
    for k in 0..<n {
      let (gradient, p) = (problem.input(k), problem.initial[k].doubles)
      let v = problem.initial[n + k].doubles
      let b = hasMomentum ? problem.initial[2 * n + k].doubles : []
      let a = isCentered ? problem.initial[(rows - 1) * n + k].doubles : []
      for i in gradient.indices {
        let g = decayed(gradient[i], p[i], h.weight_decay, u)
        let (kept, added) = (h.alpha * v[i], (1 - h.alpha) * g.value * g.value)
        let square = Uncertain(
          kept + added,
          (1 - h.alpha) * 2 * abs(g.value) * g.error + 4 * u * added + u * (2 * kept + kept + added))
        var spread = square
        if isCentered {
          let size = abs(g.value) + abs(a[i])
          let mean = Uncertain(
            a[i] + (1 - h.alpha) * (g.value - a[i]), (1 - h.alpha) * (g.error + 3 * u * size) + u * abs(a[i]))
          spread = Uncertain(
            square.value - mean.value * mean.value,
            square.error + 2 * abs(mean.value) * mean.error + u * (mean.value * mean.value + square.value))
          bounds.errors[(rows - 1) * n + k][i] = mean.error
          bounds.scales[(rows - 1) * n + k][i] += size
        }
        let root = root(spread, u)
        let d = Uncertain(root.value + h.eps, root.error + u * (root.value + 2 * h.eps))
        var step = quotient(g, d, u)
        if hasMomentum {
          let size = h.momentum * abs(b[i]) + abs(step.value)
          step = Uncertain(h.momentum * b[i] + step.value, step.error + u * (2 * h.momentum * abs(b[i]) + size))
          bounds.errors[2 * n + k][i] = step.error
          bounds.scales[2 * n + k][i] += size
        }
        bounds.errors[n + k][i] = square.error
        bounds.scales[k][i] += abs(p[i])
        bounds.errors[k][i] =
          h.lr * (step.error + 3 * u * abs(step.value)) + u * (abs(p[i]) + h.lr * abs(step.value))
      }
    }
    return bounds
  }

  @Sendable static func adagradStep(_ problem: Problem) -> Bounds {
    guard case .adagrad(let h) = problem.params else { return Bounds(errors: [], scales: []) }
    let (n, u) = (problem.inputs.count, problem.unit)
    let rate = h.lr / (1 + Double(h.step - 1) * h.lr_decay)
    var bounds = zeroBounds(problem)
    for k in 0..<n {
      let (gradient, p, s) = (problem.input(k), problem.initial[k].doubles, problem.initial[n + k].doubles)
      for i in gradient.indices {
        let g = decayed(gradient[i], p[i], h.weight_decay, u)
        let square = g.value * g.value
        let sum = Uncertain(s[i] + square, 2 * abs(g.value) * g.error + u * (2 * square + s[i]))
        let root = root(sum, u)
        let d = Uncertain(root.value + h.eps, root.error + u * (root.value + 2 * h.eps))
        let step = quotient(g, d, u)
        bounds.errors[n + k][i] = sum.error
        bounds.scales[k][i] += abs(p[i])
        bounds.errors[k][i] = rate * (step.error + 5 * u * abs(step.value)) + u * (abs(p[i]) + rate * abs(step.value))
      }
    }
    return bounds
  }
}
