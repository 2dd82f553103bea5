// One dimension where several may be given, the other way to write a dimension, and the bare form of numbers that have
// a default.

extension Tensor {
  /// The p-norm (Σ |x|ᵖ)^(1/p) along one dimension. With `keepDim` it stays with extent 1.
  public func norm(p: Double = 2, dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    norm(p: p, dim: [dim], keepDim: keepDim, dtype: dtype)
  }
  /// The p-norm (Σ |x|ᵖ)^(1/p) of all elements, or over several dimensions.
  public func norm(_ p: Double, dim: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    norm(p: p, dim: dim, keepDim: keepDim, dtype: dtype)
  }
  /// The p-norm (Σ |x|ᵖ)^(1/p) along one dimension. With `keepDim` it stays with extent 1.
  public func norm(_ p: Double, dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    norm(p: p, dim: [dim], keepDim: keepDim, dtype: dtype)
  }
  /// The p-norm of the difference of two tensors.
  public func dist(_ other: Tensor, _ p: Double) -> Tensor { dist(other, p: p) }
  /// The tensor with slices along a dimension that have a p-norm above `maxnorm` scaled down to it.
  public func renorm(p: Double, dim: Int, maxnorm: Double) -> Tensor { renorm(p, dim, maxnorm) }
  /// The vector product along a dimension of extent 3.
  public func cross(_ other: Tensor, _ dim: Int) -> Tensor { cross(other, dim: dim) }
  /// A diagonal of a matrix as a vector, or a matrix with the vector as diagonal, so many places to the right.
  public func diag(_ diagonal: Int) -> Tensor { diag(diagonal: diagonal) }
  /// A matrix with all elements on a diagonal, so many places to the right.
  public func diagflat(_ offset: Int) -> Tensor { diagflat(offset: offset) }
  /// The lower triangle of matrices, zero above a diagonal so many places to the right of the main one.
  public func tril(_ diagonal: Int) -> Tensor { tril(diagonal: diagonal) }
  /// The upper triangle of matrices, zero below a diagonal so many places to the right of the main one.
  public func triu(_ diagonal: Int) -> Tensor { triu(diagonal: diagonal) }
}

extension Linalg {
  /// A norm of vectors along one dimension.
  public static func norm(
    _ a: Tensor, ord: Order? = nil, dim: Int, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    norm(a, ord: ord, dim: [dim], keepDim: keepDim, dtype: dtype)
  }
  /// The norm of an order, of all elements or over one or two dimensions.
  public static func norm(
    _ a: Tensor, _ ord: Order, dim: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    norm(a, ord: ord, dim: dim, keepDim: keepDim, dtype: dtype)
  }
  /// The norm of an order of vectors along one dimension.
  public static func norm(
    _ a: Tensor, _ ord: Order, dim: Int, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    norm(a, ord: ord, dim: [dim], keepDim: keepDim, dtype: dtype)
  }
  /// The p-norm (Σ |x|ᵖ)^(1/p) along one dimension, with `ord` as p.
  public static func vectorNorm(
    _ x: Tensor, ord: Double = 2, dim: Int, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    vectorNorm(x, ord: ord, dim: [dim], keepDim: keepDim, dtype: dtype)
  }
  /// The p-norm (Σ |x|ᵖ)^(1/p) of all elements, or over several dimensions, with `ord` as p.
  public static func vectorNorm(
    _ x: Tensor, _ ord: Double, dim: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    vectorNorm(x, ord: ord, dim: dim, keepDim: keepDim, dtype: dtype)
  }
  /// The p-norm (Σ |x|ᵖ)^(1/p) along one dimension, with `ord` as p.
  public static func vectorNorm(
    _ x: Tensor, _ ord: Double, dim: Int, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    vectorNorm(x, ord: ord, dim: [dim], keepDim: keepDim, dtype: dtype)
  }
  /// The norm of an order of the matrices in two dimensions.
  public static func matrixNorm(
    _ a: Tensor, _ ord: Order, dim: [Int] = [-2, -1], keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    matrixNorm(a, ord: ord, dim: dim, keepDim: keepDim, dtype: dtype)
  }
  /// The condition number ‖A‖ ‖A⁻¹‖ in the norm of an order.
  public static func cond(_ a: Tensor, _ p: Order) -> Tensor { cond(a, p: p) }
}

extension FFT {
  /// Frequency 0 moved to the middle along one dimension.
  public static func fftshift(_ x: Tensor, dim: Int) -> Tensor { fftshift(x, dim: [dim]) }
  /// The inverse of ``fftshift(_:dim:)-(_,Int)``.
  public static func ifftshift(_ x: Tensor, dim: Int) -> Tensor { ifftshift(x, dim: [dim]) }
}
