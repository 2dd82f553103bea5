"""Writes models.json: what torchvision's models are, and what PyTorch computes with them.

Of each model the number of its keys, of its parameters, and a hash of its keys and shapes; of some the logits of one image
in and out of training, with weights that are a function of the positions of keys and elements.
"""

import json
import math
import os

import torch
from torchvision import models

torch.set_num_threads(1)


def noise(count, number):
    """Numbers from -1/2 to 1/2, the same in every framework: residues of a square."""
    i = torch.arange(count, dtype=torch.int64)
    return (i * (i + 7 * number + 1) * 31 + number) % 10007 / torch.tensor(10007, dtype=torch.float64) - 0.5


def fill(model, scale):
    with torch.no_grad():
        for number, (key, value) in enumerate(model.state_dict().items()):
            if value.dtype == torch.int64:
                continue
            x = noise(value.numel(), number).view(value.shape)
            if value.dim() > 1:
                fan = value[0].numel() if value.dim() != 3 else value.numel()
                x = x * (scale * math.sqrt(6 / fan))
            elif key.endswith("bias") or key.endswith("running_mean"):
                x = x * 0.2
            else:
                x = 1 + x * 0.5
            value.copy_(x)


def image(size, batch=2):
    return (noise(batch * 3 * size * size, 3) * 4).view(batch, 3, size, size).float()


def text_hash(lines):
    """FNV-1a of 64 bits."""
    result = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        result = (result ^ byte) * 0x100000001B3 % 2**64
    return f"{result:016x}"


def keys(model):
    state = model.state_dict()
    return {
        "keys": len(state),
        "elements": sum(value.numel() for value in state.values()),
        "hash": text_hash(f"{key} {list(value.shape)}" for key, value in state.items()),
    }


def logits(model, size, scale):
    """In float64, so that the rounding in the results is that of one side alone."""
    fill(model, scale)
    model.double()
    x = image(size).double()
    with torch.no_grad():
        result = {"size": size, "scale": scale, "eval": model.eval()(x).flatten().tolist()}
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0
    model.train()
    loss = torch.nn.functional.cross_entropy(model(x), torch.tensor([1, 3]))
    loss.backward()
    result["loss"] = loss.item()
    norms = [p.grad.double().norm() for p in model.parameters()]
    result["gradient"] = torch.stack(norms).norm().item()
    return result


names = ["alexnet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "mobilenet_v3_small", "mobilenet_v3_large"]
names += [f"vgg{n}{bn}" for n in (11, 13, 16, 19) for bn in ("", "_bn")] + ["vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"]
with torch.device("meta"):
    result = {name: keys(getattr(models, name)(weights=None)) for name in names}
    result["resnet18/10"] = keys(models.resnet18(weights=None, num_classes=10))
    for scale in (0.5, 0.75, 1.5):
        result[f"mobilenet_v3_small/{scale}"] = keys(models.mobilenet_v3_small(weights=None, width_mult=scale))
    result["mobilenet_v3_large/tail"] = keys(
        models.mobilenet_v3_large(weights=None, reduced_tail=True, dilated=True))
    tail = models.VisionTransformer(32, 8, 2, 4, 24, 40, num_classes=10, representation_size=16)
    result["vit/tail"] = keys(tail)
computed = {
    "resnet18": logits(models.resnet18(weights=None, num_classes=10), 64, 1.25),
    "bottleneck": logits(models.ResNet(models.resnet.Bottleneck, [1, 1, 1, 1], num_classes=10, groups=2, width_per_group=16), 64, 1.5),
    "mobilenet_v3_small": logits(models.mobilenet_v3_small(weights=None, num_classes=10), 64, 2.1),
    "mobilenet_v3_large": logits(models.mobilenet_v3_large(weights=None, num_classes=10, width_mult=0.25, dilated=True), 64, 2.0),
    "vit": logits(models.VisionTransformer(32, 8, 2, 4, 24, 40, num_classes=10, representation_size=16), 32, 2.0),
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models.json")
with open(path, "w") as file:
    json.dump({"structure": result, "computed": computed}, file, indent=1)
