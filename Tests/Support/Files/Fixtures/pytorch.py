"""Writes the files of torch.save that PyTorchFileTests reads: python3 pytorch.py, in this folder, with PyTorch 2.x."""

import collections
import io
import os
import struct
import zipfile

import numpy
import torch

torch.set_num_threads(1)


def samples():
    base = torch.arange(12, dtype=torch.float32)
    matrix = torch.tensor([[1.0, 2, 3], [4, 5, 6]])
    values = collections.OrderedDict(
        matrix=matrix, transposed=matrix.t(), slice=base[2:8:2], base=base, expanded=torch.tensor([7.0]).expand(3, 2),
        scalar=torch.tensor(3), empty=torch.zeros(3, 0))
    names = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64",
             "complex64", "complex128"]
    for name in names:
        values[name] = torch.tensor([1, 0, 3]).to(getattr(torch, name))
    return values


def run():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[0.5, -1, 2], [0.25, 3, -0.75]]))
        model.bias.copy_(torch.tensor([1.0, -2]))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.8, 0.99))
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.ones(4, 3)).pow(2).sum().backward()
        optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 80])
    return {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": schedule.state_dict(),
        "epoch": 7, "best": 0.93, "big": 1 << 40, "negative": -5, "none": None, "flag": True, "name": "né",
        "tuple": (1, (2.5, "x")), "list": [1, "a", [None]], "size": torch.Size([2, 3]),
        "device": torch.device("cuda:1"), "dtype": torch.bfloat16, "bytes": b"\x00\xff", "set": {1}, "complex": 1 + 2j,
        3: "three", "parameter": torch.nn.Parameter(torch.tensor([1.0, 2])), "shared": model.weight.detach()[0]}


class Command:
    def __reduce__(self):
        return os.system, ("touch executed",)


def swapped(path, out):
    """The archive as a big-endian machine writes it."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("byteorder"):
                data = b"big"
            elif "/data/" in name:
                data = struct.pack(f">{len(data) // 4}f", *struct.unpack(f"<{len(data) // 4}f", data))
            target.writestr(zipfile.ZipInfo(name), data)


torch.save(samples(), "samples.pt")
torch.save(samples(), "samples-old.pt", _use_new_zipfile_serialization=False)
torch.save(run(), "run.pt")
torch.save(run(), "run-old.pt", _use_new_zipfile_serialization=False)
torch.save(run(), "run-protocol5.pt", pickle_protocol=5)
torch.save({"loss": numpy.float64(0.5), "count": numpy.int64(3), "flag": numpy.bool_(True)}, "numpy.pt")
torch.save({"a": torch.tensor([1.0, 2]), "b": Command()}, "command.pt")
torch.save(torch.nn.Linear(2, 2), "module.pt")
torch.save({"a": torch.zeros(2, dtype=torch.uint16)}, "uint16.pt")
torch.save({"a": torch.tensor([1.0, -2.5])}, "little.pt")
swapped("little.pt", "big.pt")
os.remove("little.pt")
