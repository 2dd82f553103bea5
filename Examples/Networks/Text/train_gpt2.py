"""Trains a small model of GPT-2's shape on alice.txt and writes it with Hugging Face's names: gpt2-small.safetensors."""

import json
import math
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = Path(__file__).parent
EMBD, HEADS, LAYERS, POSITIONS, STEPS = 48, 4, 3, 64, 2500


class Map(nn.Module):
    """GPT-2's Conv1D: a linear map whose weight is (in, out)."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * 0.02)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn, self.c_proj = Map(EMBD, 3 * EMBD), Map(EMBD, EMBD)

    def forward(self, x):
        n, length, _ = x.shape
        q, k, v = (t.view(n, length, HEADS, -1).transpose(1, 2) for t in self.c_attn(x).split(EMBD, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).reshape(n, length, EMBD))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc, self.c_proj = Map(EMBD, 4 * EMBD), Map(4 * EMBD, EMBD)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(EMBD), Attention()
        self.ln_2, self.mlp = nn.LayerNorm(EMBD), FeedForward()

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Body(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, EMBD), nn.Embedding(POSITIONS, EMBD)
        self.h = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(EMBD)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.t()


torch.manual_seed(0)
torch.set_num_threads(1)
text = (HERE / "alice.txt").read_text()
characters = sorted(set(text))
ids = torch.tensor([characters.index(c) for c in text])
model = Body(len(characters))
nn.init.normal_(model.wte.weight, std=0.02)
nn.init.normal_(model.wpe.weight, std=0.02)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
for step in range(STEPS):
    for group in optimizer.param_groups:
        group["lr"] = 3e-3 * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * step / STEPS))
    starts = torch.randint(len(ids) - POSITIONS, (16,))
    batch = torch.stack([ids[s : s + POSITIONS + 1] for s in starts])
    loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 250 == 0 or step == STEPS - 1:
        print(step, loss.item(), flush=True)
state = {f"transformer.{k}": v.half().contiguous() for k, v in model.state_dict().items()}
config = {"n_embd": EMBD, "n_head": HEADS, "n_layer": LAYERS, "n_positions": POSITIONS, "vocab_size": len(characters)}
save_file(state, HERE / "gpt2-small.safetensors", {"config": json.dumps(config), "characters": "".join(characters)})
