import DLPackABI

extension DType {
  /// The type as DLPack codes it.
  var dlpack: DLDataType {
    let code =
      switch self {
      case .bool: DLPACK_CODE_BOOL
      case .uint8: DLPACK_CODE_UINT
      case .int8, .int16, .int32, .int64: DLPACK_CODE_INT
      case .float16, .float32, .float64: DLPACK_CODE_FLOAT
      case .bfloat16: DLPACK_CODE_BFLOAT
      case .complex64, .complex128: DLPACK_CODE_COMPLEX
      }
    return DLDataType(code: UInt8(code), bits: UInt8(8 * byteCount), lanes: 1)
  }

  /// The type that DLPack codes so, or nil for one that tensors have not.
  init?(_ type: DLDataType) {
    let found = DType.allCases.first {
      let own = $0.dlpack
      return own.code == type.code && own.bits == type.bits && own.lanes == type.lanes
    }
    guard let found else { return nil }
    self = found
  }
}
