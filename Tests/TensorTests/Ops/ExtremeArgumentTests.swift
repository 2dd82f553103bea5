import Backplane
import TestSupport
import Testing

/// Numbers that nobody means well by are answered, with a result where there is one and else with an error.
@Suite struct ExtremeArgumentTests {
  private static let most = Int.max, least = Int.min

  /// What must throw: its name, itself, and how the message begins.
  private typealias Misuse = (name: String, body: () throws -> Void, message: String)

  private func check(_ misuses: [Misuse]) {
    for (name, body, message) in misuses {
      let found = errorMessage(body)
      #expect(found.hasPrefix(message), "\(name): \(found)")
    }
  }

  @Test(arguments: testDevices) func boundsThatNoTensorHas(_ device: Device) {
    let (M, m) = (ExtremeArgumentTests.most, ExtremeArgumentTests.least)
    let x = Tensor.ones([2, 3], device: device)
    check([
      ("narrow", { _ = x.narrow(0, 1, M) }, "start (1) + length (\(M)) exceeds dimension size (2)."),
      (
        "narrow from", { _ = x.narrow(0, m, 1) },
        "start out of range (expected to be in range of [-2, 2], but got \(m))"
      ),
      ("select", { _ = x.select(1, m) }, "index \(m) is out of bounds for dimension 1 with size 3"),
      ("unfold", { _ = x.unfold(0, M, 1) }, "maximum size for tensor at dimension 0 is 2 but size is \(M)"),
      ("split", { _ = x.split([M, 1]) }, "split_with_sizes expects split_sizes to sum exactly to 2"),
      ("rot90", { _ = x.rot90(1, dims: [m, M]) }, "Rotation dim0 out of range, dim0 = \(m)"),
      ("permute", { _ = x.permute(m, 0) }, "Dimension out of range (expected to be in range of [-2, 1], but got \(m))"),
      ("as_strided", { _ = x.asStrided([2], [1 << 62]) }, "setStorage: sizes [2], strides [\(1 << 62)]"),
      ("as_strided far", { _ = x.asStrided([2], [M]) }, "setStorage: sizes [2], strides [\(M)], storage offset 0"),
      (
        "as_strided_scatter", { _ = x[0...].narrow(1, 1, 1).asStridedScatter(x, [1], [1], storageOffset: m) },
        "as_strided_scatter: "
      ),
      ("repeat", { _ = x.repeat([1 << 62, 2]) }, "repeat: 2 * \(1 << 62) does not fit a 64-bit integer"),
      ("tile", { _ = x.tile([M]) }, "repeat: 3 * \(M)"),
      ("repeat_interleave", { _ = x.repeatInterleave(M, dim: 0) }, "repeat_interleave: 2 * \(M)"),
      ("diag_embed", { _ = x.diagEmbed(offset: M) }, "diag_embed: 3 + \(M) does not fit"),
      ("diag", { _ = x[0].diag(m) }, "diag_embed: 9223372036854775808 does not fit"),
      ("diagflat", { _ = x.diagflat(1 << 61) }, "a tensor of shape [\(1 << 61 + 6), \(1 << 61 + 6)] has more elements"),
      ("view", { _ = x.view([M, M]) }, "shape '[\(M), \(M)]' is invalid for input of size 6"),
      (
        "view of nothing", { _ = x[..<0].view([0, 1 << 62, 1 << 62]) }, "a tensor of shape [0, \(1 << 62), \(1 << 62)]"
      ),
      ("unflatten", { _ = x.unflatten(0, [M, -1]) }, "unflatten: Provided sizes [\(M), -1] don't multiply up"),
      ("eye", { _ = Tensor.eye(M, device: device) }, "a tensor of shape [\(M), \(M)] has more elements than memory"),
      ("arange", { _ = Tensor.arange(0, m, -1, device: device) }, "arange: 9223372036854775808 does not fit"),
      ("histc", { _ = x.histc(bins: M) }, "a tensor of shape [\(M)] has more elements than memory can hold"),
      ("fft", { _ = FFT.fft(x, n: M) }, "a tensor of shape [2, \(M - 3)] has more elements than memory can hold"),
      ("fftfreq", { _ = FFT.fftfreq(-1, device: device) }, "Trying to create tensor with negative dimension -1: [-1]"),
      ("cat", { _ = cat([Tensor](repeating: x[0, 0].expand([1 << 58]), count: 64)) }, "cat: "),
      ("elementCount", { _ = Shape([1 << 62, 4]).elementCount }, "elementCount of [\(1 << 62), 4]: "),
    ])
  }

  @Test(arguments: testDevices) func extremesThatAreMeant(_ device: Device) throws {
    let (M, m) = (ExtremeArgumentTests.most, ExtremeArgumentTests.least)
    let x = Tensor([[1, 2, 3], [4, 5, 6]], device: device)
    let cases: [(name: String, found: Tensor, expected: Tensor)] = try withErrors {
      [
        ("every M-th", x[.stride(by: M)], Tensor([[1, 2, 3]])),
        ("of columns", x[.all, .stride(from: 1, to: nil, by: M)], Tensor([[2], [5]])),
        ("up to M", x[...M], x), ("from m", x[m...], x), ("from M on", x[M...], x[..<0]),
        ("unfold", x.unfold(0, 1, M), x[..<1].unsqueeze(-1)),
        ("unfold again", x.unfold(0, 1, M).unfold(0, 1, M).reshape([1, 3]), x[..<1]),
        ("roll", x.roll(M, dims: 1), x.roll(1, dims: 1)), ("roll back", x.roll(m, dims: 1), x.roll(1, dims: 1)),
        ("rot90", x.rot90(M), x.rot90(3)), ("rot90 back", x.rot90(m), x),
        ("tril", x.tril(M), x), ("tril of none", x.tril(m), x * 0), ("triu", x.triu(m), x),
        ("triu of none", x.triu(M), x * 0),
        ("diagonal", x.diagonal(offset: m), x.reshape([-1])[..<0]), ("diag", x.diag(M), x.reshape([-1])[..<0]),
        ("chunk", cat(x.chunk(M)), x), ("split", x.split(M)[0], x), ("diff", x.diff(M), x[.all, ..<0]),
        ("as_strided", x.asStrided([1], [M]), x[0, ..<1]),
        ("its views", x.asStrided([1, 1], [M, M]).diagonal(), x[0, ..<1]),
        ("of nothing", x.asStrided([0], [1], storageOffset: M), x.reshape([-1])[..<0]),
        ("repeat to nothing", x.repeat([0, 1 << 40]).sum(1), x[..<0, 0]),
        ("repeat nothing", x[..<0].repeat([1 << 40, 1]), x[..<0]),
        ("arange", Tensor.arange(m, M, 1 << 62, device: device), Tensor([m, -(1 << 62), 0, 1 << 62])),
        ("arange to M", Tensor.arange(M - 2, M, device: device), Tensor([M - 2, M - 1])),
        (
          "tril_indices", Tensor.trilIndices(3, 4, offset: 1, device: device),
          Tensor([[0, 0, 1, 1, 1, 2, 2, 2, 2], [0, 1, 0, 1, 2, 0, 1, 2, 3]])
        ),
        (
          "triu_indices", Tensor.triuIndices(3, 4, offset: -1, device: device),
          Tensor([[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2], [0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3]])
        ),
        (
          "at the end", Tensor.trilIndices(1 << 40, 4, offset: 2 - 1 << 40, device: device),
          Tensor([[1 << 40 - 2, 1 << 40 - 1, 1 << 40 - 1], [0, 0, 1]])
        ),
        ("tril_indices M", Tensor.trilIndices(2, 2, offset: M), Tensor([[0, 0, 1, 1], [0, 1, 0, 1]])),
        ("triu_indices m", Tensor.triuIndices(2, 2, offset: m), Tensor([[0, 0, 1, 1], [0, 1, 0, 1]])),
        ("without columns", Tensor.trilIndices(1 << 40, 0), Tensor([[Int](), []])),
        ("matrix_power", Linalg.matrixPower(Tensor.eye(2, device: device), M), Tensor.eye(2)),
        (
          "combinations", combinations(x[0], r: 2, withReplacement: true),
          Tensor([[1, 1], [1, 2], [1, 3], [2, 2], [2, 3], [3, 3]])
        ),
        ("of too few", combinations(x[0], r: 4), Tensor.zeros([0, 4], dtype: .int64)),
        ("of one", combinations(x[0, ..<1], r: 100_000, withReplacement: true).sum(), Tensor(100_000)),
      ]
    }
    for (name, found, expected) in cases { #expect(found.cpu().equal(expected.cpu()), "\(name): \(found)") }
  }

  @Test(arguments: factorizationDevices) func powersOfAnInverse(_ device: Device) throws {
    let one = Tensor.eye(2, device: device)
    #expect(try withErrors { Linalg.matrixPower(one, .min) }.equal(one))
  }

  @Test(arguments: testDevices) func contentsThatNoTensorHas(_ device: Device) {
    let (M, m) = (ExtremeArgumentTests.most, ExtremeArgumentTests.least)
    func index(_ values: Int...) -> Tensor { Tensor(values, device: device) }
    let x = Tensor([1.0, 2.0], device: device)
    check([
      (
        "repeat_interleave", { _ = x.repeatInterleave(index(M, 1), dim: 0) }, "repeat_interleave: \(M) + 1 does not fit"
      ),
      ("of one", { _ = x[..<1].repeatInterleave(index(M), dim: 0) }, "a tensor of shape [\(M)] has more elements"),
      ("bincount", { _ = index(M).bincount() }, "maximum value of input overflowed, it should be < \(M) but got \(M)"),
      ("tensor_split", { _ = try call("tensor_split", [.tensor(x), .tensor(Tensor(M))]) }, "tensor_split: "),
      ("index_select", { _ = x.indexSelect(0, index(m)) }, "index out of range in self"),
      ("gather", { _ = x.gather(0, index(M)) }, "index \(M) is out of bounds for dimension 0 with size 2"),
      ("take", { _ = x.take(index(m)) }, "out of range: tried to access index \(m) on a tensor of 2 elements."),
      ("subscript", { _ = x[index(m)] }, "index \(m) is out of bounds for dimension 0 with size 2"),
      ("put", { _ = x.put(index(M), x[..<1]) }, "out of range: tried to access index \(M)"),
      ("index_fill", { _ = x.indexFill(0, index(m), 1) }, "index \(m) is out of bounds for dimension 0 with size 2"),
      ("scatter", { _ = x.scatter(0, index(m), 1) }, "index \(m) is out of bounds for dimension 0 with size 2"),
      ("sorter", { _ = searchsorted(x, x, sorter: index(m, 0)) }, "torch.searchsorted(): sorter index out of range"),
      (
        "pivots", { _ = Linalg.luSolve(Tensor.eye(2, device: device), index(m, 1), Tensor.eye(2, device: device)) },
        "Pivots given to lu_solve must all be "
      ),
    ])
    let splits = x.tensorSplit([M, m])
    #expect(splits.map(\.shape) == [[2], [0], [2]])
    // An index on another device is no position in this one's memory.
    let other = testDevices.first { $0 != device }!
    #expect(errorKind { _ = x.indexFill(0, Tensor([0], device: other), 1) } == .device)
  }

  @Test func lengthsThatTheHostHasNoMemoryFor() {
    let M = ExtremeArgumentTests.most
    let long = Tensor.ones([1]).expand([1 << 50])
    let bodies: [(String, () throws -> Void)] = [
      ("randperm", { _ = Tensor.randperm(1 << 40) }), ("logspace", { _ = Tensor.logspace(0, 1, steps: 1 << 40) }),
      ("tril_indices", { _ = Tensor.trilIndices(1 << 40, 4) }), ("fftfreq", { _ = FFT.rfftfreq(1 << 42) }),
      ("combinations", { _ = combinations(Tensor.ones([1]), r: 1 << 45, withReplacement: true) }),
      ("repeat_interleave", { _ = try call("repeat_interleave", [.tensor(Tensor([1 << 44]))]) }),
      ("tensor_split", { _ = Tensor.ones([2]).tensorSplit(1 << 40) }), ("unbind", { _ = long.unbind() }),
      ("split", { _ = long.split(1) }), ("chunk", { _ = long.chunk(M) }), ("toArray", { _ = long.toArray(Float.self) }),
      ("mvlgamma", { _ = mvlgamma(Tensor([5.0]), 1 << 42) }), ("zeros", { _ = Tensor.zeros([1 << 45]) }),
      ("rows", { _ = Tensor([[Int]](repeating: [Int](repeating: 0, count: 1 << 16), count: 1 << 25)) }),
      ("bincount", { _ = Tensor([1 << 42]).bincount() }),
    ]
    for (name, body) in bodies { #expect(errorKind(body) == .outOfMemory, "\(name): \(errorMessage(body))") }
    for n in [-1, M] {
      #expect(errorKind { _ = Tensor.randperm(n) } == .shape)
      #expect(errorKind { _ = Tensor([Float](), shape: [n]) } == .shape)
    }
    // What no memory could hold is refused before it is counted to.
    #expect(errorKind { _ = combinations(Tensor.ones([5]), r: 200_000, withReplacement: true) } == .shape)
    #expect(errorKind { _ = combinations(Tensor.ones([64]), r: 40) } == .shape)
    #expect(errorKind { _ = Tensor([1], shape: [1 << 40]) } == .shape)
  }

  @Test(arguments: testDevices) func derivativesOfAnyOrder(_ device: Device) {
    func psi(_ n: Int, _ x: [Double]) -> [Double] {
      Tensor(x, dtype: .float64, device: device).polygamma(n).toArray()
    }
    // PyTorch 2.15. What is beyond 170! is infinite.
    let finite = zip(psi(170, [1, 2]), [7.257415615308056e306, 2.4246705428834264e255]).map { $0 / $1 }
    #expect(areClose(finite, [-1, -1], tolerance: 1e-12))
    #expect(psi(171, [1, 2]) == [.infinity, .infinity])
    #expect(psi(1 << 40, [1]) == [-.infinity])
    #expect(psi(.max, [1]) == [.infinity])
    #expect(
      areClose(mvlgamma(Tensor([5.0, 8.0], device: device), 3).toArray(), [9.140597, 24.355876], tolerance: 1e-5))
  }

  @Test func dimensionsOfATensorThatHasNone() {
    let x = Tensor(1.0)
    for d in [0, -1, 1] {
      #expect(errorMessage { _ = x.size(d) } == "Dimension specified as \(d) but tensor has no dimensions")
      #expect(errorKind { _ = x.size(d) } == .index)
    }
    #expect(errorMessage { _ = x.roll(1, dims: 0) } == "Dimension specified as 0 but tensor has no dimensions")
    #expect(
      errorMessage { _ = tensordot(x, x, dims: ([0], [0])) } == "Dimension specified as 0 but tensor has no dimensions")
    #expect(x.squeeze(0).shape == [] && x.transpose(0, -1).shape == [] && x.sum(0).item() == 1)
  }
}
