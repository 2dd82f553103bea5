/// Products of matrices, vectors and tensors beyond `matmul`.
extension Ops {
  private static func requireVector(_ x: Tensor, _ function: String, _ name: String) throws(BackplaneError) {
    guard x.layout.rank == 1 else {
      throw BackplaneError(
        .shape, "\(function): Expected 1-D argument \(name), but got \(x.layout.rank)-D")
    }
  }

  static func outer(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    try requireVector(a, "outer", "self")
    try requireVector(b, "outer", "vec2")
    return try mul(unsqueeze(a, 1), b)
  }

  /// Σ conj(a) b.
  static func vdot(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    guard a.layout.rank == 1, b.layout.rank == 1 else {
      throw BackplaneError(
        .shape, "1D tensors expected, but got \(a.layout.rank)D and \(b.layout.rank)D tensors")
    }
    guard a.dtype == b.dtype else {
      throw BackplaneError(
        .dtype,
        "dot : expected both vectors to have same dtype, but found \(a.dtype.scalarName) and \(b.dtype.scalarName)")
    }
    return try matmul(conj(a), b)
  }

  /// Sums of products over the last dimensions; a number scales.
  static func inner(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    if a.layout.rank == 0 || b.layout.rank == 0 { return try mul(a, b) }
    guard try extent(a, -1) == extent(b, -1) else {
      throw BackplaneError(
        .shape,
        "inner() the last dimension must match on both input tensors but got shapes \(a.shape) and \(b.shape)")
    }
    return try tensordot(a, b, [-1], [-1])
  }

  static func vecdot(_ a: Tensor, _ b: Tensor, _ dim: Int) throws(BackplaneError) -> Tensor {
    try requireFloatOrComplex(a, "linalg.vecdot", allowsHalf: true)
    let shape = try broadcast(a.layout.shape, b.layout.shape)
    let d = try normalize(dim, rank: shape.count) - shape.count
    let x = try unsqueeze(transpose(expand(conj(a), shape), d, -1), -2)
    let y = try unsqueeze(transpose(expand(b, shape), d, -1), -1)
    let product = try squeeze(squeeze(matmul(x, y), -1), -1)
    // What took the dimension's place is moved back to its own.
    if d == -1 { return product }
    return try squeeze(transpose(unsqueeze(product, -1), d, -1), d)
  }

  static func kron(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    let rank = Swift.max(a.layout.rank, b.layout.rank)
    func padded(_ x: Tensor) -> [Int] { [Int](repeating: 1, count: rank - x.layout.rank) + x.layout.shape }
    let (p, q) = (padded(a), padded(b))
    let x = try reshape(a, p.flatMap { [$0, 1] }), y = try reshape(b, q.flatMap { [1, $0] })
    return try reshape(mul(x, y), zip(p, q).map { $0 * $1 })
  }

  /// The vector product along a dimension of extent 3.
  static func cross(_ a: Tensor, _ b: Tensor, _ dim: Int, _ function: String) throws(BackplaneError) -> Tensor {
    guard a.layout.rank == b.layout.rank else {
      throw BackplaneError(.shape, "\(function): inputs must have the same number of dimensions.")
    }
    let d = try normalize(dim, rank: a.layout.rank)
    guard a.layout.rank > 0, try extent(a, d) == 3, try extent(b, d) == 3 else {
      let extents = try a.layout.rank > 0 ? (extent(a, d), extent(b, d)) : (1, 1)
      throw BackplaneError(
        .shape, "\(function): inputs dimension \(dim) must have length 3. Got \(extents.0) and \(extents.1)")
    }
    func turned(_ x: Tensor, _ n: Int) throws(BackplaneError) -> Tensor {
      try cat([narrow(x, d, n, 3 - n), narrow(x, d, 0, n)], d)
    }
    return try sub(mul(turned(a, 1), turned(b, 2)), mul(turned(a, 2), turned(b, 1)))
  }

  /// Along the first dimension of extent 3.
  static func cross(_ a: Tensor, _ b: Tensor) throws(BackplaneError) -> Tensor {
    guard let dim = a.layout.shape.firstIndex(of: 3) else {
      throw BackplaneError(.shape, "linalg.cross: no dimension of size 3 in input")
    }
    return try cross(a, b, dim, "linalg.cross")
  }

  // MARK: Sums with a product

  /// β c + α p; without a look at c where β is 0, so that its NaN do not matter.
  private static func scaledSum(_ c: Tensor, _ p: Tensor, beta: Scalar, alpha: Scalar) throws(BackplaneError) -> Tensor
  {
    guard c.dtype == p.dtype else {
      throw BackplaneError(
        .dtype, "self and mat2 must have the same dtype, but got \(c.dtype.scalarName) and \(p.dtype.scalarName)")
    }
    func factor(_ x: Scalar) -> Scalar { p.dtype.category < .floatingPoint ? .int(x.int64) : x }
    func scaled(_ x: Tensor, _ by: Scalar) throws(BackplaneError) -> Tensor {
      let k = factor(by)
      return k == .int(1) || k == .double(1) ? x : try mul(x, k)
    }
    for number in [beta, alpha] { try number.requireFits(p.dtype, roundingToInfinity: p.dtype.byteCount == 2) }
    try requireExpandable(c, to: p.layout.shape)
    let product = try scaled(p, alpha)
    if factor(beta) == .int(0) || factor(beta) == .double(0) { return product }
    return try add(scaled(c, beta), product)
  }

  private static func requireExpandable(_ c: Tensor, to shape: [Int]) throws(BackplaneError) {
    guard try broadcast(c.layout.shape, shape) == shape else {
      throw BackplaneError(
        .shape, "The expanded size of the tensor \(shape) does not fit the input of shape \(c.shape)")
    }
  }

  /// β c + α a b for matrices or batches of them. What has 16 bits is computed in 32 and rounded once.
  private static func scaledSum(
    _ c: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar, alpha: Scalar
  ) throws(BackplaneError) -> Tensor {
    guard a.dtype.byteCount == 2, a.dtype.isFloatingPoint, c.dtype == a.dtype, b.dtype == a.dtype else {
      return try scaledSum(c, matmul(a, b), beta: beta, alpha: alpha)
    }
    let wide = try scaledSum(
      cast(c, .float32), matmul(cast(a, .float32), cast(b, .float32)), beta: beta, alpha: alpha)
    return try cast(wide, a.dtype)
  }

  static func addmm(_ c: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar, alpha: Scalar) throws(BackplaneError) -> Tensor
  {
    guard a.layout.rank == 2, b.layout.rank == 2 else {
      throw BackplaneError(
        .shape, "mat1 must be a matrix, got \(a.layout.rank == 2 ? b.layout.rank : a.layout.rank)-D tensor")
    }
    return try scaledSum(c, a, b, beta: beta, alpha: alpha)
  }

  static func addmv(_ c: Tensor, _ a: Tensor, _ x: Tensor, beta: Scalar, alpha: Scalar) throws(BackplaneError) -> Tensor
  {
    guard a.layout.rank == 2, x.layout.rank == 1, c.layout.rank <= 1 else {
      throw BackplaneError(
        .shape,
        "vector + matrix @ vector expected, got \(c.layout.rank), \(a.layout.rank), \(x.layout.rank)")
    }
    let (rows, columns, count) = (try extent(a, 0), try extent(a, 1), try extent(x, 0))
    guard columns == count else {
      throw BackplaneError(
        .shape, "size mismatch, got input (\(rows)), mat (\(rows)x\(columns)), vec (\(count))")
    }
    return try scaledSum(c, a, x, beta: beta, alpha: alpha)
  }

  static func addr(_ c: Tensor, _ x: Tensor, _ y: Tensor, beta: Scalar, alpha: Scalar) throws(BackplaneError) -> Tensor
  {
    try requireVector(x, "addr", "vec1")
    try requireVector(y, "addr", "vec2")
    if c.dtype == .bool, x.dtype == .bool, y.dtype == .bool {
      let product = try alpha.isTrue ? outer(x, y) : zeros([x.numel, y.numel], like: x)
      try requireExpandable(c, to: product.layout.shape)
      return try beta.isTrue ? binary(.bitwiseOr, c, product) : product
    }
    let dtype = DType.promote(c.dtype, DType.promote(x.dtype, y.dtype))
    try alpha.requireFits(dtype, roundingToInfinity: dtype.byteCount == 2)
    // α goes with the first vector, which is where PyTorch rounds it in.
    let factor: Scalar = dtype.category < .floatingPoint ? .int(alpha.int64) : alpha
    let scaled = try factor == .int(1) || factor == .double(1) ? cast(x, dtype) : mul(cast(x, dtype), factor)
    return try scaledSum(cast(c, dtype), outer(scaled, cast(y, dtype)), beta: beta, alpha: .int(1))
  }

  private static func requireBatches(_ a: Tensor, _ b: Tensor) throws(BackplaneError) {
    guard a.layout.rank == 3 else { throw BackplaneError(.shape, "batch1 must be a 3D tensor") }
    guard b.layout.rank == 3 else { throw BackplaneError(.shape, "batch2 must be a 3D tensor") }
    let (p, q) = (a.layout.shape, b.layout.shape)
    guard p[0] == q[0], p[2] == q[1] else { throw batchMismatch(a, b) }
  }

  /// Batches of matrices of which there are not equally many, or that do not fit one another.
  static func batchMismatch(_ a: Tensor, _ b: Tensor) -> BackplaneError {
    let (p, q) = (a.layout.shape, b.layout.shape)
    return BackplaneError(
      .shape,
      "Expected size for first two dimensions of batch2 tensor to be: [\(p[0]), \(p[2])] but got: "
        + "[\(q[0]), \(q[1])].")
  }

  static func baddbmm(
    _ c: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar, alpha: Scalar
  ) throws(BackplaneError) -> Tensor {
    try requireBatches(a, b)
    return try scaledSum(c, a, b, beta: beta, alpha: alpha)
  }

  /// The products of a batch are summed: one product of matrices laid side by side.
  static func addbmm(
    _ c: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar, alpha: Scalar
  ) throws(BackplaneError) -> Tensor {
    try requireBatches(a, b)
    let inner = try extent(a, 0) * extent(a, 2)
    return try scaledSum(
      c, reshape(transpose(a, 0, 1), [extent(a, 1), inner]), reshape(b, [inner, extent(b, 2)]), beta: beta, alpha: alpha
    )
  }

  // MARK: Chains

  /// A product of matrices in the order that costs least (Cormen et al., "Introduction to Algorithms", 15.2); the first
  /// and the last may be vectors.
  static func multiDot(_ tensors: [Tensor]) throws(BackplaneError) -> Tensor {
    let function = "multi_dot()"
    guard tensors.count >= 2 else {
      throw BackplaneError(.value, "\(function): expected at least 2 tensors but got \(tensors.count)")
    }
    var factors = tensors
    let last = tensors.count - 1
    for (i, x) in tensors.enumerated() {
      guard x.layout.rank == 2 || (x.layout.rank == 1 && (i == 0 || i == last)) else {
        throw BackplaneError(
          .shape,
          "\(function): \(i == 0 ? "the first" : i == last ? "the last" : "") tensor \(i) must be "
            + "\(i == 0 || i == last ? "1D or 2D" : "2D") but got \(x.layout.rank)D")
      }
      guard x.dtype == tensors[0].dtype else {
        throw BackplaneError(
          .dtype,
          "\(function): all tensors must have be the same dtype but tensor 0 is \(tensors[0].dtype) and tensor \(i) "
            + "\(x.dtype)")
      }
    }
    let isRow = factors[0].layout.rank == 1, isColumn = factors[last].layout.rank == 1
    if isRow { factors[0] = try unsqueeze(factors[0], 0) }
    if isColumn { factors[last] = try unsqueeze(factors[last], 1) }
    for i in 0..<last where factors[i].layout.elements[1] != factors[i + 1].layout.elements[0] {
      throw BackplaneError(
        .shape,
        "\(function): tensors \(i) and \(i + 1) with shapes \(factors[i].shape) and \(factors[i + 1].shape) cannot be "
          + "multiplied")
    }
    var result = try product(of: factors)
    if isRow { result = try squeeze(result, 0) }
    if isColumn { result = try squeeze(result, -1) }
    return result
  }

  private static func product(of factors: [Tensor]) throws(BackplaneError) -> Tensor {
    let n = factors.count
    let sizes = [factors[0].layout.elements[0]] + factors.map { $0.layout.elements[1] }
    var cost = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    var cut = [[Int]](repeating: [Int](repeating: 0, count: n), count: n)
    for length in 1..<n {
      for i in 0..<(n - length) {
        let j = i + length
        cost[i][j] = .infinity
        for k in i..<j {
          let total = cost[i][k] + cost[k + 1][j] + Double(sizes[i]) * Double(sizes[k + 1]) * Double(sizes[j + 1])
          if total < cost[i][j] { (cost[i][j], cut[i][j]) = (total, k) }
        }
      }
    }
    func product(_ i: Int, _ j: Int) throws(BackplaneError) -> Tensor {
      i == j ? factors[i] : try matmul(product(i, cut[i][j]), product(cut[i][j] + 1, j))
    }
    return try product(0, n - 1)
  }
}
