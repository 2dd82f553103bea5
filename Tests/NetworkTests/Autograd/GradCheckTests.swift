import Backplane
import TestSupport
import Testing

/// The comparison of gradients with differences. Messages are PyTorch's.
@Suite struct GradCheckTests {
  private let x = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
  private let y = Tensor([0.5, -1], dtype: .float64, requiresGrad: true)

  struct Wrong: CustomFunction {
    var factor: @Sendable () -> Double
    func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
      context.saveForBackward(inputs[0])
      return [inputs[0] * inputs[0]]
    }
    func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
      [gradOutputs[0]! * context.savedTensors[0] * factor()]
    }
  }

  @Test func rightGradientsPass() throws {
    #expect(try gradcheck({ $0[0] * $0[1] }, [x, y]))
    #expect(try gradcheck({ [$0[0] * $0[1], $0[0].sin(), $0[1].argmax()] }, [x, y]))
    #expect(try gradgradcheck({ [$0[0] * $0[1], $0[0].sin()] }, [x, y]))
    #expect(try gradcheck({ $0[0].exp().outer($0[1]) }, [x, y.detach()], fastMode: true))
    #expect(try gradgradcheck({ $0[0].exp() }, [x], gradOutputs: [Tensor([1.0, 3], dtype: .float64)]))
  }

  @Test func complexNumbers() throws {
    let z = complex(x.detach(), y.detach()).requiresGrad_()
    #expect(try gradcheck({ $0[0] * $0[0] }, [z]))
    #expect(try gradcheck({ [$0[0].abs(), $0[0].exp() * $0[1]] }, [z, x]))
    #expect(try gradgradcheck({ $0[0] * $0[0] * $0[0] }, [z]))
    let wrong = Wrong { 3 }
    #expect(try !gradcheck({ wrong.apply($0[0]) }, [z], raiseException: false))
  }

  @Test func wrongGradientsAreShown() throws {
    let wrong = Wrong { 3 }
    #expect(
      errorMessage { try gradcheck({ wrong.apply($0[0]) }, [x]) }
        == "Jacobian mismatch for output 0 with respect to input 0,\nnumerical:tensor([[2.0000, 0.0000],\n"
        + "        [0.0000, 4.0000]], dtype=float64)\nanalytical:tensor([[3., 0.],\n        [0., 6.]], "
        + "dtype=float64)\n")
    #expect(try !gradcheck({ wrong.apply($0[0]) }, [x], raiseException: false))
    #expect(try !gradcheck({ wrong.apply($0[0]) }, [x], raiseException: false, fastMode: true))
    #expect(
      errorMessage { try gradcheck({ [$0[0] * 1, $0[1].detach() * $0[1]] }, [x, y]) }
        .hasPrefix("Jacobian mismatch for output 1 with respect to input 1,"))
    // The gradient is right, and that of the gradient is not.
    struct Half: CustomFunction {
      func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { Wrong { 2 }.forward(context, inputs) }
      func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
        [gradOutputs[0]! * context.savedTensors[0].detach() * 2]
      }
    }
    #expect(try gradcheck({ Half().apply($0[0]) }, [x]))
    #expect(errorMessage { try gradgradcheck({ Half().apply($0[0]) }, [x]) }.hasPrefix("Jacobian mismatch"))
    #expect(try gradcheck({ wrong.apply($0[0]) }, [x], atol: 3))
    #expect(try gradcheck({ wrong.apply($0[0]) }, [x], rtol: 0.6))
  }

  @Test func gradientsThatChange() throws {
    final class Count: @unchecked Sendable { var value = 0.0 }
    let count = Count()
    let unsteady = Wrong {
      count.value += 1
      return 2 + count.value * 1e-7
    }
    #expect(
      errorMessage { try gradcheck({ unsteady.apply($0[0]) }, [x]) }
        .hasPrefix("Backward is not reentrant, i.e., running backward with same input and grad_output multiple times"))
    #expect(try gradcheck({ unsteady.apply($0[0]) }, [x], nondetTol: 1e-4))
  }

  @Test func misuseIsNamed() {
    #expect(
      errorMessage { try gradcheck({ $0[0] * 2 }, [x.detach()]) }
        == "gradcheck expects at least one input tensor to require gradient, but none of them have requiresGrad.")
    #expect(errorMessage { try gradcheck({ $0[0].reshape([7]) }, [x]) }.contains("shape '[7]' is invalid"))
    #expect(errorMessage { try gradcheck({ $0[0].detach() }, [x]) }.hasPrefix("Jacobian mismatch"))
  }
}
