import Backplane
import TestSupport
import Testing

@Suite struct LBFGSTests {
  struct Stop: Error {}

  private func rosenbrock(_ device: Device, _ steps: Int, _ make: ([Tensor]) -> LBFGS) -> (Tensor, [Double], LBFGS) {
    let p = Tensor([-1.5, 2.0], dtype: .float64, device: device).requiresGrad_()
    let optimizer = make([p])
    let losses = (0..<steps).map { _ in
      optimizer.step {
        optimizer.zeroGrad()
        let x = p[0], y = p[1]
        let loss = (1 - x) ** 2 + 100 * (y - x ** 2) ** 2
        loss.backward()
        return loss
      }.item()
    }
    return (p, losses, optimizer)
  }

  /// Down Rosenbrock's valley, by PyTorch.
  @Test(arguments: testDevices) func strongWolfe(_ device: Device) {
    let (p, losses, optimizer) = rosenbrock(device, 4) { LBFGS($0, maxIter: 5, lineSearchFn: .strongWolfe) }
    #expect(areClose(losses, [12.5, 5.8518984149, 5.20491002285, 3.16858407446], tolerance: 1e-8), "\(losses)")
    #expect(areClose(p.toArray(), [-0.292644697834, 0.0419740017345], tolerance: 1e-8))
    #expect(optimizer[state: p].numbers["func_evals"] == 25)
  }

  @Test(arguments: testDevices) func fixedSteps(_ device: Device) {
    let (p, losses, optimizer) = rosenbrock(device, 3) { LBFGS($0, lr: 0.1, maxIter: 6, maxEval: 5, historySize: 2) }
    #expect(areClose(losses, [12.5, 5.87181275808, 5.86193966009], tolerance: 1e-8), "\(losses)")
    #expect(areClose(p.toArray(), [-1.41081123266, 2.00060614021], tolerance: 1e-8))
    #expect(optimizer[state: p].numbers["func_evals"] == 15)
  }

  /// What the closure throws comes out, and the parameters are not lost.
  @Test func closuresThatThrow() {
    let p = Tensor([1.0, 2], device: "cpu", requiresGrad: true)
    let optimizer = LBFGS([p], lineSearchFn: .strongWolfe)
    var calls = 0
    #expect(throws: Stop.self) {
      try optimizer.step {
        calls += 1
        if calls == 2 { throw Stop() }
        optimizer.zeroGrad()
        let loss = (p ** 4).sum()
        loss.backward()
        return loss
      }
    }
    #expect(calls == 2 && p.isfinite().all().item() == 1)
    #expect(errorMessage { optimizer.step() } == "LBFGS.step() missing 1 required positional argument: 'closure'")
    #expect(errorMessage { optimizer.step { p * 2 } }.contains("cannot be converted to Scalar"))
    optimizer.parameterGroups[0]["max_iter"] = .nan
    #expect(errorMessage { optimizer.step { p.sum() } } == "Invalid max_iter value: nan")
    optimizer.parameterGroups = []
    optimizer.step { p.sum() }
  }

  /// Parameters of several shapes, one without a gradient and a complex one, are one vector.
  @Test(arguments: testDevices) func parametersOfSeveralKinds(_ device: Device) {
    let a = Tensor(3.0, device: device).requiresGrad_(),
      b = Tensor([[1.0, 2], [3, 4]], device: device).t().requiresGrad_()
    let c = Tensor([[1.0, -1], [2, 0.5]], device: device).viewAsComplex().clone().requiresGrad_()
    let idle = Tensor([5.0], device: device).requiresGrad_(), none = Tensor.zeros([0], device: device).requiresGrad_()
    let optimizer = LBFGS([a, b, c, idle, none])
    for _ in 0..<4 {
      optimizer.step {
        optimizer.zeroGrad()
        let loss = (a - 1) ** 2 + ((b - 2) ** 2).sum() + (c.viewAsReal() ** 2).sum() * 2
        loss.backward()
        return loss
      }
    }
    #expect(areClose([a.item()] + b.detach().toArray(), [1, 2, 2, 2, 2], tolerance: 1e-4))
    #expect(areClose(c.detach().viewAsReal().toArray(), [0, 0, 0, 0], tolerance: 1e-4) && idle.item() == 5)
  }
}
