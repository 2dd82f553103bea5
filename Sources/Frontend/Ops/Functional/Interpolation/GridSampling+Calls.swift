// Sampling of images by name.

extension OperatorRegistry {
  mutating func addImageSampling() {
    add(
      "nn.functional.grid_sample(Tensor input, Tensor grid, str mode='bilinear', str padding_mode='zeros', "
        + "bool? align_corners=None)"
    ) { a in
      guard let mode = Functional.GridSampleMode(rawValue: a.string("mode")) else {
        throw BackplaneError(
          .value,
          "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
            + "'\(a.string("mode"))'")
      }
      guard let padding = Functional.GridSamplePadding(rawValue: a.string("padding_mode")) else {
        throw BackplaneError(
          .value,
          "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            + "'\(a.string("padding_mode"))'")
      }
      return try Ops.gridSample(
        a.tensor("input"), a.tensor("grid"),
        Ops.GridSampling(
          mode: mode, padding: padding, alignCorners: a.optionalScalar("align_corners")?.isTrue ?? false))
    }
    // What stands behind grid_sample and affine_grid there; modes and paddings are numbers.
    for suffix in ["", "_2d", "_3d"] {
      add(
        "grid_sampler\(suffix)(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners)"
      ) { a in
        let modes: [Functional.GridSampleMode] = [.bilinear, .nearest, .bicubic]
        let paddings: [Functional.GridSamplePadding] = [.zeros, .border, .reflection]
        let (mode, padding) = (a.int("interpolation_mode"), a.int("padding_mode"))
        guard modes.indices.contains(mode), paddings.indices.contains(padding) else {
          throw BackplaneError(
            .value, "grid_sampler\(suffix)(): there is no interpolation_mode \(mode) with padding_mode \(padding)")
        }
        return try Ops.gridSample(
          a.tensor("input"), a.tensor("grid"),
          Ops.GridSampling(mode: modes[mode], padding: paddings[padding], alignCorners: a.bool("align_corners")))
      }
    }
    add("affine_grid_generator(Tensor theta, int[] size, bool align_corners)") {
      try Ops.affineGrid($0.tensor("theta"), $0.ints("size"), alignCorners: $0.bool("align_corners"))
    }
    add("nn.functional.affine_grid(Tensor theta, int[] size, bool? align_corners=None)") { a in
      try Ops.affineGrid(
        a.tensor("theta"), a.ints("size"), alignCorners: a.optionalScalar("align_corners")?.isTrue ?? false)
    }
  }
}
