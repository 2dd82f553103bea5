import Backplane
import TestSupport
import Testing

/// Convolutions on devices that have them as operators and on those that have not: the same numbers.
@Suite struct ConvolutionOperatorTests {
  @Test(arguments: testDevices, ConvolutionCase.all) func values(_ device: Device, _ test: ConvolutionCase) {
    let operands = test.operands(.float32, device).map { $0.requiresGrad_() }
    let y = test.function(operands[0], operands[1], operands[2])
    #expect(y.shape.extents == test.result && y.isContiguous)
    #expect(y.toArray(Double.self) == test.values)
    y.backward(gradient: ConvolutionCase.pattern(test.result, 3, 7, 2, .float32, device))
    for (operand, gradient) in zip(operands, test.gradients) {
      #expect(operand.grad?.shape == operand.shape)
      #expect(operand.grad?.toArray(Double.self) == gradient)
    }
  }

  @Test(arguments: testDevices, ConvolutionCase.all) func sixteenBits(_ device: Device, _ test: ConvolutionCase) {
    for (dtype, tolerance) in [(DType.float16, 0x1p-9), (.bfloat16, 0x1p-6)] {
      let operands = test.operands(dtype, device).map { $0.requiresGrad_() }
      let y = test.function(operands[0], operands[1], operands[2])
      #expect(y.dtype == dtype && areClose(y.toArray(Double.self), test.values, tolerance: tolerance))
      y.backward(gradient: ConvolutionCase.pattern(test.result, 3, 7, 2, dtype, device))
      for (operand, gradient) in zip(operands, test.gradients) {
        #expect(operand.grad?.dtype == dtype)
        #expect(areClose(operand.grad?.toArray(Double.self) ?? [], gradient, tolerance: tolerance))
      }
    }
  }

  /// No device has these as operators.
  @Test(arguments: testDevices, ConvolutionCase.all) func otherTypes(_ device: Device, _ test: ConvolutionCase) {
    let real = test.operands(.float64, device)
    let whole = real.map { ($0 * 4).long() }
    #expect(
      test.function(whole[0], whole[1], whole[2] * 4).toArray(Double.self) == test.values.map { $0 * 16 })
    let turned = complex(Tensor.zerosLike(real[0]), real[0])
    let y = test.function(turned, real[1].to(.complex128), Tensor.zerosLike(real[2]).to(.complex128))
    let expected = test.function(real[0], real[1], Tensor.zerosLike(real[2]))
    #expect(y.imag.toArray(Double.self) == expected.toArray(Double.self))
    #expect(y.real.toArray(Double.self).allSatisfy { $0 == 0 })
  }

  @Test(arguments: testDevices, ConvolutionCase.all) func layouts(_ device: Device, _ test: ConvolutionCase) {
    let operands = test.operands(.float32, device)
    /// The same elements in another order of memory.
    func moved(_ x: Tensor) -> [Tensor] {
      let dims = Array(0..<x.dim)
      let back = x.permute(dims.reversed()).contiguous().permute(dims.reversed())
      // Channels last, each second one of a greater tensor.
      let last = x.dim > 2 ? [0] + dims.dropFirst(2) + [1] : dims
      let apart = stack([x.permute(last), x.permute(last) + 1], dim: -1).select(-1, 0)
      return [back, apart.permute(dims.map { d in last.firstIndex(of: d)! })]
    }
    for x in moved(operands[0]) {
      for weight in moved(operands[1]) {
        let leaves = [x, weight, operands[2]].map { $0.detach().requiresGrad_() }
        let y = test.function(leaves[0], leaves[1], leaves[2])
        #expect(y.toArray(Double.self) == test.values)
        // The sum's gradient is one number that stands for all.
        y.sum().backward()
        let plain = operands.map { $0.detach().requiresGrad_() }
        let ones = Tensor.ones(test.result, device: device)
        test.function(plain[0], plain[1], plain[2]).backward(gradient: ones)
        for (leaf, plain) in zip(leaves, plain) {
          #expect(leaf.grad?.toArray(Double.self) == plain.grad?.toArray(Double.self))
        }
      }
    }
  }

  @Test(arguments: testDevices, ConvolutionCase.all) func gradients(_ device: Device, _ test: ConvolutionCase) throws {
    try gradcheck(
      { test.function($0[0], $0[1], $0[2]) }, test.operands(.float64, device).map { $0.requiresGrad_() })
  }

  /// Not of every element, which would take long: gradients of what gradients in one direction are.
  @Test(arguments: testDevices, ConvolutionCase.all) func secondGradients(
    _ device: Device, _ test: ConvolutionCase
  ) throws {
    let operands = test.operands(.float64, device)
    let directions = operands.map { ConvolutionCase.pattern($0.shape.extents, 4, 9, 4, .float64, device) }
    try gradcheck(
      { steps in
        let inputs = (0..<3).map { operands[$0] + directions[$0] * steps[$0] }
        let output = test.function(inputs[0], inputs[1], inputs[2]).square().sum()
        let gradients = grad([output], inputs, createGraph: true)
        return stack(gradients.map { $0!.square().sum() }) / 1000
      }, (0..<3).map { Tensor(0.25 * Double($0 + 1), dtype: .float64, device: device).requiresGrad_() })
  }

  /// An operand whose gradient nobody wants costs nothing and gets none.
  @Test(arguments: testDevices) func someGradients(_ device: Device) {
    let test = ConvolutionCase.all[0]
    for wanted in 0..<3 {
      var operands = test.operands(.float32, device)
      operands[wanted] = operands[wanted].requiresGrad_()
      test.function(operands[0], operands[1], operands[2]).backward(
        gradient: ConvolutionCase.pattern(test.result, 3, 7, 2, .float32, device))
      for (i, operand) in operands.enumerated() {
        #expect(operand.grad?.toArray(Double.self) == (i == wanted ? test.gradients[i] : nil))
      }
    }
  }

  /// Of nothing, the sum is 0, and the bias is left.
  @Test(arguments: testDevices) func nothing(_ device: Device) {
    let bias = Tensor([1.0, 2], device: device)
    let weight = Tensor.ones([2, 0, 3], device: device)
    #expect(F.conv1d(Tensor.ones([1, 0, 4], device: device), weight, bias).toArray(Double.self) == [1, 1, 2, 2])
    let x = Tensor.ones([0, 3, 4], device: device).requiresGrad_()
    let kernel = Tensor.ones([2, 3, 3], device: device).requiresGrad_()
    let y = F.conv1d(x, kernel, bias.requiresGrad_())
    #expect(y.shape == [0, 2, 2])
    y.sum().backward()
    #expect(x.grad?.shape == [0, 3, 4] && bias.grad?.toArray(Double.self) == [0, 0])
    #expect(kernel.grad?.toArray(Double.self) == [Double](repeating: 0, count: 18))
    // Whole windows of zeros.
    let padded = F.conv1d(Tensor.ones([1, 1, 1], device: device), Tensor.ones([1, 1, 2], device: device), padding: 3)
    #expect(padded.toArray(Double.self) == [0, 0, 1, 1, 0, 0])
  }

  @Test(arguments: testDevices) func misuse(_ device: Device) {
    let x = Tensor.ones([1, 2, 4], device: device), weight = Tensor.ones([2, 3, 2], device: device)
    func message(_ call: @escaping () -> Tensor) -> String { errorMessage { _ = call() } }
    #expect(
      message { F.convTranspose1d(x, Tensor.ones([3, 2, 2], device: device)) }
        == "Given transposed=1, weight of size [3, 2, 2], expected input[1, 2, 4] to have 3 channels, but got 2 channels "
        + "instead")
    let two = Tensor.ones([2], device: device)
    #expect(
      message { F.convTranspose1d(x, weight, two) }
        == "Given weight of size [2, 3, 2], expected bias to be 1-dimensional with 3 elements, but got bias of size [2] "
        + "instead")
    #expect(
      message { F.conv1d(x, Tensor.ones([3, 2, 2], device: device), two) }
        == "Given weight of size [3, 2, 2], expected bias to be 1-dimensional with 3 elements, but got bias of size [2] "
        + "instead")
    #expect(
      message { F.convTranspose1d(x, weight, stride: 2, outputPadding: 2) }.hasPrefix(
        "output padding must be smaller than either stride or dilation"))
    #expect(message { F.convTranspose1d(x, weight, outputPadding: -1) } == "negative output_padding is not supported")
    #expect(message { F.convTranspose1d(x, weight, padding: 4) }.hasSuffix("Output size is too small"))
    let changed = Tensor.ones([1, 2, 4], device: device).requiresGrad_() * 1
    let y = F.conv1d(changed, Tensor.ones([3, 2, 2], device: device).requiresGrad_(), Tensor.ones([3], device: device))
    changed.add_(1)
    #expect(errorMessage { y.sum().backward() }.contains("has been modified by an inplace operation"))
  }
}
