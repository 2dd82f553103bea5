import Backplane
import TestSupport
import Testing

@Suite struct PackedSequenceTests {
  @Test(arguments: testDevices) func recurrentNetworksOverPackedSequences(_ device: Device) throws {
    func pack(_ x: Tensor) -> PackedSequence { packPaddedSequence(x, [3, 5, 1, 5], enforceSorted: false) }
    var golden = try SequenceGolden("lstm_packed", on: device)
    let lstm = LSTM(3, 4, numLayers: 2, bidirectional: true)
    try golden.load(lstm)
    var x = try golden.input("x"), h = try golden.input("h")
    let c = try golden.input("c")
    let (output, (hn, cn)) = lstm(pack(x), (h, c))
    try golden.check(lstm, ["x": x, "h": h, "c": c], [padPackedSequence(output).padded, hn, cn])
    let networks: [RNNBase<Tensor>] = [GRU(3, 4, numLayers: 2, bidirectional: true), RNN(3, 4, bidirectional: true)]
    for (name, network) in zip(["gru_packed", "rnn_packed"], networks) {
      golden = try SequenceGolden(name, on: device)
      try golden.load(network)
      (x, h) = (try golden.input("x"), try golden.input("h"))
      let (output, hn) = network(pack(x), h)
      try golden.check(network, ["x": x, "h": h], [padPackedSequence(output).padded, hn])
    }
  }

  /// Sequences of one length give what they give as a tensor.
  @Test(arguments: testDevices) func ofEqualLengths(_ device: Device) {
    let gru = GRU(3, 4, device: device, generator: Generator(seed: 1))
    let x = Tensor.randn([5, 2, 3], device: device, generator: Generator(seed: 2))
    let (output, h) = gru(x)
    let (packed, last) = gru(packPaddedSequence(x, [5, 5]))
    #expect(areClose(padPackedSequence(packed).padded.toArray(), output.toArray(), tolerance: 1e-6))
    #expect(areClose(last.toArray(), h.toArray(), tolerance: 1e-6))
  }

  @Test(arguments: testDevices) func packingAndPadding(_ device: Device) {
    let padded = Tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]], device: device)
    let packed = packPaddedSequence(padded, [2, 1, 3], batchFirst: true, enforceSorted: false)
    #expect(packed.data.toArray(Int.self) == [4, 1, 3, 5, 2, 6] && packed.batchSizes == [3, 2, 1])
    #expect(packed.sortedIndices!.toArray(Int.self) == [2, 0, 1])
    #expect(packed.unsortedIndices!.toArray(Int.self) == [1, 2, 0])
    let (back, lengths) = padPackedSequence(packed, batchFirst: true)
    #expect(back.toArray(Int.self) == padded.toArray(Int.self) && lengths.toArray(Int.self) == [2, 1, 3])
    #expect(lengths.device == device)
    let byTensor = packPaddedSequence(
      padded.t(), Tensor([2, 1, 3], device: device), batchFirst: false, enforceSorted: false)
    #expect(byTensor.data.toArray(Int.self) == [4, 1, 3, 5, 2, 6])
    let remade = PackedSequence(packed.data * 2, packed.batchSizes, sortedIndices: packed.sortedIndices)
    #expect(padPackedSequence(remade).padded.toArray(Int.self) == [2, 6, 8, 4, 0, 10, 0, 0, 12])
    #expect(remade.unsortedIndices!.toArray(Int.self) == [1, 2, 0])
    let wide = padPackedSequence(packed, batchFirst: true, paddingValue: 9, totalLength: 4)
    #expect(wide.padded.toArray(Int.self) == [1, 2, 9, 9, 3, 9, 9, 9, 4, 5, 6, 9])
    #expect(unpackSequence(packed).map { $0.toArray(Int.self) } == [[1, 2], [3], [4, 5, 6]])
    #expect(
      "\(packSequence([Tensor([1, 2]), Tensor([3])]))"
        == "PackedSequence(data=tensor([1, 3, 2]), batch_sizes=tensor([2, 1]), sorted_indices=None, "
        + "unsorted_indices=None)")
  }

  @Test(arguments: testDevices) func paddedSequences(_ device: Device) {
    let a = Tensor([[1.0, 2], [3, 4]], device: device, requiresGrad: true)
    let b = Tensor([[5.0, 6]], device: device, requiresGrad: true)
    let steps = padSequence([a, b])
    #expect(steps.shape == [2, 2, 2] && steps.toArray(Float.self) == [1, 2, 5, 6, 3, 4, 0, 0])
    let left = padSequence([a, b], batchFirst: true, paddingValue: -1, paddingSide: .left)
    #expect(left.toArray(Float.self) == [1, 2, 3, 4, -1, -1, 5, 6])
    (left * Tensor([[[1.0, 2], [3, 4]], [[5, 6], [7, 8]]], device: device)).sum().backward()
    #expect(a.grad!.toArray(Float.self) == [1, 2, 3, 4] && b.grad!.toArray(Float.self) == [7, 8])
    let parts = unpadSequence(steps, [2, 1])
    #expect(parts.map(\.shape) == [[2, 2], [1, 2]] && parts[1].toArray(Float.self) == [5, 6])
    #expect(unpadSequence(steps, Tensor([1, 7], device: device)).map(\.shape) == [[1, 2], [2, 2]])
    let empty = Tensor.zeros([0, 2], device: device)
    #expect(padSequence([empty, b]).toArray(Float.self) == [0, 0, 5, 6])
    #expect(padSequence([Tensor([1, 2], device: device)], paddingValue: 1.5).dtype == .int64)
  }

  @Test func mistakes() {
    func zeros(_ shape: Int...) -> Tensor { Tensor.zeros(shape) }
    let unsorted =
      "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
      + "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not "
      + "need ONNX exportability."
    #expect(
      errorMessage { _ = packPaddedSequence(zeros(4, 2, 3), [4]) }
        == "Expected `len(lengths)` to be equal to batch_size, but got 1 (batch_size=2)")
    #expect(
      errorMessage { _ = packPaddedSequence(zeros(4, 2, 3), [4, 0]) }
        == "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    #expect(errorMessage { _ = packPaddedSequence(zeros(4, 2, 3), [2, 4]) } == unsorted)
    #expect(errorMessage { _ = packSequence([zeros(2), zeros(3)]) } == unsorted)
    #expect(errorKind { _ = packPaddedSequence(zeros(4, 2, 3), [5, 4]) } == .value)
    #expect(errorMessage { _ = packPaddedSequence(zeros(0, 2, 3), [3, 2]) } == "Cannot pack empty tensors.")
    #expect(errorKind { _ = packPaddedSequence(zeros(4), [3]) } == .index)
    #expect(
      errorMessage { _ = packPaddedSequence(zeros(4, 2), Tensor([[3, 2]])) }
        == "'lengths' argument should be a 1D CPU int64 tensor, but got 2D cpu Long tensor")
    #expect(errorMessage { _ = padSequence([]) } == "received an empty list of sequences")
    #expect(errorMessage { _ = packSequence([]) } == "received an empty list of sequences")
    #expect(
      errorMessage { _ = padSequence([zeros(3, 2), zeros(2, 3)]) }
        == "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 1")
    #expect(errorKind { _ = padSequence([zeros(3, 2), zeros(2)]) } == .shape)
    #expect(errorKind { _ = padSequence([Tensor(1.0)]) } == .shape)
    #expect(
      errorMessage { _ = padPackedSequence(packSequence([zeros(3), zeros(2)]), totalLength: 2) }
        == "Expected total_length to be at least the length of the longest sequence in input, but got total_length=2 and "
        + "max sequence length being 3")
    #expect(errorKind { _ = padPackedSequence(PackedSequence(zeros(4), [3, 2])) } == .shape)
    #expect(errorKind { _ = padPackedSequence(PackedSequence(zeros(5), [2, 3])) } == .shape)
    #expect(
      errorKind { _ = padPackedSequence(PackedSequence(zeros(5), [3, 2], sortedIndices: Tensor([0, 0, 7]))) } == .index)
    #expect(errorKind { _ = unpadSequence(zeros(3, 2), [1]) } == .value)
    #expect(errorKind { _ = GRU(3, 5)(PackedSequence(zeros(5, 3), [2, 2])) } == .shape)
    #expect(errorKind { _ = GRU(3, 5)(PackedSequence(zeros(0, 3), [])) } == .shape)
    #expect(errorKind { _ = GRU(3, 5)(PackedSequence(zeros(5), [3, 2])) } == .shape)
  }
}
