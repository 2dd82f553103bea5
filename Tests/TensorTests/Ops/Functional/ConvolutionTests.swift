import Backplane
import TestSupport
import Testing

/// 1, 2, 3, … in a shape.
private func count(_ shape: [Int], _ device: Device) -> Tensor {
  (Tensor.arange(shape.reduce(1, *), device: device) + 1).float().reshape(shape)
}

@Suite struct ConvolutionTests {
  @Test(arguments: testDevices) func values(_ device: Device) {
    let y = F.conv2d(
      count([1, 2, 3, 3], device), count([2, 1, 2, 2], device) / 10, Tensor([1.0, 2], device: device), stride: 2,
      padding: 1, groups: 2)
    #expect(y.shape == [1, 2, 2, 2])
    #expect(areClose(y.toArray(), [1.4, 2.8, 4.6, 8.7, 10, 19.3, 22.6, 44.3]))
    // An even kernel has its extra padding behind.
    let same = F.conv1d(
      count([1, 1, 5], device), Tensor([[[1.0, 2, 4, 8]]], device: device), padding: PaddingRule.same)
    #expect(same.toArray(Double.self) == [34, 49, 64, 31, 14])
    let wide = F.convTranspose1d(
      count([1, 1, 3], device), Tensor([[[1.0, 10, 100]]], device: device), stride: 2, padding: 1, outputPadding: 1)
    #expect(wide.toArray(Double.self) == [10, 102, 20, 203, 30, 300])
  }

  @Test(arguments: testDevices) func edges(_ device: Device) {
    let kernel = Tensor.ones([3, 2, 2, 2], device: device)
    #expect(F.conv2d(Tensor.ones([0, 2, 4, 4], device: device), kernel).shape == [0, 3, 3, 3])
    #expect(F.conv2d(Tensor.ones([2, 4, 4], device: device), kernel).shape == [3, 3, 3])
    #expect(
      F.conv2d(Tensor.ones([1, 2, 3, 3], device: device).long(), kernel.long()).toArray(Int.self).allSatisfy { $0 == 8 }
    )
    let half = F.conv2d(Tensor.ones([1, 2, 3, 3], dtype: .bfloat16, device: device), kernel.bfloat16(), dilation: 2)
    #expect(half.dtype == .bfloat16 && half.toArray(Double.self) == [8, 8, 8])
  }

  @Test func misuse() {
    let x = Tensor.ones([1, 2, 4, 4], device: "reference")
    let kernel = Tensor.ones([3, 2, 3, 3], device: "reference")
    #expect(
      errorMessage { _ = F.conv2d(x.long(), kernel.long(), Tensor([1.0, 2, 3], dtype: .float64, device: "reference")) }
        == "Input type (long int) and bias type (double) should be the same")
    #expect(errorMessage { _ = F.conv2d(x, kernel, stride: 0) } == "non-positive stride is not supported")
    #expect(errorMessage { _ = F.conv2d(x, kernel, padding: -1) } == "negative padding is not supported")
    #expect(errorMessage { _ = F.conv2d(x, kernel, groups: 0) } == "non-positive groups is not supported")
    #expect(
      errorMessage { _ = F.conv2d(x, kernel, dilation: 2) }
        == "Calculated padded input size per channel: (4 x 4). Kernel size: (5 x 5). Kernel size can't be greater than "
        + "actual input size")
    #expect(
      errorMessage { _ = F.conv2d(x[0..., ..<1], kernel) }
        == "Given groups=1, weight of size [3, 2, 3, 3], expected input[1, 1, 4, 4] to have 2 channels, but got 1 channels "
        + "instead")
    #expect(
      errorMessage { _ = F.conv2d(x, kernel, stride: 2, padding: PaddingRule.same) }
        == "padding='same' is not supported for strided convolutions")
  }

  @Test(arguments: testDevices) func padding(_ device: Device) {
    let row = Tensor([[[1.0, 2, 3]]], device: device)
    #expect(F.pad(row, [2, 1], mode: .reflect).toArray(Double.self) == [3, 2, 1, 2, 3, 2])
    // What is cut off does not come around again.
    #expect(F.pad(row, [2, -1], mode: .circular).toArray(Double.self) == [1, 2, 1, 2])
    #expect(F.pad(row, [2, 0], mode: .replicate).toArray(Double.self) == [1, 1, 1, 2, 3])
    #expect(F.pad(row, [1, -1], value: 9).toArray(Double.self) == [9, 1, 2])
    #expect(errorMessage { _ = F.pad(row, [3, 0], mode: .reflect) }.contains("less than the corresponding input"))
    #expect(errorMessage { _ = F.pad(row, [-2, -2]) }.contains("resulted in a negative output size"))
  }

  @Test(arguments: testDevices) func foldingUndoesUnfolding(_ device: Device) {
    let x = count([1, 2, 4, 4], device)
    let columns = F.unfold(x, 2, stride: 2)
    #expect(columns.shape == [1, 8, 4])
    #expect(F.fold(columns, 4, 2, stride: 2).toArray(Double.self) == x.toArray(Double.self))
    // Where windows overlap, they add up.
    let overlaps = F.fold(F.unfold(Tensor.ones([1, 1, 3, 3], device: device), 2), 3, 2)
    #expect(overlaps.toArray(Double.self) == [1, 2, 1, 2, 4, 2, 1, 2, 1])
  }
}
