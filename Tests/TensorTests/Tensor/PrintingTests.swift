import Backplane
import TestSupport
import Testing

@Suite struct PrintingTests {
  /// Golden strings from PyTorch 2.
  @Test func printsAsPyTorch() {
    let expectations: [(Tensor, String)] = [
      (Tensor([[2, 4], [4, 6]]), "tensor([[2, 4],\n        [4, 6]])"),
      (Tensor(-0.7482), "tensor(-0.7482)"),
      (Tensor([1.0, 2.0]), "tensor([1., 2.])"),
      (Tensor([1.5, -2.0]), "tensor([ 1.5000, -2.0000])"),
      (Tensor([1e-5, 1.0]), "tensor([1.0000e-05, 1.0000e+00])"),
      (Tensor([100000.0, 1.0]), "tensor([1.0000e+05, 1.0000e+00])"),
      (Tensor([1.5, .nan, .infinity]), "tensor([1.5000,    nan,    inf])"),
      (Tensor([0.0]), "tensor([0.])"),
      (Tensor([true, false]), "tensor([ True, False])"),
      (Tensor([1, 2], dtype: .float64), "tensor([1., 2.], dtype=float64)"),
      (Tensor([1, 2], dtype: .int32), "tensor([1, 2], dtype=int32)"),
      (Tensor.zeros([2, 0]), "tensor([], size=(2, 0))"),
      (Tensor([] as [Double]), "tensor([])"),
      (Tensor([1.0], requiresGrad: true), "tensor([1.], requires_grad=True)"),
      (Tensor([1.0], requiresGrad: true).mean(), "tensor(1., grad_fn=<MeanBackward0>)"),
      (Tensor.zeros([2, 2, 1]), "tensor([[[0.],\n         [0.]],\n\n        [[0.],\n         [0.]]])"),
      (
        Tensor.arange(2000).view(2, 1000),
        "tensor([[   0,    1,    2,  ...,  997,  998,  999],\n        [1000, 1001, 1002,  ..., 1997, 1998, 1999]])"
      ),
    ]
    for (tensor, text) in expectations { #expect("\(tensor)" == text) }
  }

  /// A summary looks at what it shows, however much there is.
  @Test(arguments: testDevices) func viewsLargerThanMemory(_ device: Device) {
    let x = Tensor([1, 2, 3, 4, 5, 6, 7, 8], device: device)
    let suffix = device == "cpu" ? "" : ", device='\(device)'"
    #expect("\(x[0].expand([1 << 50]))".hasPrefix("tensor([1, 1, 1,  ..., 1, 1, 1]"))
    let rows = [String](repeating: "[1, 2, 3,  ..., 6, 7, 8]", count: 3).joined(separator: ",\n        ")
    #expect("\(x.expand([1 << 30, 8]))".hasPrefix("tensor([\(rows),\n        ...,\n        \(rows)]"))
    #expect("\(x.unsqueeze(1).expand([8, 1 << 40]).t()[..<2])".hasPrefix("tensor([[1, 2, 3, 4, 5, 6, 7, 8],\n"))
    let deep = x[0].expand([Int](repeating: 8, count: 12))
    #expect("\(deep)".contains("[1,  ..., 1]") && "\(deep)".utf8.count < 1 << 20)
    #expect("\(x.expand([0, 8]))" == "tensor([]\(suffix), size=(0, 8), dtype=int64)")
  }

  @Test func longRowsWrapAtEightyColumns() {
    let expected =
      "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n        18, 19, 20, 21, 22, 23])"
    #expect("\(Tensor.arange(24))" == expected)
  }

  @Test func otherDevicesAreNamed() {
    #expect("\(Tensor([1], device: "reference"))" == "tensor([1], device='reference')")
  }

  @Test func shapesPrintAsLists() {
    #expect("\(Tensor.zeros([2, 2]).shape)" == "[2, 2]")
  }
}
