#!/usr/bin/env python3
"""The same training step as ours in PyTorch as it is written for a GPU: the peers of `./run bench gpu`.

    python3 bench/peers/gpu_step.py WEIGHTS.safetensors BATCHES ROWS cpu|cuda eager|compile bias|keys|flex

bfloat16 autocast, fused AdamW, the loss inside the compiled model, tokens resident on the device, no wait for the device
between steps. The head and the loss are not chunked: that is no idiom of PyTorch. ALiBi is
    bias   an attn_mask of scaled_dot_product_attention, as in the reference
    keys   more dimensions of queries and keys, which add slope · j to the scores: no mask, so a causal flash kernel can run
    flex   the score_mod of flex_attention
BATCHES holds little-endian int32: inputs, targets (-1: not learned) and the first position that each may read, ROWS × length
each, for every step. Prints "ready weights version note"; then for every number of steps read "seconds loss 0". Any other
line says why it cannot go on.
"""

import json
import os
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "make"))
import safetensors_file

SDPA = getattr(F, "scaled_dot_product_attention", None)


def slopes_of(heads):
    return 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)


class Bias(nn.Module):
    """Scores get a tensor added, -inf where a query may not read."""

    def __init__(self, c, device):
        super().__init__()
        length, self.groups = c["max_seq_len"], c["n_heads"] // c["n_kv_heads"]
        distance = torch.arange(length, device=device)[:, None] - torch.arange(length, device=device)
        bias = -slopes_of(c["n_heads"]).to(device)[:, None, None] * distance
        self.register_buffer("bias", bias.masked_fill(distance < 0, float("-inf")).bfloat16()[None], persistent=False)
        self.register_buffer("keys", torch.arange(length, device=device), persistent=False)

    def prepare(self, starts):
        return self.bias if starts is None else self.bias.masked_fill((self.keys < starts[:, :, None])[:, None], float("-inf"))

    def forward(self, q, k, v, bias):
        # With a mask, no kernel but the slow one takes fewer heads of keys than of queries.
        k, v = k.repeat_interleave(self.groups, 1), v.repeat_interleave(self.groups, 1)
        if SDPA:
            return SDPA(q, k, v, attn_mask=bias)
        return F.softmax((q @ k.transpose(-2, -1)).float() * q.shape[-1] ** -0.5 + bias, -1).to(v.dtype) @ v


class Keys(nn.Module):
    """Softmax does not see what is equal in a row, so slope · j is as good as -slope · (i - j). Both factors are exact in bfloat16 but for 2^-16."""

    def __init__(self, c, device):
        super().__init__()
        self.size = c["d_model"] // c["n_heads"]
        factor = slopes_of(c["n_heads"]) * self.size**0.5
        high = factor.bfloat16().float()
        low = (factor - high).bfloat16().float()
        j = torch.arange(c["max_seq_len"])
        zero = torch.zeros(4)
        of_queries = torch.stack([torch.stack([h, h, l, l]) for h, l in zip(high, low)])
        of_keys = torch.stack([j // 256 * 256, j % 256] * 2, -1).float()
        self.register_buffer("of_queries", torch.cat([of_queries, zero.expand(len(high), 4)], -1)[None, :, None].bfloat16().to(device), persistent=False)
        self.register_buffer("of_keys", torch.cat([of_keys, zero.expand(len(j), 4)], -1)[None, None].bfloat16().to(device), persistent=False)

    def prepare(self, starts):
        return None

    def forward(self, q, k, v, _):
        q = torch.cat([q, self.of_queries.expand(*q.shape[:3], 8)], -1)
        k = torch.cat([k, self.of_keys.expand(*k.shape[:3], 8)], -1)
        return SDPA(q, k, F.pad(v, (0, 8)), is_causal=True, scale=self.size**-0.5, enable_gqa=True)[..., : self.size]


class Flex(nn.Module):
    def __init__(self, c, device):
        super().__init__()
        self.length = c["max_seq_len"]
        self.register_buffer("slopes", slopes_of(c["n_heads"]).to(device), persistent=False)

    def prepare(self, starts):
        from torch.nn.attention.flex_attention import create_block_mask

        if starts is None:
            return create_block_mask(lambda b, h, i, j: j <= i, None, None, self.length, self.length, device=self.slopes.device)
        return create_block_mask(lambda b, h, i, j: (j <= i) & (j >= starts[b, i]), len(starts), None, self.length, self.length, device=self.slopes.device)

    def forward(self, q, k, v, mask):
        from torch.nn.attention.flex_attention import flex_attention

        slopes = self.slopes
        return flex_attention(q, k, v, score_mod=lambda score, b, h, i, j: score - slopes[h] * (i - j), block_mask=mask, enable_gqa=True)


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        if hasattr(F, "rms_norm"):
            return F.rms_norm(x, self.weight.shape, self.weight, self.eps)
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.size = c["d_model"] // c["n_heads"]
        self.q_proj = nn.Linear(c["d_model"], c["d_model"], bias=False)
        self.k_proj = nn.Linear(c["d_model"], c["n_kv_heads"] * self.size, bias=False)
        self.v_proj = nn.Linear(c["d_model"], c["n_kv_heads"] * self.size, bias=False)
        self.o_proj = nn.Linear(c["d_model"], c["d_model"], bias=False)

    def forward(self, x, attend, mask):
        b, t, width = x.shape
        q, k, v = (project(x).view(b, t, -1, self.size).transpose(1, 2) for project in (self.q_proj, self.k_proj, self.v_proj))
        return self.o_proj(attend(q, k, v, mask).transpose(1, 2).reshape(b, t, width))


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

    def forward(self, x, attend, mask):
        x = x + self.attn(self.attn_norm(x), attend, mask)
        return x + self.ffn(self.ffn_norm(x))


class Model(nn.Module):
    def __init__(self, c, attend):
        super().__init__()
        self.attend = attend
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["d_model"])
        self.layers = nn.ModuleList(Block(c) for _ in range(c["n_layers"]))
        self.norm = RmsNorm(c["d_model"], c["norm_eps"])

    def forward(self, ids, targets, mask):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, self.attend, mask)
        logits = F.linear(self.norm(x), self.embed_tokens.weight)
        return F.cross_entropy(logits.float().view(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=-1)


def read(file, rows, length, device):
    steps = torch.from_numpy(numpy.fromfile(file, dtype="<i4")).view(-1, 3, rows, length).to(device)
    return [(ids.long(), targets.long(), starts if starts.any() else None) for ids, targets, starts in steps]


def main(weights_file, batches_file, rows, device, mode, attention):
    if mode == "compile" and not hasattr(torch, "compile"):
        raise RuntimeError(f"torch {torch.__version__} has no compiler")
    if attention == "keys" and not SDPA:
        raise RuntimeError(f"torch {torch.__version__} has no scaled_dot_product_attention")
    weights, metadata = safetensors_file.read(weights_file)
    c, device = json.loads(metadata["config"]), torch.device(device)
    torch.set_float32_matmul_precision("high")
    attend = {"bias": Bias, "keys": Keys, "flex": Flex}[attention](c, device)
    model = Model(c, attend).to(device)
    model.load_state_dict(weights)
    parameters = list(model.parameters())
    fast = {"fused": True} if hasattr(F, "rms_norm") else {"foreach": True}       # fused on every device since 2.4
    adamw = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.ndim >= 2], "weight_decay": 0.1}, {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0}],
        lr=3e-4, betas=(0.9, 0.95), eps=1e-8, **fast)
    # What flex_attention wants to know of a mask is found once for each batch, as a loader of data would. A bias that differs
    # from row to row is large, so it is made in the step.
    batches = [(ids, targets, starts if attention == "bias" else attend.prepare(starts)) for ids, targets, starts in read(batches_file, int(rows), c["max_seq_len"], device)]
    run = torch.compile(model) if mode == "compile" else model
    synchronize = torch.cuda.synchronize if device.type == "cuda" else lambda: None

    def step(ids, targets, mask):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = run(ids, targets, attend.prepare(mask) if attention == "bias" else mask)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        adamw.step()
        adamw.zero_grad(set_to_none=True)
        return loss.detach()

    note = "" if SDPA else "attention written out: this torch has no scaled_dot_product_attention"
    print("ready", sum(p.numel() for p in parameters), torch.__version__, note, flush=True)
    taken = 0
    for line in sys.stdin:
        synchronize()
        started = time.perf_counter()
        for _ in range(int(line)):
            loss = step(*batches[taken % len(batches)])
            taken += 1
        synchronize()
        print(time.perf_counter() - started, loss.item(), 0, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 7:
        raise SystemExit(__doc__)
    try:
        main(*sys.argv[1:])
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        print("out of memory" if "out of memory" in said else " ".join(said.split())[:160], flush=True)
