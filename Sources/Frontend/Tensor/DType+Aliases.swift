/// PyTorch's second names of types, after C's.
extension DType {
  /// PyTorch's second name of ``float16``.
  public static var half: DType { .float16 }
  /// PyTorch's second name of ``float32``.
  public static var float: DType { .float32 }
  /// PyTorch's second name of ``float64``.
  public static var double: DType { .float64 }
  /// PyTorch's second name of ``int16``.
  public static var short: DType { .int16 }
  /// PyTorch's second name of ``int32``.
  public static var int: DType { .int32 }
  /// PyTorch's second name of ``int64``.
  public static var long: DType { .int64 }
  /// PyTorch's second name of ``complex64``.
  public static var cfloat: DType { .complex64 }
  /// PyTorch's second name of ``complex128``.
  public static var cdouble: DType { .complex128 }
}
