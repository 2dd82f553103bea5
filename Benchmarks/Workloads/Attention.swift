import Backplane
import Glibc

/// Attention by itself, and a network of it.
extension Workload {
  static var attentionWorkloads: [Workload] {
    [
      scaledDotProduct("sdpa_8x8x512x64", isCausal: false, gradient: false),
      scaledDotProduct("sdpa_causal_8x8x512x64", isCausal: true, gradient: false),
      scaledDotProduct("sdpa_fwd_bwd_8x8x512x64", isCausal: false, gradient: true),
      scaledDotProduct("sdpa_causal_fwd_bwd_8x8x512x64", isCausal: true, gradient: true),
      Workload(name: "gpt_decode_12x256_ctx64") { device in
        let network = DecoderNetwork(), tokens = Values.integers(DecoderNetwork.length, below: 512, seed: 71)
        let parameters = network.values.map { Tensor($0.values, shape: $0.shape, device: device) }
        let ids = Tensor(tokens, device: device).reshape(1, DecoderNetwork.length)
        var result = ids
        return Job {
          result = ids
          result = network.logits(ids, parameters)[0..., -1].argmax(-1)
        } check: {
          let wanted = network.plainLogits(tokens)
          let scale = wanted.reduce(0) { max($0, $1.magnitude) }
          try Check.elements(network.logits(ids, parameters)[0, -1], count: 512, absolute: 1e-4 * scale) { wanted[$0] }
          let chosen = Int(result.item())
          guard wanted[chosen] >= wanted.max()! - 1e-4 * scale else {
            throw Complaint("wrong result: token \(chosen) has the score \(wanted[chosen])")
          }
        }
      },
    ]
  }

  private static func scaledDotProduct(_ name: String, isCausal: Bool, gradient: Bool) -> Workload {
    Workload(name: name) { device in
      let (batch, heads, length, width) = (8, 8, 512, 64)
      let shape = [batch, heads, length, width]
      let count = shape.reduce(1, *)
      let values = (0..<3).map { Values.normal(count, seed: UInt64(61 + $0)) }
      let inputs = values.map { Tensor($0, shape: shape, device: device) }
      if gradient { for x in inputs { x.requiresGrad_() } }
      let g = Tensor(Values.normal(count, seed: 64), shape: shape, device: device)
      var result = g
      var gradients: [Tensor?] = []
      return Job {
        if gradient {
          gradients = []
          enableGrad {
            result = F.scaledDotProductAttention(inputs[0], inputs[1], inputs[2], isCausal: isCausal)
            gradients = grad([result], inputs, gradOutputs: [g])
          }
        } else {
          result = g
          result = F.scaledDotProductAttention(inputs[0], inputs[1], inputs[2], isCausal: isCausal)
        }
      } check: {
        // One query, in the middle of a head.
        let (head, query) = (3 * heads + 5, 301)
        func row(_ which: Int, _ place: Int) -> ArraySlice<Float> {
          values[which][((head * length + place) * width)..<((head * length + place + 1) * width)]
        }
        func product(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
          zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let seen = isCausal ? query + 1 : length
        let shares = (0..<seen).map { exp(product(row(0, query), row(1, $0)) / 8) }
        let total = shares.reduce(0, +)
        let expected = (0..<width).map { c in
          (0..<seen).reduce(0) { $0 + shares[$1] / total * Double(row(2, $1)[row(2, $1).startIndex + c]) }
        }
        try Check.elements(result[3, 5, query], count: width, absolute: 1e-5) { expected[$0] }
        guard gradient else { return }
        let incoming = ArraySlice(g[3, 5, query].floats)
        let mean = zip(incoming, expected).reduce(0) { $0 + Double($1.0) * $1.1 }
        let changes = (0..<seen).map { shares[$0] / total * (product(incoming, row(2, $0)) - mean) / 8 }
        try Check.elements(gradients[0]![3, 5, query], count: width, absolute: 1e-5) { c in
          (0..<seen).reduce(0) { $0 + changes[$1] * Double(row(1, $1)[row(1, $1).startIndex + c]) }
        }
      }
    }
  }
}

/// Twelve layers of attention and a part of two linear maps, each after a normalization, as the peers' script has them.
///
/// Radford et al., "Language models are unsupervised multitask learners", 2019.
private struct DecoderNetwork {
  static let length = 64
  private static let (layers, width, heads, hidden, tokens) = (12, 256, 8, 1024, 512)
  private static let perLayer = 12

  /// Embeddings of tokens and places; of each layer two normalizations, the projections into heads and out of them, and
  /// two linear maps, with biases; the map to tokens.
  let values: [(values: [Float], shape: [Int])] = {
    var shapes = [[tokens, width], [length, width]]
    for _ in 0..<layers {
      shapes += [[width], [width], [3 * width, width], [3 * width], [width, width], [width]]
      shapes += [[width], [width], [hidden, width], [hidden], [width, hidden], [width]]
    }
    shapes += [[tokens, width], [tokens]]
    return shapes.enumerated().map { i, shape in
      let scale = shape.count == 1 ? 0.1 : 1 / Float(shape[1]).squareRoot()
      // Scales are about 1.
      let isScale = shape.count == 1 && [0, 6].contains((i - 2) % perLayer) && i < 2 + layers * perLayer
      return (Values.normal(shape.reduce(1, *), seed: UInt64(80 + i)).map { $0 * scale + (isScale ? 1 : 0) }, shape)
    }
  }()

  func logits(_ ids: Tensor, _ p: [Tensor]) -> Tensor {
    let (length, width, heads) = (DecoderNetwork.length, DecoderNetwork.width, DecoderNetwork.heads)
    var h = F.embedding(ids, p[0]) + p[1]
    for layer in 0..<DecoderNetwork.layers {
      let q = Array(p[(2 + layer * DecoderNetwork.perLayer)..<(2 + (layer + 1) * DecoderNetwork.perLayer)])
      let projected = F.linear(F.layerNorm(h, [width], weight: q[0], bias: q[1]), q[2], q[3])
      let parts = projected.reshape(1, length, 3, heads, width / heads).permute([2, 0, 3, 1, 4])
      let mixed = F.scaledDotProductAttention(parts[0], parts[1], parts[2], isCausal: true)
      h = h + F.linear(mixed.transpose(1, 2).reshape(1, length, width), q[4], q[5])
      let inner = F.gelu(F.linear(F.layerNorm(h, [width], weight: q[6], bias: q[7]), q[8], q[9]))
      h = h + F.linear(inner, q[10], q[11])
    }
    return F.linear(h, p[p.count - 2], p[p.count - 1])
  }

  /// The scores that follow the last token, in plain loops and double precision.
  func plainLogits(_ ids: [Int]) -> [Double] {
    let (length, width, heads) = (DecoderNetwork.length, DecoderNetwork.width, DecoderNetwork.heads)
    let p = values.map { $0.values.map(Double.init) }
    func linear(_ x: [[Double]], _ weight: [Double], _ bias: [Double]) -> [[Double]] {
      x.map { row in
        bias.indices.map { o in
          var sum = bias[o]
          for i in row.indices { sum += row[i] * weight[o * row.count + i] }
          return sum
        }
      }
    }
    func normalized(_ x: [[Double]], _ scale: [Double], _ bias: [Double]) -> [[Double]] {
      x.map { row in
        let mean = row.reduce(0, +) / Double(width)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        return row.indices.map { (row[$0] - mean) / (variance + 1e-5).squareRoot() * scale[$0] + bias[$0] }
      }
    }
    func sum(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] { zip(a, b).map { zip($0, $1).map { $0 + $1 } } }
    var h = ids.indices.map { t in (0..<width).map { p[0][ids[t] * width + $0] + p[1][t * width + $0] } }
    for layer in 0..<DecoderNetwork.layers {
      let q = Array(p[(2 + layer * DecoderNetwork.perLayer)..<(2 + (layer + 1) * DecoderNetwork.perLayer)])
      let projected = linear(normalized(h, q[0], q[1]), q[2], q[3])
      var mixed = h.map { $0.map { _ in 0.0 } }
      let part = width / heads
      for head in 0..<heads {
        for t in 0..<length {
          let shares = (0...t).map { s in
            exp(
              (0..<part).reduce(0) {
                $0 + projected[t][head * part + $1] * projected[s][width + head * part + $1]
              } / Double(part).squareRoot())
          }
          let total = shares.reduce(0, +)
          for c in 0..<part {
            mixed[t][head * part + c] =
              (0...t).reduce(0) { $0 + shares[$1] * projected[$1][2 * width + head * part + c] } / total
          }
        }
      }
      h = sum(h, linear(mixed, q[4], q[5]))
      let inner = linear(normalized(h, q[6], q[7]), q[8], q[9]).map { row in
        row.map { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }
      }
      h = sum(h, linear(inner, q[10], q[11]))
    }
    return linear([h[length - 1]], p[p.count - 2], p[p.count - 1])[0]
  }
}
