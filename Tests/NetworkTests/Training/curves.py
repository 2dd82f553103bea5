"""Prints PyTorch's loss curves of TrainingCurveTests as Swift: python3 curves.py > Curves.swift"""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
MASK = (1 << 32) - 1


def mixed(index, seed):
    h = (index * 2654435761 + seed * 40503) & MASK
    h ^= h >> 16
    h = (h * 2246822519) & MASK
    h ^= h >> 13
    return h


def numbers(shape, seed, scale):
    """Within ±scale / 2, the same in both languages."""
    count = 1
    for extent in shape:
        count *= extent
    values = [(mixed(i, seed) / 2**32 - 0.5) * scale for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape).float()


def fill(model):
    with torch.no_grad():
        for i, (name, p) in enumerate(model.named_parameters()):
            fan = p.numel() // p.shape[0]
            offset = 1.0 if p.dim() == 1 and name.endswith("weight") else 0.0
            p.copy_(offset + numbers(p.shape, i + 1, 0.2 if p.dim() == 1 else 2 / fan**0.5))
    return model


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.layer(x).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Flatten(), nn.Linear(64, 4))


def mlp():
    return nn.Sequential(nn.Linear(20, 32), nn.Tanh(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 4))


def curve(model, shape, make_optimizer):
    fill(model)
    optimizer = make_optimizer(model.parameters())
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 50)
    x = numbers(shape, 101, 2.0)
    labels = torch.tensor([mixed(i, 202) % 4 for i in range(shape[0])])
    losses = []
    for _ in range(50):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


curves = {
    "mlp": curve(mlp(), [32, 20], lambda p: torch.optim.AdamW(p, lr=1e-2, weight_decay=0.1)),
    "cnn": curve(cnn(), [32, 1, 8, 8], lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
    "transformer": curve(Transformer(), [16, 6, 16], lambda p: torch.optim.Adam(p, lr=3e-3)),
    "lstm": curve(Recurrent(), [16, 5, 8], lambda p: torch.optim.RMSprop(p, lr=3e-3)),
}
print("/// PyTorch's losses, which `curves.py` prints.\nenum Curves {")
for name, losses in curves.items():
    print(f"  static let {name}: [Double] = [")
    for i in range(0, len(losses), 8):
        print("    " + ", ".join(f"{loss:.7f}" for loss in losses[i : i + 8]) + ",")
    print("  ]")
print("}")
