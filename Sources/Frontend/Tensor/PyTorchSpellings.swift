// PyTorch's spellings that are others here, so that the compiler says which.

/// What stands behind a name of PyTorch's that is spelled otherwise here: whatever is called and asked of it compiles, so
/// that the one message of the compiler is the one about the name.
@dynamicCallable
@dynamicMemberLookup
public struct PyTorchSpelling {
  /// Takes any arguments, so that a call under PyTorch's spelling compiles but for the name.
  @discardableResult
  public func dynamicallyCall(withKeywordArguments arguments: KeyValuePairs<String, Any>) -> Tensor {
    fatalError("unavailable")
  }
  /// Takes any member, so that a chain under PyTorch's spelling compiles but for the name.
  public subscript(dynamicMember name: String) -> PyTorchSpelling { self }
  /// Takes any member as a type, so that `torch.float32` compiles but for the name.
  @_disfavoredOverload
  public subscript(dynamicMember name: String) -> DType { fatalError("unavailable") }
}

@available(
  *, unavailable,
  message:
    "there is no prefix: torch.zeros(2, 3) is Tensor.zeros(2, 3), torch.cat is cat, torch.matmul(x, y) is x.matmul(y), torch.float32 is .float32, and names are in Swift's case: torch.no_grad is noGrad { }"
)
public var torch: PyTorchSpelling { fatalError("unavailable") }
@available(
  *, unavailable,
  message: "there is no prefix: nn.Linear(3, 1) is Linear(3, 1), nn.Module is Module, nn.functional is F"
)
public var nn: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "there is no prefix: optim.SGD(…) is SGD(model.parameters(), lr: 0.1)")
public var optim: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, renamed: "Linalg")
public var linalg: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, renamed: "FFT")
public var fft: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, renamed: "Signal")
public var signal: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, renamed: "Special")
public var special: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "Tensor([[1, 2], [3, 4]]) makes a tensor of numbers")
public var tensor: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.zeros(2, 3)")
public var zeros: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.ones(2, 3)")
public var ones: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.rand(2, 3)")
public var rand: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.randn(2, 3)")
public var randn: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.arange(10)")
public var arange: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.full([2, 3], 1.5)")
public var full: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.eye(3)")
public var eye: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.linspace(0, 1, 5)")
public var linspace: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.zerosLike(x)")
public var zeros_like: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "functions that make tensors are Tensor's: Tensor.onesLike(x)")
public var ones_like: PyTorchSpelling { fatalError("unavailable") }
@available(*, unavailable, message: "the larger of each pair of elements is x.maximum(y)")
public func max(_ x: Tensor, _ y: Tensor) -> Tensor { fatalError("unavailable") }
@available(*, unavailable, message: "the smaller of each pair of elements is x.minimum(y)")
public func min(_ x: Tensor, _ y: Tensor) -> Tensor { fatalError("unavailable") }
@available(*, unavailable, message: "functions of one tensor are its methods: x.abs()")
public func abs(_ x: Tensor) -> Tensor { fatalError("unavailable") }
@available(*, unavailable, renamed: "noGrad(_:)")
public func no_grad<Result>(_ body: () throws -> Result) rethrows -> Result { fatalError("unavailable") }
@available(*, unavailable, renamed: "manualSeed(_:)")
public func manual_seed(_ seed: Int) { fatalError("unavailable") }

extension Tensor {
  @available(*, unavailable, renamed: "requiresGrad_")
  public var requires_grad_: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "gradFn")
  public var grad_fn: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "isLeaf")
  public var is_leaf: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "retainGrad")
  public var retain_grad: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "registerHook")
  public var register_hook: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "isContiguous")
  public var is_contiguous: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "storageOffset")
  public var storage_offset: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "maskedFill")
  public var masked_fill: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "maskedFill_")
  public var masked_fill_: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "maskedSelect")
  public var masked_select: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "maskedScatter")
  public var masked_scatter: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "indexSelect")
  public var index_select: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "indexAdd")
  public var index_add: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "indexAdd_")
  public var index_add_: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "indexFill")
  public var index_fill: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "indexCopy")
  public var index_copy: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "scatterAdd")
  public var scatter_add: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "scatterAdd_")
  public var scatter_add_: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logSoftmax")
  public var log_softmax: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "repeatInterleave")
  public var repeat_interleave: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "countNonzero")
  public var count_nonzero: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "typeAs")
  public var type_as: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "viewAs")
  public var view_as: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "expandAs")
  public var expand_as: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "reshapeAs")
  public var reshape_as: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "broadcastTo")
  public var broadcast_to: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "newZeros")
  public var new_zeros: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "newOnes")
  public var new_ones: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "newTensor")
  public var new_tensor: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "floorDivide")
  public var floor_divide: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logicalAnd")
  public var logical_and: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logicalOr")
  public var logical_or: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logicalXor")
  public var logical_xor: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logicalNot")
  public var logical_not: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "bitwiseAnd")
  public var bitwise_and: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "bitwiseOr")
  public var bitwise_or: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "isFloatingPoint")
  public var is_floating_point: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "isComplex")
  public var is_complex: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "nanToNum")
  public var nan_to_num: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "tensorSplit")
  public var tensor_split: PyTorchSpelling { fatalError("unavailable") }
  @available(
    *, unavailable,
    message:
      "x.toArray(Float.self) is a Swift array of the elements; try saveNPY(x, to: path) writes NumPy's file; DLPack shares memory"
  )
  public var numpy: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "x.toArray(Float.self) is a Swift array of the elements in row-major order")
  public var tolist: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "x.detach() shares the elements and is apart from the graph")
  public var data: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "x.dim is the number of dimensions")
  public var ndim: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "x.numel is the number of elements")
  public var nelement: PyTorchSpelling { fatalError("unavailable") }
  @available(
    *, unavailable,
    message: "optimizer.zeroGrad() and model.zeroGrad() forget gradients; x.grad = nil that of one tensor"
  )
  public var zero_grad: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "x.dtype.byteCount is the size of an element")
  public var element_size: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "try x.withUnsafeBytes { } gives the memory")
  public var data_ptr: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "x.device.type == \"cuda\" tells")
  public var is_cuda: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "requiresGrad")
  public var requires_grad: Bool {
    get { fatalError("unavailable") }
    set { fatalError("unavailable") }
  }
  @available(*, unavailable, message: "x & y is the logical and of two tensors of bools")
  public static func && (a: Tensor, b: Tensor) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, message: "x | y is the logical or of two tensors of bools")
  public static func || (a: Tensor, b: Tensor) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, message: "~x is the logical not of a tensor of bools")
  public static prefix func ! (x: Tensor) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, renamed: "to(_:)")
  public func type(_ dtype: DType) -> Tensor { fatalError("unavailable") }

  /// Equality of tensors is not one answer: `x .== y` compares the elements, `x.equal(y)` the whole.
  @available(*, unavailable, message: "x .== y compares elements, x.equal(y) tells whether all are equal")
  public static func == (a: Tensor, b: Any) -> Tensor { fatalError("unavailable") }
  /// Equality of tensors is not one answer: `x .!= y` compares the elements, `x.equal(y)` the whole.
  @available(*, unavailable, message: "x .!= y compares elements, x.equal(y) tells whether all are equal")
  public static func != (a: Tensor, b: Any) -> Tensor { fatalError("unavailable") }
  @available(*, unavailable, message: "x < y is a tensor of bools: (x < y).all().item(Bool.self) is one")
  public static func < (a: Tensor, b: Any) -> Bool { fatalError("unavailable") }
  @available(*, unavailable, message: "x <= y is a tensor of bools: (x <= y).all().item(Bool.self) is one")
  public static func <= (a: Tensor, b: Any) -> Bool { fatalError("unavailable") }
  @available(*, unavailable, message: "x > y is a tensor of bools: (x > y).all().item(Bool.self) is one")
  public static func > (a: Tensor, b: Any) -> Bool { fatalError("unavailable") }
  @available(*, unavailable, message: "x >= y is a tensor of bools: (x >= y).all().item(Bool.self) is one")
  public static func >= (a: Tensor, b: Any) -> Bool { fatalError("unavailable") }
}

extension Tensor {
  @available(*, unavailable, renamed: "zerosLike")
  public static var zeros_like: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "onesLike")
  public static var ones_like: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "fullLike")
  public static var full_like: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "emptyLike")
  public static var empty_like: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "randLike")
  public static var rand_like: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "randnLike")
  public static var randn_like: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "try loadNPY(path) reads NumPy's file; DLPack shares memory")
  public static var from_numpy: PyTorchSpelling { fatalError("unavailable") }
}

extension Module {
  @available(*, unavailable, renamed: "stateDict")
  public var state_dict: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "namedParameters")
  public func named_parameters() -> [(name: String, parameter: Tensor)] { fatalError("unavailable") }
  @available(*, unavailable, renamed: "namedBuffers")
  public func named_buffers() -> [(name: String, buffer: Tensor)] { fatalError("unavailable") }
  @available(*, unavailable, renamed: "namedChildren")
  public func named_children() -> [(name: String, module: Module)] { fatalError("unavailable") }
  @available(*, unavailable, renamed: "namedModules")
  public func named_modules() -> [(name: String, module: Module)] { fatalError("unavailable") }
  @available(*, unavailable, renamed: "zeroGrad")
  public var zero_grad: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "requiresGrad_")
  public var requires_grad_: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "load")
  public var load_state_dict: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "load")
  public var loadStateDict: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "@Buffer var name: Tensor marks a buffer")
  public var register_buffer: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "@Parameter var name: Tensor marks a parameter")
  public var register_parameter: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, message: "modules are found as stored properties: let name = Linear(3, 1)")
  public var add_module: PyTorchSpelling { fatalError("unavailable") }
}

extension Optimizer {
  @available(*, unavailable, renamed: "stateDict")
  public var state_dict: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "zeroGrad")
  public var zero_grad: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "load")
  public var load_state_dict: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "load")
  public var loadStateDict: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "parameterGroups")
  public var param_groups: [ParameterGroup] {
    get { fatalError("unavailable") }
    set { fatalError("unavailable") }
  }
  @available(*, unavailable, renamed: "parameterGroups")
  public var paramGroups: [ParameterGroup] {
    get { fatalError("unavailable") }
    set { fatalError("unavailable") }
  }
}

extension Functional {
  @available(*, unavailable, renamed: "crossEntropy")
  public static var cross_entropy: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "mseLoss")
  public static var mse_loss: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "l1Loss")
  public static var l1_loss: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "smoothL1Loss")
  public static var smooth_l1_loss: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "nllLoss")
  public static var nll_loss: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "klDiv")
  public static var kl_div: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "binaryCrossEntropy")
  public static var binary_cross_entropy: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "binaryCrossEntropyWithLogits")
  public static var binary_cross_entropy_with_logits: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "logSoftmax")
  public static var log_softmax: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "leakyRelu")
  public static var leaky_relu: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "maxPool2d")
  public static var max_pool2d: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "avgPool2d")
  public static var avg_pool2d: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "adaptiveAvgPool2d")
  public static var adaptive_avg_pool2d: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "batchNorm")
  public static var batch_norm: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "layerNorm")
  public static var layer_norm: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "groupNorm")
  public static var group_norm: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "oneHot")
  public static var one_hot: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "cosineSimilarity")
  public static var cosine_similarity: PyTorchSpelling { fatalError("unavailable") }
  @available(*, unavailable, renamed: "scaledDotProductAttention")
  public static var scaled_dot_product_attention: PyTorchSpelling { fatalError("unavailable") }
}
