import Backplane
import TestSupport
import Testing

/// Products with derivatives, matrices of them, and functions that give them. Numbers and messages are PyTorch's.
@Suite struct DerivativeTests {
  private let x = Tensor([[0.5, 1.5], [-1, 2]])
  private let a = Tensor([1.0, 2]), b = Tensor([3.0, -1])
  private func pair(_ x: [Tensor]) -> [Tensor] { [x[0] * x[1], (x[0] ** 2).sum()] }
  private func cubic(_ x: [Tensor]) -> Tensor { (x[0] ** 3 * x[1]).sum() }

  private func numbers(_ tensors: [Tensor]) -> [[Double]] { tensors.map { $0.toArray() } }

  @Test(arguments: testDevices) func productsOfOneTensor(_ device: Device) {
    let x = x.to(device)
    let (output, backward) = vjp({ $0.exp().sum(1) }, x, Tensor([1.0, -2], device: device))
    #expect(areClose(output.toArray(), [6.1304, 7.7569], tolerance: 1e-4) && !output.requiresGrad)
    #expect(
      areClose(backward.toArray(), [1.6487, 4.4817, -0.7358, -14.7781], tolerance: 1e-4) && !backward.requiresGrad)
    let forward = jvp({ $0.exp().sum(1) }, x, Tensor([[1.0, 2], [3, 4]], device: device))
    #expect(areClose(forward.jvp.toArray(), [10.6121, 30.6599], tolerance: 1e-4) && !forward.jvp.requiresGrad)
    #expect(!x.requiresGrad && x.grad == nil)
    #expect(vjp({ $0.sum() }, x).vjp.toArray(Double.self) == [1, 1, 1, 1])
    #expect(
      jvp({ $0 * Tensor([1.0, 2], device: device) }, Tensor(3.0, device: device)).jvp.toArray(Double.self) == [1, 2])
  }

  @Test func productsOfSeveralTensors() {
    let backward = vjp(pair, [a, b], [Tensor([1.0, 10]), Tensor(2.0)])
    #expect(numbers(backward.outputs) == [[3, -2], [5]] && numbers(backward.vjp) == [[7, -2], [1, 20]])
    let v = [Tensor([1.0, 10]), Tensor([2.0, 0.5])]
    let forward = jvp(pair, [a, b], v)
    #expect(numbers(forward.outputs) == [[3, -2], [5]] && numbers(forward.jvp) == [[5, -9], [42]])
    let left = vhp(cubic, [a, b], v), right = hvp(cubic, [a, b], v)
    #expect(areClose([left.output.item(), right.output.item()], [-5, -5]))
    for product in [left.vhp, right.hvp] {
      #expect(areClose(product[0].toArray(), [24, -114]) && areClose(product[1].toArray(), [3, 120]))
    }
    #expect(areClose(vhp({ ($0 ** 3).sum() }, a, b).vhp.toArray(), [18, -12]))
    #expect(areClose(hvp({ ($0 ** 3).sum() }, a, b).hvp.toArray(), [18, -12]))
  }

  @Test func matrices() {
    let jacobians = jacobian(pair, [a, b])
    #expect(jacobians.map { numbers($0) } == [[[3, 0, 0, -1], [1, 0, 0, 2]], [[2, 4], [0, 0]]])
    #expect(jacobians[0][0].shape == [2, 2] && jacobians[1][1].shape == [2])
    let hessians = hessian(cubic, [a, b])
    #expect(areClose(hessians[0][0].toArray(), [18, 0, 0, -12]) && areClose(hessians[0][1].toArray(), [3, 0, 0, 12]))
    #expect(areClose(hessians[1][0].toArray(), [3, 0, 0, 12]) && areClose(hessians[1][1].toArray(), [0, 0, 0, 0]))
    let matrix = hessian({ ($0 ** 3).sum() }, x)
    #expect(matrix.shape == [2, 2, 2, 2])
    #expect(areClose(matrix.toArray(), [3, 0, 0, 0, 0, 9, 0, 0, 0, 0, -6, 0, 0, 0, 0, 12]))
    #expect(jacobian({ $0.sum() }, x).shape == [2, 2])
    #expect(jacobian({ $0.reshape([4])[0..<0] }, x).shape == [0, 2, 2])
    #expect(!matrix.requiresGrad)
  }

  @Test func resultsThatAreDifferentiated() {
    let x = x.clone().requiresGrad_()
    jacobian({ ($0 ** 3).sum(0) }, x, createGraph: true).sum().backward()
    #expect(areClose(x.grad!.toArray(), [3, 9, -6, 12]))
    x.grad = nil
    hessian({ ($0 ** 3).sum() }, x, createGraph: true).sum().backward()
    #expect(areClose(x.grad!.toArray(), [6, 6, 6, 6]))
    x.grad = nil
    vjp({ ($0 ** 3).sum() }, x, createGraph: true).vjp.sum().backward()
    #expect(areClose(x.grad!.toArray(), [3, 9, -6, 12]))
    x.grad = nil
    jvp({ $0 ** 3 }, x, Tensor.ones([2, 2]), createGraph: true).jvp.sum().backward()
    #expect(areClose(x.grad!.toArray(), [3, 9, -6, 12]))
    x.grad = nil
    hvp({ ($0 ** 3).sum() }, x, Tensor.ones([2, 2]), createGraph: true).hvp.sum().backward()
    #expect(areClose(x.grad!.toArray(), [6, 6, 6, 6]))
    // Without, they stand apart.
    #expect(!jacobian({ $0 ** 3 }, x).requiresGrad && !noGrad { jacobian({ $0 ** 3 }, x) }.requiresGrad)
  }

  @Test func whatDoesNotDependOnTheInput() {
    let strictMessage =
      "Output 0 of the user-provided function does not require gradients. The outputs must be computed in a "
      + "differentiable manner from the input when running in strict mode."
    for function in [{ _ in Tensor.ones([2]) }, { $0.detach() * 2 }] as [(Tensor) -> Tensor] {
      #expect(jacobian(function, a).toArray(Double.self) == [0, 0, 0, 0])
      #expect(vjp(function, a, b).vjp.toArray(Double.self) == [0, 0])
      #expect(jvp(function, a, b).jvp.toArray(Double.self) == [0, 0])
      #expect(errorMessage { _ = jacobian(function, a, strict: true) } == strictMessage)
      #expect(errorMessage { _ = vjp(function, a, b, strict: true) } == strictMessage)
      #expect(errorMessage { _ = jvp(function, a, b, strict: true) } == strictMessage)
    }
    #expect(hessian({ $0.sum() }, a).toArray(Double.self) == [0, 0, 0, 0])
    #expect(
      errorMessage { _ = jacobian({ [$0[0] * 1] }, [a, b], strict: true) }
        == "Output 0 of the user-provided function is independent of input 1. This is not allowed in strict mode.")
    let linear =
      "While computing the hessian, found that the jacobian of the user-provided function with respect to input 0"
    #expect(errorMessage { _ = hessian({ $0.sum() }, a, strict: true) }.hasPrefix(linear))
    #expect(errorMessage { _ = hvp({ $0.sum() }, a, b, strict: true) }.hasPrefix(linear))
    #expect(errorMessage { _ = vhp({ $0.sum() }, a, b, strict: true) }.hasPrefix(linear))
    #expect(
      errorMessage { _ = jacobian({ ($0 * 3).sum(0) }, x.clone().requiresGrad_(), createGraph: true, strict: true) }
        .hasPrefix("The jacobian of the user-provided function is independent of input 0."))
  }

  @Test func misuseIsNamed() {
    let missing =
      "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
    #expect(
      errorMessage { _ = vjp({ $0 * $0 }, a) }
        == "The vector v can only be None if the user-provided function returns a single Tensor with a single element.")
    #expect(errorMessage { _ = jvp({ $0 * $0 }, a) } == missing)
    #expect(errorMessage { _ = hvp({ $0.sum() }, a) } == missing)
    #expect(errorMessage { _ = vhp({ $0.sum() }, a) } == missing)
    #expect(errorMessage { _ = vjp({ $0 }, a, Tensor.ones([3])) } == "v has invalid size: should be [2] but got [3].")
    #expect(errorMessage { _ = jvp({ $0 }, a, Tensor.ones([3])) } == "v has invalid size: should be [2] but got [3].")
    #expect(errorMessage { _ = vjp(pair, [a, b], [a]) } == "v is a tuple of invalid length: should be 2 but got 1.")
    #expect(
      errorMessage { _ = vjp(pair, [a, b], [a, a]) } == "Entry 1 in v has invalid size: should be [] but got [2].")
    #expect(
      errorMessage { _ = vhp({ ($0[0] ** 2).sum() }, [a], [a, a]) } == "The given v should contain a single Tensor.")
    for (name, message) in [
      ("hessian", errorMessage { _ = hessian({ $0 * $0 }, a) }), ("vhp", errorMessage { _ = vhp({ $0 * $0 }, a, a) }),
    ] {
      #expect(message == "The Tensor returned by the function given to \(name) should contain a single element")
    }
    #expect(errorMessage { _ = jacobian({ $0.reshape([7]) }, a) }.contains("shape '[7]' is invalid"))
  }

  // MARK: Functions of functions

  @Test func gradientsAsFunctions() {
    let slope = grad { (x: Tensor) in (x ** 3).sum() }
    #expect(areClose(slope(a).toArray(), [3, 12]) && !slope(a).requiresGrad)
    #expect(areClose([grad(grad { (x: Tensor) in x ** 3 })(Tensor(2.0)).item()], [12]))
    #expect(areClose([grad(grad(grad { (x: Tensor) in x ** 3 }))(Tensor(2.0)).item()], [6]))
    #expect(areClose(noGrad { slope(a) }.toArray(), [3, 12]))
    let (gradient, value) = gradAndValue { (x: Tensor) in (x ** 3).sum() }(a)
    #expect(areClose(gradient.toArray(), [3, 12]) && value.item() == 9 && !value.requiresGrad)
    let both = grad({ (x: [Tensor]) in (x[0] * x[1]).sum() }, argnums: [0, -1])([a, b])
    #expect(numbers(both) == [[3, -1], [1, 2]])
    #expect(numbers(grad({ (x: [Tensor]) in (x[0] * x[1]).sum() })([a, b])) == [[3, -1]])
  }

  @Test func gradientsAsFunctionsAreDifferentiated() {
    let x = x.clone().requiresGrad_()
    let gradient = grad { (x: Tensor) in (x ** 3).sum() }(x)
    #expect(gradient.requiresGrad)
    gradient.sum().backward()
    #expect(areClose(x.grad!.toArray(), [3, 9, -6, 12]))
    // With respect to what the function has from elsewhere.
    let w = Tensor(5.0, requiresGrad: true)
    grad { (x: Tensor) in (x * x * w).sum() }(a).sum().backward()
    #expect(w.grad!.item() == 6)
  }

  @Test func misuseOfGradientsAsFunctions() {
    #expect(
      errorMessage { _ = grad { (x: Tensor) in x * x }(a) }
        == "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 1 dims. Maybe you wanted "
        + "to use the vjp or jacrev APIs instead?")
    #expect(
      errorMessage { _ = grad({ (x: [Tensor]) in x[0].sum() }, argnums: [2])([a, b]) }
        == "Got argnum=2, but only 2 positional inputs")
    #expect(
      errorMessage { _ = grad { (x: Tensor) in x.sum() }(Tensor([1, 2])) }
        == "Only Tensors of floating point and complex dtype can require gradients")
  }
}
