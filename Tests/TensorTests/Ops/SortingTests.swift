import Backplane
import TestSupport
import Testing

@Suite struct SortingTests {
  @Test(arguments: testDevices) func order(_ device: Device) {
    let x = Tensor([[3.0, 1, .nan, 2], [2, 2, -1, 5]], device: device)
    let (values, indices) = x.sort()
    #expect(areClose(values.toArray(), [1, 2, 3, .nan, -1, 2, 2, 5]))
    #expect(indices.toArray(Int.self) == [1, 3, 0, 2, 2, 0, 1, 3])
    let down = x.sort(-1, descending: true)
    #expect(areClose(down.values.toArray(), [.nan, 3, 2, 1, 5, 2, 2, -1]))
    #expect(down.indices.toArray(Int.self) == [2, 0, 3, 1, 3, 0, 1, 2])
    #expect(x.argsort(0).toArray(Int.self) == [1, 0, 1, 0, 0, 1, 0, 1])
    #expect(Tensor(7, device: device).sort().indices.item(Int.self) == 0)
    #expect(Tensor.zeros([0], device: device).sort().values.shape == [0])
    #expect(Tensor([[2, 1], [1, 3]], device: device).msort().toArray(Int.self) == [1, 1, 2, 3])
    #expect(Tensor([true, false, true], device: device).argsort().toArray(Int.self) == [1, 0, 2])
  }

  @Test(arguments: testDevices) func longSlices(_ device: Device) {
    let generator = Generator(seed: 5)
    let x = Tensor.randint(-50, 50, [3, 1000], device: device, generator: generator)
    let (values, indices) = x.sort()
    for row in 0..<3 {
      let numbers = x[row].toArray(Int.self)
      let expected = numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
      #expect(indices[row].toArray(Int.self) == expected)
      #expect(values[row].toArray(Int.self) == expected.map { numbers[$0] })
    }
  }

  @Test(arguments: testDevices) func chosenInOrder(_ device: Device) {
    let x = Tensor([[1.0, 5, 3], [4, 2, 6]], device: device)
    let top = x.topk(2)
    #expect(top.values.toArray(Double.self) == [5, 3, 6, 4])
    #expect(top.indices.toArray(Int.self) == [1, 2, 2, 0])
    #expect(x.topk(1, dim: 0, largest: false).values.toArray(Double.self) == [1, 2, 3])
    #expect(x.kthvalue(2).values.toArray(Double.self) == [3, 4])
    #expect(x.median().item() == 3)
    #expect(x.median(1).indices.toArray(Int.self) == [2, 0])
    #expect(Tensor([1.0, .nan, 3], device: device).median().item().isNaN)
    #expect(Tensor([1.0, .nan, 3], device: device).nanmedian().item() == 1)
    let (mode, place) = Tensor([2, 1, 2, 1, 3], device: device).mode()
    #expect(mode.item(Int.self) == 1 && place.item(Int.self) == 3)
    #expect(errorMessage { _ = x.topk(4) } == "selected index k out of range")
    #expect(errorMessage { _ = x.kthvalue(4) }.contains("selected number k out of range for dimension 1"))
  }

  @Test(arguments: testDevices) func quantiles(_ device: Device) {
    let x = Tensor([[0.0, 1, 2, 3], [10, 30, 20, .nan]], device: device)
    #expect(areClose(x.quantile(0.4, dim: 1).toArray(), [1.2, .nan]))
    #expect(areClose(x.nanquantile(0.5, dim: 1, keepDim: true).toArray(), [1.5, 20]))
    let q = Tensor([0.0, 0.5, 1], device: device)
    #expect(x[0].quantile(q, interpolation: .lower).toArray(Double.self) == [0, 1, 3])
    #expect(x.nanquantile(q, dim: 1).shape == [3, 2])
    #expect(errorMessage { _ = x.quantile(1.5) } == "quantile() q must be in the range [0, 1] but got 1.5")
    #expect(errorMessage { _ = Tensor([1]).quantile(0.5) }.contains("either float or double dtype"))
  }

  @Test(arguments: testDevices) func distinctElements(_ device: Device) {
    let x = Tensor([3, 1, 3, 2, 1, 3], device: device)
    #expect(x.unique().toArray(Int.self) == [1, 2, 3])
    let all = x.unique(returnInverse: true, returnCounts: true)
    #expect(all.inverse?.toArray(Int.self) == [2, 0, 2, 1, 0, 2])
    #expect(all.counts?.toArray(Int.self) == [2, 1, 3])
    #expect(x.unique(returnCounts: false).counts == nil)
    let rows = Tensor([[2, 1, 5], [1, 9, 9], [2, 1, 5], [1, 9, 8]], device: device)
    let distinct = rows.unique(returnInverse: true, dim: 0)
    #expect(distinct.values.toArray(Int.self) == [1, 9, 8, 1, 9, 9, 2, 1, 5])
    #expect(distinct.inverse?.toArray(Int.self) == [2, 1, 2, 0])
    let runs = Tensor([1, 1, 2, 2, 1], device: device).uniqueConsecutive(returnInverse: true, returnCounts: true)
    #expect(runs.values.toArray(Int.self) == [1, 2, 1])
    #expect(runs.inverse?.toArray(Int.self) == [0, 0, 1, 1, 2])
    #expect(runs.counts?.toArray(Int.self) == [2, 2, 1])
    #expect(Tensor.zeros([0], device: device).unique().shape == [0])
  }

  @Test(arguments: testDevices) func search(_ device: Device) {
    let sequence = Tensor([1.0, 3, 5, 7], device: device)
    let values = Tensor([[3.0, 6], [0, .nan]], device: device)
    #expect(searchsorted(sequence, values).toArray(Int.self) == [1, 3, 0, 4])
    #expect(values.bucketize(sequence, right: true).toArray(Int.self) == [2, 3, 0, 4])
    #expect(values.bucketize(sequence, outInt32: true).dtype == .int32)
    let unordered = Tensor([5.0, 1, 3], device: device)
    let found = searchsorted(unordered, Tensor([4.0], device: device), sorter: unordered.argsort())
    #expect(found.toArray(Int.self) == [2])
    #expect(isin(Tensor([1, 2, 3], device: device), Tensor([3, 1], device: device)).toArray() == [true, false, true])
    #expect(
      errorMessage { _ = values.bucketize(values) } == "boundaries tensor must be 1 dimension, but got dim(2)")
  }

  /// NaN equals nothing, and hides nothing that stands beside it.
  @Test(arguments: testDevices, [DType.float32, .float64, .float16, .bfloat16])
  func membershipBesideNaN(_ device: Device, _ dtype: DType) {
    func tensor(_ values: [Double]) -> Tensor { Tensor(values, shape: [values.count], dtype: dtype, device: device) }
    let x = tensor([1, 2, 3, .nan, .infinity, -.infinity])
    let sets: [([Double], [Bool])] = [
      ([1, .nan], [true, false, false, false, false, false]),
      ([.nan, .nan, 3, .nan, 2, .nan, .nan], [false, true, true, false, false, false]),
      ([.nan, .infinity], [false, false, false, false, true, false]),
      ([.nan, -.infinity, 3], [false, false, true, false, false, true]),
      ([.nan], [false, false, false, false, false, false]),
    ]
    for (others, expected) in sets {
      #expect(isin(x, tensor(others)).toArray(Bool.self) == expected)
      #expect(isin(x, tensor(others), invert: true).toArray(Bool.self) == expected.map { !$0 })
    }
    #expect(isin(tensor([-0.0]), tensor([0, .nan])).toArray(Bool.self) == [true])
    // A value that is NaN belongs at the end.
    #expect(searchsorted(tensor([1, 2, 3]), tensor([.nan, .infinity])).toArray(Int.self) == [3, 3])
    #expect(tensor([.nan, 0]).bucketize(tensor([1, 2]), right: true).toArray(Int.self) == [2, 0])
  }

  @Test(arguments: testDevices) func counts(_ device: Device) {
    #expect(Tensor([0, 2, 2], device: device).bincount(minlength: 4).toArray(Int.self) == [1, 0, 2, 0])
    let weights = Tensor([0.5, 1, 2], device: device)
    #expect(Tensor([0, 2, 2], device: device).bincount(weights: weights).toArray(Double.self) == [0.5, 0, 3])
    #expect(
      Tensor([1.0, 2, 1, 5], device: device).histc(bins: 4, min: 0, max: 4).toArray(Double.self) == [0, 2, 1, 0])
    #expect(Tensor([[1, 0], [2, 3]], device: device).countNonzero(0).toArray(Int.self) == [2, 1])
    #expect(
      errorMessage { _ = Tensor([-1]).bincount() } == "bincount only supports 1-d non-negative integral inputs.")
  }
}
