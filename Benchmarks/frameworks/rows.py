"""The rows: the inputs of each, how long it is measured, and how its result is checked.

Names and amounts are those of the `benchmarks` program, so that the lines of both can be compared."""
import math
from dataclasses import dataclass, replace
from typing import Callable

import numpy as np

from . import checks
from .checks import elementwise, equals


@dataclass(frozen=True)
class Row:
    """One thing to measure."""

    # Makes the inputs, numpy arrays, with a generator.
    inputs: Callable
    check: Callable
    # Seconds after which there are no more runs than the least.
    budget: float = 0.6
    least: int = 5
    # How often one run repeats the work: for work that is shorter than the clock is exact.
    repetitions: int = 1
    # Whether a run is a step of training: what is checked is the losses of the first and the last.
    trains: bool = False


def normal(*shapes):
    return lambda g: tuple(g.standard_normal(shape, dtype=np.float32) for shape in shapes)


def vectors(count, n):
    return normal(*[(n,)] * count)


def positive(n):
    return lambda g: (np.abs(g.standard_normal(n, dtype=np.float32)) + np.float32(0.1),)


def weights_and_moments(n):
    """Weights, the two averages, of which the second is positive, and a gradient."""

    def inputs(g):
        weights, first, second, gradient = vectors(4, n)(g)
        return weights, first, np.abs(second), gradient

    return inputs


def integers(n, below):
    return lambda g: (g.integers(0, below, n),)


def table_and_places(g):
    return g.standard_normal((4096, 256), dtype=np.float32), g.integers(0, 4096, 1 << 16)


def scores_and_classes(rows, classes):
    return lambda g: (g.standard_normal((rows, classes), dtype=np.float32), g.integers(0, classes, rows))


def images_and_classes(shape, classes):
    return lambda g: (g.standard_normal(shape, dtype=np.float32), g.integers(0, classes, shape[0]))


def texts(g):
    return g.integers(0, 96, (16, 64)), g.integers(0, 96, 16 * 64)


def definite(g):
    """A positive definite matrix, and that from which it was made."""
    (a,) = normal((512, 512))(g)
    return a @ a.T + 512 * np.eye(512, dtype=np.float32), a


def first_of(inputs, which=0):
    return lambda g: (inputs(g)[which],)


def complex_numbers(g):
    real, imaginary = vectors(2, 1 << 20)(g)
    return (real + 1j * imaginary,)


IMAGES = (32, 64, 56, 56)
HEADS = [(8, 8, 512, 64)] * 3
TABLE = (4096, 1024)

ROWS = {
    "dispatch_add4": Row(vectors(2, 4), elementwise(np.add), repetitions=1000),
    "add_16M": Row(vectors(2, 1 << 24), elementwise(np.add)),
    "add_alloc_16M": Row(vectors(2, 1 << 24), elementwise(np.add)),
    "chain_16M": Row(vectors(2, 1 << 24), elementwise(lambda a, b: np.tanh(a * b + 0.5) * b - a)),
    "adam_by_hand_16M": Row(weights_and_moments(1 << 24), checks.adam),
    "exp_128K": Row(vectors(1, 1 << 17), elementwise(np.exp)),
    "tanh_128K": Row(vectors(1, 1 << 17), elementwise(np.tanh)),
    "sin_128K": Row(vectors(1, 1 << 17), elementwise(np.sin)),
    "sigmoid_128K": Row(vectors(1, 1 << 17), elementwise(lambda x: 1 / (1 + np.exp(-x)))),
    "log_128K": Row(positive(1 << 17), elementwise(np.log)),
    # JAX's own is by default the one by tanh, 5e-4 from the other at most.
    "gelu_16M": Row(vectors(1, 1 << 24), elementwise(checks.gelu, absolute=1e-3)),
    **{f"matmul_{n}": Row(normal((n, n), (n, n)), checks.product) for n in (64, 256, 512, 1024, 2048)},
    "bmm_64x128": Row(normal((64, 128, 128), (64, 128, 128)), checks.product),
    "softmax_4096x1024": Row(normal(TABLE), equals(checks.softmax)),
    "layernorm_4096x1024": Row(normal(TABLE), equals(lambda x: checks.normalize(x, (1,)))),
    "batchnorm_32x64x56": Row(normal(IMAGES), equals(lambda x: checks.normalize(x, (0, 2, 3)))),
    "cross_entropy_64x1000": Row(scores_and_classes(64, 1000), equals(checks.cross_entropy)),
    "sum_4M": Row(vectors(1, 1 << 22), checks.total),
    "var_4M": Row(vectors(1, 1 << 22), equals(lambda x: x.var(ddof=1))),
    "cumsum_4M": Row(vectors(1, 1 << 22), checks.running_total),
    "sum_dim0_4096x1024": Row(normal(TABLE), equals(lambda x: x.sum(0), absolute=1e-3)),
    "argmax_dim1_4096x1024": Row(normal(TABLE), equals(lambda x: x.argmax(1), relative=0, absolute=0)),
    "where_16M": Row(vectors(2, 1 << 24), elementwise(lambda a, b: np.where(a > 0, a, b))),
    "masked_select_4M": Row(vectors(1, 1 << 22), equals(lambda x: x[x > 0], relative=0, absolute=0)),
    "cat_4x4M": Row(vectors(1, 1 << 22), equals(lambda x: np.tile(x, 4), relative=0, absolute=0)),
    "sort_4M": Row(vectors(1, 1 << 22), checks.ascending, least=3),
    "topk100_4M": Row(vectors(1, 1 << 22), checks.descending, least=3),
    "unique_4M_int": Row(integers(1 << 22, 1000), equals(np.unique, relative=0, absolute=0), least=3),
    "add_strided_2048": Row(normal((2048, 2048), (2048, 2048)), equals(lambda a, b: a.T + b)),
    "solve_512": Row(definite, checks.solution),
    "cholesky_512": Row(first_of(definite), checks.triangle),
    "svd_512": Row(normal((512, 512)), checks.singular_values, least=3),
    "eigh_512": Row(first_of(definite), checks.eigenvalues, least=3),
    "fft_1M": Row(complex_numbers, equals(np.fft.fft, absolute=2e-2)),
    "interpolate_bilinear_x2_8x64x56": Row(normal((8, 64, 56, 56)), equals(checks.bilinear_twice)),
    "transpose_copy_4096x1024": Row(normal(TABLE), equals(np.transpose, relative=0, absolute=0)),
    "index_select_64K_of_4096x256": Row(table_and_places, equals(lambda x, i: x[i], relative=0, absolute=0)),
    "embedding_64K_of_4096x256": Row(table_and_places, equals(lambda x, i: x[i], relative=0, absolute=0)),
    "randn_4M": Row(lambda g: (), checks.normal_numbers),
    "conv3x3_32x64x56": Row(normal(IMAGES, (64, 64, 3, 3)), checks.convolution(padding=1)),
    "conv5x5_32x3x64": Row(normal((32, 3, 64, 64), (32, 3, 5, 5)), checks.convolution(padding=2)),
    "conv3x3_depthwise_32x64x56": Row(normal(IMAGES, (64, 1, 3, 3)), checks.convolution(padding=1, groups=64)),
    "conv1x1_32x64x56": Row(normal(IMAGES, (128, 64, 1, 1)), checks.convolution()),
    "conv_transpose3x3_s2_8x64x28": Row(normal((8, 64, 28, 28), (64, 64, 3, 3)), checks.transposed_convolution),
    "conv3x3_fwd_bwd_32x64x56": Row(normal(IMAGES, (64, 64, 3, 3)), checks.convolution_gradients, budget=2),
    "maxpool2_32x64x56": Row(normal(IMAGES), equals(lambda x: x.reshape(32, 64, 28, 2, 28, 2).max((3, 5)))),
    "sdpa_8x8x512x64": Row(normal(*HEADS), checks.attention(causal=False)),
    "sdpa_causal_8x8x512x64": Row(normal(*HEADS), checks.attention(causal=True)),
    "sdpa_fwd_bwd_8x8x512x64": Row(normal(*HEADS), checks.attention(causal=False)),
    "sdpa_causal_fwd_bwd_8x8x512x64": Row(normal(*HEADS), checks.attention(causal=True)),
    "gpt_decode_12x256_ctx64": Row(lambda g: (g.integers(0, 512, (1, 64)),), checks.finite, least=3),
    "mlp_train_step_b64": Row(images_and_classes((64, 784), 10), checks.learns, trains=True),
    "lstm_train_16x64x256": Row(texts, checks.learns, budget=2, least=3, trains=True),
    "transformer_layer_train_8x128x256": Row(normal((8, 128, 256)), checks.learns, budget=2, trains=True),
    "cnn_train_step_b64": Row(images_and_classes((64, 1, 28, 28), 10), checks.learns, budget=2, trains=True),
    "resnet18_infer_b1": Row(normal((1, 3, 224, 224)), checks.finite, budget=2, least=3),
    "resnet18_train_b8_112": Row(
        images_and_classes((8, 3, 112, 112), 1000), checks.learns, budget=3, least=3, trains=True),
    "process_start": Row(lambda g: (), checks.nothing),
}

# How time grows with the number of elements of an input: the row whose function it is, and the inputs.
GROWING = {
    "add": ("add_alloc_16M", lambda n: vectors(2, n)),
    "exp": ("exp_128K", lambda n: vectors(1, n)),
    "chain": ("chain_16M", lambda n: vectors(2, n)),
    "gelu": ("gelu_16M", lambda n: vectors(1, n)),
    "sum": ("sum_4M", lambda n: vectors(1, n)),
    "cumsum": ("cumsum_4M", lambda n: vectors(1, n)),
    "softmax": ("softmax_4096x1024", lambda n: normal((n // 1000, 1000))),
    "layernorm": ("layernorm_4096x1024", lambda n: normal((n // 1000, 1000))),
    "transpose_copy": ("transpose_copy_4096x1024", lambda n: normal((math.isqrt(n), math.isqrt(n)))),
    "matmul": ("matmul_1024", lambda n: normal((math.isqrt(n), math.isqrt(n)), (math.isqrt(n), math.isqrt(n)))),
}
SIZES = [10**exponent for exponent in range(3, 9)]


def growing(name, elements):
    """The name of the row whose function is meant, and a row of so many elements."""
    base, inputs = GROWING[name]
    return base, replace(ROWS[base], inputs=inputs(elements), budget=0.3, least=3)
