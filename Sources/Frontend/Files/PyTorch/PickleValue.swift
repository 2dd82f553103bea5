/// A value of a pickle as it stands there. What has parts is known by its place among the pickle's objects, so that what
/// contains itself does no harm.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  /// A whole number beyond `Int`, little-endian.
  case long([UInt8])
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case global(PickleGlobal)
  case object(Int32)
}

/// A value that has parts, which may come after others refer to it.
struct PickleObject {
  enum Kind: Equatable {
    case list, tuple, set
    /// Keys and values in turn.
    case dictionary, orderedDictionary
    /// A function of the list below and its arguments: nothing was called.
    case call(PickleGlobal)
    /// What a persistent id tells of the elements of tensors.
    case storage
  }

  let kind: Kind
  var parts: [PickleValue]
}

/// The names that a pickle may refer to: functions that put tensors together, and types. Others are refused as the
/// pickle is read.
///
/// PyTorch's own list, for `torch.load(weights_only=True)`, stands in torch/_weights_only_unpickler.py. NumPy's scalars
/// are here too, which old checkpoints have as losses.
enum PickleGlobal: Equatable {
  case orderedDictionary, counter, set, bytearray, complex, encode
  case rebuildTensor, rebuildTensorV2, rebuildTensorV3, rebuildParameter, rebuildParameterWithState, rebuildFromType
  case tensorClass, parameterClass
  case size, device
  case dtype(DType)
  /// The storage's type; nil for one that knows no type of its own.
  case storage(DType?)
  case numpyScalar, numpyDType

  /// What became of a name.
  enum Verdict {
    case known(PickleGlobal)
    /// A type that PyTorch's tensors may have and these have not.
    case unknownType
    case refused
  }

  private static let functions: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDictionary, "collections.Counter": .counter, "builtins.set": .set,
    "__builtin__.set": .set, "builtins.bytearray": .bytearray, "__builtin__.bytearray": .bytearray,
    "builtins.complex": .complex, "__builtin__.complex": .complex, "_codecs.encode": .encode,
    "torch._utils._rebuild_tensor": .rebuildTensor, "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
    "torch._utils._rebuild_tensor_v3": .rebuildTensorV3, "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch._utils._rebuild_parameter_with_state": .rebuildParameterWithState,
    "torch._tensor._rebuild_from_type_v2": .rebuildFromType, "torch.Tensor": .tensorClass,
    "torch.nn.parameter.Parameter": .parameterClass, "torch.nn.parameter.Buffer": .tensorClass,
    "torch.Size": .size, "torch.device": .device, "torch.storage.UntypedStorage": .storage(nil),
    "torch.UntypedStorage": .storage(nil), "numpy.core.multiarray.scalar": .numpyScalar,
    "numpy._core.multiarray.scalar": .numpyScalar, "numpy.dtype": .numpyDType,
  ]

  /// PyTorch's names of the types of storages.
  private static let storages: [String: DType] = [
    "Bool": .bool, "Byte": .uint8, "Char": .int8, "Short": .int16, "Int": .int32, "Long": .int64, "Half": .float16,
    "BFloat16": .bfloat16, "Float": .float32, "Double": .float64, "ComplexFloat": .complex64,
    "ComplexDouble": .complex128,
  ]

  /// What tensors of PyTorch may be made of beside these.
  private static let otherTypes: Set<String> = [
    "uint16", "uint32", "uint64", "complex32", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
    "float8_e8m0fnu", "float4_e2m1fn_x2", "quint8", "qint8", "qint32", "quint4x2", "quint2x4",
  ]

  static func verdict(_ module: String, _ name: String) -> Verdict {
    if let known = functions["\(module).\(name)"] { return .known(known) }
    guard module == "torch" || module == "torch.storage" || module == "torch.cuda" else { return .refused }
    if name.hasSuffix("Storage") {
      let type = String(name.dropLast("Storage".count))
      if let dtype = storages[type] { return .known(.storage(dtype)) }
      return type.hasPrefix("Q") || type == "ComplexHalf" ? .unknownType : .refused
    }
    guard module == "torch" else { return .refused }
    if let dtype = DType.allCases.first(where: { $0.description == name }) { return .known(.dtype(dtype)) }
    return otherTypes.contains(name) ? .unknownType : .refused
  }

  /// PyTorch's name of the storages of a type.
  static func storageName(_ dtype: DType) -> String {
    (storages.first { $0.value == dtype }?.key ?? "Untyped") + "Storage"
  }
}
