import Backplane
import TestSupport
import Testing

/// Solving with factors at hand, reflections, and functions that tell instead of throwing. Values are PyTorch's.
@Suite struct FactoredSolvingTests {
  private static func positive(_ device: Device) -> Tensor {
    Tensor([[4.0, 1], [1, 3]], dtype: .float64, device: device)
  }
  private static func right(_ device: Device) -> Tensor {
    Tensor([[1.0, 2], [3, 4]], dtype: .float64, device: device)
  }
  private static func singular(_ device: Device) -> Tensor {
    Tensor([[1.0, 2], [2, 4]], dtype: .float64, device: device)
  }
  private static let solution = [0, 0.181818182, 1, 1.272727273]

  @Test(arguments: factorizationDevices) func withCholeskysFactor(_ device: Device) {
    let a = FactoredSolvingTests.positive(device), b = FactoredSolvingTests.right(device)
    let l = Linalg.cholesky(a)
    #expect(areClose(b.choleskySolve(l).toArray(), FactoredSolvingTests.solution))
    #expect(areClose(b.choleskySolve(l.mT, upper: true).toArray(), FactoredSolvingTests.solution))
    // The other triangle is not looked at.
    #expect(
      areClose(
        b.choleskySolve(l + Tensor([[0.0, 9], [0, 0]], device: device)).toArray(), FactoredSolvingTests.solution))
    #expect(areClose(l.choleskyInverse().toArray(), [0.272727273, -0.090909091, -0.090909091, 0.363636364]))
    #expect(areClose(l.mT.choleskyInverse(upper: true).matmul(a).toArray(), [1, 0, 0, 1]))
    #expect(b.expand([5, 1, 2, 2]).choleskySolve(l.expand([3, 2, 2])).shape == [5, 3, 2, 2])
    #expect(Tensor.ones([2, 0], dtype: .float64, device: device).choleskySolve(l).shape == [2, 0])
    #expect(Tensor.ones([0, 3, 3], device: device).choleskyInverse().shape == [0, 3, 3])
  }

  @Test(arguments: factorizationDevices) func complexFactors(_ device: Device) {
    let parts = Tensor.randn([3, 3], dtype: .float64, device: device, generator: Generator(seed: 1))
    let m = complex(parts, parts.t() * 0.5)
    let a =
      m.matmul(m.mH)
      + complex(Tensor.eye(3, dtype: .float64, device: device), Tensor.zeros([3, 3], dtype: .float64, device: device))
    let l = Linalg.cholesky(a)
    #expect(a.matmul(m.choleskySolve(l)).allclose(m))
    #expect(a.matmul(l.mH.choleskyInverse(upper: true)).real.allclose(Tensor.eye(3, dtype: .float64, device: device)))
  }

  @Test func misuseOfCholeskysFactor() {
    let b = Tensor.ones([2, 2]), wide = Tensor.ones([2, 3])
    #expect(
      errorMessage { _ = b.choleskySolve(wide) } == "A must be batches of square matrices, but they are 2 by 3 matrices"
    )
    #expect(
      errorMessage { _ = Tensor.ones([3, 2]).choleskySolve(b) }
        == "Incompatible matrix sizes for cholesky_solve: each A matrix is 2 by 2 but each b matrix is 3 by 2")
    #expect(
      errorMessage { _ = Tensor([1.0, 2]).choleskySolve(b) }
        == "b should have at least 2 dimensions, but has 1 dimensions instead")
    #expect(errorMessage { _ = b.double().choleskySolve(b) }.contains("found b of type Double and A of type Float"))
    #expect(errorMessage { _ = b.long().choleskySolve(b.long()) }.contains("Long"))
    #expect(errorMessage { _ = Tensor(1.0).choleskyInverse() }.contains("must have at least 2 dimensions"))
    #expect(
      errorMessage { _ = Tensor.zeros([2, 2]).choleskyInverse() }
        == "cholesky_inverse: The diagonal element 1 is zero, the inversion could not be completed because the input "
        + "matrix is singular.")
    #expect(errorMessage { _ = Tensor.zeros([2, 2, 2]).choleskyInverse() }.contains("(Batch element 0)"))
  }

  @Test(arguments: factorizationDevices) func packedFactors(_ device: Device) {
    let a = FactoredSolvingTests.positive(device), b = FactoredSolvingTests.right(device)
    let (lu, pivots) = a.lu()
    #expect(lu.toArray(Double.self) == [4, 1, 0.25, 2.75] && pivots.dtype == .int32)
    #expect(areClose(b.luSolve(lu, pivots).toArray(), FactoredSolvingTests.solution))
    #expect(FactoredSolvingTests.singular(device).lu().lu.toArray(Double.self) == [2, 4, 0.5, 0])
    for shape in [[2, 3], [3, 2], [4, 2, 2], [0, 3, 3], [2, 0, 0]] {
      let m = Tensor.randn(shape, dtype: .float64, device: device, generator: Generator(seed: 2))
      let packed = m.lu()
      let (p, l, u) = luUnpack(packed.lu, packed.pivots)
      #expect(p.matmul(l).matmul(u).allclose(m))
    }
    let half = luUnpack(lu, pivots, unpackData: false)
    #expect(half.p.shape == [2, 2] && half.l.numel == 0 && half.u.numel == 0)
    #expect(luUnpack(lu, pivots, unpackPivots: false).p.numel == 0)
    let whole = luUnpack(Tensor.ones([2, 2], dtype: .int64, device: device), pivots)
    #expect(whole.l.toArray(Int.self) == [1, 0, 1, 1] && whole.u.dtype == .int64)
  }

  @Test func misuseOfPackedFactors() {
    let (lu, pivots) = Tensor([[4.0, 1], [1, 3]]).lu(), b = Tensor.ones([2, 2])
    func pivot(_ values: [Int]) -> Tensor { Tensor(values, dtype: .int32) }
    #expect(
      errorMessage { _ = b.luSolve(lu, pivot([1, 5])) }
        == "Pivots given to lu_solve must all be smaller or equal to LU.size(-2). Did you properly pass the result of "
        + "lu_factor?")
    #expect(errorMessage { _ = b.luSolve(lu, pivot([0, 1])) }.contains("greater or equal to 1"))
    #expect(errorMessage { _ = b.luSolve(lu, pivot([1])) }.contains("Number of pivots per batch"))
    #expect(errorMessage { _ = b.luSolve(lu, Tensor(1, dtype: .int32)) }.contains("Number of pivots per batch"))
    #expect(
      errorMessage { _ = b.luSolve(lu, pivots.expand([3, 2])) }.contains("Expected LU.shape[:-1] and pivots.shape"))
    #expect(errorMessage { _ = b.luSolve(lu, pivots.float()) }.contains("torch.int32"))
    #expect(errorMessage { _ = b.double().luSolve(lu, pivots) }.contains("LU of type Float and B of type Double"))
    #expect(errorMessage { _ = Tensor([1.0, 2]).luSolve(lu, pivots) }.contains("B must have at least 2 dimensions"))
    #expect(errorMessage { _ = Linalg.luSolve(lu, pivots, Tensor.ones([3, 1])) }.contains("(2x2 and 3x1)"))
    #expect(errorMessage { _ = luUnpack(lu, pivot([1, 9])) }.contains("must be between 1 and LU.size(-2) inclusive"))
    #expect(
      errorMessage { _ = luUnpack(lu, pivot([1])) } == "Expected LU_pivots to have shape [2] but got [1] instead.")
    #expect(errorMessage { _ = luUnpack(lu, pivots.long()) }.contains("torch.int32 dtype"))
    #expect(
      errorMessage { _ = Tensor([1.0]).lu() }
        == "torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: [1] instead")
  }

  @Test(arguments: factorizationDevices) func triangular(_ device: Device) {
    let a = FactoredSolvingTests.positive(device), b = FactoredSolvingTests.right(device)
    let (x, coefficient) = b.triangularSolve(a)
    #expect(areClose(x.toArray(), [0, 0.166666667, 1, 1.333333333]))
    #expect(coefficient.equal(a) && !coefficient.sharesStorage(with: a))
    #expect(areClose(b.triangularSolve(a, upper: false).solution.toArray(), [0.25, 0.5, 0.916666667, 1.166666667]))
    #expect(areClose(b.triangularSolve(a, transpose: true).solution.toArray(), [0.25, 0.5, 0.916666667, 1.166666667]))
    #expect(b.triangularSolve(a, unitriangular: true).solution.toArray(Double.self) == [-2, -2, 3, 4])
    #expect(
      Tensor.ones([4, 1, 2, 1], dtype: .float64, device: device).triangularSolve(a.expand([3, 2, 2])).clonedCoefficient
        .shape == [4, 3, 2, 2])
    #expect(
      errorMessage { _ = Tensor([1.0]).triangularSolve(Tensor.ones([1, 1])) }.contains("Expected b to have at least 2"))
  }

  @Test(arguments: factorizationDevices) func whatIsWrongIsTold(_ device: Device) {
    let a = FactoredSolvingTests.positive(device), singular = FactoredSolvingTests.singular(device)
    let batch = stack([a, singular])
    let cholesky = Linalg.choleskyEx(stack([a, -singular, singular]))
    #expect(cholesky.info.dtype == .int32 && cholesky.info.toArray(Int.self) == [0, 1, 2])
    #expect(Linalg.choleskyEx(a, upper: true).l.equal(Linalg.cholesky(a, upper: true)))
    let inverse = Linalg.invEx(batch)
    #expect(inverse.info.dtype == .int32 && inverse.info.toArray(Int.self) == [0, 2])
    #expect(inverse.inverse[0].allclose(Linalg.inv(a)))
    #expect(inverse.inverse[1].isfinite().all().item(Bool.self) == false)
    let solved = Linalg.solveEx(batch, FactoredSolvingTests.right(device).expand(2, 2, 2))
    #expect(solved.info.toArray(Int.self) == [0, 2])
    #expect(areClose(solved.result[0].toArray(), FactoredSolvingTests.solution))
    #expect(Linalg.solveEx(a, Tensor([1.0, 2], dtype: .float64, device: device)).result.shape == [2])
    let lu = Linalg.luFactorEx(batch)
    #expect(lu.info.toArray(Int.self) == [0, 2])
    #expect(Linalg.invEx(a).info.shape == [])
  }

  @Test func errorsThatAreAskedFor() {
    let singular = Tensor([[1.0, 2], [2, 4]]), b = Tensor.ones([2, 2])
    #expect(
      errorMessage { _ = Linalg.choleskyEx(-singular, checkErrors: true) }.hasPrefix(
        "linalg.cholesky_ex: The factorization could not be completed"))
    #expect(
      errorMessage { _ = Linalg.invEx(singular, checkErrors: true) }.hasPrefix(
        "linalg.inv_ex: The diagonal element 2 is zero"))
    #expect(
      errorMessage { _ = Linalg.solveEx(singular, b, checkErrors: true) }
        == "torch.linalg.solve_ex: The solver failed because the input matrix is singular.")
    #expect(
      errorMessage { _ = Linalg.luFactorEx(singular, checkErrors: true) }.hasPrefix(
        "torch.linalg.lu_factor_ex: U[2,2] is zero"))
    #expect(errorMessage { _ = Linalg.luFactor(singular) }.hasPrefix("torch.linalg.lu_factor: U[2,2] is zero"))
    #expect(
      errorMessage { _ = Linalg.invEx(Tensor.ones([2, 3])) }.hasPrefix("linalg.inv: A must be batches of square"))
  }

  @Test(arguments: testDevices) func reflections(_ device: Device) {
    let b = FactoredSolvingTests.right(device)
    let (a, tau) = b.geqrf()
    #expect(areClose(a.toArray(), [-3.16227766, -4.427188724, 0.720759220, -0.632455532]))
    #expect(areClose(tau.toArray(), [1.316227766, 0]))
    #expect(
      areClose(Linalg.householderProduct(a, tau).toArray(), [-0.316227766, -0.948683298, -0.948683298, 0.316227766]))
    #expect(areClose(a.ormqr(tau, b).toArray(), [-3.16227766, -4.427188724, 0, -0.632455532]))
    #expect(
      areClose(
        a.ormqr(tau, b, left: false, transpose: true).toArray(),
        [-2.213594362, -0.316227766, -4.743416490, -1.58113883]))
    let ones = Tensor.ones([3, 2], dtype: .float64, device: device)
    #expect(
      Linalg.householderProduct(ones, Tensor([1.0, 2], dtype: .float64, device: device)).toArray(Double.self) == [
        0, 3, -1, 2, -1, 1,
      ])
    #expect(ones.orgqr(Tensor.ones([0], dtype: .float64, device: device)).toArray(Double.self) == [1, 0, 0, 1, 0, 0])
    #expect(Tensor.zeros([3, 2], device: device).geqrf().tau.toArray(Double.self) == [0, 0])
    for shape in [[4, 3], [2, 3, 5], [0, 3, 2], [2, 0]] {
      for dtype in [DType.float64, .complex128] {
        let parts = Tensor.randn(shape, dtype: .float64, device: device, generator: Generator(seed: 4))
        let m = dtype == .float64 ? parts : complex(parts, parts * parts)
        let (r, factors) = m.geqrf()
        let k = Swift.min(shape[shape.count - 1], shape[shape.count - 2])
        // Q times R's upper triangle is the matrix.
        let rows = r.triu().narrow(-2, 0, k)
        let q = Linalg.householderProduct(r.narrow(-1, 0, k), factors)
        #expect(q.matmul(rows).allclose(m), "\(shape) \(dtype)")
        #expect(r.ormqr(factors, m, transpose: true).allclose(r.triu()), "\(shape) \(dtype)")
      }
    }
  }

  @Test func misuseOfReflections() {
    let wide = Tensor.ones([2, 3]), tall = wide.t(), two = Tensor.ones([2])
    #expect(
      errorMessage { _ = Linalg.householderProduct(wide, two) }.contains(
        "input.shape[-2] must be greater than or equal to input.shape[-1]"))
    #expect(
      errorMessage { _ = Linalg.householderProduct(tall, Tensor.ones([3])) }.contains(
        "greater than or equal to tau.shape[-1]"))
    #expect(errorMessage { _ = Linalg.householderProduct(two, two) }.contains("input must have at least 2 dimensions."))
    #expect(
      errorMessage { _ = Linalg.householderProduct(tall, two.double()) }.contains(
        "tau dtype Double does not match input dtype Float"))
    #expect(
      errorMessage { _ = Linalg.householderProduct(tall.expand([4, 3, 2]), two) }.contains(
        "tau.ndim equal to 1 and input.ndim is equal to 3"))
    #expect(errorMessage { _ = Linalg.householderProduct(tall, Tensor(1.0)) }.contains("one dimension less"))
    #expect(
      errorMessage { _ = tall.ormqr(two, Tensor.ones([2, 1])) }.contains(
        "other.shape[-2] must be equal to input.shape[-2]"))
    #expect(errorMessage { _ = tall.ormqr(two, Tensor.ones([3])) }.contains("other must have at least 2 dimensions."))
    #expect(errorMessage { _ = Tensor.ones([3]).geqrf() }.contains("input must have at least 2 dimensions."))
  }

  @Test func gradients() throws {
    let seed = Tensor.randn([3, 3], dtype: .float64, generator: Generator(seed: 7))
    let a = (seed.matmul(seed.t()) + Tensor.eye(3, dtype: .float64) * 2).detach().requiresGrad_()
    let b = Tensor.randn([3, 2], dtype: .float64, generator: Generator(seed: 8)).requiresGrad_()
    let l = Linalg.cholesky(a).detach().requiresGrad_()
    let pivots = a.detach().lu().pivots
    let lu = a.detach().lu().lu.requiresGrad_()
    let tau = Tensor([0.7, 1.3], dtype: .float64, requiresGrad: true)
    try gradcheck({ $0[1].choleskySolve($0[0]) }, [l, b])
    try gradcheck({ $0[0].choleskyInverse() }, [l])
    try gradcheck({ Linalg.choleskyEx($0[0] + $0[0].mT).l }, [a])
    try gradcheck({ Linalg.invEx($0[0]).inverse }, [a])
    try gradcheck({ Linalg.solveEx($0[0], $0[1]).result }, [a, b])
    try gradcheck({ $0[0].lu().lu }, [a])
    try gradcheck({ $0[1].luSolve($0[0], pivots) }, [lu, b])
    try gradcheck({ luUnpack($0[0], pivots).l }, [lu])
    try gradcheck({ $0[1].triangularSolve($0[0]).solution }, [a, b])
    try gradcheck({ Linalg.householderProduct($0[0], $0[1]) }, [b, tau])
    try gradcheck({ $0[0].ormqr($0[1], $0[2], transpose: true) }, [b, tau, a])
    // Twice.
    try gradcheck(
      { grad([Linalg.solveEx($0[0], $0[1]).result.square().sum()], [$0[0]], createGraph: true)[0]! }, [a, b])
    try gradcheck({ grad([$0[1].choleskySolve($0[0]).square().sum()], [$0[0]], createGraph: true)[0]! }, [l, b])
    try gradcheck(
      { grad([Linalg.householderProduct($0[0], $0[1]).square().sum()], [$0[0]], createGraph: true)[0]! }, [b, tau])
  }

  @Test func byName() throws {
    let a = Tensor([[4.0, 1], [1, 3]]), b = Tensor([[1.0, 2], [3, 4]])
    let lu = try call("lu", [.tensor(a)], ["get_infos": true]).flattened
    #expect(lu.count == 3 && lu[2].tensor!.item(Int.self) == 0)
    #expect(try call("lu_solve", [.tensor(b), lu[0], lu[1]]).tensor!.allclose(Linalg.solve(a, b)))
    #expect(try call("lu_unpack", [lu[0], lu[1]]).flattened.count == 3)
    #expect(try call("triangular_solve", [.tensor(b), .tensor(a)], ["transpose": true]).flattened.count == 2)
    #expect(try call("linalg.solve_ex", [.tensor(a), .tensor(b)]).flattened.count == 2)
    let reflections = try call("geqrf", [.tensor(b)]).flattened
    #expect(try call("orgqr", reflections).tensor!.allclose(call("linalg.householder_product", reflections).tensor!))
    #expect(try call("ormqr", reflections + [.tensor(b)], ["left": true]).tensor!.shape == [2, 2])
  }
}
