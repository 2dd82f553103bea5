"""The networks of the rows, in PyTorch."""
import torch
from torch import nn
from torch.nn import functional as F


def perceptron():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Linear(128, 10))


def encoder_layer():
    return nn.TransformerEncoderLayer(256, 8, 1024, dropout=0.0, batch_first=True)


class ResidualBlock(nn.Module):
    """Two convolutions beside a way around them."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity()
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.inner(x) + self.shortcut(x))


def resnet18():
    """He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016: the network of 18 layers."""
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    blocks, inputs = [], 64
    for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        blocks += [ResidualBlock(inputs, outputs, stride), ResidualBlock(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


class Decoder(nn.Module):
    """Twelve layers of causal attention; the token after the last one.

    Radford et al., "Language models are unsupervised multitask learners", 2019."""

    def __init__(self, tokens=512, length=64, width=256):
        super().__init__()
        self.tokens, self.places = nn.Embedding(tokens, width), nn.Embedding(length, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 8, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(12))
        self.scores = nn.Linear(width, tokens)

    def forward(self, ids):
        h = self.tokens(ids) + self.places.weight[: ids.shape[1]]
        mask = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        for layer in self.layers:
            h = layer(h, src_mask=mask, is_causal=True)
        return self.scores(h)[:, -1].argmax(-1)


class TextModel(nn.Module):
    """What comes after each of a text's characters."""

    def __init__(self, characters=96, width=128, hidden=256):
        super().__init__()
        self.embedding = nn.Embedding(characters, width)
        self.recurrent = nn.LSTM(width, hidden, batch_first=True)
        self.scores = nn.Linear(hidden, characters)

    def forward(self, texts):
        return self.scores(self.recurrent(self.embedding(texts))[0]).flatten(0, 1)


def classification(network, optimizer, x, classes):
    """A step of training towards the classes."""

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x), classes)
        loss.backward()
        optimizer.step()
        return loss

    return step


def mean_square(network, optimizer, x):
    """A step of training towards a small output."""

    def step():
        optimizer.zero_grad()
        loss = network(x).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    return step
