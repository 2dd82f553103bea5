#!/usr/bin/env python3
"""Writes sequences.safetensors: what PyTorch's recurrent networks, attention, Transformers and a GPT give.

A case is `name/state/KEY`, `name/in/…`, `name/out/…`, and the gradients `name/grad/…` of the sum of all outputs, each
times the weights `cotangent`. Needs torch and safetensors; tests need neither.
"""

import os

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.set_num_threads(1)
torch.manual_seed(14)
tensors = {}


def flat(results):
    if results is None:
        return []
    return [results] if isinstance(results, torch.Tensor) else [t for r in results for t in flat(r)]


def cotangent(x):
    return ((torch.arange(x.numel()) * 5 % 7 - 3) / 3).reshape(x.shape).to(x.dtype)


def case(name, module, inputs, call=None, **options):
    """`inputs` by name; floating ones are differentiated unless they are masks."""
    for parameter in module.parameters():  # Biases and gains that are not 0 and 1.
        with torch.no_grad():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    for key, value in module.state_dict().items():
        tensors[f"{name}/state/{key}"] = value.clone()
    wanted = {}
    for key, value in inputs.items():
        tensors[f"{name}/in/{key}"] = value.clone()
        if value.is_floating_point() and "mask" not in key:
            wanted[key] = value.requires_grad_()
    results = flat(call(module, inputs) if call else module(*inputs.values(), **options))
    for i, result in enumerate(results):
        tensors[f"{name}/out/{i}"] = result.detach().clone()
    sum((r * cotangent(r)).sum() for r in results).backward()
    for key, value in wanted.items():
        tensors[f"{name}/grad/in/{key}"] = value.grad
    for key, value in module.named_parameters():
        tensors[f"{name}/grad/state/{key}"] = value.grad


# Recurrent networks
r = torch.randn
case("rnn", nn.RNN(3, 4, 2, bidirectional=True), {"x": r(5, 2, 3), "h": r(4, 2, 4)})
case("rnn_relu", nn.RNN(3, 4, nonlinearity="relu", bias=False, batch_first=True), {"x": r(2, 5, 3)})
case("gru", nn.GRU(3, 4, 2, bidirectional=True, batch_first=True), {"x": r(2, 5, 3), "h": r(4, 2, 4)})
lstm = lambda m, i: m(i["x"], (i["h"], i["c"]))
case("lstm", nn.LSTM(3, 4, 2, bidirectional=True), {"x": r(5, 2, 3), "h": r(4, 2, 4), "c": r(4, 2, 4)}, lstm)
case("lstm_projected", nn.LSTM(3, 5, 2, proj_size=2, batch_first=True), {"x": r(2, 4, 3)})
case("lstm_unbatched", nn.LSTM(3, 4, batch_first=True), {"x": r(5, 3), "h": r(1, 4), "c": r(1, 4)}, lstm)


def packed(module, i):
    x = pack_padded_sequence(i["x"], [3, 5, 1, 5], enforce_sorted=False)
    output, state = module(x, (i["h"], i["c"]) if "c" in i else i["h"])
    return pad_packed_sequence(output)[0], state


case(
    "lstm_packed", nn.LSTM(3, 4, 2, bidirectional=True), {"x": r(5, 4, 3), "h": r(4, 4, 4), "c": r(4, 4, 4)}, packed)
case("gru_packed", nn.GRU(3, 4, 2, bidirectional=True), {"x": r(5, 4, 3), "h": r(4, 4, 4)}, packed)
case("rnn_packed", nn.RNN(3, 4, bidirectional=True), {"x": r(5, 4, 3), "h": r(2, 4, 4)}, packed)
case("rnn_cell", nn.RNNCell(3, 4), {"x": r(2, 3), "h": r(2, 4)})
case("gru_cell", nn.GRUCell(3, 4), {"x": r(2, 3), "h": r(2, 4)})
case("lstm_cell", nn.LSTMCell(3, 4, bias=False), {"x": r(3), "h": r(4), "c": r(4)}, lstm)

# Attention
hidden = lambda *shape: torch.rand(shape) < 0.4
first = lambda mask: mask & (torch.arange(mask.shape[-1]) > 0)  # The first key is always seen.
own = lambda **o: lambda m, i: m(i["x"], i["x"], i["x"], **{k: i[k] for k in i if "mask" in k}, **o)
case("mha", nn.MultiheadAttention(8, 2), {"x": r(4, 3, 8)}, own())
case(
    "mha_masked", nn.MultiheadAttention(8, 2, batch_first=True),
    {"x": r(3, 4, 8), "key_padding_mask": first(hidden(3, 4)), "attn_mask": first(hidden(4, 4))},
    own(need_weights=False))
case(
    "mha_heads", nn.MultiheadAttention(8, 2, batch_first=True, bias=False), {"x": r(2, 4, 8), "attn_mask": r(4, 4, 4)},
    own(average_attn_weights=False))
case(
    "mha_causal", nn.MultiheadAttention(8, 2),
    {"x": r(4, 3, 8), "attn_mask": nn.Transformer.generate_square_subsequent_mask(4)},
    own(is_causal=True, need_weights=False))
case(
    "mha_cross", nn.MultiheadAttention(8, 2, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True),
    {"q": r(4, 2, 8), "k": r(3, 2, 3), "v": r(3, 2, 5)})
case("mha_shared", nn.MultiheadAttention(8, 4, batch_first=True), {"q": r(2, 4, 8), "k": r(2, 3, 8)},
     lambda m, i: m(i["q"], i["k"], i["k"], need_weights=False))
case("mha_unbatched", nn.MultiheadAttention(8, 4, batch_first=True), {"x": r(4, 8), "key_padding_mask": r(4)}, own())

# Transformers
causal = nn.Transformer.generate_square_subsequent_mask
case("encoder_layer", nn.TransformerEncoderLayer(8, 2, 16, 0.0), {"x": r(4, 3, 8)})
encoder = nn.TransformerEncoder(
    nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True), 2, nn.LayerNorm(8),
    enable_nested_tensor=False)
masks = lambda *names: lambda m, i: m(*[i[k] for k in i if "mask" not in k], **{k: i[k] for k in i if "mask" in k})
case("encoder", encoder, {"x": r(2, 4, 8), "mask": causal(4), "src_key_padding_mask": first(hidden(2, 4))}, masks())
case(
    "decoder", nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, 0.0, F.silu), 2),
    {"x": r(4, 2, 8), "memory": r(3, 2, 8), "tgt_mask": causal(4), "memory_key_padding_mask": first(hidden(2, 3))},
    masks())
case(
    "transformer", nn.Transformer(8, 2, 1, 2, 16, 0.0, batch_first=True, norm_first=True),
    {"src": r(2, 3, 8), "tgt": r(2, 4, 8), "tgt_mask": causal(4), "src_key_padding_mask": first(hidden(2, 3))},
    masks())


# A GPT-2 with the names of Hugging Face
class Map(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight, self.bias = nn.Parameter(r(inputs, outputs) * 0.2), nn.Parameter(r(outputs) * 0.1)

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.c_attn, self.c_proj = heads, Map(width, 3 * width), Map(width, width)

    def forward(self, x):
        q, k, v = [p.unflatten(-1, (self.heads, -1)).transpose(1, 2) for p in self.c_attn(x).chunk(3, -1)]
        return self.c_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc, self.c_proj = Map(width, 4 * width), Map(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.ln_2, self.mlp = nn.LayerNorm(width), MLP(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocabulary, positions, width, layers, heads):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(vocabulary, width), "wpe": nn.Embedding(positions, width),
            "h": nn.ModuleList([Block(width, heads) for _ in range(layers)]), "ln_f": nn.LayerNorm(width)})
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, ids):
        t = self.transformer
        x = t.wte(ids) + t.wpe(torch.arange(ids.shape[1]))
        for block in t.h:
            x = block(x)
        return self.lm_head(t.ln_f(x))


gpt = GPT(23, 12, 8, 2, 2)
case("gpt", gpt, {"ids": torch.randint(0, 23, (2, 7))})
ids = tensors["gpt/in/ids"][:1, :3]
with torch.no_grad():
    for _ in range(9):
        ids = torch.cat([ids, gpt(ids)[:, -1].argmax(-1, keepdim=True)], 1)
tensors["gpt/greedy"] = ids


# Fifty steps of training
class Reader(nn.Module):
    def __init__(self, body, width):
        super().__init__()
        self.body, self.head = body, nn.Linear(width, 3)

    def forward(self, x):
        y = self.body(x)
        return self.head((y[0] if isinstance(y, tuple) else y).mean(1))


for name, body, width in [
    ("lstm", nn.LSTM(4, 8, batch_first=True), 8),
    ("transformer", nn.TransformerEncoderLayer(4, 2, 8, 0.0, batch_first=True), 4),
]:
    model, x, y = Reader(body, width), r(6, 5, 4), torch.tensor([0, 1, 2, 2, 1, 0])
    tensors[f"{name}_curve/in/x"], tensors[f"{name}_curve/in/y"] = x, y
    for key, value in model.state_dict().items():
        tensors[f"{name}_curve/state/{key}"] = value.clone()
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), []
    for _ in range(50):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    tensors[f"{name}_curve/losses"] = torch.tensor(losses)

tied = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
save_file(tied, os.path.join(os.path.dirname(os.path.abspath(__file__)), "sequences.safetensors"))
