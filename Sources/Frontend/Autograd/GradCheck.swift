/// Compares the gradients of a function with central differences of its values.
///
/// ```swift
/// let x = Tensor.randn([3], dtype: .float64, requiresGrad: true)
/// try gradcheck({ ($0[0] * $0[0]).sum() }, [x])
/// ```
///
/// The function's outputs are multiplied with fixed random numbers and summed, so that one run checks all of them. Use
/// float64: the differences lose half of a type's digits.
///
/// - Parameters:
///   - function: From the inputs, any tensor that depends smoothly on them.
///   - inputs: Tensors of floating point type; those with `requiresGrad` are checked.
///   - epsilon: Half the distance of the two values that make a difference.
/// - Throws: ``BackplaneError`` of kind ``BackplaneError/Kind/autograd``, which names the input, the element and both
///   numbers; or what the function itself does wrong.
public func gradcheck(
  _ function: ([Tensor]) -> Tensor, _ inputs: [Tensor], epsilon: Double = 1e-6, absoluteTolerance: Double = 1e-5,
  relativeTolerance: Double = 1e-3
) throws {
  try withErrors {
    let output = function(inputs)
    let weights = Tensor.rand(
      output.shape.extents, dtype: output.dtype, device: output.device, generator: Generator(seed: 1))
    let checked = inputs.filter(\.requiresGrad)
    let gradients = grad([(output * weights).sum()], checked, allowUnused: true)

    for (number, input) in inputs.enumerated() where input.requiresGrad {
      let position = checked.firstIndex { $0 === input } ?? 0
      let analytic = gradients[position]?.toArray(Double.self) ?? [Double](repeating: 0, count: input.numel)
      let values = input.toArray(Double.self)
      for i in values.indices {
        func value(at shifted: Double) -> Double {
          var moved = values
          moved[i] = shifted
          let point = Tensor(moved, shape: input.shape.extents, dtype: input.dtype, device: input.device)
          var arguments = inputs
          // The function may itself take gradients, with respect to this point too.
          arguments[number] = point.requiresGrad_()
          return (function(arguments) * weights).sum().item()
        }
        let difference = (value(at: values[i] + epsilon) - value(at: values[i] - epsilon)) / (2 * epsilon)
        guard abs(analytic[i] - difference) <= absoluteTolerance + relativeTolerance * abs(difference) else {
          throw BackplaneError(
            .autograd,
            "gradcheck: element \(i) of input \(number): the gradient is \(analytic[i]), the difference quotient "
              + "\(difference)")
        }
      }
    }
  }
}
