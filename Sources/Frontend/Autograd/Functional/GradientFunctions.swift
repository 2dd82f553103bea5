/// The function that gives the gradient of another one, whose result is one number.
///
/// ```swift
/// let slope = grad { (x: Tensor) in (x ** 3).sum() }
/// slope(Tensor([1.0, 2]))  // tensor([ 3., 12.])
/// ```
///
/// The gradient can be differentiated in turn, `grad(grad(f))`, and by `backward()`.
public func grad(_ function: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
  { x in gradAndValue(function)(x).grad }
}

/// The function that gives the gradients of another one of several tensors, whose result is one number.
///
/// ```swift
/// let slopes = grad({ (inputs: [Tensor]) in (inputs[0] * inputs[1]).sum() }, argnums: [0, 1])
/// slopes([x, y])[0]
/// ```
///
/// - Parameter argnums: With respect to which inputs.
public func grad(
  _ function: @escaping ([Tensor]) -> Tensor, argnums: [Int] = [0]
) -> ([Tensor]) -> [Tensor] {
  { inputs in gradAndValue(function, argnums: argnums)(inputs).grad }
}

/// The function that gives the gradient of another one, whose result is one number, and that number: PyTorch's
/// `grad_and_value`.
///
/// ```swift
/// let (slope, value) = gradAndValue { (x: Tensor) in (x ** 3).sum() }(Tensor([1.0, 2]))
/// ```
public func gradAndValue(_ function: @escaping (Tensor) -> Tensor) -> (Tensor) -> (grad: Tensor, value: Tensor) {
  { x in
    funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
      let result = try Derivatives.gradients({ function($0[0]) }, [x], [0])
      return (result.gradients[0], result.value)
    }
  }
}

/// The function that gives the gradients of another one of several tensors, whose result is one number, and that number.
///
/// ```swift
/// let (slopes, value) = gradAndValue({ (inputs: [Tensor]) in (inputs[0] * inputs[1]).sum() }, argnums: [1])([x, y])
/// ```
///
/// - Parameter argnums: With respect to which inputs.
public func gradAndValue(
  _ function: @escaping ([Tensor]) -> Tensor, argnums: [Int] = [0]
) -> ([Tensor]) -> (grad: [Tensor], value: Tensor) {
  { inputs in
    funnel(or: (Placeholder.tensors(argnums.count), .invalid)) { () throws(BackplaneError) in
      let result = try Derivatives.gradients(function, inputs, argnums)
      return (result.gradients, result.value)
    }
  }
}

extension Derivatives {
  /// The gradients of a function with respect to some of its inputs, and its value, in the graph of the inputs.
  fileprivate static func gradients(
    _ function: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ numbers: [Int]
  ) throws(BackplaneError) -> (gradients: [Tensor], value: Tensor) {
    for number in numbers where !(-inputs.count..<inputs.count).contains(number) {
      throw BackplaneError(.index, "Got argnum=\(number), but only \(inputs.count) positional inputs")
    }
    var arguments = inputs
    let positions = numbers.map { $0 < 0 ? $0 + inputs.count : $0 }
    let chosen = try prepared(positions.map { inputs[$0] }, createGraph: Scopes.recordsGradients)
    for (position, input) in zip(positions, chosen) { arguments[position] = input }
    let value = try outputs({ [function($0)] }, arguments)[0]
    guard value.layout.rank == 0 else {
      throw BackplaneError(
        .value,
        "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with \(value.dim) dims. Maybe "
          + "you wanted to use the vjp or jacrev APIs instead?")
    }
    // A graph is of use only to something outside of this call.
    let isWatched = Scopes.recordsGradients && Engine.reaches(from: value, beyond: chosen)
    let one = try Ops.full(.scalar, .int(1), value.dtype, on: value.context)
    let found = try gradients([value], chosen, [one], createGraph: isWatched, strict: false, .function)
    return (finished(found, createGraph: isWatched), finished([value], createGraph: isWatched)[0])
  }
}
