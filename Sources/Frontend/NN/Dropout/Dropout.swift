/// What the layers of dropout have in common.
///
/// They change their input in training, and give it as it is otherwise.
public class DropoutLayer: Module {
  /// The probability that an element becomes zero, or with it its whole channel.
  public let p: Double
  /// Whether the input itself is changed.
  public let inplace: Bool

  /// Makes a layer that drops with probability `p`, and with `inplace` changes its input. A probability outside 0 … 1 is
  /// an error.
  public init(p: Double = 0.5, inplace: Bool = false) {
    self.p = p
    self.inplace = inplace
    super.init()
    funnel(or: ()) { () throws(BackplaneError) in try Ops.requireProbability(p) }
  }

  /// Makes a layer that drops with probability `p`, and with `inplace` changes its input. A probability outside 0 … 1 is
  /// an error.
  public convenience init(_ p: Double, inplace: Bool = false) { self.init(p: p, inplace: inplace) }

  public override func forward(_ x: Tensor) -> Tensor {
    x.activated(inPlace: inplace && training && p > 0) { x throws(BackplaneError) in try dropped(x) }
  }

  /// The function that the layer applies.
  func dropped(_ x: Tensor) throws(BackplaneError) -> Tensor {
    throw BackplaneError(.internal, "\(type(of: self)) drops nothing")
  }

  public override var extraDescription: String { "p=\(p), inplace=\(inplace ? "True" : "False")" }
}

/// Sets elements to zero with probability p in training, and scales the others by 1/(1 − p); otherwise gives its input.
///
/// ```swift
/// let model = Sequential(Linear(64, 128), ReLU(), Dropout(p: 0.2), Linear(128, 10))
/// model.eval()  // drops nothing from here on
/// ```
///
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.
public final class Dropout: DropoutLayer {
  override func dropped(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.dropout(x, p: p, training: training, nil)
  }
}

/// Sets whole channels of (N, C, L) or (C, L) to zero with probability p in training, and scales the others by 1/(1 − p).
///
/// Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.
public final class Dropout1d: DropoutLayer {
  override func dropped(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.dropout1d(x, p: p, training: training, nil)
  }
}

/// Sets whole channels of (N, C, H, W) to zero with probability p in training, and scales the others by 1/(1 − p).
///
/// Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.
public final class Dropout2d: DropoutLayer {
  override func dropped(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.dropout2d(x, p: p, training: training, nil)
  }
}

/// Sets whole channels of (N, C, D, H, W) or (C, D, H, W) to zero with probability p in training, and scales the others
/// by 1/(1 − p).
///
/// Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015.
public final class Dropout3d: DropoutLayer {
  override func dropped(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.dropout3d(x, p: p, training: training, nil)
  }
}

/// Dropout after ``SELU``: in training elements become its least value with probability p, and mean and variance are kept.
///
/// Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
public final class AlphaDropout: DropoutLayer {
  override func dropped(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.alphaDropout(x, p: p, training: training, nil)
  }
}

/// Dropout of whole channels after ``SELU``: in training they become its least value with probability p, and mean and
/// variance are kept.
///
/// Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
public final class FeatureAlphaDropout: DropoutLayer {
  override func dropped(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Ops.featureAlphaDropout(x, p: p, training: training, nil)
  }
}

extension ModuleRegistry {
  mutating func addDropout() {
    let options = "(float p=0.5, bool inplace=False)"
    add("nn.Dropout\(options)") { Dropout(p: $0.double("p"), inplace: $0.bool("inplace")) }
    add("nn.Dropout1d\(options)") { Dropout1d(p: $0.double("p"), inplace: $0.bool("inplace")) }
    add("nn.Dropout2d\(options)") { Dropout2d(p: $0.double("p"), inplace: $0.bool("inplace")) }
    add("nn.Dropout3d\(options)") { Dropout3d(p: $0.double("p"), inplace: $0.bool("inplace")) }
    add("nn.AlphaDropout\(options)") { AlphaDropout(p: $0.double("p"), inplace: $0.bool("inplace")) }
    add("nn.FeatureAlphaDropout\(options)") {
      FeatureAlphaDropout(p: $0.double("p"), inplace: $0.bool("inplace"))
    }
  }
}
