// Short-time Fourier transforms by name.

extension OperatorRegistry {
  mutating func addShortTimeTransforms() {
    let options = "int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True"
    add(
      "stft(Tensor input, \(options), str pad_mode='reflect', bool normalized=False, bool? onesided=None, "
        + "bool? return_complex=None, bool? align_to_window=None)"
    ) { a in
      let x = a.tensor("input"), window = a.optionalTensor("window")
      let transform = try ShortTimeTransform(
        a.int("n_fft"), hop: a.optionalInt("hop_length"), length: a.optionalInt("win_length"), window,
        isNormalized: a.bool("normalized"), "stft")
      let isComplex = x.dtype.isComplex || window?.dtype.isComplex ?? false
      guard let wantsComplex = a.optionalScalar("return_complex")?.isTrue ?? (isComplex ? true : nil) else {
        throw BackplaneError(
          .value,
          "stft requires the return_complex parameter be given for real inputs, and will further require that "
            + "return_complex=True in a future PyTorch release.")
      }
      let aligns = a.optionalScalar("align_to_window")?.isTrue
      guard !(a.bool("center") && aligns != nil) else {
        throw BackplaneError(.value, "stft align_to_window should only be set when center = false")
      }
      guard let padMode = Functional.PaddingMode(rawValue: a.string("pad_mode")) else {
        throw BackplaneError(.value, "Unrecognised padding mode \(a.string("pad_mode"))")
      }
      let spectra = try transform.forward(
        x, center: a.bool("center"), padMode: padMode,
        isOneSided: a.optionalScalar("onesided")?.isTrue, alignsToWindow: aligns ?? false)
      return try wantsComplex ? spectra : Ops.viewAsReal(spectra)
    }
    add(
      "istft(Tensor input, \(options), bool normalized=False, bool? onesided=None, int? length=None, "
        + "bool return_complex=False)"
    ) { a in
      let transform = try ShortTimeTransform(
        a.int("n_fft"), hop: a.optionalInt("hop_length"), length: a.optionalInt("win_length"),
        a.optionalTensor("window"), isNormalized: a.bool("normalized"), "istft")
      let isComplex = a.bool("return_complex")
      return try transform.inverse(
        a.tensor("input"), center: a.bool("center"),
        isOneSided: a.optionalScalar("onesided")?.isTrue, samples: a.optionalInt("length"),
        isComplex: isComplex)
    }
  }
}
