"""The rows in JAX, each compiled as a whole."""
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np

def adam(weights, first, second, gradient):
    """A step of Adam as formulas, without correction of the bias."""
    first = first * 0.9 + gradient * 0.1
    second = second * 0.999 + gradient * gradient * 0.001
    return weights - first / (jnp.sqrt(second) + 1e-8) * 0.001, first, second


FUNCTIONS = {
    "add_alloc_16M": jnp.add,
    "chain_16M": lambda a, b: jnp.tanh(a * b + 0.5) * b - a,
    "adam_by_hand_16M": adam,
    "exp_128K": jnp.exp,
    "tanh_128K": jnp.tanh,
    "sin_128K": jnp.sin,
    "sigmoid_128K": jax.nn.sigmoid,
    "log_128K": jnp.log,
    "gelu_16M": jax.nn.gelu,
    **{f"matmul_{n}": jnp.matmul for n in (64, 256, 512, 1024, 2048)},
    "bmm_64x128": jnp.matmul,
    "softmax_4096x1024": lambda x: jax.nn.softmax(x, 1),
    "layernorm_4096x1024": lambda x: jax.nn.standardize(x, 1, epsilon=1e-5),
    "sum_4M": jnp.sum,
    "var_4M": lambda x: jnp.var(x, ddof=1),
    "cumsum_4M": jnp.cumsum,
    "sum_dim0_4096x1024": lambda x: x.sum(0),
    "argmax_dim1_4096x1024": lambda x: x.argmax(1),
    "where_16M": lambda a, b: jnp.where(a > 0, a, b),
    "cat_4x4M": lambda x: jnp.concatenate([x, x, x, x]),
    "topk100_4M": lambda x: tuple(jax.lax.top_k(x, 100)),
    "add_strided_2048": lambda a, b: a.T + b,
    "solve_512": jnp.linalg.solve,
    "cholesky_512": jnp.linalg.cholesky,
    "fft_1M": jnp.fft.fft,
    "transpose_copy_4096x1024": jnp.transpose,
    "index_select_64K_of_4096x256": lambda x, places: x[places],
    "conv3x3_32x64x56": lambda x, weight: jax.lax.conv(x, weight, (1, 1), "SAME"),
}


def many_additions(a, b):
    add = jax.jit(jnp.add)

    def run():
        for _ in range(1000):
            result = add(a, b)
        return result

    return run


def perceptron_step(x, classes):
    """A step of a multilayer perceptron with cross entropy and Adam."""
    generator = np.random.default_rng(1)
    layers = [
        (generator.uniform(-1, 1, (outputs, inputs)) / inputs**0.5, generator.uniform(-1, 1, outputs) / inputs**0.5)
        for inputs, outputs in ((784, 512), (512, 256), (256, 10))]

    def loss(layers):
        h = x
        for i, (weight, bias) in enumerate(layers):
            h = h @ weight.T + bias
            h = jax.nn.relu(h) if i < 2 else h
        return -jnp.take_along_axis(jax.nn.log_softmax(h), classes[:, None], 1).mean()

    @jax.jit
    def step(layers, means, squares, count):
        value, gradients = jax.value_and_grad(loss)(layers)
        count = count + 1
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
        squares = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, squares, gradients)

        def moved(w, m, s):
            return w - 1e-3 * (m / (1 - 0.9**count)) / (jnp.sqrt(s / (1 - 0.999**count)) + 1e-8)

        return value, (jax.tree.map(moved, layers, means, squares), means, squares, count)

    layers = jax.tree.map(lambda w: jnp.asarray(w, jnp.float32), layers)
    zeros = jax.tree.map(jnp.zeros_like, layers)
    state = (layers, zeros, zeros, 0.0)

    def run():
        nonlocal state
        value, state = step(*state)
        # The parameters as well, so that a run is over when they are there.
        return value, state

    return run


def process_start():
    program = "import jax.numpy as j; assert (j.array([1.0, 2.0]) + j.array([3.0, 4.0])).tolist() == [4, 6]"
    return lambda: subprocess.run([sys.executable, "-c", program], check=True)


PREPARED = {
    "dispatch_add4": many_additions, "mlp_train_step_b64": perceptron_step, "process_start": process_start,
}


class Jit:
    """JAX with jax.jit."""

    name = "jax.jit"
    version = jax.__version__
    rows = {*FUNCTIONS, *PREPARED}

    def use(self, threads):
        """XLA takes as many threads as the process has processors."""

    def prepare(self, name, inputs):
        inputs = [jnp.asarray(x) for x in inputs]
        if name in PREPARED:
            return PREPARED[name](*inputs)
        function = jax.jit(FUNCTIONS[name])
        return lambda: function(*inputs)

    def wait(self, result):
        return jax.block_until_ready(result)

    def arrays(self, result):
        if isinstance(result, tuple):
            return tuple(self.arrays(part) for part in result)
        return np.asarray(result) if isinstance(result, jax.Array) else result
