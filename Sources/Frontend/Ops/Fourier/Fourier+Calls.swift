// Fourier transforms by name.

extension OperatorRegistry {
  mutating func addFourier() {
    for (name, inverse) in [("fft", false), ("ifft", true)] {
      add("fft.\(name)(Tensor input, int? n=None, int dim=-1, str? norm=None)") {
        try Ops.fft(
          $0.tensor("input"), $0.optionalInt("n"), $0.int("dim"), FFT.Norm(named: $0.optionalString("norm")),
          inverse: inverse)
      }
      for (suffix, dims) in [("2", "[-2, -1]"), ("n", "None")] {
        add("fft.\(name)\(suffix)(Tensor input, int[1]? s=None, int[1]? dim=\(dims), str? norm=None)") {
          try Ops.fftn(
            $0.tensor("input"), $0.optionalInts("s"), $0.optionalInts("dim"),
            FFT.Norm(named: $0.optionalString("norm")), inverse: inverse)
        }
      }
    }
    // Of real numbers; ihfft is the conjugate of rfft, scaled as an inverse.
    for (name, inverse) in [("rfft", false), ("ihfft", true)] {
      add("fft.\(name)(Tensor input, int? n=None, int dim=-1, str? norm=None)") {
        try Ops.rfft(
          $0.tensor("input"), $0.optionalInt("n"), $0.int("dim"), FFT.Norm(named: $0.optionalString("norm")),
          inverse: inverse, function: name)
      }
      for (suffix, dims) in [("2", "[-2, -1]"), ("n", "None")] {
        add("fft.\(name)\(suffix)(Tensor input, int[1]? s=None, int[1]? dim=\(dims), str? norm=None)") {
          try Ops.rfftn(
            $0.tensor("input"), $0.optionalInts("s"), $0.optionalInts("dim"),
            FFT.Norm(named: $0.optionalString("norm")), inverse: inverse, function: name + suffix)
        }
      }
    }
    // To real numbers; hfft takes the half of a Hermitian signal.
    for (name, inverse) in [("irfft", true), ("hfft", false)] {
      add("fft.\(name)(Tensor input, int? n=None, int dim=-1, str? norm=None)") {
        try Ops.irfft(
          $0.tensor("input"), $0.optionalInt("n"), $0.int("dim"), FFT.Norm(named: $0.optionalString("norm")),
          inverse: inverse)
      }
      for (suffix, dims) in [("2", "[-2, -1]"), ("n", "None")] {
        add("fft.\(name)\(suffix)(Tensor input, int[1]? s=None, int[1]? dim=\(dims), str? norm=None)") {
          try Ops.irfftn(
            $0.tensor("input"), $0.optionalInts("s"), $0.optionalInts("dim"),
            FFT.Norm(named: $0.optionalString("norm")), inverse: inverse, function: name + suffix)
        }
      }
    }
    for (name, inverse) in [("fftshift", false), ("ifftshift", true)] {
      add("fft.\(name)(Tensor input, int[1]? dim=None)") {
        try Ops.fftshift($0.tensor("input"), $0.optionalInts("dim"), inverse: inverse)
      }
    }
    for (name, half) in [("fftfreq", false), ("rfftfreq", true)] {
      add(
        "fft.\(name)(int n, float d=1.0, *, ScalarType? dtype=None, Any? layout=None, Device? device=None, "
          + "bool? requires_grad=False)"
      ) {
        try Ops.frequencies($0.int("n"), $0.double("d"), half: half, $0.dtype() ?? .float32, $0.device())
      }
    }
  }
}
