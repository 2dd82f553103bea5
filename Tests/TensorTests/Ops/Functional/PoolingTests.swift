import Backplane
import TestSupport
import Testing

@Suite struct PoolingTests {
  @Test(arguments: testDevices) func maxima(_ device: Device) {
    let x = Tensor([[[1.0, 5, 2], [5, 3, 4], [0, 1, 9]]], device: device)
    let (values, indices) = F.maxPool2dWithIndices(x, 2, stride: 1)
    #expect(values.toArray(Double.self) == [5, 5, 5, 9])
    // Of equal elements the first.
    #expect(indices.toArray(Int.self) == [1, 1, 3, 8])
    let gone = Tensor([[[-Double.infinity, -.infinity, 1]]], device: device)
    let padded = F.maxPool1dWithIndices(gone, 3, stride: 3, padding: 1, ceilMode: true)
    #expect(padded.indices.toArray(Int.self) == [0, 2])
    let poisoned = F.maxPool1d(Tensor([[[1.0, .nan, 3, 4]]], device: device), 2)
    #expect(areClose(poisoned.toArray(), [.nan, 4]))
    #expect(F.maxPool2d(Tensor.ones([0, 2, 4, 4], device: device), [2, 3], stride: 1).shape == [0, 2, 3, 2])
  }

  @Test(arguments: testDevices) func means(_ device: Device) {
    let x = Tensor([[[1.0, 2, 3, 4, 5]]], device: device)
    let uncounted = F.avgPool1d(x, 2, stride: 2, padding: 1, ceilMode: true, countIncludePad: false)
    #expect(uncounted.toArray(Double.self) == [1, 2.5, 4.5])
    #expect(F.adaptiveAvgPool1d(x, 3).toArray(Double.self) == [1.5, 3, 4.5])
    #expect(F.adaptiveMaxPool1dWithIndices(x, [2]).indices.toArray(Int.self) == [2, 4])
    #expect(F.avgPool1d(Tensor([[[-1, -2, 4]]], device: device), 2, stride: 1).toArray(Int.self) == [-1, 1])
    #expect(F.adaptiveAvgPool2d(Tensor.ones([2, 4, 3], device: device), [nil, 7]).shape == [2, 4, 7])
  }

  @Test func misuse() {
    let x = Tensor.ones([1, 2, 4], device: "reference")
    #expect(errorMessage { _ = F.maxPool1d(x, 2, padding: -1) } == "pad must be non-negative, but got pad: -1")
    #expect(
      errorMessage { _ = F.maxPool1d(x, 2, padding: 2) }.contains("pad should be at most half of effective kernel"))
    #expect(errorMessage { _ = F.maxPool1d(x, 2, stride: 0) }.contains("stride must be greater than zero, but got 0"))
    #expect(errorMessage { _ = F.maxPool1d(x, 7) }.contains("Invalid computed output size: 0"))
    #expect(errorMessage { _ = F.avgPool2d(x, 2, divisorOverride: 0) } == "divisor must be not zero")
    #expect(errorMessage { _ = F.adaptiveAvgPool2d(x, [1, 2, 3]) }.contains("output_size must be 2"))
    #expect(errorMessage { _ = F.maxPool1d(x, Int.max, dilation: 3) }.contains("effective kernel size overflows"))
  }

  @Test(arguments: testDevices) func interpolation(_ device: Device) {
    let row = Tensor([[[1.0, 2, 3]]], device: device)
    #expect(areClose(F.interpolate(row, size: 5, mode: .linear).toArray(), [1, 1.4, 2, 2.6, 3]))
    #expect(
      areClose(F.interpolate(row, size: 5, mode: .linear, alignCorners: true).toArray(), [1, 1.5, 2, 2.5, 3]))
    let square = Tensor.arange(1, 10, device: device).float().reshape([1, 1, 3, 3])
    #expect(
      areClose(
        F.interpolate(square, size: [2, 2], mode: .bicubic).toArray(), [1.765625, 3.382812, 6.617188, 8.234375]))
    let large = Tensor.arange(1, 17, device: device).float().reshape([1, 1, 4, 4])
    #expect(
      areClose(
        F.interpolate(large, size: 2, mode: .bilinear, antialias: true).toArray(),
        [4.571429, 6.142857, 10.857143, 12.428572]))
    let small = Tensor([[[[1.0, 2], [3, 4]]]], device: device)
    #expect(F.interpolate(small, scaleFactor: 1.5).toArray(Double.self) == [1, 1, 2, 1, 1, 2, 3, 3, 4])
    #expect(F.interpolate(small, size: 1, mode: .area).toArray(Double.self) == [2.5])
    #expect(errorMessage { _ = F.interpolate(small) } == "either size or scale_factor should be defined")
    #expect(
      errorMessage { _ = F.interpolate(small, size: 3, mode: .linear) }
        == "Got 4D input, but linear mode needs 3D input")
    let shuffled = F.pixelShuffle(Tensor.arange(8, device: device).reshape([4, 1, 2]), 2)
    #expect(shuffled.toArray(Int.self) == [0, 2, 1, 3, 4, 6, 5, 7])
    #expect(F.pixelUnshuffle(shuffled, 2).toArray(Int.self) == Array(0..<8))
  }
}
