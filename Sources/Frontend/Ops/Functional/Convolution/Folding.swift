extension Ops {
  /// The windows over the two dimensions of (…, H, W), and the extents with padding.
  private static func layOut(
    _ extents: [Int], _ kernel: [Int], _ dilation: [Int], _ padding: [Int], _ stride: [Int], _ operation: String
  ) throws(BackplaneError) -> [Windows] {
    for (values, name) in [(kernel, "kernel size"), (dilation, "dilation"), (stride, "stride")] {
      guard values.allSatisfy({ $0 > 0 }) else {
        throw BackplaneError(.value, "\(operation): \(name) should be greater than zero, but got \(values)")
      }
    }
    guard padding.allSatisfy({ $0 >= 0 }) else {
      throw BackplaneError(.value, "\(operation): padding should be non-negative, but got \(padding)")
    }
    var windows: [Windows] = []
    for i in 0..<2 {
      guard
        let w = try Windows.over(
          extents[i], low: padding[i], high: padding[i], size: kernel[i], stride: stride[i], dilation: dilation[i],
          in: operation)
      else {
        throw BackplaneError(
          .shape,
          "\(operation): Given spatial size \(extents), kernel_size=\(kernel), dilation=\(dilation), padding=\(padding), "
            + "stride=\(stride), calculated shape of the array of sliding blocks is too small (non-positive)")
      }
      windows.append(w)
    }
    _ = try Sizes.product(windows.map(\.count), in: operation)
    _ = try Sizes.product(windows.map(\.size), in: operation)
    return windows
  }

  /// The windows of (N, C, H, W) as columns: (N, C · k, windows).
  static func unfold(
    _ x: Tensor, _ kernel: [Int], dilation: [Int], padding: [Int], stride: [Int]
  ) throws(BackplaneError) -> Tensor {
    let (kernel, dilation) = (
      try spatial(kernel, 2, "kernel_size", "unfold"), try spatial(dilation, 2, "dilation", "unfold")
    )
    let (padding, stride) = (try spatial(padding, 2, "padding", "unfold"), try spatial(stride, 2, "stride", "unfold"))
    guard x.layout.rank == 3 || x.layout.rank == 4, !x.layout.shape.suffix(3).contains(0) else {
      throw BackplaneError(
        .shape,
        "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but "
          + "got: \(x.shape)")
    }
    if x.layout.rank == 3 {
      return try squeeze(
        unfold(unsqueeze(x, 0), kernel, dilation: dilation, padding: padding, stride: stride), 0)
    }
    let windows = try layOut(Array(x.layout.shape.suffix(2)), kernel, dilation, padding, stride, "unfold")
    var result = try constantPad(widenedForGradient(x), low: [0, 0] + padding, high: [0, 0] + padding)
    for i in 0..<2 { result = try Ops.windows(result, 2 + i, windows[i]) }
    let columns = try permute(result, [0, 1, 4, 5, 2, 3])
    let rows = try Sizes.product([x.layout.elements[1]] + kernel, in: "unfold")
    let shape = [x.layout.elements[0], rows, windows[0].count * windows[1].count]
    return try cast(reshape(columns, shape), x.dtype)
  }

  private static func widenedForGradient(_ x: Tensor) throws(BackplaneError) -> Tensor {
    try Autograd.records(x) ? widened(x) : x
  }

  /// The sum of columns (N, C · k, windows) in their places: (N, C, H, W).
  static func fold(
    _ x: Tensor, _ extents: [Int], _ kernel: [Int], dilation: [Int], padding: [Int], stride: [Int]
  ) throws(BackplaneError) -> Tensor {
    let extents = try spatial(extents, 2, "output_size", "fold")
    let (kernel, dilation) = (
      try spatial(kernel, 2, "kernel_size", "fold"), try spatial(dilation, 2, "dilation", "fold")
    )
    let (padding, stride) = (try spatial(padding, 2, "padding", "fold"), try spatial(stride, 2, "stride", "fold"))
    guard x.layout.rank == 2 || x.layout.rank == 3, !x.layout.shape.suffix(2).contains(0) else {
      throw BackplaneError(
        .shape,
        "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, "
          + "but got: \(x.shape)")
    }
    if x.layout.rank == 2 {
      return try squeeze(
        fold(unsqueeze(x, 0), extents, kernel, dilation: dilation, padding: padding, stride: stride), 0)
    }
    let windows = try layOut(extents, kernel, dilation, padding, stride, "fold")
    let (rows, columns) = (x.layout.elements[1], x.layout.elements[2])
    guard rows % (kernel[0] * kernel[1]) == 0 else {
      throw BackplaneError(
        .shape,
        "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)="
          + "\(rows) and kernel_size=\(kernel).")
    }
    guard columns == windows[0].count * windows[1].count else {
      throw BackplaneError(
        .shape,
        "Given output_size=\(extents), kernel_size=\(kernel), dilation=\(dilation), padding=\(padding), stride=\(stride), "
          + "expected size of input's dimension 2 to match the calculated number of sliding blocks "
          + "\(windows[0].count) * \(windows[1].count) = \(windows[0].count * windows[1].count), but got input.size(2)="
          + "\(columns).")
    }
    let shape = [x.layout.elements[0], rows / (kernel[0] * kernel[1])] + kernel + windows.map(\.count)
    var result = try permute(reshape(widened(x), shape), [0, 1, 4, 5, 2, 3])
    for i in (0..<2).reversed() {
      result = try overlapAdd(result, 2 + i, windows[i], extent: extents[i] + 2 * padding[i])
    }
    let cropped = padding.map { -$0 }
    return try cast(constantPad(result, low: [0, 0] + cropped, high: [0, 0] + cropped), x.dtype)
  }
}

extension Functional {
  /// The windows of (N, C, H, W) or (C, H, W) as columns: (N, C · k₀ · k₁, windows).
  public static func unfold(
    _ x: Tensor, _ kernelSize: some SpatialExtents, dilation: some SpatialExtents = 1,
    padding: some SpatialExtents = 0, stride: some SpatialExtents = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.unfold(
        x, kernelSize.spatialExtents, dilation: dilation.spatialExtents, padding: padding.spatialExtents,
        stride: stride.spatialExtents)
    }
  }

  /// The sum of columns as ``unfold(_:_:dilation:padding:stride:)`` gives them, each in the place of its window.
  public static func fold(
    _ x: Tensor, _ outputSize: some SpatialExtents, _ kernelSize: some SpatialExtents,
    dilation: some SpatialExtents = 1, padding: some SpatialExtents = 0, stride: some SpatialExtents = 1
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.fold(
        x, outputSize.spatialExtents, kernelSize.spatialExtents, dilation: dilation.spatialExtents,
        padding: padding.spatialExtents, stride: stride.spatialExtents)
    }
  }
}
