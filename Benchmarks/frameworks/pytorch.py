"""The rows in PyTorch, eager and compiled."""
import subprocess
import sys

import torch
from torch.nn import functional as F

from . import networks

def adam(weights, first, second, gradient):
    """A step of Adam as formulas, without correction of the bias."""
    first = first * 0.9 + gradient * 0.1
    second = second * 0.999 + gradient * gradient * 0.001
    return weights - first / (torch.sqrt(second) + 1e-8) * 0.001, first, second


# Rows that are one function of their inputs.
FUNCTIONS = {
    "add_alloc_16M": torch.add,
    "chain_16M": lambda a, b: torch.tanh(a * b + 0.5) * b - a,
    "adam_by_hand_16M": adam,
    "gelu_16M": F.gelu,
    "bmm_64x128": torch.bmm,
    "softmax_4096x1024": lambda x: F.softmax(x, 1),
    "layernorm_4096x1024": lambda x: F.layer_norm(x, x.shape[1:]),
    "batchnorm_32x64x56": lambda x: F.batch_norm(x, None, None, training=True),
    "cross_entropy_64x1000": F.cross_entropy,
    "sum_4M": torch.sum,
    "var_4M": torch.var,
    "cumsum_4M": lambda x: torch.cumsum(x, 0),
    "sum_dim0_4096x1024": lambda x: x.sum(0),
    "argmax_dim1_4096x1024": lambda x: x.argmax(1),
    "where_16M": lambda a, b: torch.where(a > 0, a, b),
    "masked_select_4M": lambda x: x[x > 0],
    "cat_4x4M": lambda x: torch.cat([x, x, x, x]),
    "sort_4M": torch.sort,
    "topk100_4M": lambda x: torch.topk(x, 100),
    "unique_4M_int": torch.unique,
    "add_strided_2048": lambda a, b: a.t() + b,
    "solve_512": torch.linalg.solve,
    "cholesky_512": torch.linalg.cholesky,
    "svd_512": torch.linalg.svd,
    "eigh_512": torch.linalg.eigh,
    "fft_1M": torch.fft.fft,
    "interpolate_bilinear_x2_8x64x56": lambda x: F.interpolate(x, scale_factor=2.0, mode="bilinear"),
    "transpose_copy_4096x1024": lambda x: x.t().contiguous(),
    "index_select_64K_of_4096x256": lambda x, places: x.index_select(0, places),
    "embedding_64K_of_4096x256": lambda x, places: F.embedding(places, x),
    "conv3x3_32x64x56": lambda x, weight: F.conv2d(x, weight, padding=1),
    "conv5x5_32x3x64": lambda x, weight: F.conv2d(x, weight, padding=2),
    "conv3x3_depthwise_32x64x56": lambda x, weight: F.conv2d(x, weight, padding=1, groups=64),
    "conv1x1_32x64x56": F.conv2d,
    "conv_transpose3x3_s2_8x64x28": lambda x, weight: F.conv_transpose2d(
        x, weight, stride=2, padding=1, output_padding=1),
    "maxpool2_32x64x56": lambda x: F.max_pool2d(x, 2),
    "sdpa_8x8x512x64": F.scaled_dot_product_attention,
    "sdpa_causal_8x8x512x64": lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
}


def many_additions(a, b):
    # A loop of its own: a call in between would cost as much as the addition.
    def run():
        for _ in range(1000):
            result = torch.add(a, b)
        return result

    return run


def into(function, shape=lambda x, *_: x.shape):
    """With an output that is given."""

    def prepare(*inputs):
        out = torch.empty(shape(*inputs))
        return lambda: function(*inputs, out=out)

    return prepare


def normal_numbers():
    generator = torch.Generator().manual_seed(0)
    return lambda: torch.randn(1 << 22, generator=generator)


def decoding(ids):
    network = networks.Decoder().eval()
    return lambda: network(ids)


def recognition(image):
    network = networks.resnet18().eval()
    return lambda: network(image)


def process_start():
    program = "import torch; assert (torch.tensor([1.0, 2.0]) + torch.tensor([3.0, 4.0])).tolist() == [4, 6]"
    return lambda: subprocess.run([sys.executable, "-c", program], check=True)


# Rows with a state of their own: what makes the function without arguments that is run.
PREPARED = {
    "dispatch_add4": many_additions,
    "add_16M": into(torch.add),
    **{f"{name}_128K": into(getattr(torch, name)) for name in ("exp", "tanh", "sin", "sigmoid", "log")},
    **{f"matmul_{n}": into(torch.mm) for n in (64, 256, 512, 1024, 2048)},
    "randn_4M": normal_numbers,
    "gpt_decode_12x256_ctx64": decoding,
    "resnet18_infer_b1": recognition,
    "process_start": process_start,
}


def convolution_and_gradients(x, weight):
    x.requires_grad_(), weight.requires_grad_()
    return lambda: torch.autograd.grad(F.conv2d(x, weight, padding=1).sum(), (x, weight))


def attention_and_gradients(causal):
    def prepare(q, k, v):
        inputs, incoming = [x.requires_grad_() for x in (q, k, v)], torch.randn(q.shape)

        def run():
            result = F.scaled_dot_product_attention(*inputs, is_causal=causal)
            return result, *torch.autograd.grad(result, inputs, incoming)

        return run

    return prepare


def adam(network):
    return torch.optim.Adam(network.parameters(), 1e-3)


def momentum(network):
    return torch.optim.SGD(network.parameters(), 0.01, momentum=0.9)


# Rows of training: the network, its optimizer, and the step over a batch.
TRAINING = {
    "mlp_train_step_b64": (networks.perceptron, adam, networks.classification),
    "cnn_train_step_b64": (networks.convolutional, adam, networks.classification),
    "lstm_train_16x64x256": (networks.TextModel, adam, networks.classification),
    "transformer_layer_train_8x128x256": (networks.encoder_layer, adam, networks.mean_square),
    "resnet18_train_b8_112": (networks.resnet18, momentum, networks.classification),
}

# Rows of gradients without a network.
GRADIENTS = {
    "conv3x3_fwd_bwd_32x64x56": convolution_and_gradients,
    "sdpa_fwd_bwd_8x8x512x64": attention_and_gradients(causal=False),
    "sdpa_causal_fwd_bwd_8x8x512x64": attention_and_gradients(causal=True),
}


class Eager:
    """PyTorch as it is called."""

    name = "torch"
    version = torch.__version__
    rows = {*FUNCTIONS, *PREPARED, *GRADIENTS, *TRAINING}

    def compiled(self, function):
        return function

    def use(self, threads):
        torch.set_num_threads(threads)

    def prepare(self, name, inputs):
        """The function without arguments that is run again and again."""
        torch.manual_seed(0)
        torch.set_grad_enabled(name in GRADIENTS or name in TRAINING)
        inputs = [torch.from_numpy(x) for x in inputs]
        if name in TRAINING:
            network, optimizer, step = TRAINING[name]
            network = network()
            return step(self.compiled(network), optimizer(network), *inputs)
        if name in FUNCTIONS:
            function = self.compiled(FUNCTIONS[name])
            return lambda: function(*inputs)
        return (PREPARED.get(name) or GRADIENTS[name])(*inputs)

    def wait(self, result):
        return result

    def arrays(self, result):
        """As numpy's."""
        if isinstance(result, torch.Tensor):
            return result.detach().numpy()
        return tuple(self.arrays(part) for part in result) if isinstance(result, tuple) else result


class Compiled(Eager):
    """PyTorch through torch.compile, where it can put passes together."""

    name = "torch.compile"
    rows = {
        "chain_16M", "adam_by_hand_16M", "gelu_16M", "softmax_4096x1024", "layernorm_4096x1024",
        "mlp_train_step_b64", "cnn_train_step_b64", "transformer_layer_train_8x128x256",
    }

    def compiled(self, function):
        return torch.compile(function)
