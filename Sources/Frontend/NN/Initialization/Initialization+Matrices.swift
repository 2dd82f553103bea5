extension Init {
  /// Fills a matrix with the identity: ones on the diagonal, zeros elsewhere.
  @discardableResult
  public static func eye_(_ x: Tensor) -> Tensor {
    funnel { () throws(BackplaneError) in
      try requireMatrix(x)
      let (rows, columns) = (x.layout.elements[0], x.layout.elements[1])
      return noGrad { x.copy_(Tensor.eye(rows, columns, dtype: x.dtype, device: x.device)) }
    }
  }

  /// Fills the weight of a convolution such that as many channels as possible pass it unchanged.
  ///
  /// ```swift
  /// let layer = Conv2d(4, 4, 3, padding: 1, bias: false)
  /// Init.dirac_(layer.weight)
  /// layer(images)  // the images
  /// ```
  ///
  /// Takes weights of 3, 4 or 5 dimensions.
  ///
  /// - Parameter groups: Of the convolution; each passes its channels.
  @discardableResult
  public static func dirac_(_ x: Tensor, groups: Int = 1) -> Tensor {
    funnel { () throws(BackplaneError) in
      let shape = x.layout.shape
      guard (3...5).contains(shape.count) else {
        throw BackplaneError(.shape, "Only tensors with 3, 4, or 5 dimensions are supported")
      }
      guard groups > 0, shape[0] % groups == 0 else {
        throw BackplaneError(.value, "dim 0 must be divisible by groups")
      }
      let field = shape.dropFirst(2).reduce(1, *)
      let centre = shape.dropFirst(2).reduce(0) { $0 * $1 + $1 / 2 }
      let outputs = shape[0] / groups
      var places: [Int64] = []
      for group in 0..<groups where field > 0 {
        for d in 0..<Swift.min(outputs, shape[1]) {
          places.append(Int64(((group * outputs + d) * shape[1] + d) * field + centre))
        }
      }
      return try withoutGradients { () throws(BackplaneError) in
        let zeros = try Ops.full(.contiguous([x.numel]), .int(0), x.dtype, on: x.context)
        let index = try Ops.fromHost(places, [places.count], on: x.context)
        let ones = try Ops.full(.contiguous([places.count]), .int(1), x.dtype, on: x.context)
        return x.copy_(try Ops.reshape(Ops.scatter(zeros, 0, index, ones), shape))
      }
    }
  }

  /// Fills a tensor with a matrix of which rows or columns, whichever are fewer, are orthogonal.
  ///
  /// Dimensions after the first count as one. Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of
  /// learning in deep linear neural networks", ICLR 2014. The device has to have the QR factorization.
  ///
  /// - Parameter gain: What the matrix is multiplied by.
  @discardableResult
  public static func orthogonal_(_ x: Tensor, gain: Double = 1, generator: Generator? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in
      guard x.layout.rank >= 2 else {
        throw BackplaneError(.shape, "Only tensors with 2 or more dimensions are supported")
      }
      guard x.numel > 0 else { return x }
      let rows = x.layout.elements[0], columns = x.numel / rows
      return noGrad {
        var start = Tensor.empty([rows, columns], dtype: x.dtype, device: x.device)
        start.normal_(0, 1, generator: generator)
        if rows < columns { start = start.t() }
        let (q, r) = Linalg.qr(start)
        // With the signs of R's diagonal, Q is uniform: Mezzadri, arXiv:math-ph/0609050.
        var result = q * r.diagonal().sign()
        if rows < columns { result = result.t() }
        return x.copy_((result * gain).reshape(x.shape.extents))
      }
    }
  }

  /// Fills a matrix with normal numbers, and in each column a part with zeros.
  ///
  /// Martens, "Deep learning via Hessian-free optimization", ICML 2010.
  ///
  /// - Parameters:
  ///   - sparsity: The part of each column that becomes zero, rounded up.
  ///   - std: The standard deviation of the others.
  @discardableResult
  public static func sparse_(
    _ x: Tensor, _ sparsity: Double, std: Double = 0.01, generator: Generator? = nil
  ) -> Tensor {
    funnel { () throws(BackplaneError) in
      try requireMatrix(x)
      guard sparsity >= 0, sparsity <= 1 else {
        throw BackplaneError(.value, "sparsity has to be between 0 and 1, but got \(sparsity)")
      }
      let (rows, columns) = (x.layout.elements[0], x.layout.elements[1])
      let zeros = Int((sparsity * Double(rows)).rounded(.up))
      return noGrad {
        x.normal_(0, std, generator: generator)
        guard x.numel > 0 else { return x }
        // The order of random numbers is a random order of each column's rows.
        let order = Tensor.rand([rows, columns], device: x.device, generator: generator).argsort(dim: 0)
        return x.copy_(x.maskedFill(order.lt(zeros), 0))
      }
    }
  }

  private static func requireMatrix(_ x: Tensor) throws(BackplaneError) {
    guard x.layout.rank == 2 else {
      throw BackplaneError(.shape, "Only tensors with 2 dimensions are supported")
    }
  }
}
