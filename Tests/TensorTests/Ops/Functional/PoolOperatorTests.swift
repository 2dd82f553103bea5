import Backplane
import TestSupport
import Testing

/// Poolings on devices that have them as operators and on those that have not: the same numbers.
@Suite struct PoolOperatorTests {
  @Test(arguments: testDevices, PoolCase.all) func values(_ device: Device, _ test: PoolCase) {
    let x = test.operand(.float32, device).requiresGrad_()
    let (y, indices) = test.function(x)
    #expect(y.shape.extents == test.result && areClose(y.toArray(Double.self), test.values))
    #expect(indices?.toArray(Int.self) == test.indices)
    #expect(indices.map { $0.dtype == .int64 && !$0.requiresGrad } ?? true)
    y.backward(gradient: test.incoming(.float32, device))
    #expect(x.grad?.shape == x.shape && areClose(x.grad?.toArray(Double.self) ?? [], test.gradient))
    // Without a graph, and without positions.
    let bare = noGrad { test.function(x).values }
    #expect(!bare.requiresGrad && areClose(bare.toArray(Double.self), test.values))
  }

  @Test(arguments: testDevices, PoolCase.all) func sixteenBits(_ device: Device, _ test: PoolCase) {
    for (dtype, tolerance) in [(DType.float16, 0x1p-9), (.bfloat16, 0x1p-6)] {
      let x = test.operand(dtype, device).requiresGrad_()
      let (y, indices) = test.function(x)
      #expect(y.dtype == dtype && areClose(y.toArray(Double.self), test.values, tolerance: tolerance))
      #expect(indices?.toArray(Int.self) == test.indices)
      y.backward(gradient: test.incoming(dtype, device))
      #expect(x.grad?.dtype == dtype)
      #expect(areClose(x.grad?.toArray(Double.self) ?? [], test.gradient, tolerance: tolerance))
    }
  }

  /// No device has these as operators.
  @Test(arguments: testDevices, PoolCase.all) func integers(_ device: Device, _ test: PoolCase) {
    guard test.indices != nil, !test.testDescription.contains("adaptive") else { return }
    let (y, indices) = test.function(test.operand(.float32, device).long())
    #expect(y.dtype == .int64 && y.toArray(Double.self) == test.values && indices?.toArray(Int.self) == test.indices)
  }

  @Test(arguments: testDevices, PoolCase.all) func layouts(_ device: Device, _ test: PoolCase) {
    let plain = test.operand(.float32, device)
    let dims = Array(0..<plain.dim)
    // Channels last; backwards; each second element of a greater tensor.
    let channels = test.testDescription.contains("no batch") ? 0 : 1
    let last = dims.filter { $0 != channels } + [channels]
    let moved = [
      plain.permute(last).contiguous().permute(dims.map { d in last.firstIndex(of: d)! }),
      plain.permute(dims.reversed()).contiguous().permute(dims.reversed()),
      stack([plain, plain + 1], dim: -1).select(-1, 0),
    ]
    for x in moved {
      let leaf = x.detach().requiresGrad_()
      let (y, indices) = test.function(leaf)
      #expect(areClose(y.toArray(Double.self), test.values) && indices?.toArray(Int.self) == test.indices)
      y.backward(gradient: test.incoming(.float32, device))
      #expect(areClose(leaf.grad?.toArray(Double.self) ?? [], test.gradient))
    }
  }

  @Test(arguments: testDevices, PoolCase.all) func gradients(_ device: Device, _ test: PoolCase) throws {
    // Distinct numbers: a maximum of equals has no derivative.
    let count = test.shape.reduce(1, *)
    let x = (Tensor.arange(0, count, device: device).double() * 11 % Double(count) / 4).reshape(test.shape)
    try gradcheck({ test.function($0[0]).values }, [x.detach().requiresGrad_()])
    let small = oneOfEachKind.contains(device) && count <= 60
    guard small else { return }
    try gradcheck(
      { grad([test.function($0[0]).values.square().sum()], [$0[0]], createGraph: true)[0]! },
      [x.detach().requiresGrad_()])
  }

  /// Windows whose elements lie around the input, of which they hold none, are none of the operators'.
  @Test(arguments: testDevices) func windowsOfNothing(_ device: Device) {
    let x = Tensor([[[3.0, 4]]], device: device).requiresGrad_()
    let (y, indices) = F.maxPool1dWithIndices(x, 3, stride: 1, padding: 2, dilation: 2)
    #expect(y.toArray(Double.self) == [3, 4] && indices.toArray(Int.self) == [0, 1])
    let around = F.maxPool1d(Tensor([[[3.0, 4]]], device: device), 2, stride: 1, padding: 3, dilation: 6)
    #expect(around.toArray(Double.self).count == 2)
  }

  @Test(arguments: testDevices) func whatWasSavedMustNotChange(_ device: Device) {
    let x = ConvolutionCase.pattern([1, 1, 4, 4], 7, 11, 1, .float32, device).requiresGrad_()
    let (y, indices) = F.maxPool2dWithIndices(x, 2)
    indices.add_(1)
    #expect(errorMessage { y.sum().backward() }.contains("modified by an inplace operation"))
  }
}
