import Backplane
import TestSupport
import Testing

/// Layers and their functions with numbers at the ends of what a whole number holds: some mean something, others are
/// errors, none ends the program.
@Suite struct ExtremeSizesTests {
  private static let most = Int.max, least = Int.min

  /// Steps longer than what they are taken over: PyTorch's values, or by hand where its numbers overflow.
  @Test(arguments: testDevices) func stepsBeyondTheEnd(_ device: Device) throws {
    let most = ExtremeSizesTests.most
    let x = Tensor([[[1.0, 5, 2, 4]]], device: device), w = Tensor([[[1.0, 10]]], device: device)
    let image = Tensor.arange(9, device: device).float().reshape([1, 1, 3, 3])
    let one = x.narrow(2, 0, 1), point = w.narrow(2, 0, 1)
    let table: [(String, [Double], () -> Tensor)] = [
      ("conv1d", [51], { F.conv1d(x, w, stride: most) }),
      ("conv1d, 2^62", [10], { F.conv1d(x, w, stride: 1 << 62, padding: 1) }),
      ("conv1d, dilation of a point", [1, 5, 2, 4], { F.conv1d(x, point, dilation: most) }),
      ("conv2d", [8, 12], { F.conv2d(image, Tensor.ones([1, 1, 2, 2], device: device), stride: [most, 1]) }),
      ("conv_transpose1d", [1, 10], { F.convTranspose1d(one, w, stride: most) }),
      ("conv_transpose1d, dilation", [1, 5, 2, 4], { F.convTranspose1d(x, point, dilation: most) }),
      ("conv_transpose1d, output padding", [1, 10, 0], { F.convTranspose1d(one, w, stride: most, outputPadding: 1) }),
      ("max_pool1d", [5], { F.maxPool1d(x, 2, stride: most) }),
      ("max_pool1d, ceil", [5], { F.maxPool1d(x, 2, stride: most, ceilMode: true) }),
      ("max_pool1d, dilation", [1, 5, 2, 4], { F.maxPool1d(x, 1, dilation: most) }),
      ("max_pool1d, wider than all", [5], { F.maxPool1d(x, 7, stride: 5, ceilMode: true) }),
      ("max_pool2d, where", [4], { F.maxPool2dWithIndices(image, 2, stride: most).indices }),
      ("avg_pool1d", [8.0 / 3], { F.avgPool1d(x, 3, stride: most) }),
      ("avg_pool1d, ceil", [8.0 / 3], { F.avgPool1d(x, 3, stride: most, ceilMode: true) }),
      ("avg_pool1d, wider than all", [3], { F.avgPool1d(x, 7, stride: 9, ceilMode: true) }),
      ("avg_pool1d, much wider", [3], { F.avgPool1d(x, 1 << 60, stride: most, ceilMode: true) }),
      ("avg_pool2d", [2, 5], { F.avgPool2d(image, 2, stride: [1, most]) }),
      ("unfold", [0, 1, 3, 4], { F.unfold(image, 2, stride: most) }),
      ("unfold, dilation", [0, 1, 2, 3, 4, 5, 6, 7, 8], { F.unfold(image, 1, dilation: most) }),
      (
        "fold", [1, 1, 0, 1, 1, 0, 0, 0, 0],
        { F.fold(Tensor.ones([1, 4, 1], device: device), [3, 3], 2, stride: most) }
      ),
      ("pad, all taken away", [0, 0, 0], { F.pad(x, [.min, most]) }),
      ("pad, all taken away behind", [7, 7, 7, 7], { F.pad(x, [most, -most], value: 7) }),
      ("pad, moved", [4, 4, 4, 4], { F.pad(x, [-(1 << 62), 1 << 62], mode: .replicate) }),
    ]
    for (name, expected, body) in table {
      let result = try withErrors { body().toArray(Double.self) }
      #expect(areClose(result, expected), "\(name): \(result)")
    }
  }

  /// Gradients take the same steps back.
  @Test(arguments: testDevices) func gradientsOfStepsBeyondTheEnd(_ device: Device) throws {
    let most = ExtremeSizesTests.most
    let w = Tensor([[[1.0, 10]]], device: device)
    let table: [(String, [Double], (Tensor) -> Tensor)] = [
      ("conv1d", [1, 10, 0, 0], { F.conv1d($0, w, stride: most) }),
      ("max_pool1d", [0, 1, 0, 0], { F.maxPool1d($0, 2, stride: most) }),
      ("avg_pool1d", [0.5, 0.5, 0, 0], { F.avgPool1d($0, 2, stride: most) }),
      ("conv_transpose1d", [11, 11, 11, 11], { F.convTranspose1d($0, w, stride: 1 << 20, dilation: 1) }),
      ("pad", [0, 0, 0, 0], { F.pad($0, [-most, most]) }),
    ]
    for (name, expected, body) in table {
      let x = Tensor([[[1.0, 5, 2, 4]]], device: device).requiresGrad_()
      let gradient: [Double]? = try withErrors {
        body(x).sum().backward()
        return x.grad?.toArray(Double.self)
      }
      #expect(areClose(gradient ?? [], expected), "\(name): \(gradient ?? [])")
    }
  }

  /// Sizes that nothing can have.
  @Test func sizesBeyondAll() {
    let (most, least) = (ExtremeSizesTests.most, ExtremeSizesTests.least)
    let x = Tensor([[[1.0, 5, 2, 4]]]), w = Tensor([[[1.0, 10]]])
    let image = Tensor.ones([1, 4, 3, 3])
    let table: [(String, BackplaneError.Kind, () -> Void)] = [
      ("expected padding to be at most 4611686018427387903", .value, { _ = F.conv1d(x, w, padding: most) }),
      ("does not fit", .value, { _ = F.conv1d(x, w, dilation: most) }),
      ("Kernel size: (2305843009213693953)", .shape, { _ = F.conv1d(x, w, dilation: 1 << 61) }),
      ("more elements than memory", .shape, { _ = F.conv2d(image, Tensor.ones([1, 4, 2, 2]), padding: 1 << 40) }),
      ("does not fit", .value, { _ = F.convTranspose1d(x, w, stride: most) }),
      ("does not fit", .value, { _ = F.convTranspose1d(x.narrow(2, 0, 1), w, stride: most, outputPadding: most - 1) }),
      ("", .outOfMemory, { _ = F.convTranspose1d(x, w, stride: 1 << 50) }),
      ("effective kernel size overflows", .value, { _ = F.avgPool1d(x, most) }),
      ("at most half of effective kernel", .value, { _ = F.maxPool1d(x, 2, padding: most) }),
      ("more elements than memory", .shape, { _ = F.adaptiveAvgPool1d(x, most) }),
      ("more elements than memory", .shape, { _ = F.adaptiveMaxPool2d(image, [2, most]) }),
      ("", .outOfMemory, { _ = F.adaptiveAvgPool1d(x, 1 << 40) }),
      ("", .outOfMemory, { _ = F.adaptiveMaxPool1d(x, 1 << 44) }),
      ("does not fit", .value, { _ = F.unfold(image, 2, padding: most) }),
      ("too small", .shape, { _ = F.unfold(image, most) }),
      ("does not fit", .value, { _ = F.fold(Tensor.ones([1, 4, 1]), [most, 3], 2) }),
      ("does not fit", .value, { _ = F.pad(x, [most, 1]) }),
      ("negative output size", .shape, { _ = F.pad(x, [least, 1]) }),
      ("does not fit", .value, { _ = F.pad(x, [least, most], mode: .replicate) }),
      ("", .outOfMemory, { _ = F.pad(x, [-2, 1 << 40], mode: .replicate) }),
      ("too small", .shape, { _ = F.pad(x, [least, 1], mode: .reflect) }),
      ("(upscale_factor)^2 overflowed: upscale_factor=4294967296", .value, { _ = F.pixelShuffle(image, 1 << 32) }),
      ("more elements", .shape, { _ = F.pixelShuffle(Tensor.ones([1, 0, 2, 2]), 1 << 31) }),
      ("is not divisible by", .shape, { _ = F.pixelUnshuffle(image, most) }),
      ("does not fit", .value, { _ = F.pixelUnshuffle(Tensor.ones([1, 4, 0, 0]), 1 << 32) }),
      ("must be positive. Value of groups:-9223372036854775808", .value, { _ = F.channelShuffle(image, least) }),
      ("more elements", .shape, { _ = F.interpolate(x, size: most) }),
      ("more elements", .shape, { _ = F.interpolate(x, size: most, mode: .area) }),
      ("", .outOfMemory, { _ = F.interpolate(x, size: 1 << 40) }),
      ("", .outOfMemory, { _ = F.interpolate(image, size: [1 << 40, 1], mode: .bilinear, antialias: true) }),
      ("does not fit", .value, { _ = F.interpolate(x, scaleFactor: 1e300) }),
      ("does not fit", .value, { _ = F.interpolate(x, scaleFactor: -1e300) }),
      ("does not fit", .value, { _ = F.interpolate(x, scaleFactor: Double.nan) }),
      ("does not fit", .value, { _ = F.localResponseNorm(x, most) }),
      ("divisible by num_groups", .shape, { _ = F.groupNorm(x, most) }),
      ("num groups to be greater than 0", .value, { _ = F.groupNorm(x, least) }),
      ("", .outOfMemory, { _ = F.pdist(Tensor.ones([1]).expand([1 << 24, 1])) }),
      ("Trying to create tensor with negative dimension -1", .shape, { _ = Linear(-1, 2) }),
      ("Trying to create tensor with negative dimension -1", .shape, { _ = Linear(2, -1)(x) }),
      ("more elements", .shape, { _ = Linear(most, most) }),
      ("", .outOfMemory, { _ = Linear(1 << 40, 4) }),
      ("Dimension out of range", .index, { _ = Flatten(startDim: most)(x) }),
      ("Dimension out of range", .index, { _ = F.glu(x, dim: least) }),
      ("without overflow", .value, { _ = F.hardtanh(Tensor([1, 2]), minVal: 0, maxVal: 1e300) }),
    ]
    for (i, (words, kind, body)) in table.enumerated() {
      #expect(errorKind(body) == kind, "row \(i): \(errorMessage(body))")
      #expect(words.isEmpty || errorMessage(body).contains(words), "row \(i): \(errorMessage(body))")
    }
  }

  /// Numbers within tensors.
  @Test(arguments: testDevices) func contents(_ device: Device) throws {
    let (most, least) = (ExtremeSizesTests.most, ExtremeSizesTests.least)
    func tensor(_ values: [Int]) -> Tensor { Tensor(values, shape: [values.count], device: device) }
    let table = Tensor.ones([3, 2], device: device), scores = Tensor.ones([2, 3], device: device)
    for label in [most, least, -1, 3, 1 << 32, 1 << 62] {
      #expect(errorMessage { _ = F.embedding(tensor([0, label]), table) } == "index out of range in self")
      #expect(errorKind { _ = F.embedding(tensor([0, label]), table, maxNorm: 1) } == .index)
      #expect(errorMessage { _ = F.crossEntropy(scores, tensor([0, label])) } == "Target \(label) is out of bounds.")
      #expect(errorMessage { _ = F.nllLoss(scores, tensor([0, label])) } == "Target \(label) is out of bounds.")
      #expect(errorKind { _ = F.multiMarginLoss(scores, tensor([0, label])) } == .index)
      let ignored = try withErrors { F.crossEntropy(scores, tensor([0, label]), ignoreIndex: label).item() }
      #expect(areClose([ignored], [1.0986123]))
      if label != -1 {
        #expect(
          errorKind { _ = F.multilabelMarginLoss(scores.select(0, 0), tensor([0, -1, label])) } == .index, "\(label)")
        #expect(errorKind { _ = F.embeddingBag(tensor([0, 1]), table, offsets: tensor([0, label])) } == .value)
      }
      for mode in [F.EmbeddingBagMode.mean, .max] {
        #expect(
          errorKind { _ = F.embeddingBag(tensor([0, label]), table, offsets: tensor([0, 1]), mode: mode) } == .index)
      }
    }
    #expect(
      errorMessage { _ = F.embeddingBag(tensor([0, 1, 2]), table, offsets: tensor([0, 2, 1])) }.contains("ascending"))
    #expect(errorKind { _ = F.oneHot(tensor([0, most])) } == .value)
    #expect(errorKind { _ = F.oneHot(tensor([0, least])) } == .value)
    #expect(errorKind { _ = F.oneHot(tensor([0, 1]), numClasses: most) } == .shape)
    #expect(errorKind { _ = F.oneHot(tensor([0, 1]), numClasses: 1 << 42) } == .outOfMemory)
    #expect(errorKind { _ = F.embedding(tensor([0]), table, paddingIdx: least) } == .value)
  }

  /// Tables that are looked up in are on the indices' device.
  @Test func tablesOfAnotherDevice() {
    let table = Tensor.ones([3, 2]), indices = Tensor([[0, 1]], device: "reference")
    #expect(errorMessage { _ = F.embedding(indices, table) }.contains("same device"))
    #expect(errorMessage { _ = F.embedding(indices, table, maxNorm: 1) }.contains("same device"))
    #expect(errorMessage { _ = F.embeddingBag(indices, table, maxNorm: 1) }.contains("same device"))
  }
}
