// Sampling of images, unpooling, selection of boxes and CTC by name.

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
    for n in 1...3 {
      add(
        "nn.functional.max_unpool\(n)d(Tensor input, Tensor indices, int[\(n)] kernel_size, int[\(n)]? stride=None, "
          + "int[\(n)] padding=[0], int[\(n)]? output_size=None)"
      ) { a in
        let pool = try SlidingPool.undone(a.ints("kernel_size"), a.optionalInts("stride"), a.ints("padding"), n)
        return try Ops.maxUnpool(
          a.tensor("input"), a.tensor("indices"), pool, output: a.optionalInts("output_size"), dimensions: n)
      }
      add(
        "nn.functional.lp_pool\(n)d(Tensor input, float norm_type, int[\(n)] kernel_size, int[\(n)]? stride=None, "
          + "bool ceil_mode=False)"
      ) { a in
        let pool = try SlidingPool(
          a.ints("kernel_size"), stride: a.optionalInts("stride"), padding: [0], ceilMode: a.bool("ceil_mode"),
          dimensions: n, "lp_pool\(n)d")
        return try Ops.lpPool(a.tensor("input"), a.double("norm_type"), pool, "lp_pool\(n)d")
      }
    }
    for name in ["torchvision.ops.nms", "ops.torchvision.nms"] {
      add("\(name)(Tensor boxes, Tensor scores, float iou_threshold)") {
        try Ops.nonMaximumSuppression($0.tensor("boxes"), $0.tensor("scores"), $0.double("iou_threshold"))
      }
    }
    add("nn.functional.gumbel_softmax(Tensor logits, float tau=1, bool hard=False, float eps=1e-10, int dim=-1)") {
      try Ops.gumbelSoftmax(
        $0.tensor("logits"), tau: $0.double("tau"), hard: $0.bool("hard"), dim: $0.int("dim"), nil)
    }
  }

  mutating func addCTCLoss() {
    add(
      "nn.functional.ctc_loss(Tensor log_probs, Tensor targets, Any input_lengths, Any target_lengths, int blank=0, "
        + "str reduction='mean', bool zero_infinity=False)"
    ) { a in
      try Ops.ctcLoss(
        a.tensor("log_probs"), a.tensor("targets"), a.lengths("input_lengths"), a.lengths("target_lengths"),
        blank: a.int("blank"), reduction: a.reduction(), zeroInfinity: a.bool("zero_infinity"))
    }
    // Its reduction is a number there: none, mean, sum.
    add(
      "ctc_loss(Tensor log_probs, Tensor targets, Any input_lengths, Any target_lengths, int blank=0, "
        + "int reduction=1, bool zero_infinity=False)"
    ) { a in
      let reductions: [Functional.Reduction] = [.none, .mean, .sum]
      guard reductions.indices.contains(a.int("reduction")) else {
        throw BackplaneError(.value, "\(a.int("reduction")) is not a valid value for reduction")
      }
      return try Ops.ctcLoss(
        a.tensor("log_probs"), a.tensor("targets"), a.lengths("input_lengths"), a.lengths("target_lengths"),
        blank: a.int("blank"), reduction: reductions[a.int("reduction")], zeroInfinity: a.bool("zero_infinity"))
    }
  }
}

extension BoundArguments {
  /// Whole numbers: one, a list of them, or a tensor.
  fileprivate func lengths(_ name: String) throws(BackplaneError) -> [Int] {
    switch self[name] {
    case .int(let n): return [Int(n)]
    case .tensor(let x) where x.dtype.isInteger && x.layout.rank <= 1: return try Ops.toHost(x, Int.self)
    case .list(let values):
      var result: [Int] = []
      for case .int(let n) in values { result.append(Int(n)) }
      if result.count == values.count { return result }
    default: break
    }
    throw BackplaneError(
      .value,
      "\(signature.shortName)(): argument '\(name)' must be whole numbers or a tensor of them, not \(self[name].typeName)"
    )
  }
}
