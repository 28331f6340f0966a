# SPDX-License-Identifier: MIT
# Copyright (c) the TurkishLlm contributors
"""Configuration of a TurkishLlm model for the transformers library, 4.45 or later."""

from transformers.configuration_utils import PretrainedConfig


class TurkishLlmConfig(PretrainedConfig):
    """Sizes of a decoder with RMSNorm, ALiBi, grouped-query attention and SwiGLU. The keys are those of Llama."""

    model_type = "turkishllm"
    keys_to_ignore_at_inference = ["past_key_values"]

    def __init__(
        self,
        vocab_size=64000,
        hidden_size=256,
        num_hidden_layers=12,
        num_attention_heads=8,
        num_key_value_heads=2,
        intermediate_size=688,
        max_position_embeddings=512,
        dropout=0.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
        use_cache=True,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.num_key_value_heads = num_key_value_heads
        self.intermediate_size = intermediate_size
        self.max_position_embeddings = max_position_embeddings
        self.dropout = dropout
        self.rms_norm_eps = rms_norm_eps
        self.use_cache = use_cache
        super().__init__(tie_word_embeddings=tie_word_embeddings, **kwargs)
