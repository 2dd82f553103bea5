import Backplane
import TestSupport
import Testing

/// Values are PyTorch's.
@Suite struct HistogramTests {
  @Test(arguments: testDevices) func ofEqualBins(_ device: Device) {
    let x = Tensor([1.0, 2, 1], device: device)
    let (hist, edges) = x.histogram(bins: 4, range: (0, 3))
    #expect(hist.toArray(Double.self) == [0, 2, 1, 0])
    #expect(edges.toArray(Double.self) == [0, 0.75, 1.5, 2.25, 3])
    let weight = Tensor([1.0, 2, 4], device: device)
    #expect(x.histogram(bins: 4, range: (0, 3), weight: weight).hist.toArray(Double.self) == [0, 5, 2, 0])
    let density = x.histogram(bins: 4, range: (0, 3), weight: weight, density: true).hist
    #expect(areClose(density.toArray(), [0, 0.952380952, 0.380952381, 0]))
    #expect(x.view(3, 1).histogram(bins: 1).hist.toArray(Double.self) == [3])
  }

  @Test(arguments: testDevices) func rangesThatAreNothing(_ device: Device) {
    let same = Tensor([1.0, 1], device: device).histogram(bins: 3)
    #expect(same.hist.toArray(Double.self) == [0, 2, 0])
    #expect(areClose(same.binEdges.toArray(), [0.5, 0.833333, 1.166667, 1.5]))
    let nothing = Tensor.empty([0], device: device).histogram(bins: 3)
    #expect(nothing.hist.toArray(Double.self) == [0, 0, 0])
    #expect(areClose(nothing.binEdges.toArray(), [0, 0.333333333, 0.666666667, 1]))
    let outside = Tensor([1.0, 1], device: device).histogram(bins: 2, range: (2, 3), density: true)
    #expect(outside.hist.toArray(Double.self).allSatisfy { $0.isNaN })
    let withNaN = Tensor([1, 2, .nan], device: device).histogram(bins: 3, range: (0, 2))
    #expect(withNaN.hist.toArray(Double.self) == [0, 1, 1])
  }

  @Test(arguments: testDevices) func theGreatestElementIsInTheLastBin(_ device: Device) {
    for dtype in [DType.float32, .float64] {
      for count in [1, 3, 7, 10, 49] {
        let x = Tensor([0.1, 0.2, 0.3, 0.7], dtype: dtype, device: device)
        let (hist, edges) = x.histogram(bins: count)
        #expect(hist.sum().item() == 4, "\(count) bins of \(dtype)")
        #expect(edges[-1].equal(x[-1]) && edges[0].equal(x[0]))
      }
    }
  }

  @Test(arguments: testDevices) func betweenGivenEdges(_ device: Device) {
    let edges = Tensor([0.0, 1, 1.5, 3], device: device)
    let x = Tensor([1.0, 2, 1, .nan, 5, -1, 3], device: device)
    #expect(x.histogram(bins: edges).hist.toArray(Double.self) == [0, 2, 2])
  }

  @Test(arguments: testDevices) func ofSeveralVariables(_ device: Device) {
    let x = Tensor([[0.0, 1], [1, 0], [2, 0], [2, 2]], device: device)
    let (hist, edges) = histogramdd(x, bins: [3, 3], weight: Tensor([1.0, 2, 4, 8], device: device))
    #expect(hist.toArray(Double.self) == [0, 1, 0, 2, 0, 0, 4, 0, 8])
    #expect(edges.count == 2 && areClose(edges[1].toArray(), [0, 0.666666667, 1.333333333, 2]))
    let line = Tensor([[0.0, 0], [1, 1], [2, 2]], device: device)
    #expect(
      histogramdd(line, bins: [2, 2], range: [0, 1, 0, 1], density: true).hist.toArray(Double.self) == [2, 0, 0, 2])
    let given = histogramdd(line, bins: [Tensor([0.0, 1, 2], device: device), Tensor([0.0, 2], device: device)])
    #expect(given.hist.shape == [2, 1] && given.hist.toArray(Double.self) == [1, 2])
  }

  @Test func misuse() {
    let x = Tensor([1.0, 1])
    #expect(
      errorMessage { _ = x.histogram(bins: 0) } == "torch.histogram(): bins must be > 0, but got 0 for dimension 0")
    #expect(errorMessage { _ = x.histogram(bins: .min) }.contains("bins must be > 0"))
    #expect(errorKind { _ = x.histogram(bins: .max) } != nil)
    #expect(errorKind { _ = x.histogram(bins: 1 << 60) } == .shape)
    #expect(errorMessage { _ = Tensor([1, 2]).histogram(bins: 2) } == "\"histogramdd\" not implemented for 'Long'")
    #expect(errorMessage { _ = Tensor([1, .nan]).histogram(bins: 3) }.contains("is not finite"))
    #expect(errorMessage { _ = x.histogram(bins: 3, range: (.nan, 1)) }.contains("is not finite"))
    #expect(errorMessage { _ = x.histogram(bins: 3, range: (3, 1)) }.contains("min should not exceed max"))
    #expect(errorMessage { _ = x.histogram(bins: Tensor.ones([2, 2])) }.contains("should have one dimension"))
    #expect(errorMessage { _ = x.histogram(bins: Tensor([1, 2])) }.contains("should have the same dtype"))
    #expect(errorMessage { _ = x.histogram(bins: Tensor([1.0])) }.contains("bins must be > 0"))
    #expect(errorMessage { _ = x.histogram(bins: Tensor.empty([0])) }.contains("should have at least 1 element"))
    #expect(errorMessage { _ = x.histogram(bins: 3, weight: Tensor.ones([3])) }.contains("weight with shape [3]"))
    #expect(errorMessage { _ = x.histogram(bins: 3, weight: x.double()) }.contains("weight(double)"))
    #expect(errorMessage { _ = histogramdd(x, bins: [1, 1]) }.contains("at least 2 dimensions"))
    #expect(
      errorMessage { _ = histogramdd(Tensor.ones([2, 2]), bins: [2]) }.contains("The size of bins must be equal"))
    #expect(
      errorMessage { _ = histogramdd(Tensor.ones([2, 2]), bins: [2, 2], range: [0, 1]) }.contains(
        "4 elements, but got 2"))
    #expect(errorKind { _ = histogramdd(Tensor.ones([2, 2]), bins: [1 << 31, 1 << 33]) } != nil)
  }

  @Test func byName() throws {
    let x = Tensor([1.0, 2, 1])
    let (hist, edges) = x.histogram(bins: 2)
    let named = try call("histogram", [.tensor(x), 2]).flattened
    #expect(named[0].tensor!.equal(hist) && named[1].tensor!.equal(edges))
    #expect(try call("histogram", [.tensor(x)], ["bins": .tensor(edges)]).tensor!.equal(hist))
    #expect(try call("histogramdd", [.tensor(x.view(3, 1)), 2]).tensor!.equal(hist))
  }
}
