"""What a right result is, by numpy in double precision.

A check is called with a row's last result, as numpy arrays, and its inputs, and raises `Wrong`. It takes less time than
the row: of many elements some are compared, of a matrix its product with a vector (Freivalds)."""
import math

import numpy as np

SAMPLES = 1 << 16


class Wrong(Exception):
    """A result that is not what was asked for."""


def compare(found, wanted, relative=1e-5, absolute=1e-5):
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape:
        raise Wrong(f"the shape is {found.shape}, should be {wanted.shape}")
    # Written so that a NaN is too far.
    near = np.abs(found - wanted) <= absolute + relative * np.abs(wanted)
    if not near.all():
        place = np.unravel_index(np.argmin(near), near.shape)
        raise Wrong(f"element {[int(i) for i in place]} is {found[place]}, should be {wanted[place]}")


def equals(expected, **tolerance):
    """All of the result, as `expected` makes it of the inputs in double precision."""

    def check(result, *inputs):
        compare(result, expected(*(double(x) for x in inputs)), **tolerance)

    return check


def elementwise(expected, **tolerance):
    """Some elements, each a function of the inputs' elements at its place."""

    def check(result, *inputs):
        if result.shape != inputs[0].shape:
            raise Wrong(f"the shape is {result.shape}, should be {inputs[0].shape}")
        step = max(1, result.size // SAMPLES)
        wanted = expected(*(double(x.reshape(-1)[::step]) for x in inputs))
        compare(result.reshape(-1)[::step], wanted, **tolerance)

    return check


def adam(result, *inputs):
    """A step of Adam without correction of the bias, of some elements."""
    step = max(1, inputs[0].size // SAMPLES)
    weights, first, second, gradient = (double(x[::step]) for x in inputs)
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient * gradient
    wanted = weights - 0.001 * first / (np.sqrt(second) + 1e-8), first, second
    for found, part in zip(result, wanted, strict=True):
        compare(found[::step], part)


def double(x):
    if x.dtype.kind == "c":
        return x.astype(np.complex128)
    return x.astype(np.float64) if x.dtype.kind == "f" else x


def gelu(x):
    return x / 2 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def softmax(x, axis=-1):
    shares = np.exp(x - x.max(axis, keepdims=True))
    return shares / shares.sum(axis, keepdims=True)


def normalize(x, axes):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


def cross_entropy(scores, classes):
    return -np.log(softmax(scores)[np.arange(len(classes)), classes]).mean()


def bilinear_twice(x):
    """Twice the extents; the centres of the new pixels lie a quarter of a pixel before and after the old ones."""
    for axis in (2, 3):
        last = x.shape[axis] - 1
        place = np.maximum((np.arange(2 * last + 2) + 0.5) / 2 - 0.5, 0)
        low = place.astype(int)
        share = (place - low).reshape([-1 if i == axis else 1 for i in range(4)])
        x = x.take(low, axis) * (1 - share) + x.take(np.minimum(low + 1, last), axis) * share
    return x


def total(result, x):
    """A sum of numbers that nearly cancel: good to a part of what was added."""
    compare(result, double(x).sum(), relative=0, absolute=1e-6 * float(np.abs(x).sum(dtype=np.float64)))


def running_total(result, x):
    step = max(1, x.size // SAMPLES)
    compare(result[::step], np.cumsum(x, dtype=np.float64)[::step], absolute=1e-6 * float(np.abs(x).sum(dtype=np.float64)))


def product(result, a, b):
    """The product of matrices, or of a batch of them."""
    vector = np.random.default_rng(1).uniform(-1, 1, (a.shape[-1], 1))
    compare(double(result) @ vector, double(a) @ (double(b) @ vector), absolute=2e-6 * a.shape[-1])


def descending(result, x):
    values, places = result
    compare(values, np.sort(x)[::-1][: len(values)], 0, 0)
    compare(x[places], values, 0, 0)


def ascending(result, x):
    values, places = result if isinstance(result, tuple) else (result, np.argsort(x, kind="stable"))
    compare(values, np.sort(x), 0, 0)
    compare(x[places], values, 0, 0)


def solution(result, spd, b):
    compare(double(spd) @ double(result), b, absolute=1e-2)


def triangle(result, spd):
    compare(np.tril(result), result, 0, 0)
    compare(double(result) @ double(result).T, spd, absolute=1e-2)


def singular_values(result, a):
    u, values, vh = (double(part) for part in result)
    compare((u * values) @ vh, a, absolute=1e-3)


def eigenvalues(result, spd):
    values, vectors = (double(part) for part in result)
    compare((vectors * values) @ vectors.T, spd, absolute=1e-2)


def normal_numbers(result):
    if result.size != 1 << 22 or abs(result.mean()) > 5e-3 or abs(result.std() - 1) > 5e-3:
        raise Wrong(f"{result.size} numbers of mean {result.mean()} and deviation {result.std()}")


def convolution(padding=0, groups=1):
    """Some of the result's pixels, at the edges and within."""

    def check(result, x, weight):
        outputs, channels, size = weight.shape[:3]
        padded = np.pad(double(x), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        last = result.shape[2] - 1
        for n, o, row, column in ((0, 0, 0, 0), (3, 7, last, 5), (5, outputs - 1, last // 2, last)):
            first = o // (outputs // groups) * channels
            window = padded[n, first : first + channels, row : row + size, column : column + size]
            compare(result[n, o, row, column], (window * weight[o]).sum(), absolute=1e-3)

    return check


def transposed_convolution(result, x, weight):
    """Of stride 2 and padding 1: the whole of one image's one channel, put together from what each pixel gives."""
    extent = x.shape[2]
    whole = np.zeros((2 * extent + 2, 2 * extent + 2))
    for i in range(3):
        for j in range(3):
            whole[i : i + 2 * extent : 2, j : j + 2 * extent : 2] += np.tensordot(double(weight[:, 7, i, j]), double(x[3]), 1)
    compare(result[3, 7], whole[1 : 2 * extent + 1, 1 : 2 * extent + 1], absolute=1e-3)


def convolution_gradients(result, x, weight):
    """Of the sum of a 3 × 3 convolution: a weight's gradient is the sum of the pixels that it meets."""
    by_weight, padded = result[1], np.pad(double(x), ((0, 0), (0, 0), (1, 1), (1, 1)))
    height, width = x.shape[2:]
    for i, j in ((0, 0), (1, 2)):
        wanted = padded[:, :, i : i + height, j : j + width].sum((0, 2, 3))
        compare(by_weight[5, :, i, j], wanted, absolute=0.2)
    compare(result[0][2, :, 20, 20], double(weight).sum((0, 2, 3)), absolute=1e-3)


def attention(causal):
    """One query, in the middle of a head."""

    def check(result, q, k, v):
        result = result[0] if isinstance(result, tuple) else result
        place, seen = 301, 302 if causal else q.shape[2]
        shares = softmax(double(k[3, 5, :seen]) @ double(q[3, 5, place]) / math.sqrt(q.shape[3]))
        compare(result[3, 5, place], shares @ double(v[3, 5, :seen]))

    return check


def finite(result, *inputs):
    if not np.isfinite(result).all():
        raise Wrong("a result is not finite")


def learns(losses, *inputs):
    """The losses of the first and of the last step over the same batch."""
    first, last = (float(loss) for loss in losses)
    if not last < first:
        raise Wrong(f"the loss went from {first} to {last}")


def nothing(result, *inputs):
    """A process that started has checked its result itself."""
