# SPDX-License-Identifier: MIT
# Copyright (c) the TurkishLlm contributors
"""A TurkishLlm model in plain PyTorch for the transformers library, 4.45 or later.

A decoder with pre-norm RMSNorm, ALiBi, grouped-query attention, SwiGLU and no biases. There are no position embeddings:
ALiBi depends on distances only, so padding on the left changes nothing.
"""

import torch
import torch.nn.functional as F
from torch import nn
from transformers import DynamicCache, GenerationMixin, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from .configuration_turkishllm import TurkishLlmConfig


def attention_bias(heads, mask, new, total, dtype, device):
    """The ALiBi bias of `new` queries, the last of `total` keys: -slope * distance, and the lowest number for hidden keys.

    `mask` is 1 for tokens and 0 for padding, [b, total], or None. Returns [b or 1, heads, new, total].
    """
    slopes = torch.tensor([2.0 ** (-8.0 * i / heads) for i in range(1, heads + 1)], device=device)
    queries, keys = torch.arange(total - new, total, device=device), torch.arange(total, device=device)
    distance = queries[:, None] - keys  # [new, total]
    hidden = (distance < 0)[None, None]  # [1, 1, new, total]
    if mask is not None:
        hidden = hidden | (mask == 0)[:, None, None, :]
    bias = (-slopes[:, None, None] * distance)[None]  # [1, heads, new, total]
    # Not minus infinity: a row of padding sees no key at all, and its softmax must not be NaN.
    return bias.masked_fill(hidden, torch.finfo(dtype).min).to(dtype)


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + self.eps)
        return y.to(x.dtype) * self.weight


class Attention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        width, heads, kv_heads = config.hidden_size, config.num_attention_heads, config.num_key_value_heads
        self.layer, self.size, self.group = layer, width // heads, heads // kv_heads
        self.q_proj = nn.Linear(width, heads * self.size, bias=False)
        self.k_proj = nn.Linear(width, kv_heads * self.size, bias=False)
        self.v_proj = nn.Linear(width, kv_heads * self.size, bias=False)
        self.o_proj = nn.Linear(heads * self.size, width, bias=False)

    def forward(self, x, bias, cache):
        b, t, _ = x.shape
        q, k, v = (p(x).view(b, t, -1, self.size).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        if cache is not None:
            k, v = cache.update(k, v, self.layer)
        # Query heads 0 … group - 1 read key/value head 0, and so on: each head is repeated, the heads are not tiled.
        k, v = k.repeat_interleave(self.group, dim=1), v.repeat_interleave(self.group, dim=1)
        if bias.dtype != q.dtype:  # autocast
            bias = bias.clamp(min=torch.finfo(q.dtype).min).to(q.dtype)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)  # [b, heads, t, size]
        return self.o_proj(y.transpose(1, 2).reshape(b, t, -1))


class SwiGLU(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, inner = config.hidden_size, config.intermediate_size
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = Attention(config, layer)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.mlp = SwiGLU(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x, bias, cache):
        x = x + self.dropout(self.self_attn(self.input_layernorm(x), bias, cache))
        return x + self.dropout(self.mlp(self.post_attention_layernorm(x)))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.num_attention_heads
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList([Block(config, i) for i in range(config.num_hidden_layers)])
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, input_ids, attention_mask, cache):
        x = self.dropout(self.embed_tokens(input_ids))  # [b, t, width]
        total = input_ids.shape[1] + (cache.get_seq_length() if cache is not None else 0)
        bias = attention_bias(self.heads, attention_mask, input_ids.shape[1], total, x.dtype, x.device)
        for layer in self.layers:
            x = layer(x, bias, cache)
        return self.norm(x)


class TurkishLlmForCausalLM(PreTrainedModel, GenerationMixin):
    config_class = TurkishLlmConfig
    base_model_prefix = "model"
    _no_split_modules = ["Block"]
    _supports_sdpa = True
    _supports_cache_class = True  # before transformers 5: generate makes a DynamicCache

    def __init__(self, config):
        super().__init__(config)
        self.model = Decoder(config)
        # A tied head is the embedding itself, so there is nothing to tie after loading.
        if not config.tie_word_embeddings:
            self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def get_input_embeddings(self):
        return self.model.embed_tokens

    def set_input_embeddings(self, value):
        self.model.embed_tokens = value

    def get_output_embeddings(self):
        return None if self.config.tie_word_embeddings else self.lm_head

    def set_output_embeddings(self, value):
        self.lm_head = value

    def forward(
        self,
        input_ids,
        attention_mask=None,
        past_key_values=None,
        labels=None,
        use_cache=None,
        logits_to_keep=0,
        num_items_in_batch=None,
        **kwargs,
    ):
        """Computes the logits of all positions, or of the last `logits_to_keep`, and with `labels` the loss.

        `labels` are the ids themselves, -100 where nothing is learned. Positions are not read: ALiBi needs none.
        """
        if attention_mask is not None and attention_mask.dim() != 2:
            raise ValueError("attention_mask must be [batch, length], 1 for tokens and 0 for padding.")
        if use_cache is None:
            use_cache = self.config.use_cache and not self.training
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache()
        hidden = self.model(input_ids, attention_mask, past_key_values)
        if labels is None:
            hidden = hidden[:, -logits_to_keep:]
        head = self.model.embed_tokens if self.config.tie_word_embeddings else self.lm_head
        logits = F.linear(hidden, head.weight)  # [b, t, vocabulary]
        loss = None
        if labels is not None:
            predicted, targets = logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten()
            loss = F.cross_entropy(predicted, targets, reduction="mean" if num_items_in_batch is None else "sum")
            # The Trainer counts the targets of all micro-batches of a step.
            loss = loss if num_items_in_batch is None else loss / num_items_in_batch
        return CausalLMOutputWithPast(loss=loss, logits=logits, past_key_values=past_key_values if use_cache else None)

    def prepare_inputs_for_generation(
        self, input_ids, past_key_values=None, attention_mask=None, use_cache=True, **kwargs
    ):
        """Passes on what the cache does not have yet."""
        read = past_key_values.get_seq_length() if past_key_values is not None else 0
        return {
            "input_ids": input_ids[:, read:],
            "attention_mask": attention_mask,
            "past_key_values": past_key_values,
            "use_cache": use_cache,
        }
