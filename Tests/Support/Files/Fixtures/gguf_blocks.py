"""Writes quantized.gguf, a block or two of every type, and quantized.safetensors, the numbers that they stand for, computed
here from the definitions in ggml-common.h: python3 gguf_blocks.py, in this folder. Where the package gguf is installed, its
numbers are compared with these."""

import struct

import numpy as np
from safetensors.numpy import save_file

random = np.random.default_rng(7)


def half(value):
    return np.float16(value).tobytes()


def bits(n):
    return random.integers(0, 256, n, dtype=np.uint8)


def nibbles(q):
    return np.concatenate([q & 15, q >> 4]).astype(np.int64)


def q4_0():
    d, q = np.float16(random.normal()), bits(16)
    return half(d) + q.tobytes(), (nibbles(q) - 8).astype(np.float32) * np.float32(d)


def q4_1():
    d, m, q = np.float16(random.normal()), np.float16(random.normal()), bits(16)
    return half(d) + half(m) + q.tobytes(), nibbles(q).astype(np.float32) * np.float32(d) + np.float32(m)


def fifth(high):
    return (int.from_bytes(high.tobytes(), "little") >> np.arange(32) & 1) << 4


def q5_0():
    d, high, q = np.float16(random.normal()), bits(4), bits(16)
    numbers = (nibbles(q) | fifth(high)) - 16
    return half(d) + high.tobytes() + q.tobytes(), numbers.astype(np.float32) * np.float32(d)


def q5_1():
    d, m, high, q = np.float16(random.normal()), np.float16(random.normal()), bits(4), bits(16)
    numbers = (nibbles(q) | fifth(high)).astype(np.float32) * np.float32(d) + np.float32(m)
    return half(d) + half(m) + high.tobytes() + q.tobytes(), numbers


def q8_0():
    d, q = np.float16(random.normal()), random.integers(-128, 128, 32).astype(np.int8)
    return half(d) + q.tobytes(), q.astype(np.float32) * np.float32(d)


def six_bits(scales, minima):
    """Eight scales and eight minima of six bits in twelve bytes."""
    packed = np.zeros(12, np.uint8)
    packed[0:4] = scales[:4] | (scales[4:] >> 4) << 6
    packed[4:8] = minima[:4] | (minima[4:] >> 4) << 6
    packed[8:12] = scales[4:] & 15 | (minima[4:] & 15) << 4
    return packed.tobytes()


def k_block(bit_count):
    d, m = np.float16(random.normal()), np.float16(random.normal())
    scales, minima = random.integers(0, 64, 8).astype(np.uint8), random.integers(0, 64, 8).astype(np.uint8)
    q = random.integers(0, 1 << bit_count, (8, 32)).astype(np.uint8)
    low = np.concatenate([q[i] & 15 | (q[i + 1] & 15) << 4 for i in range(0, 8, 2)])
    high = np.zeros(32, np.uint8)
    for i in range(8):
        high |= (q[i] >> 4) << i
    block = half(d) + half(m) + six_bits(scales, minima) + (high.tobytes() if bit_count == 5 else b"") + low.tobytes()
    a = np.float32(d) * scales.astype(np.float32)
    b = np.float32(m) * minima.astype(np.float32)
    return block, (a[:, None] * q.astype(np.float32) - b[:, None]).reshape(-1)


def q6_k():
    d, scales = np.float16(random.normal()), random.integers(-128, 128, 16).astype(np.int8)
    q = random.integers(0, 64, 256).astype(np.uint8)
    low, high = np.zeros(128, np.uint8), np.zeros(64, np.uint8)
    for part in range(2):
        n = q[part * 128:part * 128 + 128].reshape(4, 32)
        low[part * 64:part * 64 + 32] = n[0] & 15 | (n[2] & 15) << 4
        low[part * 64 + 32:part * 64 + 64] = n[1] & 15 | (n[3] & 15) << 4
        high[part * 32:part * 32 + 32] = n[0] >> 4 | n[1] >> 4 << 2 | n[2] >> 4 << 4 | n[3] >> 4 << 6
    numbers = (np.float32(d) * scales.astype(np.float32))[:, None] * (q.astype(np.float32) - 32).reshape(16, 16)
    return low.tobytes() + high.tobytes() + scales.tobytes() + half(d), numbers.reshape(-1)


def plain(dtype):
    def make():
        numbers = random.normal(size=8).astype(np.float32)
        if dtype == "bf16":
            words = (numbers.view(np.uint32) >> 16).astype(np.uint16)
            return words.tobytes(), (words.astype(np.uint32) << 16).view(np.float32)
        stored = (numbers * 10).astype(dtype)
        return stored.tobytes(), stored.astype(np.float32) if stored.dtype.kind == "f" else stored
    return make


tensors = {
    "f32": (0, 1, plain("f4")), "f16": (1, 1, plain("f2")), "bf16": (30, 1, plain("bf16")), "f64": (28, 1, plain("f8")),
    "i8": (24, 1, plain("i1")), "i32": (26, 1, plain("i4")), "q4_0": (2, 32, q4_0), "q4_1": (3, 32, q4_1),
    "q5_0": (6, 32, q5_0), "q5_1": (7, 32, q5_1), "q8_0": (8, 32, q8_0), "q4_k": (12, 256, lambda: k_block(4)),
    "q5_k": (13, 256, lambda: k_block(5)), "q6_k": (14, 256, q6_k)}


def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


notes = [
    ("general.architecture", 8, text("llama")), ("llama.block_count", 4, struct.pack("<I", 2)),
    ("small", 1, struct.pack("<b", -3)), ("eps", 6, struct.pack("<f", 0.5)), ("flag", 7, b"\x01"),
    ("huge", 10, struct.pack("<Q", 1 << 63)), ("least", 11, struct.pack("<q", -(1 << 63))),
    ("tokens", 9, struct.pack("<IQ", 8, 3) + text("<s>") + text("né") + text("")),
    ("nested", 9, struct.pack("<IQ", 9, 2) + struct.pack("<IQ", 5, 1) + struct.pack("<i", 7) + struct.pack("<IQ", 5, 0)),
    ("bytes", 9, struct.pack("<IQ", 0, 2) + b"\x01\xff"), ("general.alignment", 4, struct.pack("<I", 64))]
header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors) + 1, len(notes))
for name, kind, value in notes:
    header += text(name) + struct.pack("<I", kind) + value
data, expected = b"", {}
for name, (kind, _, make) in tensors.items():
    blocks = [make() for _ in range(2)]
    numbers = np.stack([block[1] for block in blocks])
    expected[name] = numbers
    header += text(name) + struct.pack("<IQQIQ", 2, numbers.shape[1], 2, kind, len(data))
    data += b"".join(block[0] for block in blocks)
    data += bytes(-len(data) % 64)
# Of a type that is not read.
header += text("q2_k") + struct.pack("<IQIQ", 1, 256, 10, len(data))
data += bytes(84)
header += bytes(-len(header) % 64)
open("quantized.gguf", "wb").write(header + data)
save_file(expected, "quantized.safetensors")

try:
    import gguf
except ImportError:
    print("the package gguf is not installed: nothing compared")
else:
    for tensor in gguf.GGUFReader("quantized.gguf").tensors:
        if tensor.name in ("q2_k", "f64", "i8", "i32"):
            continue
        numbers = gguf.dequantize(tensor.data, tensor.tensor_type)
        assert np.array_equal(np.asarray(numbers).reshape(expected[tensor.name].shape), expected[tensor.name]), tensor.name
    print("the package gguf reads the same")
