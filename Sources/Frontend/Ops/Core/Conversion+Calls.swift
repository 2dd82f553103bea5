// Conversions by name.

extension OperatorRegistry {
  mutating func addConversion() {
    add("clone(Tensor input, *, Any? memory_format=None)") { try Ops.clone($0.tensor("input")) }
    add("contiguous(Tensor input, *, Any? memory_format=None)") { try Ops.contiguous($0.tensor("input")) }
    add("detach(Tensor input)") { $0.tensor("input").detach() }
    let types: [(String, DType)] = [
      ("double", .float64), ("float", .float32), ("half", .float16), ("bfloat16", .bfloat16), ("long", .int64),
      ("int", .int32), ("short", .int16), ("char", .int8), ("byte", .uint8), ("bool", .bool),
    ]
    for (name, dtype) in types {
      add("\(name)(Tensor input, *, Any? memory_format=None)") { try Ops.cast($0.tensor("input"), dtype) }
    }
    let transfer = "bool non_blocking=False, bool copy=False, *, Any? memory_format=None"
    add("to(Tensor input, ScalarType dtype, \(transfer))") {
      try Ops.to($0.tensor("input"), nil, $0.dtype(), copy: $0.bool("copy"))
    }
    add("to(Tensor input, Device? device=None, ScalarType? dtype=None, \(transfer))") {
      try Ops.to($0.tensor("input"), $0.device(), $0.dtype(), copy: $0.bool("copy"))
    }
    add("to(Tensor input, Tensor other, \(transfer))") { a in
      let other = a.tensor("other")
      return try Ops.to(a.tensor("input"), other.device, other.dtype, copy: a.bool("copy"))
    }
    add("cpu(Tensor input, *, Any? memory_format=None)") {
      try Ops.to($0.tensor("input"), .processor, nil, copy: false)
    }
    add("cuda(Tensor input, Device? device=None, bool non_blocking=False, *, Any? memory_format=None)") {
      try Ops.to($0.tensor("input"), $0.device() ?? .cuda, nil, copy: false)
    }
    add("item(Tensor input)") { try Ops.item($0.tensor("input")) }
  }
}
