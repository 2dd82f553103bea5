import Backplane
import TestSupport
import Testing

/// Misuse is an error that a program can go on from, in PyTorch's words.
@Suite struct MisuseTests {
  struct Misuse: Sendable, CustomTestStringConvertible {
    let message: String
    let body: @Sendable () throws -> Void

    init(_ message: String, _ body: @escaping @Sendable () throws -> Void) {
      self.message = message
      self.body = body
    }

    var testDescription: String { message }
  }

  @Test(arguments: shapes + indices + types + matrices + gradients) func isSaidInPyTorchsWords(_ misuse: Misuse) {
    let message = errorMessage(misuse.body)
    #expect(message.hasPrefix(misuse.message))
    #expect(Tensor.ones([2]).sum().item() == 2)
  }

  /// Outside `withErrors` it ends the program, which loses nothing of what it has printed.
  @Test func endsAProgramAfterWhatItPrinted() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      print("printed before")
      _ = Tensor.ones([2]) + Tensor.ones([3])
      print("printed after")
    }
    let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    #expect(output.contains("printed before") && !output.contains("printed after"))
    let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(errors.contains("The size of tensor a (2) must match the size of tensor b (3)"))
  }

  private static var whole: Tensor { Tensor.arange(6).view(2, 3) }
  private static var real: Tensor { whole.float() }
  private static var leaf: Tensor { Tensor.ones([2], requiresGrad: true) }

  static let shapes = [
    Misuse("The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1") {
      _ = Tensor.ones([2, 3]) + Tensor.ones([3, 2])
    },
    Misuse("The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1") {
      real.copy_(Tensor.ones([4]))
    },
    Misuse(
      "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
    ) { _ = whole.t().view(6) },
    Misuse("shape '[4, -1]' is invalid for input of size 6") { _ = whole.reshape(4, -1) },
    Misuse("only one dimension can be inferred") { _ = whole.reshape(-1, -1) },
    Misuse(
      "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number 1 in the list."
    ) { _ = cat([Tensor.ones([2, 3]), Tensor.ones([2, 2])]) },
    Misuse("Tensors must have same number of dimensions: got 2 and 1") {
      _ = cat([Tensor.ones([2, 3]), Tensor.ones([2])])
    },
    Misuse("cat(): expected a non-empty list of Tensors") { _ = cat([]) },
    Misuse("stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1") {
      _ = stack([Tensor.ones([2]), Tensor.ones([3])])
    },
    Misuse("stack expects a non-empty TensorList") { _ = stack([]) },
    Misuse(
      "The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 1.  Target sizes: [2, 4].  Tensor sizes: [2, 3]"
    ) { _ = whole.expand(2, 4) },
    Misuse(
      "expand(LongTensor{[2, 3]}, size=[3]): the number of sizes provided (1) must be greater or equal to the number of dimensions in the tensor (2)"
    ) { _ = whole.expand(3) },
    Misuse("The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension") {
      _ = Tensor.ones([3]).expand(-1, 3)
    },
    Misuse("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor") {
      _ = whole.repeat(2)
    },
    Misuse("maximum size for tensor at dimension 0 is 2 but size is 3") { _ = whole.unfold(0, 3, 1) },
    Misuse("unflatten: Provided sizes [2, 2] don't multiply up to the size of dim 1 (3) in the input tensor") {
      _ = whole.unflatten(1, [2, 2])
    },
    Misuse("flatten() has invalid args: start_dim cannot come after end_dim") { _ = whole.flatten(1, 0) },
    Misuse("t() expects a tensor with <= 2 dimensions, but self is 3D") { _ = Tensor.ones([2, 2, 2]).t() },
    Misuse(
      "split_with_sizes expects split_sizes to sum exactly to 2 (input tensor's size at dimension 0), but got split_sizes=[1, 2]"
    ) { _ = whole.split([1, 2]) },
    Misuse("split expects split_size be non-negative, but got split_size=-1") { _ = whole.split(-1) },
    Misuse("chunk expects `chunks` to be greater than 0, got: 0") { _ = whole.chunk(0) },
    Misuse("a Tensor with 6 elements cannot be converted to Scalar") { _ = whole.item() },
    Misuse(
      "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    ) { _ = Tensor.zeros([0]).max() },
    Misuse("max(): Expected reduction dim 0 to have non-zero size.") { _ = Tensor.zeros([0, 2]).max(0) },
    Misuse("Trying to create tensor with negative dimension -1: [2, -1]") { _ = Tensor.zeros([2, -1]) },
    Misuse("upper bound and lower bound inconsistent with step sign") { _ = Tensor.arange(3, 0) },
    Misuse("number of steps must be non-negative") { _ = Tensor.linspace(0, 1, steps: -1) },
    Misuse("random_ expects 'from' to be less than 'to', but got from=3 >= to=3") { _ = Tensor.randint(3, 3, [1]) },
    Misuse("The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0") {
      _ = `where`(Tensor([true]), Tensor.ones([2]), Tensor.ones([3]))
    },
    Misuse(
      "setStorage: sizes [3, 3], strides [3, 1], storage offset 0, and itemsize 8 requiring a storage size of 72 are out of bounds for storage of size 48"
    ) { _ = whole.asStrided([3, 3], [3, 1]) },
  ]

  static let indices = [
    Misuse("Dimension out of range (expected to be in range of [-2, 1], but got 2)") { _ = real.sum(2) },
    Misuse("Dimension out of range (expected to be in range of [-2, 1], but got 3)") { _ = whole.squeeze(3) },
    Misuse("Dimension out of range (expected to be in range of [-3, 2], but got 5)") { _ = whole.unsqueeze(5) },
    Misuse("permute(): duplicate dims are not allowed.") { _ = whole.permute(0, 0) },
    Misuse(
      "permute: number of dimensions in the tensor input does not match the length of the desired ordering of dimensions"
    ) { _ = whole.permute(0) },
    Misuse("dim 0 appears multiple times in the list of dims") { _ = whole.flip(0, 0) },
    Misuse("index 5 is out of bounds for dimension 0 with size 2") { _ = whole[5] },
    Misuse("too many indices for tensor of dimension 2") { _ = whole[0, 0, 0] },
    Misuse("index 2 is out of bounds for dimension 0 with size 2") { _ = whole[Tensor([0, 2])] },
    Misuse("The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3] at index 0") {
      _ = whole[Tensor([true, false, true])]
    },
    Misuse("index 4 is out of bounds for dimension 0 with size 2") { _ = whole.select(0, 4) },
    Misuse("start (1) + length (3) exceeds dimension size (2).") { _ = whole.narrow(0, 1, 3) },
    Misuse("narrow(): length must be non-negative.") { _ = whole.narrow(0, 1, -1) },
    Misuse("index 3 is out of bounds for dimension 1 with size 3") { _ = whole.gather(1, Tensor([[3]])) },
    Misuse("Index tensor must have the same number of dimensions as input tensor") { _ = whole.gather(1, Tensor([1])) },
    Misuse("index 2 is out of bounds for dimension 0 with size 2") {
      _ = Tensor.zeros([2]).scatter(0, Tensor([2]), Tensor.ones([1]))
    },
    Misuse("index out of range in self") { _ = whole.indexSelect(0, Tensor([2])) },
    Misuse("index_select(): Index is supposed to be a vector") { _ = whole.indexSelect(0, Tensor([[0]])) },
    Misuse("out of range: tried to access index 6 on a tensor of 6 elements.") { _ = whole.take(Tensor([6])) },
    Misuse("The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1") {
      _ = whole.maskedSelect(Tensor([true, false]))
    },
    Misuse("selected index k out of range") { _ = whole.topk(4) },
    Misuse("kthvalue(): selected number k out of range for dimension 1") { _ = whole.kthvalue(4) },
    Misuse("Class values must be smaller than num_classes.") { _ = F.oneHot(Tensor([3]), numClasses: 2) },
    Misuse("Target 5 is out of bounds.") { _ = F.crossEntropy(real, Tensor([0, 5])) },
    Misuse("Expected input batch_size (2) to match target batch_size (1).") { _ = F.crossEntropy(real, Tensor([0])) },
  ]

  static let types = [
    Misuse("result type Float can't be cast to the desired output type Long") { whole.add_(1.5) },
    Misuse(
      "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Long"
    ) { _ = whole.mean() },
    Misuse("Negation, the `-` operator, on a bool tensor is not supported.") { _ = -Tensor([true]) },
    Misuse("Subtraction, the `-` operator, with two bool tensors is not supported.") {
      _ = Tensor([true]) - Tensor([true])
    },
    Misuse("where expected condition to be a boolean tensor, but got a tensor with dtype Float") {
      _ = `where`(Tensor.ones([2]), real[0, 0], real[0, 0])
    },
    Misuse("Integers to negative integer powers are not allowed.") { _ = whole ** -1 },
    Misuse("gather(): Expected dtype int32/int64 for index") { _ = whole.gather(1, Tensor([[1.0]])) },
    Misuse("floor is not supported for complex inputs") { _ = Tensor([ComplexFloat(0, 1)]).floor() },
    Misuse("quantile() q must be in the range [0, 1] but got 1.5") { _ = real.quantile(1.5) },
    Misuse("bincount only supports 1-d non-negative integral inputs.") { _ = Tensor([-1]).bincount() },
    Misuse("invalid multinomial distribution (sum of probabilities <= 0)") { _ = Tensor.zeros([2]).multinomial(1) },
  ]

  static let matrices = [
    Misuse("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)") {
      _ = Tensor.ones([2, 3]).matmul(Tensor.ones([2, 3]))
    },
    Misuse(
      "inconsistent tensor size, expected tensor [3] and src [2] to have the same number of elements, but got 3 and 2 elements respectively"
    ) { _ = Tensor.ones([3]).dot(Tensor.ones([2])) },
    Misuse("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x1)") { _ = Tensor.ones([2, 3]).mv(Tensor.ones([2])) },
    Misuse("bmm: Expected self to be a 3-D tensor, but got 2-D") { _ = Tensor.ones([2, 3]).bmm(Tensor.ones([2, 3])) },
    Misuse("both arguments to matmul need to be at least 1D, but they are 0D and 1D") {
      _ = Tensor(1.0).matmul(Tensor.ones([2]))
    },
    Misuse("mat1 and mat2 shapes cannot be multiplied (2x4 and 3x1)") { _ = Linear(3, 1)(Tensor.ones([2, 4])) },
    Misuse(
      "Given groups=1, weight of size [1, 3, 1], expected input[1, 2, 3] to have 3 channels, but got 2 channels instead"
    ) { _ = F.conv1d(Tensor.ones([1, 2, 3]), Tensor.ones([1, 3, 1])) },
    Misuse("einsum(): subscript j has size 2 for operand 1 which does not broadcast with previously seen size 3") {
      _ = einsum("ij,jk", real, real)
    },
    Misuse("einsum(): fewer operands were provided than specified in the equation") { _ = einsum("ij,jk->ik", real) },
    Misuse("linalg.solve: Expected a floating point or complex tensor as input. Got Long") {
      _ = Linalg.solve(whole[.all, 0..<2], whole[.all, 0])
    },
    Misuse("linalg.det: A must be batches of square matrices, but they are 2 by 3 matrices") { _ = Linalg.det(real) },
    Misuse("linalg.solve: The solver failed because the input matrix is singular.") {
      _ = Linalg.solve(Tensor.ones([2, 2]), Tensor.ones([2]))
    },
    Misuse("linalg.inv: (Batch element 0): The diagonal element") { _ = Linalg.inv(Tensor.zeros([2, 2, 2])) },
    Misuse(
      "linalg.cholesky: (Batch element 1): The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite)."
    ) { _ = Linalg.cholesky(stack([Tensor.eye(2), -Tensor.eye(2)])) },
    Misuse("trace: expected a matrix, but got tensor with dim 1") { _ = Tensor.ones([3]).trace() },
  ]

  static let gradients = [
    Misuse("a leaf Variable that requires grad is being used in an in-place operation.") { leaf.add_(1) },
    Misuse("a view of a leaf Variable that requires grad is being used in an in-place operation.") {
      leaf[0..<1].add_(1)
    },
    Misuse("grad can be implicitly created only for scalar outputs") { (leaf * 2).backward() },
    Misuse("Trying to backward through the graph a second time") {
      let y = (leaf * leaf).sum()
      y.backward()
      y.backward()
    },
    Misuse("Only Tensors of floating point and complex dtype can require gradients") {
      _ = Tensor([1], requiresGrad: true)
    },
    Misuse("element 0 of tensors does not require grad and does not have a grad_fn") { Tensor.ones([1]).backward() },
    Misuse("Mismatch in shape: grad_output[0] has a shape of [3] and output[0] has a shape of [2].") {
      (leaf * 2).backward(gradient: Tensor.ones([3]))
    },
    Misuse("The differentiated Tensor at index 0 appears to not have been used in the graph.") {
      _ = grad(leaf.sum(), leaf)
    },
    Misuse("can't retain_grad on Tensor that has requires_grad=False") { Tensor.ones([1]).retainGrad() },
    Misuse("cannot register a hook on a tensor that doesn't require gradient") { Tensor.ones([1]).registerHook { $0 } },
  ]
}
