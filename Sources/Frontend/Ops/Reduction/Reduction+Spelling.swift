// The public spellings of `Reduction.swift`.

extension Tensor {
  /// The sum of all elements. Integers and bools give int64.
  ///
  /// ```swift
  /// Tensor([[1, 2], [3, 4]]).sum()  // tensor(10)
  /// ```
  public func sum(dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.sum(Autocast.cast("sum", self), nil, keepDim: false, dtype: dtype) }
  }
  /// The sum of the elements along one dimension. With `keepDim` it stays with extent 1.
  ///
  /// ```swift
  /// Tensor([[1, 2], [3, 4]]).sum(0)  // [4, 6]
  /// ```
  public func sum(_ dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    sum([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The sum of the elements over several dimensions. With `keepDim` they stay with extent 1.
  public func sum(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.sum(Autocast.cast("sum", self), dims, keepDim: keepDim, dtype: dtype)
    }
  }

  /// The mean of all elements. Integers are an error: choose a type with `dtype`.
  public func mean(dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.mean(self, nil, keepDim: false, dtype: dtype) }
  }
  /// The mean of the elements along one dimension. With `keepDim` it stays with extent 1.
  public func mean(_ dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    mean([dim], keepDim: keepDim, dtype: dtype)
  }
  /// The mean of the elements over several dimensions. With `keepDim` they stay with extent 1.
  public func mean(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.mean(self, dims, keepDim: keepDim, dtype: dtype) }
  }

  /// The product of all elements.
  public func prod() -> Tensor {
    funnel { () throws(BackplaneError) in
      try Ops.prod(Autocast.cast("prod", self), nil, keepDim: false)
    }
  }
  /// The product of the elements along one dimension. With `keepDim` it stays with extent 1.
  public func prod(_ dim: Int, keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.prod(Autocast.cast("prod", self), dim, keepDim: keepDim) }
  }

  /// The greatest element; NaN if there is one.
  public func max() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.extreme(.max, self, nil, keepDim: false) }
  }
  /// The least element; NaN if there is one.
  public func min() -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.extreme(.min, self, nil, keepDim: false) }
  }
  /// The greatest elements along one dimension, and their indices. With `keepDim` it stays with extent 1.
  ///
  /// ```swift
  /// let (values, indices) = Tensor([[1, 5], [4, 2]]).max(1)  // [5, 4] and [1, 0]
  /// ```
  public func max(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    funnel(or: (Tensor.invalid, Tensor.invalid)) { () throws(BackplaneError) in
      try Ops.extremeWithIndex(.max, .argmax, self, dim, keepDim: keepDim)
    }
  }
  /// The least elements along a dimension, and their indices.
  public func min(_ dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
    funnel(or: (Tensor.invalid, Tensor.invalid)) { () throws(BackplaneError) in
      try Ops.extremeWithIndex(.min, .argmin, self, dim, keepDim: keepDim)
    }
  }
  /// The greatest elements over several dimensions; the gradient is shared among equals.
  public func amax(_ dims: [Int] = [], keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.extreme(.max, self, dims, keepDim: keepDim, name: "amax") }
  }
  /// The least elements over several dimensions; the gradient is shared among equals.
  public func amin(_ dims: [Int] = [], keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.extreme(.min, self, dims, keepDim: keepDim, name: "amin") }
  }
  /// The greatest elements along one dimension; the gradient is shared among equals.
  public func amax(_ dim: Int, keepDim: Bool = false) -> Tensor { amax([dim], keepDim: keepDim) }
  /// The least elements along one dimension; the gradient is shared among equals.
  public func amin(_ dim: Int, keepDim: Bool = false) -> Tensor { amin([dim], keepDim: keepDim) }
  /// The index of the greatest element: of the flattened tensor, or along `dim`.
  public func argmax(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.argExtreme(.argmax, self, dim, keepDim: keepDim) }
  }
  /// The index of the least element: of the flattened tensor, or along `dim`.
  public func argmin(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.argExtreme(.argmin, self, dim, keepDim: keepDim) }
  }

  /// Whether all elements are true.
  public func all() -> Tensor { logical(.min, nil, false) }
  /// Whether all elements are true along one dimension. With `keepDim` it stays with extent 1.
  public func all(_ dim: Int, keepDim: Bool = false) -> Tensor { logical(.min, [dim], keepDim) }
  /// Whether all elements are true over several dimensions. With `keepDim` they stay with extent 1.
  public func all(_ dims: [Int], keepDim: Bool = false) -> Tensor { logical(.min, dims, keepDim) }
  /// Whether any element is true.
  public func any() -> Tensor { logical(.max, nil, false) }
  /// Whether any element is true along one dimension. With `keepDim` it stays with extent 1.
  public func any(_ dim: Int, keepDim: Bool = false) -> Tensor { logical(.max, [dim], keepDim) }

  /// Whether any element is true over several dimensions. With `keepDim` they stay with extent 1.
  public func any(_ dims: [Int], keepDim: Bool = false) -> Tensor { logical(.max, dims, keepDim) }

  private func logical(_ op: Operator, _ dims: [Int]?, _ keepDim: Bool) -> Tensor {
    funnel { () throws(BackplaneError) in try Ops.truth(op, self, dims, keepDim: keepDim) }
  }
  /// The least and the greatest element: of all, or along `dim`.
  public func aminmax(dim: Int? = nil, keepDim: Bool = false) -> (min: Tensor, max: Tensor) {
    funnel(or: (Tensor.invalid, Tensor.invalid)) { () throws(BackplaneError) in
      try Ops.aminmax(self, dim, keepDim: keepDim)
    }
  }
}
