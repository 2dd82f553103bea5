/// PyTorch's name of a `BP_DTYPE`, such as `float32`; nil for a number that is none.
package func dtypeName(_ dtype: Int32) -> String? {
  let names = [
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
    "complex128",
  ]
  return names.indices.contains(Int(dtype) - 1) ? names[Int(dtype) - 1] : nil
}
