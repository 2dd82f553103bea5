import Backplane
import TestSupport
import Testing

/// `for row in x`, and what Swift has for every sequence.
@Suite struct IterationTests {
  @Test(arguments: testDevices) func rowsAreViews(_ device: Device) {
    let x = Tensor([[1.0, 2], [3, 4], [5, 6]], device: device)
    var rows: [[Double]] = []
    for row in x {
      rows.append(row.toArray())
      row.add_(10)
    }
    #expect(rows == [[1, 2], [3, 4], [5, 6]])
    #expect(x.toArray(Double.self) == [11, 12, 13, 14, 15, 16])
    let elements: [Double] = Tensor([7.0, 8], device: device).map { $0.item() }
    #expect(elements == [7, 8])
  }

  @Test(arguments: testDevices) func gradientsFlowBack(_ device: Device) {
    let x = Tensor([[1.0, 2], [3, 4]], device: device, requiresGrad: true)
    let weights = Tensor([10.0, 100], device: device)
    var loss = Tensor(0.0, device: device)
    for (row, weight) in zip(x, weights) { loss = loss + (row * row * weight).sum() }
    loss.backward()
    #expect(x.grad!.toArray(Double.self) == [20, 40, 600, 800])
  }

  /// PyTorch's methods keep their meaning where a sequence has one of the same name.
  @Test func methodsAreTheTensors() {
    let x = Tensor([[3.0, 1], [2, 4]], device: "cpu")
    #expect(x.max().item() == 4.0)
    #expect(x.min().item() == 1.0)
    #expect(x.split(1).count == 2)
    #expect(x.sum().item() == 10.0)
    #expect(Array(x).count == 2 && x.underestimatedCount == 2)
    #expect(x.first { $0.sum().item() == 6.0 }?.toArray(Double.self) == [2, 4])
  }

  @Test func edges() {
    #expect(Array(Tensor.zeros(0, 3, device: "cpu")).isEmpty)
    #expect(Array(Tensor.zeros(2, 0, device: "cpu")).map(\.shape.extents) == [[0], [0]])
    #expect(
      errorMessage { for _ in Tensor(1.0, device: "cpu") { Issue.record("an element of a number") } }
        == "iteration over a 0-d tensor")
    // After an error there is nothing to go over, and the error is the first.
    let message = errorMessage {
      for _ in Tensor([1.0], device: "cpu").reshape(2) { Issue.record("an element of nothing") }
    }
    #expect(message.contains("shape '[2]' is invalid"), "\(message)")
  }
}
