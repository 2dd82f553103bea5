import Backplane
import TestSupport
import Testing

/// Values worked by hand, or PyTorch's; identities that define the result; errors in PyTorch's words; gradients.
@Suite struct LinearAlgebraTests {
  private static func matrix(_ device: Device) -> Tensor {
    Tensor([[1.0, 2], [3, 4]], dtype: .float64, device: device)
  }

  @Test(arguments: factorizationDevices) func goldenValues(_ device: Device) {
    let a = LinearAlgebraTests.matrix(device)
    #expect(areClose(Linalg.solve(a, Tensor([5.0, 6], dtype: .float64, device: device)).toArray(), [-4, 4.5]))
    #expect(areClose(Linalg.inv(a).toArray(), [-2, 1, 1.5, -0.5]))
    #expect(areClose([Linalg.det(a).item()], [-2]))
    #expect(areClose(Linalg.eigvals(a).real.toArray(), [-0.372281323, 5.372281323]))
    #expect(areClose(Linalg.svdvals(a).toArray(), [5.464985704, 0.365966191]))
    let c = Tensor([[1.0, 2], [2, 5]], dtype: .float64, device: device)
    #expect(areClose(Linalg.cholesky(c).toArray(), [1, 0, 2, 1]))
    #expect(areClose(Linalg.cholesky(c, upper: true).toArray(), [1, 2, 0, 1]))
    #expect(areClose(Linalg.eigvalsh(c).toArray(), [0.171572875, 5.828427125]))
    let (sign, logAbsDet) = Linalg.slogdet(a)
    #expect(areClose([sign.item(), logAbsDet.item()], [-1, 0.693147181]))
    #expect(Linalg.matrixRank(Tensor([[1.0, 2], [2, 4]], device: device)).item(Int.self) == 1)
    #expect(areClose([Linalg.cond(a).item()], [14.933034374]))
    #expect(areClose(Linalg.matrixPower(a, -1).toArray(), [-2, 1, 1.5, -0.5]))
    #expect(areClose([Linalg.matrixNorm(a, .nuc).item()], [5.830951895]))
  }

  @Test(arguments: testDevices) func functionsOfMatrices(_ device: Device) {
    let a = LinearAlgebraTests.matrix(device)
    #expect(Linalg.matrixPower(a, 3).toArray(Double.self) == [37, 54, 81, 118])
    let turn = Tensor([[0.0, -1], [1, 0]], dtype: .float64, device: device)
    #expect(areClose((turn * 2.0).matrixExp().toArray(), [-0.416146837, -0.909297427, 0.909297427, -0.416146837]))
  }

  @Test(arguments: factorizationDevices) func factorsMultiplyToTheMatrix(_ device: Device) {
    for shape in [[4, 4], [2, 5, 3], [3, 0, 2, 6], [2, 0, 0]] {
      for dtype in [DType.float64, .complex128] {
        let parts = Tensor.randn(shape, dtype: .float64, device: device, generator: Generator(seed: 3))
        let a = dtype == .float64 ? parts : complex(parts, parts.mul(parts))
        let expected = a.viewOfParts
        let (u, s, vh) = Linalg.svd(a, fullMatrices: false)
        #expect(areClose(u.mul(s.unsqueeze(-2)).matmul(vh).viewOfParts, expected))
        let (q, r) = Linalg.qr(a)
        #expect(areClose(q.matmul(r).viewOfParts, expected))
        let (p, l, upper) = Linalg.lu(a)
        #expect(areClose(p.matmul(l.matmul(upper)).viewOfParts, expected))
      }
    }
  }

  @Test(arguments: factorizationDevices) func equationsOfEveryForm(_ device: Device) {
    let a = Tensor.randn([2, 3, 3], dtype: .float64, device: device, generator: Generator(seed: 5))
    let b = Tensor.randn([3, 4], dtype: .float64, device: device, generator: Generator(seed: 6))
    #expect(areClose(a.matmul(Linalg.solve(a, b)).toArray(), b.expand([2, 3, 4]).toArray()))
    let right = b.t()
    #expect(areClose(Linalg.solve(a, right, left: false).matmul(a).toArray(), right.expand([2, 4, 3]).toArray()))
    let t = a.triu()
    #expect(areClose(t.matmul(Linalg.solveTriangular(t, b, upper: true)).toArray(), b.expand([2, 3, 4]).toArray()))
    let (lu, pivots) = Linalg.luFactor(a)
    let x = Linalg.luSolve(lu, pivots, b.expand([2, 3, 4]), adjoint: true)
    #expect(areClose(a.mT.matmul(x).toArray(), b.expand([2, 3, 4]).toArray()))
    let tall = Tensor([[1.0, 0], [1, 1], [1, 2]], dtype: .float64, device: device)
    let line = Linalg.lstsq(tall, Tensor([[1.0], [3], [5]], dtype: .float64, device: device)).solution
    #expect(areClose(line.toArray(), [1, 2]))
  }

  @Test(arguments: testDevices) func productsOfNamedDimensions(_ device: Device) {
    let a = Tensor.arange(6, device: device).reshape([2, 3]), b = Tensor.arange(12, device: device).reshape([3, 4])
    #expect(einsum("ij, jk -> ki", a, b).toArray(Int.self) == a.matmul(b).t().toArray(Int.self))
    #expect(einsum("ij->", a).item(Int.self) == 15)
    #expect(einsum("ii->i", b[.all, 0..<3]).toArray(Int.self) == [0, 5, 10])
    #expect(einsum("...j,j", b, Tensor([1, 0, 0, 1], device: device)).toArray(Int.self) == [3, 11, 19])
    #expect(tensordot(a, b, dims: ([1], [0])).toArray(Int.self) == a.matmul(b).toArray(Int.self))
    #expect(a[0].kron(a[1]).toArray(Int.self) == [0, 0, 0, 3, 4, 5, 6, 8, 10])
    #expect(a[0].cross(a[1]).toArray(Int.self) == [-3, 6, -3])
    #expect(blockDiag(a, b[0]).shape == [3, 7])
    #expect(Linalg.multiDot([a, b, b.t()]).toArray(Int.self) == a.matmul(b).matmul(b.t()).toArray(Int.self))
    #expect(a.tril().toArray(Int.self) == [0, 0, 0, 3, 4, 0])
    #expect(a.triu(1).toArray(Int.self) == [0, 1, 2, 0, 0, 5])
    #expect(b.trace().item(Int.self) == 15)
    #expect(a[0].diag(1).shape == [4, 4])
  }

  @Test(arguments: testDevices) func norms(_ device: Device) {
    let a = Tensor([[3.0, -4], [0, 12]], device: device)
    #expect(a.norm().item() == 13)
    #expect(Linalg.vectorNorm(a, 1).item() == 19)
    #expect(Linalg.vectorNorm(a, .infinity, dim: [1]).toArray(Double.self) == [4, 12])
    #expect(Linalg.vectorNorm(a, 0).item() == 3)
    #expect(Linalg.matrixNorm(a, .p(1)).item() == 16)
    #expect(Linalg.matrixNorm(a, .p(.infinity)).item() == 12)
    #expect(Linalg.matrixNorm(a, keepDim: true).shape == [1, 1])
  }

  @Test(arguments: factorizationDevices) func errors(_ device: Device) {
    let integers = Tensor([[1, 2], [3, 4]], device: device)
    #expect(
      errorMessage { _ = Linalg.solve(integers, integers) }
        == "linalg.solve: Expected a floating point or complex tensor as input. Got Long")
    let singular = Tensor([[1.0, 2], [2, 4]], device: device)
    #expect(
      errorMessage { _ = Linalg.solve(singular, singular) }
        == "linalg.solve: The solver failed because the input matrix is singular.")
    #expect(
      errorMessage { _ = Linalg.inv(stack([Tensor.eye(2, device: device), singular])) }
        == "linalg.inv: (Batch element 1): The diagonal element 2 is zero, the inversion could not be completed because "
        + "the input matrix is singular.")
    #expect(
      errorMessage { _ = Linalg.cholesky(Tensor([[[1.0, 2], [2, 1]]], device: device)) }
        == "linalg.cholesky: (Batch element 0): The factorization could not be completed because the input is not "
        + "positive-definite (the leading minor of order 2 is not positive-definite).")
    #expect(
      errorMessage { _ = Linalg.det(Tensor.zeros([2, 3], device: device)) }
        == "linalg.det: A must be batches of square matrices, but they are 2 by 3 matrices")
    #expect(
      errorMessage { _ = Linalg.eigh(Tensor.full([2, 2], Double.nan, device: device)) }.contains("failed to converge"))
    #expect(
      errorMessage { _ = einsum("ij,jk", Tensor.ones([2, 3], device: device)) }
        == "einsum(): fewer operands were provided than specified in the equation")
  }

  /// What has no decomposition is refused with words that name it, its types and the device.
  @Test(arguments: coreDevices) func factorizationsThatADeviceLacks(_ device: Device) {
    let a = LinearAlgebraTests.matrix(device)
    for (name, types, body) in [
      ("cholesky", "float64", { _ = Linalg.cholesky(a) }), ("lu", "float64", { _ = Linalg.det(a) }),
      ("solve_triangular", "float64, float64", { _ = Linalg.solveTriangular(a, a, upper: true) }),
      ("qr", "float64", { _ = Linalg.qr(a) }), ("eigh", "float64", { _ = Linalg.eigh(a) }),
      ("eig", "float64", { _ = Linalg.eig(a) }), ("svd", "float64", { _ = Linalg.svd(a) }),
    ] as [(String, String, () -> Void)] {
      #expect(errorKind(body) == .unsupported)
      #expect(errorMessage(body) == "\(name) of (\(types)) is not supported on \(device): core operators only")
    }
  }

  private static let functions: [(name: String, shape: [Int], body: @Sendable (Tensor) -> Tensor)] = [
    ("inv", [2, 3, 3], { Linalg.inv($0) }),
    ("det", [3, 3], { Linalg.det($0) }),
    ("logabsdet", [2, 3, 3], { Linalg.slogdet($0).logAbsDet }),
    ("solve", [3, 3], { Linalg.solve($0, $0.t()) }),
    ("cholesky", [3, 3], { Linalg.cholesky($0.matmul($0.t()) + Tensor.eye(3, dtype: .float64, device: $0.device)) }),
    ("lu wide", [2, 4], { Linalg.luFactor($0).lu }),
    ("lu tall", [4, 2], { Linalg.luFactor($0).lu }),
    ("qr", [4, 3], { Linalg.qr($0).q.matmul(Linalg.qr($0).r.square()) }),
    ("qr wide", [2, 4], { Linalg.qr($0).r }),
    ("svdvals", [3, 4], { Linalg.svdvals($0) }),
    (
      "svd", [3, 4],
      { x in
        let (u, s, vh) = Linalg.svd(x, fullMatrices: false); return u.square().matmul(s.unsqueeze(1) * vh.square())
      }
    ),
    ("eigvalsh", [3, 3], { Linalg.eigvalsh($0 + $0.t()) }),
    ("eigh", [3, 3], { Linalg.eigh($0 + $0.t()).eigenvectors.square() }),
    ("pinv", [4, 2], { Linalg.pinv($0) }),
    ("matrix_exp", [2, 3, 3], { $0.matrixExp() }),
    ("norm 3", [3, 4], { Linalg.vectorNorm($0, 3, dim: [1]) }),
    ("nuclear norm", [3, 2], { Linalg.matrixNorm($0, .nuc) }),
    ("einsum", [3, 3], { einsum("ij,jk,ik->i", $0, $0, $0) }),
    ("cdist", [3, 4], { cdist($0, $0.square()) }),
    ("rfft", [5], { FFT.rfft($0).abs() }),
    ("irfft", [2, 4], { FFT.irfft(complex($0, $0.square())) }),
  ]

  @Test(arguments: functions.map(\.name), testDevices)
  func gradientsAreThoseOfDifferences(_ name: String, _ device: Device) throws {
    let (_, shape, body) = try #require(LinearAlgebraTests.functions.first { $0.name == name })
    let x = Tensor.randn(shape, dtype: .float64, device: device, generator: Generator(seed: 11)).requiresGrad_()
    do {
      try gradcheck({ body($0[0]) }, [x])
    } catch let error as BackplaneError {
      try #require(isRefusedFactorization(error, on: device), "\(error.message)")
    }
  }
}

extension Tensor {
  /// The numbers, real and imaginary parts in turn.
  fileprivate var viewOfParts: [Double] { (dtype.isComplex ? viewAsReal() : self).toArray() }
}
