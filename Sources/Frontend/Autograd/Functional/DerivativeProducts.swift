/// The outputs of a function, and the product of a vector with the matrix of its derivatives, the Jacobian.
///
/// ```swift
/// let (output, product) = vjp({ $0.exp().sum(1) }, Tensor.rand([4, 4]), Tensor.ones([4]))
/// ```
///
/// - Parameters:
///   - function: A function of one tensor.
///   - x: Where.
///   - v: The vector, in the shape of the output; may be left out where that is one number.
///   - createGraph: Whether the results can be differentiated in turn.
///   - strict: Whether it is an error that the output does not depend on the input; else the product is zero.
public func vjp(
  _ function: (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
) -> (output: Tensor, vjp: Tensor) {
  funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
    let result = try Derivatives.vjp({ [function($0[0])] }, [x], v.map { [$0] }, createGraph, strict)
    return (result.outputs[0], result.products[0])
  }
}

/// The outputs of a function of several tensors, and the products of vectors with its Jacobian.
///
/// ```swift
/// let (outputs, products) = vjp({ [$0[0] * $0[1]] }, [x, y], [Tensor.ones([1])])
/// ```
public func vjp(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
  strict: Bool = false
) -> (outputs: [Tensor], vjp: [Tensor]) {
  funnel(or: (Placeholder.tensors(), Placeholder.tensors(inputs.count))) { () throws(BackplaneError) in
    let result = try Derivatives.vjp(function, inputs, v, createGraph, strict)
    return (result.outputs, result.products)
  }
}

/// The outputs of a function, and the product of the matrix of its derivatives, the Jacobian, with a vector.
///
/// ```swift
/// let (output, product) = jvp({ $0.exp().sum(1) }, Tensor.rand([4, 4]), Tensor.ones([4, 4]))
/// ```
///
/// It is computed by two gradients, and needs operations whose gradients can be differentiated.
///
/// - Parameters:
///   - function: A function of one tensor.
///   - x: Where.
///   - v: The vector, in the shape of the input; may be left out where that is one number.
///   - createGraph: Whether the results can be differentiated in turn.
///   - strict: Whether it is an error that the output does not depend on the input; else the product is zero.
public func jvp(
  _ function: (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
) -> (output: Tensor, jvp: Tensor) {
  funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
    let result = try Derivatives.jvp({ [function($0[0])] }, [x], v.map { [$0] }, createGraph, strict)
    return (result.outputs[0], result.products[0])
  }
}

/// The outputs of a function of several tensors, and the products of its Jacobian with vectors.
///
/// ```swift
/// let (outputs, products) = jvp({ [$0[0] * $0[1]] }, [x, y], [Tensor.ones([1]), Tensor.ones([1])])
/// ```
public func jvp(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
  strict: Bool = false
) -> (outputs: [Tensor], jvp: [Tensor]) {
  funnel(or: (Placeholder.tensors(), Placeholder.tensors())) { () throws(BackplaneError) in
    let result = try Derivatives.jvp(function, inputs, v, createGraph, strict)
    return (result.outputs, result.products)
  }
}

/// The value of a function of one number as its result, and the product of a vector with the matrix of its second
/// derivatives, the Hessian.
///
/// ```swift
/// let (output, product) = vhp({ ($0 ** 3).sum() }, Tensor.rand([2, 2]), Tensor.ones([2, 2]))
/// ```
///
/// - Parameters:
///   - function: A function of one tensor, whose result is one number.
///   - x: Where.
///   - v: The vector, in the shape of the input; may be left out where that is one number.
///   - createGraph: Whether the results can be differentiated in turn.
///   - strict: Whether it is an error that the gradient does not depend on the input; else the product is zero.
public func vhp(
  _ function: (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
) -> (output: Tensor, vhp: Tensor) {
  funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
    let result = try Derivatives.vhp({ [function($0[0])] }, [x], v.map { [$0] }, createGraph, strict)
    return (result.output, result.products[0])
  }
}

/// The value of a function of several tensors that gives one number, and the products of vectors with its Hessian.
///
/// ```swift
/// let (output, products) = vhp({ ($0[0] * $0[1].exp()).sum() }, [x, y], [Tensor.ones([1]), Tensor.ones([1])])
/// ```
public func vhp(
  _ function: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
  strict: Bool = false
) -> (output: Tensor, vhp: [Tensor]) {
  funnel(or: (.invalid, Placeholder.tensors(inputs.count))) { () throws(BackplaneError) in
    let result = try Derivatives.vhp({ [function($0)] }, inputs, v, createGraph, strict)
    return (result.output, result.products)
  }
}

/// The value of a function of one number as its result, and the product of the matrix of its second derivatives, the
/// Hessian, with a vector.
///
/// ```swift
/// let (output, product) = hvp({ ($0 ** 3).sum() }, Tensor.rand([2, 2]), Tensor.ones([2, 2]))
/// ```
///
/// The Hessian is symmetric: ``vhp(_:_:_:createGraph:strict:)-(_,Tensor,_,_,_)`` gives the same and takes less time.
///
/// - Parameters:
///   - function: A function of one tensor, whose result is one number.
///   - x: Where.
///   - v: The vector, in the shape of the input; may be left out where that is one number.
///   - createGraph: Whether the results can be differentiated in turn.
///   - strict: Whether it is an error that the gradient does not depend on the input; else the product is zero.
public func hvp(
  _ function: (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor? = nil, createGraph: Bool = false, strict: Bool = false
) -> (output: Tensor, hvp: Tensor) {
  funnel(or: (.invalid, .invalid)) { () throws(BackplaneError) in
    let result = try Derivatives.hvp({ [function($0[0])] }, [x], v.map { [$0] }, createGraph, strict)
    return (result.output, result.products[0])
  }
}

/// The value of a function of several tensors that gives one number, and the products of its Hessian with vectors.
///
/// ```swift
/// let (output, products) = hvp({ ($0[0] * $0[1].exp()).sum() }, [x, y], [Tensor.ones([1]), Tensor.ones([1])])
/// ```
public func hvp(
  _ function: ([Tensor]) -> Tensor, _ inputs: [Tensor], _ v: [Tensor]? = nil, createGraph: Bool = false,
  strict: Bool = false
) -> (output: Tensor, hvp: [Tensor]) {
  funnel(or: (.invalid, Placeholder.tensors(inputs.count))) { () throws(BackplaneError) in
    let result = try Derivatives.hvp({ [function($0)] }, inputs, v, createGraph, strict)
    return (result.output, result.products)
  }
}

// MARK: Matrices

/// The matrix of a function's derivatives: a tensor of the output's shape and then the input's.
///
/// ```swift
/// let matrix = jacobian({ $0.exp() }, Tensor([0.0, 1]))
/// // tensor([[1.0000, 0.0000],
/// //         [0.0000, 2.7183]])
/// ```
///
/// It takes a gradient for each element of the output.
///
/// - Parameters:
///   - function: A function of one tensor.
///   - x: Where.
///   - createGraph: Whether the result can be differentiated in turn.
///   - strict: Whether it is an error that the output does not depend on the input; else the matrix is zero.
public func jacobian(
  _ function: (Tensor) -> Tensor, _ x: Tensor, createGraph: Bool = false, strict: Bool = false
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try Derivatives.jacobian({ [function($0[0])] }, [x], createGraph, strict)[0][0]
  }
}

/// The matrices of derivatives of a function of several tensors, by output and input.
///
/// ```swift
/// let matrices = jacobian({ [$0[0] * $0[1], $0[0].sum()] }, [x, y])
/// let derivativesOfSum = matrices[1][0]
/// ```
public func jacobian(
  _ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], createGraph: Bool = false, strict: Bool = false
) -> [[Tensor]] {
  funnel(or: Placeholder.tensors().map { _ in Placeholder.tensors(inputs.count) }) { () throws(BackplaneError) in
    try Derivatives.jacobian(function, inputs, createGraph, strict)
  }
}

/// The matrix of second derivatives of a function whose result is one number: a tensor of the input's shape twice.
///
/// ```swift
/// let matrix = hessian({ ($0 ** 3).sum() }, Tensor([1.0, 2]))
/// // tensor([[ 6.,  0.],
/// //         [ 0., 12.]])
/// ```
///
/// - Parameters:
///   - function: A function of one tensor, whose result is one number.
///   - x: Where.
///   - createGraph: Whether the result can be differentiated in turn.
///   - strict: Whether it is an error that the gradient does not depend on the input; else the matrix is zero.
public func hessian(
  _ function: (Tensor) -> Tensor, _ x: Tensor, createGraph: Bool = false, strict: Bool = false
) -> Tensor {
  funnel { () throws(BackplaneError) in
    try Derivatives.hessian({ [function($0[0])] }, [x], createGraph, strict)[0][0]
  }
}

/// The matrices of second derivatives of a function of several tensors whose result is one number, by input and input.
///
/// ```swift
/// let matrices = hessian({ ($0[0] * $0[1].exp()).sum() }, [x, y])
/// let mixed = matrices[0][1]
/// ```
public func hessian(
  _ function: ([Tensor]) -> Tensor, _ inputs: [Tensor], createGraph: Bool = false, strict: Bool = false
) -> [[Tensor]] {
  funnel(or: inputs.map { _ in Placeholder.tensors(inputs.count) }) { () throws(BackplaneError) in
    try Derivatives.hessian({ [function($0)] }, inputs, createGraph, strict)
  }
}
