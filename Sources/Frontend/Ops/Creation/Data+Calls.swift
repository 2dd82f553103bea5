// Tensors of numbers and nested lists, by name.

extension OperatorRegistry {
  mutating func addData() {
    add(
      "tensor(Any data, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False, Any? pin_memory=None)"
    ) {
      try OperatorRegistry.finish(Ops.tensor($0["data"], $0.dtype(), $0.device(), copy: true), $0)
    }
    add("new_tensor(Tensor input, Any data, *, ScalarType? dtype=None, Device? device=None, bool requires_grad=False)")
    {
      let x = $0.tensor("input")
      return try OperatorRegistry.finish(
        Ops.tensor($0["data"], $0.dtype() ?? x.dtype, $0.device() ?? x.device, copy: true), $0)
    }
    add("as_tensor(Any data, ScalarType? dtype=None, Device? device=None)") {
      try Ops.tensor($0["data"], $0.dtype(), $0.device(), copy: nil)
    }
    add("asarray(Any obj, *, ScalarType? dtype=None, Device? device=None, bool? copy=None, bool requires_grad=False)") {
      let copy = $0.optionalScalar("copy")?.isTrue
      return try OperatorRegistry.finish(Ops.tensor($0["obj"], $0.dtype(), $0.device(), copy: copy), $0)
    }
  }
}

extension Ops {
  /// A tensor of what stands between the brackets of `torch.tensor(…)`.
  ///
  /// - Parameter copy: Whether a tensor is copied; nil for only where it has to be.
  fileprivate static func tensor(
    _ data: Argument, _ dtype: DType?, _ device: Device?, copy: Bool?
  ) throws(BackplaneError) -> Tensor {
    if case .tensor(let x) = data {
      let context = try device.map { device throws(BackplaneError) in try Ops.context(device) } ?? x.context
      // Only a copy leaves the graph.
      let source = copy == true ? x.detach() : x
      let result = try cast(move(source, to: context), dtype ?? x.dtype)
      guard result === source else {
        guard copy != false else {
          throw BackplaneError(.value, "asarray: a tensor of another type or device cannot be had without a copy")
        }
        return result
      }
      return copy == true ? try clone(source) : x
    }
    guard copy != false else {
      throw BackplaneError(.value, "asarray: a tensor cannot share the memory of a \(data.typeName)")
    }
    let (shape, leaves) = try elements(of: data)
    let type = dtype ?? leaves.map(\.defaultDType).max { $0.rawValue < $1.rawValue } ?? .float32
    if !type.isComplex, let number = leaves.first(where: { $0.imaginary != 0 }) {
      throw BackplaneError(.dtype, "\(number): a complex number cannot become an element of type \(type)")
    }
    for leaf in leaves { try leaf.requireFits(type) }
    let result = try empty(shape, type, on: context(device))
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Swift.max(leaves.count * type.byteCount, 1), alignment: 16)
    defer { bytes.deallocate() }
    for (i, leaf) in leaves.enumerated() { HostElements.store(leaf, bytes.baseAddress!, i, type) }
    try Transfer.write(UnsafeRawBufferPointer(rebasing: bytes[..<(leaves.count * type.byteCount)]), to: result)
    return result
  }

  /// The shape of nested lists, as their first elements tell it, and all numbers in them.
  private static func elements(of data: Argument) throws(BackplaneError) -> (shape: [Int], leaves: [Scalar]) {
    var shape: [Int] = []
    var level = [data]
    // A level at a time, so that no depth of nesting is a depth of calls.
    while case .list(let first)? = level.first {
      guard shape.count < Layout.maximumRank else {
        throw BackplaneError(
          .shape, "a tensor has at most \(Layout.maximumRank) dimensions: the lists are nested deeper")
      }
      var next: [Argument] = []
      for element in level {
        guard case .list(let values) = element else {
          throw BackplaneError(.value, "expected sequence at dim \(shape.count) (got \(element.typeName))")
        }
        guard values.count == first.count else {
          throw BackplaneError(
            .shape, "expected sequence of length \(first.count) at dim \(shape.count) (got \(values.count))")
        }
        next += values
      }
      shape.append(first.count)
      level = next
    }
    var leaves: [Scalar] = []
    leaves.reserveCapacity(level.count)
    for leaf in level {
      if case .tensor(let x) = leaf {
        guard x.numel == 1 else {
          throw BackplaneError(.value, "only one element tensors can be converted to Python scalars")
        }
        leaves.append(try item(x))
      } else if let number = leaf.scalar {
        leaves.append(number)
      } else if case .list = leaf {
        throw BackplaneError(.value, "expected a number at dim \(shape.count) (got list)")
      } else {
        throw BackplaneError(.value, "new(): invalid data type '\(leaf.typeName)'")
      }
    }
    return (shape, leaves)
  }
}
