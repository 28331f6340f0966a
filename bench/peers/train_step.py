#!/usr/bin/env python3
"""The same training step as ours in plain PyTorch, one step for each line read: the peer of `./run bench train`.

    python3 bench/peers/train_step.py WEIGHTS.safetensors TOKENS ROWS LENGTH THREADS float32|autocast default|foreach

TOKENS holds little-endian int32 ids, ROWS × (LENGTH + 1) for each step. Prints `ready`, then for every line of input
"seconds loss peak-bytes".
"""

import json
import os
import resource
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "make"))
import safetensors_file


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.kv_heads, self.size = c["n_heads"], c["n_kv_heads"], c["d_model"] // c["n_heads"]
        self.q_proj = nn.Linear(c["d_model"], self.heads * self.size, bias=False)
        self.k_proj = nn.Linear(c["d_model"], self.kv_heads * self.size, bias=False)
        self.v_proj = nn.Linear(c["d_model"], self.kv_heads * self.size, bias=False)
        self.o_proj = nn.Linear(self.heads * self.size, c["d_model"], bias=False)

    def forward(self, x, bias):
        b, t, _ = x.shape
        q = self.q_proj(x).view(b, t, self.heads, self.size).transpose(1, 2)
        k = self.k_proj(x).view(b, t, self.kv_heads, self.size).transpose(1, 2).repeat_interleave(self.heads // self.kv_heads, 1)
        v = self.v_proj(x).view(b, t, self.kv_heads, self.size).transpose(1, 2).repeat_interleave(self.heads // self.kv_heads, 1)
        weights = F.softmax(q @ k.transpose(-2, -1) * self.size**-0.5 + bias, -1)
        return self.o_proj((weights @ v).transpose(1, 2).reshape(b, t, -1))


class SwiGlu(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = nn.Linear(c["d_model"], c["d_ff"], bias=False)
        self.up_proj = nn.Linear(c["d_model"], c["d_ff"], bias=False)
        self.down_proj = nn.Linear(c["d_ff"], c["d_model"], bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attn_norm, self.attn = RmsNorm(c["d_model"], c["norm_eps"]), Attention(c)
        self.ffn_norm, self.ffn = RmsNorm(c["d_model"], c["norm_eps"]), SwiGlu(c)

    def forward(self, x, bias):
        x = x + self.attn(self.attn_norm(x), bias)
        return x + self.ffn(self.ffn_norm(x))


class Model(nn.Module):
    def __init__(self, c, length):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["d_model"])
        self.layers = nn.ModuleList(Block(c) for _ in range(c["n_layers"]))
        self.norm = RmsNorm(c["d_model"], c["norm_eps"])
        slopes = 2.0 ** (-8.0 * torch.arange(1, c["n_heads"] + 1) / c["n_heads"])
        distance = torch.arange(length)[:, None] - torch.arange(length)[None, :]
        bias = (-slopes[:, None, None] * distance).masked_fill(distance < 0, float("-inf"))
        self.register_buffer("bias", bias, persistent=False)

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, self.bias)
        return self.norm(x) @ self.embed_tokens.weight.t()


def main(weights_file, tokens_file, rows, length, threads, compute, optimizer):
    rows, length = int(rows), int(length)
    torch.set_num_threads(int(threads))
    weights, metadata = safetensors_file.read(weights_file)
    c = json.loads(metadata["config"])
    model = Model(c, length)
    model.load_state_dict(weights)
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    adamw = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}],
        lr=3e-4, betas=(0.9, 0.95), eps=1e-8, foreach=optimizer == "foreach")
    tokens = numpy.fromfile(tokens_file, dtype="<i4").astype("int64")
    whole = len(tokens) // (rows * (length + 1)) * rows * (length + 1)
    tokens = torch.from_numpy(tokens[:whole]).view(-1, rows, length + 1)

    def step(batch):
        adamw.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=compute == "autocast"):
            logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.float().reshape(-1, c["vocab_size"]), batch[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adamw.step()
        return loss.item()

    print("ready", flush=True)
    for number, _ in enumerate(sys.stdin):
        started = time.perf_counter()
        loss = step(tokens[number % len(tokens)])
        seconds = time.perf_counter() - started
        print(seconds, loss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 8:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
