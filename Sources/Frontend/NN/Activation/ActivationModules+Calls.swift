// The activations of `torch.nn` by name.

extension ModuleRegistry {
  mutating func addActivations() {
    let inplace = "bool inplace=False"
    add("nn.ReLU(\(inplace))") { ReLU(inplace: $0.bool("inplace")) }
    add("nn.ReLU6(\(inplace))") { ReLU6(inplace: $0.bool("inplace")) }
    add("nn.LeakyReLU(float negative_slope=0.01, \(inplace))") {
      LeakyReLU(negativeSlope: $0.double("negative_slope"), inplace: $0.bool("inplace"))
    }
    add("nn.RReLU(float lower=0.125, float upper=0.3333333333333333, \(inplace))") {
      RReLU(lower: $0.double("lower"), upper: $0.double("upper"), inplace: $0.bool("inplace"))
    }
    add("nn.PReLU(int num_parameters=1, float init=0.25, Device? device=None, ScalarType? dtype=None)") {
      PReLU(
        numParameters: $0.int("num_parameters"), init: $0.double("init"), dtype: $0.dtype() ?? .float32,
        device: $0.device())
    }
    add("nn.Threshold(Scalar threshold, Scalar value, \(inplace))") {
      Threshold($0.scalar("threshold"), $0.scalar("value"), inplace: $0.bool("inplace"))
    }
    add("nn.ELU(float alpha=1.0, \(inplace))") { ELU(alpha: $0.double("alpha"), inplace: $0.bool("inplace")) }
    add("nn.CELU(float alpha=1.0, \(inplace))") { CELU(alpha: $0.double("alpha"), inplace: $0.bool("inplace")) }
    add("nn.SELU(\(inplace))") { SELU(inplace: $0.bool("inplace")) }
    addSigmoids()
    addGatedUnits()
    addSoftmax()
  }

  private mutating func addSigmoids() {
    add("nn.Sigmoid()") { _ in Sigmoid() }
    add("nn.LogSigmoid()") { _ in LogSigmoid() }
    add("nn.Hardsigmoid(bool inplace=False)") { Hardsigmoid(inplace: $0.bool("inplace")) }
    add("nn.Tanh()") { _ in Tanh() }
    // The last two are older names of the first.
    add(
      "nn.Hardtanh(Scalar min_val=-1.0, Scalar max_val=1.0, bool inplace=False, Scalar? min_value=None, "
        + "Scalar? max_value=None)"
    ) {
      Hardtanh(
        minVal: $0.optionalScalar("min_value") ?? $0.scalar("min_val"),
        maxVal: $0.optionalScalar("max_value") ?? $0.scalar("max_val"), inplace: $0.bool("inplace"))
    }
    add("nn.Softsign()") { _ in Softsign() }
    add("nn.Tanhshrink()") { _ in Tanhshrink() }
  }

  private mutating func addGatedUnits() {
    add("nn.SiLU(bool inplace=False)") { SiLU(inplace: $0.bool("inplace")) }
    add("nn.Mish(bool inplace=False)") { Mish(inplace: $0.bool("inplace")) }
    add("nn.Hardswish(bool inplace=False)") { Hardswish(inplace: $0.bool("inplace")) }
    add("nn.GELU(str approximate='none')") { a in
      guard let rule = Functional.GELUApproximation(rawValue: a.string("approximate")) else {
        throw BackplaneError(.value, "approximate argument must be either none or tanh.")
      }
      return GELU(approximate: rule)
    }
    add("nn.GLU(int dim=-1)") { GLU(dim: $0.int("dim")) }
    add("nn.Softplus(float beta=1.0, float threshold=20.0)") {
      Softplus(beta: $0.double("beta"), threshold: $0.double("threshold"))
    }
    add("nn.Hardshrink(float lambd=0.5)") { Hardshrink(lambd: $0.double("lambd")) }
    add("nn.Softshrink(float lambd=0.5)") { Softshrink(lambd: $0.double("lambd")) }
  }

  private mutating func addSoftmax() {
    add("nn.Softmax(int? dim=None)") { Softmax(dim: $0.optionalInt("dim")) }
    add("nn.LogSoftmax(int? dim=None)") { LogSoftmax(dim: $0.optionalInt("dim")) }
    add("nn.Softmin(int? dim=None)") { Softmin(dim: $0.optionalInt("dim")) }
    add("nn.Softmax2d()") { _ in Softmax2d() }
  }
}
