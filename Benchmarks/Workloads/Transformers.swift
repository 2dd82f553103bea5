import Backplane

extension Workload {
  /// A step of an encoder layer with normalization after each part and ReLU, without dropout, of Adam and the mean square
  /// of what comes out.
  ///
  /// Vaswani et al., "Attention is all you need", NeurIPS 2017.
  static func transformerLayerTrainStep(
    _ name: String, batch: Int, length: Int, width: Int, heads: Int, hidden: Int, _ pace: Pace = .processor
  ) -> Workload {
    Workload(name: name, pace: pace) { device in
      let x = Tensor.randn([batch, length, width], device: device, generator: Generator(seed: 51))
      let layer = TransformerEncoderLayer(
        width, heads, dimFeedforward: hidden, dropout: 0, batchFirst: true, device: device,
        generator: Generator(seed: 52))
      let optimizer = Adam(layer.parameters(), lr: 1e-3)
      var losses: [Tensor] = []
      return Job {
        enableGrad {
          optimizer.zeroGrad()
          let loss = layer(x).square().mean()
          loss.backward()
          optimizer.step()
          losses.append(loss.detach())
        }
      } check: {
        // What is normalized has a mean square of 1, from which steps lead down.
        let (first, last) = (losses[0].item(), losses[losses.count - 1].item())
        guard (first - 1).magnitude < 1e-3, last < first else {
          throw Complaint("wrong result: the loss went from \(first) to \(last)")
        }
      }
    }
  }
}
