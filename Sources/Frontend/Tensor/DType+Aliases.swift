/// PyTorch's second names of types, after C's.
extension DType {
  public static var half: DType { .float16 }
  public static var float: DType { .float32 }
  public static var double: DType { .float64 }
  public static var short: DType { .int16 }
  public static var int: DType { .int32 }
  public static var long: DType { .int64 }
  public static var cfloat: DType { .complex64 }
  public static var cdouble: DType { .complex128 }
}
